"""What a resource means by the names of roles and policies: the ids that its state keeps, and those of this operation.

A resource that is given an InstanceRole or RolePolicy is told its id with it (the input ``meant``). One that is given a
name alone learns the id from the resource of that name, when this operation has one: its ``diff`` and its create are
told to the process. Names of things that no resource of the stack made are nobody's but the cloud's: whatever has the
name is meant.

Limits: a reader who may not look compares nothing, and neither does a name that is written out before its resource is
declared, in an update without a preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple

from pulumi.output import Unknown

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Cloud, CloudError, ErrorKind, Grant, NamedKind
from pulumi_instance_role.host.claims import Scope
from pulumi_instance_role.host.converge import BRIEFLY, awaited
from pulumi_instance_role.host.process import HOST, scope_of
from pulumi_instance_role.host.values import is_unknown
from pulumi_instance_role.plan.faults import Refused
from pulumi_instance_role.plan.namesake import Reference, is_another, key_of
from pulumi_instance_role.plan.ownership import Owner, owner_from, owner_of

MEANT = "meant"
"""The input: ``{"role web": "<id>", "policy read": "<id>"}``, as the program's own resources give it."""

KNOWN = "meant_ids"
"""The output of the same form: also the ids that were learned by name."""

Props = dict[str, Any]


def settled(given: object, before: object) -> dict[str, str]:
    """The input as a state keeps it: of what a program gives, the ids that are known, and the ones known before."""
    found = dict(before) if isinstance(before, Mapping) else {}
    if isinstance(given, Mapping):
        return {**found, **given}
    listed = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    now = {
        key_of(one["kind"], one["name"]): one.get("id")
        for one in listed
        if isinstance(one.get("name"), str) and not is_unknown(one)
    }
    kept = {key_of(one["kind"], one["name"]) for one in listed if isinstance(one.get("name"), str)}
    unknown = any(isinstance(one.get("name"), Unknown) for one in listed) or isinstance(given, Unknown)
    return {
        **{key: id_ for key, id_ in found.items() if unknown or key in kept},
        **{key: id_ for key, id_ in now.items() if isinstance(id_, str) and id_},
    }


