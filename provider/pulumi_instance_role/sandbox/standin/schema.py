"""What the catalogue is written in: a resource type as data.

Templates are texts with ``{name}`` places, filled from the resource's properties, its ``id`` and the ``region``; a
parameter whose text comes out empty is left out of the call, as the real plugin leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Templates = Mapping[str, str]


@dataclass(frozen=True)
class Property:
    """One input of a type. ``path`` is where the first read's answer holds its live value."""

    name: str
    param: str = ""
    path: str = ""
    kind: type = str  # str, int, bool, list (of texts) or dict (tags)
    required: bool = False
    replaces: bool = False  # the real plugin makes the resource anew
    fixed: bool = False  # the real plugin changes it in place, the stand-in does not
    default: Any = None


@dataclass(frozen=True)
class Call:
    """One API call. It is left out when one of ``needs`` is empty: there is nothing to say then."""

    product: str
    action: str
    params: Templates = field(default_factory=dict)
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """One reading call: where its answer holds the resource, and which outputs come from where in it."""

    call: Call
    item: str = ""
    outputs: Templates = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """How properties are changed in place: calls made once, or once for each element added and removed of a list."""

    properties: tuple[str, ...]
    calls: tuple[Call, ...] = ()
    added: Call | None = None
    removed: Call | None = None


@dataclass(frozen=True)
class Tagging:
    """How tags are changed: the product's own spelling of the actions and of the resource's kind."""

    product: str
    kind: str
    untag: str = "UntagResources"
    after_create: bool = False  # the creating call takes no tags


@dataclass(frozen=True)
class ResourceType:
    """A resource's whole life as data."""

    type: str  # as programs and URNs spell it
    title: str
    properties: tuple[Property, ...]
    create: Call
    created: str  # path of the id in the creating call's answer
    reads: tuple[Read, ...]  # the first says whether it exists
    ready: Mapping[str, str]  # output -> value that ends the wait after creation
    gone: frozenset[str]  # codes that say that it is not there
    changes: tuple[Change, ...]
    delete: Call
    busy: frozenset[str]  # codes of the deleting call that pass by themselves
    tagging: Tagging | None = None

    @property
    def outputs(self) -> frozenset[str]:
        """Names of everything a read of it gives."""
        named = {name for read in self.reads for name in read.outputs}
        return frozenset(named | {item.name for item in self.properties if item.path})


def pick(answer: Any, path: str) -> Any:
    """The value at a dotted path (numbers index lists), ``None`` when any step is missing."""
    for step in path.split(".") if path else ():
        if isinstance(answer, Mapping):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdigit() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer


class _Places(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return ""


def fill(templates: Templates, places: Mapping[str, Any]) -> dict[str, str]:
    """The parameters with every place filled; empty ones left out."""
    texts = _Places({name: text(value) for name, value in places.items()})
    filled = {param: template.format_map(texts) for param, template in templates.items()}
    return {param: value for param, value in filled.items() if value}


def text(value: Any) -> str:
    """A value in the spelling of the API's query."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
