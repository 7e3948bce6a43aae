"""Conditions: which operators there are, and when a condition is met.

Alibaba Cloud's operators: https://www.alibabacloud.com/help/en/ram/conditional-operator; its own policy module
(https://github.com/alibabacloud-automation/terraform-alicloud-ram-policy) adds qualifiers in front of them. Tencent
Cloud's: https://www.tencentcloud.com/document/product/598/58420 (list) and
https://www.tencentcloud.com/document/product/598/10608 (what qualifiers and the ending ``_if_exist`` mean);
``string_like`` stands in COS's pages alone (https://cloud.tencent.com/document/product/436/71306). An operator is
taken apart into a qualifier, a family, what it asks of a pair of values, and whether it is turned round.

What no page says, switches do: how a condition counts that cannot be judged (``condition-not-understood``), a turned
round one where the key is missing (``condition-negation-of-none``), *all values* where there is none
(``condition-all-of-none``).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from ..switches import Switches
from .patterns import fits

Context = Mapping[str, str | Sequence[str]]
"""What a request brings to conditions: a key's value, or its values where it has several."""


@dataclass(frozen=True)
class Clause:
    """One condition: the operator as written, the key, the values that are wanted."""

    operator: str
    key: str
    wanted: tuple[str, ...]


@dataclass(frozen=True)
class _Operator:
    qualifier: str  # "", "all" or "any"
    read: Callable[[str], Any]
    met: Callable[[Any, Any], bool]  # of a wanted value and a value of the request, both read
    turned: bool
    lenient: bool  # met where the key is missing
    asks_missing: bool


_Row = tuple[Callable[[str], Any], Callable[[Any, Any], bool], bool]


class Operators:
    """The operators of a language, and judging by them."""

    def __init__(self, rows: Mapping[str, _Row], *, missing: str, every: str, some: str, lenient: str) -> None:
        """``missing`` asks whether a key is missing; ``every`` and ``some`` are the qualifiers, ``lenient`` an ending.

        Empty where the language has no such thing.
        """
        self._rows = rows
        self._missing = missing
        self._qualifiers = {every: "all", some: "any"}
        self._lenient = lenient

    def has(self, name: str) -> bool:
        """Whether there is such an operator."""
        return self._operator(name) is not None

    def reads(self, clause: Clause) -> bool:
        """Whether all wanted values have the operator's form. Variables may stand for anything."""
        operator = self._operator(clause.operator)
        return operator is None or all("${" in one or _read(operator.read, one) is not None for one in clause.wanted)

    def met(self, clause: Clause, context: Context, switches: Switches) -> bool:
        """Whether a condition is met. A value of the request that has not the operator's form is like no other."""
        operator = self._operator(clause.operator)
        wanted = [_read(operator.read, one) for one in clause.wanted] if operator else []
        if operator is None or None in wanted:
            return switches.text("condition-not-understood") == "met"
        value = context.get(clause.key, ())
        given = [value] if isinstance(value, str) else list(value)
        if operator.asks_missing:
            return any(bool(one) == (not any(given)) for one in wanted)
        if not given:
            if operator.lenient:
                return True
            if operator.qualifier:
                return operator.qualifier == "all" and switches.text("condition-all-of-none") == "met"
            return operator.turned and switches.text("condition-negation-of-none") == "met"
        have = [_read(operator.read, one) for one in given]
        alike = [one is not None and any(operator.met(want, one) for want in wanted) for one in have]
        if operator.qualifier:
            right = [one is not operator.turned for one in alike]
            return all(right) if operator.qualifier == "all" else any(right)
        return any(alike) is not operator.turned

    def _operator(self, name: str) -> _Operator | None:
        head, colon, tail = name.partition(":")
        qualifier = self._qualifiers.get(head, None) if colon and head else ""
        if qualifier is None or (colon and not head):
            return None
        bare = tail if colon else name
        if self._missing and bare == self._missing:
            return _Operator(qualifier, _yes_or_no, _equal, False, False, True)
        lenient = bool(self._lenient) and bare.endswith(self._lenient)
        row = self._rows.get(bare.removesuffix(self._lenient) if lenient else bare)
        return None if row is None else _Operator(qualifier, *row, lenient, False)


