"""Bindings that are renamed, exchanged, moved and ended, in every order of an engine's steps, with kills in between.

An engine checks each live resource before it brings it about, does not wait for that before it checks the next one,
and ends what is no longer declared after all else; beyond that it promises no order. A host that is killed takes the
result of its last step with it: the cloud has it and the state does not. The operation is then run again from what the
state has.

Every run has instances and names of its own, so that one host can serve many.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest

from tests.lifecycle.resources.fleet import FLEETS, Fleet
from tests.support.host import Host, HostError, Props, Thing
from tests.support.sandbox import Sandbox, Server, wait_for

KIND = "InstanceRoleBinding"
Bindings = Mapping[str, tuple[str, tuple[int, ...]]]
"""Name -> role, and which of the run's instances."""
Step = tuple[str, str]
"""``check``, ``bring`` or ``end``, and the name of a binding."""

OURS, OURS_TOO = "ours", "ours-too"
"""Roles that this stack made; ``app`` and ``db`` were made by others."""


@dataclass(frozen=True)
class Scenario:
    """What was declared, what is declared now, and what comes of it."""

    before: Bindings
    after: Bindings
    aliases: Mapping[str, str] = field(default_factory=dict)  # new name -> old name
    more: Mapping[str, Any] = field(default_factory=dict)
    refused: bool = False

    def orders(self) -> Iterator[tuple[Step, ...]]:
        """Every order of steps that an engine may take."""
        live = [(what, name) for name in self.after for what in ("check", "bring")]
        ended = [name for name in self.before if name not in self.after and name not in self.aliases.values()]
        for steps in permutations(live):
            if all(steps.index(("check", name)) < steps.index(("bring", name)) for name in self.after):
                yield from ((*steps, *(("end", name) for name in ends)) for ends in permutations(ended))

    def held(self, bindings: Bindings) -> dict[int, str]:
        """What each instance of the run holds when ``bindings`` are brought about."""
        return {number: role for role, numbers in bindings.values() for number in numbers}


SCENARIOS: dict[str, Scenario] = {
    "renamed": Scenario({"old": ("app", (0, 1))}, {"new": ("app", (0, 1))}),
    "renamed under an alias": Scenario({"old": ("app", (0, 1))}, {"new": ("app", (0, 1))}, {"new": "old"}),
    "renamed under an alias, with another role": Scenario(
        {"old": ("app", (0, 1))}, {"new": ("db", (0, 1))}, {"new": "old"}
    ),
    "renamed, with another role of the stack": Scenario({"old": (OURS, (0, 1))}, {"new": (OURS_TOO, (0, 1))}),
    "renamed, with fewer instances": Scenario({"old": ("app", (0, 1))}, {"new": ("app", (1,))}),
    "moved to another role": Scenario(
        {"a": ("app", (0, 1)), "b": ("db", (2,))}, {"a": ("app", (0,)), "b": ("db", (1, 2))}
    ),
    "moved within one role": Scenario(
        {"a": ("app", (0, 1)), "b": ("app", (2,))}, {"a": ("app", (0,)), "b": ("app", (1, 2))}
    ),
    "two instances exchanged": Scenario(
        {"a": (OURS, (0,)), "b": (OURS_TOO, (1,))}, {"a": (OURS, (1,)), "b": (OURS_TOO, (0,))}
    ),
    "two roles exchanged": Scenario(
        {"a": ("app", (0, 2)), "b": ("db", (1,))}, {"a": ("db", (0, 2)), "b": ("app", (1,))}
    ),
    "taken over from one that ends": Scenario({"a": (OURS, (0, 2)), "b": (OURS_TOO, (1,))}, {"b": (OURS_TOO, (0, 1))}),
    "taken over from one that ends, by word": Scenario(
        {"a": ("app", (0, 2)), "b": ("db", (1,))}, {"b": ("db", (0, 1))}, more={"on_conflict": "replace"}
    ),
    "taken over without a word": Scenario({"a": ("app", (0,)), "b": ("db", (1,))}, {"b": ("db", (0, 1))}, refused=True),
    "claimed by two": Scenario(
        {"a": ("app", (0,)), "b": ("db", (1,))}, {"a": ("app", (0, 1)), "b": ("db", (1,))}, refused=True
    ),
    "free, and claimed by two": Scenario({}, {"a": ("app", (0,)), "b": ("db", (0,))}, refused=True),
}


