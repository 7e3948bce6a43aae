"""Which instances are asked from inside: all of them, a few of each role where there are many, or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal, TypeVar

from instance_role_sandbox.project.inventory import Instance, Inventory

T = TypeVar("T")

Prove = Literal["all", "some", "none"]
A_FEW = 12
"""Instances that are asked where not all are: each takes a process of its own with the cloud's SDK in it."""


def asked(found: Sequence[Inventory], prove: Prove) -> list[tuple[Inventory, list[Instance]]]:
    """The instances to ask, in the order of the inventories. With ``some``, the roles of the clouds take turns."""
    holders = [(one, [item for item in one.instances if one.role(item.role)]) for one in found]
    if prove == "all" or (prove == "some" and sum(len(items) for _, items in holders) <= A_FEW):
        return holders
    wanted = set(_a_few(holders)) if prove == "some" else set()
    return [(one, [item for item in items if (one.cloud.name, item) in wanted]) for one, items in holders]


def _a_few(holders: Iterable[tuple[Inventory, Sequence[Instance]]]) -> list[tuple[str, Instance]]:
    clouds = []
    for one, items in holders:
        roles: defaultdict[str | None, list[tuple[str, Instance]]] = defaultdict(list)
        for item in items:
            roles[item.role].append((one.cloud.name, item))
        clouds.append([*_in_turn(roles.values())])
    return [*_in_turn(clouds)][:A_FEW]


def _in_turn(groups: Iterable[Sequence[T]]) -> Iterator[T]:
    """The first of each group, then the second of each, and so on."""
    for turn in zip_longest(*groups):
        yield from (one for one in turn if one is not None)
