"""System policies whose documents the clouds publish, as data with the page and the day each was read.

A cloud may change a system policy at any time; the day says how old the knowledge is, and ``--live`` asks the cloud. A
policy that is not listed is opaque, never guessed from its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Published:
    """A system policy as a page showed it on a day."""

    name: str
    url: str
    date: str
    document: Mapping[str, Any]


@cache
def published(cloud: str) -> Mapping[str, Published]:
    """The published system policies of a cloud, by name in lower case."""
    text = files(__package__).joinpath("system_policies.json").read_text(encoding="utf-8")
    listed: dict[str, list[dict[str, Any]]] = json.loads(text)
    return {one["name"].casefold(): Published(**one) for one in listed.get(cloud, ())}
