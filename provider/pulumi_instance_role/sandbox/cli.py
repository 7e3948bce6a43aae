"""``instance-role sandbox``: the commands of the sandbox's rooms, gathered.

A command's room is imported only when the command runs: `exec` starts a program inside an instance, and should not wait
for the engine's imports.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

from pulumi_instance_role.cli.extras import not_installed

_ROOM = "pulumi_instance_role.sandbox"
_ENGINE = f"{_ROOM}.engine.cli"
COMMANDS = {
    "serve": f"{_ROOM}.emulator.cli",
    "exec": f"{_ROOM}.emulator.cli",
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


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        missing = next((module for module in NEEDED if find_spec(module) is None), None)
        if missing is not None:
            return not_installed(cmd_name, "sandbox", missing)
        offered: tuple[click.Command, ...] = import_module(COMMANDS[cmd_name]).COMMANDS
        return next(command for command in offered if command.name == cmd_name)


@click.group(cls=LazyGroup)
def sandbox() -> None:
    """Clouds and a deployment engine on this machine alone, for trying things out and for tests."""
