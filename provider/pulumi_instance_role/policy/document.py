"""A policy document as a value: parsed, checked against its grammar, ready to compare and to evaluate.

Parsing is strict where the cloud is (an unknown element, a lower-case effect, another version) and forgiving where it
is not (one text in place of a list, a number or a truth value in place of its text). Every complaint names the place
in the document, as ``Statement[2].Effect``, and what to write there.

A document may be judged before all of it is known: :data:`LATER` stands for what is not, and passes for anything.

Limits: the parser knows the grammar, not the services; that an action or a resource exists is not checked. Sizes are
measured on the canonical text (:mod:`pulumi_instance_role.policy.canonical`), which is what is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi_instance_role.policy.dialect import ALIBABA, Dialect
from pulumi_instance_role.policy.operators import Operator

Kind = Literal["permission", "trust"]

LATER = object()
"""Stands in a mapping for a part of a document that is not known yet."""

HIDDEN = "[secret]"
"""What a message shows in the place of a secret value."""


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
    statement has a principal is a trust document. Raises :class:`PolicyError` for the first complaint.
    """
    if isinstance(source, Document):
        return source
    parser = _Parser(dialect, kind)
    document = parser.document(_load(source) if isinstance(source, str) else source)
    if parser.complaints:
        raise parser.complaints[0]
    return document


