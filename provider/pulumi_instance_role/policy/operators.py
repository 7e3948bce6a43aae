"""Condition operators: what each compares, what a value must look like, and the page it stands on.

An operator joins a family (how two texts compare) with a sign. A condition holds when the request's value stands in
the relation to *any* of the values listed; a negated operator holds when it stands in it to *none*
(https://www.alibabacloud.com/help/en/ram/conditional-operator). A value of the request that cannot be read as the
operator's type stands in no relation to anything. Two qualifiers and a suffix make further operators of each
(https://www.tencentcloud.com/document/product/598/10608): *all* values of the request must satisfy it, or *any* one
value must; and it holds where the request lacks the key.

An answer is ``True``, ``False``, or ``None`` for not known: a listed value that cannot be read, and whether *all*
values satisfy where there is no value, are published nowhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Literal

from pulumi_instance_role.policy.wildcard import covers, matches
from pulumi_instance_role.records import dataclass

Over = Literal["", "any", "all"]
"""Which values of the request have to satisfy an operator, where it has a qualifier that says so."""


def _same(wide: str, narrow: str) -> bool:
    return wide == narrow


def negation(answer: bool | None) -> bool | None:
    """The contrary of an answer; not known stays so."""
    return None if answer is None else not answer


def either(answers: Iterable[bool | None]) -> bool | None:
    """Whether one of the answers is yes: not known when none is, and one of them is not known."""
    found: bool | None = False
    for answer in answers:
        if answer:
            return True
        found = None if answer is None else found
    return found


def each(answers: Iterable[bool | None]) -> bool | None:
    """Whether all of the answers are yes: no as soon as one is no, else not known when one of them is not known."""
    return negation(either(negation(answer) for answer in answers))


@dataclass(frozen=True)
class Operator:
    """``relation(wanted, given)`` for one operator; ``read`` raises ``ValueError`` for a text it cannot take.

    ``within(wide, narrow)`` says that whatever stands in the relation to ``narrow`` stands in it to ``wide`` too. It
    may miss that, and never says so wrongly. ``means`` is the same word for the same comparison in every language.
    """

    means: str
    form: str  # what a value must be, in words
    read: Callable[[str], object]
    relation: Callable[[str, str], bool]
    negated: bool = False
    within: Callable[[str, str], bool] = _same
    page: str = ""
    over: Over = ""
    if_exists: bool = False  # holds, too, where the request lacks the key
    absence: bool = False  # asks whether the key is missing (or empty) and compares nothing

    @property
    def comparable(self) -> bool:
        """Whether ``within`` tells something of the whole operator: it is about one value, and only where there is."""
        return not (self.over or self.absence)

    def holds(self, wanted: str, given: str) -> bool:
        """Whether the bare relation (without the sign) holds between a listed value and the request's value."""
        try:
            return self.relation(wanted, given)
        except ValueError:
            return False

    def reads(self, text: str) -> bool:
        """Whether the operator can take a text as a value."""
        try:
            self.read(text)
        except ValueError:
            return False
        return True

    def met(
        self, listed: Sequence[str], given: Sequence[str] | None, *, absent_meets_negation: bool, known: bool = True
    ) -> bool | None:
        """Whether the condition holds for the values of a request; ``given`` is ``None`` where it lacks the key.

        ``known``: whether the listed values are all that they seem (no variables that the cloud puts values in for).
        """
        if self.absence:
            missing = given is None or not any(given)
            return either(_truth(one) is missing if self.reads(one) and known else None for one in listed)
        if given is None:
            if self.if_exists:
                return True
            if self.over:
                return None if self.over == "all" else False
            return self.negated and absent_meets_negation
        relations = [either(self._related(one, value, known) for one in listed) for value in given]
        if not self.over:
            met = either(relations)
            return negation(met) if self.negated else met
        satisfied = [negation(one) if self.negated else one for one in relations]
        if not satisfied:
            return None if self.over == "all" else False
        return each(satisfied) if self.over == "all" else either(satisfied)

    def _related(self, listed: str, given: str, known: bool) -> bool | None:
        return self.holds(listed, given) if known and self.reads(listed) else None


