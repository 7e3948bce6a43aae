"""The types that the stand-in serves, as data: calls, parameters, properties and outputs.

The calls are those of terraform-provider-alicloud 1.285, which the real plugin wraps, as seen on the wire; property
and output names are those of the ``pulumi_alicloud`` 4.0 package. Calls of the real plugin whose answers give no
output of a served property are left out.
"""

from __future__ import annotations

from instance_role_sandbox.standin.alibaba.source import SOURCE
from instance_role_sandbox.standin.alibaba.tagging import Tags
from instance_role_sandbox.standin.limits import Limit, among
from instance_role_sandbox.standin.schema import Call, Change, Property, Read, ResourceType

_THIS_INSTANCE = {"InstanceIds": '["{id}"]'}
_ECS_TYPE = Limit(pattern=r"^ecs\.", like="a type such as ecs.g7.large")
_CHARGES = among("PrePaid", "PostPaid")
_DISKS = among(
    "all",
    "cloud",
    "ephemeral_ssd",
    "cloud_essd",
    "cloud_efficiency",
    "cloud_ssd",
    "local_disk",
    "cloud_auto",
    "cloud_essd_entry",
)

NETWORK = ResourceType(
    type="alicloud:vpc/network:Network",
    title="VPC",
    properties=(
        Property("cidrBlock", "CidrBlock", "CidrBlock", fixed=True),
        Property("vpcName", "VpcName", "VpcName"),
        Property("description", "Description", "Description"),
        Property("tags", path="Tags.Tag", kind=dict),
    ),
    create=Call("Vpc", "CreateVpc"),
    created="VpcId",
    reads=(
        Read(
            Call("Vpc", "DescribeVpcAttribute", {"VpcId": "{id}"}),
            outputs={
                "status": "Status",
                "routerId": "VRouterId",
                "createTime": "CreationTime",
                "regionId": "RegionId",
                "resourceGroupId": "ResourceGroupId",
                "isDefault": "IsDefault",
            },
        ),
        Read(
            Call("Vpc", "DescribeRouteTableList", {"VpcId": "{id}"}),
            item="RouterTableList.RouterTableListType.0",
            outputs={"routeTableId": "RouteTableId"},
        ),
    ),
    ready={"status": "Available"},
    gone=frozenset({"InvalidVpcId.NotFound", "InvalidVpcID.NotFound", "Forbidden.VpcNotFound"}),
    changes=(Change(("vpcName", "description"), (Call("Vpc", "ModifyVpcAttribute", {"VpcId": "{id}"}),)),),
    delete=Call("Vpc", "DeleteVpc", {"VpcId": "{id}"}),
    busy=frozenset(
        {"DependencyViolation.VSwitch", "DependencyViolation.SecurityGroup", "IncorrectVpcStatus", "TaskConflict"}
    ),
    tagging=Tags("Vpc", "VPC", untag="UnTagResources"),
    source=f"{SOURCE}resource_alicloud_vpc.go",
)

SWITCH = ResourceType(
    type="alicloud:vpc/switch:Switch",
    title="vSwitch",
    properties=(
        Property("vpcId", "VpcId", "VpcId", required=True, replaces=True),
        Property("cidrBlock", "CidrBlock", "CidrBlock", required=True, replaces=True),
        Property("zoneId", "ZoneId", "ZoneId", required=True, replaces=True),
        Property("vswitchName", "VSwitchName", "VSwitchName"),
        Property("description", "Description", "Description"),
        Property("tags", path="Tags.Tag", kind=dict),
    ),
    create=Call("Vpc", "CreateVSwitch"),
    created="VSwitchId",
    reads=(
        Read(
            Call("Vpc", "DescribeVSwitchAttributes", {"VSwitchId": "{id}"}),
            outputs={"status": "Status", "createTime": "CreationTime", "isDefault": "IsDefault"},
        ),
    ),
    ready={"status": "Available"},
    gone=frozenset({"InvalidVSwitchId.NotFound", "InvalidVswitchID.NotFound"}),
    changes=(Change(("vswitchName", "description"), (Call("Vpc", "ModifyVSwitchAttribute", {"VSwitchId": "{id}"}),)),),
    delete=Call("Vpc", "DeleteVSwitch", {"VSwitchId": "{id}"}),
    busy=frozenset({"DependencyViolation", "IncorrectVSwitchStatus", "TaskConflict"}),
    tagging=Tags("Vpc", "VSWITCH", untag="UnTagResources", after_create=True),
    source=f"{SOURCE}resource_alicloud_vswitch.go",
)

