"""``instance-role sandbox fault``: faults ordered, listed and cleared in a running emulator. Thin."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any
from urllib.parse import urlencode

import click

from pulumi_instance_role.cli.examples import examples

from . import client
from .faults import KINDS

_TABLE = 76
"""Columns of the table in a help, which click indents by two."""

_DESCRIBED = ("number", "fault", "action", "cloud", "product", "times", "hits")


def _table() -> str:
    """The kinds of fault, for `--help`: what becomes of the call, and what happens."""
    width = max(len(name) for name in KINDS)
    work = max(len(kind.work) for kind in KINDS.values())
    rows: list[str] = []
    for kind in KINDS.values():
        head = f"  {kind.name:<{width}}  {kind.work:<{work}}  "
        rows += wrap(kind.help.replace("`", ""), _TABLE, initial_indent=head, subsequent_indent=" " * len(head))
    return "\b\n" + "\n".join(rows)


_HELP = f"""Let calls to a running emulator go wrong.

The emulator is the one of --endpoint or --state, else of INSTANCE_ROLE_ENDPOINT, else the one running in ./.sandbox
(`sandbox serve --state .sandbox/cloud`, or that of `make up`). Orders are kept until it stops.

{_table()}
"""


@click.group(help=_HELP)
def fault() -> None:
    """The group; its help is above."""


def _where(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--account", metavar="ID", help="The account; the first one if left out."),
        click.option(
            "--state",
            "folder",
            type=click.Path(path_type=Path, file_okay=False),
            help="The state folder of the emulator to ask; the control API's secret is in it.",
        ),
        click.option("--endpoint", metavar="HOST:PORT", help="The emulator to ask."),
    ):
        command = option(command)
    return command


def _ask(
    method: str,
    place: tuple[str | None, Path | None, str | None],
    data: dict[str, Any] | None = None,
    query: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """One call about faults; ``place`` is endpoint, folder and account as the options gave them."""
    endpoint, folder, account = place
    wanted = {**(query or {}), **({"account": account} if account else {})}
    path = f"faults?{urlencode(wanted)}" if wanted else "faults"
    return client.ask(client.find(endpoint, folder), method, path, data)


@fault.command(
    help=f"Order FAULT for the next call of ACTION ('*' for any).\n\n{_table()}",
    epilog=examples(
        "instance-role sandbox fault add throttle AttachInstanceRamRole --times 2",
        "instance-role sandbox fault add delay '*' --seconds 3 --always",
    ),
)
@click.argument("kind", metavar="FAULT", type=click.Choice(tuple(KINDS)))
@click.argument("action")
@click.option("--times", type=click.IntRange(0), help="For so many calls; 1 if left out, all with --probability.")
@click.option("--always", is_flag=True, help="For every such call, until cleared.")
@click.option("--after", type=click.IntRange(0), help="Leave the first so many calls alone.")
@click.option("--probability", type=click.FloatRange(0, 1, min_open=True), help="The chance of each call to meet it.")
@click.option("--seed", type=int, help="Of the chance: the same seed, the same calls hit.")
@click.option("--cloud", type=click.Choice(("alibaba", "tencent")), help="On one cloud only.")
@click.option("--product", help="Of one product only, such as Ecs or cam.")
@click.option("--code", help="The error's code (code, partial).")
@click.option("--status", type=click.IntRange(400, 599), help="The error's HTTP status, on Alibaba Cloud.")
@click.option("--seconds", type=click.FloatRange(0), help="How long (delay, timeout), how far back (lag).")
@click.option("--count", type=click.IntRange(0), help="How many of a batch are carried out (partial).")
@click.option("--id", "ids", multiple=True, help="Which of a batch are carried out (partial); may be repeated.")
@_where
def add(
    kind: str,
    action: str,
    always: bool,
    ids: tuple[str, ...],
    endpoint: str | None,
    folder: Path | None,
    account: str | None,
    **fields: Any,
) -> None:
    """Order a fault; its help is above."""
    if always and fields["times"] is not None:
        raise click.UsageError("--times and --always exclude each other.")
    desired = {"fault": kind, "action": action, **{name: value for name, value in fields.items() if value is not None}}
    if always:
        desired["times"] = None
    if ids:
        desired["ids"] = list(ids)
    click.echo(_line(_ask("POST", (endpoint, folder, account), desired)))


@fault.command("list", epilog=examples("instance-role sandbox fault list --json"))
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@_where
def list_command(as_json: bool, endpoint: str | None, folder: Path | None, account: str | None) -> None:
    """Show what is on order, what is left of it, and how often it was met."""
    found = _ask("GET", (endpoint, folder, account))["faults"]
    if as_json:
        click.echo(json.dumps(found))
        return
    for order in found:
        click.echo(_line(order))
    if not found:
        click.echo("no faults are on order")


@fault.command(epilog=examples("instance-role sandbox fault clear", "instance-role sandbox fault clear 3"))
@click.argument("number", type=click.IntRange(1), required=False)
@_where
def clear(number: int | None, endpoint: str | None, folder: Path | None, account: str | None) -> None:
    """Forget the fault of that NUMBER, or all."""
    query = {} if number is None else {"number": number}
    cleared = _ask("DELETE", (endpoint, folder, account), query=query)["cleared"]
    click.echo(f"forgot {cleared} fault{'' if cleared == 1 else 's'}")


def _line(order: dict[str, Any]) -> str:
    """An order in a line: ``3  throttle  AttachInstanceRamRole  2 more (met once)  product=Ecs``."""
    every = "any call by chance" if order.get("probability") is not None else "every call"
    left = every if order["times"] is None else f"{order['times']} more"
    met = {0: "not met yet", 1: "met once"}.get(order["hits"], f"met {order['hits']} times")
    where = [f"{name}={order[name]}" for name in ("cloud", "product") if name in order]
    rest = [f"{name}={value}" for name, value in order.items() if name not in _DESCRIBED]
    return "  ".join([str(order["number"]), order["fault"], order["action"], f"{left} ({met})", *where, *rest])


COMMANDS: tuple[click.Command, ...] = (fault,)
