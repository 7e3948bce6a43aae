"""What differs between two sets of properties, path by path."""

from __future__ import annotations

import enum
from typing import TypeAlias

from instance_role_sandbox.engine.paths import Path, show
from instance_role_sandbox.engine.values import Properties, Value, equal


class Kind(enum.Enum):
    """How a property differs. The values are the names that the CLI's JSON uses."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"
    ADD_REPLACE = "add-replace"
    DELETE_REPLACE = "delete-replace"
    UPDATE_REPLACE = "update-replace"

    @property
    def replaces(self) -> bool:
        """Does this difference ask for a replacement?"""
        return self.value.endswith("-replace")

    def as_replacement(self) -> Kind:
        """The same difference, asking for a replacement."""
        return self if self.replaces else Kind(f"{self.value}-replace")


Detailed: TypeAlias = "dict[str, Kind]"


def detailed(old: Properties, new: Properties) -> Detailed:
    """Every path that differs, as far down as both sides have the same shape. In objects null is absent."""
    found: Detailed = {}
    _objects((), old, new, found)
    return found


def _objects(at: Path, old: dict[str, Value], new: dict[str, Value], found: Detailed) -> None:
    for key in sorted({*old, *new}):
        _values((*at, key), old.get(key), new.get(key), found)


def _values(at: Path, old: Value, new: Value, found: Detailed) -> None:
    if equal(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        _objects(at, old, new, found)
    elif isinstance(old, list) and isinstance(new, list):
        for i in range(max(len(old), len(new))):
            if i < len(old) and i < len(new):
                _values((*at, i), old[i], new[i], found)
            else:
                found[show((*at, i))] = Kind.ADD if i < len(new) else Kind.DELETE
    elif old is None or new is None:
        found[show(at)] = Kind.ADD if old is None else Kind.DELETE
    else:
        found[show(at)] = Kind.UPDATE


def changed_keys(old: Properties, new: Properties) -> list[str]:
    """The top-level properties that differ."""
    return sorted(k for k in {*old, *new} if not equal(old.get(k), new.get(k)))
