"""What others inside the emulator ask of CAM: a role as CVM sees it, the documents that hold for a caller."""

from __future__ import annotations

from ...state import State
from ..accounts import USER, owner_of
from ..call import Call, Caller
from .presets import PRESETS
from .records import ATTACHMENT, GROUP, MEMBER, POLICY, ROLE, VERSION, Role


def role_for_cvm(call: Call, name: str) -> tuple[Role, str] | None:
    """A role and its trust document as CVM sees them at this moment; ``None`` for a role CVM knows nothing of.

    A role just made or changed may take a moment to get there (switch ``cvm-role-propagation-seconds``).
    """
    role = call.table(ROLE).get(name)
    if role is None:
        return None
    if call.now < role.changed + call.switches.number("cvm-role-propagation-seconds"):
        return (role, role.previous_document) if role.previous_document else None
    return role, role.document


def role_by_id(state: State, account: str, role_id: str) -> Role | None:
    """The role of that id."""
    return next((role for role in state.table(ROLE, account).values() if role.role_id == role_id), None)


def role_arn(uin: str, role: Role) -> str:
    """A role's resource name."""
    path = "role/tencentcloudServiceRoleName" if role.type == "service_linked" else "roleName"
    return f"qcs::cam::uin/{uin}:{path}/{role.name}"


def document_of(state: State, account: str, policy_id: int) -> str | None:
    """The text of a policy's default version; ``None`` for one that grants nothing here."""
    if policy_id in PRESETS:
        return PRESETS[policy_id].grants
    policy = state.table(POLICY, account).get(str(policy_id))
    if policy is None:
        return None
    version = state.table(VERSION, account).get(f"{policy_id}:{policy.default_version}")
    return version.document if version else None


def documents_for(state: State, caller: Caller) -> list[str]:
    """The texts of all policies that hold for a sub-account (its own and its groups') or a role session."""
    holders = {(caller.kind, caller.holder)}
    if caller.kind == "user":
        members = state.table(MEMBER, caller.account).values()
        holders |= {("group", str(member.group_id)) for member in members if member.uin == caller.holder}
    texts = (
        document_of(state, caller.account, attachment.policy_id)
        for attachment in state.table(ATTACHMENT, caller.account).values()
        if (attachment.holder_kind, attachment.holder) in holders
    )
    return [text for text in texts if text is not None]


def summary(state: State, account: str) -> dict[str, object]:
    """What exists of CAM in the account, for the control API."""
    uin = owner_of(state, account).uin
    roles = state.table(ROLE, account).values()
    names = {("role", role.role_id): role.name for role in roles}
    names |= {("user", user.uin): user.name for user in state.table(USER, account).values()}
    groups = state.table(GROUP, account).values()
    names |= {("group", str(group.group_id)): group.name for group in groups}
    policies = {policy.policy_id: policy.name for policy in state.table(POLICY, account).values()}
    return {
        "roles": [
            {
                "RoleName": role.name,
                "RoleId": role.role_id,
                "RoleArn": role_arn(uin, role),
                "RoleType": role.type,
                "Tags": role.tags,
            }
            for role in roles
        ],
        "policies": [
            {
                "PolicyId": policy.policy_id,
                "PolicyName": policy.name,
                "DefaultVersion": policy.default_version,
                "Tags": policy.tags,
            }
            for policy in state.table(POLICY, account).values()
        ],
        "attachments": [
            {
                "PolicyId": one.policy_id,
                "PolicyName": policies.get(one.policy_id) or PRESETS[one.policy_id].name,
                "PolicyType": "QCS" if one.policy_id in PRESETS else "User",
                "HolderKind": one.holder_kind,
                "Holder": names.get((one.holder_kind, one.holder), one.holder),
            }
            for one in state.table(ATTACHMENT, account).values()
        ],
        "users": [user.name for user in state.table(USER, account).values()],
        "groups": [group.name for group in groups],
    }
