"""Three instances in one VPC on Tencent Cloud, each with an identity of its own and no SecretKey anywhere.

Copy it: nothing here is special to this repository. It needs `pip install 'pulumi-instance-role[tencent,stacks]'`,
`tencentcloud:region` in the stack's configuration, and the credentials of a CAM user in the environment
(TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY). Roles and policies are free, instances are not.
"""

import pulumi
import tencentcloud_iac_pulumi as tencentcloud

from pulumi_instance_role import (
    InstanceRole,
    InstanceRoleBinding,
    RolePolicy,
    RolePolicyAttachment,
    allow,
    policy_document,
)

# -- what the cloud sells -------------------------------------------------------------------------------------------
zone = tencentcloud.availability.get_zones_by_product(product="cvm").zones[0].name
kinds = tencentcloud.instance.get_types(
    cpu_core_count=2,
    memory_size=4,
    exclude_sold_out=True,
    filters=[
        {"name": "zone", "values": [zone]},
        {"name": "instance-charge-type", "values": ["POSTPAID_BY_HOUR"]},
    ],
)
images = tencentcloud.images.get_instance(image_types=["PUBLIC_IMAGE"], image_name_regex="^TencentOS Server")
image = images.images[0].image_id

# -- the network ----------------------------------------------------------------------------------------------------
vpc = tencentcloud.vpc.Instance("shop", name="shop", cidr_block="172.16.0.0/16")
subnet = tencentcloud.subnet.Instance(
    "shop", name="shop", vpc_id=vpc.id, cidr_block="172.16.1.0/24", availability_zone=zone, tags={"app": "shop"}
)
firewall = tencentcloud.security.Group("shop", name="shop", description="The shop's door")
tencentcloud.security.GroupRuleSet(
    "shop",
    security_group_id=firewall.id,
    ingresses=[{"action": "ACCEPT", "protocol": "TCP", "port": "443", "cidr_block": "0.0.0.0/0"}],
    egresses=[{"action": "ACCEPT", "protocol": "ALL", "port": "ALL", "cidr_block": "0.0.0.0/0"}],
)

# -- two identities: what an instance that holds the role may do ----------------------------------------------------
web = InstanceRole("web", description="Web servers of the shop")
web_policy = RolePolicy(
    "web",
    description="Read the shop's assets, and see the network it runs in",
    document=policy_document(
        allow("name/cos:GetObject", "name/cos:HeadObject", on="qcs::cos:::shop-assets-*/*", cloud="tencent"),
        allow("name/vpc:DescribeVpcs", "name/vpc:DescribeSubnets", on="*", cloud="tencent"),
    ),
)
web_may = RolePolicyAttachment("web", role=web, policy=web_policy)

audit = InstanceRole("audit", description="Reports who may do what in this account")
audit_may = RolePolicyAttachment("audit", role=audit, policy="QcloudCamReadOnlyAccess", policy_type="System")


# -- the instances --------------------------------------------------------------------------------------------------
def instance(name: str, role_name: pulumi.Input[str] | None = None) -> tencentcloud.instance.Instance:
    """An instance of the shop. Newer images must not replace it, so a change of the image alone is let pass."""
    return tencentcloud.instance.Instance(
        name,
        instance_name=f"shop-{name}",
        availability_zone=zone,
        image_id=image,
        instance_type=kinds.instance_types[0].instance_type,
        vpc_id=vpc.id,
        subnet_id=subnet.id,
        orderly_security_groups=[firewall.id],
        system_disk_type="CLOUD_PREMIUM",
        system_disk_size=50,
        cam_role_name=role_name,
        tags={"app": "shop"},
        opts=pulumi.ResourceOptions(ignore_changes=["image_id", "instance_type"]),
    )


web_server = instance("web")
auditor = instance("audit")
# This one has its role from the first boot on: chosen when it is created, and by the cloud's package, not by a binding.
worker = instance("worker", role_name=web.name)

# -- who is who: a role can be bound, replaced and taken away while the instances run -------------------------------
InstanceRoleBinding("web", role=web, instance_ids=[web_server.id], opts=pulumi.ResourceOptions(depends_on=[web_may]))
InstanceRoleBinding("audit", role=audit, instance_ids=[auditor.id], opts=pulumi.ResourceOptions(depends_on=[audit_may]))

pulumi.export("vpc", vpc.id)
pulumi.export("roles", {"web": web.arn, "audit": audit.arn})
pulumi.export("instances", {"web": web_server.id, "audit": auditor.id, "worker": worker.id})
