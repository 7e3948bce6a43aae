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

_OUTPUT = re.compile(
    r"Calling __str__ on an Output|Calling \[toString\] on an \[Output|<pulumi\.output\.Output object at "
)
_OBJECT = re.compile(r"<[A-Za-z_][\w.]* object at 0x[0-9A-Fa-f]+>")

_OF_OUTPUT = (
    "an output was put into a text, which takes its value before there is one; "
    "make the text with pulumi.Output.format or pulumi.Output.concat"
)
_OF_OBJECT = (
    "an object was put into a text in place of one of its attributes; write the attribute, such as .name or .id"
)


def slip(text: str) -> str:
    """What went wrong when ``text`` was made, and the remedy; empty where nothing is known to be."""
    if _OUTPUT.search(text):
        return _OF_OUTPUT
    return _OF_OBJECT if _OBJECT.search(text) else ""


def _document(text: str) -> Any:
    """What a JSON text holds, which tells the place; nothing where it is none."""
    try:
        return json.loads(text) if text.lstrip().startswith("{") else None
    except ValueError:
        return None


def slips(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The place and the problem of each such text inside a value; keys count, too. Others than texts pass."""
    if isinstance(value, str):
        problem = slip(value)
        if problem:
            yield from list(slips(_document(value), path)) or [(path, problem)]
    elif isinstance(value, Mapping):
        for key, one in value.items():
            problem = slip(key) if isinstance(key, str) else ""
            if problem:
                yield path, f"in a key, {problem}"
            else:
                yield from slips(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for index, one in enumerate(value):
            yield from slips(one, f"{path}[{index}]")
