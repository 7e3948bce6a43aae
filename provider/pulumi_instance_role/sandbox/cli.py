"""``instance-role sandbox``: the commands of the sandbox's rooms, gathered.

A command's room is imported only when the command runs: `exec` starts a program inside an instance, and should not wait
for the engine's imports.
"""

from __future__ import annotations

from importlib.util import find_spec

import click

from pulumi_instance_role.cli.extras import not_installed
from pulumi_instance_role.cli.lazy import LazyGroup

_ROOM = "pulumi_instance_role.sandbox"
_ENGINE = f"{_ROOM}.engine.cli"
COMMANDS = {
    "serve": f"{_ROOM}.emulator.cli",
    "exec": f"{_ROOM}.emulator.cli",
    "fault": f"{_ROOM}.emulator.fault_cli",
    "project": f"{_ROOM}.project.cli",
    "up": _ENGINE,
    "preview": _ENGINE,
    "refresh": _ENGINE,
    "destroy": _ENGINE,
    "export": _ENGINE,
    "import": _ENGINE,
    "outputs": _ENGINE,
}
"""Where each command lives: a module with ``COMMANDS``."""

NEEDED = ("werkzeug", "cryptography", "yaml")
"""The modules of the extra. The rooms import some of them late, so they are looked for before a command runs."""


class SandboxGroup(LazyGroup):
    """The sandbox's commands, each in place of a stub where the extra is not installed."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        missing = next((module for module in NEEDED if find_spec(module) is None), None)
        if missing is not None and cmd_name in COMMANDS:
            return not_installed(cmd_name, "sandbox", missing)
        return super().get_command(ctx, cmd_name)


@click.group(cls=SandboxGroup, homes=COMMANDS)
def sandbox() -> None:
    """Clouds and a deployment engine on this machine alone, for trying things out and for tests."""
