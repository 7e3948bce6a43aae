"""Waiting for asynchronous states, with an end."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import monotonic

LONGEST = 60.0  # seconds; a sandbox is ready in far less


def until(holds: Callable[[], bool], what: str, longest: float = LONGEST) -> None:
    """Return as soon as ``holds()``; ``TimeoutError`` that names ``what`` after ``longest`` seconds."""
    end = monotonic() + longest
    pause = 0.05
    while not holds():
        if monotonic() > end:
            raise TimeoutError(f"waited {longest:.0f} s for {what}")
        Event().wait(pause)
        pause = min(pause * 1.5, 1.0)
