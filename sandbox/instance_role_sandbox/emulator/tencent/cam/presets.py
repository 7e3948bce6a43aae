"""Preset policies, as far as the sandbox offers them.

The ids of AdministratorAccess, QCloudResourceFullAccess and the two service-role policies are the real ones; those of
the read-only policies are made up, because nobody publishes them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Preset:
    """One preset policy."""

    policy_id: int
    name: str
    description: str
    document: str
    alias: str = ""
    added: float = 0.0
    updated: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)


def _preset(policy_id: int, name: str, description: str, *actions: str) -> Preset:
    statement = {"effect": "allow", "action": list(actions), "resource": ["*"]}
    document = json.dumps({"version": "2.0", "statement": [statement]}, separators=(",", ":"))
    return Preset(policy_id, name, description, document, alias=name)


def _read_only(policy_id: int, service: str, title: str) -> Preset:
    actions = (f"{service}:{verb}*" for verb in ("Describe", "Get", "List"))
    return _preset(policy_id, f"Qcloud{title}ReadOnlyAccess", f"Read-only access to {title}", *actions)


PRESETS: dict[int, Preset] = {
    preset.policy_id: preset
    for preset in (
        _preset(1, "AdministratorAccess", "Full access to everything, users and their permissions included", "*"),
        _preset(2, "QCloudResourceFullAccess", "Full access to all cloud resources", "*"),
        _preset(16313162, "QcloudAccessForCDNRole", "What CDN may do", "cos:GetObject", "cos:HeadObject"),
        _preset(13847366, "QcloudAccessForASRole", "What Auto Scaling may do", "cvm:*", "vpc:Describe*", "clb:*"),
        _read_only(90000001, "cvm", "CVM"),
        _read_only(90000002, "vpc", "VPC"),
        _read_only(90000003, "cam", "Cam"),
        _preset(90000004, "QcloudCOSReadOnlyAccess", "Read-only access to COS", "cos:Get*", "cos:Head*", "cos:List*"),
        _preset(90000005, "ReadOnlyAccess", "Read-only access to everything", "*:Describe*", "*:Get*", "*:List*"),
    )
}
"""Id -> preset policy."""


def preset_named(name: str) -> Preset | None:
    """The preset policy of that name."""
    return next((preset for preset in PRESETS.values() if preset.name == name), None)
