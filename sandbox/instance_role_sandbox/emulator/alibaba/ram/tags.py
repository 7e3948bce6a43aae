"""Tags of roles and policies."""

from __future__ import annotations

from dataclasses import replace

from ..call import Answer, Call
from ..errors import ApiError, missing
from . import checks, resources
from .product import RAM
from .records import POLICY, ROLE

_TYPES = ("role", "policy")


@RAM.action("TagResources", resources=resources.tagged)
def tag_resources(call: Call) -> Answer:
    """Set tags on up to 50 roles or policies. https://api.alibabacloud.com/document/Ram/2015-05-01/TagResources"""
    kind, names = _named(call, required=True)
    put = checks.tags(call, required=True)
    for name in names:
        tags = {**_tags(call, kind, name), **put}
        if len(tags) > checks.TAGS_A_RESOURCE:
            raise ApiError("LimitExceeded.Tag", 409, f"No more than {checks.TAGS_A_RESOURCE} tags are allowed.")
        _store(call, kind, name, tags)
    return {}


@RAM.action("UntagResources", resources=resources.tagged)
def untag_resources(call: Call) -> Answer:
    """Remove tags by key, or all of them. https://api.alibabacloud.com/document/Ram/2015-05-01/UntagResources"""
    kind, names = _named(call, required=True)
    keys = call.params.json_texts("TagKeys")
    everything = call.params.boolean("All")
    if not keys and not everything:
        raise missing("TagKeys")
    for name in names:
        kept = {key: value for key, value in _tags(call, kind, name).items() if not everything and key not in keys}
        _store(call, kind, name, kept)
    return {}


@RAM.action("ListTagResources", resources=resources.tagged)
def list_tag_resources(call: Call) -> Answer:
    """Tags of the named resources, or of all of a kind: one row for each tag, 100 a page.

    https://api.alibabacloud.com/document/Ram/2015-05-01/ListTagResources
    """
    kind, names = _named(call, required=False)
    wanted = checks.tag_filter(call)
    rows = []
    everything = call.table(ROLE).keys() if kind == "role" else call.table(POLICY).keys()
    for name in names or sorted(everything):
        tags = _tags(call, kind, name)
        if checks.has_tags(tags, wanted):
            rows += [
                {"ResourceName": name, "ResourceType": kind, "TagKey": key, "TagValue": value}
                for key, value in tags.items()
            ]
    size = call.params.integer("PageSize", 100, 1, 100)
    start = call.params.integer("NextToken", 0, 0, 10**9)
    more = {"NextToken": str(start + size)} if start + size < len(rows) else {}
    return {"TagResources": rows[start : start + size], **more}


def _named(call: Call, required: bool) -> tuple[str, list[str]]:
    kind = call.params.required("ResourceType")
    if kind not in _TYPES:
        raise ApiError("InvalidParameter.ResourceType", 400, f"ResourceType must be one of {', '.join(_TYPES)}.")
    names = call.params.json_texts("ResourceNames")
    if required and not names:
        raise missing("ResourceNames")
    if len(names) > checks.NAMES_A_CALL:
        raise ApiError("LimitExceeded.ResourceNames", 409, f"No more than {checks.NAMES_A_CALL} names are allowed.")
    return kind, names


def _tags(call: Call, kind: str, name: str) -> dict[str, str]:
    record = call.table(ROLE).get(name) if kind == "role" else call.table(POLICY).get(name)
    if record is None:
        raise checks.not_exist(kind.capitalize(), name)
    return record.tags


def _store(call: Call, kind: str, name: str, tags: dict[str, str]) -> None:
    if kind == "role":
        role = call.table(ROLE).get(name)
        if role is not None:
            call.table(ROLE).put(name, replace(role, tags=tags))
    else:
        policy = call.table(POLICY).get(name)
        if policy is not None:
            call.table(POLICY).put(name, replace(policy, tags=tags))