def _text(value: str) -> str:
    return value


def _number(value: str) -> Decimal:
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        raise ValueError(value) from None
    if not number.is_finite():
        raise ValueError(value)
    return number


def _time(value: str) -> datetime:
    text = value.strip().replace("T ", "T")  # as Tencent Cloud's own page writes it in two rows
    time = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] in ("Z", "z") else text)
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _truth(value: str) -> bool:
    text = value.strip().lower()
    if text not in ("true", "false"):
        raise ValueError(value)
    return text == "true"


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(value.strip(), strict=False)


def _inside(wanted: str, given: str) -> bool:
    network, address = _network(wanted), ipaddress.ip_address(given.strip())
    return address.version == network.version and address in network


def _around(wide: str, narrow: str) -> bool:
    outer, inner = _network(wide), _network(narrow)
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version


def _ordered(family: str, form: str, read: Callable[[str], Decimal] | Callable[[str], datetime]) -> list[Operator]:
    def compare(test: Callable[[int], bool]) -> Callable[[str, str], bool]:
        def relation(wanted: str, given: str) -> bool:
            right, left = read(wanted), read(given)
            return test((left > right) - (left < right))  # type: ignore[operator]  # both came from one ``read``

        return relation

    # A bound that is further out lets through all that the nearer does.
    lower, upper = compare(lambda order: order <= 0), compare(lambda order: order >= 0)
    tests: list[tuple[str, Callable[[int], bool], Callable[[str, str], bool]]] = [
        ("Equals", lambda order: order == 0, _same),
        ("LessThan", lambda order: order < 0, lower),
        ("LessThanEquals", lambda order: order <= 0, lower),
        ("GreaterThan", lambda order: order > 0, upper),
        ("GreaterThanEquals", lambda order: order >= 0, upper),
    ]
    return [Operator(family + name, form, read, compare(test), within=within) for name, test, within in tests]


_TEXT = "a text"
_BOOL = '"true" or "false"'
_POSITIVE = [
    Operator("StringEquals", _TEXT, _text, lambda wanted, given: wanted == given),
    Operator("StringEqualsIgnoreCase", _TEXT, _text, lambda wanted, given: wanted.lower() == given.lower()),
    Operator("StringLike", _TEXT, _text, matches, within=covers),
    Operator("BinaryEquals", _TEXT, _text, lambda wanted, given: wanted == given),
    Operator("Bool", _BOOL, _truth, lambda wanted, given: _truth(wanted) == _truth(given)),
    Operator("Null", _BOOL, _truth, _same, absence=True),
    Operator("IpAddress", "an address or a network, such as 10.0.0.0/8", _network, _inside, within=_around),
    *_ordered("Numeric", "a number", _number),
    *_ordered("Date", "a time in ISO 8601, such as 2026-01-31T00:00:00Z", _time),
]
_NEGATIVE = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "IpAddress": "NotIpAddress",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
}
COMPARISONS: Mapping[str, Operator] = {
    one.means: one
    for base in _POSITIVE
    for one in (base, replace(base, means=_NEGATIVE.get(base.means, base.means), negated=base.means in _NEGATIVE))
}
"""Every comparison that one of the languages has, by what it means."""


def rows(names: Mapping[str, tuple[str, str]]) -> dict[str, Operator]:
    """A language's operators: its name for each -> what it means, and the page that it stands on."""
    return {name: replace(COMPARISONS[means], page=page) for name, (means, page) in names.items()}


def qualified(table: Mapping[str, Operator], prefixes: Mapping[str, tuple[Over, str]]) -> dict[str, Operator]:
    """The operators of ``table`` and each of them under every prefix: what it asks for, and its page."""
    return dict(table) | {
        prefix + name: replace(operator, over=over, page=page)
        for prefix, (over, page) in prefixes.items()
        for name, operator in table.items()
    }


def optional(table: Mapping[str, Operator], suffix: str, page: str) -> dict[str, Operator]:
    """The operators of ``table``, and each but the test for a missing key with the suffix "if the key exists"."""
    return dict(table) | {
        name + suffix: replace(operator, if_exists=True, page=page)
        for name, operator in table.items()
        if not operator.absence
    }