def changed(old: object, new: object) -> bool:
    """Whether a name means another thing than before. One whose id was, or is, not known tells nothing."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return False
    return any(is_another(old.get(key), id_) for key, id_ in new.items())


def tell(kind: NamedKind, props: Mapping[str, Any], own_id: str | None, *, adopted: bool) -> None:
    """Tell the process the id of a role or policy of this stack, and whether it was adopted."""
    if own_id and props.get("cloud") and isinstance(props.get("name"), str):
        by = (props.get("owner") or {}).get("resource", "")
        HOST.claims.claim(f"{kind} id", scope_of(props), props["name"], by, own_id)
        if adopted:
            HOST.claims.claim(f"{kind} adopted", scope_of(props), props["name"], by)


def tell_made(kind: NamedKind, props: Mapping[str, Any], own_id: str | None) -> None:
    """Tell the process that a resource of this very operation has made a role or policy, and seen it."""
    if own_id:
        by = (props.get("owner") or {}).get("resource", "")
        HOST.claims.claim(f"{kind} made", scope_of(props), props["name"], by, own_id)


def is_adopted(props: Mapping[str, Any], one: Reference) -> bool:
    """Whether a resource of this stack has adopted what is meant, as far as the process was told."""
    return HOST.claims.claimed(f"{one.kind} adopted", scope_of(props), one.name) is not None


def own_id_told(kind: NamedKind, props: Mapping[str, Any]) -> str:
    """The id that the state has of what this very resource made under its name, if it is being replaced."""
    kept = (props.get(MEANT) or {}).get(key_of(kind, props["name"]))
    claim = HOST.claims.claimed(f"{kind} id", scope_of(props), props["name"])
    return kept or (claim[1] if claim and claim[0] == (props.get("owner") or {}).get("resource", "") else "")


def put(scope: Scope, grant: Attachment | Grant, by: str) -> None:
    """Tell the process that this stack put a policy on somebody, as its state says or this operation did."""
    HOST.claims.claim("put", scope, (grant.holder.kind, grant.holder.name, grant.policy, grant.policy_type), by)


def is_put(scope: Scope, grant: Attachment | Grant) -> bool:
    """Whether this stack put it there, as far as the process was told."""
    key = (grant.holder.kind, grant.holder.name, grant.policy, grant.policy_type)
    return HOST.claims.claimed("put", scope, key) is not None


def ids_meant(props: Mapping[str, Any], references: Sequence[Reference]) -> dict[str, str]:
    """The ids that are meant by the names, as far as the state or this operation knows them."""
    kept = {**(props.get(KNOWN) or {}), **(props.get(MEANT) or {})}
    found = {one.key: kept.get(one.key) or _told(props, one) for one in references}
    return {key: own_id for key, own_id in found.items() if own_id}


def namesakes(
    cloud: Cloud, props: Mapping[str, Any], references: Sequence[Reference], *, shared: bool = False
) -> list[tuple[Reference, str]]:
    """The names that stand for something else now, with its id. Asks the cloud for each name whose id is known.

    ``shared``: nothing is written by it, so that what another resource was told a moment ago will do.
    """
    meant = ids_meant(props, references)
    asked = [(one, meant[one.key]) for one in references if one.key in meant]
    return [(one, found) for one, own_id in asked if (found := _other(cloud, props, one, own_id, shared))]


def refuse_namesakes(cloud: Cloud, props: Mapping[str, Any], references: Sequence[Reference]) -> None:
    """Raise :class:`Refused` for a name that stands for something else now."""
    found = namesakes(cloud, props, references)
    if found:
        meant = ids_meant(props, references)
        raise Refused([one.namesake(meant[one.key], other) for one, other in found])


def learned(cloud: Cloud, props: Mapping[str, Any], references: Sequence[Reference]) -> dict[str, str]:
    """The ids that a state of an older release lacks: of what carries the mark of this very stack now."""
    if KNOWN in props:
        return dict(props[KNOWN])
    owner = owner_from(props.get("owner") or {})
    seen = [(one, _read(cloud, one)) for one in references]
    return {one.key: found.own_id for one, found in seen if found.own_id and owner.same_stack(found.maker)}


def maker_of(cloud: Cloud, one: Reference) -> Owner | None:
    """Whom the mark on what has the name says to have made it; ``None`` also for a reader who may not look."""
    return _read(cloud, one).maker


class _Read(NamedTuple):
    own_id: str = ""
    maker: Owner | None = None


def _read(cloud: Cloud, one: Reference) -> _Read:
    try:
        if one.kind == "role":
            role = cloud.get_role(one.name)
            return _Read() if role is None else _Read(role.role_id, owner_of(role.tags))
        policy = cloud.get_policy(one.name, CUSTOM)
    except CloudError as error:
        if error.kind is ErrorKind.DENIED:
            return _Read()
        raise
    return _Read() if policy is None else _Read(policy.policy_id, owner_of(policy.tags, policy.description))


def _told(props: Mapping[str, Any], one: Reference) -> str:
    """The id of a role or policy of this operation; one that is live is told of a moment after it is checked."""
    scope = scope_of(props)

    def told() -> str:
        claim = HOST.claims.claimed(f"{one.kind} id", scope, one.name)
        return claim[1] if claim else ""

    live = HOST.claims.claimed(one.kind, scope, one.name) is not None
    return awaited(told, bool, BRIEFLY if live else 0.0)


def _other(cloud: Cloud, props: Mapping[str, Any], one: Reference, meant: str, shared: bool) -> str:
    """The id of what has the name, if it is another; a cloud may show for a moment what was there before.

    What this operation made itself a moment ago, and looked at then, is not looked at again.
    """
    claim = HOST.claims.claimed(f"{one.kind} made", scope_of(props), one.name)
    made_here = claim is not None and claim[1] == meant
    looks = chain([shared], repeat(False))  # what seems to be another is looked at anew

    def found() -> str:
        own_id = cloud.own_id(one.kind, one.name, shared=next(looks) or made_here)
        return own_id if own_id and is_another(meant, own_id) else ""

    try:
        return awaited(found, lambda other: not other, BRIEFLY)
    except CloudError as error:
        if error.kind is ErrorKind.DENIED:
            return ""
        raise
