"""What exists already and a create takes over, or goes on with: told at preview, since Pulumi says only that something
is created. Pure. What a create refuses is a fault, and is told as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Policy, Role
from pulumi_instance_role.plan import policy as policies
from pulumi_instance_role.plan import role as roles
from pulumi_instance_role.plan.attachment import is_attached
from pulumi_instance_role.plan.faults import Fault, Refused
from pulumi_instance_role.plan.ownership import Owner, owner_of
from pulumi_instance_role.program.judge import Account, Declaration, Finding, World, desired_policy, desired_role

_RELEASED = "released, not deleted, at the end"


def takeovers(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Iterator[Finding]:
    """One for each, in order of declaration; its fault is none, but says what is alike in the way of faults."""
    for one in declared:
        world = worlds.get(one.account) if one.account else None
        if world is None or one.exists:
            continue
        named = isinstance(one.known.get("name"), str)
        told = _of_named(one, world) if named else _of_attachment(one, declared, world)
        if told is not None:
            yield Finding(one.kind, one.resource, told)


def _of_named(one: Declaration, world: World) -> Fault | None:
    name = one.known["name"]
    role = world.roles.get(name) if one.kind == "InstanceRole" else None
    policy = world.policies.get((name, CUSTOM)) if one.kind == "RolePolicy" else None
    if role is not None:
        return _taken(one, world, role)
    return None if policy is None else _taken(one, world, policy)


def _taken(one: Declaration, world: World, seen: Role | Policy) -> Fault | None:
    adopted = adopts(one, world, seen)
    if adopted is None:
        return None
    if isinstance(seen, Role):
        return _told(one.owner, ("role", "roles"), seen.name, seen.role_id, owner_of(seen.tags), adopted)
    found = owner_of(seen.tags, seen.description)
    return _told(one.owner, ("policy", "policies"), seen.name, seen.policy_id, found, adopted)


def adopts(one: Declaration, world: World, seen: Role | Policy) -> bool | None:
    """Whether a create adopts what is there, as against going on with it; ``None`` where it refuses."""
    language = world.limits.language
    try:
        if isinstance(seen, Role):
            uses = world.uses.get(("role", seen.name), ())
            return roles.first_sight(desired_role(one, language, seen), seen, uses).adopted
        uses = world.uses.get(("policy", seen.name), ())
        return policies.first_sight(desired_policy(one, language, seen), seen, (), uses).adopted
    except Refused:
        return None


def _told(owner: Owner, kind: tuple[str, str], name: str, cloud_id: str, found: Owner | None, adopted: bool) -> Fault:
    one, many = kind
    what = f"{one} {name} (id {cloud_id})"
    if adopted:
        state = f"of another state of stack {owner.stack_name}"
        if owner.is_same(found):
            whose, whose_all = f"which may be the one {state}", f"that may be those {state}"
        elif found is not None:
            whose = whose_all = f"made by stack {found.stack_name}"
        else:
            whose, whose_all = "which this stack did not make", "that this stack did not make"
        message = f"takes over {what}, {whose}; it is {_RELEASED}"
        alike = f"{many} {whose_all} are taken over, and {_RELEASED}"
    elif owner.is_same(found):
        message = f"goes on with {what}, as an interrupted create of this resource left it"
        alike = f"{many} are as interrupted creates of these resources left them, and the creates go on with them"
    else:
        resource = found.resource if found else ""
        message = f'takes over {what} from the resource "{resource}" of this stack; it is deleted with this resource'
        alike = f"{many} are taken over from other resources of this stack, and deleted with these"
        name = f'{name} from "{resource}"'
    return Fault("name", message, subject=f"{name} (id {cloud_id})", alike=alike)


def _of_attachment(one: Declaration, declared: Sequence[Declaration], world: World) -> Fault | None:
    role, policy, policy_type = (one.known.get(key) for key in ("role", "policy", "policy_type"))
    if one.kind != "RolePolicyAttachment" or not one.known.get("adopt") or not isinstance(role, str):
        return None
    if not (isinstance(policy, str) and isinstance(policy_type, str)):
        return None
    if not is_attached(Attachment(role, policy, policy_type), world.attachments.get(role) or ()):
        return None
    named = ((role, world.roles.get(role)), (policy, world.policies.get((policy, policy_type))))
    if any(seen is not None and _is_ours(one, declared, world, name, seen) for name, seen in named):
        return None  # this stack's own work, see the create
    message = f"{policy} is on role {role} already; it stays there at the end"
    alike = "policies are on their roles already, and stay there at the end"
    return Fault("policy", message, subject=f"{policy} on {role}", alike=alike)


def _is_ours(one: Declaration, declared: Sequence[Declaration], world: World, name: str, seen: Role | Policy) -> bool:
    """Whether this stack made it, so that nothing hung on it before."""
    mark = owner_of(seen.tags, "" if isinstance(seen, Role) else seen.description)
    kind = "InstanceRole" if isinstance(seen, Role) else "RolePolicy"
    makers = [each for each in declared if each.kind == kind and each.known.get("name") == name and not each.exists]
    return one.owner.same_stack(mark) and not any(adopts(each, world, seen) for each in makers)
