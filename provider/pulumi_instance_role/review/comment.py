"""Markdown for a comment on a pull request: text that stays text, tables and lists in pieces, and a bounded size.

A comment may have 65,536 characters on GitHub (https://github.com/orgs/community/discussions/41331); a longer one
keeps its head and as many whole parts as fit, and says what it left out. Names come from other people, so everything
is escaped: a role's name must not make a link, a mention or a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from pulumi_instance_role.language import listing, plural, say, tell
from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import BaselineEntry, Finding

LIMIT = 65_536
ICONS = {"pass": "✅", "findings": "⛔", "error": "❌"}
"""What stands before a verdict."""
FINDINGS = (say("Severity"), say("Rule"), say("What"), say("Where"))
"""The heads of what :func:`finding` makes."""
STALE = say("Baseline entries that accept nothing")
BREAK = "\u200b"
"""A space of no width: what GitHub would link or notify, it does not recognise."""
_ROOM = 400  # for the note about what was left out
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#!|~&^$])")
_LEADING = re.compile(r"^(?:[-+=]|\d+\.)")
_LINKING = re.compile(r"(@|#|://|www\.|GH-)", re.IGNORECASE)


def bounded(head: str, parts: Sequence[str], foot: str, limit: int) -> str:
    """The comment, at most ``limit`` characters: its head, the parts in their order, and its foot where all fit."""
    whole = "\n".join([head, *parts]) + foot
    if len(whole) <= limit:
        return whole
    kept, size = [], len(head) + _ROOM
    for part in parts:
        if size + len(part) + 1 <= limit:
            kept.append(part)
            size += len(part) + 1
    note = plural(
        "**Cut short**: {left} of {number} part did not fit into a comment. The JSON form has everything.",
        "**Cut short**: {left} of {number} parts did not fit into a comment. The JSON form has everything.",
        len(parts),
        left=len(parts) - len(kept),
    )
    return ("\n".join([head, *kept]) + f"\n> {tell(note)}\n")[:limit]


def hidden(kind: str, name: str) -> str:
    """The hidden line by which a pipeline knows its comment."""
    return f"<!-- {kind}: {quote(name, safe='/()').replace('-', '%2D')} -->"  # two dashes would end it


def text(value: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    flat = _SPECIAL.sub(r"\\\1", _LINKING.sub(rf"\1{BREAK}", _flat(tell(value))))
    return _LEADING.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", flat, count=1)


def code(value: str) -> str:
    """Text in a code span, in which Markdown takes nothing for markup; bars too, for tables."""
    flat = _flat(tell(value)).replace("|", "\u2223")
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}" if flat else ""


def folded(summary: str, lines: Sequence[str]) -> str:
    """Lines that a reader unfolds; nothing when there are none."""
    if not lines:
        return ""
    return "\n".join([f"<details><summary>{_plain(summary)}</summary>", "", *lines, "", "</details>", ""])


def lists(head: str, lines: Sequence[str], each: int = 50) -> Iterable[str]:
    """Lines below a head, in pieces that stand by themselves when they are many."""
    for start in range(0, len(lines), each):
        yield "\n".join([f"### {tell(head)}" if start == 0 else "", "", *lines[start : start + each], ""])


def tables(head: str, columns: Sequence[str], rows: Sequence[Sequence[str]], each: int = 50) -> Iterable[str]:
    """A table, in pieces that stand by themselves when it is long."""
    rule = "|".join("---" for _ in columns)
    for start in range(0, len(rows), each):
        title = tell(head if start == 0 else say("{head} (continued)", head=head))
        body = [f"| {' | '.join(row)} |" for row in rows[start : start + each]]
        opening = [f"### {title}", ""] if head else []
        yield "\n".join([*opening, f"| {' | '.join(map(tell, columns))} |", f"|{rule}|", *body, ""])


def finding(one: Finding) -> tuple[str, ...]:
    """A finding as a row of a table."""
    lines = [one.message]
    if one.follows:
        lines.append(say("With it: {rules}", rules=listing(one.follows)))
    lines.append(words.accepted(one.accepted) if one.accepted else say("Fix: {fix}", fix=one.fix))
    severity = tell(words.SEVERITIES[one.severity])
    rest = len(one.resources) - 1
    where = code(words.place(one.resource))
    if rest:
        where = tell(say("{some} and {number} more", some=where, number=rest))
    what = "<br>".join(map(text, lines))
    return f"**{severity}**" if one.failing else severity, f"[{text(one.rule)}]({one.url})", what, where


def stale(one: BaselineEntry) -> str:
    """An entry of the baseline that accepts nothing, as a line of a list."""
    what = say(
        "{problem}: {rule} on {resource}, until {day}",
        problem=words.PROBLEMS[one.problem],
        rule=code(one.rule),
        resource=code(one.resource),
        day=text(one.expires),
    )
    return f"* {tell(what)}"


def _flat(value: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


def _plain(value: str) -> str:
    """Text for HTML, in which nobody is notified and nothing linked."""
    return escape(_LINKING.sub(rf"\1{BREAK}", _flat(tell(value))))
