"""The resources that permissions on RAM's actions are about.

https://api.alibabacloud.com/document/Ram/2015-05-01/overview. A system policy belongs to the account ``system``.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..call import Call


def role(call: Call) -> Iterable[str]:
    """The role that is named."""
    return (_of(call, "role", "RoleName"),)


def all_roles(call: Call) -> Iterable[str]:
    """Every role: what creating and listing ask for."""
    return (f"acs:ram:*:{call.account}:role/*",)


def policy(call: Call) -> Iterable[str]:
    """The policy that is named."""
    account = "system" if call.params.text("PolicyType") == "System" else call.account
    return (f"acs:ram:*:{account}:policy/{call.params.text('PolicyName')}",)


def all_policies(call: Call) -> Iterable[str]:
    """Every policy."""
    return (f"acs:ram:*:{call.account}:policy/*",)


def user(call: Call) -> Iterable[str]:
    """The user that is named (the caller, when none is)."""
    name = call.params.text("UserName", call.caller.name)
    return (f"acs:ram:*:{call.account}:user/{name}",)


def all_users(call: Call) -> Iterable[str]:
    """Every user."""
    return (f"acs:ram:*:{call.account}:user/*",)


def group(call: Call) -> Iterable[str]:
    """The group that is named."""
    return (_of(call, "group", "GroupName"),)


def all_groups(call: Call) -> Iterable[str]:
    """Every group."""
    return (f"acs:ram:*:{call.account}:group/*",)


def role_and_policy(call: Call) -> Iterable[str]:
    """Attaching to a role asks for both."""
    return (*role(call), *policy(call))


def user_and_policy(call: Call) -> Iterable[str]:
    """Attaching to a user asks for both."""
    return (*user(call), *policy(call))


def group_and_policy(call: Call) -> Iterable[str]:
    """Attaching to a group asks for both."""
    return (*group(call), *policy(call))


def user_and_group(call: Call) -> Iterable[str]:
    """Membership asks for both."""
    return (*user(call), *group(call))


def tagged(call: Call) -> Iterable[str]:
    """The resources that a tagging call names."""
    kind = call.params.text("ResourceType")
    names = call.params.json_texts("ResourceNames") or ["*"]
    return [f"acs:ram:*:{call.account}:{kind}/{name}" for name in names]


def _of(call: Call, kind: str, parameter: str) -> str:
    return f"acs:ram:*:{call.account}:{kind}/{call.params.text(parameter)}"
