"""Texts that no program means: what Python writes where a value is not known yet.

An output in an f-string does not fail: the SDK puts a sentence of its own in its place
(https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/), and a resource of that name would go into force, so
that a denial would deny nothing. An object that is no text puts its type and address there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_GAP = r"(?:%20|[\W_])+"
_OUTPUT = re.compile(
    # Also as names are made of it: in small letters, with other signs for what a name may not have, or cut off.
    rf"calling{_GAP}(?:__str__|\[?(?:str|tostring)\]?{_GAP}on{_GAP}an{_GAP}output)|<pulumi\.output\.Output object at ",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"<[A-Za-z_].{0,200}? at 0x[0-9A-Fa-f]+>")

_OF_OUTPUT = (
    "an output was put into a text, which takes its value before there is one; "
    "make the text with pulumi.Output.format or pulumi.Output.concat"
)
_OF_OBJECT = (
    "an object was put into a text in place of one of its attributes; write the attribute, such as .name or .id"
)


class Slip(ValueError):
    """An argument has such a text in it. The message begins with the argument; whose it is, is told before it."""


def slip(text: str) -> str:
    """What went wrong when ``text`` was made, and the remedy; empty where nothing is known to be."""
    if _OUTPUT.search(text):
        return _OF_OUTPUT
    return _OF_OBJECT if _OBJECT.search(text) else ""


def _document(text: str) -> Any:
    """What a JSON text holds, which tells the place; nothing where it is none."""
    try:
        return json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None


def slips(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The place and the problem of each such text inside a value; keys count, too. Others than texts pass.

    An object that is there several times, or inside itself, is looked into once.
    """
    left = [(value, path)]  # no recursion: what a program gives may nest as deep as it likes
    seen: set[int] = set()
    while left:
        one, at = left.pop()
        inside: list[tuple[Any, str]] = []
        if not isinstance(one, str):
            if id(one) in seen:
                continue
            seen.add(id(one))
        if isinstance(one, str):
            problem = slip(one)
            if problem:
                yield from list(slips(_document(one), at)) or [(at, problem)]
        elif isinstance(one, Mapping):
            for key, each in one.items():
                problem = slip(key) if isinstance(key, str) else ""
                if problem:
                    yield at, f"in a key, {problem}"
                else:
                    inside.append((each, f"{at}.{key}" if at else str(key)))
        elif isinstance(one, (list, tuple, set, frozenset)):
            inside = [(each, f"{at}[{index}]") for index, each in enumerate(one)]
        left.extend(reversed(inside))
