"""A program that raises has not declared all: nothing is judged or made of less than that, and its error shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import preview
from tests.support.sandbox import Sandbox

PROGRAM = """
import pulumi
import pulumi_instance_role as ir

ir.RolePolicyAttachment("by-name", "web", "AliyunOSSReadOnlyAccess", "System")
ir.InstanceRole("bad", name="under_score")
role = ir.InstanceRole("only", exclusive={exclusive})
ir.RolePolicyAttachment("first", role, "AliyunOSSReadOnlyAccess", "System")
{raised}
ir.RolePolicyAttachment("second", role, "AliyunECSReadOnlyAccess", "System")
ir.InstanceRole("web", name="web")
"""
RAISED = ['raise KeyError("the subnet is missing")', 'raise pulumi.RunError("the subnet is missing")']
ROLE = ("pulumi-python:dynamic/instance-role:InstanceRole", "only")


@pytest.mark.parametrize("raised", RAISED)
def test_a_preview_tells_the_programs_own_error_alone(sandbox: Sandbox, tmp_path: Path, raised: str) -> None:
    mark = sandbox.mark()
    done = preview(PROGRAM.format(exclusive=False, raised=raised), tmp_path, sandbox.env())
    assert done.code != 0 and done.said.rstrip("'\n").endswith("the subnet is missing"), done.said
    assert "role web does not exist" not in done.said and done.warnings == []
    assert sandbox.calls(mark) == []
    whole = preview(PROGRAM.format(exclusive=False, raised=""), tmp_path, sandbox.env())
    assert [line.partition(":")[0] for line in whole.faults()] == ['InstanceRole "bad" name']


def test_a_program_that_leaves_well_has_declared_all(sandbox: Sandbox, tmp_path: Path) -> None:
    left = "import sys; sys.exit(0)"
    done = preview(PROGRAM.format(exclusive=True, raised=left), tmp_path, sandbox.env())
    told = [line.partition(":")[0] for line in done.faults()]
    assert told == ['RolePolicyAttachment "by-name" role', 'InstanceRole "bad" name']
    fine = PROGRAM.replace("under_score", "fine").format(exclusive=True, raised=left)
    done = preview(fine, tmp_path, sandbox.env(), config={"instance-role:preflight": "off"})
    assert done.code == 0, done.said
    assert list(done.registered[ROLE]["attached"]) == ["System:AliyunOSSReadOnlyAccess"]


@pytest.mark.parametrize("raised", RAISED)
@pytest.mark.parametrize("dry_run", [True, False])
def test_an_exclusive_role_is_not_registered_with_less_than_belongs_on_it(
    sandbox: Sandbox, tmp_path: Path, raised: str, *, dry_run: bool
) -> None:
    """An update would take off what the program did not come to, and the next one not put it back."""
    program = PROGRAM.replace("under_score", "fine")
    config = {"instance-role:preflight": "off"}
    done = preview(
        program.format(exclusive=True, raised=raised), tmp_path, sandbox.env(), config=config, dry_run=dry_run
    )
    assert done.code != 0 and "the subnet is missing" in done.said
    assert ROLE not in done.registered
    whole = preview(program.format(exclusive=True, raised=""), tmp_path, sandbox.env(), config=config, dry_run=dry_run)
    assert whole.code == 0, whole.said
    assert list(whole.registered[ROLE]["attached"]) == [
        "System:AliyunECSReadOnlyAccess",
        "System:AliyunOSSReadOnlyAccess",
    ]
