"""Waiting for asynchronous states, with an end."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_instance_role.transport.wait import DeadlinePassed, Waiter

LONGEST = 60.0  # seconds; a sandbox is ready in far less


def until(holds: Callable[[], bool], what: str, longest: float = LONGEST) -> None:
    """Return as soon as ``holds()``; ``TimeoutError`` that names ``what`` after ``longest`` seconds."""
    try:
        Waiter(first=0.05, cap=1.0).until(lambda: holds() or None, longest)
    except DeadlinePassed:
        raise TimeoutError(f"waited {longest:.0f} s for {what}") from None
