"""Groups whose commands are imported when they are asked for: `--help` should not wait for an SDK."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from pulumi_instance_role.policy.near import is_meant


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words name. UsageError for none, with the one that may be meant."""
        near = is_meant(args[0], self.list_commands(ctx), 0.6) if args else ""
        if near and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"No such command {args[0]!r}. I{near[1:]}")
        return super().resolve_command(ctx, args)
