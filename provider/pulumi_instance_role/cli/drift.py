"""``instance-role drift``: what differs in the cloud from what a stack's state says. Thin."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pulumi_instance_role.cli.examples import examples
from pulumi_instance_role.cli.stacks import find_stack, stack_options
from pulumi_instance_role.drift.around import Shift, ties
from pulumi_instance_role.drift.stack import Difference, Finding, Report, find_drift, stored_resources

FORM = 1
"""Of the JSON document. It changes only when a reader of the one before would go wrong."""
DRIFT_FOUND = 2
_PLAIN_WIDTH = 1000  # columns: where there is no terminal, a row is a line
_LONGEST = 160  # characters of a value in the table


@click.command(
    epilog=examples("instance-role drift --stack prod", "instance-role drift --stack prod --json > drift.json")
)
@stack_options
@click.option("--json", "as_json", is_flag=True, help="write one JSON document (docs/drift.schema.json)")
def drift(stack_name: str | None, folder: Path, engine: str | None, as_json: bool) -> None:
    """Show what differs in the cloud from what the stack's state says; change nothing.

    Exit codes: 0 none, 2 drift, 1 something could not be looked at.
    """
    if not stack_name:
        raise click.UsageError("Missing option '--stack' / '-s'.")
    stack = find_stack(stack_name, folder, engine)
    stack.must_exist()
    try:
        exported = stack.export()
        stored = stored_resources(exported)
    except ValueError as error:
        raise click.ClickException(f"stack {stack_name}: {error}") from None
    report = find_drift(stored, ties(exported))
    if as_json:
        click.echo(json.dumps(document(stack_name, report), indent=2))
    else:
        _show(stack_name, report)
    statuses = {one.status for one in report.findings}
    sys.exit(1 if "error" in statuses else DRIFT_FOUND if statuses - {"in_sync"} else 0)


def document(stack: str, report: Report) -> dict[str, Any]:
    """The report as JSON."""
    findings = report.findings
    return {
        "version": FORM,
        "stack": stack,
        "summary": _summary(findings),
        "resources": [
            {
                "urn": one.resource.urn,
                "type": one.resource.kind,
                "resource": one.resource.name,
                "id": one.resource.id,
                "cloud": one.resource.outputs.get("cloud"),
                "region": one.resource.outputs.get("region"),
                "status": one.status,
                "differences": [
                    {
                        "class": each.drift.value,
                        "property": each.prop,
                        "instance_id": each.instance_id,
                        "stored": each.stored,
                        "live": each.live,
                    }
                    for each in one.differences
                ],
                "outside": list(one.outside),
                "error": one.error or None,
            }
            for one in findings
        ],
        "permissions": [
            {
                "cloud": one.cloud,
                "role": one.role,
                "held": one.held,
                "instances": list(one.instances),
                "more": list(one.more),
                "less": list(one.less),
                "unknown": list(one.unknown),
            }
            for one in report.shifts
        ],
        "notes": list(report.notes),
    }


def _summary(findings: Sequence[Finding]) -> dict[str, int]:
    statuses = [one.status for one in findings]
    return {status: statuses.count(status) for status in ("in_sync", "drift", "gone", "error")}


def _show(stack: str, report: Report) -> None:
    findings = report.findings
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH, no_color=True)
    table = Table(box=box.ROUNDED if console.is_terminal else box.ASCII2)
    for column in ("type", "resource", "instance", "drift", "property", "stored", "live"):
        table.add_column(column, overflow="fold")
    for one in findings:
        for each in one.differences:
            cells = (one.resource.kind, one.resource.name, each.instance_id or "", each.drift.value, *_cells(each))
            table.add_row(*map(Text, cells))
    if table.row_count:
        console.print(table)
    for one in findings:
        if one.error:
            console.print(Text(f"error: {one.error}", style="red"), soft_wrap=True)
    for shift in report.shifts:
        console.print(Text("\n".join(_shifted(shift))), soft_wrap=True)
    for one in findings:
        if one.outside:
            who = f"{len(one.outside)} outside the stack: {_some(one.outside)}"
            console.print(Text(f"role {one.resource.outputs.get('name')} is held by {who}"), soft_wrap=True)
    for note in report.notes:
        console.print(Text(note, style="yellow"), soft_wrap=True)
    counted = ", ".join(f"{count} {status}" for status, count in _summary(findings).items() if count)
    console.print(f"stack {stack}: {counted or 'no resource of this package'}", soft_wrap=True)


def _shifted(one: Shift) -> list[str]:
    """What some instances may do more or less, as lines."""
    held = "" if one.held and one.held.casefold() == one.role.casefold() else f" (they hold {one.held or 'no role'})"
    what = "1 instance" if len(one.instances) == 1 else f"{len(one.instances)} instances"
    lines = [f"{what} of role {one.role}{held}: {_some(one.instances)}"]
    lines += [f"  may do more: {text}" for text in one.more]
    lines += [f"  may do less: {text}" for text in one.less]
    return lines + [f"  not compared: {text}" for text in one.unknown]


def _some(values: Sequence[str], most: int = 5) -> str:
    rest = len(values) - most
    return ", ".join(values[:most]) + (f" and {rest} more" if rest > 0 else "")


def _cells(one: Difference) -> tuple[str, str, str]:
    if one.prop == "drift" and one.stored == one.live:
        return "", "(taken over by an earlier refresh)", "(the next up settles it)"
    return one.prop, _brief(one.stored), _brief(one.live)


def _brief(value: Any) -> str:
    """A value that fits a cell; ``--json`` has it whole."""
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... (whole with --json)"


COMMANDS: tuple[click.Command, ...] = (drift,)
