"""``*`` (any text, also none) and ``?`` (one character), as policies use them.

Written as a scan instead of a regular expression: documents come from other people, and ``a*a*a*a*b`` makes a
backtracking engine take its time.
"""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern`` covers the whole of ``text``. Case matters; there is no way to quote a wildcard."""
    position, star, resume = 0, -1, 0
    i = 0
    while i < len(text):
        if position < len(pattern) and pattern[position] == "*":
            star, resume = position, i
            position += 1
        elif position < len(pattern) and pattern[position] in ("?", text[i]):
            position += 1
            i += 1
        elif star >= 0:
            resume += 1
            position, i = star + 1, resume
        else:
            return False
    return all(character == "*" for character in pattern[position:])
