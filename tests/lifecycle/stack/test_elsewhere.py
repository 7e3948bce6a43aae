"""The wheels: what is in each; and a user's own project elsewhere, with them in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

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


PACKAGES = {
    "cli",
    "clouds",
    "data",
    "drift",
    "host",
    "inventory",
    "language",
    "plan",
    "policy",
    "program",
    "resources",
    "review",
    "transport",
}
"""What the product is made of; the sandbox is none of it."""

LARGEST = 800 * 1024
"""Bytes of the product's wheel: people carry it into every pipeline. A third are lists of the clouds' words."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels as `make wheel` builds them, by the name of the distribution."""
    out = tmp_path_factory.mktemp("wheels")
    for source in (REPOSITORY, REPOSITORY / "sandbox"):
        build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(out), str(source)]
        subprocess.run(build, check=True, capture_output=True)
    return {wheel.name.partition("-")[0]: wheel for wheel in out.glob("*.whl")}


def test_the_product_holds_nothing_of_the_sandbox(wheels: dict[str, Path]) -> None:
    files = [Path(name).parts for name in ZipFile(wheels["pulumi_instance_role"]).namelist()]
    assert {parts[0].partition("-")[0] for parts in files} == {"pulumi_instance_role"}
    inside = {parts[1] for parts in files if len(parts) > 2 and parts[0] == "pulumi_instance_role"}
    assert inside == PACKAGES
    assert wheels["pulumi_instance_role"].stat().st_size < LARGEST
    metadata = ZipFile(wheels["pulumi_instance_role"]).read("pulumi_instance_role-0.1.0.dist-info/METADATA").decode()
    assert not [line for line in metadata.splitlines() if line.startswith("Requires-Dist: werkzeug")]


def test_the_sandbox_holds_itself_alone(wheels: dict[str, Path]) -> None:
    files = [Path(name).parts for name in ZipFile(wheels["pulumi_instance_role_sandbox"]).namelist()]
    assert {parts[0].partition("-")[0] for parts in files} == {"instance_role_sandbox", "pulumi_instance_role_sandbox"}
    inside = {parts[1] for parts in files if len(parts) > 2 and parts[0] == "instance_role_sandbox"}
    assert inside == {"emulator", "engine", "project", "standin"}


@pytest.fixture
def elsewhere(tmp_path: Path, wheels: dict[str, Path]) -> Iterator[Project]:
    """A folder with a program and an environment that has the built wheels, and else what this one has."""
    folder = tmp_path / "a project"  # with a space, as people have them
    folder.mkdir()
    venv.create(folder / ".venv", symlinks=True)
    packages = folder / ".venv" / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    # A path line adds the folder, not the .pth files in it: this repository's editable install is not seen.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = str(folder / ".venv/bin/python")
    install = [
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        *map(str, wheels.values()),
    ]
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
