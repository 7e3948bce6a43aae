"""RAM's own rules for what it is given: names, texts, documents, tags, pages.

Limits: https://www.alibabacloud.com/help/en/ram/product-overview/limits
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

from ... import json_text
from ...language import grammar
from ...language.text import Malformed
from ..call import Answer, Call
from ..errors import ApiError, invalid, missing

T = TypeVar("T")

NAMES: dict[str, tuple[str, int]] = {
    "RoleName": (r"[A-Za-z0-9.@\-]+", 64),
    "PolicyName": (r"[A-Za-z0-9\-]+", 128),
    "UserName": (r"[A-Za-z0-9._@\-]+", 64),
    "NewUserName": (r"[A-Za-z0-9._@\-]+", 64),
    "GroupName": (r"[A-Za-z0-9.\-]+", 64),
    "NewGroupName": (r"[A-Za-z0-9.\-]+", 64),
}
"""Parameter -> the characters it may have (as a whole) and how many."""

DOCUMENT_LENGTH = 6144
TEXT_LENGTH = 1024
TAGS_A_CALL = 20
NAMES_A_CALL = 50
TAGS_A_RESOURCE = 20


def name(call: Call, parameter: str) -> str:
    """A name that follows its grammar; ``InvalidParameter.<Name>.InvalidChars`` or ``.Length`` (400) otherwise."""
    value = call.params.required(parameter)
    pattern, length = NAMES[parameter]
    if len(value) > length:
        raise ApiError(
            f"InvalidParameter.{parameter}.Length", 400, f"The length of {parameter} is beyond the limit {length}."
        )
    if not re.fullmatch(pattern, value):
        raise ApiError(
            f"InvalidParameter.{parameter}.InvalidChars", 400, f"The parameter {parameter} contains invalid chars."
        )
    return value


def text(call: Call, parameter: str, length: int = TEXT_LENGTH) -> str | None:
    """A free text of at most ``length`` characters; ``None`` if it was not sent."""
    value = call.params.optional(parameter)
    if value is not None and len(value) > length:
        raise ApiError(
            f"InvalidParameter.{parameter}.Length", 400, f"The length of {parameter} is beyond the limit {length}."
        )
    return value


def document(call: Call, parameter: str, kind: Literal["permission", "trust"]) -> str:
    """The text of a policy document that follows the grammar; ``MalformedPolicyDocument`` otherwise."""
    value = call.params.required(parameter)
    if len(value) > DOCUMENT_LENGTH:
        raise ApiError(
            f"InvalidParameter.{parameter}.Length",
            400,
            f"The length of {parameter} is beyond the limit {DOCUMENT_LENGTH}.",
        )
    try:
        grammar.check(value, grammar.ALIBABA, kind, call.switches)
    except Malformed as error:
        raise ApiError(
            "MalformedPolicyDocument",
            call.switches.status("malformed-document-status"),
            f"The policy document is malformed: {error}",
        ) from error
    return value


def policy_type(call: Call, required: bool = True) -> str:
    """``System`` or ``Custom`` ("" where it may be left out)."""
    value = call.params.required("PolicyType") if required else call.params.text("PolicyType")
    if value not in ("System", "Custom") and (required or value):
        raise ApiError("InvalidParameter.PolicyType", 400, "The parameter PolicyType must be one of System, Custom.")
    return value


def tags(call: Call, required: bool = False) -> dict[str, str]:
    """The parameter ``Tag``: a JSON list of keys and values."""
    items = _objects(call, "Tag")
    if required and not items:
        raise missing("Tag")
    if len(items) > TAGS_A_CALL:
        raise ApiError("LimitExceeded.Tag", 409, f"No more than {TAGS_A_CALL} tags are allowed.")
    found: dict[str, str] = {}
    for item in items:
        key, value = item.get("Key", ""), item.get("Value", "")
        if not isinstance(key, str) or not 1 <= len(key) <= 128 or re.search(r"(?i)^aliyun|^acs:|https?://", key):
            raise invalid("Tag.Key", "InvalidParameter.TagKey")
        if not isinstance(value, str) or len(value) > 256 or re.match(r"(?i)https?://", value):
            raise invalid("Tag.Value", "InvalidParameter.TagValue")
        found[key] = value
    return found


def tag_filter(call: Call) -> dict[str, str | None]:
    """The parameter ``Tag`` of a list: keys, and the values they must have (``None``: any)."""
    return {str(item.get("Key", "")): item.get("Value") for item in _objects(call, "Tag")}


def has_tags(have: Mapping[str, str], wanted: Mapping[str, str | None]) -> bool:
    """Whether the tags that a thing has are those that a filter wants."""
    return all(key in have and value in (None, have[key]) for key, value in wanted.items())


def tag_list(have: Mapping[str, str]) -> Answer:
    """Tags as lists show them."""
    return {"Tag": [{"TagKey": key, "TagValue": value} for key, value in have.items()]}


def page(call: Call, found: Iterable[tuple[str, T]]) -> tuple[list[T], Answer]:
    """The part of ``found`` (key and thing, in order) that ``Marker`` and ``MaxItems`` ask for, and what to say of it.

    A marker names the last key of the page before; what was deleted meanwhile does not disturb it.
    """
    size = call.params.integer("MaxItems", 100, 1, 1000, code="InvalidParameter.MaxItems")
    marker = call.params.text("Marker")
    rest = sorted((pair for pair in found if pair[0] > marker), key=lambda pair: pair[0])
    answer: Answer = {"IsTruncated": len(rest) > size}
    if len(rest) > size:
        answer["Marker"] = rest[size - 1][0]
    return [thing for _, thing in rest[:size]], answer


def not_exist(entity: str, what: str) -> ApiError:
    """``EntityNotExist.<entity>`` (404)."""
    return ApiError(f"EntityNotExist.{entity}", 404, f"The {entity.split('.')[-1].lower()} not exists: {what}")


def already_exists(entity: str, what: str) -> ApiError:
    """``EntityAlreadyExists.<entity>`` (409). The message's words are those of the live service."""
    return ApiError(f"EntityAlreadyExists.{entity}", 409, f"The {entity.split('.')[-1].lower()} already exists:{what}")


def _objects(call: Call, parameter: str) -> list[dict[str, str | None]]:
    value = call.params.text(parameter)
    if not value:
        return []
    try:
        items = json_text.loads(value)
    except ValueError:
        items = None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid(parameter, f"InvalidParameter.{parameter}")
    return items
