"""Policies on roles, sub-accounts and groups: attached, detached, listed; one policy a call."""

from __future__ import annotations

from dataclasses import dataclass

from ..accounts import USER
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .policies import custom
from .presets import PRESETS, preset_named
from .product import CAM
from .records import ATTACHMENT, GROUP, MEMBER, POLICY, Attachment
from .roles import existing, visible
from .users import not_exist


@dataclass(frozen=True)
class _Holder:
    """What a policy is attached to: the word in keys, and its id there."""

    kind: str
    holder: str


def put(call: Call, holder: _Holder) -> Answer:
    """Attach the policy that the call names."""
    policy_id = _policy(call)
    table, key = call.table(ATTACHMENT), _key(holder, policy_id)
    if key in table:
        return repeated(call)
    if len(_of(call, holder)) >= call.switches.count("cam-quota-role-policies"):
        raise checks.refused("AttachmentFull", f"The number of policies on the {holder.kind} is at its upper limit.")
    table.put(key, Attachment(holder.kind, holder.holder, policy_id, call.now))
    return {}


def take(call: Call, holder: _Holder) -> Answer:
    """Detach the policy that the call names."""
    table, key = call.table(ATTACHMENT), _key(holder, _policy(call))
    if key not in table:
        return repeated(call)
    table.delete(key)
    return {}


def repeated(call: Call) -> Answer:
    """Attaching what is attached, detaching what is not; joining or leaving a group that one is in, or not."""
    if call.switches.text("cam-repeated-attachment") == "error":
        raise ApiError("FailedOperation", "It is so already.")
    return {}


# -- roles -----------------------------------------------------------------------------------------------------
@CAM.action(
    "AttachRolePolicy",
    takes="PolicyId:int PolicyName AttachRoleId AttachRoleName",
    rate=3,
    resources=resources.role,
)
def attach_role_policy(call: Call) -> Answer:
    """Put a policy on a role. https://www.tencentcloud.com/document/product/598/33562"""
    return put(call, _Holder("role", existing(call, "AttachRoleId", "AttachRoleName").role_id))


@CAM.action(
    "DetachRolePolicy",
    takes="PolicyId:int PolicyName DetachRoleId DetachRoleName",
    rate=3,
    resources=resources.role,
)
def detach_role_policy(call: Call) -> Answer:
    """Take a policy off a role. https://www.tencentcloud.com/document/product/598/33556"""
    return take(call, _Holder("role", existing(call, "DetachRoleId", "DetachRoleName").role_id))


@CAM.action(
    "ListAttachedRolePolicies",
    takes="Page!:int Rp!:int RoleId RoleName PolicyType Keyword",
    rate=10,
    resources=resources.role,
)
def list_attached_role_policies(call: Call) -> Answer:
    """The policies of a role. https://www.tencentcloud.com/document/product/598/33555"""
    holder = _Holder("role", existing(call).role_id)
    kind, keyword = call.text("PolicyType"), call.text("Keyword").lower()
    if kind not in ("", "User", "QCS"):
        raise checks.refused("ParamError", "PolicyType is User or QCS.")
    rows = [{**_row(call, one), "Description": _described(call, one.policy_id)} for one in _of(call, holder, seen=True)]
    rows = [row for row in rows if kind in ("", row["PolicyType"]) and keyword in row["PolicyName"].lower()]
    return {"List": checks.page(call, rows), "TotalNum": len(rows)}


# -- sub-accounts ----------------------------------------------------------------------------------------------
@CAM.action("AttachUserPolicy", takes="PolicyId!:int AttachUin!:int", rate=20, resources=resources.user)
def attach_user_policy(call: Call) -> Answer:
    """Put a policy on a sub-account. https://www.tencentcloud.com/document/product/598/34579"""
    return put(call, _user(call, "AttachUin"))


@CAM.action("DetachUserPolicy", takes="PolicyId!:int DetachUin!:int", rate=20, resources=resources.user)
def detach_user_policy(call: Call) -> Answer:
    """Take a policy off a sub-account. https://www.tencentcloud.com/document/product/598/34575"""
    return take(call, _user(call, "DetachUin"))


@CAM.action("ListAttachedUserPolicies", takes="TargetUin!:int Page:int Rp:int", rate=20, resources=resources.user)
def list_attached_user_policies(call: Call) -> Answer:
    """The policies of a sub-account itself. https://www.tencentcloud.com/document/product/598/34572

    Its list of codes names none for a sub-account that is not there but that of a parameter.
    """
    rows = _rows(call, _user(call, "TargetUin", "InvalidParameter.ParamError"))
    return {"List": checks.page(call, rows), "TotalNum": len(rows)}


