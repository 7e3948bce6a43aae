"""Plans for an InstanceRole: make it, finish it, bring it into line, take it away or let it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from pulumi_instance_role.clouds.port import Attachment, Instance, Role, RoleSpec, same_role
from pulumi_instance_role.plan.calls import CreateRole, DeleteRole, Detach, RoleCall, TagRole, Unbind, UpdateRole
from pulumi_instance_role.plan.documents import same_document
from pulumi_instance_role.plan.drift import Drift, first_drift
from pulumi_instance_role.plan.faults import Fault, Refused, some
from pulumi_instance_role.plan.names import shown
from pulumi_instance_role.plan.namesake import is_another, namesake, remedy
from pulumi_instance_role.plan.ownership import TAG_PREFIX, Owner, owner_of
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.trust import trusts_service
from pulumi_instance_role.records import dataclass

CLOUD_TAG_PREFIX = "acs:"
"""How the keys begin that Alibaba Cloud puts on by itself, such as who created a thing; nobody else may use it."""


@dataclass(frozen=True)
class DesiredRole:
    """A role as it is declared. ``None`` is what the program left to the cloud."""

    name: str
    trust_policy: str
    owner: Owner
    language: Dialect
    description: str | None = None
    max_session_duration: int | None = None  # seconds
    tags: Mapping[str, str] = field(default_factory=dict)
    adopt: bool = False
    console_login: bool | None = None
    made: str = ""
    """The id of the role that this very create made a moment ago."""
    later: frozenset[str] = frozenset()
    """What of it is not known yet, at a preview."""


@dataclass(frozen=True)
class RolePast:
    """What a state knows of a role it holds already."""

    role_id: str
    adopted: bool
    had_description: bool = False
    tag_keys: frozenset[str] = frozenset()
    lapse_duration: int | None = None
    """Seconds that a session duration declared before gives way to; ``None`` when none was declared."""


def plan_role(
    desired: DesiredRole, observed: Role | None, past: RolePast | None = None, uses: Sequence[str] = ()
) -> list[RoleCall]:
    """The calls that make ``observed`` what ``desired`` says; ``past`` is ``None`` for a create.

    A create finishes what an interrupted one left (see :func:`first_sight`, which ``uses`` is for), takes over what
    another resource of this stack left when ``adopt`` says so, and adopts a foreign role without ever marking it. What
    this stack made says nothing of others: description and tags that are not declared any more go, as at an update.
    Raises :class:`Refused`.
    """
    if observed is None:
        if past is not None:
            raise Refused([_gone(desired.name)])
        tags = {**desired.tags, **desired.owner.tags()}
        spec = RoleSpec(
            desired.name,
            desired.trust_policy,
            desired.description,
            desired.max_session_duration,
            tags,
            desired.console_login,
        )
        return [CreateRole(spec)]
    if past is None:
        past = first_sight(desired, observed, uses)
    elif is_another(past.role_id, observed.role_id):
        raise Refused(
            [namesake("name", "role", desired.name, past.role_id, observed.role_id, remedy(adopt=desired.adopt))]
        )
    return _settle(desired, observed, past)


def first_sight(desired: DesiredRole, observed: Role, uses: Sequence[str] = ()) -> RolePast:
    """What a create knows of a role that is there already. Raises :class:`Refused` for one that it may not touch.

    CreateRole sets everything at once, so what an interrupted create leaves is as declared, carries the mark of its
    resource, and is not in use: nothing can have been put on it before the create was over. ``uses`` is what is on it.
    Anything more may be the whole role of another state with the same project and stack: two of them cannot be told
    apart by their marks. Limits: a role that another state made exactly so, and that is not in use yet, passes for the
    rest of an interrupted create; one that was interrupted, and then given policies by name, does not.
    """
    if observed.service_linked:
        raise Refused(
            [Fault("name", f"{desired.name} is a service-linked role, which the cloud manages", "declare another name")]
        )
    found = owner_of(observed.tags)
    if desired.made:
        refuse_foreign("name", "role", desired.name, desired.owner, found, adopt=False)
        if is_another(desired.made, observed.role_id):
            raise Refused(
                [namesake("name", "role", desired.name, desired.made, observed.role_id, remedy(adopt=desired.adopt))]
            )
        return RolePast(observed.role_id, adopted=False)
    if not desired.owner.is_same(found):
        refuse_foreign("name", "role", desired.name, desired.owner, found, adopt=desired.adopt)
        adopted = not desired.owner.same_stack(found)
        keys = frozenset[str]() if adopted else frozenset(observed.tags)
        return RolePast(observed.role_id, adopted, had_description=not adopted, tag_keys=keys)
    differs = role_differences(desired, observed)
    if not (differs or uses):
        return RolePast(observed.role_id, adopted=False)
    if not desired.adopt:
        raise Refused([whole("name", "role", desired.name, desired.owner, differs, uses, adopt=True)])
    return RolePast(observed.role_id, adopted=True)


def role_differences(desired: DesiredRole, observed: Role) -> list[str]:
    """The properties in which a role is not what a create of ``desired`` makes, as far as both are known."""
    duration, login = desired.max_session_duration, desired.console_login
    found = {
        "trust_policy": observed.trust_policy is not None
        and not same_document(desired.trust_policy, observed.trust_policy, desired.language),
        "description": observed.description != (desired.description or ""),
        "max_session_duration": None not in (duration, observed.max_session_duration)
        and duration != observed.max_session_duration,
        "console_login": None not in (login, observed.console_login) and login != observed.console_login,
        "tags": plain_tags(observed.tags) != dict(desired.tags),
    }
    return [prop for prop, differs in found.items() if differs and prop not in desired.later]


def role_uses(attachments: Sequence[Attachment], instance_ids: Sequence[str]) -> list[str]:
    """What is on a role, in words."""
    return [*(f"policy {one.policy}" for one in attachments), *(f"instance {one}" for one in instance_ids)]


def plain_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags without those of the owner, and without what the cloud puts on by itself (``acs:...``)."""
    return {key: value for key, value in tags.items() if not key.startswith((TAG_PREFIX, CLOUD_TAG_PREFIX))}


