"""Names of this stack that stand for another thing now: deleted by others, and made again by them. Pure.

What a state means by a name is told by the resource that made it, when its update changes nothing, and by those that
refer to it, which keep the id as an input. Limits: while a role or policy is changed in place, and nothing in the state
refers to it, a preview knows only that its mark is gone; the update compares the ids itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from pulumi_instance_role.clouds.port import CUSTOM, NamedKind
from pulumi_instance_role.plan.faults import Fault, together
from pulumi_instance_role.plan.namesake import REFERRED, is_another, key_of, namesake, remedy
from pulumi_instance_role.plan.ownership import Owner, may_adopt, owner_of
from pulumi_instance_role.program.judge import Account, Declaration, Finding, World
from pulumi_instance_role.records import dataclass

_MAKES: Mapping[str, NamedKind] = {"InstanceRole": "role", "RolePolicy": "policy", "PassRoleGrant": "policy"}
_KINDS: tuple[NamedKind, ...] = ("role", "policy")


@dataclass
class Namesakes:
    """What is certain, and what the update has to find out."""

    faults: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)


def find_namesakes(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Namesakes:
    """Each name once: at the resource that made it, or else at those that refer to it."""
    found = Namesakes()
    for account, world in worlds.items():
        mine = [one for one in declared if one.account == account]
        told = set[str]()
        meant = {key: own_id for one in mine for key, own_id in _meant(one).items()}
        for one in mine:
            kind, name = _MAKES.get(one.kind), one.known.get("name")
            if kind is None or not isinstance(name, str):
                continue
            told.add(key_of(kind, name))
            there = _present(world, kind, name)
            if one.exists and there is not None:
                own_id = one.own_id or meant.get(key_of(kind, name), "")
                _weigh(one, kind, name, own_id, there, found)
        for one in mine:
            found.faults += _references(one, world, told)
    found.faults = _alike(found.faults)
    return found


def _alike(found: Sequence[Finding]) -> list[Finding]:
    """Those of one type and with one remedy as one, which names each with its ids."""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for one in found:
        groups.setdefault((one.kind, one.fault.prop, one.fault.alike, one.fault.remedy), []).append(one)
    return [
        Finding(kind, group[0].resource, fault, tuple(one.resource for one in group[1:]))
        for (kind, *_), group in groups.items()
        for fault in together(one.fault for one in group)
    ]


@dataclass(frozen=True)
class _Present:
    own_id: str
    owner: Owner | None


def _weigh(one: Declaration, kind: NamedKind, name: str, own_id: str, there: _Present, found: Namesakes) -> None:
    if is_another(own_id, there.own_id):
        fault = namesake("name", kind, name, own_id, there.own_id, remedy(adopt=may_adopt(one.kind, one.known)))
        found.faults.append(Finding(one.kind, one.resource, fault))
    elif not own_id and there.owner is None and not one.known.get("adopt") and "adopt" not in one.later:
        message = f"{kind} {name} no longer carries the mark of this resource"
        then = "if others made it anew, the update finds another id and refuses; else it is marked again"
        found.doubts.append(Finding(one.kind, one.resource, Fault("name", message, then)))


def _references(one: Declaration, world: World, told: set[str]) -> Iterator[Finding]:
    for key, own_id in _meant(one).items():
        named, _, name = key.partition(" ")
        for kind in _KINDS:
            there = _present(world, kind, name) if kind == named and key not in told else None
            if there is not None and is_another(own_id, there.own_id):
                prop = kind if one.known.get(kind) == name else "roles"
                told.add(key)
                yield Finding(one.kind, one.resource, namesake(prop, kind, name, own_id, there.own_id, REFERRED))


def _meant(one: Declaration) -> dict[str, str]:
    """The ids that the resource keeps, as the state has them or the program gives them."""
    kept = [one.known.get(key) for key in ("meant_ids", "meant")]
    return {key: each for one in kept if isinstance(one, Mapping) for key, each in one.items() if isinstance(each, str)}


def _present(world: World, kind: NamedKind, name: str) -> _Present | None:
    if kind == "role":
        role = world.roles.get(name)
        return None if role is None else _Present(role.role_id, owner_of(role.tags))
    policy = world.policies.get((name, CUSTOM))
    return None if policy is None else _Present(policy.policy_id, owner_of(policy.tags, policy.description))
