"""From documents to what a review says of them: grants, principals, and what is gained and lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pulumi_instance_role.policy import partial
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.difference import Entry, gained
from pulumi_instance_role.policy.document import Condition as Conditioned
from pulumi_instance_role.policy.document import Document
from pulumi_instance_role.policy.evaluate import action_matches
from pulumi_instance_role.policy.grants import Box, Holdings, Meet, understood
from pulumi_instance_role.review.model import Condition, Except, Exempt, Grant, Principal, Unread

_WHY: Mapping[str, Except] = {"already": "already", "denied": "denied", "listed": "listed"}
_WHY_LOST: Mapping[str, Except] = {"already": "still", "denied": "denied", "listed": "listed"}


@lru_cache(maxsize=8192)
def _parsed(text: str, kind: Any, dialect: Dialect) -> tuple[Document | None, tuple[partial.Unread, ...]]:
    return partial.read(text, kind, dialect)


def in_part(source: Any, kind: Any, dialect: Dialect) -> tuple[Document | None, tuple[partial.Unread, ...]]:
    """What can be read of a document, and what cannot."""
    return _parsed(source, kind, dialect) if isinstance(source, str) else partial.read(source, kind, dialect)


def in_order(found: Iterable[Unread]) -> tuple[Unread, ...]:
    """Each once, in a fixed order."""
    return tuple(sorted(set(found), key=lambda one: (one.policy or "", one.place, one.why, one.text)))


def stated(documents: Iterable[tuple[str, Document]]) -> tuple[Grant, ...]:
    """What documents state, statement by statement, each with the key of its policy."""
    found = []
    for key, one in documents:
        for statement in one.statements:
            actions = tuple(sorted(set(statement.actions)))
            found.append(
                Grant(
                    effect="allow" if statement.allows else "deny",
                    actions=("*",) if statement.excepts_actions else actions,
                    not_actions=actions if statement.excepts_actions else (),
                    resources=tuple(sorted(set(statement.resources))),
                    conditions=_conditions(statement.conditions),
                    policies=(key,),
                )
            )
    return tuple(sorted(found, key=lambda one: (one.policies, one.effect, one.resources, one.actions)))


def difference(before: Holdings, after: Holdings) -> tuple[tuple[Grant, ...], tuple[Grant, ...]]:
    """What is gained and what is lost."""
    if before.same_as(after):
        return (), ()
    more = tuple(_grant(one, _WHY, after.dialect) for one in gained(before, after))
    return more, tuple(_grant(one, _WHY_LOST, after.dialect) for one in gained(after, before))


def principals(trust: Document) -> tuple[Principal, ...]:
    """Whom a trust policy names for assuming the role."""
    dialect, found = trust.dialect, set()
    for statement in trust.statements:
        named = any(action_matches(a, one, dialect) for a in statement.actions for one in dialect.assume_actions)
        if not named:
            continue
        for kind, names in statement.principals.items():
            for name in names:
                effect = "allow" if statement.allows else "deny"
                conditions = _conditions(statement.conditions)
                found.add(Principal(effect, kind, name, conditions, account_in(name)))  # type: ignore[arg-type]
    return tuple(sorted(found, key=lambda one: (one.effect, one.kind, one.name, repr(one.conditions))))


def trusted(before: tuple[Principal, ...] | None, after: tuple[Principal, ...] | None) -> tuple[Principal, ...]:
    """Who is let in after and was not before. A denial that went away lets in whom it kept out."""
    if after is None:
        return ()
    old, kept_out, kept_out_before = set(before or ()), _shut_out(after), _shut_out(before or ())
    found = [
        one
        for one in after
        if one.effect == "allow"
        and (one.kind, one.name) not in kept_out
        and (one not in old or (one.kind, one.name) in kept_out_before)
    ]
    return tuple(sorted(found, key=lambda one: (one.kind, one.name, repr(one.conditions))))


def _shut_out(principals: Iterable[Principal]) -> set[tuple[str, str]]:
    """Whom a trust policy denies without a condition, by kind and name."""
    return {(one.kind, one.name) for one in principals if one.effect == "deny" and not one.conditions}


def account_in(principal: str) -> str | None:
    """The account in a principal's name: ``acs:ram::ACCOUNT:...``, ``qcs::cam::uin/ACCOUNT:...``."""
    parts = principal.split(":")
    if len(parts) >= 5 and parts[0] == "acs":
        return parts[3] or None
    if len(parts) >= 5 and parts[0] == "qcs":
        return parts[4].rpartition("/")[2] or None
    return None


def _grant(entry: Entry, why: Mapping[str, Except], dialect: Dialect) -> Grant:
    return Grant(
        effect="allow",
        actions=tuple(sorted(map(_text, entry.actions))),
        not_actions=tuple(sorted(one.text for one in entry.excepted)),
        resources=tuple(sorted(map(_text, entry.resources))),
        conditions=_conditions(entry.conditions),
        exempt=tuple(
            Exempt(*_said(one.box), why=why[one.why], unless=tuple(_plain(box) for box in one.unless))
            for one in entry.told(dialect)
        ),
        policies=tuple(sorted(entry.origins)),
        compared=entry.compared,
        named=not entry.beyond_names(dialect),
        understood=all(understood(one, dialect) for one in entry.conditions),
    )


def _plain(box: Box) -> Grant:
    actions, not_actions, resources, conditions = _said(box)
    return Grant("deny", actions, not_actions, resources, conditions, (), tuple(sorted(box.origins)))


def _said(box: Box) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[Condition, ...]]:
    excepted = tuple(sorted(one.text for one in box.excepted))
    return (_text(box.actions),), excepted, (_text(box.resources),), _conditions(box.conditions)


def _text(meet: Meet) -> str:
    return " & ".join(pattern.text for pattern in meet)


def _conditions(conditions: Iterable[Conditioned]) -> tuple[Condition, ...]:
    found = {Condition(one.operator, one.key, tuple(sorted(set(one.values)))) for one in conditions}
    return tuple(sorted(found, key=lambda one: (one.operator, one.key, one.values)))
