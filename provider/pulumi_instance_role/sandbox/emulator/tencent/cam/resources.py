"""CAM's things as policies name them (``qcs::cam::uin/1000:roleName/web``), for permission checks."""

from __future__ import annotations

from collections.abc import Iterable

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
