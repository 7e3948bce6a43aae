"""An inventory for the terminal: readable at 80 columns, what matters most first, and of a length that is bounded.

An account may have hundreds of roles. What is left out is counted, and the JSON form has everything.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.console import Console, Group
from rich.text import Text

from pulumi_instance_role.clouds.port import Instance
from pulumi_instance_role.inventory import words
from pulumi_instance_role.inventory.audit import Audit
from pulumi_instance_role.inventory.model import Found, RoleFound
from pulumi_instance_role.inventory.words import count
from pulumi_instance_role.lines import PIPED, fitted, table
from pulumi_instance_role.review.model import BaselineEntry, Finding

MOST_FINDINGS, MOST_ROLES, MOST_KEYS, MOST_UNREAD = 15, 20, 10, 10
MOST_AMOUNTS = 4
"""Lines on what one role may do."""

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "note": "dim"}


class Line(NamedTuple):
    """A line that is broken where it does not fit, but for one that is ``fitted`` already."""

    text: str = ""
    style: str = ""
    indent: int = 0
    fitted: bool = False


def for_terminal(audit: Audit, width: int = PIPED, *, verdict: bool = False) -> Group:
    """Figures, findings, roles with what they may do and their instances, keys, and what could not be read.

    ``verdict``: whether somebody asked what fails. Print it with ``soft_wrap``: it is fitted to ``width``, but for
    words that are wider.
    """
    return Group(
        *(
            Text(text, one.style)
            for one in _lines(audit, verdict)
            for text in ([one.text] if one.fitted or not one.text else fitted(one.text, width, one.indent, 2))
        )
    )


def _lines(audit: Audit, verdict: bool) -> list[Line]:
    parts: list[Line] = []
    for one in audit.found:
        parts += [Line(words.title(one), "bold"), *(Line(text) for text in words.figures(one)), Line()]
    review = audit.review
    if verdict:
        parts.append(Line(words.verdict(review.findings), "bold red" if audit.failing() else "green"))
    parts.append(Line(words.findings(review.findings), "bold"))
    parts += [line for one in review.findings[:MOST_FINDINGS] for line in _finding(one)]
    parts += _more(review.findings, MOST_FINDINGS, "finding")
    parts += [_stale(one) for one in review.baseline]
    for account in audit.found:
        parts += [Line(), *_account(audit, account)]
    return parts


def text(audit: Audit, *, verdict: bool = False) -> str:
    """The same without a terminal: no colours, 80 columns."""
    out = io.StringIO()
    shown = for_terminal(audit, verdict=verdict)
    Console(file=out, no_color=True, highlight=False).print(shown, soft_wrap=True)
    return out.getvalue().rstrip()


def _account(audit: Audit, one: Found) -> Iterable[Line]:
    ranked = audit.ranked(one)
    if ranked:
        yield Line(words.ranking(one, len(ranked), len(audit.found)), "bold")
    for name, instances, role in ranked[:MOST_ROLES]:
        yield from _role(audit, one, name, instances, role)
    yield from _more(ranked, MOST_ROLES, "role")
    if one.keys:
        yield Line()
        yield from _keys(one)
        yield from _more(one.keys, MOST_KEYS, "key")
    if one.unread:
        yield Line()
        yield Line(f"Not read ({len(one.unread)}):", "yellow")
        yield from (Line(f"{each.what}: {each.why}", indent=2) for each in one.unread[:MOST_UNREAD])
        yield from _more(one.unread, MOST_UNREAD, "part")


def _role(
    audit: Audit, account: Found, name: str, instances: Sequence[Instance], role: RoleFound | None
) -> Iterable[Line]:
    called = role.role.name if role else instances[0].role or name
    owner = f", of stack {words.stack(role)}" if role and role.owner else ""
    yield Line(f"{called}: {count(len(instances), 'instance')}{owner}", "bold", 2)
    may = audit.may(account, called)
    lines = may.lines if may else [words.NOT_KNOWN]
    yield from (Line(f"may: {text}", indent=4) for text in lines[:MOST_AMOUNTS])
    yield from _more(lines, MOST_AMOUNTS, "line", 4)
    yield Line(f"policies: {words.policies(role)}", "dim", 4)


def _finding(one: Finding) -> Iterable[Line]:
    accepted = f" (accepted until {one.accepted.expires}: {one.accepted.reason})" if one.accepted else ""
    yield Line(f"{one.severity} {one.rule}: {one.message}{accepted}", _STYLES[one.severity], 2)
    if not one.accepted:
        yield Line(one.fix, "dim", 4)


def _stale(one: BaselineEntry) -> Line:
    return Line(f"baseline, {one.problem}: {one.rule} on {one.resource} (until {one.expires})", "yellow", 2)


def _keys(one: Found) -> Iterable[Line]:
    rows = [words.key(each) for each in words.by_use(one.keys or ())[:MOST_KEYS]]
    return (Line(line, fitted=True) for line in table(words.KEY, rows))


def _more(found: Sequence[object], most: int, noun: str, indent: int = 2) -> Iterable[Line]:
    """How many are left out, where some are."""
    rest = words.left_out(found, most, noun)
    if rest:
        yield Line(rest, "dim", indent)
