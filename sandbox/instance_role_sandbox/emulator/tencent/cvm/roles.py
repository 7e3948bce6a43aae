"""The role an instance is given: is it there, of the kind said, does it trust CVM, may the caller pass it on?"""

from __future__ import annotations

import re

from ...language.decide import trusting
from ...language.grammar import TENCENT
from ..authorize import denied
from ..call import Call
from ..cam.view import role_arn, role_for_cvm
from ..errors import ApiError, invalid

SERVICE = "cvm.qcloud.com"
OTHER_SPELLING = "cvm.cloud.tencent.com"
_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,128}")
_TYPES = ("user", "system", "service_linked")


def chosen(call: Call) -> dict[str, str]:
    """The role that ``CamRoleName`` names, as fields of an instance (empty ones for "").

    ``AuthFailure.CamRoleNameAuthenticateFailed`` when CVM cannot use it. ``CamRoleType``, where the action takes it,
    has to be the role's own type.
    """
    name, kind = call.text("CamRoleName"), call.text("CamRoleType", "user")
    if kind not in _TYPES:
        raise invalid("CamRoleType")
    if not name:
        return {"role": "", "role_id": ""}
    if not _NAME.fullmatch(name):
        raise ApiError("InvalidParameterValue.CamRoleNameMalformed", f"The CamRoleName `{name}` is malformed.")
    found = role_for_cvm(call, name)
    if found is None:
        raise _unusable(name)
    role, document = found
    declared = "CamRoleType" in call.action.takes.fields
    if (declared and role.type != kind) or not _trusted(call, document, role.type):
        raise _unusable(name)
    refusal = call.switches.text("cvm-pass-role")
    resource = role_arn(call.uin, role)
    if refusal != "ignored" and not call.may("cam:PassRole", resource):
        if refusal == "CamRoleNameAuthenticateFailed":
            raise _unusable(name)
        raise denied(refusal, call.request_id, "cam:PassRole", resource)
    return {"role": role.name, "role_id": role.role_id}


def _trusted(call: Call, document: str, kind: str) -> bool:
    other = call.switches.on("cvm-other-principal") or kind == "service_linked"
    names = {SERVICE, *((OTHER_SPELLING,) if other else ())}
    return any(trusting(document, "service", {name}, None, TENCENT, call.switches).allowed for name in names)


def _unusable(name: str) -> ApiError:
    return ApiError(
        "AuthFailure.CamRoleNameAuthenticateFailed", f"The specified CamRoleName {name} authenticate failed."
    )
