"""``*`` for any text and ``?`` for one character, in the names of actions and resources and in some values."""

from __future__ import annotations


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern covers a text, from the first to the last character.

    Row by row, as for an edit distance: whether the pattern so far covers the text so far.
    """
    row = [True] + [False] * len(text)
    for char in pattern:
        before, row = row, [row[0] and char == "*"]
        for index, one in enumerate(text):
            if char == "*":
                row.append(row[-1] or before[index + 1])
            else:
                row.append(before[index] and char in ("?", one))
    return row[-1]
