"""A policy document as a value: parsed, checked against its grammar, ready to compare and to evaluate.

Parsing is strict where a page of the cloud is (an unknown element, a lower-case effect, another version) and forgiving
where it is not (one text in place of a list, a number or a truth value in place of its text). Every complaint names the
place in the document, as ``Statement[2].Effect``, and what to write there. A word that we do not know is no complaint:
an operator, a condition key, an action, a value of another form (:mod:`pulumi_instance_role.policy.doubts`).

A document may be judged before all of it is known: :data:`LATER` stands for what is not, and passes for anything.

Limits: the parser knows the grammar, not the services. Sizes are measured on the canonical text
(:mod:`pulumi_instance_role.policy.canonical`), which is what is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from pulumi_instance_role.language import Text, listing, say, template
from pulumi_instance_role.policy.dialect import ALIBABA, LANGUAGES, Dialect
from pulumi_instance_role.policy.load import Unsound, load, shown, sound
from pulumi_instance_role.policy.slips import slips
from pulumi_instance_role.policy.unseen import bare, holds_unseen, visible
from pulumi_instance_role.records import dataclass

Kind = Literal["permission", "trust"]

LATER = object()
"""Stands in a mapping for a part of a document that is not known yet."""

_NO_BLANK = re.compile(r"[^\s\x00-\x1f\x7f]*")
_BLANK_ENDS = re.compile(r"^\s|\s$|[\x00-\x1f\x7f]")
"""In a resource: spaces may be part of what it names, but not at its ends, and control characters nowhere.

