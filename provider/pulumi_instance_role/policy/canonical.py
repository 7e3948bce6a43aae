"""One form for all the ways of writing the same document.

``canonical`` undoes what carries no meaning: white space, the order of keys, actions, values and statements, a text
in place of a list with one entry, doubled entries and doubled statements. It keeps the spelling of what it keeps, so
that what is sent to the cloud looks like the cloud's documentation; ``equivalent`` also ignores the letter case that
the cloud ignores, and is what decides whether a change is a change.

Limits: two documents that grant the same by different means (``ecs:*`` beside ``ecs:DescribeInstances``) are not the
same document. Saying what a change does to permissions is another question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi_instance_role.policy.dialect import ALIBABA, Dialect
from pulumi_instance_role.policy.document import Document, Statement, parse


def canonical(source: str | Mapping[str, Any] | Document, dialect: Dialect = ALIBABA) -> dict[str, Any]:
    """The document in canonical form, as a new dictionary. Permission or trust is seen from the document.

    Raises :class:`~pulumi_instance_role.policy.document.PolicyError`.
    """
    document = parse(source, None, dialect)
    d = document.dialect
    forms = {
        _text(_fold(form, d)): form for form in sorted(map(_form_of(d), document.statements), key=_text, reverse=True)
    }
    return {d.version_key: d.version, d.statement_key: [forms[key] for key in sorted(forms)]}


def canonical_text(source: str | Mapping[str, Any] | Document, dialect: Dialect = ALIBABA) -> str:
    """The canonical form as compact JSON with sorted keys. Its length is what the cloud's size limits count."""
    return _text(canonical(source, dialect))


def equivalent(
    a: str | Mapping[str, Any] | Document, b: str | Mapping[str, Any] | Document, dialect: Dialect = ALIBABA
) -> bool:
    """Whether two documents say the same to the cloud: canonical forms, with the case ignored that it ignores."""
    return comparable(a, dialect) == comparable(b, dialect)


def comparable(source: str | Mapping[str, Any] | Document, dialect: Dialect = ALIBABA) -> str:
    """A text that is the same for equivalent documents and for no others."""
    form = canonical(source, dialect)
    d = source.dialect if isinstance(source, Document) else dialect
    return _text({**form, d.statement_key: [_fold(statement, d) for statement in form[d.statement_key]]})


def _form_of(d: Dialect) -> Callable[[Statement], dict[str, Any]]:
    def form(statement: Statement) -> dict[str, Any]:
        action_key = d.not_action_key if statement.excepts_actions and d.not_action_key else d.action_key
        found: dict[str, Any] = {
            d.effect_key: d.allow if statement.allows else d.deny,
            action_key: _entries(statement.actions, d.fold_action),
        }
        if statement.resources:
            found[d.resource_key] = _entries(statement.resources)
        if statement.principals:
            found[d.principal_key] = {kind: _entries(names) for kind, names in sorted(statement.principals.items())}
        if statement.conditions:
            block = found.setdefault(d.condition_key, {})
            for condition in sorted(statement.conditions, key=lambda c: (c.operator, c.key)):
                block.setdefault(condition.operator, {})[condition.key] = _entries(condition.values)
        return found

    return form


def _entries(values: Iterable[str], fold: Callable[[str], str] = str) -> list[str]:
    kept = {fold(value): value for value in sorted(values, reverse=True)}
    return [kept[key] for key in sorted(kept)]


def _fold(form: Mapping[str, Any], d: Dialect) -> dict[str, Any]:
    keys = (d.action_key, d.not_action_key)
    return {key: [d.fold_action(action) for action in value] if key in keys else value for key, value in form.items()}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
