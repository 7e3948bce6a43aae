"""``python -m pulumi_instance_role.sandbox.emulator serve|exec``: the emulator without the sandbox's other rooms."""

from __future__ import annotations

import click

from .cli import exec_command, serve


@click.group()
def main() -> None:
    """The clouds' APIs on loopback."""


main.add_command(serve)
main.add_command(exec_command)

if __name__ == "__main__":
    main()
