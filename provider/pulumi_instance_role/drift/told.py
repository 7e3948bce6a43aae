"""A drift report in lines for people. Pure.

What differs in the same way is told once: instances with a count and a few names. Documents are told by statement.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.drift.around import Shift
from pulumi_instance_role.drift.stack import Difference, Finding, Report
from pulumi_instance_role.host.meant import KNOWN
from pulumi_instance_role.plan.drift import Drift
from pulumi_instance_role.plan.faults import some
from pulumi_instance_role.plan.namesake import made_anew, remedy
from pulumi_instance_role.plan.ownership import may_adopt
from pulumi_instance_role.policy.statements import changed_statements

LONGEST = 160
"""Characters of a value; the JSON form has it whole."""

_DOCUMENTS = frozenset(("document", "trust_policy"))


@dataclass(frozen=True)
class Line:
    """A line before it is fitted to a width. ``style`` is what a terminal shows it in."""

    text: str
    indent: int = 0
    style: str = ""


def told(stack: str, report: Report) -> Iterator[Line]:
    """The whole report, the summary last."""
    for one in report.findings:
        if one.differences:
            yield Line(f'{one.resource.kind} "{one.resource.name}"', style="bold")
            yield from _differences(one)
    yield from _errors(report.findings)
    for shift in report.shifts:
        yield from _shifted(shift)
    for one in report.findings:
        if one.outside:
            who = f"{_count(len(one.outside))} outside the stack: {some(one.outside)}"
            yield Line(f"role {one.resource.outputs.get('name')} is held by {who}")
    for note in report.notes:
        yield Line(note, style="yellow")
    counted = ", ".join(f"{count} {status}" for status, count in summary(report.findings).items() if count)
    yield Line(f"stack {stack}: {counted or 'no resource of this package'}")


def _errors(findings: Sequence[Finding]) -> Iterator[Line]:
    """Each error once: where many have one cause, that of the first, and which others it is of."""
    alike: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        if one.error:
            alike[one.alike or one.error].append(one)
    for first, *others in alike.values():
        yield Line(f"error: {first.error}", style="red")
        if others:
            named = [f'{one.resource.kind} "{one.resource.name}"' for one in others]
            yield Line(f"and {len(others)} more with this error: {some(named)}", 2, "red")


def summary(findings: Sequence[Finding]) -> dict[str, int]:
    """How many resources stand how."""
    statuses = [one.status for one in findings]
    return {status: statuses.count(status) for status in ("in_sync", "drift", "gone", "error")}


def _differences(one: Finding) -> Iterator[Line]:
    alike: dict[tuple[str, str, str, str], list[Difference]] = defaultdict(list)
    for each in one.differences:
        alike[each.drift.value, each.prop, _json(each.stored), _json(each.live)].append(each)
    for group in alike.values():
        yield from _group(one, group)


def _group(one: Finding, group: Sequence[Difference]) -> Iterator[Line]:
    """Differences of one kind: the class, the property and both values, and the instances that they are of."""
    first = group[0]
    if first.drift is Drift.GONE:
        yield from _gone(one, first)
        return
    ids = [each.instance_id for each in group if each.instance_id]
    where = f"{_count(len(ids))}: " if ids else ""
    if first.prop == "drift" and first.stored == first.live:
        yield Line(f"{first.drift.value}: {where}taken over by an earlier refresh; the next up settles it", 2)
    elif first.prop in _DOCUMENTS and (lines := _documents(one, first)):
        yield Line(f"{first.drift.value}: {first.prop}", 2)
        yield from lines
    else:
        values = f"stored {_brief(first.stored)}, live {_brief(first.live)}"
        yield Line(f"{first.drift.value}: {where}{first.prop}, {values}", 2)
    if ids:
        yield Line(some(ids), 4)


def _gone(one: Finding, each: Difference) -> Iterator[Line]:
    """What is not there, or another thing has its name now; what to do is said where it is declared."""
    stored = one.resource.outputs
    if each.prop == KNOWN:
        for key, meant in each.stored.items():
            kind, _, name = key.partition(" ")
            yield Line(f"gone: {one.resource.id}, since {kind} {name} {made_anew(meant, each.live[key])}", 2)
    elif each.live is not None:
        kind = each.prop.removesuffix("_id")
        yield Line(f"gone: {kind} {stored['name']} {made_anew(each.stored, each.live)}", 2)
        yield Line(remedy(adopt=may_adopt(one.resource.kind, stored)), 4)
    else:
        yield Line(f"gone: {each.stored}", 2)


def _documents(one: Finding, each: Difference) -> list[Line]:
    """The statements that differ; none where a document cannot be read, or is not to be shown."""
    if not isinstance(each.stored, str) or not isinstance(each.live, str):
        return []
    found = changed_statements(each.stored, each.live, limits_of(one.resource.outputs["cloud"]).language)
    if found is None:
        return []
    less, more = found
    return [*(Line(f"- {text}", 4, "red") for text in less), *(Line(f"+ {text}", 4, "green") for text in more)]


def _shifted(one: Shift) -> Iterator[Line]:
    """What some instances may do more or less."""
    who = "it holds" if len(one.instances) == 1 else "they hold"
    held = "" if one.held and one.held.casefold() == one.role.casefold() else f" ({who} {one.held or 'no role'})"
    yield Line(f"{_count(len(one.instances))} of role {one.role}{held}: {some(one.instances)}")
    yield from (Line(f"may do more: {text}", 2) for text in one.more)
    yield from (Line(f"may do less: {text}", 2) for text in one.less)
    yield from (Line(f"not compared: {text}", 2) for text in one.unknown)


def _count(instances: int) -> str:
    return "1 instance" if instances == 1 else f"{instances} instances"


def _brief(value: Any) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else _json(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... (whole with --json)"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