def _read(read: Callable[[str], Any], text: str) -> Any:
    """The value a text stands for; ``None`` for a text that has not the form."""
    try:
        return read(text)
    except (ValueError, InvalidOperation):
        return None


def _equal(wanted: Any, given: Any) -> bool:
    return bool(wanted == given)


def _number(text: str) -> Decimal:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", text.strip(), re.ASCII):
        raise ValueError(text)
    return Decimal(text.strip())


def _moment(text: str) -> datetime:
    """ISO 8601; the pages also write a blank in the place of the T, and after it. UTC where nothing is said."""
    bare = re.sub(r"T\s+", "T", text.strip())
    if bare[-1:] in "zZ":
        bare = bare[:-1] + "+00:00"
    found = datetime.fromisoformat(bare)
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def _yes_or_no(text: str) -> bool:
    return {"true": True, "false": False}[text.strip().lower()] if text.strip().lower() in ("true", "false") else _no()


def _no() -> bool:
    raise ValueError


def _text(text: str) -> str:
    return text


def _low(text: str) -> str:
    return text.lower()


def _range(text: str) -> tuple[int, int, int]:
    """An address or a block of them: the version, the first and the last number."""
    block = ipaddress.ip_network(text.strip(), strict=False)
    return block.version, int(block.network_address), int(block.broadcast_address)


def _within(wanted: tuple[int, int, int], given: tuple[int, int, int]) -> bool:
    one_address = given[1] == given[2]
    return one_address and wanted[0] == given[0] and wanted[1] <= given[1] <= wanted[2]


def _order(signs: Iterable[int]) -> Callable[[Any, Any], bool]:
    allowed = frozenset(signs)
    return lambda wanted, given: ((given > wanted) - (given < wanted)) in allowed


_ORDERS = {"less_than": (-1,), "less_than_equal": (-1, 0), "greater_than": (1,), "greater_than_equal": (0, 1)}


def _ordered(family: str, read: Callable[[str], Any]) -> dict[str, _Row]:
    found: dict[str, _Row] = {f"{family}_{name}": (read, _order(signs), False) for name, signs in _ORDERS.items()}
    return found | {f"{family}_equal": (read, _equal, False), f"{family}_not_equal": (read, _equal, True)}


_COMMON: dict[str, _Row] = {
    "string_equal": (_text, _equal, False),
    "string_not_equal": (_text, _equal, True),
    "string_equal_ignore_case": (_low, _equal, False),
    "string_not_equal_ignore_case": (_low, _equal, True),
    "string_like": (_text, fits, False),
    "string_not_like": (_text, fits, True),
    "bool_equal": (_yes_or_no, _equal, False),
    "ip_equal": (_range, _within, False),
    "ip_not_equal": (_range, _within, True),
    **_ordered("numeric", _number),
    **_ordered("date", _moment),
}
_IN_ALIBABA = {"bool_equal": "Bool", "ip_equal": "IpAddress", "ip_not_equal": "NotIpAddress"}


def _in_alibaba(name: str) -> str:
    words = "".join(word.capitalize() for word in name.split("_"))
    return _IN_ALIBABA.get(name) or re.sub(r"Equal(?=IgnoreCase|$)", "Equals", words)


ALIBABA_OPERATORS = Operators(
    {_in_alibaba(name): row for name, row in _COMMON.items()},
    missing="",
    every="ForAllValues",
    some="ForAnyValue",
    lenient="",
)
TENCENT_OPERATORS = Operators(
    {**_COMMON, "binary_equal": (_text, _equal, False)},
    missing="null_equal",
    every="for_all_value",
    some="for_any_value",
    lenient="_if_exist",
)
