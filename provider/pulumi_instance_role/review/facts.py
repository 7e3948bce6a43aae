"""What a review needs to know about a cloud, and the kinds of resources that have a part in the picture.

Limits come from the port's tables, which need no SDK and no credentials.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_instance_role.clouds import NAMES, limits_of
from pulumi_instance_role.clouds.port import Limits
from pulumi_instance_role.review.native import NATIVE
from pulumi_instance_role.review.shape import Shape, shape

_OURS = "pulumi-python:dynamic/instance-role"
SHAPES: Mapping[str, Shape] = {
    f"{_OURS}:InstanceRole": shape("role", name="name", trust="trust_policy"),
    f"{_OURS}:RolePolicy": shape("policy", name="name", document="document"),
    f"{_OURS}:RolePolicyAttachment": shape("attachment", role="role", policy="policy", type="policy_type"),
    f"{_OURS}:InstanceRoleBinding": shape("binding", role="role", instances="instance_ids", held="roles"),
    f"{_OURS}:PassRoleGrant": shape(
        "pass_role", name="name", document="document", role="role", user="user", group="group", roles="roles"
    ),
    **NATIVE,
}
"""Resource type -> where it keeps things."""


def limits(cloud: str) -> Limits | None:
    """The limits of a cloud; ``None`` for one that this version does not know."""
    return limits_of(cloud) if cloud in NAMES else None
