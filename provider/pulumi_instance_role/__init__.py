"""Declare which cloud identity every VPC instance holds.

The resources are loaded when they are first asked for: the command line lives in the same package and need not wait
for Pulumi. What type checkers see of them stands in ``__init__.pyi``.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

_HOMES = {
    "InstanceIdentity": "resources.identity",
    "InstanceRole": "resources.role",
    "InstanceRoleBinding": "resources.binding",
    "PassRoleGrant": "resources.grant",
    "RolePolicy": "resources.policy",
    "RolePolicyAttachment": "resources.attachment",
    "allow": "policy.write",
    "deny": "policy.write",
    "find_instances": "resources.find",
    "policy_document": "policy.write",
    "trust_document": "policy.write",
}

__all__ = sorted(_HOMES)

if "pulumi" in sys.modules:  # in a program: what its providers are made with is noted from here on
    importlib.import_module(f"{__name__}.program.noted").note_providers()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
