"""``instance-role drift``: what differs in the cloud from what a stack's state says. Thin."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from pulumi_instance_role.cli.examples import examples
from pulumi_instance_role.cli.stacks import find_stack, stack_options
from pulumi_instance_role.drift.around import ties
from pulumi_instance_role.drift.stack import Report, find_drift, stored_resources
from pulumi_instance_role.drift.told import summary, told
from pulumi_instance_role.lines import PIPED, fitted

FORM = 1
"""Of the JSON document. It changes only when a reader of the one before would go wrong."""
DRIFT_FOUND = 2


@click.command(
    epilog=examples("instance-role drift --stack prod", "instance-role drift --stack prod --json > drift.json")
)
@stack_options
@click.option("--json", "as_json", is_flag=True, help="write one JSON document (docs/drift.schema.json)")
def drift(stack_name: str | None, folder: Path, engine: str | None, as_json: bool) -> None:
    """Show what differs in the cloud from what the stack's state says; change nothing.

    Exit codes: 0 none, 2 drift, 1 a resource could not be looked at. What others hold or may do, where it could not be
    read, is a note, and changes no exit code.
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
        "summary": summary(findings),
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


def _show(stack: str, report: Report) -> None:
    console = Console(highlight=False)
    plain = not console.is_terminal
    width = PIPED if plain else console.width
    for line in told(stack, report):
        for each in fitted(line.text, width, line.indent, hanging=2):
            # A word that is wider than the line stays whole, to be copied.
            console.print(Text(each, style="" if plain else line.style), soft_wrap=True)


COMMANDS: tuple[click.Command, ...] = (drift,)
