"""``instance-role pass-role``: what the principal that deploys a stack has to be allowed, and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from pulumi_instance_role.cli.examples import examples
from pulumi_instance_role.cli.stacks import Stack, find_stack, stack_options
from pulumi_instance_role.clouds import limits_of, needs_of
from pulumi_instance_role.plan.deployer import Demand, Reach, demands, of_preview, of_state


@click.command(
    "pass-role",
    epilog=examples("instance-role pass-role --stack prod", "instance-role pass-role --stack prod --format json"),
)
@stack_options
@click.option("--account", help="the account's id, for a stack whose state does not tell it")
@click.option("--preview", "ahead", is_flag=True, help="also for what the program declares now")
@click.option(
    "--by",
    type=click.Choice(("instance", "region", "account", "tag")),
    default="instance",
    show_default=True,
    help="how the instances are named that roles may be given to",
)
@click.option("--tag", metavar="KEY=VALUE", help="with --by tag: the tag that these instances have")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def pass_role(
    stack_name: str | None,
    folder: Path,
    engine: str | None,
    account: str | None,
    ahead: bool,
    by: str,
    tag: str | None,
    form: str,
) -> None:
    """Print the least permissions that deploying a stack's resources needs: up, refresh and destroy.

    Read from the stack's state, or from a preview where nothing is deployed yet. Changes nothing and grants nothing:
    the owner of the account does.
    """
    if stack_name is None:
        raise click.UsageError("--stack: say which stack")
    reach = _reach(by, tag)
    stack = find_stack(stack_name, folder, engine)
    declared, others = of_state(stack.export())
    if ahead or not declared:
        now, others = of_preview(_object(stack))
        declared = [*declared, *now]
    if not declared:
        raise click.ClickException(f"stack {stack_name} has none of the resources of this package")
    try:
        found = demands(declared, limits_of, needs_of, account, reach)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(
        json.dumps([_plain(one) for one in found], indent=2) if form == "json" else _text(stack_name, found, others)
    )


def _reach(by: str, tag: str | None) -> Reach:
    if (by == "tag") != (tag is not None):
        raise click.UsageError("--by tag and --tag KEY=VALUE go together")
    key, equals, value = (tag or "=").partition("=")
    if tag is not None and not (equals and key and value):
        raise click.UsageError("--tag: write it as KEY=VALUE")
    return Reach(by, (key, value))


def _object(stack: Stack) -> dict[str, Any]:
    try:
        found = json.loads(stack.preview()[0])
    except ValueError as error:
        raise click.ClickException(f"the preview of stack {stack.name} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"the preview of stack {stack.name} is not a JSON object")
    return found


def _plain(demand: Demand) -> dict[str, Any]:
    place = demand.place
    return {
        "cloud": place.cloud,
        "account": demand.account,
        "profile": place.profile,
        "assume_role_arn": place.assume_role_arn,
        "documents": list(demand.documents),
        "notes": list(demand.notes),
    }


def _text(stack: str, found: list[Demand], others: int) -> str:
    parts = [f"What the resources of stack {stack} need of the principal that deploys it (up, refresh, destroy)"]
    for demand in found:
        place = demand.place
        where = [limits_of(place.cloud).language.name, f"account {demand.account or '*'}"]
        where += [f"profile {place.profile}"] if place.profile else []
        where += [f"as {place.assume_role_arn}"] if place.assume_role_arn else []
        parts.append(", ".join(where))
        parts += [json.dumps(document, indent=2) for document in demand.documents]
        parts += ["\n".join(f"* {note}" for note in demand.notes)] if demand.notes else []
    if others:
        parts.append(f"The {others} resources of other packages in this stack need permissions of their own.")
    parts.append(
        "The owner of the account grants this: a deployer that could grant it to itself would not need to ask."
    )
    return "\n\n".join(parts)


COMMANDS: tuple[click.Command, ...] = (pass_role,)
