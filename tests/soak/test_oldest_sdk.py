"""The oldest Pulumi SDK that the package says it runs with: installed beside it, and resources declared with it."""

from __future__ import annotations

import re
import subprocess
import venv
from pathlib import Path

import pytest

from tests.support.mocked import BEGINNING

ROOT = Path(__file__).parents[2]
PROGRAM = """
import pulumi_instance_role as ir


@pulumi.runtime.test
def declared():
    role = ir.InstanceRole("web", cloud="alibaba", description=pulumi.Output.from_input("why"))
    policy = ir.RolePolicy("read", ir.policy_document(ir.allow("oss:GetObject", on="*")), cloud="alibaba")
    ir.RolePolicyAttachment("bond", role, policy)
    ir.InstanceRoleBinding("on", role, ["i-bp1aaaaaaaaaaaaaaaaa"], region="cn-hangzhou")
    return pulumi.Output.all(role.name, policy.name).apply(lambda names: print("named", *names))


declared()
"""


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_resources_are_declared_with_the_oldest_sdk(tmp_path: Path) -> None:
    (oldest,) = re.findall(r'"pulumi>=(\d+\.\d+),', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", f"pulumi=={oldest}.0", f"{ROOT}[alibaba]"], check=True)
    done = subprocess.run(
        [python, "-c", BEGINNING + PROGRAM], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0 and "named proj-dev-web-" in done.stdout, done.stderr
