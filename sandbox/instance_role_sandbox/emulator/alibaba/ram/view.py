"""What others inside the emulator ask of RAM: a role as ECS sees it, the documents that hold for a caller."""

from __future__ import annotations

from ...state import State
from ..call import Call, Caller
from .records import ATTACHMENT, GROUP, MEMBER, POLICY, ROLE, USER, VERSION, Attachment
from .system_policies import SYSTEM_POLICIES


def trust_for_ecs(call: Call, name: str) -> str | None:
    """The trust document's text of a role as ECS sees it at this moment; ``None`` for a role ECS knows nothing of.

    A role just made or changed may take a moment to get here (switch ``role-propagation-seconds``).
    """
    role = call.table(ROLE).get(name)
    if role is None:
        return None
    if call.now < role.changed + call.switches.number("role-propagation-seconds"):
        return role.previous_trust or None
    return role.trust


def role_arn(call: Call, name: str) -> str:
    """A role's ARN as the API shows it."""
    shown = call.switches.cased("arn-case", name)
    return f"acs:ram::{call.account}:role/{shown}"


def document_of(state: State, account: str, attachment: Attachment) -> str | None:
    """The text of the default version of an attached policy."""
    if attachment.policy_type == "System":
        return SYSTEM_POLICIES[attachment.policy].document if attachment.policy in SYSTEM_POLICIES else None
    policy = state.table(POLICY, account).get(attachment.policy)
    if policy is None:
        return None
    version = state.table(VERSION, account).get(f"{policy.name}:{policy.default_version}")
    return version.document if version else None


def documents_for(state: State, caller: Caller) -> list[str]:
    """The texts of all policies that hold for a user or a role session."""
    holders = {(caller.kind, caller.name)}
    if caller.kind == "user":
        holders |= {
            ("group", member.group)
            for member in state.table(MEMBER, caller.account).values()
            if member.user == caller.name
        }
    texts = (
        document_of(state, caller.account, attachment)
        for attachment in state.table(ATTACHMENT, caller.account).values()
        if attachment.detached is None and (attachment.holder_kind, attachment.holder) in holders
    )
    return [text for text in texts if text is not None]


def summary(state: State, account: str) -> dict[str, object]:
    """What exists of RAM in the account, for the control API."""
    return {
        "roles": [
            {"RoleName": role.name, "Arn": f"acs:ram::{account}:role/{role.name}", "Tags": role.tags}
            for role in state.table(ROLE, account).values()
        ],
        "policies": [
            {"PolicyName": policy.name, "DefaultVersion": policy.default_version, "Tags": policy.tags}
            for policy in state.table(POLICY, account).values()
        ],
        "attachments": [
            {
                "PolicyName": attachment.policy,
                "PolicyType": attachment.policy_type,
                "HolderKind": attachment.holder_kind,
                "Holder": attachment.holder,
            }
            for attachment in state.table(ATTACHMENT, account).values()
            if attachment.detached is None
        ],
        "users": state.table(USER, account).keys(),
        "groups": state.table(GROUP, account).keys(),
    }
