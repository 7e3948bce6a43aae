from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.clouds.port import Lifecycle, Limits
from pulumi_instance_role.plan.binding import (
    BindingPast,
    DesiredBinding,
    Surroundings,
    plan_binding,
    plan_unbinding,
    plan_undo,
)
from pulumi_instance_role.plan.calls import Bind, BindingCall, Swap, Unbind
from pulumi_instance_role.plan.drift import binding_drift
from pulumi_instance_role.plan.faults import Refused
from tests.unit.plan.model import IN_PLACE, LIMITS, after_binding_calls, instance, instances

IDS = [f"i-{n:04}" for n in range(400)]
ROLES = ["app", "db", "ops"]
held_by_id = st.dictionaries(st.sampled_from(IDS), st.sampled_from([None, *ROLES]), max_size=350)
clouds = st.sampled_from([LIMITS, IN_PLACE])


def ids_of(calls: list[BindingCall]) -> list[str]:
    return [one for call in calls for one in call.instance_ids]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("app", []),
        (None, [Bind("app", ("i-1",))]),
        ("db", [Swap("db", "app", ("i-1",), in_place=False)]),
    ],
)
def test_an_instance_of_the_binding_gets_exactly_the_call_it_needs(
    held: str | None, expected: list[BindingCall]
) -> None:
    past = BindingPast("app", ("i-1",))
    assert plan_binding(DesiredBinding("app", ("i-1",)), instances({"i-1": held}), LIMITS, past) == expected


@settings(deadline=None)
@given(held=held_by_id, limits=clouds, data=st.data())
def test_every_plan_ends_in_what_is_declared_and_touches_nothing_else(
    held: dict[str, str | None], limits: Limits, data: st.DataObject
) -> None:
    wanted = data.draw(st.lists(st.sampled_from(sorted(held)), unique=True)) if held else []
    before = data.draw(st.lists(st.sampled_from(sorted(held)), unique=True)) if held else []
    past = BindingPast(data.draw(st.sampled_from(ROLES)), tuple(before))
    desired = DesiredBinding(data.draw(st.sampled_from(ROLES)), tuple(wanted), replace_foreign=True)

    calls = plan_binding(desired, instances(held), limits, past)

    expected = dict(held)
    for one in before:
        if one not in wanted and held[one] == past.role:
            expected[one] = None
    expected.update(dict.fromkeys(wanted, desired.role))
    assert after_binding_calls(held, calls, limits) == expected
    changed = {one for one in held if held[one] != expected[one]}
    assert Counter(ids_of(calls)) == Counter(changed)
    again = plan_binding(desired, instances(expected), limits, past)
    dropped_twice = {one for one in before if one not in wanted and expected[one] == past.role}
    assert set(ids_of(again)) == dropped_twice == set()


