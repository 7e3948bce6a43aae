"""What a real plugin's schema lets a value be, as data: the facts that its validation functions hold.

A limit says what is refused and why; what is not known before the update passes. The words are ours.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limit:
    """What one value may be. Every part that is set has to hold."""

    among: tuple[str, ...] = ()  # one of these
    any_case: bool = False  # ... in capitals or not
    length: tuple[int, int] | None = None  # characters, both ends included
    between: tuple[int, int] | None = None  # for numbers, both ends included
    pattern: str = ""  # a regular expression that is found in it
    like: str = ""  # what the pattern means, for people
    network: bool = False  # an address block without host bits
    regex: bool = False  # a regular expression itself

    def __str__(self) -> str:
        """What it may be, in words: "one of a, b"."""
        said = []
        if self.among:
            said.append(f"one of {', '.join(item or '(empty)' for item in self.among)}")
        if self.length:
            said.append(f"{self.length[0]} to {self.length[1]} characters long")
        if self.between:
            said.append(f"from {self.between[0]} to {self.between[1]}")
        if self.pattern:
            said.append(self.like)
        if self.network:
            said.append("an address block such as 172.16.0.0/16, without host bits")
        if self.regex:
            said.append("a regular expression")
        return " and ".join(said)

    def holds(self, value: Any) -> bool:
        """Whether the value is one of those."""
        text = str(value)
        known = [item.lower() for item in self.among] if self.any_case else self.among
        return (
            (not self.among or (text.lower() if self.any_case else text) in known)
            and (not self.length or self.length[0] <= len(text) <= self.length[1])
            and (not self.between or self.between[0] <= float(value) <= self.between[1])
            and (not self.pattern or re.search(self.pattern, text) is not None)
            and (not self.network or _is_network(text))
            and (not self.regex or _is_regex(text))
        )


def among(*choices: str, any_case: bool = False) -> Limit:
    """One of these texts."""
    return Limit(among=choices, any_case=any_case)


@dataclass(frozen=True)
class Together:
    """What several properties may be at once: ``kind`` is "at most one" or "at least one" of ``names``."""

    kind: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        """The rule in words."""
        return f"{self.kind} of {', '.join(self.names)}"

    def broken(self, said: Mapping[str, Any]) -> tuple[str, str] | None:
        """The property at fault and why, where these values break the rule. An unknown value counts as said."""
        given = [name for name in self.names if said.get(name) is not None]
        if self.kind == "at most one" and len(given) > 1:
            return given[0], f"{given[0]} excludes {', '.join(given[1:])}: give one of them"
        if self.kind == "at least one" and not given:
            return self.names[0], f"one of {', '.join(self.names)} is needed"
        return None


def conflict(*names: str) -> Together:
    """These exclude each other."""
    return Together("at most one", names)


def needed(*names: str) -> Together:
    """One of these, or more."""
    return Together("at least one", names)


def _is_network(text: str) -> bool:
    try:
        return str(ipaddress.ip_network(text)) == text
    except ValueError:
        return False


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
