"""The engine's commands alone: what a scenario starts. The rest of the command line would only cost time."""

from __future__ import annotations

import click

from instance_role_sandbox.engine.cli import COMMANDS

if __name__ == "__main__":
    click.Group("engine", {command.name or "": command for command in COMMANDS})()
