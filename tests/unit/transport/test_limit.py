from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.transport.limit import RateLimiter
from tests.unit.transport.clock import Clock


@given(st.integers(1, 20), st.lists(st.floats(0, 0.3), min_size=1, max_size=80))
def test_no_second_gets_more_than_the_rate(rate: int, gaps: list[float]) -> None:
    clock = Clock()
    limiter = RateLimiter({"Attach": rate}, clock=clock, sleep=clock.sleep)
    starts = []
    for gap in gaps:
        clock.now += gap
        limiter.wait("Attach")
        starts.append(clock.now)
    for earlier, later in zip(starts, starts[rate:], strict=False):
        assert later - earlier > 1.0 - 1e-9


def test_waits_no_longer_than_needed() -> None:
    clock = Clock()
    limiter = RateLimiter({"Attach": 10}, clock=clock, sleep=clock.sleep)
    for _ in range(25):
        limiter.wait("Attach")
    assert clock.now - 1000 == 2.0


def test_operations_do_not_share_and_unnamed_ones_pass() -> None:
    clock = Clock()
    limiter = RateLimiter({"A": 1, "B": 1}, clock=clock, sleep=clock.sleep)
    for operation in ("A", "B", "C", "C", "C"):
        limiter.wait(operation)
    assert clock.slept == []
    limiter.wait("A")
    assert clock.slept == [1.0]


def test_rate_for_all_others_and_rates_below_one() -> None:
    clock = Clock()
    limiter = RateLimiter({}, other=0.5, clock=clock, sleep=clock.sleep)
    limiter.wait("Describe")
    limiter.wait("Describe")
    assert clock.slept == [2.0]
