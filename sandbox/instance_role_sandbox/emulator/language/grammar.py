"""What the clouds take for a policy document, and what such a document says.

Alibaba Cloud: https://www.alibabacloud.com/help/en/ram/policy-structure-and-syntax and
https://www.alibabacloud.com/help/en/ram/policy-elements. Tencent Cloud:
https://www.tencentcloud.com/document/product/598/10603 (elements),
https://www.tencentcloud.com/document/product/598/10604 (syntax) and
https://www.tencentcloud.com/document/product/598/10606 (resources). Both: an element with one value may be written
without the list around it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from ..switches import Switches
from .conditions import ALIBABA_OPERATORS, TENCENT_OPERATORS, Clause, Operators
from .text import Malformed, parsed

Kind = Literal["permission", "trust"]


@dataclass(frozen=True, eq=False)
class Language:
    """One cloud's way to write a document: its elements by our word for them, and the form of its names."""

    version: str
    elements: Mapping[str, str]
    effects: Mapping[str, bool]  # the word -> whether it allows
    principals: tuple[str, ...]
    action: re.Pattern[str]
    resource: re.Pattern[str]
    operators: Operators
    alone: bool = (
        False  # one statement without a list around it, "no conditions" as an empty list: its samples have both
    )


ALIBABA = Language(
    version="1",
    elements={
        word: word
        for word in ("Version", "Statement", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition")
    },
    effects={"Allow": True, "Deny": False},
    principals=("Service", "RAM", "Federated"),
    action=re.compile(r"[\w*?-]+:[^\s:]+", re.ASCII),
    resource=re.compile(r"acs:[^:]*:[^:]*:[^:]*:.+|acs:.*\*", re.DOTALL),
    operators=ALIBABA_OPERATORS,
)
TENCENT = Language(
    version="2.0",
    elements={
        word: word.lower()
        for word in ("Version", "Statement", "Effect", "Action", "Resource", "Principal", "Condition")
    },
    effects={"allow": True, "deny": False},
    principals=("service", "qcs", "federated"),
    action=re.compile(r"([A-Za-z]+/)?[\w*?-]+:[^\s:]+", re.ASCII),
    resource=re.compile(r"qcs(:[^:]*){4}:.+|qcs:.*\*", re.DOTALL),
    operators=TENCENT_OPERATORS,
    alone=True,
)


@dataclass(frozen=True)
class Rule:
    """One statement."""

    allows: bool
    actions: tuple[str, ...]
    all_but: bool = False  # every action but these
    resources: tuple[str, ...] = ()
    principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clauses: tuple[Clause, ...] = ()


def check(text: str, language: Language, kind: Kind, switches: Switches) -> tuple[Rule, ...]:
    """The statements of a document; :class:`Malformed` for one that the cloud does not take, as the switches say."""
    operators, values = (
        switches.text(name) == "refuse" for name in ("document-unknown-operator", "document-unreadable-value")
    )
    return rules(text, language, kind, operators, values)


@lru_cache(maxsize=4096)
def rules(
    text: str, language: Language, kind: Kind, known_operators: bool = False, readable_values: bool = False
) -> tuple[Rule, ...]:
    """The statements of a document. With the last two, what is not understood in conditions is malformed as well."""
    document, names = parsed(text), language.elements
    _only(document, {"Version", "Statement"}, set(), names)
    if document[names["Version"]] != language.version:
        raise Malformed("version", f"{names['Version']} is not {language.version!r}")
    listed = document[names["Statement"]]
    if language.alone and isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list) or not listed:
        raise Malformed("statement", f"{names['Statement']} is not a list of statements")
    return tuple(_rule(one, language, kind, known_operators, readable_values) for one in listed)


def _rule(statement: Any, language: Language, kind: Kind, known_operators: bool, readable_values: bool) -> Rule:
    if not isinstance(statement, dict):
        raise Malformed("statement", "a statement is not an object")
    names, subject = language.elements, "Resource" if kind == "permission" else "Principal"
    inverted = kind == "permission" and names.get("NotAction") in statement
    element = "NotAction" if inverted else "Action"
    _only(statement, {"Effect", element, subject}, {"Condition"}, names)
    effect = statement[names["Effect"]]
    if not isinstance(effect, str) or effect not in language.effects:
        raise Malformed("effect", f"{effect!r} is no effect")
    return Rule(
        language.effects[effect],
        _names(statement[names[element]], "action", language.action),
        inverted,
        _names(statement[names["Resource"]], "resource", language.resource) if kind == "permission" else (),
        _principals(statement[names["Principal"]], language) if kind == "trust" else {},
        _clauses(statement.get(names["Condition"], {}), language, known_operators, readable_values),
    )


def _only(found: Mapping[str, Any], needed: set[str], possible: set[str], names: Mapping[str, str]) -> None:
    """Every needed element and no other than the possible ones."""
    wanted = {names[word] for word in needed}
    for word in sorted(set(found) - wanted - {names[word] for word in possible}):
        raise Malformed(_element(word), f"{word!r} is no element here")
    for word in sorted(wanted - set(found)):
        raise Malformed(_element(word), f"{word} is missing")


def _element(word: str) -> str:
    low = word.lower()
    known = ("version", "effect", "action", "principal", "resource", "condition", "statement")
    return next((one for one in known if one in low), "statement")


def _names(value: Any, element: str, form: re.Pattern[str]) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise Malformed(element, f"the {element} is no text and no list of texts")
    for one in listed:
        if not isinstance(one, str) or not (one == "*" or form.fullmatch(one)):
            raise Malformed(element, f"{one!r} is no {element}")
    return tuple(listed)


def _principals(value: Any, language: Language) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value or not set(value) <= set(language.principals):
        raise Malformed("principal", f"a principal is one of {', '.join(language.principals)}")
    found = {}
    for kind, names in value.items():
        listed = [names] if isinstance(names, str) else names
        if not isinstance(listed, list) or not listed or not all(isinstance(one, str) and one for one in listed):
            raise Malformed("principal", f"{kind} names nobody")
        found[kind] = tuple(listed)
    return found


def _clauses(value: Any, language: Language, known_operators: bool, readable_values: bool) -> tuple[Clause, ...]:
    if language.alone and value == []:
        return ()
    if not isinstance(value, dict):
        raise Malformed("condition", "the condition is not an object")
    found = []
    for operator, keys in value.items():
        if known_operators and not language.operators.has(operator):
            raise Malformed("condition", f"{operator!r} is no condition operator")
        if not isinstance(keys, dict) or not keys:
            raise Malformed("condition", f"{operator} has no condition keys")
        for key, given in keys.items():
            listed = given if isinstance(given, list) else [given]
            if not key.strip() or not listed or not all(isinstance(one, (str, int, float)) for one in listed):
                raise Malformed("condition", f"the condition {operator} of {key!r} has no values")
            texts = tuple(one if isinstance(one, str) else _written(one) for one in listed)
            clause = Clause(operator, key, texts)
            if readable_values and not language.operators.reads(clause):
                raise Malformed("condition", f"a value of {operator} {key} has not the operator's form")
            found.append(clause)
    return tuple(found)


def _written(value: float) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else repr(value)
