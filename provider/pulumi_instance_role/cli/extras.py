"""What can be installed beside the package: commands that are not there stay listed, and say how to get them."""

from __future__ import annotations

import click

SANDBOX_PACKAGE = "instance_role_sandbox"
"""What it is imported as."""


def not_installed(name: str, remedy: str) -> click.Command:
    """A command in the place of ``name``, which is not there until ``remedy`` has been run."""

    @click.command(
        name,
        help=f"(not installed: {remedy})",
        short_help="(not installed; run it to be told how it is had)",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    )
    def stub() -> None:
        raise click.ClickException(f"`{name}` is not installed: {remedy}")

    return stub
