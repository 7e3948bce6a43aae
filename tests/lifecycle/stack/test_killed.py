"""A machine that dies in the middle of `make up`: the next one finishes the work and makes nothing twice."""

from __future__ import annotations

import os
import signal

import pytest

from tests.lifecycle.stack.project import DEPLOYED, ENGINES, Project
from tests.support.sandbox import wait_for


def kill_up_at(project: Project, action: str) -> None:
    """Start `up`, and kill the whole process group as soon as that call has come in."""
    with project.start("up") as process:
        wait_for(lambda: project.ready and action in _actions(project), 90)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def _actions(project: Project) -> set[str]:
    return {call["action"] for call in project.account.control("GET", "calls")["calls"]}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_killed_up_left_is_taken_up_by_the_next(project: Project, engine: str) -> None:
    project.engine = engine
    kill_up_at(project, "CreateVpc")
    kill_up_at(project, "RunInstances")
    said = project.run("up")
    assert "running already" in said  # the emulator lives on, as a cloud does
    assert project.counts() == DEPLOYED
    assert "proved: each instance acts as its role" in said
    assert "no changes (" in project.run("up")
    # It would stay up if there were anything that no stack knows.
    assert "emulator: stopped, no stack needs it" in project.run("destroy")
