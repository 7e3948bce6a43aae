"""A cloud on a simulated clock that answers or refuses: how fast it is asked, and never faster than it publishes."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.transport.pace import FIRST, MOST, ROUND, SLOWEST, Pace
from tests.unit.transport.clock import Clock

NAME = "Attach"


def ask(pace: Pace, operation: str = NAME, *, refused: bool = False) -> None:
    with pace.turn(operation) as turn:
        turn.throttled = refused


@given(st.integers(1, 20), st.lists(st.tuples(st.floats(0, 0.3), st.booleans()), min_size=1, max_size=80))
def test_no_second_gets_more_than_the_published_rate(rate: int, calls: list[tuple[float, bool]]) -> None:
    clock = Clock()
    pace = Pace({NAME: rate}, clock=clock, sleep=clock.sleep)
    starts = []
    for gap, refused in calls:
        clock.now += gap
        with pace.turn(NAME) as turn:
            starts.append(clock.now)
            turn.throttled = refused
        assert rate * SLOWEST <= pace.allowed(NAME) <= rate
    for earlier, later in zip(starts, starts[rate:], strict=False):
        assert later - earlier > 1.0 - 1e-9


@given(st.floats(2, 100), st.lists(st.booleans(), max_size=200))
def test_a_rate_is_halved_when_refused_and_grows_by_the_same_amount_with_each_answer(
    rate: float, refusals: list[bool]
) -> None:
    clock = Clock()
    pace = Pace({NAME: rate}, clock=clock, sleep=clock.sleep)
    expected = rate
    for refused in refusals:
        clock.now += 1
        ask(pace, refused=refused)
        expected = max(rate * SLOWEST, expected / 2) if refused else min(rate, expected + rate / ROUND)
        assert abs(pace.allowed(NAME) - expected) < 1e-9


@given(st.lists(st.booleans(), max_size=200))
def test_without_a_rate_calls_in_flight_begin_low_grow_by_one_a_round_and_are_halved(refusals: list[bool]) -> None:
    clock = Clock()
    pace = Pace({}, clock=clock, sleep=clock.sleep)
    assert pace.allowed(NAME) == FIRST
    expected = FIRST
    for refused in refusals:
        clock.now += 1
        ask(pace, refused=refused)
        expected = max(1.0, expected / 2) if refused else min(MOST, expected + 1 / expected)
        assert abs(pace.allowed(NAME) - expected) < 1e-9 and 1 <= pace.allowed(NAME) <= MOST
    assert clock.slept == []


def test_calls_that_were_in_flight_together_are_refused_once() -> None:
    clock = Clock()
    pace = Pace({}, clock=clock, sleep=clock.sleep)
    with pace.turn(NAME) as one, pace.turn(NAME) as two, pace.turn(NAME) as three:
        clock.now += 1
        one.throttled = two.throttled = three.throttled = True
    assert pace.allowed(NAME) == FIRST / 2


def test_a_failure_of_another_kind_changes_nothing() -> None:
    pace = Pace({NAME: 10})
    ask(pace, refused=True)
    try:
        with pace.turn(NAME):
            raise ValueError
    except ValueError:
        assert pace.allowed(NAME) == 5


def test_no_more_are_in_flight_than_allowed_and_one_that_ends_lets_the_next_begin() -> None:
    pace = Pace({})
    inside, leave = threading.Semaphore(0), threading.Semaphore(0)

    def call() -> None:
        with pace.turn(NAME) as turn:
            inside.release()
            leave.acquire()
            turn.throttled = True

    threads = [threading.Thread(target=call, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(int(FIRST)):
        assert inside.acquire(timeout=30)
    assert not inside.acquire(timeout=0.1)
    for _ in threads:
        leave.release()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_waits_no_longer_than_needed() -> None:
    clock = Clock()
    pace = Pace({NAME: 10}, clock=clock, sleep=clock.sleep)
    for _ in range(25):
        ask(pace)
    assert clock.now - 1000 == 2.0


def test_operations_do_not_share() -> None:
    clock = Clock()
    pace = Pace({"A": 1, "B": 1}, clock=clock, sleep=clock.sleep)
    for operation in ("A", "B", "C", "C", "C"):
        ask(pace, operation)
    assert clock.slept == []
    ask(pace, "A")
    assert clock.slept == [1.0]


def test_rate_for_all_others_and_rates_below_one() -> None:
    clock = Clock()
    pace = Pace({}, other=0.5, clock=clock, sleep=clock.sleep)
    ask(pace, "Describe")
    ask(pace, "Describe")
    assert clock.slept == [2.0]
