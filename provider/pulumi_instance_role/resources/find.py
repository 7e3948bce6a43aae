"""Finding the instances that a binding is for. No state: the answer is of the moment the program runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi.runtime.config import CONFIG

from pulumi_instance_role.clouds import connect
from pulumi_instance_role.clouds.port import Lifecycle, Settings
from pulumi_instance_role.resources.values import EITHER


def find_instances(
    *,
    vpc_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    names: Sequence[str] = (),
    cloud: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    assume_role_arn: str | None = None,
) -> list[str]:
    """Ids, sorted, of the VPC instances of a region that meet every condition given; at least one must be.

    ``tags`` are all to match; ``names`` are alternatives, ``*`` stands for any text. Instances that are being released
    or have no VPC are left out, since they cannot hold a role. A binding fed by it picks up new instances at the next
    up. Raises ValueError without a condition or a cloud, and
    :class:`~pulumi_instance_role.clouds.port.CloudError` when the cloud cannot be asked.

    Alibaba Cloud: DescribeInstances of ECS
    (https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstances). Tencent Cloud:
    DescribeInstances of CVM (https://www.tencentcloud.com/document/product/213/15728).
    """
    if vpc_id is None and not tags and not names:
        raise ValueError("find_instances: give vpc_id=, tags= or names=; without any it would mean every instance")
    chosen = cloud or pulumi.Config("instance-role").get("cloud")
    if chosen is None:
        raise ValueError(f"cloud: give {EITHER}, or set instance-role:cloud for the stack")
    place = connect(Settings(chosen, region, profile, assume_role_arn, dict(CONFIG.get())))
    found = place.find_instances(vpc_id, tags or {}, names)
    return sorted(
        one.instance_id for one in found if one.vpc_id is not None and one.lifecycle is not Lifecycle.RELEASING
    )
