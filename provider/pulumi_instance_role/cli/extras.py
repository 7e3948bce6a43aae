"""Commands whose extra is not installed: they stay listed, and say how to get what they need."""

from __future__ import annotations

import click


def not_installed(name: str, extra: str, module: str) -> click.Command:
    """A command in the place of ``name``, which cannot run for want of ``module``, a part of ``extra``."""
    remedy = f"pip install 'pulumi-instance-role[{extra}]'"

    @click.command(
        name,
        help=f"(not installed: {remedy})",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    )
    def stub() -> None:
        raise click.ClickException(f"`{name}` needs the module {module!r}: {remedy}")

    return stub
