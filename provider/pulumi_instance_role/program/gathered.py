"""What is alike is told together: the faults of one resource, and of many. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pulumi_instance_role.plan.faults import Fault, together
from pulumi_instance_role.plan.names import shown
from pulumi_instance_role.program.judge import Finding

A_FEW = 3
"""Resources of which each says for itself which instances it means."""


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """What is told: those alike as one, also over resources, and what two resources share only at the first."""
    of_each: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for one in findings:
        for resource in (one.resource, *one.more):
            of_each[one.kind, resource].append(one.fault)
    over_many = _over_many(of_each)
    seen_from = set[tuple[str, str]]()
    same: dict[tuple[str, Fault], list[str]] = defaultdict(list)
    for (kind, resource), faults in of_each.items():
        itself = f"{kind} {shown(resource)}"
        for fault in together(over_many.get((kind, one.prop, one.alike, one.remedy), one) for one in faults):
            if (fault.shared, itself) not in seen_from:
                same[kind, fault].append(resource)
            seen_from.add((itself, fault.shared))
    return [Finding(kind, first, fault, tuple(more)) for (kind, fault), (first, *more) in same.items()]


def _over_many(of_each: Mapping[tuple[str, str], Sequence[Fault]]) -> dict[tuple[str, str, str, str], Fault]:
    """One fault for what many resources of a type have, each of another thing: of a few, each says which it has."""
    alike: dict[tuple[str, str, str, str], dict[str, list[Fault]]] = defaultdict(lambda: defaultdict(list))
    for (kind, resource), faults in of_each.items():
        for one in faults:
            if one.alike and not one.shared:
                alike[kind, one.prop, one.alike, one.remedy][resource].append(one)
    return {
        key: together(one for faults in found.values() for one in faults)[0]
        for key, found in alike.items()
        if len(found) > A_FEW
    }
