"""Tags on VPCs and vSwitches: https://help.aliyun.com/document_detail/448545.html (TagResources) and beside it.

The service spells it UnTagResources (ECS and RAM: UntagResources), and writes tags as Key and Value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .. import pages, tags
from ..call import Answer, Call
from ..errors import ApiError, missing
from .product import VPC, networks, vswitches
from .records import NETWORK, VSWITCH, Vpc, VSwitch

_MOST_IDS = 50
_KINDS = ("VPC", "VSWITCH")


@VPC.action("TagResources", resources=lambda call: _resources(call))
def tag_resources(call: Call) -> Answer:
    """Set tags on up to 50 resources of one type."""
    more = tags.sent(call.params)
    if not more:
        raise missing("Tag")
    for key in _asked(call):
        _put(call, key, tags.added(_found(call)[key].tags, more))
    return {}


@VPC.action("UnTagResources", resources=lambda call: _resources(call))
def untag_resources(call: Call) -> Answer:
    """Take tags off up to 50 resources: those of ``TagKey.N``, or all with ``All``."""
    keys = call.params.numbered("TagKey")
    everything = call.params.boolean("All") and not keys
    if not keys and not everything:
        raise missing("TagKey")
    for key in _asked(call):
        left = {} if everything else {k: v for k, v in _found(call)[key].tags.items() if k not in keys}
        _put(call, key, left)
    return {}


@VPC.action("ListTagResources")
def list_tag_resources(call: Call) -> Answer:
    """List tags, by resource or by tag."""
    kind = _kind(call)
    ids = call.params.numbered("ResourceId")
    filters = tags.wanted(call.params)
    rows = [
        {"ResourceType": kind, "ResourceId": resource_id, "TagKey": key, "TagValue": value}
        for resource_id, found in _found(call).items()
        if (not ids or resource_id in ids) and tags.carries(found.tags, filters)
        for key, value in found.tags.items()
    ]
    page, token = pages.tokened(call.params, rows, limit=50, default=50)
    return {"TagResources": {"TagResource": page}, "NextToken": "", **token}


def _kind(call: Call) -> str:
    kind = call.params.required("ResourceType").upper()
    if kind not in _KINDS:
        raise ApiError("InvalidResourceType.NotFound", 404, "The ResourceType provided does not exist in our records.")
    return kind


def _resources(call: Call) -> Iterable[str]:
    kind = call.params.text("ResourceType").lower()
    ids = call.params.numbered("ResourceId") or ["*"]
    return (f"acs:vpc:{call.region}:{call.account}:{kind}/{one}" for one in ids)


def _found(call: Call) -> dict[str, Vpc] | dict[str, VSwitch]:
    return networks(call) if _kind(call) == "VPC" else vswitches(call)


def _asked(call: Call) -> list[str]:
    """The ids the request names: at most 50, all there."""
    ids = call.params.numbered("ResourceId")
    if not ids:
        raise missing("ResourceId")
    if len(ids) > _MOST_IDS:
        raise ApiError("InvalidParameter.TooManyResourceIds", 400, f"At most {_MOST_IDS} resource ids are allowed.")
    found = _found(call)
    if any(one not in found for one in ids):
        raise ApiError("InvalidResourceId.NotFound", 404, "The specified ResourceIds are not found in our records.")
    return ids


def _put(call: Call, key: str, labels: dict[str, str]) -> None:
    found = _found(call)[key]
    if isinstance(found, Vpc):
        call.table(NETWORK).put(key, replace(found, tags=labels))
    else:
        call.table(VSWITCH).put(key, replace(found, tags=labels))
