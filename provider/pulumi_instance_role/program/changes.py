"""Which instances change their role, lose it, or keep it as they were found, and what that costs them. Pure.

Limits: of a binding that the update changes, a preview cannot tell an instance that is to get another role from one
whose role somebody swapped; both get what is declared. Of a binding that is no longer
declared the program knows nothing: that its instances lose the role is said by Pulumi's own line about its deletion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from pulumi_instance_role.clouds.port import same_role
from pulumi_instance_role.plan.faults import some
from pulumi_instance_role.plan.names import shown
from pulumi_instance_role.plan.ownership import owner_of
from pulumi_instance_role.program.gathered import A_FEW
from pulumi_instance_role.program.judge import Account, Declaration, World
from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class RoleChange:
    """Instances of one binding that go from one role to another."""

    resource: str
    held: str
    wanted: str
    instance_ids: tuple[str, ...]
    gap: bool  # the cloud cannot replace a role in place
    more: tuple[str, ...] = ()  # other bindings of which the same is told

    def __str__(self) -> str:
        one = len(self.instance_ids) == 1
        count = _instances(self.instance_ids, "changes", "change")
        rest = "it is" if one else "they are"
        cost = (
            f"this cloud detaches before it attaches, and in between {rest} without credentials"
            if self.gap
            else f"this cloud replaces a role in place, so {rest} never without credentials"
        )
        return (
            f'{_bindings(self.resource, *self.more)} role: {count} from "{self.held}" to "{self.wanted}" '
            f"({some(self.instance_ids)}); {cost}"
        )


@dataclass(frozen=True)
class Left:
    """Instances that do not hold what their binding says, and that the update does not touch."""

    resource: str
    held: str | None
    wanted: str
    instance_ids: tuple[str, ...]
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        holds = _instances(self.instance_ids, "holds", "hold")
        held = "no role" if self.held is None else f'"{self.held}"'
        return (
            f'{_bindings(self.resource, *self.more)} role: {holds} {held}, not "{self.wanted}" '
            f"({some(self.instance_ids)}); the state says otherwise, and this update does not change the binding: "
            "run refresh, then up"
        )


@dataclass(frozen=True)
class RoleLoss:
    """Instances that leave a binding and get no other role."""

    resource: str
    role: str
    instance_ids: tuple[str, ...]
    adopts: bool  # whether the binding leaves the role to those that it found holding it
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        one = len(self.instance_ids) == 1
        count = _instances(self.instance_ids, "loses", "lose")
        rest = "it is" if one else "they are"
        kept = "; one that it found holding the role keeps it" if self.adopts else ""
        return (
            f'{_bindings(self.resource, *self.more)} instance_ids: {count} the role "{self.role}" '
            f"({some(self.instance_ids)}); {rest} without credentials then{kept}"
        )


@dataclass(frozen=True)
class Adoption:
    """Instances that hold a new binding's role before it does."""

    resource: str
    role: str
    instance_ids: tuple[str, ...]
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        one = len(self.instance_ids) == 1
        count = _instances(self.instance_ids, "holds", "hold")
        return (
            f'{_bindings(self.resource, *self.more)} adopt: {count} the role "{self.role}" already '
            f"({some(self.instance_ids)}) and {'keeps' if one else 'keep'} it when the binding ends, "
            "unless a binding that the program still has gave it (one that you rename needs aliases)"
        )


def _instances(ids: Sequence[str], does: str, do: str) -> str:
    return f"1 instance {does}" if len(ids) == 1 else f"{len(ids)} instances {do}"


def _bindings(*resources: str) -> str:
    return f"InstanceRoleBinding {some(map(shown, resources))}"


_Told = TypeVar("_Told", RoleChange, Left, RoleLoss, Adoption)


