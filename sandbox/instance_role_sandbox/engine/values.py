"""Property values as the engine holds them: plain Python data, and a few marks for what plain data cannot say.

A value is None, bool, int, float, str, list, dict, or one of ``Secret``, ``Reference`` and ``UNKNOWN``. Whole numbers
are int whatever they came as (the wire knows floats only), so that a state file reads 1 and not 1.0.

Assets and archives have no form here: the SDK's dynamic provider host cannot take them either.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias


class Unknown(enum.Enum):
    """The kind of the value that only an update will know."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True)
class Secret:
    """A value that is shown to nobody and written encrypted."""

    value: Value

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True)
class Reference:
    """A resource as a value. ``id`` is None for a component, UNKNOWN where a preview does not know it."""

    urn: str
    id: str | Unknown | None = None
    version: str = ""


Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | Secret | Reference | Unknown | None"
Properties: TypeAlias = "dict[str, Value]"


def secret(value: Value) -> Secret:
    """The value as a secret; a secret stays as it is."""
    return value if isinstance(value, Secret) else Secret(value)


def number(value: float) -> int | float:
    """A number as JSON would write it: whole ones as int."""
    return int(value) if value == value and abs(value) < 1e21 and value == int(value) else value


def plain(value: Value) -> Value:
    """The value without its secret marks."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def plain_properties(properties: Properties) -> Properties:
    """All properties without their secret marks."""
    return {k: plain(v) for k, v in properties.items()}


def copied(value: Value) -> Value:
    """A copy whose lists and dicts can be changed."""
    if isinstance(value, list):
        return [copied(v) for v in value]
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    if isinstance(value, Secret):
        return Secret(copied(value.value))
    return value


def walk(value: Value) -> Iterator[Value]:
    """The value and everything inside it."""
    yield value
    if isinstance(value, Secret):
        yield from walk(value.value)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from walk(item)


def holds_secret(value: Value) -> bool:
    """Is there a secret anywhere in the value?"""
    return any(isinstance(v, Secret) for v in walk(value))


def holds_unknown(value: Value) -> bool:
    """Is there anything unknown in the value?"""
    return any(v is UNKNOWN or (isinstance(v, Reference) and v.id is UNKNOWN) for v in walk(value))


def equal(a: Value, b: Value) -> bool:
    """Deep equality. True is not 1, a secret differs from the same value in the open; in objects null is absent."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, Secret) and isinstance(b, Secret):
        return equal(a.value, b.value)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return all(equal(a.get(k), b.get(k)) for k in {**a, **b})
    return a == b


def keep_marks(returned: Properties, sent: Properties) -> None:
    """Mark again, in place, what a provider that cannot take secrets got in the open and handed back.

    It is a match by key: objects are entered; anything else becomes a secret as a whole when what was sent held one,
    so a list with one secret in it comes back as a secret list.
    """
    for key, was in sent.items():
        if key not in returned:
            continue
        value = returned[key]
        if isinstance(value, dict) and isinstance(was, dict):
            keep_marks(value, was)
        elif holds_secret(was):
            returned[key] = secret(value)
