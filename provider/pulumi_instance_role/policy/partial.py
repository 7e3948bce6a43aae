"""A document read as far as it can be: statement by statement, with what could not be read named by its place.

The parser refuses a document for its first fault, which is right before a document is sent and wrong where one that is
there already is judged: a statement that allows everything must not be passed over for an unknown operator beside it.

Limits: JSON that is none, and a list of statements that is none, leave nothing to read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_instance_role.language import listing, say, template
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import Document, Kind, PolicyError, Statement, parse
from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class Unread:
    """A part that could not be read: its place (empty: the whole document), why, and what it says as far as can be
    told. ``content`` is the part itself in one spelling, to tell whether it changed."""

    place: str
    problem: str
    says: str
    content: str


def read(source: str | Mapping[str, Any], kind: Kind, dialect: Dialect) -> tuple[Document | None, tuple[Unread, ...]]:
    """The statements that can be read, as a document (``None``: there are none), and the parts that cannot."""
    try:
        return parse(source, kind, dialect), ()
    except PolicyError as error:
        whole = Unread(error.path, error.problem, "", _content(source))
        value = _loaded(source)
        listed = value.get(dialect.statement_key) if isinstance(value, Mapping) else None
        if not isinstance(listed, list) or not listed:
            return None, (whole,)
    found: list[Statement] = []
    left: list[Unread] = []
    for index, one in enumerate(listed):
        try:
            alone = parse({dialect.version_key: dialect.version, dialect.statement_key: [one]}, kind, dialect)
        except PolicyError as error:
            place = error.path.replace(f"{dialect.statement_key}[0]", f"{dialect.statement_key}[{index}]", 1)
            left.append(Unread(place, error.problem, _says(one, dialect), _content(one)))
        else:
            found += [replace(each, place=index) for each in alone.statements]
    return Document(kind, tuple(found), dialect), tuple(left) or (whole,)


def _loaded(source: str | Mapping[str, Any]) -> Any:
    if not isinstance(source, str):
        return source
    try:
        return json.loads(source)
    except (ValueError, RecursionError):
        return None


def _content(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):
        return repr(type(value))


def _says(statement: object, dialect: Dialect) -> str:
    """Effect, actions and resources of a statement, where they are there to be seen."""
    if not isinstance(statement, Mapping):
        return ""
    effect = statement.get(dialect.effect_key)
    verbs = {dialect.allow: template("allows {what}"), dialect.deny: template("denies {what}")}
    verb = verbs.get(effect) if isinstance(effect, str) else None
    actions, resources = (_texts(statement.get(key)) for key in (dialect.action_key, dialect.resource_key))
    if verb is None or not actions:
        return ""
    what = say("{actions} on {resources}", actions=actions, resources=resources) if resources else actions
    return say(verb, what=what)


def _texts(value: object, most: int = 3) -> str:
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    texts = [one for one in listed if isinstance(one, str)]
    first = listing(one[:80] for one in texts[:most])
    return say("{some} and {number} more", some=first, number=len(texts) - most) if len(texts) > most else first
