"""The review as a comment on a pull request.

The first line is a hidden marker that names the stack, so that a pipeline finds its own comment and updates it. A
comment may have 65,536 characters on GitHub (https://github.com/orgs/community/discussions/41331); a longer review
keeps its head and as many whole parts as fit, and says what it left out. Everything that comes from the preview is
escaped: a role's name must not make a link, a mention or a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import Diagnostic, Finding, Grant, Instance, Review, Role

LIMIT = 65_536
_ROOM = 400  # for the note about what was left out
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#!|~&^$])")
_LEADING = re.compile(r"[-+=]|\d+\.")
_LINKING = re.compile(r"(@|#|://|www\.|GH-)", re.IGNORECASE)
_BREAK = "\u200b"  # a space of no width: what GitHub would link or notify, it does not recognise


def marker(review: Review) -> str:
    """The hidden line by which a pipeline knows its comment: one for each stack."""
    name = quote(f"{review.project}/{review.stack}", safe="/").replace("-", "%2D")  # two dashes would end it
    return f"<!-- instance-role-review: {name} -->"


def render(review: Review, *, limit: int = LIMIT) -> str:
    """The comment, at most ``limit`` characters."""
    head = "\n".join([marker(review), f"## {text(words.title(review))}", "", *_head(review)])
    parts = [part for part in _parts(review) if part]
    foot = "".join(f"\n> {text(note)}\n" for note in review.notes)
    whole = "\n".join([head, *parts]) + foot
    if len(whole) <= limit:
        return whole
    kept, size = [], len(head) + _ROOM
    for part in parts:
        if size + len(part) + 1 <= limit:
            kept.append(part)
            size += len(part) + 1
    left = len(parts) - len(kept)
    note = (
        f"\n> **Cut short**: {left} of {len(parts)} parts did not fit into a comment. The JSON form has everything.\n"
    )
    return ("\n".join([head, *kept]) + note)[:limit]


def text(value: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    flat = _SPECIAL.sub(r"\\\1", _LINKING.sub(rf"\1{_BREAK}", _flat(value)))
    return f"\\{flat}" if _LEADING.match(flat) else flat


def _flat(value: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


def code(value: str) -> str:
    """Text in a code span, in which Markdown takes nothing for markup; bars too, for tables."""
    flat = _flat(value).replace("|", "\u2223")
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}" if flat else ""


def _head(review: Review) -> list[str]:
    icon = {"pass": "✅", "findings": "⛔", "error": "❌"}[review.verdict]
    lines = [f"{icon} **{text(words.verdict(review))}** {text(words.operations(review))}", ""]
    lines += [f"* {text(line)}" for line in words.radius(review.blast)]
    return [*lines, ""]


def _parts(review: Review) -> Iterable[str]:
    """The parts, most wanted first; each stands by itself, so that any can be left out."""
    said = [line for one in review.diagnostics for line in _said(one)]
    yield from _lists("### What the preview said", said)
    yield from _tables(
        "### Findings",
        ("Severity", "Rule", "What", "Where"),
        [_finding(one) for one in review.findings],
    )
    for role in review.roles:
        yield _role(review, role)
    roles = words.role_names(review)
    moving = [_instance(one, roles) for one in review.instances if one.move != "same"]
    yield from _tables("### Instances", ("Instance", "Role before", "Role after", ""), moving)
    unknown = [f"* {code(words.short(one.urn))}: {text(one.message)}" for one in review.unknowns]
    yield from _lists("### Not known before the update", unknown)
    stale = [
        f"* {text(one.problem)}: {code(one.rule)} on {code(one.resource)}, until {text(one.expires)}"
        for one in review.baseline
    ]
    yield from _lists("### Baseline entries that accept nothing", stale)


def _said(one: Diagnostic) -> list[str]:
    return [f"* {text(words.said(one))}", *(f"  * {text(line)}" for line in words.folded(one.details))]


def _finding(one: Finding) -> tuple[str, ...]:
    what = text(one.message)
    if one.accepted:
        what += f"<br>accepted until {text(one.accepted.expires)}: {text(one.accepted.reason)}"
    else:
        what += f"<br>Fix: {text(one.fix)}"
    severity = f"**{one.severity}**" if one.failing else one.severity
    return severity, f"[{text(one.rule)}]({one.url})", what, code(words.place(one.resource))


def _role(review: Review, role: Role) -> str:
    opaque = role.after.opaque if role.after else ()
    lines = [line for grant in role.gained for line in _grant("+", grant)]
    lines += [line for grant in role.lost for line in _grant("-", grant)]
    lines += [f"* **+** may be assumed by {code(words.principal(one))}" for one in role.trust_gained]
    lines += [f"* **-** may no longer be assumed by {code(words.principal(one))}" for one in role.trust_lost]
    if opaque:
        lines.append(f"* **?** what {text(words.policy_names(review, opaque))} allows is not known here")
    if not lines:
        return ""
    state = "new role" if role.before is None else "deleted role" if role.after is None else "role"
    holders = words.count(len((role.after or role.before).instances), "instance")  # type: ignore[union-attr]
    return "\n".join([f"### {state} {code(role.name)}, on {holders}", "", *lines, ""])


def _grant(sign: str, one: Grant) -> list[str]:
    actions, resources = words.grant(one)
    lines = [f"* **{sign}** {code(actions)} on {code(resources)}"]
    return lines + [f"  * {text(limit)}" for limit in words.limits(one)]


def _instance(one: Instance, roles: dict[str | None, str]) -> tuple[str, ...]:
    after = code(roles.get(one.role_after, words.short(one.role_after)))
    if one.move == "gone":
        after = "(instance deleted)"
    elif one.role_unknown:
        after = "(not known yet)"
    gap = "without credentials in between" if one.gap else ""
    name = one.name if one.instance_id in (None, one.name) else f"{one.name} ({one.instance_id})"
    return code(name), code(roles.get(one.role_before, words.short(one.role_before))), after, gap


def _lists(head: str, lines: Sequence[str], each: int = 50) -> Iterable[str]:
    for start in range(0, len(lines), each):
        yield "\n".join([head if start == 0 else "", "", *lines[start : start + each], ""])


def _tables(head: str, columns: Sequence[str], rows: Sequence[Sequence[str]], each: int = 50) -> Iterable[str]:
    """A table, in pieces that stand by themselves when it is long."""
    rule = "|".join("---" for _ in columns)
    for start in range(0, len(rows), each):
        title = head if start == 0 else f"{head} (continued)"
        body = [f"| {' | '.join(row)} |" for row in rows[start : start + each]]
        yield "\n".join([title, "", f"| {' | '.join(columns)} |", f"|{rule}|", *body, ""])
