"""One measured piece of work beside a named other way to do it, in the form that tables, plots and files share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One piece of work. Seconds mean something beside each other only; ``None`` is what is not measured."""

    work: str
    seconds: float
    other_seconds: float | None
    calls: int | None = None
    other_calls: int | None = None
    floor: int | None = None
    """The fewest calls: writes in full batches, reads in full pages."""
    paced: float | None = None
    """The seconds that keeping to published rates takes at least: those of the operation that takes longest."""
    mebibytes: float | None = None
    other_mebibytes: float | None = None
    requests: int | None = None
    """How many there were in ``seconds``, where their rate is what is asked for."""
    which: str = ""
    """The calls by action."""

    @property
    def ratio(self) -> float | None:
        """How many times the other way's seconds."""
        return self.seconds / self.other_seconds if self.other_seconds else None

    @property
    def rates(self) -> tuple[float, float] | None:
        """Requests a second, and those of the other way."""
        if self.requests is None or self.other_seconds is None:
            return None
        return self.requests / self.seconds, self.requests / self.other_seconds


@dataclass(frozen=True)
class Topic:
    """Rows with the same other way. ``key`` names the command's argument, the file of the plot, and the section."""

    key: str
    title: str
    ours: str
    other: str
    rows: tuple[Row, ...] = ()

    def data(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)


def topic_of(data: dict[str, Any]) -> Topic:
    """A topic as :meth:`Topic.data` has it."""
    return Topic(**{**data, "rows": tuple(Row(**row) for row in data["rows"])})


def merged(old: Sequence[Topic], new: Sequence[Topic]) -> list[Topic]:
    """The topics of an earlier run, with those of a later one in their places."""
    found = {one.key: one for one in (*old, *new)}
    return list(found.values())


def by_action(calls: dict[str, int]) -> str:
    """``3 CreateRole, 1 GetRole``."""
    return ", ".join(f"{number} {action}" for action, number in sorted(calls.items()))
