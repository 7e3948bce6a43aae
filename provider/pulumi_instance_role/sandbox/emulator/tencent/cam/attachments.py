"""Policies on roles: attached, detached, listed; one policy a call."""

from __future__ import annotations

import json

from ...state import State
from .. import ids
from ..accounts import SecretKey, new_key, new_user, user_named
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .policies import custom
from .presets import PRESETS, preset_named
from .product import CAM
from .records import ATTACHMENT, POLICY, VERSION, Attachment, Policy, Role, Version
from .roles import existing, visible


def user_with_policies(state: State, account: str, name: str, documents: list[str], now: float) -> SecretKey:
    """Make a sub-account (if it is not there) with a policy for each document, and a key. Inside a transaction."""
    user = user_named(state, account, name) or new_user(state, account, name, now)
    for document in documents:
        policy = Policy(int(ids.digits(9)), f"{name}-{ids.text(8)}", now, now)
        state.table(POLICY, account).put(str(policy.policy_id), policy)
        version = Version(policy.policy_id, 1, json.dumps(json.loads(document)), now)
        state.table(VERSION, account).put(f"{policy.policy_id}:1", version)
        attachment = Attachment("user", user.uin, policy.policy_id, now)
        state.table(ATTACHMENT, account).put(f"user:{user.uin}:{policy.policy_id}", attachment)
    return new_key(state, account, user.uin, now)


@CAM.action(
    "AttachRolePolicy",
    takes="PolicyId:int PolicyName AttachRoleId AttachRoleName",
    rate=3,
    resources=resources.role,
)
def attach_role_policy(call: Call) -> Answer:
    """Put a policy on a role. https://www.tencentcloud.com/document/product/598/33562"""
    role = existing(call, "AttachRoleId", "AttachRoleName")
    policy_id = _policy(call)
    table, key = call.table(ATTACHMENT), _key(role, policy_id)
    if key in table:
        return _repeated(call)
    held = [one for one in table.values() if (one.holder_kind, one.holder) == ("role", role.role_id)]
    if len(held) >= call.switches.count("cam-quota-role-policies"):
        raise checks.refused("AttachmentFull", "The number of policies on the role has reached the upper limit.")
    table.put(key, Attachment("role", role.role_id, policy_id, call.now))
    return {}


@CAM.action(
    "DetachRolePolicy",
    takes="PolicyId:int PolicyName DetachRoleId DetachRoleName",
    rate=3,
    resources=resources.role,
)
def detach_role_policy(call: Call) -> Answer:
    """Take a policy off a role. https://www.tencentcloud.com/document/product/598/33556"""
    role = existing(call, "DetachRoleId", "DetachRoleName")
    table, key = call.table(ATTACHMENT), _key(role, _policy(call))
    if key not in table:
        return _repeated(call)
    table.delete(key)
    return {}


@CAM.action(
    "ListAttachedRolePolicies",
    takes="Page!:int Rp!:int RoleId RoleName PolicyType Keyword",
    rate=10,
    resources=resources.role,
)
def list_attached_role_policies(call: Call) -> Answer:
    """The policies of a role. https://www.tencentcloud.com/document/product/598/33555"""
    role = existing(call)
    kind, keyword = call.text("PolicyType"), call.text("Keyword").lower()
    if kind not in ("", "User", "QCS"):
        raise checks.refused("ParamError", "PolicyType is User or QCS.")
    rows = [
        _row(call, one)
        for one in call.table(ATTACHMENT).values()
        if (one.holder_kind, one.holder) == ("role", role.role_id) and visible(call, one.added)
    ]
    rows = [row for row in rows if kind in ("", row["PolicyType"]) and keyword in row["PolicyName"].lower()]
    return {"List": checks.page(call, rows), "TotalNum": len(rows)}


def _row(call: Call, one: Attachment) -> Answer:
    policy = PRESETS.get(one.policy_id) or call.table(POLICY).get(str(one.policy_id))
    return {
        "PolicyId": one.policy_id,
        "PolicyName": policy.name if policy else "",
        "AddTime": checks.stamp(one.added),
        "PolicyType": "QCS" if one.policy_id in PRESETS else "User",
        "CreateMode": 2,
        "Deactived": 0,
        "DeactivedDetail": [],
        "Description": policy.description if policy else "",
    }


def _policy(call: Call) -> int:
    """The policy that a call names, custom or preset."""
    if "PolicyId" not in call.params and not call.text("PolicyName"):
        raise checks.refused("ParamError", "One of PolicyId and PolicyName is required.")
    if call.integer("PolicyId") in PRESETS:
        return call.integer("PolicyId")
    preset = preset_named(call.text("PolicyName"))
    return preset.policy_id if preset and "PolicyId" not in call.params else custom(call).policy_id


def _key(role: Role, policy_id: int) -> str:
    return f"role:{role.role_id}:{policy_id}"


def _repeated(call: Call) -> Answer:
    """Attaching what is attached, detaching what is not."""
    if call.switches.text("cam-repeated-attachment") == "error":
        raise ApiError("FailedOperation", "The policy is attached already, or is not attached.")
    return {}
