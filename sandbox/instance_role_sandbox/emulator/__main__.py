"""``python -m instance_role_sandbox.emulator serve|exec|fault``: the emulator by itself."""

from __future__ import annotations

import click

from .cli import exec_command, serve
from .fault_cli import fault


@click.group()
def main() -> None:
    """The clouds' APIs on loopback."""


main.add_command(serve)
main.add_command(exec_command)
main.add_command(fault)

if __name__ == "__main__":
    main()
