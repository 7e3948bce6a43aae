"""What CAM refuses: names, documents, tags, pages; each with CAM's own code.

https://www.tencentcloud.com/document/product/598/33168 lists the codes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from ...language.grammar import TENCENT, Kind, Rule, check
from ...language.text import Malformed, compact
from ..accounts import OWNER, USER
from ..call import Answer, Call
from ..errors import ApiError

T = TypeVar("T")
DESCRIPTION_BYTES = 300
_SLASHES = re.compile(r"\\.|/", re.DOTALL)
DOCUMENT_LENGTH = 6144
TAGS = 50
_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,128}")
# https://www.tencentcloud.com/document/product/651/13354 and 651/33015. CAM's pages say nothing of their own.
_RESERVED_TAG = re.compile("qcs:|project|\u9879\u76ee|(qcloud|tencent)$")
_WIDE = "\u3010\u3011\uff08\uff09\uff1a\uff0b\uff0d\uff1d\uff0f\uff20"
_TAG_TEXT = re.compile(rf"(?!\s)[\w +=.:/@()\[\],;><{_WIDE}-]+(?<!\s)")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(qcloud\.com|tencent\.com|tencentcloud\.com)")
_ROOT = re.compile(r"(?P<account>qcs::cam::uin/(?P<uin>\d+)):root\b")
_ENTITY = re.compile(r"qcs::cam::uin/(?P<uin>\d+):(root|uin/(?P<user>\d+))")
_CODES = {
    "version": "VersionError",
    "effect": "EffectError",
    "action": "ActionError",
    "principal": "PrincipalError",
    "resource": "ResourceError",
    "condition": "ConditionError",
    "statement": "StatementError",
}


def refused(code: str, message: str) -> ApiError:
    """An error of the family most of CAM's belong to."""
    return ApiError(f"InvalidParameter.{code}", message)


def name(call: Call, parameter: str, code: str) -> str:
    """A role's or policy's name."""
    found = call.text(parameter)
    if not _NAME.fullmatch(found):
        raise refused(code, f"The {parameter} `{found}` is not valid: 1 to 128 letters, digits and +=,.@_- .")
    return found


def description(call: Call) -> str:
    """A description of at most 300 bytes."""
    found = call.text("Description")
    if len(found.encode()) > DESCRIPTION_BYTES:
        raise refused("DescriptionLengthOverlimit", f"The description is longer than {DESCRIPTION_BYTES} bytes.")
    return found


def remark(call: Call, present: str = "") -> str:
    """What a sub-account or group is for; ``present`` when it was not sent."""
    return call.text("Remark", present)


def trust_document(call: Call, text: str) -> str:
    """A role's trust document, as it is stored. Services and accounts it names have to be."""
    for statement in _document(call, text, "trust"):
        for service in statement.principals.get("service", ()):
            if not _SERVICE.fullmatch(service):
                raise refused("PrincipalServiceNotExist", f"The service `{service}` does not exist.")
        for entity in statement.principals.get("qcs", ()):
            _check_entity(call, entity)
    return _stored(call, text)


def permission_document(call: Call, text: str) -> str:
    """A policy's document, as it is stored."""
    _document(call, text, "permission")
    return _stored(call, text)


def tags(sent: Sequence[Mapping[str, str]], present: Mapping[str, str] | None = None) -> dict[str, str]:
    """Tags over those that are there."""
    found = dict(present or {})
    for one in sent:
        key, value = one.get("Key", ""), one.get("Value", "")
        shaped = _TAG_TEXT.fullmatch(key) and _TAG_TEXT.fullmatch(value)
        if not shaped or len(key) > 127 or len(value) > 255 or _RESERVED_TAG.match(key):
            raise refused("TagParamError", "The tag is not valid.")
        found[key] = value
    if len(found) > TAGS:
        raise refused("TagLimitExceeded", f"More than {TAGS} tags.")
    return found


def page(call: Call, rows: Sequence[T], default: int = 20) -> list[T]:
    """The rows of the page that ``Page`` (from 1) and ``Rp`` (1 to 200) ask for; none past the end."""
    number, size = call.integer("Page", 1), call.integer("Rp", default)
    if number < 1 or not 1 <= size <= 200:
        raise refused("ParamError", "Page counts from 1 and Rp is from 1 to 200.")
    return list(rows[(number - 1) * size : number * size])


def shown_tags(tags: Mapping[str, str]) -> list[Answer]:
    """Tags as the API shows them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def stamp(moment: float) -> str:
    """``moment`` as CAM writes most times: ``2019-07-10 11:22:27``."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def escaped(document: str) -> str:
    """A document as GetPolicy returns it: with its slashes escaped, those too that were given so."""
    return _SLASHES.sub(lambda found: "\\/" if found[0] == "/" else found[0], document)


def _document(call: Call, text: str, kind: Kind) -> tuple[Rule, ...]:
    if len(text) > DOCUMENT_LENGTH:
        raise refused("PolicyDocumentLengthOverLimit", f"The document is longer than {DOCUMENT_LENGTH} characters.")
    try:
        return check(text, TENCENT, kind, call.switches)
    except Malformed as error:
        none = "StatementError" if kind == "trust" else "PolicyDocumentError"
        raise refused(_CODES.get(error.element, none), f"The policy document is not valid: {error}") from error


def _stored(call: Call, text: str) -> str:
    """The text CAM keeps: as it came, or with lists where one text was given, as a switch says."""
    form = call.switches.text("cam-document-form")
    if form == "verbatim":
        return text
    document = json.loads(text)
    statements = document["statement"]
    listed = statements if isinstance(statements, list) else [statements]
    kept = compact({**document, "statement": [_with_lists(one) for one in listed]})
    return _ROOT.sub(r"\g<account>:uin/\g<uin>", kept) if form == "rewritten" else kept


def _with_lists(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement with a list for every element that may have several values."""
    found = dict(statement)
    for element, value in statement.items():
        if element in ("action", "resource"):
            found[element] = _listed(value)
        elif element == "principal":
            found[element] = {kind: _listed(names) for kind, names in value.items()}
        elif element == "condition" and value:
            found[element] = {
                operator: {key: _listed(values) for key, values in keys.items()} for operator, keys in value.items()
            }
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_entity(call: Call, entity: str) -> None:
    found = _ENTITY.fullmatch(entity)
    if found is None:
        raise refused("PrincipalError", f"The principal `{entity}` is not valid.")
    place = call.state.find(OWNER, found["uin"])
    if place is None or (found["user"] and found["user"] not in call.state.table(USER, place[0].account)):
        raise refused("PrincipalQcsNotExist", f"The principal `{entity}` does not exist.")
