"""The ``instance-role`` command.

Commands of other distributions (``sandbox``) register themselves under the entry-point group
``pulumi_instance_role.commands``, so that nothing here imports what may not be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

import click

from pulumi_instance_role.cli.extras import SANDBOX, not_installed
from pulumi_instance_role.cli.lazy import LazyGroup

GROUP = "pulumi_instance_role.commands"
COMMANDS: Mapping[str, str] = {
    "drift": "pulumi_instance_role.cli.drift",
    "pass-role": "pulumi_instance_role.cli.pass_role",
    "policies": "pulumi_instance_role.cli.policies",
    "review": "pulumi_instance_role.cli.review",
}
"""Where each built-in command lives: a module with ``COMMANDS``."""
ELSEWHERE: Mapping[str, str] = {"sandbox": SANDBOX}
"""Commands of other distributions, and how each is had."""


class ExtensibleGroup(LazyGroup):
    """A group whose further commands are found among the installed distributions' entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the built-in commands, of those that are installed beside, and of those that could be."""
        installed = (point.name for point in entry_points(group=GROUP))
        return sorted({*super().list_commands(ctx), *installed, *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, loaded only when it is asked for."""
        built_in = super().get_command(ctx, cmd_name)
        if built_in is not None:
            return built_in
        for point in entry_points(group=GROUP, name=cmd_name):
            command = point.load()
            if isinstance(command, click.Command):
                return command
        return not_installed(cmd_name, ELSEWHERE[cmd_name]) if cmd_name in ELSEWHERE else None


@click.group(cls=ExtensibleGroup, homes=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pulumi-instance-role")
def main() -> None:
    """Give cloud instances an identity, as code, without a single long-lived AccessKey."""
