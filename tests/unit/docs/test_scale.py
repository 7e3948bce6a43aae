"""The arithmetic of docs/scale.md; that the page is what it computes is tested with the other pages."""

from __future__ import annotations

import pytest
from benchmarks.phases import BIND, CHANGE, REFRESH, floor
from docs.reference import scale
from hypothesis import given
from hypothesis import strategies as st

sizes = st.integers(1, 100_000)


@given(st.sampled_from(scale.CLOUDS), sizes)
def test_calls_are_the_floor_of_the_benchmarks_with_one_more_look(cloud: str, size: int) -> None:
    look, bind, change = scale.works(cloud, size)
    assert look.calls == floor(cloud, REFRESH, size)
    for work, phase in ((bind, BIND), (change, CHANGE)):
        writes = {action: n for action, n in work.calls.items() if not action.startswith("Describe")}
        assert writes == {a: n for a, n in floor(cloud, phase, size).items() if not a.startswith("Describe")}
        assert work.total == 2 * look.total + sum(writes.values())


@given(st.sampled_from(scale.CLOUDS), sizes)
def test_a_job_takes_no_less_than_any_rate_or_its_latency_allows(cloud: str, size: int) -> None:
    for work in scale.works(cloud, size):
        assert all(work.seconds * scale.rate(cloud, action) >= n for action, n in work.calls.items())
        assert work.seconds >= work.total * scale.LATENCY / scale.SIDE_BY_SIDE


@given(st.floats(0.1, 1000), st.integers(1, 400))
def test_more_runners_never_take_longer_and_all_places_have_their_turn(seconds: float, runners: int) -> None:
    assert scale.waves(seconds, runners) >= scale.waves(seconds, runners + 1) >= seconds
    assert scale.waves(seconds, runners) * runners >= scale.PLACES * seconds * 0.999


@pytest.mark.parametrize(("seconds", "told"), [(0.2, "1 s"), (120, "120 s"), (120.5, "3 min"), (3600, "60 min")])
def test_durations(seconds: float, told: str) -> None:
    assert scale.told(seconds) == told
