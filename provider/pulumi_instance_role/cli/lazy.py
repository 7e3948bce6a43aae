"""Groups whose commands are imported when they are asked for: `--help` should not wait for an SDK."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group with a table of commands: name -> the module that has it among its ``COMMANDS``."""

    def __init__(self, *args: Any, homes: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._homes = homes

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(self._homes)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in self._homes:
            return None
        offered: tuple[click.Command, ...] = import_module(self._homes[cmd_name]).COMMANDS
        return next(command for command in offered if command.name == cmd_name)
