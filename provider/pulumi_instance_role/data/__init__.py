"""The clouds' own words, as data with the pages that they are from.

Limits: the lists are not complete, and an API's name is usually, not always, the action's name in a policy. So they are
good for saying how much a pattern holds, never for refusing a name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def actions(cloud: str) -> Mapping[str, tuple[str, ...]]:
    """Service (in lower case) -> names of its actions, without the service; nothing for a cloud without a list."""
    file = files(__package__).joinpath(f"actions_{cloud}.json")
    if not file.is_file():
        return {}
    listed: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return {service: tuple(names) for service, names in listed.items()}
