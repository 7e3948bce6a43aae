"""STS (2018-08-13): who is calling, and temporary credentials of a role.

The credentials work for every product here, in every region.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from ..accounts import account_of, time_of
from ..clock import stamp
from ..language.decide import trusting
from ..language.grammar import TENCENT, check
from ..language.text import Malformed
from .accounts import OWNER, new_session
from .call import Answer, Call, Product
from .cam.records import ROLE, Role
from .errors import ApiError, missing

STS = Product("sts", "2018-08-13", regional=False)

LONGEST = 43200  # seconds
POLICY_LENGTH = 6144
_ROLE_ARN = re.compile(
    r"qcs::cam::uin/(?P<uin>\d+):"
    r"(roleName/(?P<name>.+)|role/tencentcloudServiceRoleName/(?P<linked>.+)|role/(?P<id>\d+))"
)


@STS.action("GetCallerIdentity", rate=20, permission=None)
def get_caller_identity(call: Call) -> Answer:
    """Whose credentials these are. https://www.tencentcloud.com/document/product/1150/49455"""
    caller = call.caller
    is_role = caller.kind == "role"
    return {
        "Arn": caller.arn,
        "AccountId": call.uin,
        "UserId": f"{caller.holder}:{caller.session}" if is_role else caller.holder,
        "PrincipalId": call.uin if is_role else caller.holder,
        "Type": "CAMRole" if is_role else "CAMUser",
    }


def _role_wanted(call: Call) -> Iterable[str]:
    return (call.text("RoleArn"),)


@STS.action(
    "AssumeRole",
    takes="RoleArn! RoleSessionName! DurationSeconds:int Policy ExternalId Tags:[{Key! Value}] SourceIdentity"
    " SerialNumber TokenCode",
    rate=600,
    resources=_role_wanted,
    writes=False,
    asks_region=True,
)
def assume_role(call: Call) -> Answer:
    """Temporary credentials of a role that trusts the caller.

    https://www.tencentcloud.com/document/product/1150/49452: of STS, the one action here that wants a region. A role
    that trusts services alone can be assumed by nobody here.
    """
    match = _ROLE_ARN.fullmatch(call.text("RoleArn"))
    if match is None:
        raise ApiError("InvalidParameter.ParamError", "The parameter RoleArn is not valid.")
    if not call.text("RoleSessionName"):
        raise missing("RoleSessionName")
    if not re.fullmatch(r"[\w+=,.@_-]{2,128}", call.text("RoleSessionName"), re.ASCII):
        raise ApiError("InvalidParameter.ParamError", "The parameter RoleSessionName is not valid.")
    seconds = call.integer("DurationSeconds", 7200)
    if not 1 <= seconds <= LONGEST:
        raise ApiError("InvalidParameter.OverTimeError", f"DurationSeconds is at most {LONGEST}.")
    restriction = _restriction(call)
    account, role = _role(call, match)
    if role.session and "DurationSeconds" in call.params and seconds > role.session:
        raise ApiError("InvalidParameter.OverTimeError", f"The role's sessions last at most {role.session} seconds.")
    holder = account_of(call.state, account)
    if holder is None or not _trusts(role, call):
        raise ApiError("UnauthorizedOperation", "The caller is not authorized to assume the role.")
    session = new_session(
        call.state,
        account,
        role_id=role.role_id,
        name=call.text("RoleSessionName"),
        now=time_of(holder),  # a session ends by the clock of the account it is in
        seconds=seconds,
        restriction=restriction,
    )
    return {
        "Credentials": {
            "Token": session.token,
            "TmpSecretId": session.secret_id,
            "TmpSecretKey": session.secret_key,
        },
        "ExpiredTime": int(session.expires),
        "Expiration": stamp(session.expires),
    }


def _role(call: Call, match: re.Match[str]) -> tuple[str, Role]:
    place = call.state.find(OWNER, match["uin"])
    if place is None:
        raise ApiError("InvalidParameter.AccountNotAvaliable", "The account is not available.")
    account, name = place[0].account, match["name"] or match["linked"]
    roles = call.state.table(ROLE, account)
    role = roles.get(name) if name else next((one for one in roles.values() if one.role_id == match["id"]), None)
    if role is None:
        raise ApiError("ResourceNotFound.RoleNotFound", "The role is not found.")
    return account, role


def _restriction(call: Call) -> str:
    text = unquote(call.text("Policy"))
    if len(text) > POLICY_LENGTH:
        raise ApiError("InvalidParameter.PolicyTooLong", f"The policy is longer than {POLICY_LENGTH} characters.")
    if text:
        try:
            check(text, TENCENT, "permission", call.switches)
        except Malformed as error:
            raise ApiError("InvalidParameter.StrategyInvalid", f"The policy is not valid: {error}") from error
    return text


def _trusts(role: Role, call: Call) -> bool:
    """Whether the role's trust document lets the caller assume it: some statement allows, and none denies."""
    # The account's own number is another way to write its root.
    names = {f"qcs::cam::uin/{call.uin}:root", f"qcs::cam::uin/{call.uin}:uin/{call.uin}", "*"}
    if call.caller.kind == "user":
        names.add(f"qcs::cam::uin/{call.uin}:uin/{call.caller.holder}")
    context = {**call.context, "sts:external_id": call.text("ExternalId")}
    return trusting(role.document, "qcs", names, context, TENCENT, call.switches).allowed
