"""Values of options that a person may misspell, with the one that may be meant."""

from __future__ import annotations

from typing import Any

import click

from pulumi_instance_role.clouds import NAMES
from pulumi_instance_role.policy.dialect import no_cloud


class CloudName(click.Choice[str]):
    """The name of a cloud. Others that a cloud is known by are understood, and the name is told."""

    def __init__(self) -> None:
        super().__init__(NAMES)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, or a usage error that says which may be meant."""
        if value in NAMES:
            return str(value)
        return self.fail(no_cloud(value), param, ctx)
