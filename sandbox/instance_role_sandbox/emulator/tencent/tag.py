"""``tag`` (2018-08-13): tags put on and taken off by resource name: of CVM, VPC and CAM.

https://www.tencentcloud.com/document/product/651/35633 (ModifyResourceTags), 35635 (DescribeResourceTagsByResourceIds).
The account in a resource's name may be left out (``uin/``). Terraform's provider tags a role by its id, in no region;
CAM has tag actions of its own besides, and both act on the same tags.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .. import timeline
from ..state import Table
from .call import Answer, Call, Product
from .cam.records import ROLE
from .cvm.records import Instance
from .errors import ApiError
from .tagged import KINDS, NAME

TAG = Product("tag", "2018-08-13", regional=False)

_MOST = 50  # tags on one resource


def _resource(call: Call) -> Iterable[str]:
    return (call.text("Resource"),)


@TAG.action(
    "ModifyResourceTags",
    takes="Resource! ReplaceTags:[{TagKey! TagValue!}] DeleteTags:[{TagKey!}]",
    resources=_resource,
)
def modify_resource_tags(call: Call) -> Answer:
    """Put tags on a resource and take others off."""
    name = NAME.fullmatch(call.text("Resource"))
    if name is None or name["uin"] not in ("", call.uin):
        raise ApiError("InvalidParameterValue.ResourceDescriptionError", "The resource's name is not valid.")
    put = {one["TagKey"]: one["TagValue"] for one in call.params.get("ReplaceTags", ())}
    removed = {one["TagKey"] for one in call.params.get("DeleteTags", ())}
    if removed & set(put):
        raise ApiError("InvalidParameterValue.DeleteTagsParamError", "A tag is put on and taken off at once.")
    table = _table(call, name["service"], name["kind"], name["region"])
    key, record = _present(call, table, name["id"])
    if record is None:
        raise ApiError("FailedOperation", f"The resource {name['id']} does not exist.")
    tags = {key: value for key, value in {**record.tags, **put}.items() if key not in removed}
    if len(tags) > _MOST:
        raise ApiError("LimitExceeded.ResourceAttachedTags", f"A resource has at most {_MOST} tags.")
    table.put(key, replace(record, tags=tags))
    return {}


@TAG.action(
    "DescribeResourceTagsByResourceIds",
    takes="ServiceType! ResourcePrefix! ResourceIds!:[] ResourceRegion! Offset:int Limit:int",
    when_denied=lambda call: {"TotalCount": 0, "Offset": 0, "Limit": 15, "Tags": []},
)
def describe_resource_tags_by_resource_ids(call: Call) -> Answer:
    """The tags of resources of a kind; one that is not there has none."""
    offset, limit = call.integer("Offset"), call.integer("Limit", 15)
    table = _table(call, call.text("ServiceType"), call.text("ResourcePrefix"), call.text("ResourceRegion"))
    rows = [
        {"TagKey": key, "TagValue": value, "ResourceId": wanted, "Category": "Custom"}
        for wanted in call.texts("ResourceIds")
        if (record := _present(call, table, wanted)[1]) is not None
        for key, value in record.tags.items()
    ]
    return {"TotalCount": len(rows), "Offset": offset, "Limit": limit, "Tags": rows[offset : offset + limit]}


def _table(call: Call, service: str, kind: str, region: str) -> Table[Any]:
    found = KINDS.get((service, kind))
    if found is None:
        raise ApiError("InvalidParameterValue.ResourcePrefixInvalid", f"{service}:{kind} cannot be tagged here.")
    return call.table(found, region)


def _present(call: Call, table: Table[Any], wanted: str) -> tuple[str, Any]:
    """The record of that id and its key; ``None`` if there is none, or none any more (an instance is kept as gone)."""
    key = wanted
    if table.kind == ROLE.name:  # roles are kept by name
        key = next((name for name, role in table.items() if role.role_id == wanted), "")
    found = table.get(key)
    if isinstance(found, Instance) and timeline.at(found.timeline, call.now) == timeline.GONE:
        return key, None
    return key, found