def whole(
    prop: str, kind: str, name: str, owner: Owner, differs: Sequence[str], uses: Sequence[str], *, adopt: bool
) -> Fault:
    """The fault of a thing with this resource's own mark that no interrupted create can have left."""
    why = [f"differs from what is declared ({', '.join(differs)})"] if differs else []
    why += [f"is in use ({some(uses)})"] if uses else []
    message = (
        f"{kind} {name} exists already with the mark of this very resource, but {' and '.join(why)}, so it may be the "
        f"one of another state of stack {owner.stack_name}"
    )
    remedy = "give this stack, or the resource, another name"
    if adopt:
        remedy += ", or say adopt=True to manage it (it is then released, not deleted, at the end)"
    else:
        remedy += f", or delete the {kind} if nobody needs it"
    return Fault(prop, message, remedy)


def plan_role_deletion(
    name: str,
    owner: Owner,
    observed: Role | None,
    past: RolePast,
    attachments: Sequence[Attachment],
    instance_ids: Sequence[str] | None,
    *,
    force_detach: bool,
    batch: int,
) -> list[RoleCall]:
    """The calls that end a role this stack made. ``attachments`` and ``instance_ids`` are what still uses it.

    ``instance_ids`` is ``None`` when the caller may not see who holds the role: no cloud is documented to refuse the
    deletion of a role that instances hold, so nothing but the program's word (``force_detach``) ends it then.

    Nothing for a role that is adopted, gone, replaced by another of the same name, or owned by another resource now.
    """
    if observed is None or not ours_to_delete(owner, owner_of(observed.tags), adopted=past.adopted):
        return []
    if is_another(past.role_id, observed.role_id):
        return []
    if (attachments or instance_ids or instance_ids is None) and not force_detach:
        raise Refused(_still_used(name, attachments, instance_ids))
    return [
        *unbind_batches(name, instance_ids or (), batch),
        *(Detach(attachment) for attachment in attachments),
        DeleteRole(name),
    ]


