"""The table of open questions."""

from __future__ import annotations

import pytest

from instance_role_sandbox.emulator.switches import SWITCHES, Switches


def test_every_row_takes_its_own_default_and_says_what_is_open() -> None:
    assert len({switch.name for switch in SWITCHES}) == len(SWITCHES)
    for switch in SWITCHES:
        assert switch.parse(switch.default) == switch.default
        assert switch.help.endswith(".")
        assert not switch.choices or switch.default in switch.choices


def test_settings_go_over_settings() -> None:
    base = Switches({"settle-seconds": 3})
    assert base.number("settle-seconds") == 3.0
    assert Switches({"occupied-level": "item"}, over=base).number("settle-seconds") == 3.0
    assert base.text("occupied-level") == "request"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"no-such": 1}, "no switch 'no-such'"),
        ({"occupied-level": "both"}, "occupied-level is one of request, item, not 'both'"),
        ({"settle-seconds": -1}, "settle-seconds is a number of seconds from 0 up, not -1"),
        ({"settle-seconds": "soon"}, "settle-seconds is a number, not 'soon'"),
        ({"settle-seconds": float("nan")}, "settle-seconds is a number of seconds from 0 up, not nan"),
        ({"detach-needs-passrole": "yes"}, "detach-needs-passrole is true or false, not 'yes'"),
        ({"dry-run-status": None}, "dry-run-status is a whole number, not None"),
    ],
)
def test_what_a_switch_does_not_take(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        Switches(values)
    assert message in str(caught.value)
