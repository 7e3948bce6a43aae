"""Tags in requests: ``Tag.1.Key``, ``Tag.1.Value`` and the rules they must keep.

ECS and VPC have the same: at most 20 tags on a resource; a key of 1 to 128 characters, a
value of up to 128; neither may begin with ``acs:`` or ``aliyun``, nor hold ``http://`` or ``https://``.
"""

from __future__ import annotations

from collections.abc import Mapping

from .errors import ApiError
from .params import Params

MOST = 20


def sent(params: Params) -> dict[str, str]:
    """The tags a request sets, checked. Empty if it sets none."""
    found: dict[str, str] = {}
    for one in params.structures("Tag"):
        key, value = one.get("Key", ""), one.get("Value", "")
        if not 1 <= len(key) <= 128 or _forbidden(key):
            raise ApiError("InvalidTagKey.Malformed", 400, "The specified Tag.n.Key is not valid.")
        if len(value) > 128 or _forbidden(value):
            raise ApiError("InvalidTagValue.Malformed", 400, "The specified Tag.n.Value is not valid.")
        if key in found:
            raise ApiError("Duplicate.TagKey", 400, "The Tag.N.Key contain duplicate key.")
        found[key] = value
    if len(found) > MOST:
        raise ApiError("InvalidTagCount", 400, "The specified tags are beyond the permitted range.")
    return found


def added(present: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """``present`` with ``more`` over it; an error when that is too many for one resource."""
    merged = {**present, **more}
    if len(merged) > MOST:
        raise ApiError("OperationDenied.QuotaExceed", 400, "The quota of tags on resource is beyond permitted range.")
    return merged


def wanted(params: Params) -> list[tuple[str, str | None]]:
    """The tags a request filters by: pairs of key and value, ``None`` for any value."""
    return [(one["Key"], one.get("Value") or None) for one in params.structures("Tag") if one.get("Key")]


def carries(tags: Mapping[str, str], filters: list[tuple[str, str | None]]) -> bool:
    """Whether ``tags`` meet all of ``filters``."""
    return all(key in tags and value in (None, tags[key]) for key, value in filters)


def _forbidden(text: str) -> bool:
    lower = text.lower()
    return lower.startswith(("acs:", "aliyun")) or "http://" in lower or "https://" in lower
