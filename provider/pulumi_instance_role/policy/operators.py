"""Condition operators: what each compares, and what a value must look like.

An operator joins a family (how two texts compare) with a sign. A condition holds when the request's value stands in
the relation to *any* of the values listed; a negated operator holds when it stands in it to *none*
(https://www.alibabacloud.com/help/en/ram/conditional-operator). A value of the request that cannot be read as the
operator's type stands in no relation to anything.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

from pulumi_instance_role.policy.wildcard import covers, matches


def _same(wide: str, narrow: str) -> bool:
    return wide == narrow


@dataclass(frozen=True)
class Operator:
    """``relation(wanted, given)`` for one operator; ``read`` raises ``ValueError`` for a text it cannot take.

    ``within(wide, narrow)`` says that whatever stands in the relation to ``narrow`` stands in it to ``wide`` too. It
    may miss that, and never says so wrongly.
    """

    form: str  # what a value must be, in words
    read: Callable[[str], object]
    relation: Callable[[str, str], bool]
    negated: bool = False
    within: Callable[[str, str], bool] = _same

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
    text = value.strip()
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


def operator_table(
    *, equals: str, less: tuple[str, str], greater: tuple[str, str], prefix: str = ""
) -> Mapping[str, Operator]:
    """The full set of operators, under the names a language builds from its own words."""
    text, number, time = "a text", "a number", "a time in ISO 8601, such as 2026-01-31T00:00:00Z"
    table = {
        f"String{equals}": Operator(text, _text, lambda wanted, given: wanted == given),
        f"String{equals}IgnoreCase": Operator(text, _text, lambda wanted, given: wanted.lower() == given.lower()),
        "StringLike": Operator(text, _text, matches, within=covers),
        "Bool": Operator('"true" or "false"', _truth, lambda wanted, given: _truth(wanted) == _truth(given)),
        "IpAddress": Operator("an address or a network, such as 10.0.0.0/8", _network, _inside, within=_around),
    }
    for family, form, read in (("Numeric", number, _number), ("Date", time, _time)):
        table |= _ordered(family, form, read, equals, less, greater)
    negations = {f"StringNot{name.removeprefix('String')}": name for name in table if name.startswith("String")}
    negations |= {f"{family}Not{equals}": f"{family}{equals}" for family in ("Numeric", "Date")}
    negations["NotIpAddress"] = "IpAddress"
    table |= {negation: replace(table[name], negated=True) for negation, name in negations.items()}
    return {prefix + name: operator for name, operator in table.items()}


def renamed(table: Mapping[str, Operator], names: Mapping[str, str]) -> Mapping[str, Operator]:
    """The operators of ``table`` under a language's own names (new name -> name in ``table``), and no others."""
    return {name: table[known] for name, known in names.items()}


def _ordered(
    family: str,
    form: str,
    read: Callable[[str], Decimal] | Callable[[str], datetime],
    equals: str,
    less: tuple[str, str],
    greater: tuple[str, str],
) -> dict[str, Operator]:
    def compare(test: Callable[[int], bool]) -> Callable[[str, str], bool]:
        def relation(wanted: str, given: str) -> bool:
            right, left = read(wanted), read(given)
            return test((left > right) - (left < right))  # type: ignore[operator]  # both came from one ``read``

        return relation

    tests: dict[str, Callable[[int], bool]] = {
        equals: lambda order: order == 0,
        less[0]: lambda order: order < 0,
        less[1]: lambda order: order <= 0,
        greater[0]: lambda order: order > 0,
        greater[1]: lambda order: order >= 0,
    }

    def wider(names: tuple[str, str], test: Callable[[int], bool]) -> dict[str, Callable[[str, str], bool]]:
        return dict.fromkeys(names, compare(test))  # a bound that is further out lets through all that the nearer does

    within = wider(less, lambda order: order <= 0) | wider(greater, lambda order: order >= 0)
    return {
        family + name: Operator(form, read, compare(test), within=within.get(name, _same))
        for name, test in tests.items()
    }