SECURITY_GROUP = ResourceType(
    type="alicloud:ecs/securityGroup:SecurityGroup",
    title="security group",
    properties=(
        Property("vpcId", "VpcId", "VpcId", replaces=True),
        Property("securityGroupName", "SecurityGroupName", "SecurityGroupName"),
        Property("description", "Description", "Description"),
        Property("tags", path="Tags.Tag", kind=dict),
    ),
    create=Call("Ecs", "CreateSecurityGroup"),
    created="SecurityGroupId",
    reads=(
        Read(
            Call("Ecs", "DescribeSecurityGroups", {"SecurityGroupId": "{id}"}),
            item="SecurityGroups.SecurityGroup.0",
            outputs={"createTime": "CreationTime", "securityGroupType": "SecurityGroupType"},
        ),
        Read(
            Call("Ecs", "DescribeSecurityGroupAttribute", {"SecurityGroupId": "{id}"}),
            outputs={"innerAccessPolicy": "InnerAccessPolicy"},
        ),
    ),
    ready={},
    gone=frozenset({"InvalidSecurityGroupId.NotFound"}),
    changes=(
        Change(
            ("securityGroupName", "description"),
            (Call("Ecs", "ModifySecurityGroupAttribute", {"SecurityGroupId": "{id}"}),),
        ),
    ),
    delete=Call("Ecs", "DeleteSecurityGroup", {"SecurityGroupId": "{id}"}),
    busy=frozenset({"DependencyViolation"}),
    tagging=Tags("Ecs", "securitygroup"),
    source=f"{SOURCE}resource_alicloud_security_group.go",
)

