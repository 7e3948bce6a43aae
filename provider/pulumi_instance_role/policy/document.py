"""A policy document as a value: parsed, checked against its grammar, ready to compare and to evaluate.

Parsing is strict where the cloud is (an unknown element, a lower-case effect, another version) and forgiving where it
is not (one text in place of a list, a number or a truth value in place of its text). Every complaint names the place
in the document, as ``Statement[2].Effect``, and what to write there.

Limits: the parser knows the grammar, not the services; that an action or a resource exists is not checked. Sizes are
measured on the canonical text (:mod:`pulumi_instance_role.policy.canonical`), which is what is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi_instance_role.policy.dialect import ALIBABA, Dialect

Kind = Literal["permission", "trust"]


class PolicyError(ValueError):
    """A document that the cloud would refuse. ``path`` is the place, such as ``Statement[0].Action``."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{path}: {problem}" if path else problem)


@dataclass(frozen=True)
class Condition:
    """One key under one operator. It holds when any of ``values`` matches (none, for a negated operator)."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """One statement. ``resources`` is empty in a trust document, ``principals`` in a permission document."""

    allows: bool
    actions: tuple[str, ...]
    excepts_actions: bool = False  # the statement is about every action *but* ``actions``
    resources: tuple[str, ...] = ()
    principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Document:
    """A parsed document, its statements in the order they were written."""

    kind: Kind
    statements: tuple[Statement, ...]
    dialect: Dialect = ALIBABA


def parse(
    source: str | Mapping[str, Any] | Document, kind: Kind | None = "permission", dialect: Dialect = ALIBABA
) -> Document:
    """Read a document.

    ``source`` is JSON text, a mapping, or a document already parsed. With ``kind`` ``None`` a document whose first
    statement has a principal is a trust document. Raises :class:`PolicyError`.
    """
    if isinstance(source, Document):
        return source
    return _Parser(dialect, kind).document(_load(source) if isinstance(source, str) else source)


def _load(text: str) -> Any:
    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise PolicyError("", f'"{key}" is written twice in one object; keep one')
            seen[key] = value
        return seen

    try:
        return json.loads(text, object_pairs_hook=without_duplicates)
    except json.JSONDecodeError as error:
        raise PolicyError("", f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise PolicyError("", "not a policy document: nested too deeply") from None


def _shown(value: object) -> str:
    """A value as it stands in JSON, short enough for a message."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = f"a Python {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


class _Parser:
    def __init__(self, dialect: Dialect, kind: Kind | None) -> None:
        self.dialect = dialect
        self.kind = kind

    def document(self, value: Any) -> Document:
        d = self.dialect
        top = self.mapping("", value, required=(d.version_key, d.statement_key), optional=())
        if top[d.version_key] != d.version:
            raise PolicyError(
                d.version_key, f'must be the text "{d.version}" ({d.name}), not {_shown(top[d.version_key])}'
            )
        listed = top[d.statement_key]
        if isinstance(listed, Mapping):
            raise PolicyError(d.statement_key, "must be a list of statements; put [ ] around the one statement")
        if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
            raise PolicyError(d.statement_key, f"must be a list with at least one statement, not {_shown(listed)}")
        kind: Kind = self.kind or self.guess(listed[0])
        statements = tuple(self.statement(f"{d.statement_key}[{i}]", item, kind) for i, item in enumerate(listed))
        return Document(kind, statements, d)

    def guess(self, statement: object) -> Kind:
        has_principal = isinstance(statement, Mapping) and self.dialect.principal_key in statement
        return "trust" if has_principal else "permission"

    def statement(self, path: str, value: Any, kind: Kind) -> Statement:
        d = self.dialect
        negatable = kind == "permission" and d.not_action_key
        subject = d.principal_key if kind == "trust" else d.resource_key
        if isinstance(value, Mapping):
            self.refuse_other_kind(path, value, kind)
        optional = (d.action_key, d.not_action_key, d.condition_key) if negatable else (d.condition_key,)
        required = (d.effect_key, subject) if negatable else (d.effect_key, d.action_key, subject)
        item = self.mapping(path, value, required=required, optional=tuple(key for key in optional if key))
        effect = item[d.effect_key]
        if effect not in (d.allow, d.deny):
            raise PolicyError(f"{path}.{d.effect_key}", f'must be "{d.allow}" or "{d.deny}", not {_shown(effect)}')
        named = [key for key in (d.action_key, d.not_action_key) if key in item]
        if len(named) != 1:
            problem = "cannot both be there; keep one" if named else "is missing; name at least one action"
            raise PolicyError(path, f"{' and '.join(str(key) for key in named) or d.action_key} {problem}")
        key = str(named[0])
        return Statement(
            allows=effect == d.allow,
            actions=self.texts(f"{path}.{key}", item[key], d.action, d.action_form),
            excepts_actions=key == d.not_action_key,
            resources=()
            if kind == "trust"
            else self.texts(f"{path}.{subject}", item[subject], d.resource, d.resource_form),
            principals=self.principals(f"{path}.{subject}", item[subject]) if kind == "trust" else {},
            conditions=self.conditions(f"{path}.{d.condition_key}", item[d.condition_key])
            if d.condition_key in item
            else (),
        )

    def refuse_other_kind(self, path: str, item: Mapping[str, Any], kind: Kind) -> None:
        d = self.dialect
        if kind == "trust" and d.resource_key in item:
            raise PolicyError(
                f"{path}.{d.resource_key}", f"has no place in a trust policy; say who is trusted in {d.principal_key}"
            )
        if kind == "permission" and d.principal_key in item:
            raise PolicyError(
                f"{path}.{d.principal_key}",
                "has no place in a permission policy; it belongs in the role's trust policy",
            )

    def principals(self, path: str, value: Any) -> dict[str, tuple[str, ...]]:
        kinds = self.dialect.principal_kinds
        item = self.mapping(path, value, required=(), optional=kinds)
        if not item:
            raise PolicyError(path, f"must name who is trusted, under {' or '.join(kinds)}")
        return {kind: self.texts(f"{path}.{kind}", item[kind]) for kind in kinds if kind in item}

    def conditions(self, path: str, value: Any) -> tuple[Condition, ...]:
        d = self.dialect
        found: list[Condition] = []
        for name, keys in self.mapping(path, value, required=(), optional=tuple(d.operators)).items():
            operator = d.operators[name]
            if not isinstance(keys, Mapping) or not keys:
                raise PolicyError(f"{path}.{name}", f"must map condition keys to values, not {_shown(keys)}")
            for key, values in keys.items():
                where = f"{path}.{name}.{key}"
                if not isinstance(key, str) or not d.condition_name.fullmatch(key):
                    raise PolicyError(where, f"is not a condition key; a key is {d.condition_form}")
                texts = self.texts(where, values, scalars=True)
                for index, text in enumerate(texts):
                    try:
                        operator.read(text)
                    except ValueError:
                        at = where if isinstance(values, (str, bool, int, float)) else f"{where}[{index}]"
                        raise PolicyError(at, f"must be {operator.form}, not {_shown(text)}") from None
                found.append(Condition(name, key, texts))
        return tuple(found)

    def texts(
        self, path: str, value: Any, pattern: Any = None, form: str = "", *, scalars: bool = False
    ) -> tuple[str, ...]:
        single = isinstance(value, (str, bool, int, float) if scalars else str)
        if single:
            value = [value]
        if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or not value:
            raise PolicyError(path, f"must be a text or a list of texts, not {_shown(value)}")
        found = []
        for index, entry in enumerate(value):
            at = path if single else f"{path}[{index}]"
            if scalars and isinstance(entry, (bool, int, float)):
                entry = json.dumps(entry)
            if not isinstance(entry, str):
                raise PolicyError(at, f"must be a text, not {_shown(entry)}")
            if pattern and not pattern.fullmatch(entry):
                squeezed = "".join(entry.split())
                if squeezed != entry and pattern.fullmatch(squeezed):
                    raise PolicyError(at, f'has a space in it: {_shown(entry)}; write "{squeezed}"')
                raise PolicyError(at, f"must be {form}, not {_shown(entry)}")
            if not entry and not scalars:
                raise PolicyError(at, "must not be empty")
            found.append(entry)
        return tuple(found)

    def mapping(self, path: str, value: Any, *, required: Sequence[str], optional: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise PolicyError(path, f"must be an object, not {_shown(value)}")
        known = (*required, *optional)
        by_case = {name.lower(): name for name in known}
        for key in value:
            if key not in known:
                near = by_case.get(str(key).lower())
                remedy = f'write "{near}"' if near else f"known here: {', '.join(known)}"
                raise PolicyError(
                    f"{path}.{key}" if path else str(key), f"is not known to {self.dialect.name}; {remedy}"
                )
        for key in required:
            if key not in value:
                raise PolicyError(path, f"{key} is missing")
        return value
