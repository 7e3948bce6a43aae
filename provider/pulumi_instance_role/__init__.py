"""Declare which cloud identity every VPC instance holds.

The nouns are loaded when they are first asked for: the command line and the sandbox live in the same package and need
not wait for Pulumi.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_instance_role.policy.build import allow, deny, policy_document
    from pulumi_instance_role.policy.trust import trust_document
    from pulumi_instance_role.resources.attachment import RolePolicyAttachment
    from pulumi_instance_role.resources.binding import InstanceRoleBinding
    from pulumi_instance_role.resources.find import find_instances
    from pulumi_instance_role.resources.policy import RolePolicy
    from pulumi_instance_role.resources.role import InstanceRole

_HOMES = {
    "InstanceRole": "resources.role",
    "InstanceRoleBinding": "resources.binding",
    "RolePolicy": "resources.policy",
    "RolePolicyAttachment": "resources.attachment",
    "allow": "policy.build",
    "deny": "policy.build",
    "find_instances": "resources.find",
    "policy_document": "policy.build",
    "trust_document": "policy.trust",
}

__all__ = [
    "InstanceRole",
    "InstanceRoleBinding",
    "RolePolicy",
    "RolePolicyAttachment",
    "allow",
    "deny",
    "find_instances",
    "policy_document",
    "trust_document",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
