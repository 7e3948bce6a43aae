"""Text on its way to a terminal: nothing in it may move the cursor, change colours, or turn the direction of reading.

What programs, providers and clouds say is others' text: names, values, messages. A code in it is shown as what it is
(``\\x1b``, ``\\u202e``) instead of being obeyed. JSON has no need of this; its writer escapes all of them.
"""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")  # as programs write them for a terminal; the real engine drops them too


def printable(text: str) -> str:
    """The text in one line, every character in it to be seen."""
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def printable_lines(text: str) -> list[str]:
    """The lines of a message, without colours; tabs stay."""
    lines = _COLOURS.sub("", text).replace("\r\n", "\n").split("\n")
    return ["\t".join(printable(part) for part in line.split("\t")) for line in lines]


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")
