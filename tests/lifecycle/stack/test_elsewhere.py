"""A user's own project, somewhere else: the wheel in a virtual environment of its own, and a program of six lines."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lifecycle.stack.project import REPOSITORY, Project
from tests.support.sandbox import clean_environment

PROGRAM = """
import pulumi
from pulumi_instance_role import (
    InstanceRole, InstanceRoleBinding, RolePolicy, RolePolicyAttachment, allow, policy_document
)

ids = pulumi.Config().get_object("instances") or []
role = InstanceRole("app", cloud="alibaba")
policy = RolePolicy("app", cloud="alibaba", document=policy_document(allow("vpc:DescribeVpcs", on="*")))
RolePolicyAttachment("app", role=role, policy=policy)
InstanceRoleBinding("app", role=role, instance_ids=ids)
pulumi.export("role", role.name)
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Project]:
    """A folder with a program and an environment that has the built wheel, and else what this one has."""
    folder = tmp_path / "a project"  # with a space, as people have them
    folder.mkdir()
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(REPOSITORY)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(folder / ".venv", symlinks=True)
    packages = folder / ".venv" / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    # A path line adds the folder, not the .pth files in it: this repository's editable install is not seen.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = str(folder / ".venv/bin/python")
    install = ["-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True, env=clean_environment())
    (folder / "Pulumi.yaml").write_text("name: mine\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    (folder / "__main__.py").write_text(PROGRAM)
    where = "import pulumi_instance_role as package; print(package.__file__)"
    found = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert found.stdout.startswith(str(folder))
    command = (str(folder / ".venv/bin/instance-role"), "sandbox", "project")
    project = Project(folder, stack="dev", command=command)
    yield project
    project.close()


@pytest.mark.timeout(400)
def test_a_project_elsewhere_binds_an_instance_that_was_there(elsewhere: Project) -> None:
    said = elsewhere.run("up")
    assert "no instance of the stack holds a role: there is nothing to prove from inside" in said
    (instance,) = elsewhere.account.make_vpc_instance()
    (elsewhere.folder / "Pulumi.dev.yaml").write_text(f"config:\n  mine:instances: [{instance}]\n")
    said = elsewhere.run("up")
    (role,) = (item["RoleName"] for item in elsewhere.state()["roles"])
    assert role.startswith("mine-dev-app-")
    assert elsewhere.state()["instances"][0]["RamRoleName"] == role
    assert "vpc:DescribeVpcs: ok, 1 found" in said
    assert "no changes (" in elsewhere.run("up")
    said = elsewhere.run("destroy")
    assert "checked: the emulator holds nothing of stack dev" in said
    # The instance was there before, and is there still.
    assert "the emulator stays up: it holds what no stack has" in said and instance in said
    assert elsewhere.state()["instances"][0]["RamRoleName"] in (None, "")
