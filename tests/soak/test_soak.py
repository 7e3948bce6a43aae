"""Long random lives of a stack: changes of every kind, a cloud in trouble, hosts that are killed, others at work.

After each up that succeeds the cloud is exactly what is declared, with nothing left over and nothing of others
touched; one more up asks the cloud nothing. An up that fails says so in one line for each resource, and the next one,
with the trouble gone, succeeds.

Limits: an up that failed is followed by an up of the same declaration. What a host had made when it was killed is in
no state, so a declaration that no longer has it would leave it behind; no provider can know better. Nor can one tell
whether what carries the mark of a resource with ``adopt=True``, and is whole, was made by an up of this state that was
cut off or by another state of the same name; it is left, and so may be there at the end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.soak.conftest import MINUTES
from tests.soak.declaration import CHANGES, FIRST, Change, Program, Role, without_instances
from tests.soak.engine import KINDS, Failed, Manner, Stack
from tests.soak.words import DOCUMENTS
from tests.soak.world import FOREIGN_ROLE
from tests.soak.worlds import WORLDS
from tests.support.sandbox import Server

FAULTS = ("throttle", "unavailable", "internal", "empty", "garbage", "drop_before", "drop_after", "deny")
STEPS = 20
"""Rules in one life of a stack."""

NUMBERS = st.integers(0, 1000)


@dataclass(frozen=True)
class Fault:
    """A fault to order; for every call, or for those of one of the cloud's actions."""

    fault: str
    action: int | None
    times: int
    after: int


@dataclass(frozen=True)
class Trouble:
    """What an operation has to cope with."""

    manner: Manner
    faults: tuple[Fault, ...]


def _troubles(kill: bool = True) -> st.SearchStrategy[Trouble]:
    fault = st.builds(
        Fault,
        st.sampled_from(FAULTS),
        st.none() | NUMBERS,
        times=st.sampled_from((1, 1, 1, 2, 3, 8)),
        after=st.sampled_from((0, 0, 0, 1, 2, 5, 10)),
    )
    manner = st.builds(
        Manner,
        order=NUMBERS,
        parallel=st.booleans(),
        check_first=st.booleans(),
        kill_after=st.none() | st.integers(1, 25) if kill else st.none(),
    )
    return st.builds(Trouble, manner, st.lists(fault, max_size=4).map(tuple))


CHANGE = st.builds(
    Change, st.sampled_from(list(CHANGES)), NUMBERS, NUMBERS, st.frozensets(st.integers(0, 11), max_size=8)
)