@CAM.action(
    "ListAttachedUserAllPolicies",
    takes="TargetUin!:int Rp!:int Page!:int AttachType!:int StrategyType:int Keyword",
    rate=20,
    resources=resources.user,
)
def list_attached_user_all_policies(call: Call) -> Answer:
    """The policies of a sub-account: its own (``AttachType`` 1), its groups' (2), or both (0)."""
    user, kind = _user(call, "TargetUin"), call.integer("AttachType")
    if kind not in (0, 1, 2):
        raise checks.refused("ParamError", "AttachType is 0, 1 or 2.")
    groups = [str(one.group_id) for one in call.table(MEMBER).values() if one.uin == user.holder]
    through = {one: _of(call, _Holder("group", one), seen=True) for one in groups} if kind != 1 else {}
    own = _of(call, user, seen=True) if kind != 2 else []
    found = {one.policy_id: one for one in [*own, *(one for held in through.values() for one in held)]}
    keyword, wanted = call.text("Keyword").lower(), call.text("StrategyType")
    rows = []
    for policy_id, one in found.items():
        row = _row(call, one)
        strategy = "2" if policy_id in PRESETS else "1"
        if keyword in row["PolicyName"].lower() and wanted in ("", strategy):
            by = [group for group, held in through.items() if any(other.policy_id == policy_id for other in held)]
            rows.append(
                {
                    "PolicyId": str(policy_id),
                    "PolicyName": row["PolicyName"],
                    "Description": _described(call, policy_id),
                    "AddTime": row["AddTime"],
                    "StrategyType": strategy,
                    "CreateMode": str(row["CreateMode"]),
                    "Groups": [_group_row(call, group) for group in by],
                    "Deactived": 0,
                    "DeactivedDetail": [],
                }
            )
    return {"PolicyList": checks.page(call, rows), "TotalNum": len(rows)}


# -- groups ----------------------------------------------------------------------------------------------------
@CAM.action("AttachGroupPolicy", takes="PolicyId!:int AttachGroupId!:int", rate=20, resources=resources.group)
def attach_group_policy(call: Call) -> Answer:
    """Put a policy on a group. https://www.tencentcloud.com/document/product/598/34580"""
    return put(call, _group(call, "AttachGroupId"))


@CAM.action("DetachGroupPolicy", takes="PolicyId!:int DetachGroupId!:int", rate=20, resources=resources.group)
def detach_group_policy(call: Call) -> Answer:
    """Take a policy off a group. https://www.tencentcloud.com/document/product/598/34576"""
    return take(call, _group(call, "DetachGroupId"))


@CAM.action(
    "ListAttachedGroupPolicies",
    takes="TargetGroupId!:int Page:int Rp:int Keyword",
    rate=20,
    resources=resources.group,
)
def list_attached_group_policies(call: Call) -> Answer:
    """The policies of a group. https://www.tencentcloud.com/document/product/598/34573"""
    keyword = call.text("Keyword").lower()
    rows = _rows(call, _group(call, "TargetGroupId", "InvalidParameter.ParamError"))
    rows = [row for row in rows if keyword in row["PolicyName"].lower()]
    return {"List": checks.page(call, rows), "TotalNum": len(rows)}


def _of(call: Call, holder: _Holder, seen: bool = False) -> list[Attachment]:
    """What is attached to a holder; with ``seen``, as far as readers see it by now."""
    return [
        one
        for one in call.table(ATTACHMENT).values()
        if (one.holder_kind, one.holder) == (holder.kind, holder.holder) and (not seen or visible(call, one.added))
    ]


def _user(call: Call, parameter: str, code: str = "ResourceNotFound.UserNotExist") -> _Holder:
    if call.text(parameter) not in call.table(USER):
        raise not_exist(call.text(parameter), code)
    return _Holder("user", call.text(parameter))


def _group(call: Call, parameter: str, code: str = "ResourceNotFound.GroupNotExist") -> _Holder:
    if call.text(parameter) not in call.table(GROUP):
        raise ApiError(code, f"The group `{call.text(parameter)}` does not exist.")
    return _Holder("group", call.text(parameter))


def _rows(call: Call, holder: _Holder) -> list[Answer]:
    """The policies of a sub-account or group as lists show them: with a remark where a role's have a description."""
    return [
        {
            **_row(call, one),
            "Remark": _described(call, one.policy_id),
            "OperateOwnerUin": None,
            "OperateUin": None,
            "OperateUinType": None,
        }
        for one in _of(call, holder, seen=True)
    ]


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
    }


def _described(call: Call, policy_id: int) -> str:
    policy = PRESETS.get(policy_id) or call.table(POLICY).get(str(policy_id))
    return policy.description if policy else ""


def _group_row(call: Call, group_id: str) -> Answer:
    group = call.table(GROUP).get(group_id)
    return {"GroupId": int(group_id), "GroupName": group.name if group else ""}


def _policy(call: Call) -> int:
    """The policy that a call names, custom or preset."""
    if "PolicyId" not in call.params and not call.text("PolicyName"):
        raise checks.refused("ParamError", "One of PolicyId and PolicyName is required.")
    if call.integer("PolicyId") in PRESETS:
        return call.integer("PolicyId")
    preset = preset_named(call.text("PolicyName"))
    return preset.policy_id if preset and "PolicyId" not in call.params else custom(call).policy_id


def _key(holder: _Holder, policy_id: int) -> str:
    return f"{holder.kind}:{holder.holder}:{policy_id}"
