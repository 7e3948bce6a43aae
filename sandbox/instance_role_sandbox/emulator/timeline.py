"""Asynchronous states as data: what a thing's state is from which moment on.

Nothing runs in the background. A record keeps a timeline such as ``(("Pending", 100.0), ("Available", 100.3))`` and
its state is looked up when it is read, so it survives restarts and follows an advanced clock by itself. The state
:data:`GONE` ends a timeline of something being released: whoever reads it from then on finds nothing there.
"""

from __future__ import annotations

Timeline = tuple[tuple[str, float], ...]
"""Pairs of (state, moment it begins, in seconds since the epoch), earliest first."""

GONE = ""


def through(now: float, *steps: tuple[str, float]) -> Timeline:
    """A timeline that begins now: each step is a state and how many seconds it lasts (the last one: for good).

    ``through(now, ("Pending", 0.2), ("Available", 0))`` is Pending at once and Available 0.2 s later.
    """
    line = []
    for state, seconds in steps:
        line.append((state, now))
        now += seconds
    return tuple(line)


def at(timeline: Timeline, now: float) -> str:
    """The state in force at ``now``: the latest one that has begun (the first one, before all)."""
    state = timeline[0][0]
    for name, begins in timeline:
        if begins <= now:
            state = name
    return state


def settled(timeline: Timeline, now: float) -> bool:
    """Whether the last state of the timeline has been reached."""
    return timeline[-1][1] <= now
