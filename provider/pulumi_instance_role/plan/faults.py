"""What stands in the way of a plan, as data: the property, what is wrong with it, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One reason why a declaration cannot be carried out. ``prop`` is the argument that has to change.

    ``remedy`` is empty where the message itself says what is allowed.
    """

    prop: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.prop}: {self.message}{self.remedy and '; ' + self.remedy}"


class Refused(Exception):
    """A plan cannot be made. ``str()`` is one line that names every fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" | ".join(str(fault) for fault in self.faults))


def some(names: Iterable[str], limit: int = 5) -> str:
    """Names for a message: the first few, and how many more."""
    listed = sorted(names)
    more = len(listed) - limit
    return ", ".join(listed[:limit]) + (f" and {more} more" if more > 0 else "")
