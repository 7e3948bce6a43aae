"""TagResources, UntagResources and ListTagResources, which ECS and VPC have alike.

A product names its types of resource and how to read and write the tags of each; this module makes the three actions
of them. What differs besides is data: the case of type names, and how the product spells its second action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from . import pages, tags
from .call import Answer, Call, Handler, Product
from .errors import ApiError, missing
from .regional import arn

MOST_IDS = 50


@dataclass(frozen=True)
class Taggable:
    """The tags of one type of resource: read all, by resource id, and write those of one."""

    read: Callable[[Call], Mapping[str, dict[str, str]]]
    write: Callable[[Call, str, dict[str, str]], None]


@dataclass(frozen=True)
class Types:
    """A product's types of resource by name. ``untaggable`` are types that exist but have no tags here."""

    taggable: Mapping[str, Taggable]
    untaggable: frozenset[str] = frozenset()

    def named(self, text: str) -> str:
        """The type's name as the product writes it, for any case; ``InvalidResourceType.NotFound`` (404) if unknown."""
        for name in (*self.taggable, *self.untaggable):
            if name.lower() == text.lower():
                return name
        raise ApiError("InvalidResourceType.NotFound", 404, "The ResourceType provided does not exist in our records.")

    def tags_of(self, call: Call, name: str) -> Mapping[str, dict[str, str]]:
        """The tags of all resources of a type, by resource id."""
        return self.taggable[name].read(call) if name in self.taggable else {}


def offer(product: Product, types: Types, untag: str = "UntagResources", when_denied: Handler | None = None) -> None:
    """Register the three actions on ``product``; ``when_denied`` answers readers without permission."""

    def on_resources(call: Call) -> Iterable[str]:
        kind = call.params.text("ResourceType").lower()
        ids = call.params.numbered("ResourceId") or ["*"]
        return [arn(call, kind, one) for one in ids]

    def tag(call: Call) -> Answer:
        kind = _kind(call, types)
        more = tags.sent(call.params)
        if not more:
            raise missing("Tag")
        known = kind.read(call)
        for key in _asked(call, known):
            kind.write(call, key, tags.added(known[key], more))
        return {}

    def take_off(call: Call) -> Answer:
        kind = _kind(call, types)
        keys = call.params.numbered("TagKey")
        everything = call.params.boolean("All") and not keys
        if not keys and not everything:
            raise missing("TagKey")
        known = kind.read(call)
        for key in _asked(call, known):
            kind.write(call, key, {} if everything else {k: v for k, v in known[key].items() if k not in keys})
        return {}

    def list_them(call: Call) -> Answer:
        name = types.named(call.params.required("ResourceType"))
        ids = call.params.numbered("ResourceId")
        filters = tags.wanted(call.params)
        rows = [
            {"ResourceType": name, "ResourceId": resource_id, "TagKey": key, "TagValue": value}
            for resource_id, labels in types.tags_of(call, name).items()
            if (not ids or resource_id in ids) and tags.carries(labels, filters)
            for key, value in labels.items()
        ]
        page, token = pages.tokened(call.params, rows, limit=50, default=50)
        return {"TagResources": {"TagResource": page}, "NextToken": "", **token}

    product.action("TagResources", resources=on_resources)(tag)
    product.action(untag, resources=on_resources)(take_off)
    product.action("ListTagResources", when_denied=when_denied)(list_them)


def _kind(call: Call, types: Types) -> Taggable:
    name = types.named(call.params.required("ResourceType"))
    if name not in types.taggable:
        raise ApiError("InvalidResourceId.NotSupported", 403, "The specified ResourceId does not support tagging.")
    return types.taggable[name]


def _asked(call: Call, known: Mapping[str, object]) -> list[str]:
    """The ids the request names: at most 50, all there."""
    ids = list(dict.fromkeys(call.params.numbered("ResourceId")))
    if not ids:
        raise missing("ResourceId")
    if len(ids) > MOST_IDS:
        raise ApiError("InvalidParameter.TooManyResourceIds", 400, f"At most {MOST_IDS} resource ids are allowed.")
    if any(one not in known for one in ids):
        raise ApiError("InvalidResourceId.NotFound", 404, "The specified ResourceIds are not found in our records.")
    return ids
