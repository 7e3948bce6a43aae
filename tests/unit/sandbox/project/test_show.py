"""What a person is shown of a project: nothing that a name holds acts on the terminal."""

from __future__ import annotations

import pytest

from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.clouds.cloud import Policy, Role
from instance_role_sandbox.project.inventory import Instance, Inventory
from instance_role_sandbox.project.show import Screen

HOSTILE = "a\x1b[2J\x07b\u202ec\u2066d"


def test_tables_of_a_project_reach_the_terminal_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    instance = Instance("i-1", HOSTILE, "Running", HOSTILE, HOSTILE)
    role = Role(HOSTILE, "arn", (HOSTILE,), (Policy(HOSTILE, "Custom", "v1", "{}"),))
    screen = Screen()
    screen.say(f"stack {HOSTILE}")
    screen.inventory([Inventory(CLOUDS[0], (role,), (), (instance,))])
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.split("\n")), shown
    assert shown.count("\\u202e") == 6
