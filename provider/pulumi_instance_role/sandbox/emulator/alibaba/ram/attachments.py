"""Which policies are on which role, user or group.

Lists may show an
attachment for a while after it was taken away (switch ``detach-visibility-seconds``), as the real ones have been seen
to do; permissions end at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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


@RAM.action("AttachPolicyToRole", resources=resources.role_and_policy)
def attach_policy_to_role(call: Call) -> Answer:
    """Attach a policy to a role. https://api.alibabacloud.com/document/Ram/2015-05-01/AttachPolicyToRole"""
    return _attach(call, _ROLE)


@RAM.action("DetachPolicyFromRole", resources=resources.role_and_policy)
def detach_policy_from_role(call: Call) -> Answer:
    """Detach a policy from a role. https://api.alibabacloud.com/document/Ram/2015-05-01/DetachPolicyFromRole"""
    return _detach(call, _ROLE)


@RAM.action("ListPoliciesForRole", resources=resources.role)
def list_policies_for_role(call: Call) -> Answer:
    """The policies on a role. https://api.alibabacloud.com/document/Ram/2015-05-01/ListPoliciesForRole"""
    return _list(call, _ROLE)


@RAM.action("AttachPolicyToUser", resources=resources.user_and_policy)
def attach_policy_to_user(call: Call) -> Answer:
    """Attach a policy to a user. https://api.alibabacloud.com/document/Ram/2015-05-01/AttachPolicyToUser"""
    return _attach(call, _USER)


@RAM.action("DetachPolicyFromUser", resources=resources.user_and_policy)
def detach_policy_from_user(call: Call) -> Answer:
    """Detach a policy from a user. https://api.alibabacloud.com/document/Ram/2015-05-01/DetachPolicyFromUser"""
    return _detach(call, _USER)


@RAM.action("ListPoliciesForUser", resources=resources.user)
def list_policies_for_user(call: Call) -> Answer:
    """The policies on a user. https://api.alibabacloud.com/document/Ram/2015-05-01/ListPoliciesForUser"""
    return _list(call, _USER)


@RAM.action("AttachPolicyToGroup", resources=resources.group_and_policy)
def attach_policy_to_group(call: Call) -> Answer:
    """Attach a policy to a group. https://api.alibabacloud.com/document/Ram/2015-05-01/AttachPolicyToGroup"""
    return _attach(call, _GROUP)


@RAM.action("DetachPolicyFromGroup", resources=resources.group_and_policy)
def detach_policy_from_group(call: Call) -> Answer:
    """Detach a policy from a group. https://api.alibabacloud.com/document/Ram/2015-05-01/DetachPolicyFromGroup"""
    return _detach(call, _GROUP)


@RAM.action("ListPoliciesForGroup", resources=resources.group)
def list_policies_for_group(call: Call) -> Answer:
    """The policies on a group. https://api.alibabacloud.com/document/Ram/2015-05-01/ListPoliciesForGroup"""
    return _list(call, _GROUP)


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


def _attach(call: Call, holder: _Holder) -> Answer:
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


def _detach(call: Call, holder: _Holder) -> Answer:
    name = _holder(call, holder)
    policy_type, policy = _policy(call)
    key = _key(holder, name, policy_type, policy)
    attachment = call.table(ATTACHMENT).get(key)
    if attachment is None or attachment.detached is not None:
        raise checks.not_exist(f"{holder.entity}.Policy", policy)
    if call.switches.number("detach-visibility-seconds"):
        call.table(ATTACHMENT).put(key, replace(attachment, detached=call.now))
    else:
        call.table(ATTACHMENT).delete(key)
    return {}


def _list(call: Call, holder: _Holder) -> Answer:
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
