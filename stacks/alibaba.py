"""Three instances in one VPC on Alibaba Cloud, each with an identity of its own and no AccessKey anywhere.

Copy it: nothing here is special to this repository. It needs `pip install 'pulumi-instance-role[alibaba,stacks]'`,
`alicloud:region` in the stack's configuration, and the credentials of a RAM user in the environment
(ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET). Roles and policies are free, instances are not.
"""

import pulumi
import pulumi_alicloud as alicloud

from pulumi_instance_role import (
    InstanceRole,
    InstanceRoleBinding,
    RolePolicy,
    RolePolicyAttachment,
    allow,
    policy_document,
)

# -- what the cloud sells -------------------------------------------------------------------------------------------
DISK = "cloud_essd"
zone = alicloud.get_zones(available_resource_creation="Instance", available_disk_category=DISK).zones[0].id
kinds = alicloud.ecs.get_instance_types(
    availability_zone=zone, cpu_core_count=2, memory_size=4, system_disk_category=DISK
)
image = alicloud.ecs.get_images(owners="system", name_regex="^aliyun_3_x64", most_recent=True).images[0].id

# -- the network ----------------------------------------------------------------------------------------------------
vpc = alicloud.vpc.Network("shop", vpc_name="shop", cidr_block="172.16.0.0/16")
subnet = alicloud.vpc.Switch(
    "shop", vswitch_name="shop", vpc_id=vpc.id, cidr_block="172.16.1.0/24", zone_id=zone, tags={"app": "shop"}
)
firewall = alicloud.ecs.SecurityGroup("shop", security_group_name="shop", vpc_id=vpc.id)
alicloud.ecs.SecurityGroupRule(
    "https",
    security_group_id=firewall.id,
    type="ingress",
    ip_protocol="tcp",
    port_range="443/443",
    cidr_ip="0.0.0.0/0",
    nic_type="intranet",
)

# -- two identities: what an instance that holds the role may do ----------------------------------------------------
web = InstanceRole("web", description="Web servers of the shop")
web_policy = RolePolicy(
    "web",
    description="Read the shop's assets, and see the network it runs in",
    document=policy_document(
        allow("oss:GetObject", "oss:ListObjects", on=["acs:oss:*:*:shop-assets", "acs:oss:*:*:shop-assets/*"]),
        allow("vpc:DescribeVpcs", "vpc:DescribeVSwitches", on="*"),
    ),
)
web_may = RolePolicyAttachment("web", role=web, policy=web_policy)

audit = InstanceRole("audit", description="Reports who may do what in this account")
audit_may = RolePolicyAttachment("audit", role=audit, policy="AliyunRAMReadOnlyAccess", policy_type="System")


# -- the instances --------------------------------------------------------------------------------------------------
def instance(name: str, role_name: pulumi.Input[str] | None = None) -> alicloud.ecs.Instance:
    """An instance of the shop. Newer images must not replace it, so a change of the image alone is let pass."""
    return alicloud.ecs.Instance(
        name,
        instance_name=f"shop-{name}",
        image_id=image,
        instance_type=kinds.instance_types[0].id,
        security_groups=[firewall.id],
        vswitch_id=subnet.id,
        system_disk_category=DISK,
        system_disk_size=40,
        role_name=role_name,
        tags={"app": "shop"},
        opts=pulumi.ResourceOptions(ignore_changes=["image_id", "instance_type"]),
    )


web_server = instance("web")
auditor = instance("audit")
# This one has its role from the first boot on: chosen when it is created, and by pulumi_alicloud, not by a binding.
# (pulumi_alicloud warns that role_name will go one day; it is still the only way to have the role at the first boot.)
worker = instance("worker", role_name=web.name)

# -- who is who: a role can be bound, replaced and taken away while the instances run -------------------------------
InstanceRoleBinding("web", role=web, instance_ids=[web_server.id], opts=pulumi.ResourceOptions(depends_on=[web_may]))
InstanceRoleBinding("audit", role=audit, instance_ids=[auditor.id], opts=pulumi.ResourceOptions(depends_on=[audit_may]))

pulumi.export("vpc", vpc.id)
pulumi.export("roles", {"web": web.arn, "audit": audit.arn})
pulumi.export("instances", {"web": web_server.id, "audit": auditor.id, "worker": worker.id})
