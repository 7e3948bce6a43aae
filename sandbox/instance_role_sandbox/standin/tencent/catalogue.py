"""The types that the stand-in serves, as data: calls, parameters, properties and outputs.

The calls are those of terraform-provider-tencentcloud (source at f6970a900, August 2026), which the real plugin wraps;
property and output names are those of the ``tencentcloud_iac_pulumi`` 0.2.3 package. Left out are calls of the real
plugin whose answers give no output of a served property, its second writing of a subnet's name and of tags right after
creation, and its reading of tags from the product ``tag``: the products' own answers have them.
"""

from __future__ import annotations

from instance_role_sandbox.standin.lifecycle import MARK
from instance_role_sandbox.standin.limits import Limit, among
from instance_role_sandbox.standin.schema import Call, Change, Mark, Property, Read, ResourceType
from instance_role_sandbox.standin.tencent.source import SOURCE
from instance_role_sandbox.standin.tencent.tagging import Tags

_MARKED = {"Filters": [{"Name": f"tag:{MARK}", "Values": ["{mark}"]}]}
_THIS_INSTANCE = {"InstanceIds": ["{id}"]}
_BUSY = frozenset({"ResourceInUse", "ResourceUnavailable"})
_NAME = Limit(length=(1, 60))
_CVM_TYPE = Limit(pattern=r"\.", like="a type such as S5.MEDIUM4")
_CHARGES = among("PREPAID", "POSTPAID_BY_HOUR", "SPOTPAID", "CDHPAID", "CDCPAID", "UNDERWRITE")
_DISKS = among(
    "LOCAL_BASIC",
    "LOCAL_SSD",
    "CLOUD_BASIC",
    "CLOUD_SSD",
    "CLOUD_PREMIUM",
    "CLOUD_BSSD",
    "CLOUD_HSSD",
    "CLOUD_TSSD",
)

VPC = ResourceType(
    type="tencentcloud:Vpc/instance:Instance",
    title="VPC",
    properties=(
        Property("cidrBlock", "CidrBlock", "CidrBlock", required=True, replaces=True, limit=Limit(network=True)),
        Property("name", "VpcName", "VpcName", required=True, limit=_NAME),
        Property("dnsServers", "DnsServers", "DnsServerSet", kind=list),
        Property("tags", path="TagSet", kind=dict),
    ),
    create=Call("vpc", "CreateVpc"),
    created="Vpc.VpcId",
    mark=Mark(Call("vpc", "DescribeVpcs", _MARKED), "VpcSet.0.VpcId"),
    reads=(
        Read(
            Call("vpc", "DescribeVpcs", {"VpcIds": ["{id}"]}),
            item="VpcSet.0",
            outputs={"createTime": "CreatedTime", "isDefault": "IsDefault", "isMulticast": "EnableMulticast"},
        ),
        Read(
            Call(
                "vpc",
                "DescribeRouteTables",
                {
                    "Filters": [
                        {"Name": "vpc-id", "Values": ["{id}"]},
                        {"Name": "association.main", "Values": ["true"]},
                    ]
                },
            ),
            item="RouteTableSet.0",
            outputs={"defaultRouteTableId": "RouteTableId"},
        ),
    ),
    ready={},
    gone=frozenset({"ResourceNotFound"}),
    changes=(Change(("name", "dnsServers"), (Call("vpc", "ModifyVpcAttribute", {"VpcId": "{id}"}),)),),
    delete=Call("vpc", "DeleteVpc", {"VpcId": "{id}"}),
    busy=_BUSY,
    tagging=Tags("vpc", "vpc"),
    source=f"{SOURCE}vpc/resource_tc_vpc.go",
)

SUBNET = ResourceType(
    type="tencentcloud:Subnet/instance:Instance",
    title="subnet",
    properties=(
        Property("vpcId", "VpcId", "VpcId", required=True, replaces=True),
        Property("cidrBlock", "CidrBlock", "CidrBlock", required=True, replaces=True, limit=Limit(network=True)),
        Property("availabilityZone", "Zone", "Zone", required=True, replaces=True),
        Property("name", "SubnetName", "SubnetName", required=True, limit=_NAME),
        Property("tags", path="TagSet", kind=dict),
    ),
    create=Call("vpc", "CreateSubnet"),
    created="Subnet.SubnetId",
    mark=Mark(Call("vpc", "DescribeSubnets", _MARKED), "SubnetSet.0.SubnetId"),
    reads=(
        Read(
            Call("vpc", "DescribeSubnets", {"SubnetIds": ["{id}"]}),
            item="SubnetSet.0",
            outputs={
                "createTime": "CreatedTime",
                "isDefault": "IsDefault",
                "isMulticast": "EnableBroadcast",
                "routeTableId": "RouteTableId",
                "availableIpCount": "AvailableIpAddressCount",
            },
        ),
    ),
    ready={},
    gone=frozenset({"ResourceNotFound"}),
    changes=(Change(("name",), (Call("vpc", "ModifySubnetAttribute", {"SubnetId": "{id}"}),)),),
    delete=Call("vpc", "DeleteSubnet", {"SubnetId": "{id}"}),
    busy=_BUSY,
    tagging=Tags("vpc", "subnet"),
    source=f"{SOURCE}vpc/resource_tc_subnet.go",
)

