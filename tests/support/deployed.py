"""A program that is deployed by the embedded engine, in real processes, to one account of the emulator."""

from __future__ import annotations

import json
import re
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.forks import Forked
from tests.support.sandbox import Sandbox

STACK = "dev"
_LONGEST = 170  # seconds for one operation on a loaded machine


@dataclass
class Deployed:
    """A project with one stack. Both clouds' credentials of the account are in its environment."""

    folder: Path
    sandbox: Sandbox
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "Pulumi.yaml").write_text("name: proj\nruntime: python\n", encoding="utf-8")

    def program(self, text: str) -> None:
        """Write the program."""
        (self.folder / "__main__.py").write_text(textwrap.dedent(text), encoding="utf-8")

    def config(self, **values: str) -> None:
        """Write the stack's configuration, ``instance_role__cloud="alibaba"`` for ``instance-role:cloud``."""
        lines = [f"  {key.replace('__', ':').replace('_', '-')}: {value}" for key, value in values.items()]
        (self.folder / f"Pulumi.{STACK}.yaml").write_text("\n".join(["config:", *lines, ""]), encoding="utf-8")

    def run(self, *command: str, code: int | None = 0, env: Mapping[str, str] | None = None) -> str:
        """Run `instance-role COMMAND --stack dev`; what it wrote to the standard output (all it said, if it fails)."""
        environ = {
            **self.sandbox.env(),
            **self.sandbox.tencent.env(),
            "PULUMI_CONFIG_PASSPHRASE": "correct horse",
            **self.environment,
            **(env or {}),
        }
        process = Forked("pulumi_instance_role.cli", *command, "--stack", STACK, env=environ, cwd=self.folder)
        output, errors = process.communicate(timeout=_LONGEST)
        ended = process.wait()
        let_time_pass(self.folder)
        assert code is None or ended == code, f"{command}: {ended}\n{output}{errors}"
        return output if ended == 0 or output.startswith("{") else output + errors

    def up(self) -> str:
        """Deploy."""
        return self.run("sandbox", "up")

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        found: dict[str, Any] = self.state()["resources"][0]["outputs"]
        return found

    def state(self) -> dict[str, Any]:
        """The state's deployment, as the file has it."""
        file = self.folder / ".sandbox" / "stacks" / "proj" / f"{STACK}.json"
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["deployment"]
        return found

    def resources(self) -> dict[str, dict[str, Any]]:
        """This package's resources in the state, by name."""
        found = (one for one in self.state()["resources"] if "/instance-role:" in one["type"])
        return {one["urn"].rpartition("::")[2]: one for one in found}

    def writes(self, since: int) -> list[str]:
        """The writing calls to either cloud after number ``since``, in order."""
        return [call["action"] for call in self.sandbox.calls(since) if call["write"]]


def let_time_pass(folder: Path) -> None:
    """Make the writes that a project's states know of ones of an hour ago, so that nothing waits for reads that lag."""
    for file in (folder / ".sandbox" / "stacks").glob("*/*.json"):
        text = file.read_text(encoding="utf-8")
        aged = re.sub(r'("written_at": )(\d+)', lambda found: f"{found[1]}{_aged(int(found[2]))}", text)
        if aged != text:
            file.write_text(aged, encoding="utf-8")


def _aged(moment: int) -> int:
    """A moment of the last half hour an hour earlier; one that is aged already as it is."""
    return moment - 3600 if moment > time.time() - 1800 else moment
