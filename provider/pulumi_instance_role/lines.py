"""Lines and tables for people that fit the width there is.

A line is broken between words. A word of ASCII (an id, an ARN, an action) is never broken, so that it can be copied
whole: where it alone is wider than the line, it has a line of its own. Text of other scripts has no spaces to break at,
and is broken anywhere. Widths are columns of a terminal, in which a Chinese character takes two. What a terminal would
obey is shown as what it is (``\\x1b``): names and values come from other people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells

PIPED = 80
"""Columns where the output is no terminal."""

_EDGE = 3  # columns between two cells of a table: a space, the line, a space


def fitted(text: str, width: int = PIPED, indent: int = 0, hanging: int = 0) -> Iterator[str]:
    """The text in lines of at most ``width`` columns; those after the first stand ``hanging`` further in."""
    line, start = " " * indent, True
    for word in _words(text, width - indent - hanging):
        if not start and cell_len(line) + 1 + cell_len(word) > width:
            yield line
            line, start = " " * (indent + hanging), True
        line, start = (f"{line}{word}" if start else f"{line} {word}"), False
    yield line.rstrip()


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int = PIPED) -> Iterator[str]:
    """The rows as a table, cells wrapped; where the longest words of a row do not fit, each row as lines of its own."""
    cells = [[_seen(" ".join(cell.split())) for cell in row] for row in (columns, *rows)]
    widths = _widths(list(zip(*cells, strict=True)), width - _EDGE * len(columns) - 1)
    if widths is None:
        yield from _blocks(columns, rows, width)
        return
    rule = "+".join(["", *("-" * (one + 2) for one in widths), ""])
    yield rule
    for number, row in enumerate(cells):
        parts = [list(fitted(cell, one)) for cell, one in zip(row, widths, strict=True)]
        for at in range(max(map(len, parts))):
            shown = [_padded(part[at] if at < len(part) else "", one) for part, one in zip(parts, widths, strict=True)]
            yield f"| {' | '.join(shown)} |"
        if number == 0:
            yield rule
    yield rule


def _blocks(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """A row as lines: the first cell, and under it the others, each with the name of its column."""
    for row in rows:
        yield from fitted(row[0], width, hanging=2)
        for name, cell in zip(columns[1:], row[1:], strict=True):
            if cell:
                yield from fitted(f"{name}: {cell}", width, 2, 2)


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """A width for each column: at least its longest word, and as much more as there is room; ``None`` if none is."""
    least = [max(max(map(cell_len, cell.split()), default=1) for cell in column) for column in columns]
    wanted = [max(max(map(cell_len, column)), 1) for column in columns]
    spare = room - sum(least)
    if spare < 0:
        return None
    widths = list(least)
    while spare > 0 and widths != wanted:
        short = min((at for at in range(len(widths)) if widths[at] < wanted[at]), key=lambda at: widths[at])
        widths[short] += 1
        spare -= 1
    return widths


def _words(text: str, room: int) -> Iterator[str]:
    for word in map(_seen, text.split()):
        if word.isascii() or cell_len(word) <= room:
            yield word
        else:
            yield from chop_cells(word, max(room, 2))


def _seen(word: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in word)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