SECURITY_GROUP = ResourceType(
    type="tencentcloud:Security/group:Group",
    title="security group",
    properties=(
        Property("name", "GroupName", "SecurityGroupName", required=True, limit=_NAME),
        Property("description", "GroupDescription", "SecurityGroupDesc", always=True, limit=Limit(length=(1, 100))),
        Property("projectId", "ProjectId", "ProjectId", kind=int, replaces=True),
        Property("tags", path="TagSet", kind=dict),
    ),
    create=Call("vpc", "CreateSecurityGroup"),
    created="SecurityGroup.SecurityGroupId",
    mark=Mark(Call("vpc", "DescribeSecurityGroups", _MARKED), "SecurityGroupSet.0.SecurityGroupId"),
    reads=(Read(Call("vpc", "DescribeSecurityGroups", {"SecurityGroupIds": ["{id}"]}), item="SecurityGroupSet.0"),),
    ready={},
    gone=frozenset({"ResourceNotFound", "InvalidSecurityGroupID.NotFound"}),
    changes=(
        Change(("name", "description"), (Call("vpc", "ModifySecurityGroupAttribute", {"SecurityGroupId": "{id}"}),)),
    ),
    delete=Call("vpc", "DeleteSecurityGroup", {"SecurityGroupId": "{id}"}),
    busy=_BUSY,
    tagging=Tags("cvm", "sg"),
    source=f"{SOURCE}vpc/resource_tc_security_group.go",
)


def _attribute(name: str) -> Change:
    """ModifyInstancesAttribute changes one attribute a call."""
    return Change((name,), (Call("cvm", "ModifyInstancesAttribute", _THIS_INSTANCE),))


INSTANCE = ResourceType(
    type="tencentcloud:Instance/instance:Instance",
    title="instance",
    properties=(
        Property("availabilityZone", "Placement.Zone", "Placement.Zone", required=True, replaces=True),
        Property("imageId", "ImageId", "ImageId", required=True, fixed=True),
        Property("instanceType", "InstanceType", "InstanceType", fixed=True, limit=_CVM_TYPE),
        Property("vpcId", "VirtualPrivateCloud.VpcId", "VirtualPrivateCloud.VpcId", required=True, fixed=True),
        Property("subnetId", "VirtualPrivateCloud.SubnetId", "VirtualPrivateCloud.SubnetId", required=True, fixed=True),
        Property("orderlySecurityGroups", "SecurityGroupIds", "SecurityGroupIds", kind=list, ordered=True),
        Property("instanceName", "InstanceName", "InstanceName", limit=Limit(length=(2, 128))),
        Property("camRoleName", "CamRoleName", "CamRoleName", empty_is_unsaid=True),
        Property("systemDiskType", "SystemDisk.DiskType", "SystemDisk.DiskType", fixed=True, limit=_DISKS),
        Property("systemDiskSize", "SystemDisk.DiskSize", "SystemDisk.DiskSize", kind=int, fixed=True),
        Property("instanceChargeType", "InstanceChargeType", "InstanceChargeType", fixed=True, limit=_CHARGES),
        Property(
            "internetMaxBandwidthOut",
            "InternetAccessible.InternetMaxBandwidthOut",
            "InternetAccessible.InternetMaxBandwidthOut",
            kind=int,
            fixed=True,
        ),
        Property("allocatePublicIp", "InternetAccessible.PublicIpAssigned", kind=bool, default=False, replaces=True),
        Property("disableApiTermination", "DisableApiTermination", "DisableApiTermination", kind=bool),
        Property("userData", "UserData", fixed=True),
        Property("tags", path="Tags", kind=dict),
    ),
    create=Call("cvm", "RunInstances", {"InstanceCount": "1"}),
    created="InstanceIdSet.0",
    reads=(
        Read(
            Call("cvm", "DescribeInstances", _THIS_INSTANCE),
            item="InstanceSet.0",
            outputs={
                "instanceStatus": "InstanceState",
                "privateIp": "PrivateIpAddresses.0",
                "publicIp": "PublicIpAddresses.0",
                "securityGroups": "SecurityGroupIds",
                "systemDiskId": "SystemDisk.DiskId",
                "internetChargeType": "InternetAccessible.InternetChargeType",
                "projectId": "Placement.ProjectId",
                "createTime": "CreatedTime",
                "expiredTime": "ExpiredTime",
                "cpu": "CPU",
                "memory": "Memory",
                "osName": "OsName",
                "uuid": "Uuid",
            },
        ),
    ),
    ready={"instanceStatus": "RUNNING"},
    operating={"LatestOperationState": "OPERATING"},
    failed={"instanceStatus": "LAUNCH_FAILED"},
    gone=frozenset({"InvalidInstanceId.NotFound"}),
    changes=(
        _attribute("instanceName"),
        _attribute("camRoleName"),
        _attribute("disableApiTermination"),
        Change(
            ("orderlySecurityGroups",),
            (
                Call(
                    "cvm",
                    "ModifyInstancesAttribute",
                    {**_THIS_INSTANCE, "SecurityGroups": "{orderlySecurityGroups}"},
                ),
            ),
            spelled=True,
        ),
    ),
    delete=Call("cvm", "TerminateInstances", _THIS_INSTANCE),
    busy=frozenset(
        {
            "MutexOperation.TaskRunning",
            "OperationDenied.InstanceOperationInProgress",
            "InvalidInstance.NotSupported",
            "UnsupportedOperation.InstanceStatePending",
            "UnsupportedOperation.InstanceStateTerminating",
        }
    ),
    tagging=Tags("cvm", "instance", specification=True),
    source=f"{SOURCE}cvm/resource_tc_instance.go",
)

TABLES = {table.type: table for table in (VPC, SUBNET, SECURITY_GROUP, INSTANCE)}
