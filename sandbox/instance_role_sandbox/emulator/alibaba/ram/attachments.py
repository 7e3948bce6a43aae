"""Which policies are on which role, user or group.

Lists may show an attachment for a while after it was taken away (switch ``detach-visibility-seconds``), as the real
ones have been seen to do; permissions end at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from ...clock import stamp
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .product import RAM
from .records import ATTACHMENT, GROUP, POLICY, ROLE, USER, Attachment
from .system_policies import SYSTEM_POLICIES
from .view import role_arn


@dataclass(frozen=True)
class _Holder:
    """What policies are attached to: how it is called in parameters and in codes."""

    kind: str
    parameter: str
    entity: str


_ROLE = _Holder("role", "RoleName", "Role")
_USER = _Holder("user", "UserName", "User")
_GROUP = _Holder("group", "GroupName", "Group")


def attached(call: Call, kind: str, name: str, lingering: bool = False) -> list[Attachment]:
    """What is attached to a role, user or group; with ``lingering``, what lists still show too."""
    return [
        attachment
        for attachment in call.table(ATTACHMENT).values()
        if (attachment.holder_kind, attachment.holder) == (kind, name) and _counts(call, attachment, lingering)
    ]


def holders(call: Call, policy_type: str, policy: str, lingering: bool = False) -> list[Attachment]:
    """What a policy is attached to; with ``lingering``, what lists still show too."""
    return [
        attachment
        for attachment in call.table(ATTACHMENT).values()
        if (attachment.policy_type, attachment.policy) == (policy_type, policy) and _counts(call, attachment, lingering)
    ]


def reattach(call: Call, kind: str, old: str, new: str) -> None:
    """Give what is attached to a user or group to its new name."""
    table = call.table(ATTACHMENT)
    for key, attachment in table.items():
        if (attachment.holder_kind, attachment.holder) == (kind, old):
            table.delete(key)
            table.put(f"{kind}:{new}:{attachment.policy_type}:{attachment.policy}", replace(attachment, holder=new))


@RAM.action("ListEntitiesForPolicy", resources=resources.policy)
def list_entities_for_policy(call: Call) -> Answer:
    """Everybody a policy is attached to. https://api.alibabacloud.com/document/Ram/2015-05-01/ListEntitiesForPolicy"""
    policy_type, name = _policy(call)
    users, groups, roles = [], [], []
    for attachment in holders(call, policy_type, name, lingering=True):
        date = {"AttachDate": stamp(attachment.attached)}
        if attachment.holder_kind == "role":
            role = call.table(ROLE).get(attachment.holder)
            if role is not None:
                arn = role_arn(call, role.name)
                row = {"RoleName": role.name, "RoleId": role.role_id, "Arn": arn, "Description": role.description}
                roles.append({**row, **date})
        elif attachment.holder_kind == "user":
            user = call.table(USER).get(attachment.holder)
            if user is not None:
                row = {"UserName": user.name, "UserId": user.entity_id, "DisplayName": user.display_name}
                users.append({**row, **date})
        else:
            group = call.table(GROUP).get(attachment.holder)
            if group is not None:
                groups.append({"GroupName": group.name, "Comments": group.comments, **date})
    return {"Users": {"User": users}, "Groups": {"Group": groups}, "Roles": {"Role": roles}}


def _counts(call: Call, attachment: Attachment, lingering: bool) -> bool:
    if attachment.detached is None:
        return True
    return lingering and call.now < attachment.detached + call.switches.number("detach-visibility-seconds")


def _policy(call: Call) -> tuple[str, str]:
    """The policy that a request names; ``EntityNotExist.Policy`` (404) if there is none."""
    policy_type, name = checks.policy_type(call), call.params.required("PolicyName")
    known = name in SYSTEM_POLICIES if policy_type == "System" else name in call.table(POLICY)
    if not known:
        raise checks.not_exist("Policy", name)
    return policy_type, name


def _holder(call: Call, holder: _Holder) -> str:
    name = call.params.required(holder.parameter)
    if holder.kind == "role":
        known = name in call.table(ROLE)
    else:
        known = name in call.table(USER if holder.kind == "user" else GROUP)
    if not known:
        raise checks.not_exist(holder.entity, name)
    return name


def _key(holder: _Holder, name: str, policy_type: str, policy: str) -> str:
    return f"{holder.kind}:{name}:{policy_type}:{policy}"


def _attach(holder: _Holder, call: Call) -> Answer:
    """https://api.alibabacloud.com/document/Ram/2015-05-01/AttachPolicyToRole (ToUser, ToGroup)"""
    name = _holder(call, holder)
    policy_type, policy = _policy(call)
    have = attached(call, holder.kind, name)
    if any((one.policy_type, one.policy) == (policy_type, policy) for one in have):
        raise checks.already_exists(f"{holder.entity}.Policy", policy)
    limit = "quota-system-policies" if policy_type == "System" else "quota-custom-policies"
    if sum(one.policy_type == policy_type for one in have) >= call.switches.count(limit):
        raise ApiError(
            f"LimitExceeded.{holder.entity}.Policy",
            409,
            f"The count of policies attached to {holder.kind} beyond the current limits.",
        )
    attachment = Attachment(holder.kind, name, policy, policy_type, call.now)
    call.table(ATTACHMENT).put(_key(holder, name, policy_type, policy), attachment)
    return {}


def _detach(holder: _Holder, call: Call) -> Answer:
    """https://api.alibabacloud.com/document/Ram/2015-05-01/DetachPolicyFromRole (FromUser, FromGroup)"""
    name = _holder(call, holder)
    policy_type, policy = _policy(call)
    key = _key(holder, name, policy_type, policy)
    attachment = call.table(ATTACHMENT).get(key)
    if attachment is None or attachment.detached is not None:
        raise checks.not_exist(f"{holder.entity}.Policy", policy)
    for old_key, old in call.table(ATTACHMENT).items():
        if not _counts(call, old, lingering=True):
            call.table(ATTACHMENT).delete(old_key)
    if call.switches.number("detach-visibility-seconds"):
        call.table(ATTACHMENT).put(key, replace(attachment, detached=call.now))
    else:
        call.table(ATTACHMENT).delete(key)
    return {}


def _list(holder: _Holder, call: Call) -> Answer:
    """https://api.alibabacloud.com/document/Ram/2015-05-01/ListPoliciesForRole (ForUser, ForGroup)"""
    name = _holder(call, holder)
    shown = []
    for attachment in attached(call, holder.kind, name):
        if attachment.policy_type == "System":
            version, description = "v1", SYSTEM_POLICIES[attachment.policy].description
        else:
            policy = call.table(POLICY).get(attachment.policy)
            version, description = (policy.default_version, policy.description) if policy else ("v1", "")
        shown.append(
            {
                "PolicyName": attachment.policy,
                "PolicyType": attachment.policy_type,
                "DefaultVersion": version,
                "Description": description,
                "AttachDate": stamp(attachment.attached),
            }
        )
    return {"Policies": {"Policy": shown}}


for _holder_kind, _one, _both in (
    (_ROLE, resources.role, resources.role_and_policy),
    (_USER, resources.user, resources.user_and_policy),
    (_GROUP, resources.group, resources.group_and_policy),
):
    RAM.action(f"AttachPolicyTo{_holder_kind.entity}", resources=_both)(partial(_attach, _holder_kind))
    RAM.action(f"DetachPolicyFrom{_holder_kind.entity}", resources=_both)(partial(_detach, _holder_kind))
    RAM.action(f"ListPoliciesFor{_holder_kind.entity}", resources=_one)(partial(_list, _holder_kind))
