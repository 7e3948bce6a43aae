from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.transport.retry import Budget, Retrier, RetryPolicy
from tests.unit.transport.clock import Clock


class Broken(Exception):
    pass


def retrier(clock: Clock, *, random: Callable[[], float] = lambda: 1.0, budget: int = 500, **policy: float) -> Retrier:
    attempts = int(policy.pop("attempts", 6))
    return Retrier(RetryPolicy(attempts=attempts, **policy), Budget(budget), clock, clock.sleep, random)


def failing(times: int) -> Callable[[], str]:
    left = [times]

    def function() -> str:
        if left[0]:
            left[0] -= 1
            raise Broken(f"{left[0]} more")
        return "done"

    return function


def five(error: Exception) -> int | None:
    return 5 if isinstance(error, Broken) else None


def test_waits_grow_to_the_cap() -> None:
    clock = Clock()
    assert retrier(clock, base=1, cap=4).call(failing(5), five) == "done"
    assert clock.slept == [1, 2, 4, 4, 4]


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=3, max_size=3))
def test_jitter_is_full(draws: list[float]) -> None:
    clock, random = Clock(), iter(draws)
    retrier(clock, random=lambda: next(random), base=1, cap=100).call(failing(3), five)
    assert clock.slept == [draw * most for draw, most in zip(draws, (1, 2, 4), strict=True)]


def test_last_error_is_raised_when_attempts_are_used_up() -> None:
    clock = Clock()
    with pytest.raises(Broken, match="7 more"):
        retrier(clock, attempts=3).call(failing(10), five)
    assert len(clock.slept) == 2


def test_other_errors_pass_at_once() -> None:
    def function() -> None:
        raise KeyError("x")

    clock = Clock()
    with pytest.raises(KeyError):
        retrier(clock).call(function, five)
    assert clock.slept == []


def test_no_wait_runs_past_the_deadline() -> None:
    clock = Clock()
    with pytest.raises(Broken):
        retrier(clock, attempts=100, base=1, cap=8, deadline=10).call(failing(1000), five)
    assert clock.slept == [1, 2, 4]  # the next, of 8, would end at 15


def test_budget_ends_retries_and_success_fills_it_again() -> None:
    clock = Clock()
    one = retrier(clock, budget=12)
    with pytest.raises(Broken):
        one.call(failing(10), five)
    assert (len(clock.slept), one.budget.left) == (2, 2)
    for _ in range(3):
        one.call(failing(0), five)
    assert one.budget.left == 5
    one.call(failing(1), five)
    assert one.budget.left == 5  # five taken, five given back


def test_budget_never_exceeds_its_capacity_nor_goes_below_nothing() -> None:
    budget = Budget(100)
    taken: list[int] = []

    def work() -> None:
        for _ in range(500):
            if budget.take(3):
                taken.append(3)
                budget.give_back(3)
            assert 0 <= budget.left <= 100

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.left == 100
    assert not budget.take(101)
    budget.give_back(50)
    assert budget.left == 100
    assert taken