@dataclass
class Run:
    """One scenario in one order, on instances of its own, with the state that an engine would keep."""

    scenario: Scenario
    steps: tuple[Step, ...]
    stopped: int | None  # the host is killed after so many steps
    lost: bool  # the result of the last of them reached no state
    label: str
    number: int
    ids: list[str]
    fleet: Fleet
    state: dict[str, Thing] = field(default_factory=dict)
    early: bool = False
    refusal: str = ""

    def name(self, binding: str) -> str:
        """A name that no other run has."""
        return f"{binding}-{self.number}"

    def declared(self, bindings: Bindings, name: str) -> Props:
        """The inputs of a binding."""
        role, numbers = bindings[name]
        return self.fleet.declared(role, [self.ids[number] for number in numbers], **self.scenario.more)

    def begin(self, host: Host) -> None:
        """What was declared before."""
        for name in self.scenario.before:
            self.state[name] = Thing(KIND, self.name(name))
            host.up(self.state[name], self.declared(self.scenario.before, name))

    def go(self, host: Host) -> None:
        """The operation, as far as the host gets."""
        steps = self.steps[: self.stopped]
        self.early = self.stopped is not None
        self.carry_out(host, steps[: -1 if self.lost else None])
        if self.lost and steps and not self.refusal:
            kept = {name: Thing(**vars(thing)) for name, thing in self.state.items()}
            self.carry_out(host, steps[-1:], checked=self._checked)
            self.state = kept

    def again(self, host: Host) -> None:
        """The whole operation, from what the state has."""
        self.early = False
        self.carry_out(host, self.steps)

    def carry_out(self, host: Host, steps: tuple[Step, ...], checked: dict[str, Props] | None = None) -> None:
        """Steps one after another; a failure ends them. What is brought about does not hold up the next check."""
        self._checked = {} if checked is None else checked
        with ThreadPoolExecutor() as pool:
            under_way: list[Future[None]] = []
            try:
                for what, name in steps:
                    if what == "check":
                        self._check(host, name)
                        continue
                    wait_for_all(under_way)
                    under_way = [pool.submit(self._bring if what == "bring" else self._end, host, name)]
                wait_for_all(under_way)
            except HostError as error:
                # A host that was killed early never heard of the binding that would have given the instance up.
                excused = self.early and "holds the role" in str(error)
                assert self.scenario.refused or excused, f"{self.label}: {error}"
                self.refusal = str(error)

    def _check(self, host: Host, name: str) -> None:
        checked = host.check(self._thing(name), self.declared(self.scenario.after, name))
        assert checked.failures == []
        self._checked[name] = checked.inputs

    def _bring(self, host: Host, name: str) -> None:
        thing, inputs = self._thing(name), self._checked[name]
        if not thing.id:
            host.create(thing, inputs)
        elif host.diff(thing, inputs).changes:
            host.update(thing, inputs)
        thing.inputs = inputs
        self.state.pop(self.scenario.aliases.get(name, ""), None)
        self.state[name] = thing

    def _end(self, host: Host, name: str) -> None:
        if name in self.state:
            host.delete(self.state[name])
            del self.state[name]

    def _thing(self, name: str) -> Thing:
        """The resource in the state, by its name or under an alias; else a new one."""
        old = self.state.get(name) or self.state.get(self.scenario.aliases.get(name, ""))
        if old is None:
            return Thing(KIND, self.name(name))
        return Thing(KIND, self.name(name), old.id, old.inputs, old.outputs)

    def should_hold(self, bindings: Bindings) -> dict[str, str | None]:
        """What the run's instances hold when ``bindings`` are brought about."""
        held = self.scenario.held(bindings)
        return {one: held.get(number) for number, one in enumerate(self.ids)}


INSTANCES = 3
"""Instances of a run."""


def runs_of(fleet: Fleet, sample: int) -> list[Run]:
    """Every scenario in every order; and 1 in ``sample`` of the kills after each step, its result lost or not."""
    wanted: list[tuple[str, Scenario, tuple[Step, ...], int | None, bool]] = []
    killed = 0
    for title, scenario in SCENARIOS.items():
        for steps in scenario.orders():
            wanted.append((title, scenario, steps, None, False))
            for stopped in range(1, len(steps) + 1):
                for lost in (False, True):
                    killed += 1
                    if killed % sample == 0 and (stopped < len(steps) or lost):
                        wanted.append((title, scenario, steps, stopped, lost))
    ids = fleet.launch(INSTANCES * len(wanted))
    return [
        Run(
            scenario,
            steps,
            stopped,
            lost,
            f"{title}: {' '.join(f'{what} {name},' for what, name in steps)} killed after {stopped}, lost: {lost}",
            number,
            ids[number * INSTANCES : (number + 1) * INSTANCES],
            fleet,
        )
        for number, (title, scenario, steps, stopped, lost) in enumerate(wanted)
    ]


