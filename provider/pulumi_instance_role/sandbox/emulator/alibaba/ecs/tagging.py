"""Tags on instances, security groups, disks and network interfaces.

https://help.aliyun.com/document_detail/110424.html (TagResources) and the pages beside it. ECS writes tags as TagKey
and TagValue, and spells it UntagResources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from .. import pages, tags
from ..call import Answer, Call
from ..errors import ApiError, missing
from . import disks, interfaces
from .facts import present
from .groups import put
from .product import ECS, group, instance, keep, nothing
from .records import GROUP

_MOST_IDS = 50
_UNTAGGABLE = ("image", "snapshot", "keypair", "volume", "ddh", "launchtemplate", "snapshotpolicy", "reservedinstance")


@dataclass(frozen=True)
class _Taggable:
    """How to read and write the tags of one type of resource."""

    read: Callable[[Call], Mapping[str, dict[str, str]]]
    write: Callable[[Call, str, dict[str, str]], None]


def _tag_instance(call: Call, key: str, labels: dict[str, str]) -> None:
    keep(call, replace(instance(call, key), tags=labels))


def _tag_group(call: Call, key: str, labels: dict[str, str]) -> None:
    put(call, replace(group(call, key), tags=labels))


_TYPES: dict[str, _Taggable] = {
    "instance": _Taggable(lambda call: {key: one.tags for key, one in present(call).items()}, _tag_instance),
    "securitygroup": _Taggable(lambda call: {key: one.tags for key, one in call.table(GROUP).items()}, _tag_group),
    "disk": _Taggable(disks.tagged, disks.tag),
    "eni": _Taggable(interfaces.tagged, interfaces.tag),
}


def _on_resources(call: Call) -> Iterable[str]:
    kind = call.params.text("ResourceType").lower()
    ids = call.params.numbered("ResourceId") or ["*"]
    return [f"acs:ecs:{call.region}:{call.account}:{kind}/{one}" for one in ids]


@ECS.action("TagResources", resources=_on_resources)
def tag_resources(call: Call) -> Answer:
    """Set tags on up to 50 resources of one type."""
    kind = _kind(call)
    more = tags.sent(call.params)
    if not more:
        raise missing("Tag")
    known = kind.read(call)
    for key in _asked(call, known):
        kind.write(call, key, tags.added(known[key], more))
    return {}


@ECS.action("UntagResources", resources=_on_resources)
def untag_resources(call: Call) -> Answer:
    """Take tags off up to 50 resources: those of ``TagKey.N``, or all with ``All``."""
    kind = _kind(call)
    keys = call.params.numbered("TagKey")
    everything = call.params.boolean("All") and not keys
    if not keys and not everything:
        raise missing("TagKey")
    known = kind.read(call)
    for key in _asked(call, known):
        kind.write(call, key, {} if everything else {k: v for k, v in known[key].items() if k not in keys})
    return {}


@ECS.action("ListTagResources", when_denied=nothing("TagResources", "TagResource"))
def list_tag_resources(call: Call) -> Answer:
    """List tags, by resource or by tag."""
    name = call.params.required("ResourceType").lower()
    ids = call.params.numbered("ResourceId")
    filters = tags.wanted(call.params)
    rows = [
        {"ResourceType": name, "ResourceId": resource_id, "TagKey": key, "TagValue": value}
        for resource_id, labels in _readable(call, name).items()
        if (not ids or resource_id in ids) and tags.carries(labels, filters)
        for key, value in labels.items()
    ]
    page, token = pages.tokened(call.params, rows, limit=50, default=50)
    return {"TagResources": {"TagResource": page}, "NextToken": "", **token}


@ECS.action("DescribeTags", when_denied=nothing("Tags", "Tag"))
def describe_tags(call: Call) -> Answer:
    """List distinct tags, of one resource, one type or all. document_detail/25614."""
    asked = call.params.text("ResourceType").lower()
    wanted = call.params.text("ResourceId")
    filters = tags.wanted(call.params)
    found: dict[tuple[str, str], None] = {}
    for name in [asked] if asked else list(_TYPES):
        for resource_id, labels in _readable(call, name).items():
            if wanted in ("", resource_id):
                found |= {pair: None for pair in labels.items() if tags.carries(dict([pair]), filters)}
    rows = [{"TagKey": key, "TagValue": value} for key, value in found]
    page, counts = pages.numbered(call.params, rows, limit=100, default=50)
    return {"Tags": {"Tag": page}, **counts}


def _readable(call: Call, name: str) -> Mapping[str, dict[str, str]]:
    """The tags of a type of resource; types that exist but have no tags here have none."""
    if name in _TYPES:
        return _TYPES[name].read(call)
    if name in _UNTAGGABLE:
        return {}
    raise ApiError("InvalidResourceType.NotFound", 404, "The ResourceType provided does not exist in our records.")


def _kind(call: Call) -> _Taggable:
    name = call.params.required("ResourceType").lower()
    if name in _UNTAGGABLE:
        raise ApiError("InvalidResourceId.NotSupported", 403, "The specified ResourceId does not support tagging.")
    _readable(call, name)
    return _TYPES[name]


def _asked(call: Call, known: Mapping[str, object]) -> list[str]:
    """The ids the request names: at most 50, all there."""
    ids = list(dict.fromkeys(call.params.numbered("ResourceId")))
    if not ids:
        raise missing("ResourceId")
    if len(ids) > _MOST_IDS:
        raise ApiError("InvalidParameter.TooManyResourceIds", 400, f"At most {_MOST_IDS} resource ids are allowed.")
    if any(one not in known for one in ids):
        raise ApiError("InvalidResourceId.NotFound", 404, "The specified ResourceIds are not found in our records.")
    return ids
