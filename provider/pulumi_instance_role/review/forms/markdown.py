"""The review as a comment on a pull request.

The first line is a hidden marker that names the stack, so that a pipeline finds its own comment and updates it. How
long a comment may be, and how its text is kept from being markup, is in ``review.comment``.
"""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_instance_role.language import say, tell, template
from pulumi_instance_role.language.spoken import Language, speaking
from pulumi_instance_role.review import words
from pulumi_instance_role.review.comment import (
    FINDINGS,
    ICONS,
    LIMIT,
    STALE,
    bounded,
    code,
    finding,
    folded,
    hidden,
    lists,
    stale,
    tables,
    text,
)
from pulumi_instance_role.review.model import Diagnostic, Grant, Group, Instance, Review, Role

_FEW = 4  # causes of one group
_MANY = 20  # groups and findings that need no unfolding
_EACH = 100  # instances in one folded table
_COLON, _CHANGES = say(": "), say("What changes for instances")


def marker(review: Review) -> str:
    """The hidden line by which a pipeline knows its comment: one for each stack."""
    return hidden("instance-role-review", f"{review.project}/{review.stack}")


def render(review: Review, *, language: Language = "en", limit: int = LIMIT) -> str:
    """The comment, at most ``limit`` characters."""
    with speaking(language):
        return _rendered(review, limit)


def _rendered(review: Review, limit: int) -> str:
    head = "\n".join([marker(review), f"## {text(words.title(review))}", "", *_head(review)])
    parts = [part for part in _parts(review) if part]
    foot = "".join(f"\n> {text(note)}\n" for note in review.notes)
    return bounded(head, parts, foot, limit)


def _head(review: Review) -> list[str]:
    lines = [f"{ICONS[review.verdict]} **{text(words.verdict(review))}** {text(words.operations(review))}", ""]
    lines += [f"* {text(line)}" for line in words.radius(review)]
    return [*lines, ""]


def _parts(review: Review) -> Iterable[str]:
    """The parts, most wanted first; each stands by itself, so that any can be left out."""
    errors = [line for one in review.diagnostics if one.severity == "error" for line in _said(one)]
    yield from lists(say("What the preview said"), errors)
    for index, group in enumerate(review.groups[:_MANY]):
        yield (f"### {tell(_CHANGES)}\n\n" if index == 0 else "") + _group(review, group)
    findings = [finding(one) for one in review.findings]
    yield from tables(say("Findings"), FINDINGS, findings[:_MANY])
    for table in tables("", FINDINGS, findings[_MANY:]):
        yield folded(say("More findings"), [table.rstrip()])
    for group in review.groups[_MANY:]:
        yield folded(words.group(group), [_group(review, group).rstrip()])
    unknown = [f"* {code(words.short(one.urn))}{tell(_COLON)}{text(one.message)}" for one in review.unknowns]
    yield from lists(say("Not known before the update"), unknown)
    yield from lists(STALE, [stale(one) for one in review.baseline])
    for group in review.groups[:_MANY]:
        if group.move != "gone":
            lines = [*_grants("+", group.gained), *_grants("-", group.lost)]
            yield folded(say("Every permission: {group}", group=words.group(group)), lines)
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
        (table,) = tables("", head, rows, each=_EACH)
        yield folded(summary, [table.rstrip()])
    warnings = [line for one in review.diagnostics if one.severity != "error" for line in _said(one)]
    yield folded(say("What the preview said"), warnings)


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
    return folded(say(summary, name=role.name, instances=words.instances(holders)), lines)


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
