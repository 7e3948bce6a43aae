"""A role that is deleted before its successor is made is told at the preview, with who holds it and the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_instance_role.clouds.port import Instance
from pulumi_instance_role.program.ended_first import ended_first
from pulumi_instance_role.program.gathered import gathered
from pulumi_instance_role.program.judge import World
from tests.unit.plan.model import LIMITS, instance
from tests.unit.program.test_judge import HERE, role

SEEN: dict[tuple[str, str], Instance | None] = {
    ("r", "i-1"): instance("i-1", "OLD"),  # the same role, as a cloud may spell it
    ("far", "i-2"): instance("i-2", "old"),
    ("r", "i-3"): instance("i-3", "other"),
    ("r", "i-4"): None,
}
START, STOPS = "is deleted before its successor is made, and", "the update stops there if instances hold it"
REMEDY = "; leave delete_before_replace out, so that bindings give their instances the new role before the old one ends"
WITHOUT = "instances that hold it are without credentials until bindings give them the new one"

CASES: list[tuple[Any, dict[tuple[str, str], Instance | None], str]] = [
    (
        {"name": "old", "cloud": "alibaba"},
        SEEN,
        f'name: the role "old" {START} {STOPS}, as 2 do now (i-1, i-2){REMEDY}',
    ),
    (
        {"name": "other", "cloud": "alibaba"},
        SEEN,
        f'name: the role "other" {START} {STOPS}, as 1 does now (i-3){REMEDY}',
    ),
    ({"name": "old", "cloud": "alibaba"}, {}, f'name: the role "old" {START} {STOPS}{REMEDY}'),
    ({"name": "old", "cloud": "tencent"}, SEEN, f'cloud: the role "old" {START} {STOPS}{REMEDY}'),
    (
        {"name": "old", "cloud": "alibaba", "force_detach": True},
        SEEN,
        f'name: the role "old" {START} {WITHOUT}, as 2 do now (i-1, i-2){REMEDY}',
    ),
    ({"name": "Web", "cloud": "alibaba"}, SEEN, ""),  # the same role to the cloud: it is left
    (True, SEEN, ""),  # the option is set, and nothing is replaced
    (None, SEEN, ""),
]


@pytest.mark.parametrize(("old", "seen", "said"), CASES)
def test_who_holds_what_is_deleted_first(old: Any, seen: dict[tuple[str, str], Instance | None], said: str) -> None:
    found = ended_first([role("web", ended_first=old)], {HERE: World(LIMITS, instances=seen)})
    assert [str(one) for one in found] == ([f'InstanceRole "web" {said}'] if said else [])


def test_of_a_cloud_that_was_not_looked_at_and_of_many_roles() -> None:
    (alone,) = ended_first([role("web", ended_first={"name": "old", "cloud": "alibaba"})], {})
    assert str(alone) == f'InstanceRole "web" name: the role "old" {START} {STOPS}{REMEDY}'
    many = [role(f"r{n}", ended_first={"name": f"old-{n}", "cloud": "alibaba"}) for n in range(5)]
    (line,) = gathered(ended_first(many, {}))
    assert str(line) == (
        'InstanceRole "r0", "r1", "r2", "r3", "r4" name: 5 roles are deleted before their successors are made, and the '
        f"update stops there if instances hold one (old-0, old-1, old-2, old-3, old-4){REMEDY}"
    )
