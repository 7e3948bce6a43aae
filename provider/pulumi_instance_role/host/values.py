"""Values as they cross the wall to Pulumi, and back.

Numbers arrive as floats, absent values as nothing at all, and what is not known yet as ``Unknown`` objects that equal
nothing and are true. Everything below this module sees plain Python values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.output import Unknown

from pulumi_instance_role.clouds import NAMES

PROVIDER_KEY = "__provider"
WHOLE = frozenset({str, int, bool, type(None)})
"""Types of values with nothing inside. Almost all values are of these, so they are told apart first."""
EITHER = " or ".join(f'cloud="{name}"' for name in NAMES)
"""What the argument that is missing could be, for messages."""


def is_unknown(value: object) -> bool:
    """Whether the value, or anything inside it, is not known yet."""
    if type(value) in WHOLE:
        return False
    if isinstance(value, Mapping):
        return any(is_unknown(one) for one in value.values())
    if isinstance(value, (list, tuple, set)):
        return any(is_unknown(one) for one in value)
    return isinstance(value, Unknown)


def plain(value: Any) -> Any:
    """The value with whole numbers as ``int``, without absent members."""
    if type(value) in WHOLE:
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value if one is not None]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def properties(raw: Mapping[str, Any] | None) -> dict[str, Any]:
    """A property bag as the resources read it: plain, without the pickled provider."""
    return {key: plain(one) for key, one in (raw or {}).items() if one is not None and key != PROVIDER_KEY}


def only(keys: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The members of ``values`` named by ``keys`` that are there."""
    return {key: values[key] for key in keys if values.get(key) is not None}


def legible(text: str) -> str:
    """A text as a message shows it: in quotes where white space or what cannot be seen would hide in it."""
    return text if text.isprintable() and text == "".join(text.split()) else repr(text)


def differs(old: object, new: object) -> bool:
    """Whether two plain values differ. What is not known yet differs from everything."""
    return is_unknown(old) or is_unknown(new) or old != new
