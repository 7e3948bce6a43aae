"""Figures for people: a table on a terminal, plain text elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.binding import Row
from benchmarks.review import Row as Reviewed
from benchmarks.rows import Topic, by_action
from benchmarks.stack import Step

_PLAIN_WIDTH = 1000  # columns: where there is no terminal, a row is a line
_WIDE = 150  # columns of a terminal from which on the calls by action have room


def show_bindings(rows: Sequence[Row]) -> None:
    """The binding benchmark."""
    columns = (
        "cloud",
        "instances",
        "phase",
        "calls",
        "floor",
        "others",
        "fewer",
        "seconds",
        "others",
        "faster",
        "which calls",
    )
    cells = [
        (
            row.cloud,
            str(row.size),
            row.phase,
            str(row.ours.total),
            str(row.floor),
            str(row.peers.total),
            _times(row.fewer),
            f"{row.ours.seconds:.2f}",
            f"{row.peers.seconds:.2f}",
            _times(row.faster),
            _calls(row.ours.calls),
        )
        for row in rows
    ]
    _table("Bindings, beside one resource per instance", columns, cells)


def show_topic(topic: Topic) -> None:
    """Work beside a named other way."""
    cells = [
        (
            row.work,
            _number(row.calls),
            _number(row.floor),
            _number(row.other_calls),
            f"{row.seconds:.2f}",
            "-" if row.other_seconds is None else f"{row.other_seconds:.2f}",
            _times(row.ratio),
            "-" if row.rates is None else f"{row.rates[0]:.0f} of {row.rates[1]:.0f}",
            "-" if row.mebibytes is None else f"{row.mebibytes:.0f}",
            row.which or "-",
        )
        for row in topic.rows
    ]
    columns = ("work", "calls", "floor", "other", "seconds", "other", "ratio", "requests/s", "MiB", "which calls")
    _table(f"{topic.title}; beside {topic.other}", columns, cells)


def show_stack(steps: Sequence[Step]) -> None:
    """The stack benchmark; time in parts of the first up's."""
    cells = [
        (
            step.name,
            str(step.cost.total),
            str(step.writing),
            f"{step.cost.seconds:.1f}",
            f"{step.cost.seconds / steps[0].cost.seconds:.2f}",
            _calls(step.cost.calls),
        )
        for step in steps
    ]
    _table("A whole stack", ("operation", "calls", "writing", "seconds", "of up's", "which calls"), cells)


def show_reviews(rows: Sequence[Reviewed]) -> None:
    """The review benchmark; the last column is time in parts of the first row's, beside resources in parts of it."""
    cells = [
        (
            str(row.resources),
            str(row.statements),
            f"{row.read:.2f}",
            f"{row.picture:.2f}",
            f"{row.judge:.2f}",
            f"{row.total:.2f}",
            f"{row.total / rows[0].total:.1f} of {row.resources / rows[0].resources:.1f}",
            ", ".join(f"{name} {seconds:.2f}" for name, seconds in sorted(row.forms.items())),
        )
        for row in rows
    ]
    columns = ("resources", "statements", "read", "picture", "rules", "total", "growth", "forms")
    _table("Reviews of made-up previews, in seconds", columns, cells)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH, no_color=True)
    shown = len(columns) if console.width >= _WIDE else len(columns) - 1
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns[:shown]:
        words = column in ("cloud", "phase", "operation", "work", "which calls")
        table.add_column(column, justify="left" if words else "right", no_wrap=column != "which calls")
    for row in rows:
        table.add_row(*row[:shown])
    console.print(title, style="bold")
    console.print(table)


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.1f}x"


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _calls(calls: dict[str, int]) -> str:
    return by_action(calls) or "none"
