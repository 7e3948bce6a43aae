from __future__ import annotations

from collections.abc import Sequence

import pytest

from pulumi_instance_role.clouds.batch import Batch, Results
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Instance, Lifecycle
from pulumi_instance_role.transport.wait import Waiter
from tests.unit.transport.clock import Clock

IDS = [f"i-{number}" for number in range(1, 9)]


class Slots:
    """Instances of which all are free, and a call that fails as it is told until a time has come."""

    def __init__(self, clock: Clock, kind: ErrorKind, until: float, *, whole: bool, only: Sequence[str] = IDS) -> None:
        self.clock, self.error, self.until = clock, CloudError(kind, "not now."), clock.now + until
        self.whole, self.only = whole, only
        self.held: set[str] = set()
        self.sent: list[float] = []

    says = "not now."

    def send(self, ids: Sequence[str]) -> Results:
        self.sent.append(self.clock.now)
        failing = [one for one in ids if one in self.only and self.clock.now < self.until]
        if failing and self.whole:
            raise CloudError(self.error.kind, self.says.format(failing[0], failing))
        self.held |= set(ids) - set(failing)
        return {one: self.error if one in failing else None for one in ids}

    def look(self, ids: Sequence[str]) -> dict[str, Instance]:
        seen = (Instance(one, "", "here", "vpc", Lifecycle.RUNNING, "web" if one in self.held else None) for one in ids)
        return {one.instance_id: one for one in seen}

    def carry_out(self) -> Results:
        waiter = Waiter(clock=self.clock, sleep=self.clock.sleep)
        batch = Batch(
            self.send,
            lambda _, seen, __: seen is not None and seen.role == "web",
            self.look,
            lambda error: error.kind is ErrorKind.DENIED,
            waiter,
        )
        return batch.carry_out(IDS)


PASSING = [
    (ErrorKind.UNAVAILABLE, 50.0),
    (ErrorKind.BUSY, 50.0),
    (ErrorKind.THROTTLED, 50.0),
    (ErrorKind.UNREACHABLE, 50.0),
    (ErrorKind.UNKNOWN, 15.0),
    (ErrorKind.NOT_FOUND, 15.0),
]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("kind", "seconds"), PASSING)
def test_what_passes_is_waited_for(kind: ErrorKind, seconds: float, whole: bool) -> None:
    clock = Clock()
    slots = Slots(clock, kind, seconds, whole=whole)
    assert slots.carry_out() == dict.fromkeys(IDS)
    assert len(slots.sent) <= 30  # the pauses grow, and what failed together is sent together
    assert all(later > earlier for earlier, later in zip(slots.sent, slots.sent[1:], strict=False))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("kind", "most"), [(ErrorKind.BUSY, 70.0), (ErrorKind.UNKNOWN, 70.0), (ErrorKind.INVALID, 0.0)]
)
def test_waiting_ends_and_leaves_the_last_reason(kind: ErrorKind, most: float, whole: bool) -> None:
    clock = Clock()
    slots = Slots(clock, kind, 1000.0, whole=whole)
    before = clock.now
    found = slots.carry_out()
    assert {error.kind for error in found.values() if error} == {kind} and list(found) and set(found) == set(IDS)
    assert clock.now - before <= most


@pytest.mark.parametrize("kind", [ErrorKind.UNKNOWN, ErrorKind.INVALID])
def test_one_that_spoils_all_is_found(kind: ErrorKind) -> None:
    slots = Slots(Clock(), kind, 1000.0, whole=True, only=IDS[5:6])
    found = slots.carry_out()
    assert [one for one, error in found.items() if error] == IDS[5:6]
    assert slots.held == set(IDS) - {IDS[5]}


@pytest.mark.parametrize("says", ["The instance `{0}` is isolated.", "The instances `{1}` cannot be changed."])
@pytest.mark.parametrize("spoilt", [IDS[5:6], [IDS[0], IDS[6]], IDS])
def test_an_error_that_names_its_instances_is_taken_at_its_word(says: str, spoilt: list[str]) -> None:
    slots = Slots(Clock(), ErrorKind.INVALID, 1000.0, whole=True, only=spoilt)
    slots.says = says
    found = slots.carry_out()
    assert [one for one, error in found.items() if error] == [one for one in found if one in spoilt]
    assert set(found) == set(IDS) and slots.held == set(IDS) - set(spoilt)
    by_one = says.endswith("isolated.")
    assert len(slots.sent) == len(spoilt) + (spoilt != IDS) if by_one or len(spoilt) == 1 else len(slots.sent) <= 15


def test_who_is_named_wrongly_costs_nobody_else_its_role() -> None:
    """A longer id is no shorter one, and what names everybody says nothing of anybody."""
    slots = Slots(Clock(), ErrorKind.INVALID, 1000.0, whole=True, only=IDS[5:6])
    slots.says = "i-10 and i-1x are none, {1} are some; given were " + ", ".join(IDS) + "."
    found = slots.carry_out()
    assert [one for one, error in found.items() if error] == IDS[5:6]
    assert slots.held == set(IDS) - {IDS[5]}


def test_what_would_meet_every_instance_is_raised_at_once() -> None:
    slots = Slots(Clock(), ErrorKind.DENIED, 1000.0, whole=True)
    with pytest.raises(CloudError, match="not now"):
        slots.carry_out()
    assert len(slots.sent) == 1