Other characters that cannot be seen are no complaint there: an object's name may have them (``policy.doubts``).
"""

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
    """One key under one operator, which may be one that nobody here knows."""

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
    place: int = field(default=0, compare=False)  # which of the document's statements it is


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
    document, found = read(source, kind, dialect)
    if document is None or found:
        raise found[0]
    return document


def complaints(
    source: str | Mapping[str, Any], kind: Kind = "permission", dialect: Dialect = ALIBABA, *, secret: bool = False
) -> list[PolicyError]:
    """Everything that is wrong with a document as a program writes it, each with its place.

    Stricter than :func:`parse`, which also reads what is in force. ``secret``: say nothing of what it holds.
    """
    found = [PolicyError("" if secret else path, problem) for path, problem in slips(source)]
    return found or read(source, kind, dialect, secret=secret, written=True)[1]


def read(
    source: str | Mapping[str, Any],
    kind: Kind | None,
    dialect: Dialect,
    *,
    secret: bool = False,
    written: bool = False,
) -> tuple[Document | None, list[PolicyError]]:
    """As much of a document as can be read (``None`` if nothing can), and all complaints.

    ``written``: as a program writes it, not as a cloud keeps it.
    """
    parser = _Parser(dialect, kind, secret=secret, written=written)
    try:
        value = load(source) if isinstance(source, str) else source
        sound(value, hide=secret)
    except Unsound as error:
        hidden = secret and not error.path and error.problem.startswith('"')  # the key that is written twice
        problem = say("a key is written twice in one object; keep one") if hidden else error.problem
        return None, [PolicyError(error.path, problem)]
    return parser.document(value), parser.complaints


class _Parser:
    """Reads on after a complaint, as well as it can; what it returns is a document only if there was none."""

    def __init__(self, dialect: Dialect, kind: Kind | None, *, secret: bool = False, written: bool = False) -> None:
        self.written = written
        self.dialect = dialect
        self.kind = kind
        self.secret = secret
        self.complaints: list[PolicyError] = []

    def complain(self, path: str, problem: str) -> None:
        self.complaints.append(PolicyError(path, problem))

    def shown(self, value: object) -> str:
        return HIDDEN if self.secret else shown(value)

    def document(self, value: Any) -> Document:
        d = self.dialect
        top = self.mapping("", value, required=(d.version_key, d.statement_key), optional=())
        if top.get(d.version_key, d.version) not in (d.version, LATER):
            given = self.shown(top[d.version_key])
            text = template('must be the text "{version}" ({cloud}), not {value}')
            self.complain(d.version_key, say(text, version=d.version, cloud=say(d.name), value=given))
        listed = self.listed(top[d.statement_key]) if d.statement_key in top else ()
        kind: Kind = self.kind or (self.guess(listed[0]) if listed else "permission")
        statements = [self.statement(i, item, kind) for i, item in enumerate(listed)]
        return Document(kind, tuple(one for one in statements if one), d)

    def listed(self, value: Any) -> Sequence[Any]:
        key = self.dialect.statement_key
        if value is LATER:
            return ()
        if isinstance(value, Mapping):
            if self.dialect.one_statement:
                return [value]
            self.complain(key, say("must be a list of statements; put [ ] around the one statement"))
        elif not isinstance(value, Sequence) or isinstance(value, str) or not value:
            self.complain(key, say("must be a list with at least one statement, not {value}", value=self.shown(value)))
        else:
            return value
        return ()

    def guess(self, statement: object) -> Kind:
        has_principal = isinstance(statement, Mapping) and self.dialect.principal_key in statement
        return "trust" if has_principal else "permission"

    def statement(self, place: int, value: Any, kind: Kind) -> Statement | None:
        d = self.dialect
        path = f"{d.statement_key}[{place}]"
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
            given = self.shown(effect)
            text = say('must be "{allow}" or "{deny}", not {value}', allow=d.allow, deny=d.deny, value=given)
            self.complain(f"{path}.{d.effect_key}", text)
        named = [key for key in (d.action_key, d.not_action_key) if key in item]
        if negatable and len(named) != 1 and not self.misspelt(item, d.action_key, d.not_action_key):
            if named:
                self.complain(
                    path, say("{keys} cannot both be there; keep one", keys=listing(map(str, named), " and "))
                )
            else:
                self.complain(path, say("{key} is missing; name at least one action", key=d.action_key))
        key = str(named[0]) if named else d.action_key
        subjects = item.get(subject, LATER)
        return Statement(
            allows=effect == d.allow,
            actions=self.texts(f"{path}.{key}", item.get(key, LATER), d.action, d.action_form, names=True),
            excepts_actions=key == d.not_action_key,
            resources=() if kind == "trust" else self.texts(f"{path}.{subject}", subjects, d.resource, d.resource_form),
            principals=self.principals(f"{path}.{subject}", subjects) if kind == "trust" else {},
            conditions=self.conditions(f"{path}.{d.condition_key}", item[d.condition_key])
            if d.condition_key in item
            else (),
            place=place,
        )

    def of_other_kind(self, path: str, item: Mapping[str, Any], kind: Kind) -> tuple[str, ...]:
        """Complain about an element that belongs into the other kind of document, and name it."""
        d = self.dialect
        key, problem = (
            (
                d.resource_key,
                say("has no place in a trust policy; say who is trusted in {key}", key=d.principal_key),
            )
            if kind == "trust"
            else (d.principal_key, say("has no place in a permission policy; it belongs in the role's trust policy"))
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
            self.complain(path, say("must name who is trusted, under {keys}", keys=listing(kinds, " or ")))
        named = _NO_BLANK if self.written else None
        return {
            kind: self.texts(f"{path}.{kind}", item[kind], named, template("a name without white space"), names=True)
            for kind in kinds
            if kind in item
        }

    def conditions(self, path: str, value: Any) -> tuple[Condition, ...]:
        if self.dialect.empty_conditions and isinstance(value, (list, tuple)) and not value:
            return ()
        found: list[Condition] = []
        for name, keys in self.mapped(path, value).items():
            where = f"{path}.{name if name in self.dialect.operators or not self.secret else HIDDEN}"
            if keys is LATER:
                continue
            if not isinstance(keys, Mapping) or not keys:
                self.complain(where, say("must map condition keys to values, not {value}", value=self.shown(keys)))
                continue
            for key, values in keys.items():
                at = f"{where}.{HIDDEN if self.secret else key}"
                if not isinstance(key, str) or not key.strip():
                    form = say(self.dialect.key_form)
                    self.complain(at, say("is not a condition key; a key is {form}", form=form))
                    continue
                found.append(Condition(str(name), key, self.texts(at, values, scalars=True)))
        return tuple(found)

    def texts(
        self, path: str, value: Any, pattern: Any = None, form: str = "", *, scalars: bool = False, names: bool = False
    ) -> tuple[str, ...]:
        """The members of a list, or the one text in its place. ``scalars``: numbers and truth values count as texts.

        ``names``: no character that cannot be seen is meant in one, as it may be in the path of an object or a value.
        """
        if value is LATER:
            return ()
        single = isinstance(value, (str, bool, int, float) if scalars else str)
        if single:
            value = [value]
        if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or not value:
            self.complain(path, say("must be a text or a list of texts, not {value}", value=self.shown(value)))
            return ()
        found = []
        for index, entry in enumerate(value):
            at = path if single else f"{path}[{index}]"
            if entry is LATER:
                continue
            if scalars and isinstance(entry, (bool, int, float)):
                entry = json.dumps(entry)
            if not isinstance(entry, str):
                self.complain(at, say("must be a text, not {value}", value=self.shown(entry)))
            elif pattern and not pattern.fullmatch(entry):
                self.complain(at, self.misformed(entry, pattern, form))
            elif not entry and not scalars:
                self.complain(at, say("must not be empty"))
            elif self.written and names and (problem := holds_unseen(entry, hide=self.secret)):
                self.complain(at, self.without(entry, problem, bare(entry)))
            elif self.written and not scalars and _BLANK_ENDS.search(entry):
                text = template("has white space at an end or a control character in it: {value}; take it out")
                self.complain(at, say(text, value=self.shown(entry)))
            else:
                found.append(entry)
        return tuple(found)

    def misformed(self, entry: str, pattern: Any, form: str) -> Text:
        unspaced = "".join(entry.split())
        squeezed = bare(unspaced)
        if squeezed != entry and pattern.fullmatch(squeezed):
            problem = holds_unseen(unspaced, hide=self.secret) or say("has a space in it")
            return self.without(entry, problem, squeezed)
        return self.foreign(entry, say("must be {form}, not {value}", form=say(form), value=self.shown(entry)))

    def without(self, entry: str, problem: Text, rest: str) -> Text:
        """A problem with what is in a text and should not be; ``rest`` is the text without it."""
        write = say("take it out") if self.secret else say('write "{text}"', text=rest)
        return say("{problem}: {value}; {remedy}", problem=problem, value=self.shown(entry), remedy=write)

    def foreign(self, entry: str, problem: Text) -> Text:
        """A problem with an action or a resource, with whose word that is, where it is another cloud's."""
        for other in () if self.secret else LANGUAGES.values():
            if other is not self.dialect and other.resource_word and entry.startswith(other.resource_word):
                text = template("{problem}, which is how {cloud} names resources")
                return say(text, problem=problem, cloud=say(other.name))
            if other is not self.dialect and other.action_prefix and entry.startswith(other.action_prefix):
                text = template("{problem}, which is how {cloud} names actions")
                return say(text, problem=problem, cloud=say(other.name))
        return problem

    def mapped(self, path: str, value: Any) -> Mapping[str, Any]:
        """An object with any keys; empty when it is none."""
        if value is LATER:
            return {}
        if not isinstance(value, Mapping):
            self.complain(path, say("must be an object, not {value}", value=self.shown(value)))
            return {}
        return value

    def mapping(
        self, path: str, value: Any, *, required: Sequence[str], optional: Sequence[str], besides: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        """An object with known keys; empty when it is none. ``besides`` are keys that were complained about before."""
        item = self.mapped(path, value)
        if not isinstance(value, Mapping):
            return item
        known = (*required, *optional)
        by_case = {name.lower(): name for name in known}
        for key in item:
            if key not in known and key not in besides:
                near = by_case.get(bare(str(key)).lower())
                remedy = say('write "{text}"', text=near) if near else say("known here: {names}", names=listing(known))
                place = HIDDEN if self.secret and not near else visible(str(key))
                problem = say("is not known to {cloud}", cloud=say(self.dialect.name))
                if near and (speaker := self.speaker(key)):
                    problem = say("{problem}, it is how {cloud} spells it", problem=problem, cloud=say(speaker))
                problem = say("{problem}; {remedy}", problem=problem, remedy=remedy)
                self.complain(f"{path}.{place}" if path else place, problem)
        for key in required:
            if key not in item and not self.misspelt(item, key):
                self.complain(path, say("{key} is missing", key=key))
        return item

    def speaker(self, key: object) -> str:
        """The cloud whose spelling an element is; empty where it is no other cloud's."""
        for other in LANGUAGES.values():
            if other is not self.dialect and key in other.elements:
                return other.name
        return ""

    def misspelt(self, value: Mapping[str, Any], *keys: str | None) -> bool:
        """Whether one of the keys is there in another letter case, which was complained about already."""
        wanted = {key.lower(): key for key in keys if key}
        return any(bare(str(key)).lower() in wanted and key not in wanted.values() for key in value)
