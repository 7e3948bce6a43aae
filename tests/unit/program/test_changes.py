from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pulumi_instance_role.clouds.port import Instance, Role
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.program.changes import adoptions, over_bindings, role_changes, role_losses
from pulumi_instance_role.program.judge import Declaration, World
from tests.unit.plan.model import LIMITS, instance
from tests.unit.program.test_judge import HERE, binding

SEEN: dict[tuple[str, str], Instance | None] = {
    ("r", "i-1"): instance("i-1", "old"),
    ("r", "i-2"): instance("i-2", "old"),
    ("r", "i-3"): instance("i-3", "other"),
    ("r", "i-4"): instance("i-4", "WEB"),  # the same role, as a cloud may spell it
    ("r", "i-5"): instance("i-5"),
    ("r", "i-6"): None,
}


@pytest.mark.parametrize("in_place", [True, False])
def test_instances_are_grouped_by_the_role_they_leave(in_place: bool) -> None:
    world = World(dataclasses.replace(LIMITS, rebind_in_place=in_place), instances=SEEN)
    ids = [*(f"i-{n}" for n in range(1, 8)), object(), "i-2"]
    found = list(role_changes([binding("b", ids)], {HERE: world}, ()))
    assert [(one.held, one.wanted, one.instance_ids, one.gap) for one in found] == [
        ("old", "web", ("i-1", "i-2"), not in_place),
        ("other", "web", ("i-3",), not in_place),
    ]
    assert str(found[0]).startswith('InstanceRoleBinding "b" role: 2 instances change from "old" to "web" (i-1, i-2);')
    assert str(found[1]).startswith('InstanceRoleBinding "b" role: 1 instance changes from "other" to "web" (i-3);')
    assert all(("never without credentials" in str(one)) is in_place for one in found)


def test_a_binding_at_fault_or_not_known_changes_nothing() -> None:
    world = World(LIMITS, instances=SEEN)
    worlds = {HERE: world}
    assert list(role_changes([binding("b", ["i-1"])], worlds, {"b"})) == []
    assert list(role_changes([binding("b", ["i-1"], role=None)], worlds, ())) == []  # type: ignore[arg-type]  # not known
    assert list(role_changes([binding("b", ["i-1"], region="far")], worlds, ())) == []
    assert list(role_changes([dataclasses.replace(binding("b", ["i-1"]), account=None)], worlds, ())) == []


def losing(name: str, ids: list[object], *gone: str, **rest: Any) -> Declaration:
    return binding(name, ids, exists=True, losing=dict.fromkeys(gone, "old"), **rest)


def test_what_leaves_a_binding_and_holds_its_role_loses_it() -> None:
    world = World(LIMITS, instances=SEEN)
    gone = ["i-1", "i-2", "i-3", "i-5", "i-6", "i-7"]  # another role, none, released, not looked at
    (found,) = role_losses([losing("b", [], *gone)], {HERE: world})
    assert (found.role, found.instance_ids) == ("old", ("i-1", "i-2", "i-7"))
    assert str(found) == (
        'InstanceRoleBinding "b" instance_ids: 3 instances lose the role "old" (i-1, i-2, i-7); '
        "they are without credentials then"
    )
    (kept,) = role_losses([losing("b", [], "i-1", adopt=True)], {HERE: world})
    assert str(kept).endswith("; one that it found holding the role keeps it")


def test_what_another_binding_of_the_region_declares_is_no_loss() -> None:
    world = World(LIMITS, instances=SEEN)
    moved = [losing("b", [], "i-1", "i-2"), binding("c", ["i-1", object()])]
    assert [one.instance_ids for one in role_losses(moved, {HERE: world})] == [("i-2",)]
    elsewhere = [losing("b", [], "i-1"), binding("c", ["i-1"], region="far")]
    assert [one.instance_ids for one in role_losses(elsewhere, {HERE: world})] == [("i-1",)]
    assert [one.instance_ids for one in role_losses([losing("b", [], "i-1")], {})] == [("i-1",)]
    assert list(role_losses([binding("b", ["i-1"])], {HERE: world})) == []


def test_a_new_binding_that_adopts_names_what_keeps_its_role() -> None:
    owned = Owner("proj", "dev", "role").tags()
    theirs, ours = Role("web", "1", ""), Role("web", "1", "", tags=owned)
    new = binding("b", [f"i-{n}" for n in range(1, 8)], adopt=True)
    world = World(LIMITS, instances=SEEN, roles={"web": theirs})
    (found,) = adoptions([new], {HERE: world})
    assert found.instance_ids == ("i-4",)
    assert str(found) == (
        'InstanceRoleBinding "b" adopt: 1 instance holds the role "web" already (i-4) and keeps it when the binding '
        "ends, unless a binding that the program still has gave it (one that you rename needs aliases)"
    )
    assert list(adoptions([new], {HERE: World(LIMITS, instances=SEEN, roles={"web": ours})})) == []
    assert list(adoptions([dataclasses.replace(new, exists=True)], {HERE: world})) == []
    assert list(adoptions([binding("b", ["i-4"])], {HERE: world})) == []


def test_many_bindings_with_an_instance_each_are_one_line() -> None:
    instances: dict[tuple[str, str], Instance | None] = {
        ("r", f"i-{n:02}"): instance(f"i-{n:02}", "old" if n < 50 else "web") for n in range(99)
    }
    worlds = {HERE: World(LIMITS, instances=instances)}
    each = [binding(f"b{n}", [f"i-{n:02}"], adopt=True) for n in range(99)]
    few = [f"b{n}" for n in (0, 1)]
    (change,) = over_bindings(role_changes(each, worlds, ()))
    assert str(change).split("; ")[0] == (
        'InstanceRoleBinding "b0", "b1", "b10", "b11", "b12" and 45 more role: 50 instances change from "old" to "web" '
        "(i-00, i-01, i-02, i-03, i-04 and 45 more)"
    )
    (found,) = over_bindings(adoptions(each, worlds))
    assert len(found.instance_ids) == 49 and "49 instances hold" in str(found)
    gone = [losing(f"b{n}", [], f"i-{n:02}") for n in range(50)]
    (loss,) = over_bindings(role_losses(gone, worlds))
    assert len(loss.instance_ids) == 50 and "50 instances lose" in str(loss)
    assert [one.resource for one in over_bindings(role_changes(each[:2], worlds, ()))] == few
    assert [one.resource for one in over_bindings(role_losses(gone[:2], worlds))] == few


def test_an_instance_that_many_bindings_have_counts_once() -> None:
    worlds = {HERE: World(LIMITS, instances=SEEN)}
    (loss,) = over_bindings(role_losses([losing(f"b{n}", [], "i-1") for n in range(5)], worlds))
    assert loss.instance_ids == ("i-1",) and "1 instance loses" in str(loss)
