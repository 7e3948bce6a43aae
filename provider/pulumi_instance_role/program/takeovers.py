"""What exists already and a create takes over, or goes on with: a line of a preview for each, since Pulumi says only
that something is created. Pure. What a create refuses is a fault, and is told as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Policy, Role
from pulumi_instance_role.plan import policy as policies
from pulumi_instance_role.plan import role as roles
from pulumi_instance_role.plan.attachment import is_attached
from pulumi_instance_role.plan.faults import Refused
from pulumi_instance_role.plan.ownership import Owner, owner_of
from pulumi_instance_role.program.judge import Account, Declaration, World, desired_policy, desired_role

_RELEASED = "it is released, not deleted, at the end"


def takeovers(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Iterator[str]:
    """One line for each, in order of declaration."""
    for one in declared:
        world = worlds.get(one.account) if one.account else None
        if world is None or one.exists:
            continue
        line = _of_named(one, world) if isinstance(one.known.get("name"), str) else _of_attachment(one, world)
        if line:
            yield f'{one.kind} "{one.resource}" {line}'


def _of_named(one: Declaration, world: World) -> str:
    name = one.known["name"]
    role = world.roles.get(name) if one.kind == "InstanceRole" else None
    policy = world.policies.get((name, CUSTOM)) if one.kind == "RolePolicy" else None
    if role is not None:
        return _taken(one, world, role)
    return "" if policy is None else _taken(one, world, policy)


def _taken(one: Declaration, world: World, seen: Role | Policy) -> str:
    language = world.limits.language
    try:
        if isinstance(seen, Role):
            kind, found = "role", owner_of(seen.tags)
            uses = world.uses.get(("role", seen.name), ())
            adopted = roles.first_sight(desired_role(one, language, seen), seen, uses).adopted
        else:
            kind, found = "policy", owner_of(seen.tags, seen.description)
            uses = world.uses.get(("policy", seen.name), ())
            adopted = policies.first_sight(desired_policy(one, language, seen), seen, (), uses).adopted
    except Refused:
        return ""
    own_id = seen.role_id if isinstance(seen, Role) else seen.policy_id
    return _told(one.owner, f"{kind} {seen.name} (id {own_id})", found, adopted)


def _told(owner: Owner, what: str, found: Owner | None, adopted: bool) -> str:
    if adopted and owner.is_same(found):
        whose = f"which may be the one of another state of stack {owner.stack_name}"
        return f"name: takes over {what}, {whose}; {_RELEASED}"
    if adopted:
        whose = f"made by stack {found.stack_name}" if found else "which this stack did not make"
        return f"name: takes over {what}, {whose}; {_RELEASED}"
    if owner.is_same(found):
        return f"name: goes on with {what}, as an interrupted create of this resource left it"
    resource = found.resource if found else ""
    return f'name: takes over {what} from the resource "{resource}" of this stack; it is deleted with this resource'


def _of_attachment(one: Declaration, world: World) -> str:
    role, policy, policy_type = (one.known.get(key) for key in ("role", "policy", "policy_type"))
    if one.kind != "RolePolicyAttachment" or not one.known.get("adopt") or not isinstance(role, str):
        return ""
    if not (isinstance(policy, str) and isinstance(policy_type, str)):
        return ""
    if not is_attached(Attachment(role, policy, policy_type), world.attachments.get(role) or ()):
        return ""
    seen = world.roles.get(role)
    if seen is not None and one.owner.same_stack(owner_of(seen.tags)):
        return ""  # this stack's own work, see the create
    return f"policy: {policy} is on role {role} already; it stays there at the end"
