"""The ``instance-role`` command.

Commands of other distributions (``sandbox``) register themselves under the entry-point group
``pulumi_instance_role.commands``, so that nothing here imports what may not be there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import entry_points
from typing import Any

import click

from pulumi_instance_role.cli.extras import not_installed
from pulumi_instance_role.cli.lazy import LazyGroup
from pulumi_instance_role.wheels import SANDBOX

GROUP = "pulumi_instance_role.commands"
COMMANDS: Mapping[str, str] = {
    "drift": "pulumi_instance_role.cli.drift",
    "inventory": "pulumi_instance_role.cli.inventory",
    "pass-role": "pulumi_instance_role.cli.pass_role",
    "policies": "pulumi_instance_role.cli.policies",
    "review": "pulumi_instance_role.cli.review",
}
"""Where each built-in command lives: a module with ``COMMANDS``."""
ELSEWHERE: Mapping[str, str] = {"sandbox": SANDBOX}
"""Commands of other distributions, and how each is had."""


class ExtensibleGroup(LazyGroup):
    """A group whose further commands are found among the installed distributions' entry points.

    It ends with 1 for whatever could not be done, wrong usage included: 2 is what drift and reviews end with when they
    found something, and a pipeline has to tell the two apart.
    """

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and end the process with the exit code of what came of it."""
        run = partial(super().main, args, prog_name, complete_var, standalone_mode=False, **extra)
        if not standalone_mode:
            return run()
        try:
            code: Any = run()
        except click.ClickException as error:
            error.show()
            code = 1 if isinstance(error, click.UsageError) else error.exit_code
        except click.Abort:
            click.echo("Aborted.", err=True)
            code = 1
        sys.exit(code if isinstance(code, int) else 0)

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
