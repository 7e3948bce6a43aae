"""A project on disk and `instance-role sandbox project` run on it, as a person would, in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox import Sandbox, Server, clean_environment

REPOSITORY = Path(__file__).parents[3]
LONGEST = 170  # seconds for one operation on a loaded machine

# A caller's real keys and settings: none of them may get anywhere.
POISON = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIrealkeyrealkey",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "realsecretrealsecret",
    "ALICLOUD_ACCESS_KEY": "LTAIrealkeyrealkey",
    "ALICLOUD_SECRET_KEY": "realsecretrealsecret",
    "ALICLOUD_SECURITY_TOKEN": "realtokenrealtoken",
    "ALIBABA_CLOUD_ENDPOINT_ECS": "ecs.example.invalid",
    "ALIBABA_CLOUD_PROFILE": "production",
    "TENCENTCLOUD_SECRET_ID": "AKIDrealkeyrealkey",
    "TENCENTCLOUD_SECRET_KEY": "realsecretrealsecret",
    "TENCENTCLOUD_SECURITY_TOKEN": "realtokenrealtoken",
    "TENCENTCLOUD_DOMAIN": "tencent.example.invalid",
    "https_proxy": "http://proxy.example.invalid:3128",
    "http_proxy": "http://proxy.example.invalid:3128",
}


@dataclass
class Project:
    """One project's folder."""

    folder: Path
    stack: str = "alibaba"
    engine: str = "embedded"
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.command = self.command or (str(self.folder / ".venv/bin/instance-role"), "sandbox", "project")

    def start(self, operation: str, *flags: str) -> subprocess.Popen[str]:
        """Start an operation in a process group of its own."""
        engine = ["--engine", self.engine] if self.engine else []
        return subprocess.Popen(
            [*self.command, operation, "--stack", self.stack, "--cwd", str(self.folder), *engine, *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**clean_environment(), **POISON, **self.environment},
            start_new_session=True,
        )

    def run(self, operation: str, *flags: str, code: int = 0) -> str:
        """Run an operation to its end; what it said."""
        with self.start(operation, *flags) as process:
            said, _ = process.communicate(timeout=LONGEST)
        assert process.returncode == code, f"{operation}: {process.returncode}\n{said}"
        return said

    @property
    def ready(self) -> dict[str, Any] | None:
        """The emulator's ready line, if one is running."""
        try:
            found: dict[str, Any] = json.loads((self.folder / ".sandbox/emulator/serve.json").read_text())
        except (OSError, ValueError):
            return None
        return found

    @property
    def account(self) -> Sandbox:
        """The emulator's account through the official SDK, and its control API."""
        server = Server.__new__(Server)  # a running one: not started, and not to be stopped, by us
        assert self.ready is not None
        server.ready = self.ready
        return server.first_account()

    def state(self) -> dict[str, Any]:
        """What exists at the emulator; empty where none runs."""
        if self.ready is None:
            return {}
        return self.account.server.control("GET", "state")

    def counts(self) -> dict[str, dict[str, int]]:
        """How many of everything there is at the emulator, by cloud."""
        found = self.state()
        parts = {"alibaba": found, "tencent": found.get("tencent") or {}}
        return {cloud: {kind: len(part.get(kind) or ()) for kind in KINDS[cloud]} for cloud, part in parts.items()}

    def export(self) -> dict[str, Any]:
        """The stack's state as the embedded engine keeps it."""
        (file,) = (self.folder / ".sandbox" / "stacks").rglob(f"{self.stack}.json")
        found: dict[str, Any] = json.loads(file.read_text())
        return found

    def close(self) -> None:
        """Leave nothing running, whatever the test did."""
        note = self.folder / ".sandbox/emulator.json"
        if note.exists() and self.ready is not None:
            os.kill(json.loads(note.read_text())["pid"], 9)


_NO_CLI = pytest.mark.skipif(shutil.which("pulumi") is None, reason="there is no Pulumi CLI on PATH")
ENGINES = ("embedded", pytest.param("pulumi", marks=_NO_CLI))

KINDS = {
    "alibaba": ("roles", "policies", "attachments", "vpcs", "vswitches", "security_groups", "instances"),
    "tencent": ("roles", "policies", "attachments", "vpcs", "subnets", "security_groups", "instances"),
}


def copy_of_the_repository(folder: Path, environment: Path = Path(sys.prefix)) -> Path:
    """The files that a newcomer's clone has, the part that a stack needs, with that environment as its .venv."""
    for path in (*REPOSITORY.glob("Pulumi*.yaml"), REPOSITORY / "__main__.py"):
        shutil.copy2(path, folder / path.name)
    shutil.copytree(REPOSITORY / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").symlink_to(environment)
    return folder


def files_of(folder: Path) -> Mapping[str, str]:
    """The project's own files by name, to see that they stay as they are."""
    own = [*folder.glob("*.yaml"), *folder.glob("*.py"), *folder.glob("stacks/*.py")]
    return {str(path.relative_to(folder)): path.read_text() for path in own}
