"""``instance-role sandbox``: the commands of the sandbox, gathered.

What a command needs is imported only when it runs: `exec` starts a program inside an instance, and should not wait
for the engine's imports.
"""

from __future__ import annotations

import click

from pulumi_instance_role.cli.lazy import LazyGroup

_EMULATOR = "instance_role_sandbox.emulator.cli"
_PROJECT = "instance_role_sandbox.project.cli"
_ENGINE = "instance_role_sandbox.engine.cli"
COMMANDS = {
    "serve": _EMULATOR,
    "exec": _EMULATOR,
    "fault": "instance_role_sandbox.emulator.fault_cli",
    "project": _PROJECT,
    "run": _PROJECT,
    "seed": _PROJECT,
    "up": _ENGINE,
    "preview": _ENGINE,
    "refresh": _ENGINE,
    "destroy": _ENGINE,
    "export": _ENGINE,
    "import": _ENGINE,
    "outputs": _ENGINE,
}
"""Where each command lives: a module with ``COMMANDS``."""


@click.group(cls=LazyGroup, homes=COMMANDS)
def sandbox() -> None:
    """Clouds and a deployment engine on this machine alone, for trying things out and for tests."""