INSTANCE = ResourceType(
    type="alicloud:ecs/instance:Instance",
    title="instance",
    properties=(
        Property("imageId", "ImageId", "ImageId", required=True, fixed=True),
        Property("instanceType", "InstanceType", "InstanceType", required=True, fixed=True, limit=_ECS_TYPE),
        Property("securityGroups", "SecurityGroupIds", "SecurityGroupIds.SecurityGroupId", kind=list, required=True),
        Property("vswitchId", "VSwitchId", "VpcAttributes.VSwitchId", required=True, fixed=True),
        Property("availabilityZone", "ZoneId", "ZoneId", replaces=True),
        Property("instanceName", "InstanceName", "InstanceName", limit=Limit(length=(2, 128))),
        Property("description", "Description", "Description", limit=Limit(length=(2, 256))),
        Property("roleName", "RamRoleName"),
        Property("systemDiskCategory", "SystemDisk.Category", replaces=True, limit=_DISKS),
        Property("systemDiskSize", "SystemDisk.Size", kind=int, fixed=True),
        Property("internetMaxBandwidthOut", "InternetMaxBandwidthOut", "InternetMaxBandwidthOut", int, fixed=True),
        Property("instanceChargeType", "InstanceChargeType", "InstanceChargeType", fixed=True, limit=_CHARGES),
        Property("httpEndpoint", "HttpEndpoint", "MetadataOptions.HttpEndpoint", limit=among("enabled", "disabled")),
        Property("httpTokens", "HttpTokens", "MetadataOptions.HttpTokens", limit=among("optional", "required")),
        Property("userData", "UserData", fixed=True),
        Property("tags", path="Tags.Tag", kind=dict),
    ),
    create=Call("Ecs", "RunInstances", {"Amount": "1"}),
    created="InstanceIdSets.InstanceIdSet.0",
    reads=(
        Read(
            Call("Ecs", "DescribeInstances", _THIS_INSTANCE),
            item="Instances.Instance.0",
            outputs={
                "status": "Status",
                "vpcId": "VpcAttributes.VpcId",
                "privateIp": "VpcAttributes.PrivateIpAddress.IpAddress.0",
                "primaryIpAddress": "VpcAttributes.PrivateIpAddress.IpAddress.0",
                "publicIp": "PublicIpAddress.IpAddress.0",
                "hostName": "HostName",
                "internetChargeType": "InternetChargeType",
                "cpu": "Cpu",
                "memory": "Memory",
                "osName": "OSName",
                "osType": "OSType",
                "createTime": "CreationTime",
                "startTime": "StartTime",
            },
        ),
        Read(
            Call("Ecs", "DescribeDisks", {"InstanceId": "{id}", "DiskType": "system"}),
            item="Disks.Disk.0",
            outputs={"systemDiskId": "DiskId", "systemDiskCategory": "Category", "systemDiskSize": "Size"},
        ),
        Read(Call("Ecs", "DescribeUserData", {"InstanceId": "{id}"}), outputs={"userData": "UserData"}),
        Read(
            Call("Ecs", "DescribeInstanceRamRole", _THIS_INSTANCE),
            item="InstanceRamRoleSets.InstanceRamRoleSet.0",
            outputs={"roleName": "RamRoleName"},
        ),
        Read(
            Call("Ecs", "DescribeNetworkInterfaces", {"InstanceId": "{id}"}),
            item="NetworkInterfaceSets.NetworkInterfaceSet.0",
            outputs={"networkInterfaceId": "NetworkInterfaceId"},
        ),
    ),
    ready={"status": "Running"},
    gone=frozenset({"InvalidInstanceId.NotFound", "Forbidden.InstanceNotFound"}),
    changes=(
        Change(
            ("instanceName", "description"),
            (Call("Ecs", "ModifyInstanceAttribute", {"InstanceId": "{id}"}),),
        ),
        Change(
            ("roleName",),
            (
                Call(
                    "Ecs",
                    "DetachInstanceRamRole",
                    {**_THIS_INSTANCE, "RamRoleName": "{old_roleName}"},
                    needs=("old_roleName",),
                ),
                Call(
                    "Ecs",
                    "AttachInstanceRamRole",
                    {**_THIS_INSTANCE, "RamRoleName": "{roleName}"},
                    needs=("roleName",),
                ),
            ),
        ),
        Change(
            ("securityGroups",),
            added=Call("Ecs", "JoinSecurityGroup", {"InstanceId": "{id}", "SecurityGroupId": "{item}"}),
            removed=Call("Ecs", "LeaveSecurityGroup", {"InstanceId": "{id}", "SecurityGroupId": "{item}"}),
        ),
        Change(
            ("httpEndpoint", "httpTokens"),
            (
                Call(
                    "Ecs",
                    "ModifyInstanceMetadataOptions",
                    {"InstanceId": "{id}", "HttpEndpoint": "{httpEndpoint}", "HttpTokens": "{httpTokens}"},
                ),
            ),
        ),
    ),
    delete=Call("Ecs", "DeleteInstance", {"InstanceId": "{id}", "Force": "true"}),
    busy=frozenset(
        {"IncorrectInstanceStatus", "IncorrectInstanceStatus.Initializing", "DependencyViolation.RouteEntry"}
    ),
    tagging=Tags("Ecs", "instance"),
    source=f"{SOURCE}resource_alicloud_instance.go",
)

TABLES = {table.type: table for table in (NETWORK, SWITCH, SECURITY_GROUP, INSTANCE)}