def still_held(role: str, listed: Sequence[str], observed: Mapping[str, Instance]) -> list[str]:
    """Those of ``listed`` that hold ``role`` when they are asked themselves.

    A cloud's list of a role's instances may lag behind a swap, and names released ones for a while.
    """
    return [one for one in listed if one in observed and same_role(observed[one].role, role)]


def trust_differs(stored: str, observed: Role, language: Dialect) -> bool:
    """Whether others trust the role now. A trust policy that the cloud left out says nothing."""
    return observed.trust_policy is not None and not same_document(stored, observed.trust_policy, language)


def role_drift(
    stored_trust: str,
    wanted: Mapping[str, object],
    observed: Role,
    language: Dialect,
    *,
    unmarked: bool = False,
    foreign: bool = False,
) -> Drift:
    """How a live role stands to what the state stored; ``wanted`` has the settings that were declared.

    ``unmarked``: it lost the mark of its owner (see :func:`lost_mark`). ``foreign``: it has policies that it is not to
    have (see :func:`foreign_policies`).
    """
    settings_differ = any(
        (
            unmarked,
            wanted.get("description") not in (None, observed.description),
            wanted.get("max_session_duration") not in (None, observed.max_session_duration),
            observed.console_login is not None and wanted.get("console_login") not in (None, observed.console_login),
            _tags_differ(wanted.get("tags"), observed.tags),
        )
    )
    return first_drift(
        (trust_differs(stored_trust, observed, language), Drift.TRUST_CHANGED),
        (foreign, Drift.POLICY_FOREIGN),
        (settings_differ, Drift.SETTINGS_CHANGED),
    )


def foreign_policies(attached: Sequence[str], listed: Sequence[Attachment]) -> list[Attachment]:
    """The policies on a role that are not among ``attached`` (each ``type:name``). No cloud tells cases apart."""
    ours = {one.casefold() for one in attached}
    return [one for one in listed if f"{one.policy_type}:{one.policy}".casefold() not in ours]


def role_faults(name: str, observed: Role | None, service: str, language: Dialect) -> list[Fault]:
    """What keeps instances from holding the role: it is not there, or does not trust the instance service.

    Whom a service-linked role trusts is the cloud's own affair, and the cloud judges it when it is bound.
    """
    if observed is None:
        return [missing_role(name)]
    return [] if observed.service_linked else trust_faults(name, observed.trust_policy, service, language)


def missing_role(name: str) -> Fault:
    """The fault of naming a role that is not there."""
    return Fault("role", f"role {name} does not exist", "declare it as an InstanceRole, or correct the name")


def trust_faults(name: str, trust_policy: str | None, service: str, language: Dialect) -> list[Fault]:
    """What a trust policy says against holding the role; nothing when the cloud left the policy out."""
    try:
        if trust_policy is None or trusts_service(trust_policy, service, language):
            return []
    except PolicyError:
        return []  # a form that this package cannot judge: the cloud will
    message = f"the trust policy of role {name} does not let {service} assume it"
    return [Fault("role", message, f'add "{service}" to the services that its trust policy names')]


