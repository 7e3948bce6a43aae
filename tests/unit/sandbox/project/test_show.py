"""What a person is shown of a project: nothing that a name holds acts on the terminal."""

from __future__ import annotations

import pytest

from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.clouds.cloud import Policy, Role
from instance_role_sandbox.project.inventory import Instance, Inventory
from instance_role_sandbox.project.proof import Seen
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


def test_many_instances_are_counted_by_role(capsys: pytest.CaptureFixture[str]) -> None:
    held = [Instance(f"i-{n}", f"web-{n:03}", "Running", "web" if n % 300 else "audit", "web") for n in range(600)]
    screen = Screen()
    screen.inventory([Inventory(CLOUDS[0], (), (), tuple(held))])
    screen.seen([Seen(CLOUDS[0].name, one, "STS.x", "", "arn", "a:B: ok", "c:D: 403") for one in held])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 30, lines
    rows = [tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in lines if line.startswith("| ")]
    assert [row[:3] for row in rows if row[1] == "Running"] == [
        ("audit (the stack's state", "Running", "2"),
        ("web", "Running", "598"),
    ]
    assert ("audit", "2", "a:B: ok", "c:D: 403") in rows and ("web", "598", "a:B: ok", "c:D: 403") in rows
