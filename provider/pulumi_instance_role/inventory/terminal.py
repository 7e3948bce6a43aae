"""An inventory for the terminal: readable at 80 columns, what matters most first, and of a length that is bounded.

An account may have hundreds of roles. What is left out is counted, and the JSON form has everything.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pulumi_instance_role.clouds.port import Instance
from pulumi_instance_role.inventory import words
from pulumi_instance_role.inventory.audit import Audit
from pulumi_instance_role.inventory.model import Found, RoleFound
from pulumi_instance_role.inventory.words import count
from pulumi_instance_role.review.forms.terminal import clean
from pulumi_instance_role.review.model import BaselineEntry, Finding

WIDTH = 80
"""Columns where the output is no terminal."""
MOST_FINDINGS, MOST_ROLES, MOST_KEYS, MOST_UNREAD = 15, 20, 10, 10
MOST_AMOUNTS = 4
"""Lines on what one role may do."""

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "note": "dim"}


def for_terminal(audit: Audit, *, verdict: bool = False) -> Group:
    """Figures, findings, roles with what they may do and their instances, keys, and what could not be read.

    ``verdict``: whether somebody asked what fails.
    """
    parts: list[RenderableType] = []
    for one in audit.found:
        parts += [_line(words.title(one), "bold"), *(_line(text) for text in words.figures(one)), Text()]
    review = audit.review
    if verdict:
        parts.append(_line(words.verdict(review.findings), "bold red" if audit.failing() else "green"))
    parts.append(_line(words.findings(review.findings), "bold"))
    parts += [line for one in review.findings[:MOST_FINDINGS] for line in _finding(one)]
    parts += _more(review.findings, MOST_FINDINGS, "finding")
    parts += [_stale(one) for one in review.baseline]
    for account in audit.found:
        parts += [Text(), *_account(audit, account)]
    return Group(*parts)


def text(audit: Audit, *, verdict: bool = False) -> str:
    """The same without a terminal: no colours, 80 columns."""
    out = io.StringIO()
    Console(file=out, width=WIDTH, no_color=True, highlight=False).print(for_terminal(audit, verdict=verdict))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _account(audit: Audit, one: Found) -> Iterable[RenderableType]:
    ranked = audit.ranked(one)
    of = f" of account {one.account_id}" if len(audit.found) > 1 else ""
    if ranked:
        yield _line(f"{count(len(ranked), 'role')}{of} for instances, most to look at first", "bold")
    for name, instances, role in ranked[:MOST_ROLES]:
        yield from _role(audit, one, name, instances, role)
    yield from _more(ranked, MOST_ROLES, "role")
    if one.keys:
        yield Text()
        yield _keys(one)
        yield from _more(one.keys, MOST_KEYS, "key")
    if one.unread:
        yield Text()
        yield _line(f"Not read ({len(one.unread)}):", "yellow")
        yield from (_line(f"{each.what}: {each.why}", indent=2) for each in one.unread[:MOST_UNREAD])
        yield from _more(one.unread, MOST_UNREAD, "part")


def _role(
    audit: Audit, account: Found, name: str, instances: Sequence[Instance], role: RoleFound | None
) -> Iterable[RenderableType]:
    called = role.role.name if role else instances[0].role or name
    owner = f", of stack {words.stack(role)}" if role and role.owner else ""
    yield _line(f"{called}: {count(len(instances), 'instance')}{owner}", "bold", 2)
    may = audit.may(account, called)
    lines = may.lines if may else [words.NOT_KNOWN]
    yield from (_line(f"may: {text}", indent=4) for text in lines[:MOST_AMOUNTS])
    yield from _more(lines, MOST_AMOUNTS, "line", 4)
    yield _line(f"policies: {words.policies(role)}", "dim", 4)


def _finding(one: Finding) -> Iterable[RenderableType]:
    accepted = f" (accepted until {one.accepted.expires}: {one.accepted.reason})" if one.accepted else ""
    yield _line(f"{one.severity} {one.rule}: {one.message}{accepted}", _STYLES[one.severity], 2)
    if not one.accepted:
        yield _line(one.fix, "dim", 4)


def _stale(one: BaselineEntry) -> RenderableType:
    return _line(f"baseline, {one.problem}: {one.rule} on {one.resource} (until {one.expires})", "yellow", 2)


def _keys(one: Found) -> Table:
    table = Table(box=box.ASCII2)
    for column in ("key", "user", "state", "last used"):
        table.add_column(column, overflow="fold")
    for each in words.by_use(one.keys or ())[:MOST_KEYS]:
        table.add_row(*(Text(clean(cell)) for cell in words.key(each)))
    return table


def _more(found: Sequence[object], most: int, noun: str, indent: int = 2) -> Iterable[RenderableType]:
    """How many are left out, where some are."""
    if len(found) > most:
        yield _line(f"and {count(len(found) - most, f'more {noun}')}; --format json has all", "dim", indent)


def _line(text: str, style: str = "", indent: int = 0) -> RenderableType:
    return Padding(Text(clean(text), style, overflow="fold"), (0, 0, 0, indent))
