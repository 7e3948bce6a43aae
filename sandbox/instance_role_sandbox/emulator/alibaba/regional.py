"""What the regional products, ECS and VPC, have alike: how resources are named in policies, and how dry runs end."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .call import Call
from .errors import ApiError

RESOURCE_GROUP = "rg-acfmdefault0000"
"""The resource group that things are in unless they are put into another."""


def on(kind: str, parameter: str) -> Callable[[Call], Iterable[str]]:
    """The resource an action is about: ``acs:ecs:<region>:<account>:<kind>/<id>``, all of the kind without an id."""

    def resources(call: Call) -> Iterable[str]:
        return (arn(call, kind, call.params.text(parameter, "*")),)

    return resources


def arn(call: Call, kind: str, resource_id: str) -> str:
    """A resource of the called product, in the request's region, as policies name it."""
    return f"acs:{call.product.prefix}:{call.region}:{call.account}:{kind}/{resource_id}"


def dry_run(call: Call) -> None:
    """End a dry run here, where all checks were passed: with the error ``DryRunOperation``.

    What the action has changed by then is undone, as with any error.
    """
    if call.params.boolean("DryRun"):
        raise ApiError(
            "DryRunOperation",
            call.switches.status("dry-run-status"),
            "Request validation has been passed with DryRun flag set.",
        )
