"""States that pass by themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.emulator.timeline import at, settled, through

LINE = through(100.0, ("Pending", 2), ("Starting", 3), ("Running", 0))


def test_each_state_lasts_as_long_as_it_was_given() -> None:
    moments = [99.0, 100.0, 101.9, 102.0, 104.9, 105.0, 10**6]
    expected = ["Pending", "Pending", "Pending", "Starting", "Starting", "Running", "Running"]
    assert [at(LINE, moment) for moment in moments] == expected
    assert [settled(LINE, moment) for moment in (104.9, 105.0)] == [False, True]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=5), st.floats(0, 1000), st.floats(0, 1000))
def test_time_never_brings_an_earlier_state_back(lengths: list[float], one: float, other: float) -> None:
    line = through(0.0, *((f"s{index}", length) for index, length in enumerate(lengths)))
    first, second = sorted((one, other))
    assert at(line, first) <= at(line, second)


def test_without_waits_the_last_state_is_there_at_once() -> None:
    assert at(through(5.0, ("Pending", 0), ("Available", 0)), 5.0) == "Available"
