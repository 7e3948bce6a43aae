"""JSON from other people, as values that nothing further on can stumble over.

A preview is written by whoever can change the program. So: a number of any length is read, texts hold no half of a
character, nothing is nested deeper than the code that reads it can go, and what is shaped like an AccessKey is masked,
also where its letters are written as escapes (``\\u004cTAI...``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pulumi_instance_role.transport.redact import mask_keys

DEEPEST = 100
"""Levels of objects and lists in each other."""
LONGEST_NUMBER = 300
"""Digits; a longer number is kept as its text."""

_ESCAPED = re.compile(
    r"(?<!\\)\\+u(?:(?P<pair>d[89ab][0-9a-f]{2}\\+ud[c-f][0-9a-f]{2})|d[89a-f][0-9a-f]{2})", re.IGNORECASE
)


class NotJson(ValueError):
    """The text is no JSON that can be read here. ``str()`` says why."""


def load(text: str) -> Any:
    """The value that a text has, with its texts as they were written. Raises :class:`NotJson`."""
    try:
        return json.loads(text, parse_int=_number)
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def clean(value: Any, depth: int = 0) -> Any:
    """The value without keys and halves of characters. Raises :class:`NotJson` where it is nested too deeply."""
    if isinstance(value, str):
        return _text(value)
    if depth > DEEPEST:
        raise NotJson("nested too deeply")
    if isinstance(value, dict):
        return {_text(key): clean(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [clean(one, depth + 1) for one in value]
    return value


def key_places(value: Any, path: str = "") -> set[str]:
    """Where in a value (not cleaned) text is shaped like an AccessKey."""
    if isinstance(value, str):
        return {path} if mask_keys(value) != value else set()
    found: set[str] = set()
    if isinstance(value, Mapping):
        for key, one in value.items():
            if mask_keys(key) != key:
                found.add(path or "(a key)")
            else:
                found |= key_places(one, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            found |= key_places(one, f"{path}[{index}]")
    return found


def _number(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_NUMBER else text


def _text(value: str) -> str:
    masked = mask_keys(value)
    if "\\ud" in masked.lower():  # a document inside a text has its own escapes
        masked = _ESCAPED.sub(lambda found: found[0] if found["pair"] else "\N{REPLACEMENT CHARACTER}", masked)
    return masked if masked.isascii() else masked.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
