"""Reading what a command tells people, whether it fits a table or stands in lines of its own."""

from __future__ import annotations

FIRST = ""
"""The key of a row's first cell."""


def rows(said: str, title: str) -> list[dict[str, str]]:
    """The rows under a title: the name of a column -> its cell, put together where it was wrapped."""
    lines = said.splitlines()
    below = lines[lines.index(title) + 1 :]
    part = below[: below.index("")] if "" in below else below
    return _of_table(part) if part and part[0].startswith("+-") else _of_blocks(part)


def _of_table(part: list[str]) -> list[dict[str, str]]:
    cells = [[one.strip() for one in line.strip("|").split("|")] for line in part if line.startswith("| ")]
    columns, found = [FIRST, *cells[0][1:]], list[dict[str, str]]()
    for row in cells[1:]:
        if row[0]:
            found.append(dict(zip(columns, row, strict=True)))
            continue
        for column, more in zip(columns, row, strict=True):
            found[-1][column] = f"{found[-1][column]} {more}".strip()
    return found


def _of_blocks(part: list[str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    column = FIRST
    for line in part:
        name, colon, rest = line.strip().partition(": " if ": " in line else ":")
        if not line.startswith(" "):
            found.append({FIRST: line})
            column = FIRST
        elif line.startswith("    "):
            found[-1][column] = f"{found[-1][column]} {line.strip()}".strip()
        else:
            column = name
            found[-1][name] = rest if colon else ""
    return found
