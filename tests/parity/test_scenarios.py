"""The embedded engine does what the real one was recorded to do: calls, operations, exit codes, messages, state."""

from __future__ import annotations

import pytest

from tests.parity.compare import accepted, differences, scenarios


@pytest.mark.parametrize(
    "scenario",
    [  # a third of them in every run; `make parity` and the soak have all
        pytest.param(one, marks=pytest.mark.soak) if number % 3 else one for number, one in enumerate(scenarios())
    ],
)
def test_scenario(scenario: str) -> None:
    found = {(d.operation, d.field): d.text for d in differences(scenario)}
    reasons = accepted().get(scenario, {})
    unknown = [text for place, text in found.items() if place not in reasons]
    assert not unknown, "\n".join(unknown)
    assert set(reasons) == set(found), "an accepted difference is gone: take it out of accepted.json"


def test_all_scenarios_are_there() -> None:
    later = [30, 31, 32, 34, 35, 37, 39, 42, 43, 44, 47, 48, 49, 50, 53, 54, 55, 58, 60, 62, 66]
    assert [name[:2] for name in scenarios()] == [f"{n:02}" for n in [*range(1, 23), *later]]


def test_accepted_differences_name_scenarios_and_reasons() -> None:
    for scenario, places in accepted().items():
        assert scenario in scenarios()
        assert all(reason.strip() for reason in places.values())
