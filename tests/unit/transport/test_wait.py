from __future__ import annotations

import pytest

from pulumi_instance_role.transport.wait import DeadlinePassed, Waiter, wait_until
from tests.unit.transport.clock import Clock


def test_returns_what_it_sees_and_looks_less_and_less_often() -> None:
    clock = Clock()
    seen = iter([None, None, None, None, "there"])
    waiter = Waiter(first=1, cap=3, clock=clock, sleep=clock.sleep)
    assert waiter.until(lambda: next(seen), deadline=60) == "there"
    assert clock.slept == [1, 2, 3, 3]


def test_falsy_is_something_to_see() -> None:
    assert Waiter().until(lambda: 0, deadline=1) == 0


def test_deadline_is_kept_to_the_second_with_one_last_look() -> None:
    clock = Clock()
    looks: list[float] = []

    def look() -> None:
        looks.append(clock.now - 1000)

    with pytest.raises(DeadlinePassed, match="not so after 5 s"):
        Waiter(first=1, cap=3, clock=clock, sleep=clock.sleep).until(look, deadline=5)
    assert looks == [0, 1, 3, 5]


def test_errors_pass() -> None:
    def look() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        Waiter().until(look, deadline=1)


def test_comes_true_or_not() -> None:
    clock = Clock()
    waiter = Waiter(first=1, cap=1, clock=clock, sleep=clock.sleep)
    assert waiter.comes_true(lambda: clock.now > 1002, deadline=5)
    assert not waiter.comes_true(lambda: False, deadline=5)
    assert wait_until(lambda: "now", deadline=1, waiter=waiter) == "now"


def test_pauses_may_be_spread() -> None:
    clock = Clock()
    waiter = Waiter(first=1.0, cap=4.0, clock=clock, sleep=clock.sleep, spread=0.5, random=lambda: 0.5)
    assert not waiter.comes_true(lambda: False, 8.0)
    assert clock.slept[:4] == [0.75, 1.5, 3.0, 2.75]
