"""JSON that strangers send, read so that nothing in it can do harm later on.

Refused, with a :class:`ValueError`: what nests deeper than any request does (it would end a recursion somewhere), whole
numbers beyond 64 bits, numbers that are none (``NaN``, ``Infinity``), and texts that are not Unicode (half a surrogate
pair, which cannot be written out again).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEEPEST = 64
_LARGEST = 1 << 63
_HALF = re.compile("[\ud800-\udfff]")


def loads(text: str | bytes) -> Any:
    """The value that the text says. ``ValueError`` for what is no JSON, and for what is listed above."""
    try:
        found = json.loads(text, parse_int=_whole)
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    level = [found]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return found
    raise ValueError("it nests too deeply")


def _whole(digits: str) -> int:
    if len(digits) > 20 or not -_LARGEST <= int(digits) < 2 * _LARGEST:
        raise ValueError("a number in it is too large")
    return int(digits)


def _inside(value: Any) -> list[Any]:
    """What is directly inside a value, which is looked at itself."""
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, list):
        return value
    if isinstance(value, str) and _HALF.search(value):
        raise ValueError("a text in it is not Unicode")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number in it is none")
    return []
