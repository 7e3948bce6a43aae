"""What a provider is made with is noted from the import of the package on, and the import stays a light one."""

from __future__ import annotations

import subprocess
import sys

from tests.support.mocked import BEGINNING
from tests.support.sandbox import clean_environment

PROGRAM = """
import sys
import pulumi_instance_role as ir
assert "pulumi_instance_role.resources.role" not in sys.modules, "the resources are loaded when they are asked for"

@pulumi.runtime.test
def declare():
    made = pulumi.ProviderResource("alicloud", "b", {"region": "cn-beijing", "profile": "there"})
    role = ir.InstanceRole("r", "alibaba", opts=pulumi.ResourceOptions(provider=made))
    print(role._lives["region"], role._lives["profile"])

declare()
"""
WITHOUT = "import sys, pulumi_instance_role; print('pulumi' in sys.modules)"


def run(code: str) -> str:
    environment = clean_environment() | {"ALICLOUD_REGION": "cn-hangzhou"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_provider_is_noted_although_the_resources_are_not_loaded_yet() -> None:
    assert run(BEGINNING + PROGRAM) == "cn-beijing there"


def test_the_command_line_need_not_wait_for_pulumi() -> None:
    assert run(WITHOUT) == "False"
