"""A machine that dies in the middle of `make up`: the next one finishes the work and makes nothing twice.

It is the stack of both clouds, so that this is shown for each, and for a program that uses two plugins.
"""

from __future__ import annotations

import os
import signal

import pytest

from tests.lifecycle.stack.project import ENGINES, Project
from tests.lifecycle.stack.told import rows
from tests.support.sandbox import wait_for

COMMON = {"roles": 2, "policies": 1, "attachments": 2, "vpcs": 1, "security_groups": 1, "instances": 2}
DEPLOYED = {"alibaba": {**COMMON, "vswitches": 1}, "tencent": {**COMMON, "subnets": 1}}


def kill_up_at(project: Project, cloud: str, action: str) -> None:
    """Start `up`, and kill the whole process group as soon as that cloud has had that call."""
    with project.start("up") as process:
        wait_for(lambda: project.ready and (cloud, action) in _calls(project), 90)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def _calls(project: Project) -> set[tuple[str, str]]:
    return {(call["cloud"], call["action"]) for call in project.account.control("GET", "calls")["calls"]}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_killed_up_left_is_taken_up_by_the_next(project: Project, engine: str) -> None:
    project.engine, project.stack = engine, "both"
    kill_up_at(project, "tencent", "CreateVpc")
    kill_up_at(project, "alibaba", "RunInstances")
    said = project.run("up")
    assert "running already" in said  # the emulator lives on, as a cloud does
    assert project.counts() == DEPLOYED
    assert "plugin for pulumi_alicloud: " in said and "plugin for tencentcloud_iac_pulumi: " in said
    assert "proved: each instance acts as its role" in said
    for title in ("Instances", "Seen from inside the instances", "What the credentials may do"):
        assert len([row for row in rows(said, title) if "shop-web" in row.values()]) == 2, said
    assert "no changes (" in project.run("up")
    # It would stay up if there were anything that no stack knows.
    assert "emulator: stopped, no stack needs it" in project.run("destroy")
