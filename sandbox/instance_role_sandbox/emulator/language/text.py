"""JSON text of a document: read once, within bounds, and written compactly."""

from __future__ import annotations

import json
from typing import Any

LEVELS = 32


class Malformed(ValueError):
    """A document that the cloud refuses. ``element`` is the one at fault, "" where the text is no document at all."""

    def __init__(self, element: str, problem: str) -> None:
        self.element = element
        super().__init__(problem)


def parsed(text: str) -> dict[str, Any]:
    """The object that a text holds (RFC 7159, without the same name twice in one object)."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()
        levels = _levels(value)
    except RecursionError:
        raise Malformed("", "nested too deeply") from None
    except UnicodeEncodeError:
        raise Malformed("", "a text holds half of a character") from None
    except Malformed:
        raise
    except ValueError as error:  # of JSON, and of numbers with too many digits
        raise Malformed("", f"not JSON: {str(error).splitlines()[0]}") from None
    if not isinstance(value, dict):
        raise Malformed("", "not a JSON object")
    if levels > LEVELS:
        raise Malformed("", "nested too deeply")
    return value


def compact(value: object) -> str:
    """A value as the clouds return documents: JSON without white space."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _levels(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_levels, inner), default=0)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("", "a name stands twice in one object")
    return found


def _no_number(word: str) -> None:
    raise Malformed("", f"not JSON: {word} is no number")
