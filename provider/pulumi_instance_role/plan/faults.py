"""What stands in the way of a plan, as data: the property, what is wrong with it, what to do."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class Fault:
    """One reason why a declaration cannot be carried out. ``prop`` is the argument that has to change.

    ``remedy`` is empty where the message itself says what is allowed. Where many things may have the same fault,
    ``subject`` is the one that this fault is of, and ``alike`` what is said of several: "instances are not in a VPC".
    ``shared`` names the other resource that has the same fault, seen from its side.
    """

    prop: str
    message: str
    remedy: str = ""
    subject: str = ""
    alike: str = ""
    shared: str = ""

    def __str__(self) -> str:
        return f"{self.prop}: {self.told}"

    @property
    def told(self) -> str:
        """What is wrong and what to do, without the property."""
        return f"{self.message}{self.remedy and '; ' + self.remedy}"


def together(faults: Iterable[Fault]) -> list[Fault]:
    """The faults, those of one kind as one with a count and a few names; each at the place of its first."""
    groups: dict[tuple[str, ...], list[Fault]] = {}
    for one in faults:
        said = one.alike or one.message
        groups.setdefault((one.prop, said, one.remedy, one.shared), []).append(one)
    return [_as_one(group) for group in groups.values()]


def _as_one(group: list[Fault]) -> Fault:
    first, subjects = group[0], {one.subject for one in group}
    if len(subjects) == 1:
        return first
    message = f"{len(subjects)} {first.alike} ({some(subjects)})"
    return Fault(first.prop, message, first.remedy, shared=first.shared)


class Refused(Exception):
    """A plan cannot be made. ``str()`` is one line that names every fault, those that are alike together."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" | ".join(str(fault) for fault in together(self.faults)))


def some(names: Iterable[str], limit: int = 5) -> str:
    """Names for a message: the first few, and how many more."""
    listed = sorted(names)
    more = len(listed) - limit
    return ", ".join(listed[:limit]) + (f" and {more} more" if more > 0 else "")