@pytest.mark.parametrize(
    "cloud", [pytest.param(name, marks=pytest.mark.xdist_group(f"orders {name}")) for name in FLEETS]
)
@pytest.mark.parametrize("sample", [397, pytest.param(1, marks=pytest.mark.soak)])
def test_every_order_of_steps_ends_as_declared(sandbox_server: Server, cloud: str, sample: int) -> None:
    fleet = FLEETS[cloud](sandbox_server.account(), 0, "app", "db")
    fleet.sandbox.switch(quota_instances=20_000, tencent_quota_instances=20_000)
    runs = runs_of(fleet, sample)
    with Host(fleet.sandbox.env()) as first:
        for role in (OURS, OURS_TOO):
            first.up(Thing("InstanceRole", role), {"cloud": cloud, "name": role})
        for run in runs:
            run.begin(first)
    with Host(fleet.sandbox.env()) as second:
        for run in runs:
            run.go(second)
        second.kill()
    with Host(fleet.sandbox.env()) as third:
        for run in (run for run in runs if run.stopped is not None):
            run.again(third)
    held = fleet.held()
    for run in runs:
        now = {one: held[one] for one in run.ids}
        if run.scenario.refused:
            judge_refused(run, now)
        else:
            assert now == run.should_hold(run.scenario.after), run.label
    with Host(fleet.sandbox.env()) as fourth:
        for run in runs:
            if not run.scenario.refused:
                assert_settled(fourth, run)
    with Host(fleet.sandbox.env()) as destroy:
        for run in runs:
            for thing in run.state.values():
                destroy.delete(thing)
    held = fleet.held()
    for run in (run for run in runs if not run.scenario.refused):
        assert all(held[one] is None for one in run.ids), run.label


def wait_for_all(under_way: list[Future[None]]) -> None:
    """The end of what is under way; its failure is raised."""
    for one in under_way:
        one.result()


def assert_settled(host: Host, run: Run) -> None:
    """One more up has nothing to do."""
    assert set(run.state) == set(run.scenario.after), run.label
    for name, thing in run.state.items():
        assert host.up(thing, run.declared(run.scenario.after, name)) == "same", run.label


def judge_refused(run: Run, now: dict[str, str | None]) -> None:
    """No instance changed hands, and the error names the instance that is wanted twice."""
    assert "also declared in the binding" in run.refusal or "holds the role" in run.refusal, (
        f"{run.label}: {run.refusal}"
    )
    before = run.should_hold(run.scenario.before)
    after = run.should_hold(run.scenario.after)
    for one, role in now.items():
        assert role == before[one] or (before[one] is None and role is not None), f"{run.label}: {now}, {after}"


LOOKS = ("DescribeInstances", "DescribeInstanceRamRole")
"""Where a binding sees what instances hold."""


@pytest.mark.parametrize("cloud", FLEETS)
def test_who_takes_an_instance_waits_for_the_check_of_who_gives_it(sandbox: Sandbox, cloud: str) -> None:
    fleet = FLEETS[cloud](sandbox, 4, "app", "db")
    for keeps, ids in ((False, fleet.ids[:2]), (True, fleet.ids[2:])):
        giver, taker = Thing(KIND, f"giver-{keeps}"), Thing(KIND, f"taker-{keeps}")
        with Host(sandbox.env()) as before:
            before.up(giver, fleet.declared("app", ids))
        with Host(sandbox.env()) as host:
            wanted = host.check(taker, fleet.declared("db", ids[1:])).inputs
            mark = sandbox.mark()
            thread, failures = host.in_background(host.create, taker, wanted)
            wait_for(lambda mark=mark: any(call["action"] in LOOKS for call in sandbox.calls(mark)))
            time.sleep(0.5)  # the taker has seen that the instance holds a role that it knows nothing of
            host.check(giver, fleet.declared("app", ids if keeps else ids[:1]))
            thread.join(timeout=120)
        if keeps:
            (failure,) = failures
            assert f"{ids[1]} is also declared in the binding " in str(failure)
        else:
            assert failures == []
        assert fleet.now(*ids) == {ids[0]: "app", ids[1]: "app" if keeps else "db"}
