"""What the catalogues are written in: a resource type as data.

Parameters have dotted names and plain values (``{"SystemDisk.Size": 40, "SecurityGroupIds": ["sg-1"]}``); each cloud's
``Api`` spells them as its wire does. In templates, texts have ``{name}`` places, filled from the resource's properties,
and its ``id``; a text that is one place and nothing else stands for the value as it is. A parameter that comes out
empty is left out of the call, as the real plugins leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from instance_role_sandbox.standin.limits import Limit, Together

Params = dict[str, Any]
Templates = Mapping[str, Any]


@dataclass(frozen=True)
class Property:
    """One input of a type, or one argument of a function.

    ``path`` is where the first read's answer holds its live value.
    """

    name: str
    param: str = ""
    path: str = ""
    kind: type = str  # str, int, float, bool, list (of texts), tuple (of maps) or dict (tags)
    required: bool = False
    replaces: bool = False  # the real plugin makes the resource anew
    fixed: bool = False  # the real plugin changes it in place, the stand-in does not
    default: Any = None
    fields: tuple[Property, ...] = ()  # of each map of a list of maps
    limit: Limit | None = None  # of the value, or of each entry of a list of texts
    most: int = 0  # entries of a list; 0: any number
    together: tuple[Together, ...] = ()  # what the fields of each map may be at once
    ordered: bool = False  # a list whose order means something
    always: bool = False  # in the creating call even when it is empty
    empty_is_unsaid: bool = False  # the real plugin takes an empty text as none at all


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
    """How properties are changed in place: calls made once, or once for each element added and removed of a list.

    With ``spelled`` the calls' own parameters say it all; else the changed properties are parameters of each call.
    """

    properties: tuple[str, ...]
    calls: tuple[Call, ...] = ()
    added: Call | None = None
    removed: Call | None = None
    spelled: bool = False


class Tagging(Protocol):
    """How resources of a kind are tagged."""

    def created(self, tags: Mapping[str, str]) -> Params:
        """What the creating call says of tags; nothing where it takes none, or where there are none."""
        ...

    def changed(
        self, resource_id: str, region: str, put: Mapping[str, str], removed: Sequence[str]
    ) -> Iterator[tuple[str, str, Params]]:
        """The calls, as product, action and parameters, that put tags on a resource and take others off."""
        ...


@dataclass(frozen=True)
class Mark:
    """How a resource is found by a tag, where the creating call takes no ClientToken. ``{mark}`` is the tag's value."""

    find: Call
    item: str  # path of the id in the answer


@dataclass(frozen=True)
class ResourceType:
    """A resource's whole life as data."""

    type: str  # as programs and URNs spell it
    title: str
    properties: tuple[Property, ...]
    create: Call
    created: str  # path of the id in the creating call's answer
    reads: tuple[Read, ...]  # the first says whether it exists
    ready: Mapping[str, str]  # output -> value that ends the wait after creation and after changes
    gone: frozenset[str]  # codes that say that it is not there
    changes: tuple[Change, ...]
    delete: Call
    busy: frozenset[str]  # codes of the deleting call that pass by themselves
    tagging: Tagging | None = None
    mark: Mark | None = None
    operating: Mapping[str, str] = field(default_factory=dict)  # path in the first read -> value while it is worked on
    failed: Mapping[str, str] = field(default_factory=dict)  # output -> value of one that will never be ready
    together: tuple[Together, ...] = ()  # what several properties may be at once
    source: str = ""  # the schema of the real plugin that the facts are from

    @property
    def namespace(self) -> str:
        """The plugin it is of."""
        return self.type.partition(":")[0]

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


_ONE_PLACE = re.compile(r"\{(\w+)\}")


class _Places(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return ""


def fill(templates: Templates, places: Mapping[str, Any]) -> Params:
    """The parameters with every place filled; empty ones left out."""
    filled = {param: _filled(template, places) for param, template in templates.items()}
    return {param: value for param, value in filled.items() if value not in (None, "")}


def _filled(template: Any, places: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        if one := _ONE_PLACE.fullmatch(template):
            return places.get(one[1], "")
        return template.format_map(_Places({name: text(value) for name, value in places.items()}))
    if isinstance(template, Mapping):
        return {name: _filled(item, places) for name, item in template.items()}
    return [_filled(item, places) for item in template] if isinstance(template, list) else template


def text(value: Any) -> str:
    """A value as text, in the APIs' spelling."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
