"""CAM's things as policies name them (``qcs::cam::uin/1000:roleName/web``), for permission checks.

Sub-accounts are ``uin/<uin>`` and groups ``groupid/<id>``, which is how CAM's console writes them; for which of its
actions CAM looks at which of them is not published. Here: at the one that the call names.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..accounts import USER, user_named
from ..call import Call
from .presets import preset_named
from .records import POLICY, ROLE


def role(call: Call) -> Iterable[str]:
    """The role that a call is about, by whichever of its parameters names it."""
    for parameter in ("RoleName", "AttachRoleName", "DetachRoleName"):
        if call.text(parameter):
            return (call.name_of(f"roleName/{call.text(parameter)}"),)
    for parameter in ("RoleId", "AttachRoleId", "DetachRoleId"):
        wanted = call.text(parameter)
        found = next((role.name for role in call.table(ROLE).values() if role.role_id == wanted), "*")
        if wanted:
            return (call.name_of(f"roleName/{found}"),)
    return all_roles(call)


def all_roles(call: Call) -> Iterable[str]:
    """Any role."""
    return (call.name_of("roleName/*"),)


def policy(call: Call) -> Iterable[str]:
    """The policies that a call is about."""
    wanted = call.params.get("PolicyId")
    if isinstance(wanted, list):
        return tuple(call.name_of(f"policyid/{one}") for one in wanted)
    if wanted is None and call.text("PolicyName"):
        name = call.text("PolicyName")
        custom = next((one.policy_id for one in call.table(POLICY).values() if one.name == name), None)
        preset = preset_named(name)
        wanted = custom or (preset.policy_id if preset else "*")
    return (call.name_of(f"policyid/{wanted or '*'}"),)


def all_policies(call: Call) -> Iterable[str]:
    """Any policy."""
    return (call.name_of("policyid/*"),)


def user(call: Call) -> Iterable[str]:
    """The sub-account that a call is about, by name, uin or uid; the caller's own where the call may leave it out."""
    for parameter in ("TargetUin", "AttachUin", "DetachUin", "SubUin"):
        if call.text(parameter):
            return (call.name_of(f"uin/{call.text(parameter)}"),)
    users = call.table(USER).values()
    found = user_named(call.state, call.account, call.text("Name")) if call.text("Name") else None
    if call.text("Uid"):
        found = next((one for one in users if one.uid == call.text("Uid")), None)
    if found is None and "TargetUin" in call.action.takes.fields:
        return (call.name_of(f"uin/{call.caller.holder}"),)
    return (call.name_of(f"uin/{found.uin if found else '*'}"),)


def all_users(call: Call) -> Iterable[str]:
    """Any sub-account."""
    return (call.name_of("uin/*"),)


def group(call: Call) -> Iterable[str]:
    """The group that a call is about."""
    for parameter in ("GroupId", "AttachGroupId", "DetachGroupId", "TargetGroupId"):
        if call.text(parameter):
            return (call.name_of(f"groupid/{call.text(parameter)}"),)
    return all_groups(call)


def all_groups(call: Call) -> Iterable[str]:
    """Any group."""
    return (call.name_of("groupid/*"),)


def members(call: Call) -> Iterable[str]:
    """The groups and the sub-accounts that a change of membership names."""
    named: list[str] = []
    for one in call.params.get("Info", ()):
        uin = next((user.uin for user in call.table(USER).values() if user.uid == str(one.get("Uid", ""))), "*")
        named += [f"groupid/{one['GroupId']}", f"uin/{one.get('Uin', uin)}"]
    return tuple(call.name_of(path) for path in dict.fromkeys(named)) or all_groups(call)
