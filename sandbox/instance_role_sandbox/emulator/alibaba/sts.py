"""STS (2015-04-01): who is calling, and temporary credentials of a role.

Global identity; the credentials work for every product here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..clock import stamp
from ..language import grammar
from ..language.decide import Verdict, trusting
from ..language.text import Malformed
from .accounts import account_of, new_session, time_of
from .authorize import Refusal, denied
from .call import Answer, Call, Product
from .errors import ApiError
from .ram.records import ROLE, Role

STS = Product(
    "Sts",
    "2015-04-01",
    prefix="sts",
    regional=False,
    denied=("NoPermission", 403, "You are not authorized to do this action. You should be authorized by RAM."),
)

POLICY_LENGTH = 2048
SHORTEST = 900  # seconds
_ROLE_ARN = re.compile(r"acs:ram::(?P<account>\d+):role/(?P<name>[A-Za-z0-9.@\-]{1,64})", re.IGNORECASE)


@STS.action("GetCallerIdentity", permission=None)
def get_caller_identity(call: Call) -> Answer:
    """Whose credentials these are. https://api.alibabacloud.com/document/Sts/2015-04-01/GetCallerIdentity"""
    caller = call.caller
    answer: Answer = {
        "IdentityType": {"account": "Account", "user": "RAMUser", "role": "AssumedRoleUser"}[caller.kind],
        "AccountId": caller.account,
        "PrincipalId": caller.principal_id,
        "Arn": caller.arn,
    }
    if caller.kind == "role":
        return {**answer, "RoleId": caller.entity_id}
    return {**answer, "UserId": caller.entity_id or caller.account}


def _role_wanted(call: Call) -> Iterable[str]:
    return (call.params.text("RoleArn"),)


@STS.action("AssumeRole", resources=_role_wanted, writes=False)
def assume_role(call: Call) -> Answer:
    """Temporary credentials of a role that trusts the caller.

    https://api.alibabacloud.com/document/Sts/2015-04-01/AssumeRole

    The account's own key may not call it. A role that trusts services alone can be assumed by nobody here.
    """
    if call.caller.kind == "account":
        raise ApiError("NoPermission", 403, "Roles may not be assumed by root accounts.")
    match = _ROLE_ARN.fullmatch(call.params.required("RoleArn"))
    if match is None:
        raise ApiError("InvalidParameter.RoleArn", 400, "The parameter RoleArn is wrongly formed.")
    name = call.params.required("RoleSessionName")
    if not re.fullmatch(r"[A-Za-z0-9.@_\-]{2,64}", name):
        raise ApiError("InvalidParameter.RoleSessionName", 400, "The parameter RoleSessionName is wrongly formed.")
    restriction = _restriction(call)
    role = call.state.table(ROLE, match["account"]).get(match["name"])
    if role is None:
        raise ApiError("EntityNotExist.Role", 404, "The specified Role not exists.")
    seconds = call.params.integer(
        "DurationSeconds", 3600, SHORTEST, role.max_session, code="InvalidParameter.DurationSeconds"
    )
    holder = account_of(call.state, match["account"])
    trust = _trust(role, call)
    if holder is None or not trust.allowed:
        why = Refusal("ExplicitDeny" if trust.forbidden else "ImplicitDeny", "AssumeRolePolicy")
        raise denied(call.product.denied, call.caller, "sts:AssumeRole", why)
    session = new_session(
        call.state,
        match["account"],
        role=role.name,
        role_id=role.role_id,
        name=name,
        now=time_of(holder),  # a session ends by the clock of the account it is in
        seconds=seconds,
        restriction=restriction,
    )
    return {
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{match['account']}:role/{role.name}/{name}",
            "AssumedRoleId": f"{role.role_id}:{name}",
        },
        "Credentials": {
            "AccessKeyId": session.key_id,
            "AccessKeySecret": session.secret,
            "SecurityToken": session.token,
            "Expiration": stamp(session.expires),
        },
    }


def _restriction(call: Call) -> str:
    text = call.params.text("Policy")
    if len(text) > POLICY_LENGTH:
        raise ApiError("InvalidParameter.PolicySize", 400, "The size of Policy must be smaller than 2048 bytes.")
    if text:
        try:
            grammar.check(text, grammar.ALIBABA, "permission", call.switches)
        except Malformed as error:
            raise ApiError(
                "InvalidParameter.PolicyGrammar", 400, "The parameter Policy has not passed grammar check."
            ) from error
    return text


def _trust(role: Role, call: Call) -> Verdict:
    """Whether the role's trust document lets the caller assume it: some statement allows, and none denies."""
    caller = call.caller
    kind = "user" if caller.kind == "user" else "role"
    names = {f"acs:ram::{caller.account}:root", f"acs:ram::{caller.account}:{kind}/{caller.name}", "*"}
    context = {**call.context, "sts:ExternalId": call.params.text("ExternalId")}
    return trusting(role.trust, "RAM", names, context, grammar.ALIBABA, call.switches)
