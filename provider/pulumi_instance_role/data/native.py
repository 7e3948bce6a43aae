"""Resources of the clouds' own Pulumi packages, as states name them.

https://www.pulumi.com/registry/packages/alicloud/api-docs/ram/rolepolicyattachment/ and
https://www.pulumi.com/registry/packages/tencentcloud/api-docs/cam/rolepolicyattachment/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class Native:
    """``attachments``: type -> where the role (its name or id) and the policy's name stand; ``instances``: types."""

    attachments: Mapping[str, tuple[str, str]]
    instances: frozenset[str]


@cache
def native() -> Native:
    """What ``native.json`` lists."""
    listed = json.loads(files(__package__).joinpath("native.json").read_text(encoding="utf-8"))
    attachments = {kind: (role, policy) for kind, (role, policy) in listed["attachments"].items()}
    return Native(attachments, frozenset(listed["instances"]))
