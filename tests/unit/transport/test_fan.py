from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.transport.fan import side_by_side


@given(st.lists(st.integers()), st.integers(1, 5))
def test_results_are_in_the_order_of_the_items(items: list[int], most: int) -> None:
    assert side_by_side(lambda one: one * 2, items, most) == [one * 2 for one in items]


def test_no_more_than_so_many_at_a_time_and_as_many_as_that() -> None:
    meeting = threading.Barrier(3, timeout=30)
    most, now, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        meeting.wait()
        with lock:
            now -= 1

    side_by_side(work, range(9), 3)
    assert most == 3


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_after_a_failure_nothing_begins_and_it_is_raised(kind: type[BaseException]) -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        raise kind("no")

    with pytest.raises(kind, match="no"):
        side_by_side(work, range(50), 2)
    assert len(begun) <= 2
