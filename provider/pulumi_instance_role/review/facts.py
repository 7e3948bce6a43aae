"""What a review needs to know about a cloud, and the kinds of resources that have a part in the picture.

Limits come from the port's tables, which need no SDK and no credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pulumi_instance_role.clouds import NAMES, limits_of
from pulumi_instance_role.clouds.port import Limits

Kind = Literal["role", "policy", "attachment", "binding", "instance", "pass_role"]


@dataclass(frozen=True)
class Shape:
    """Where a resource type keeps what a review asks of it: our word -> its properties, first found."""

    kind: Kind
    cloud: str | None  # None: the resource says so itself
    names: Mapping[str, tuple[str, ...]]


def _shape(kind: Kind, cloud: str | None = None, **names: str) -> Shape:
    return Shape(kind, cloud, {word: tuple(properties.split()) for word, properties in names.items()})


_OURS = "pulumi-python:dynamic/instance-role"
SHAPES: Mapping[str, Shape] = {
    f"{_OURS}:InstanceRole": _shape("role", name="name", trust="trust_policy"),
    f"{_OURS}:RolePolicy": _shape("policy", name="name", document="document"),
    f"{_OURS}:RolePolicyAttachment": _shape("attachment", role="role", policy="policy", type="policy_type"),
    f"{_OURS}:InstanceRoleBinding": _shape("binding", role="role", instances="instance_ids", held="roles"),
    f"{_OURS}:PassRoleGrant": _shape(
        "pass_role", name="name", document="document", role="role", user="user", group="group", roles="roles"
    ),
    # https://www.pulumi.com/registry/packages/alicloud/api-docs/ram/ and .../ecs/
    "alicloud:ram/role:Role": _shape(
        "role", "alibaba", name="roleName name", trust="assumeRolePolicyDocument document"
    ),
    "alicloud:ram/policy:Policy": _shape(
        "policy", "alibaba", name="policyName name", document="policyDocument document"
    ),
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment": _shape(
        "attachment", "alibaba", role="roleName", policy="policyName", type="policyType"
    ),
    "alicloud:ram/roleAttachment:RoleAttachment": _shape(
        "binding", "alibaba", role="roleName", instances="instanceIds"
    ),
    "alicloud:ecs/ramRoleAttachment:RamRoleAttachment": _shape(
        "binding", "alibaba", role="ramRoleName", instances="instanceId"
    ),
    "alicloud:ecs/instance:Instance": _shape("instance", "alibaba", name="instanceName", role="roleName"),
    # https://www.pulumi.com/registry/packages/tencentcloud/api-docs/cam/ and .../instance/
    "tencentcloud:Cam/role:Role": _shape("role", "tencent", name="name", trust="document"),
    "tencentcloud:Cam/policy:Policy": _shape("policy", "tencent", name="name", document="document"),
    "tencentcloud:Cam/rolePolicyAttachment:RolePolicyAttachment": _shape(
        "attachment", "tencent", role_id="roleId", policy_id="policyId"
    ),
    "tencentcloud:Cam/rolePolicyAttachmentByName:RolePolicyAttachmentByName": _shape(
        "attachment", "tencent", role="roleName", policy="policyName"
    ),
    "tencentcloud:Instance/instance:Instance": _shape("instance", "tencent", name="instanceName", role="camRoleName"),
}
"""Resource type -> where it keeps things."""


def limits(cloud: str) -> Limits | None:
    """The limits of a cloud; ``None`` for one that this version does not know."""
    return limits_of(cloud) if cloud in NAMES else None