def complaints(
    source: str | Mapping[str, Any], kind: Kind = "permission", dialect: Dialect = ALIBABA, *, secret: bool = False
) -> list[PolicyError]:
    """Everything that is wrong with a document, each with its place. ``secret``: say nothing of what it holds."""
    parser = _Parser(dialect, kind, secret=secret)
    try:
        parser.document(_load(source) if isinstance(source, str) else source)
    except PolicyError as error:
        hidden = secret and error.problem.startswith('"')  # the key that is written twice
        return [PolicyError("", "a key is written twice in one object; keep one") if hidden else error]
    return parser.complaints


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
    except PolicyError:
        raise
    except ValueError:
        raise PolicyError("", "not JSON that can be read: it has a number of thousands of digits") from None
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
    """Reads on after a complaint, as well as it can; what it returns is a document only if there was none."""

    def __init__(self, dialect: Dialect, kind: Kind | None, *, secret: bool = False) -> None:
        self.dialect = dialect
        self.kind = kind
        self.secret = secret
        self.complaints: list[PolicyError] = []

    def complain(self, path: str, problem: str) -> None:
        self.complaints.append(PolicyError(path, problem))

    def shown(self, value: object) -> str:
        return HIDDEN if self.secret else _shown(value)

    def document(self, value: Any) -> Document:
        d = self.dialect
        top = self.mapping("", value, required=(d.version_key, d.statement_key), optional=())
        if top.get(d.version_key, d.version) not in (d.version, LATER):
            self.complain(
                d.version_key, f'must be the text "{d.version}" ({d.name}), not {self.shown(top[d.version_key])}'
            )
        listed = self.listed(top[d.statement_key]) if d.statement_key in top else ()
        kind: Kind = self.kind or (self.guess(listed[0]) if listed else "permission")
        statements = [self.statement(f"{d.statement_key}[{i}]", item, kind) for i, item in enumerate(listed)]
        return Document(kind, tuple(one for one in statements if one), d)

    def listed(self, value: Any) -> Sequence[Any]:
        key = self.dialect.statement_key
        if value is LATER:
            return ()
        if isinstance(value, Mapping):
            self.complain(key, "must be a list of statements; put [ ] around the one statement")
        elif not isinstance(value, Sequence) or isinstance(value, str) or not value:
            self.complain(key, f"must be a list with at least one statement, not {self.shown(value)}")
        else:
            return value
        return ()

    def guess(self, statement: object) -> Kind:
        has_principal = isinstance(statement, Mapping) and self.dialect.principal_key in statement
        return "trust" if has_principal else "permission"

    def statement(self, path: str, value: Any, kind: Kind) -> Statement | None:
        d = self.dialect
        if value is LATER:
            return None
        negatable = kind == "permission" and d.not_action_key
        subject = d.principal_key if kind == "trust" else d.resource_key
        foreign = self.of_other_kind(path, value, kind) if isinstance(value, Mapping) else ()
        optional = (d.action_key, d.not_action_key, d.condition_key) if negatable else (d.condition_key,)
        required = (d.effect_key, subject) if negatable else (d.effect_key, d.action_key, subject)
        item = self.mapping(
            path, value, required=required, optional=tuple(key for key in optional if key), besides=foreign
        )
        if not item:
            return None
        effect = item.get(d.effect_key, d.allow)
        if effect is not LATER and effect not in (d.allow, d.deny):
            self.complain(f"{path}.{d.effect_key}", f'must be "{d.allow}" or "{d.deny}", not {self.shown(effect)}')
        named = [key for key in (d.action_key, d.not_action_key) if key in item]
        if negatable and len(named) != 1 and not self.misspelt(item, d.action_key, d.not_action_key):
            problem = "cannot both be there; keep one" if named else "is missing; name at least one action"
            self.complain(path, f"{' and '.join(str(key) for key in named) or d.action_key} {problem}")
        key = str(named[0]) if named else d.action_key
        subjects = item.get(subject, LATER)
        return Statement(
            allows=effect == d.allow,
            actions=self.texts(f"{path}.{key}", item.get(key, LATER), d.action, d.action_form),
            excepts_actions=key == d.not_action_key,
            resources=() if kind == "trust" else self.texts(f"{path}.{subject}", subjects, d.resource, d.resource_form),
            principals=self.principals(f"{path}.{subject}", subjects) if kind == "trust" else {},
            conditions=self.conditions(f"{path}.{d.condition_key}", item[d.condition_key])
            if d.condition_key in item
            else (),
        )

    def of_other_kind(self, path: str, item: Mapping[str, Any], kind: Kind) -> tuple[str, ...]:
        """Complain about an element that belongs into the other kind of document, and name it."""
        d = self.dialect
        key, problem = (
            (d.resource_key, f"has no place in a trust policy; say who is trusted in {d.principal_key}")
            if kind == "trust"
            else (d.principal_key, "has no place in a permission policy; it belongs in the role's trust policy")
        )
        if key not in item:
            return ()
        self.complain(f"{path}.{key}", problem)
        return (key,)

    def principals(self, path: str, value: Any) -> dict[str, tuple[str, ...]]:
        kinds = self.dialect.principal_kinds
        before = len(self.complaints)
        item = self.mapping(path, value, required=(), optional=kinds)
        if not item and value is not LATER and len(self.complaints) == before:
            self.complain(path, f"must name who is trusted, under {' or '.join(kinds)}")
        return {kind: self.texts(f"{path}.{kind}", item[kind]) for kind in kinds if kind in item}

    def conditions(self, path: str, value: Any) -> tuple[Condition, ...]:
        d = self.dialect
        found: list[Condition] = []
        for name, keys in self.mapping(path, value, required=(), optional=tuple(d.operators)).items():
            operator = d.operators.get(name)
            if operator is None or keys is LATER:
                continue
            if not isinstance(keys, Mapping) or not keys:
                self.complain(f"{path}.{name}", f"must map condition keys to values, not {self.shown(keys)}")
                continue
            for key, values in keys.items():
                where = f"{path}.{name}.{HIDDEN if self.secret else key}"
                if not isinstance(key, str) or not d.condition_name.fullmatch(key):
                    self.complain(where, f"is not a condition key; a key is {d.condition_form}")
                    continue
                found.append(Condition(name, key, self.texts(where, values, operator=operator)))
        return tuple(found)

    def texts(
        self, path: str, value: Any, pattern: Any = None, form: str = "", *, operator: Operator | None = None
    ) -> tuple[str, ...]:
        """The members of a list, or the one text in its place. With ``operator`` they are values of a condition."""
        if value is LATER:
            return ()
        scalars = operator is not None
        single = isinstance(value, (str, bool, int, float) if scalars else str)
        if single:
            value = [value]
        if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or not value:
            self.complain(path, f"must be a text or a list of texts, not {self.shown(value)}")
            return ()
        found = []
        for index, entry in enumerate(value):
            at = path if single else f"{path}[{index}]"
            if entry is LATER:
                continue
            if scalars and isinstance(entry, (bool, int, float)):
                entry = json.dumps(entry)
            if not isinstance(entry, str):
                self.complain(at, f"must be a text, not {self.shown(entry)}")
            elif pattern and not pattern.fullmatch(entry):
                self.complain(at, self.misformed(entry, pattern, form))
            elif not entry and not scalars:
                self.complain(at, "must not be empty")
            elif operator and not operator.reads(entry):
                self.complain(at, f"must be {operator.form}, not {self.shown(entry)}")
            else:
                found.append(entry)
        return tuple(found)

    def misformed(self, entry: str, pattern: Any, form: str) -> str:
        squeezed = "".join(entry.split())
        if squeezed != entry and pattern.fullmatch(squeezed):
            write = "take it out" if self.secret else f'write "{squeezed}"'
            return f"has a space in it: {self.shown(entry)}; {write}"
        return f"must be {form}, not {self.shown(entry)}"

    def mapping(
        self, path: str, value: Any, *, required: Sequence[str], optional: Sequence[str], besides: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        """An object with known keys; empty when it is none. ``besides`` are keys that were complained about before."""
        if value is LATER:
            return {}
        if not isinstance(value, Mapping):
            self.complain(path, f"must be an object, not {self.shown(value)}")
            return {}
        known = (*required, *optional)
        by_case = {name.lower(): name for name in known}
        for key in value:
            if key not in known and key not in besides:
                near = by_case.get(str(key).lower())
                remedy = f'write "{near}"' if near else f"known here: {', '.join(known)}"
                shown = HIDDEN if self.secret and not near else str(key)
                self.complain(f"{path}.{shown}" if path else shown, f"is not known to {self.dialect.name}; {remedy}")
        for key in required:
            if key not in value and not self.misspelt(value, key):
                self.complain(path, f"{key} is missing")
        return value

    def misspelt(self, value: Mapping[str, Any], *keys: str | None) -> bool:
        """Whether one of the keys is there in another letter case, which was complained about already."""
        wanted = {key.lower(): key for key in keys if key}
        return any(str(key).lower() in wanted and key not in wanted.values() for key in value)
