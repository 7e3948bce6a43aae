"""The wheels: what is in each; and who installs them elsewhere, as the README and docs/start.md tell them to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from tests.lifecycle.stack.project import REPOSITORY, Project
from tests.lifecycle.stack.reader import a_reader
from tests.support.pages import Block, blocks, page
from tests.support.sandbox import Sandbox

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
    """Both wheels as `make wheel` builds them, with this environment's tools; by the name of the distribution."""
    out = tmp_path_factory.mktemp("wheels")
    tools = ["--old-file", f"{sys.prefix}/.installed", f"BUILD={sys.prefix}", f"DIST={out}"]
    inner = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    subprocess.run(["make", "-C", str(REPOSITORY), "wheel", *tools], env=inner, check=True, capture_output=True)
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


def test_the_install_section_of_the_readme(tmp_path: Path, wheels: dict[str, Path]) -> None:
    """Its lines find what they name, every extra is there, and what the extras need can be had together."""
    section = page("README.md").partition("\n## Install\n")[2].partition("\n## ")[0]
    (block,) = (found.text for found in blocks("README.md") if found.text in section)
    first, *lines = block.splitlines(keepends=True)
    assert first == "make wheel\n"
    (from_the_checkout,) = re.findall(r"`(pip install '\.[^`]+)`", section)
    extras = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)))
    assert extras == ["alibaba", "tencent", "review", "stacks"]
    every_extra = lines[0].replace("[alibaba,review]", f"[{','.join(extras)}]")
    assert every_extra != lines[0]

    reader = a_reader(tmp_path, PIP_DRY_RUN="1")
    (reader.folder / "dist").symlink_to(wheels["pulumi_instance_role"].parent)
    reader.types("python3 -m venv .venv; . .venv/bin/activate")
    said = reader.types("".join([*lines, every_extra, f"cd {REPOSITORY}; {from_the_checkout}"]))
    assert "does not provide the extra" not in said
    assert said.count("Would install pulumi-instance-role") == 4, said


class StartPage:
    """docs/start.md, typed block by block in a fresh folder, with what its words ask for between two blocks."""

    def __init__(self, folder: Path, wheels: dict[str, Path], account: Sandbox) -> None:
        self.wheel, self.account, self.bin = wheels["pulumi_instance_role"], account, folder / "pulumi"
        checkout = folder / "checkout"
        checkout.mkdir()
        (checkout / "dist").symlink_to(self.wheel.parent)
        self.reader = a_reader(folder, CHECKOUT=str(checkout), ENGINE="embedded")
        self.said: dict[str, str] = {}

    def follow(self) -> None:
        """Type all blocks; ``said`` has what each said, by its text."""
        first, *others = blocks("docs/start.md")
        assert first.text == 'make -C "$CHECKOUT" wheel\n'
        for block in others:
            if block.needs_account:
                subprocess.run(["bash", "-n", "-c", block.text], check=True)
            elif block.file:
                (self.reader.folder / block.file).write_text(block.text, encoding="utf-8")
            else:
                self._type(block)

    def _type(self, block: Block) -> None:
        text = block.text
        if text.startswith("pulumi stack init"):
            self._sign_in_as_the_owner()
        if text.startswith("pulumi preview"):
            self._sign_in_as_the_deployer()
            text = text.replace("pulumi up --stack prod\n", "pulumi up --stack prod --yes\n")  # a person says yes
        if block.language == "yaml":
            (self.reader.folder / "wheels").symlink_to(self.wheel.parent)
            text = "".join(f"{step['run']}\n" for step in yaml.safe_load(text))
        self.said[block.text] = self.reader.types(text, block.code)

    def _sign_in_as_the_owner(self) -> None:
        """A real account, as far as anything here can tell, with one instance; and a Pulumi CLI."""
        self.instances = self.account.make_vpc_instance(1, InstanceName="web-1")
        del self.reader.environment["ENGINE"]
        self.reader.gets(self.bin, **self.account.env(), PULUMI_CONFIG_PASSPHRASE="correct horse")

    def _sign_in_as_the_deployer(self) -> None:
        """A user with the documents that were printed, and no other permission."""
        (needed,) = json.loads((self.reader.folder / "needs.json").read_text(encoding="utf-8"))
        user = self.account.user("deployer", *needed["documents"])
        self.reader.environment |= {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": user.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": user.access_key_secret,
        }

    def told(self, command: str) -> str:
        """What the block with this command said."""
        (said,) = (said for text, said in self.said.items() if command in text)
        return said


@pytest.mark.soak  # it installs into an environment of its own and takes minutes
@pytest.mark.timeout(900)
def test_the_start_page_is_followed(tmp_path: Path, wheels: dict[str, Path], sandbox: Sandbox) -> None:
    start = StartPage(tmp_path, wheels, sandbox)
    try:
        start.follow()
    finally:
        Project(start.reader.folder).close()
    made = start.told("sandbox seed").split()
    assert len(made) == 2 and "does not provide the extra" not in start.told("python3 -m venv")
    assert "2 get, lose or swap a role" in start.told("run --stack dev -- instance-role review")
    up = start.told("project up")
    assert "proved: each instance acts as its role" in up and all(one in up for one in made)
    assert "wildcard-action" in start.told("sed -i.bak")
    assert re.search(r"^stack dev: \d+ in_sync$", start.told("drift --stack dev"), re.MULTILINE)
    # The instances were there before the stack, and are there still.
    destroyed = start.told("project destroy")
    assert "checked: the emulator holds nothing of stack dev" in destroyed and "emulator: stopped" in destroyed
    assert "the emulator stays up: it holds what no stack has" in destroyed and made[0] in destroyed

    (held,) = sandbox.state()["instances"]
    assert held["RamRoleName"].startswith("shop-prod-web-")
    assert re.search(r"^stack prod: \d+ in_sync$", start.told("- run: pulumi up"), re.MULTILINE)
    assert "shop/prod" in (start.reader.folder / "review.md").read_text(encoding="utf-8")
