"""The review as a comment on a pull request.

The first line is a hidden marker that names the stack, so that a pipeline finds its own comment and updates it. A
comment may have 65,536 characters on GitHub (https://github.com/orgs/community/discussions/41331); a longer review
keeps its head and as many whole parts as fit, and says what it left out. Everything that comes from the preview is
escaped: a role's name must not make a link, a mention or a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from pulumi_instance_role.language import listing, plural, say, tell, template
from pulumi_instance_role.language.spoken import Language, speaking
from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import BaselineEntry, Diagnostic, Finding, Grant, Group, Instance, Review, Role

LIMIT = 65_536
_FEW = 4  # causes of one group
_MANY = 20  # groups and findings that need no unfolding
_EACH = 100  # instances in one folded table
_ROOM = 400  # for the note about what was left out
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#!|~&^$])")
_LEADING = re.compile(r"[-+=]|\d+\.")
_LINKING = re.compile(r"(@|#|://|www\.|GH-)", re.IGNORECASE)
_COLON, _CHANGES = say(": "), say("What changes for instances")
_BREAK = "\u200b"  # a space of no width: what GitHub would link or notify, it does not recognise


def marker(review: Review) -> str:
    """The hidden line by which a pipeline knows its comment: one for each stack."""
    name = quote(f"{review.project}/{review.stack}", safe="/").replace("-", "%2D")  # two dashes would end it
    return f"<!-- instance-role-review: {name} -->"


def render(review: Review, *, language: Language = "en", limit: int = LIMIT) -> str:
    """The comment, at most ``limit`` characters."""
    with speaking(language):
        return _rendered(review, limit)


def _rendered(review: Review, limit: int) -> str:
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
    note = plural(
        "**Cut short**: {left} of {number} part did not fit into a comment. The JSON form has everything.",
        "**Cut short**: {left} of {number} parts did not fit into a comment. The JSON form has everything.",
        len(parts),
        left=left,
    )
    return ("\n".join([head, *kept]) + f"\n> {tell(note)}\n")[:limit]


def text(value: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    flat = _SPECIAL.sub(r"\\\1", _LINKING.sub(rf"\1{_BREAK}", _flat(tell(value))))
    return f"\\{flat}" if _LEADING.match(flat) else flat


def _flat(value: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


def code(value: str) -> str:
    """Text in a code span, in which Markdown takes nothing for markup; bars too, for tables."""
    flat = _flat(tell(value)).replace("|", "\u2223")
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}" if flat else ""


def _head(review: Review) -> list[str]:
    icon = {"pass": "✅", "findings": "⛔", "error": "❌"}[review.verdict]
    lines = [f"{icon} **{text(words.verdict(review))}** {text(words.operations(review))}", ""]
    lines += [f"* {text(line)}" for line in words.radius(review)]
    return [*lines, ""]


def _parts(review: Review) -> Iterable[str]:
    """The parts, most wanted first; each stands by itself, so that any can be left out."""
    errors = [line for one in review.diagnostics if one.severity == "error" for line in _said(one)]
    yield from _lists(say("What the preview said"), errors)
    for index, group in enumerate(review.groups[:_MANY]):
        yield (f"### {tell(_CHANGES)}\n\n" if index == 0 else "") + _group(review, group)
    columns = (say("Severity"), say("Rule"), say("What"), say("Where"))
    findings = [_finding(one) for one in review.findings]
    yield from _tables(say("Findings"), columns, findings[:_MANY])
    for table in _tables("", columns, findings[_MANY:]):
        yield _folded(say("More findings"), [table.rstrip()])
    for group in review.groups[_MANY:]:
        yield _folded(words.group(group), [_group(review, group).rstrip()])
    unknown = [f"* {code(words.short(one.urn))}{tell(_COLON)}{text(one.message)}" for one in review.unknowns]
    yield from _lists(say("Not known before the update"), unknown)
    stale = [_stale(one) for one in review.baseline]
    yield from _lists(say("Baseline entries that accept nothing"), stale)
    for group in review.groups[:_MANY]:
        if group.move != "gone":
            lines = [*_grants("+", group.gained), *_grants("-", group.lost)]
            yield _folded(say("Every permission: {group}", group=words.group(group)), lines)
    for role in words.told_apart(review):
        yield _role(role)
    roles = words.role_names(review)
    moving = [_instance(one, roles) for one in review.instances if one.group is not None]
    for start in range(0, len(moving), _EACH):
        rows = moving[start : start + _EACH]
        summary = say("Instances that change")
        if len(moving) > _EACH:
            summary = say(
                "Instances that change {first} to {last} of {number}",
                first=start + 1,
                last=start + len(rows),
                number=len(moving),
            )
        head = (say("Instance"), say("Role before"), say("Role after"), "")
        (table,) = _tables("", head, rows, each=_EACH)
        yield _folded(summary, [table.rstrip()])
    warnings = [line for one in review.diagnostics if one.severity != "error" for line in _said(one)]
    yield _folded(say("What the preview said"), warnings)


def _folded(summary: str, lines: Sequence[str]) -> str:
    """Lines that a reader unfolds; nothing when there are none."""
    if not lines:
        return ""
    return "\n".join([f"<details><summary>{_plain(summary)}</summary>", "", *lines, "", "</details>", ""])


def _plain(value: str) -> str:
    """Text for HTML, in which nobody is notified and nothing linked."""
    return escape(_LINKING.sub(rf"\1{_BREAK}", _flat(tell(value))))


def _group(review: Review, one: Group) -> str:
    """What a group of instances gains and loses, in amounts; every permission is further down."""
    lines = [f"**{text(words.group(one))}**{tell(_COLON)}{code(words.members(review, one))}", ""]
    ways = say("role {ways}", ways=code(words.ways(review, one)))
    lines.append(f"* {tell(ways)}")
    lines += [f"* {text(words.because(cause))}" for cause in one.causes[:_FEW]]
    if len(one.causes) > _FEW:
        lines.append(f"* {text(words.more_causes(len(one.causes) - _FEW))}")
    if one.move != "gone":
        for sign, size, found in (("+", one.gained_size, one.gained), ("-", one.lost_size, one.lost)):
            lines += [f"* **{sign}** {text(amount)}" for amount in words.amounts(size)] if found else []
        lines += _blanks(one)
        note = words.unsure(one)
        lines += [f"* {text(note)}"] if note else []
    return "\n".join([*lines, ""])


def _blanks(one: Group | Role) -> list[str]:
    return [f"* **?** {text(line)}" for line in words.unclear(one)]


def _said(one: Diagnostic) -> list[str]:
    return [f"* {text(words.said(one))}", *(f"  * {text(line)}" for line in words.folded(one.details))]


def _finding(one: Finding) -> tuple[str, ...]:
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


def _stale(one: BaselineEntry) -> str:
    what = say(
        "{problem}: {rule} on {resource}, until {day}",
        problem=words.PROBLEMS[one.problem],
        rule=code(one.rule),
        resource=code(one.resource),
        day=text(one.expires),
    )
    return f"* {tell(what)}"


def _role(role: Role) -> str:
    holders = words.holders(role)
    lines = []
    if role.renamed_from:
        lines.append(f"* {tell(words.replaces(role, code))}")
    if not holders:
        lines += [*_grants("+", role.gained), *_grants("-", role.lost), *_blanks(role)]
    lines += [f"* **+** {tell(words.trusts(one, code, gained=True))}" for one in role.trust_gained]
    lines += [f"* **-** {tell(words.trusts(one, code, gained=False))}" for one in role.trust_lost]
    if role.before is None:
        summary = template("New role {name}, on {instances}")
    elif role.after is None:
        summary = template("Deleted role {name}, on {instances}")
    else:
        summary = template("Role {name}, on {instances}")
    return _folded(say(summary, name=role.name, instances=words.instances(holders)), lines)


def _grants(sign: str, grants: Iterable[Grant]) -> list[str]:
    lines = []
    for one in grants:
        actions, resources = words.grant(one)
        what = say("{actions} on {resources}", actions=code(actions), resources=code(resources))
        lines.append(f"* **{sign}** {tell(what)}")
        lines += [f"  * {text(limit)}" for limit in words.limits(one)]
    return lines


def _instance(one: Instance, roles: dict[str | None, str]) -> tuple[str, ...]:
    after = code(roles.get(one.role_after, words.short(one.role_after)))
    if one.move == "gone":
        after = tell(say("(instance deleted)"))
    elif one.role_unknown:
        after = tell(say("(not known yet)"))
    gap = tell(say("without credentials in between")) if one.gap else ""
    before = code(roles.get(one.role_before, words.short(one.role_before)))
    return code(words.called(one)), tell(say("(not known)")) if one.before_unknown else before, after, gap


def _lists(head: str, lines: Sequence[str], each: int = 50) -> Iterable[str]:
    for start in range(0, len(lines), each):
        yield "\n".join([f"### {tell(head)}" if start == 0 else "", "", *lines[start : start + each], ""])


def _tables(head: str, columns: Sequence[str], rows: Sequence[Sequence[str]], each: int = 50) -> Iterable[str]:
    """A table, in pieces that stand by themselves when it is long."""
    rule = "|".join("---" for _ in columns)
    for start in range(0, len(rows), each):
        title = tell(head if start == 0 else say("{head} (continued)", head=head))
        body = [f"| {' | '.join(row)} |" for row in rows[start : start + each]]
        opening = [f"### {title}", ""] if head else []
        yield "\n".join([*opening, f"| {' | '.join(map(tell, columns))} |", f"|{rule}|", *body, ""])
