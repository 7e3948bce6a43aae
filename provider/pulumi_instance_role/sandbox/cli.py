"""``instance-role sandbox``: the commands of the sandbox's rooms, gathered."""

from __future__ import annotations

import click

from pulumi_instance_role.sandbox.emulator.cli import exec_command, serve
from pulumi_instance_role.sandbox.engine.cli import COMMANDS as ENGINE_COMMANDS
from pulumi_instance_role.sandbox.project.cli import project


@click.group()
def sandbox() -> None:
    """Clouds and a deployment engine on this machine alone, for trying things out and for tests."""


for command in (serve, exec_command, project, *ENGINE_COMMANDS):
    sandbox.add_command(command)