def over_bindings(found: Iterable[_Told]) -> list[_Told]:
    """The same of many bindings, each with instances of its own, as one; of a few, each says which it has."""
    listed = [(one, replace(one, resource="", instance_ids=())) for one in found]
    alike: dict[_Told, list[_Told]] = defaultdict(list)
    for one, what in listed:
        alike[what].append(one)
    told: list[_Told] = []
    for one, what in listed:
        group = alike[what]
        if len(group) <= A_FEW:
            told.append(one)
        elif one is group[0]:
            ids = sorted({each for other in group for each in other.instance_ids})
            more = tuple(other.resource for other in group[1:])
            told.append(replace(one, instance_ids=tuple(ids), more=more))
    return told


def adoptions(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Iterator[Adoption]:
    """What new bindings find holding their role and leave so, in order of declaration; not of roles of this stack."""
    for one in declared:
        world = worlds.get(one.account) if one.account else None
        role, region = one.known.get("role"), one.known.get("region")
        new = one.kind == "InstanceRoleBinding" and not one.exists and one.known.get("adopt") is True
        if not new or world is None or role is None:
            continue
        made = world.roles.get(role)
        if made is not None and one.owner.same_stack(owner_of(made.tags)):
            continue
        ids = [each for each in one.known.get("instance_ids", ()) if isinstance(each, str)]
        seen = {each: world.instances.get((region or "", each)) for each in ids}
        found = tuple(sorted(each for each, live in seen.items() if live is not None and same_role(live.role, role)))
        if found:
            yield Adoption(one.resource, role, found)


def role_losses(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Iterator[RoleLoss]:
    """The instances that the update takes a role from, in order of declaration; not those that another binding has."""
    bindings = [one for one in declared if one.kind == "InstanceRoleBinding"]
    for one in bindings:
        region, losing = one.known.get("region"), one.known.get("losing") or {}
        world = worlds.get(one.account) if one.account else None
        kept = {
            each
            for other in bindings
            if other.known.get("region") == region
            for each in other.known.get("instance_ids", ())
            if isinstance(each, str)
        }
        groups: dict[str, list[str]] = defaultdict(list)
        for each, role in losing.items():
            unseen = world is None or (region or "", each) not in world.instances
            instance = None if unseen or world is None else world.instances[region or "", each]
            if each not in kept and (unseen or (instance is not None and same_role(instance.role, role))):
                groups[role].append(each)
        for role, ids in sorted(groups.items()):
            yield RoleLoss(one.resource, role, tuple(sorted(ids)), bool(one.known.get("adopt")))


def role_changes(
    declared: Sequence[Declaration], worlds: Mapping[Account, World], at_fault: Collection[str]
) -> Iterator[RoleChange]:
    """The changes of role that the update makes, in order of declaration; none of a binding that is ``at_fault``."""
    for one in declared:
        if one.resource not in at_fault and not one.stays:
            for held, ids in _others(one, worlds):
                if held is not None:
                    gap = not worlds[one.account].limits.rebind_in_place  # type: ignore[index]  # it was looked at
                    yield RoleChange(one.resource, held, one.known["role"], ids, gap)


def left_alone(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Iterator[Left]:
    """What instances of bindings that do not change hold in place of their role, in order of declaration."""
    for one in declared:
        if one.stays:
            for held, ids in _others(one, worlds):
                yield Left(one.resource, held, one.known["role"], ids)


def _others(one: Declaration, worlds: Mapping[Account, World]) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """What instances of a binding hold that is not its role, and which; none comes first."""
    world = worlds.get(one.account) if one.account else None
    wanted, region = one.known.get("role"), one.known.get("region")
    if one.kind != "InstanceRoleBinding" or world is None or wanted is None:
        return
    groups: dict[str | None, set[str]] = defaultdict(set)
    for each in one.known.get("instance_ids", ()):
        instance = world.instances.get((region or "", each)) if isinstance(each, str) else None
        if instance is not None and not same_role(instance.role, wanted):
            groups[instance.role].add(each)
    for held, ids in sorted(groups.items(), key=lambda group: group[0] or ""):
        yield held, tuple(sorted(ids))