@dataclass
class Figures:
    """What one run came to."""

    until: float
    seed: int
    cloud: str
    chunks: int = 0
    failing: bool = False
    lives: int = 0
    ups: int = 0
    failed: int = 0
    killed: int = 0
    meddled: int = 0
    destroyed: int = 0
    changes: int = 0
    faults_met: int = 0
    done: dict[str, int] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether the time is up. A failure is played again to its end."""
        return time.monotonic() > self.until and not self.failing

    def __str__(self) -> str:
        steps = ", ".join(f"{number} {what}" for what, number in sorted(self.done.items()))
        return (
            f"{self.lives} lives, {self.changes} changes, {self.ups} ups ({self.failed} failed, {self.killed} hosts "
            f"killed, {self.faults_met} faults met), {self.meddled} times drift, {self.destroyed} destroyed; {steps}"
        )


class Lives(RuleBasedStateMachine):
    """One life of a stack. ``server`` and ``figures`` are given by the test."""

    server: Server
    figures: Figures

    def __init__(self) -> None:
        super().__init__()
        self.journal: list[str] = []
        self.program = Program()
        self.perhaps: set[str] = set()

    @initialize(answers=st.lists(NUMBERS, min_size=16, max_size=16))
    def begin(self, answers: list[int]) -> None:
        """A new account, with one of the answers to each open question."""
        if self.figures.over:
            return
        self.figures.lives += 1
        self.world = WORLDS[self.figures.cloud](self.server.account())
        self.program = Program(cloud=self.figures.cloud)
        questions = zip(self.world.switches.items(), answers, strict=False)
        switches = {name: values[answer % len(values)] for (name, values), answer in questions}
        self.world.sandbox.switch(**switches)
        self.journal.append(f"switches {switches}")
        self.stack = Stack(self.world.sandbox.env(), self.world.sandbox.mark)

    @rule(changes=st.lists(CHANGE, min_size=1, max_size=8), trouble=_troubles())
    def deploy(self, changes: list[Change], trouble: Trouble) -> None:
        """Change the declaration and bring it about, whatever it takes."""
        if self.figures.over:
            return
        for change in [*(() if list(self.program.resources()) else FIRST), *changes]:
            self.program = change.of(self.program, self.world.instances)
        self.figures.changes += len(changes)
        self.journal.append(f"changes {changes}")
        self._judged(lambda: self._bring_about(trouble))

    @precondition(lambda self: self.program.roles)
    @rule(trouble=_troubles(kill=False), one=NUMBERS, other=NUMBERS, size=st.integers(0, 5))
    def drift(self, trouble: Trouble, one: int, other: int, size: int) -> None:
        """Others change what is declared; a refresh sees it, and an up puts it right."""
        if self.figures.over:
            return
        self.figures.meddled += 1
        self._judged(lambda: self._meddle(one, other, size))
        self._judged(lambda: self._refresh(trouble))
        self._judged(lambda: self._bring_about(Trouble(Manner(), ())))

    @precondition(lambda self: self.program.bindings)
    @rule(number=NUMBERS, trouble=_troubles())
    def release(self, number: int, trouble: Trouble) -> None:
        """An instance ends, and the declaration no longer has it."""
        if self.figures.over or len(self.world.instances) < 4:
            return
        gone = self.world.instances[number % len(self.world.instances)]
        self.journal.append(f"release {gone}")
        self.world.release(gone)
        self.program = without_instances(self.program, frozenset((gone,)))
        self._judged(lambda: self._bring_about(trouble))

    @precondition(lambda self: len(self.program.roles) > 1)
    @rule(trouble=_troubles(), sure=st.integers(0, 3))
    def destroy(self, trouble: Trouble, sure: int) -> None:
        """End everything, and begin anew."""
        if self.figures.over or sure:
            return
        self._judged(lambda: self._destroy(trouble))

    def teardown(self) -> None:
        """Every life ends with nothing left over."""
        if not self.figures.failing and hasattr(self, "stack"):
            self._judged(lambda: self._destroy(Trouble(Manner(), ())))

    # -- steps -------------------------------------------------------------------------------------------------
    def _bring_about(self, trouble: Trouble) -> None:
        declared = list(self.program.resources())
        manner = trouble.manner
        if not self._attempt("up", trouble, lambda: self.stack.up(declared, manner)):
            self.perhaps |= {one.name for one in self.program.roles.values() if one.adopt}
            self.perhaps |= {one.name for one in self.program.policies.values() if one.adopt}
            self._count(self.stack.up(declared))
            self.figures.ups += 1
        faults = self.world.faults(self.program, self.perhaps)
        assert not faults, "\n".join(faults)
        if manner.order % 4 == 0:  # each up looks for changes once more; now and then another host does
            mark = self.world.sandbox.mark()
            done = self.stack.up(declared)
            assert (done, self.world.sandbox.calls(mark)) == ([], []), "a second up is not empty"

    def _refresh(self, trouble: Trouble) -> None:
        gone: list[object] = []

        def refresh() -> None:
            gone.extend(self.stack.refresh(trouble.manner))

        before = dict(self.stack.live)
        if not self._attempt("refresh", trouble, refresh):
            self.stack.refresh()
        there = self.world.attachments()
        for thing in (thing for key, thing in before.items() if key not in self.stack.live):
            key = thing.inputs.get("role"), thing.inputs.get("policy"), thing.inputs.get("policy_type")
            held = any(one in self.world.held() for one in thing.inputs.get("instance_ids", ()))
            ended = thing.kind == "RolePolicyAttachment" and key not in there
            assert ended or (thing.kind == "InstanceRoleBinding" and not held), f"{thing} left the state"

    def _destroy(self, trouble: Trouble) -> None:
        self.figures.destroyed += 1
        # What was adopted is still there under its name, so no name is used twice.
        self.program = Program(cloud=self.figures.cloud, serial=self.program.serial)
        if not self._attempt("destroy", trouble, lambda: self.stack.destroy(trouble.manner)):
            self.stack.destroy()
        assert not self.stack.live and not self.stack.replaced
        faults = self.world.faults(self.program, self.perhaps)
        assert not faults, "\n".join(faults)

    def _meddle(self, one: int, other: int, size: int) -> None:
        world, program = self.world, self.program
        chosen = sorted(id_ for binding in program.bindings.values() for id_ in binding.instances)[:size]
        held = [id_ for id_ in chosen if id_ in world.held()]
        if held:
            world.unbind(held)
            if one % 2:
                world.bind(FOREIGN_ROLE, held[: 1 + other % len(held)])
        attachments = list(program.attachments.values())
        if attachments and one % 3:
            attached = attachments[other % len(attachments)]
            kind = "System" if attached.system else "Custom"
            world.detach(program.policy_name(attached), kind, program.roles[attached.role].name)
        policies = list(program.policies.values())
        if policies and one % 5:
            world.rewrite(policies[other % len(policies)].name, one % DOCUMENTS)
        roles = [role for role in program.roles.values() if not role.foreign]
        if roles and one % 7:
            name = roles[other % len(roles)].name
            world.retrust(name, world.words.service, world.words.other_service, *program.services(Role("any")))
        grants = list(program.grants.values())
        if grants and one % 2:
            grant = grants[other % len(grants)]
            world.withdraw(grant.name, grant.user)
        self.journal.append(f"drift {one} {other} {size}")

    # -- how it went -------------------------------------------------------------------------------------------
    def _attempt(self, what: str, trouble: Trouble, work: Callable[[], object]) -> bool:
        """Try it in trouble. Whether it succeeded; a failure must be one that a user can read."""
        sandbox = self.world.sandbox
        for fault in trouble.faults:
            action = "*" if fault.action is None else self.world.actions[fault.action % len(self.world.actions)]
            sandbox.fault(fault.fault, action, times=fault.times, after=fault.after)
        if trouble.manner.kill_after is not None:
            self.world.slow_down()
        mark = sandbox.mark()
        self.journal.append(f"{what} {trouble}")
        self.figures.ups += what == "up"
        try:
            done = work()
            if what == "up":
                assert isinstance(done, list)
                self._count(done)
            return True
        except Failed as error:
            self.journal.append(f"  failed: {error}")
            self.figures.failed += 1
            self.figures.killed += "the host died" in error.messages
            for message in error.messages:
                readable = message == "the host died" or any(kind in message for kind in KINDS)
                assert readable and "unexpected" not in message and "\n" not in message.strip(), message
                assert not any(one in message for one in self.world.credentials), message
            return False
        finally:
            self.figures.faults_met += sum(call["fault"] not in ("", "delay") for call in sandbox.calls(mark))
            sandbox.clear_faults()

    def _count(self, done: list[str]) -> None:
        self.journal.append(f"  done: {done}")
        for step in done:
            verb = step.partition(" ")[0]
            self.figures.done[verb] = self.figures.done.get(verb, 0) + 1

    def _judged(self, work: Callable[[], None]) -> None:
        """Carry out; a failure is told with everything that led to it."""
        try:
            work()
        except (AssertionError, Failed) as error:
            self.figures.failing = True
            again = f"SOAK_SEED={self.figures.seed}, {self.figures.cloud}, chunk {self.figures.chunks}"
            raise AssertionError("\n".join([str(error), again, "after:", *self.journal])) from error


@pytest.mark.soak
@pytest.mark.parametrize("cloud", WORLDS)
def test_lives_of_a_stack(cloud: str, sandbox_server: Server, record_property: Callable[[str, object], None]) -> None:
    """A run for each cloud. The figures of each are told at the end."""
    run = int(os.environ.get("SOAK_SEED", time.time_ns() // 10**9))
    figures = Figures(time.monotonic() + MINUTES * 60, run, cloud)
    machine = type("Life", (Lives,), {"server": sandbox_server, "figures": figures})
    configuration = settings(
        max_examples=10,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        phases=[Phase.generate],  # what a busy machine does differently each time cannot be made smaller
        suppress_health_check=list(HealthCheck),
    )
    try:
        while not figures.over:
            figures.chunks += 1
            seed(f"{run} {cloud} {figures.chunks}")(machine)
            run_state_machine_as_test(machine, settings=configuration)  # type: ignore[no-untyped-call]  # it has no types
    finally:
        record_property("soak", f"{cloud}, SOAK_SEED={run}, {figures.chunks} chunks: {figures}")
