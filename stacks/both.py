"""One declaration of identities, and both clouds: the same roles and policies on Alibaba Cloud and on Tencent Cloud.

It is one stack that declares on both clouds at once, with two instances in a VPC of each; one `pulumi up`, one preview
with the faults of both, one state. `shop:clouds` chooses fewer, for a stack of one cloud from the same program:
`pulumi config set --path 'shop:clouds[0]' tencent`. Clouds that must not wait for each other want a stack each.

What an identity is, who has it and what it may do stands once (`IDENTITIES`, `declare`). What differs stands as data:
each cloud's words for a permission (`Words`), and a function that makes the network and the instances with the
cloud's own package, because those packages differ. Copy it, and write your own in the two.

It needs `pip install 'pulumi-instance-role[alibaba,tencent,stacks]'`, `alicloud:region` and `tencentcloud:region` in
the stack's configuration, and the credentials of both clouds in the environment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_alicloud as alicloud
import tencentcloud_iac_pulumi as tencentcloud

from pulumi_instance_role import (
    InstanceRole,
    InstanceRoleBinding,
    RolePolicy,
    RolePolicyAttachment,
    allow,
    policy_document,
)

Ids = dict[str, pulumi.Output[str]]
NETWORK, SUBNET = "172.16.0.0/16", "172.16.1.0/24"


# -- what differs: words ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Words:
    """How a cloud says it: each permission that an identity is given, as actions and resources."""

    permissions: dict[str, tuple[Sequence[str], str]]
    presets: dict[str, str]  # policies that the cloud itself keeps


WORDS = {
    "alibaba": Words(
        permissions={
            "read-assets": (["oss:GetObject", "oss:GetObjectMeta"], "acs:oss:*:*:shop-assets/*"),
            "see-network": (["vpc:DescribeVpcs", "vpc:DescribeVSwitches"], "*"),
        },
        presets={"audit-access": "AliyunRAMReadOnlyAccess"},
    ),
    "tencent": Words(
        permissions={
            "read-assets": (["name/cos:GetObject", "name/cos:HeadObject"], "qcs::cos:::shop-assets-*/*"),
            "see-network": (["name/vpc:DescribeVpcs", "name/vpc:DescribeSubnets"], "*"),
        },
        presets={"audit-access": "QcloudCamReadOnlyAccess"},
    ),
}


# -- what does not differ: the identities -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Identity:
    """A role, and what an instance that holds it may do."""

    purpose: str
    permissions: Sequence[str] = ()
    presets: Sequence[str] = ()


IDENTITIES = {
    "web": Identity("Web servers of the shop", permissions=["read-assets", "see-network"]),
    "audit": Identity("Reports who may do what in this account", presets=["audit-access"]),
}


def declare(cloud: str, name: str, identity: Identity, instance_id: pulumi.Input[str]) -> InstanceRole:
    """The role of an identity, its policies, and the instance that holds it."""
    words, full_name = WORDS[cloud], f"{cloud}-{name}"
    role = InstanceRole(full_name, cloud=cloud, description=identity.purpose)
    may = [
        RolePolicyAttachment(
            f"{full_name}-{preset}", cloud=cloud, role=role, policy=words.presets[preset], policy_type="System"
        )
        for preset in identity.presets
    ]
    if identity.permissions:
        wanted = [words.permissions[permission] for permission in identity.permissions]
        statements = [allow(*actions, on=resources, cloud=cloud) for actions, resources in wanted]
        document = policy_document(*statements)
        policy = RolePolicy(full_name, cloud=cloud, description=identity.purpose, document=document)
        may.append(RolePolicyAttachment(full_name, cloud=cloud, role=role, policy=policy))
    after = pulumi.ResourceOptions(depends_on=may)
    InstanceRoleBinding(full_name, cloud=cloud, role=role, instance_ids=[instance_id], opts=after)
    return role


# -- what differs: the clouds' own packages ---------------------------------------------------------------------------
def alibaba_instances(names: Sequence[str]) -> Ids:
    """A VPC with an instance for each name, by pulumi_alicloud."""
    disk = "cloud_essd"
    zone = alicloud.get_zones(available_resource_creation="Instance", available_disk_category=disk).zones[0].id
    kinds = alicloud.ecs.get_instance_types(
        availability_zone=zone, cpu_core_count=2, memory_size=4, system_disk_category=disk
    )
    image = alicloud.ecs.get_images(owners="system", name_regex="^aliyun_3_x64", most_recent=True).images[0].id
    vpc = alicloud.vpc.Network("shop", vpc_name="shop", cidr_block=NETWORK)
    subnet = alicloud.vpc.Switch("shop", vswitch_name="shop", vpc_id=vpc.id, cidr_block=SUBNET, zone_id=zone)
    firewall = alicloud.ecs.SecurityGroup("shop", security_group_name="shop", vpc_id=vpc.id)
    return {
        name: alicloud.ecs.Instance(
            name,
            instance_name=f"shop-{name}",
            image_id=image,
            instance_type=kinds.instance_types[0].id,
            security_groups=[firewall.id],
            vswitch_id=subnet.id,
            system_disk_category=disk,
            system_disk_size=40,
            opts=pulumi.ResourceOptions(ignore_changes=["image_id", "instance_type"]),
        ).id
        for name in names
    }


def tencent_instances(names: Sequence[str]) -> Ids:
    """A VPC with an instance for each name, by tencentcloud_iac_pulumi."""
    zone = tencentcloud.availability.get_zones_by_product(product="cvm").zones[0].name
    kinds = tencentcloud.instance.get_types(
        availability_zone=zone, cpu_core_count=2, memory_size=4, exclude_sold_out=True
    )
    images = tencentcloud.images.get_instance(image_types=["PUBLIC_IMAGE"], image_name_regex="^TencentOS Server")
    vpc = tencentcloud.vpc.Instance("shop", name="shop", cidr_block=NETWORK)
    subnet = tencentcloud.subnet.Instance("shop", name="shop", vpc_id=vpc.id, cidr_block=SUBNET, availability_zone=zone)
    firewall = tencentcloud.security.Group("shop", name="shop", description="The shop's door")
    return {
        name: tencentcloud.instance.Instance(
            name,
            instance_name=f"shop-{name}",
            availability_zone=zone,
            image_id=images.images[0].image_id,
            instance_type=kinds.instance_types[0].instance_type,
            vpc_id=vpc.id,
            subnet_id=subnet.id,
            orderly_security_groups=[firewall.id],
            system_disk_type="CLOUD_PREMIUM",
            system_disk_size=50,
            opts=pulumi.ResourceOptions(ignore_changes=["image_id", "instance_type"]),
        ).id
        for name in names
    }


INSTANCES: dict[str, Callable[[Sequence[str]], Ids]] = {"alibaba": alibaba_instances, "tencent": tencent_instances}

# -- the stack --------------------------------------------------------------------------------------------------------
for cloud in pulumi.Config("shop").get_object("clouds") or list(INSTANCES):
    instances = INSTANCES[cloud](list(IDENTITIES))
    roles = {name: declare(cloud, name, identity, instances[name]) for name, identity in IDENTITIES.items()}
    pulumi.export(f"{cloud}-instances", instances)
    pulumi.export(f"{cloud}-roles", {name: role.arn for name, role in roles.items()})