@settings(deadline=None)
@given(held=held_by_id, limits=clouds)
def test_calls_are_as_few_as_the_batch_size_allows(held: dict[str, str | None], limits: Limits) -> None:
    calls = plan_binding(DesiredBinding("app", tuple(held), replace_foreign=True), instances(held), limits)
    kinds = Counter(role for role in held.values() if role != "app")
    assert len(calls) == sum(-(-count // limits.bind_batch) for count in kinds.values())


@settings(deadline=None)
@given(before=held_by_id, limits=clouds, data=st.data())
def test_an_undo_puts_back_what_was_touched_and_only_that(
    before: dict[str, str | None], limits: Limits, data: st.DataObject
) -> None:
    ours = data.draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
    role = "app"
    seen = {one: data.draw(st.sampled_from([was, None, role])) if one in ours else was for one, was in before.items()}
    calls = plan_undo(instances(before), instances(seen), ours, role, limits)
    assert after_binding_calls(seen, calls, limits) == before


def test_an_undo_leaves_what_somebody_else_did_meanwhile() -> None:
    before, seen = instances({"i-1": "db", "i-2": None}), instances({"i-1": "foreign", "i-2": "app"})
    assert plan_undo(before, seen, {"i-1", "i-2", "i-gone"}, "app", LIMITS) == [Unbind("app", ("i-2",))]


FAULTY = [
    (instance("i-1", "foreign"), 'on_conflict="replace"'),
    (instance("i-1", vpc_id=None), "not in a VPC"),
    (instance("i-1", lifecycle=Lifecycle.RELEASING), "being released"),
    (None, "does not exist"),
]


@pytest.mark.parametrize(("found", "phrase"), FAULTY)
def test_a_fault_names_the_property_the_instance_and_the_remedy(found: object, phrase: str) -> None:
    observed = {"i-1": found} if found else {}
    with pytest.raises(Refused) as refused:
        plan_binding(DesiredBinding("app", ("i-1",)), observed, LIMITS)  # type: ignore[arg-type]  # a table of instances
    (fault,) = refused.value.faults
    assert fault.prop == "instance_ids" and "i-1" in fault.message and phrase in str(fault)


def test_all_faults_come_at_once() -> None:
    observed = {"i-1": instance("i-1", "foreign"), "i-2": instance("i-2", vpc_id=None)}
    with pytest.raises(Refused) as refused:
        plan_binding(DesiredBinding("app", ("i-1", "i-2", "i-3")), observed, LIMITS)
    assert len(refused.value.faults) == 3


def test_a_role_that_this_stack_put_there_may_move() -> None:
    around = Surroundings(may_replace=lambda one, role: role == "db")
    calls = plan_binding(DesiredBinding("app", ("i-1",)), instances({"i-1": "db"}), LIMITS, None, around)
    assert calls == [Swap("db", "app", ("i-1",), in_place=False)]


def test_one_instance_in_two_bindings_is_a_fault() -> None:
    around = Surroundings(claimed={"i-1": ("other", "app")})
    with pytest.raises(Refused, match='also declared in the binding "other"'):
        plan_binding(DesiredBinding("app", ("i-1",)), instances({"i-1": None}), LIMITS, None, around)


@pytest.mark.parametrize(
    ("held", "claim", "expected"),
    [
        ("app", None, [Unbind("app", ("i-1",))]),
        ("app", ("other", "app"), []),
        ("app", ("other", "db"), []),  # whoever declares it is the one to write
        ("db", None, []),
        (None, None, []),
    ],
)
def test_the_end_of_a_binding_takes_only_what_is_still_its_own(
    held: str | None, claim: tuple[str, str] | None, expected: list[BindingCall]
) -> None:
    around = Surroundings(claimed={"i-1": claim} if claim else {})
    past = BindingPast("app", ("i-1", "i-gone"))
    assert plan_unbinding(past, instances({"i-1": held}), LIMITS, around) == expected
    assert plan_binding(DesiredBinding("app", ()), instances({"i-1": held}), LIMITS, past, around) == expected


def test_what_was_adopted_keeps_the_role_when_it_leaves_or_the_binding_ends() -> None:
    past = BindingPast("app", ("i-1", "i-2"), frozenset({"i-1"}))
    seen = instances({"i-1": "app", "i-2": "app"})
    assert plan_unbinding(past, seen, LIMITS) == [Unbind("app", ("i-2",))]
    assert plan_binding(DesiredBinding("app", ()), seen, LIMITS, past) == [Unbind("app", ("i-2",))]


def test_upper_and_lower_case_spell_the_same_role() -> None:
    seen = instances({"i-1": "App", "i-2": None})
    desired, past = DesiredBinding("app", ("i-1", "i-2")), BindingPast("app", ("i-1", "i-2"))
    assert plan_binding(desired, seen, LIMITS) == [Bind("app", ("i-2",))]
    assert plan_unbinding(past, seen, LIMITS) == [Unbind("app", ("i-1",))]
    assert plan_unbinding(past, seen, LIMITS, Surroundings(claimed={"i-1": ("other", "APP")})) == []
    assert plan_undo(instances({"i-1": None}), seen, ["i-1"], "app", LIMITS) == [Unbind("App", ("i-1",))]
    assert binding_drift("app", ("i-1", "i-2"), seen) == {"i-2": "unbound"}
