"""``instance-role policies``: the system policies that are known here, what each grants, and the page it is from."""

from __future__ import annotations

import json
from typing import Any

import click

from pulumi_instance_role import data
from pulumi_instance_role.cli.choices import CloudName
from pulumi_instance_role.cli.examples import examples
from pulumi_instance_role.clouds import NAMES, limits_of
from pulumi_instance_role.lines import fitted
from pulumi_instance_role.policy.near import nearest_policy

_NAME = 59
"""Columns of a name: with cloud and date, a line has 80."""
UNPRINTED = "no page prints its document: what it grants is not known here; ask the cloud (instance-role review --live)"


@click.command(
    "policies",
    epilog=examples(
        "instance-role policies --cloud tencent",
        "instance-role policies AliyunOSSReadOnlyAccess",
    ),
)
@click.argument("name", required=False)
@click.option("--cloud", type=CloudName(), help="only of this cloud  [default: both]")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def policies(name: str | None, cloud: str | None, form: str) -> None:
    """List the clouds' system policies, or print the one called NAME with the page that prints it.

    From the lists of this package, without a call. A name that is not listed may exist all the same.
    """
    clouds = (cloud,) if cloud else tuple(NAMES)
    if name is None:
        rows = [_row(one, each) for one in clouds for each in data.policy_names(one)]
        click.echo(_json(rows) if form == "json" else "\n".join([*map(_line, rows), _count(rows)]))
        return
    found = [_row(one, each) for one in clouds for each in data.policy_names(one) if each.casefold() == name.casefold()]
    exact = [row for row in found if row["name"] == name]
    found = exact or found
    if not found:
        known = [each for one in clouds for each in data.policy_names(one)]
        near = nearest_policy(name, known)
        meant = f"is {near} meant?" if near else "the cloud may still know it"
        raise click.ClickException(f"{name} is in no list of system policies that is known here; {meant}")
    rows = [{**row, "document": _document(row)} for row in found]
    click.echo(_json(rows) if form == "json" else "\n\n".join(map(_text, rows)))


def _row(cloud: str, name: str) -> dict[str, Any]:
    page = data.system_policies(cloud).get(name)
    return {
        "cloud": cloud,
        "name": name,
        "url": page.url if page else None,
        "date": page.date if page else None,
        "dated": page.dated if page else None,
    }


def _document(row: dict[str, Any]) -> Any:
    page = data.system_policies(row["cloud"]).get(row["name"])
    return page.document if page else None


def _line(row: dict[str, Any]) -> str:
    known = (row["date"] or "no date") if row["url"] else "not known"
    return f"{row['cloud']:8} {row['name']:{_NAME}} {known}"


def _count(rows: list[dict[str, Any]]) -> str:
    printed = sum(1 for row in rows if row["url"])
    what = "1 policy" if len(rows) == 1 else f"{len(rows)} policies"
    documents = "document of 1 is" if printed == 1 else f"documents of {printed} are"
    told = f"{what}; the {documents} known, with the date shown beside the name"
    return "\n".join(fitted(f"{told} (instance-role policies NAME prints one)"))


def _text(row: dict[str, Any]) -> str:
    title = f"{row['name']} ({limits_of(row['cloud']).language.name})"
    if row["document"] is None:
        return "\n".join(fitted(f"{title}: {UNPRINTED}"))
    dated = (
        f"{'last changed' if row['dated'] == 'policy' else 'page of'} {row['date']}" if row["date"] else "no date given"
    )
    return f"{title}, {dated}\n{row['url']}\n{_json(row['document'])}"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


COMMANDS: tuple[click.Command, ...] = (policies,)
