"""What the SDK waits for before a program ends: the more there is on its list, the longer each look through it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import preview
from tests.support.sandbox import Sandbox

MANY = """
    import pulumi_instance_role as ir
    from pulumi.runtime.settings import SETTINGS

    before = len(SETTINGS.outputs)
    document = ir.policy_document(ir.allow("oss:GetObject", on="*"))
    policies = [ir.RolePolicy(f"read-{n}", document) for n in range(20)]
    print("on the list:", len(SETTINGS.outputs) - before)
    policies[7].name.apply(lambda name: print("told:", name))
"""
REFUSED = """
    import pulumi_instance_role as ir

    role = ir.InstanceRole("web")
    ir.InstanceRole("refused")
    role.name.apply(lambda name: print("told:", name))
"""


OWN = """
    import pulumi
    import pulumi_instance_role as ir

    def fails(value):
        raise ValueError("told by the program's own output")

    class Noted(ir.InstanceRole):
        def __init__(self, name, **more):
            self.note = pulumi.Output.from_input(1).apply(fails)
            super().__init__(name, **more)

    Noted("web", adopt=pulumi.Output.from_input(True).apply(bool))
"""


def test_what_fails_in_an_output_of_the_program_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview(OWN, tmp_path, sandbox.env(), dry_run=False)
    assert done.code != 0 and "told by the program's own output" in done.said


def test_no_output_of_a_resource_is_waited_for_but_what_comes_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview(MANY, tmp_path, sandbox.env(), dry_run=False)
    assert done.code == 0, done.said
    assert "on the list: 0" in done.said and "told: proj-dev-read-7-" in done.said


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_registration_that_fails_ends_the_program_and_is_told_once(
    sandbox: Sandbox, tmp_path: Path, dry_run: bool
) -> None:
    done = preview(REFUSED, tmp_path, sandbox.env(), dry_run=dry_run)
    assert done.code != 0 and "its own provider refuses it" in done.said
    assert "never retrieved" not in done.said and "pending" not in done.said
