"""Comparing names the way the clouds do: they do not tell upper from lower case, and answer in either."""

from __future__ import annotations


def same_role(one: str | None, other: str | None) -> bool:
    """Whether both name the same role; ``None`` is no role."""
    return one == other or (one is not None and other is not None and one.casefold() == other.casefold())
