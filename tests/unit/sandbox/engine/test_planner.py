"""Decisions, with made-up answers in the providers' place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from instance_role_sandbox.engine.diff import Kind
from instance_role_sandbox.engine.planner import Planner, Refused
from instance_role_sandbox.engine.state import STACK_TYPE, Resource, make_urn
from instance_role_sandbox.engine.steps import (
    Alias,
    Answer,
    Ask,
    Check,
    Checked,
    Compare,
    Compared,
    CompareProviders,
    Goal,
    Op,
    Step,
)
from instance_role_sandbox.engine.values import UNKNOWN, Properties, Secret, Value

TYPE = "toy:index:Box"
PROVIDER = "urn:pulumi:dev::p::pulumi:providers:toy::default::1"
ROOT = make_urn("dev", "p", "", STACK_TYPE, "p-dev")


def urn(name: str, parent: str = ROOT, type_: str = TYPE) -> str:
    return make_urn("dev", "p", parent, type_, name)


def box(name: str, **fields: object) -> Resource:
    made = Resource(urn(name), TYPE, custom=True, id=f"{name}-1", parent=ROOT, provider=PROVIDER)
    made.inputs = {"size": 1}
    made.outputs = {"size": 1, "serial": f"serial-{name}"}
    return replace(made, **fields)  # type: ignore[arg-type]  # the caller names fields


def goal(name: str, inputs: Properties | None = None, **fields: object) -> Goal:
    made = Goal(TYPE, name, custom=True, parent=ROOT, provider=PROVIDER)
    made.inputs = {"size": 1} if inputs is None else inputs
    return replace(made, **fields)  # type: ignore[arg-type]  # as above


class Bench:
    """A planner, and a provider that answers as told; asks are kept."""

    def __init__(self, *resources: Resource, preview: bool = False) -> None:
        self.planner = Planner(list(resources), "p", "dev", preview=preview)
        self.asks: list[Ask] = []
        self.compare: Callable[[Compare], Compared] = lambda ask: Compared(None)
        self.failures: list[tuple[str, str]] = []
        self.provider_change = Compared(False)

    def _answer(self, ask: Ask) -> Answer:
        self.asks.append(ask)
        if isinstance(ask, Check):
            return Checked(ask.news, self.failures)
        return self.compare(ask) if isinstance(ask, Compare) else self.provider_change

    def plan(self, wanted: Goal) -> list[Step]:
        run = self.planner.plan(wanted)
        try:
            ask = next(run)
            while True:
                ask = run.send(self._answer(ask))
        except StopIteration as done:
            steps: list[Step] = done.value
            return steps

    def ops(self, wanted: Goal) -> list[tuple[str, str]]:
        return [(s.op.value, s.resource.name) for s in self.plan(wanted)]

    def errors(self) -> list[str]:
        return [n.message for n in self.planner.notes if n.severity == "error"]


def names(layers: list[list[Step]]) -> list[list[tuple[str, str]]]:
    return [sorted((s.op.value, s.resource.name) for s in layer) for layer in layers]


def test_new_resources_are_checked_and_created() -> None:
    bench = Bench()
    assert bench.ops(goal("a")) == [("create", "a")]
    assert bench.asks == [Check(urn("a"), PROVIDER, {}, {"size": 1}, False)]


@pytest.mark.parametrize(
    ("answer", "inputs", "ops"),
    [
        (Compared(None), {"size": 1}, ["same"]),
        (Compared(None), {"size": 2}, ["update"]),
        (Compared(False), {"size": 2}, ["same"]),
        (Compared(False, ["size"]), {"size": 2}, ["same"]),
        (Compared(True), {"size": 1}, ["update"]),
        (Compared(True, ["size"]), {"size": 2}, ["create-replacement", "replace"]),
        (Compared(True, detailed={"size": Kind.UPDATE_REPLACE}), {"size": 2}, ["create-replacement", "replace"]),
        (
            Compared(True, ["size"], delete_first=True),
            {"size": 2},
            ["delete-replaced", "replace", "create-replacement"],
        ),
    ],
)
def test_the_providers_answer_decides(answer: Compared, inputs: Properties, ops: list[str]) -> None:
    bench = Bench(box("a"))
    bench.compare = lambda ask: answer
    assert [op for op, _ in bench.ops(goal("a", inputs))] == ops


def test_a_replacement_is_checked_again_from_nothing() -> None:
    bench = Bench(box("a"))
    bench.compare = lambda ask: Compared(True, ["size"])
    bench.plan(goal("a", {"size": 2}))
    checks = [ask.olds for ask in bench.asks if isinstance(ask, Check)]
    assert checks == [{"size": 1}, {}]


@pytest.mark.parametrize(
    ("option", "answer", "first"), [(True, False, True), (False, True, False), (None, True, True), (None, False, False)]
)
def test_the_option_wins_over_the_providers_order(option: bool | None, answer: bool, first: bool) -> None:
    bench = Bench(box("a"))
    bench.compare = lambda ask: Compared(True, ["size"], delete_first=answer)
    steps = bench.plan(goal("a", {"size": 2}, delete_before_replace=option))
    assert (steps[0].op is Op.DELETE_REPLACED) is first


@pytest.mark.parametrize(
    ("before", "after", "replaced"),
    [(1, 2, True), (1, 1, False), (None, 1, False), (1, None, False), (Secret(1), 1, False), (1, Secret(2), True)],
)
def test_replacement_trigger(before: Value, after: Value, replaced: bool) -> None:
    bench = Bench(box("a", replacement_trigger=before))
    ops = [op for op, _ in bench.ops(goal("a", replacement_trigger=after))]
    assert ("replace" in ops) is replaced
    assert any(isinstance(a, Compare) for a in bench.asks) is not replaced


def test_an_unknown_trigger_replaces_in_a_preview_and_is_refused_in_an_update() -> None:
    assert "replace" in dict(
        Bench(box("a", replacement_trigger=1), preview=True).ops(goal("a", replacement_trigger=UNKNOWN))
    )
    bench = Bench(box("a", replacement_trigger=1))
    with pytest.raises(Refused, match="unknowns"):
        bench.plan(goal("a", replacement_trigger=UNKNOWN))


@pytest.mark.parametrize(
    ("wanted", "answer", "replaced"),
    [
        (["size"], Compared(None), True),
        (["other"], Compared(None), False),
        (["*"], Compared(None), True),
        (["size"], Compared(True), False),
        (["size"], Compared(True, changed=["size"]), True),
        (["size"], Compared(True, detailed={"size.inner": Kind.ADD}), True),
    ],
)
def test_replace_on_changes(wanted: list[str], answer: Compared, replaced: bool) -> None:
    bench = Bench(box("a"))
    bench.compare = lambda ask: answer
    ops = [op for op, _ in bench.ops(goal("a", {"size": 2}, replace_on_changes=wanted))]
    assert ("replace" in ops) is replaced


def test_half_made_resources_are_updated_even_when_nothing_differs() -> None:
    assert Bench(box("a", init_errors=["not ready"])).ops(goal("a")) == [("update", "a")]
    bench = Bench(box("a", init_errors=["not ready"]))
    assert "replace" in dict(bench.ops(goal("a", replace_on_changes=["#initerror"])))


def test_followers_of_a_replaced_resource_are_replaced_without_being_compared() -> None:
    bench = Bench(box("a"), box("b", deleted_with=urn("a")), box("c", replace_with=[urn("a")]))
    bench.compare = lambda ask: Compared(True, ["size"])
    bench.plan(goal("a", {"size": 2}))
    asked = len(bench.asks)
    assert "replace" in dict(bench.ops(goal("b", deleted_with=urn("a"))))
    assert "replace" in dict(bench.ops(goal("c", replace_with=[urn("a")])))
    assert not any(isinstance(a, Compare) for a in bench.asks[asked:])


def _chain() -> list[Resource]:
    """b takes a's serial, c takes b's, d only comes after a."""
    a = box("a")
    b = box("b", dependencies=[urn("a")], property_dependencies={"size": [urn("a")]})
    c = box("c", dependencies=[urn("b")], property_dependencies={"size": [urn("b")]})
    d = box("d", dependencies=[urn("a")], property_dependencies={"size": []})
    return [a, b, c, d]


def test_delete_first_takes_dependants_that_unknown_inputs_would_replace() -> None:
    bench = Bench(*_chain())
    bench.compare = lambda ask: Compared(True, ["size"], delete_first=True)
    assert bench.ops(goal("a", {"size": 2})) == [
        ("delete-replaced", "c"),
        ("delete-replaced", "b"),
        ("delete-replaced", "a"),
        ("replace", "a"),
        ("create-replacement", "a"),
    ]
    probes = [a for a in bench.asks if isinstance(a, Compare)][1:]
    assert [(p.old.name, p.news, p.unknowns) for p in probes] == [
        ("b", {"size": UNKNOWN}, True),
        ("c", {"size": UNKNOWN}, True),
    ]
    # b comes back: one check, from nothing, and no comparison
    asked = len(bench.asks)
    assert bench.ops(goal("b")) == [("replace", "b"), ("create-replacement", "b")]
    assert [type(a) for a in bench.asks[asked:]] == [Check]


def test_delete_first_spares_dependants_that_would_only_be_updated() -> None:
    bench = Bench(*_chain())
    bench.compare = lambda ask: Compared(True, ["size"] if ask.old.name == "a" else [], delete_first=True)
    assert dict(bench.ops(goal("a", {"size": 2})))["delete-replaced"] == "a"


def test_delete_first_passes_over_what_was_registered_before() -> None:
    """A dependant in the state that the program registered first cannot depend on the resource any more."""
    bench = Bench(*_chain())
    assert bench.ops(goal("b")) == [("same", "b")]
    bench.compare = lambda ask: Compared(True, ["size"], delete_first=True)
    assert [name for _, name in bench.ops(goal("a", {"size": 2}))] == ["a", "a", "a"]


def test_a_protected_dependant_stops_a_delete_first_replacement() -> None:
    resources = _chain()
    resources[1].protect = True
    bench = Bench(*resources)
    bench.compare = lambda ask: Compared(True, ["size"], delete_first=True)
    with pytest.raises(Refused, match="as part of replacing"):
        bench.plan(goal("a", {"size": 2}))


def test_protected_resources_are_not_replaced() -> None:
    bench = Bench(box("a", protect=True))
    bench.compare = lambda ask: Compared(True, ["size"])
    with pytest.raises(Refused, match="unable to replace resource"):
        bench.plan(goal("a", {"size": 2}, protect=True))
    preview = Bench(box("a", protect=True), preview=True)
    preview.compare = lambda ask: Compared(True, ["size"])
    assert "replace" in dict(preview.ops(goal("a", {"size": 2}, protect=True)))
    assert preview.errors()
    freed = Bench(box("a", protect=True))
    freed.compare = lambda ask: Compared(True, ["size"])
    assert "replace" in dict(freed.ops(goal("a", {"size": 2}, protect=False)))


def test_check_failures_stop_and_hide_secrets() -> None:
    bench = Bench()
    bench.failures = [("size", "too big"), ("", "and ugly")]
    with pytest.raises(Refused):
        bench.plan(goal("a", {"size": Secret("hush")}))
    assert bench.errors() == [
        "toy:index:Box resource 'a': property size value {[secret]} has a problem: too big",
        "toy:index:Box resource 'a' has a problem: and ugly",
    ]


def test_one_urn_once() -> None:
    bench = Bench()
    bench.plan(goal("a"))
    with pytest.raises(Refused, match="Duplicate resource URN"):
        bench.plan(goal("a"))


@pytest.mark.parametrize("lost", ["id", "provider"])
def test_a_state_that_lacks_the_essential_is_not_guessed_at(lost: str) -> None:
    bench = Bench(box("a", **{lost: ""}))
    with pytest.raises(Refused, match=f"has no {lost}"):
        bench.plan(goal("a"))


def test_another_provider_replaces_only_if_it_says_so() -> None:
    other = PROVIDER[:-1] + "2"
    bench = Bench(box("a"))
    assert bench.ops(goal("a", provider=other)) == [("same", "a")]
    assert CompareProviders(PROVIDER, other) in bench.asks
    bench = Bench(box("a"))
    bench.provider_change = Compared(True, ["region"])
    assert "replace" in dict(bench.ops(goal("a", provider=other)))


def test_components_are_compared_by_the_engine() -> None:
    old = Resource(urn("g", type_="my:Group"), "my:Group", custom=False, inputs={"x": 1}, parent=ROOT)
    for inputs, op in (({"x": 1}, "same"), ({"x": 2}, "update")):
        bench = Bench(old)
        wanted = Goal("my:Group", "g", custom=False, parent=ROOT, inputs=dict(inputs))
        assert bench.ops(wanted) == [(op, "g")]
        assert bench.asks == []


def test_aliases_find_the_old_resource_and_its_children() -> None:
    group = Resource(urn("g1", type_="my:Group"), "my:Group", custom=False, parent=ROOT)
    kid = box("g1-kid", parent=group.urn)
    kid.urn = urn("g1-kid", group.urn)
    bench = Bench(group, kid)
    wanted = Goal("my:Group", "g2", custom=False, parent=ROOT, aliases=[Alias(name="g1")])
    (step,) = bench.plan(wanted)
    assert (step.op, step.new and step.new.alias) == (Op.SAME, group.urn)
    assert bench.ops(goal("g2-kid", parent=step.urn)) == [("same", "g2-kid")]
    assert bench.planner.plan_deletes() == []


def test_an_alias_can_be_claimed_once() -> None:
    bench = Bench(box("a"))
    bench.plan(goal("b", aliases=[Alias(name="a")]))
    asked = len(bench.asks)
    with pytest.raises(Refused, match=r"resource .*::c is invalid"):
        bench.plan(goal("c", aliases=[Alias(urn=urn("a"))]))
    with pytest.raises(Refused, match=r"resource .*::a is invalid"):
        bench.plan(goal("a"))
    assert ["Duplicate resource alias" in message for message in bench.errors()] == [True, True]
    assert [type(ask) for ask in bench.asks[asked:]] == [Check, Check], "what else is wrong is told with it"


def test_what_is_not_registered_is_deleted_in_layers() -> None:
    bench = Bench(*_chain(), box("old", delete=True), box("half", pending_replacement=True))
    bench.plan(goal("a"))
    assert names(bench.planner.plan_deletes()) == [
        [("delete", "c")],
        [("delete", "b"), ("delete", "d"), ("delete-replaced", "old"), ("remove-pending-replace", "half")],
    ]


def test_a_dependant_that_never_comes_back_is_taken_out() -> None:
    bench = Bench(*_chain())
    bench.compare = lambda ask: Compared(True, ["size"], delete_first=True)
    for step in bench.plan(goal("a", {"size": 2})):
        if step.op is Op.DELETE_REPLACED and step.old is not None:
            step.old.pending_replacement = True  # as the executor does
    left = [step for layer in names(bench.planner.plan_deletes()) for step in layer]
    assert ("remove-pending-replace", "b") in left
    assert ("delete", "d") in left


def test_external_resources_are_taken_over_by_making_one() -> None:
    bench = Bench(box("a", external=True))
    assert bench.ops(goal("a")) == [("create-replacement", "a"), ("replace", "a")]


@pytest.mark.parametrize(
    ("before", "ops", "deletes"),
    [
        (None, ["read"], []),
        (box("a", external=True, id="other"), ["read"], []),
        (box("a", id="mine"), ["read"], []),
        (box("a"), ["read-replacement", "replace"], [[("delete-replaced", "a")]]),
    ],
    ids=["new", "read before", "given up", "another in its place"],
)
def test_reads(before: Resource | None, ops: list[str], deletes: list[list[tuple[str, str]]]) -> None:
    bench = Bench(*([before] if before else []))
    run = bench.planner.plan_read(goal("a"), "mine")
    with pytest.raises(StopIteration) as done:
        next(run)
    steps: list[Step] = done.value.value
    assert [s.op.value for s in steps] == ops
    assert steps[0].new is not None
    assert (steps[0].new.id, steps[0].new.external) == ("mine", True)
    if before is not None and ops[0] == "read-replacement":
        before.delete = True  # as the executor does
    assert names(bench.planner.plan_deletes()) == deletes


def test_what_is_no_longer_read_is_discarded() -> None:
    bench = Bench(box("a", external=True), box("b", external=True, delete=True))
    assert names(bench.planner.plan_deletes()) == [[("discard", "a"), ("discard-replaced", "b")]]


def test_a_read_needs_an_id() -> None:
    with pytest.raises(Refused, match="Expected an ID"):
        next(Bench().planner.plan_read(goal("a"), ""))


def test_torn_ignored_paths_are_told() -> None:
    bench = Bench(box("a", inputs={"l": [1]}))
    bench.plan(goal("a", {"l": [1, 2]}, ignore_changes=["l[1]"]))
    assert [n.severity for n in bench.planner.notes] == ["info"]
