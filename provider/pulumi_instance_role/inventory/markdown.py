"""An inventory as a comment on a pull request, or a page of a wiki: what the terminal says, as far as it fits.

The first line is a hidden marker that names the accounts, so that a pipeline finds its own comment and updates it. How
long a comment may be, and how its text is kept from being markup, is in ``review.comment``. As many findings, roles,
keys and parts that were not read as in the terminal are shown; the JSON form has everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pulumi_instance_role.clouds.port import Instance
from pulumi_instance_role.inventory import words
from pulumi_instance_role.inventory.audit import Audit, scope
from pulumi_instance_role.inventory.model import Found, RoleFound
from pulumi_instance_role.inventory.terminal import MOST_AMOUNTS, MOST_FINDINGS, MOST_KEYS, MOST_ROLES, MOST_UNREAD
from pulumi_instance_role.review.comment import (
    FINDINGS,
    ICONS,
    LIMIT,
    STALE,
    bounded,
    code,
    finding,
    hidden,
    lists,
    stale,
    tables,
    text,
)


def render(audit: Audit, *, verdict: bool = False, limit: int = LIMIT) -> str:
    """The comment, at most ``limit`` characters. ``verdict``: whether somebody asked what fails."""
    found, review = audit.found, audit.review
    title = words.title(found[0]) if len(found) == 1 else words.count(len(found), "account")
    lines = [hidden("instance-role-inventory", "/".join(map(scope, found))), f"## Inventory: {text(title)}", ""]
    if verdict:
        lines += [f"{ICONS[review.verdict]} **{text(words.verdict(review.findings))}**", ""]
    return bounded("\n".join(lines), [part for part in _parts(audit) if part], "", limit)


def _parts(audit: Audit) -> Iterable[str]:
    """The parts, most wanted first; each stands by itself, so that any can be left out."""
    review, accounts = audit.review, len(audit.found)
    for account in audit.found:
        head = text(words.title(account)) if accounts > 1 else ""
        yield "\n".join([*([f"**{head}**", ""] if head else []), *_bullets(words.figures(account)), ""])
    rows = [finding(one) for one in review.findings[:MOST_FINDINGS]]
    yield from tables(text(words.findings(review.findings)), FINDINGS, rows)
    yield _rest(review.findings, MOST_FINDINGS, "finding")
    yield from lists(STALE, [stale(one) for one in review.baseline])
    for account in audit.found:
        of = f" of account {text(account.account_id)}" if accounts > 1 else ""
        unread = [f"{one.what}: {one.why}" for one in account.unread[:MOST_UNREAD]]
        yield from lists(f"Not read{of} ({len(account.unread)})", _bullets(unread))
        yield _rest(account.unread, MOST_UNREAD, "part")
    for account in audit.found:
        ranked = audit.ranked(account)
        roles = [_role(audit, account, *one) for one in ranked[:MOST_ROLES]]
        head = text(words.ranking(account, len(ranked), accounts))
        yield from tables(head, ("Role", "Instances", "May", "Policies", "Stack"), roles)
        yield _rest(ranked, MOST_ROLES, "role")
    for account in audit.found:
        of = f" of account {text(account.account_id)}" if accounts > 1 else ""
        keys = [tuple(map(code, words.key(one))) for one in words.by_use(account.keys or ())[:MOST_KEYS]]
        yield from tables(f"Keys{of}", [one.capitalize() for one in words.KEY], keys)
        yield _rest(account.keys or (), MOST_KEYS, "key")


def _role(
    audit: Audit, account: Found, name: str, instances: Sequence[Instance], role: RoleFound | None
) -> tuple[str, ...]:
    """A role as a row of a table."""
    called = role.role.name if role else instances[0].role or name
    may = audit.may(account, called)
    lines = may.lines if may else [words.NOT_KNOWN]
    told = [*lines[:MOST_AMOUNTS], words.left_out(lines, MOST_AMOUNTS, "line")]
    owner = code(words.stack(role)) if role and role.owner else text(words.stack(role))
    policies = text(words.policies(role))
    return code(called), str(len(instances)), "<br>".join(text(one) for one in told if one), policies, owner


def _bullets(lines: Iterable[str]) -> list[str]:
    return [f"* {text(line)}" for line in lines]


def _rest(found: Sequence[object], most: int, noun: str) -> str:
    rest = words.left_out(found, most, noun)
    return f"{text(rest)}\n" if rest else ""