def refuse_foreign(prop: str, kind: str, name: str, owner: Owner, found: Owner | None, *, adopt: bool | None) -> None:
    """Refuse to touch a thing that exists and that this resource did not make, unless the program says ``adopt``.

    ``adopt`` is ``None`` where nothing can be taken over.
    """
    if owner.is_same(found) or adopt:
        return
    if owner.same_stack(found) and found is not None:
        problem = f"{kind} {name} was made by the resource {shown(found.resource)} of this stack"
        remedy = "add an alias if the resource was renamed"
        remedy += ", or choose another name" if adopt is None else ", or adopt=True to take it over"
    else:
        whose = f"made by stack {found.stack_name}" if found else "not made by this stack"
        problem = f"{kind} {name} exists already and was {whose}"
        remedy = "choose another name"
        if adopt is not None:
            remedy += ", or say adopt=True to manage it (it is then released, not deleted, at the end)"
    raise Refused([Fault(prop, problem, remedy)])


def ours_to_delete(owner: Owner, found: Owner | None, *, adopted: bool) -> bool:
    """Whether a delete may end it: never what was adopted, nor what another resource has taken over since."""
    return not adopted and (found is None or owner.may_have_become(found))


def lost_mark(found: Owner | None, *, adopted: bool) -> bool:
    """Whether others took off the mark that says who made it. Without it a policy is nobody's to delete."""
    return found is None and not adopted


def tag_changes(
    wanted: Mapping[str, str], live: Mapping[str, str], past_keys: frozenset[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Tags to put and keys to remove. Keys that were never declared belong to others and stay."""
    put = {key: value for key, value in wanted.items() if live.get(key) != value}
    return put, tuple(sorted(key for key in past_keys - wanted.keys() if key in live))


def unbind_batches(role: str, instance_ids: Sequence[str], size: int) -> list[Unbind]:
    """Unbind calls of at most ``size`` instances each."""
    ids = tuple(instance_ids)
    return [Unbind(role, ids[start : start + size]) for start in range(0, len(ids), size)]


def _settle(desired: DesiredRole, observed: Role, past: RolePast) -> list[RoleCall]:
    description = "" if desired.description is None and past.had_description else desired.description
    duration = desired.max_session_duration
    if duration is None:
        duration = past.lapse_duration
    spec = RoleSpec(
        desired.name,
        # One that the cloud left out is sent again: not to know it is no reason to drop a change.
        trust_policy=None
        if same_document(desired.trust_policy, observed.trust_policy, desired.language)
        else desired.trust_policy,
        description=None if description == observed.description else description,
        max_session_duration=None if duration == observed.max_session_duration else duration,
        console_login=None if desired.console_login == observed.console_login else desired.console_login,
    )
    wanted = dict(desired.tags) if past.adopted else {**desired.tags, **desired.owner.tags()}
    put, remove = tag_changes(wanted, observed.tags, past.tag_keys)
    calls: list[RoleCall] = []
    if spec != RoleSpec(desired.name):
        calls.append(UpdateRole(spec))
    if put or remove:
        calls.append(TagRole(desired.name, put, remove))
    return calls


def _tags_differ(wanted: object, live: Mapping[str, str]) -> bool:
    return isinstance(wanted, Mapping) and any(live.get(key) != value for key, value in wanted.items())


def _gone(name: str) -> Fault:
    return Fault(
        "name",
        f"role {name} is gone from the cloud although the state has it",
        "run a refresh, then up again: it is made again with its attachments",
    )


def _still_used(name: str, attachments: Sequence[Attachment], instance_ids: Sequence[str] | None) -> list[Fault]:
    remedy = "remove these first, or set force_detach=True and run up before deleting"
    faults = []
    if attachments:
        policies = some(f"{one.policy} ({one.policy_type})" for one in attachments)
        faults.append(
            Fault(
                "force_detach", f"role {name} still has policies that this resource did not attach: {policies}", remedy
            )
        )
    if instance_ids is None:
        faults.append(
            Fault(
                "force_detach",
                f"the credentials in use may not see which instances hold role {name}",
                "allow them to describe instances and their roles, or set force_detach=True and run up before deleting",
            )
        )
    elif instance_ids:
        faults.append(
            Fault(
                "force_detach",
                f"role {name} is still held by instances not unbound before: {some(instance_ids)}",
                remedy,
            )
        )
    return faults
