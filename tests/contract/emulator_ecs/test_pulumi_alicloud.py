"""The calls that pulumi-alicloud makes for each of its resources, in its order, with its parameters.

One test for each resource: create, read, update, delete. Each read is checked for every field that the plugin takes
from it (raw JSON, not through the SDK's models), because a field that is missing, or of another type, shows there as
a difference at the next preview or as a crash.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException

from tests.contract.emulator_ecs.conftest import IMAGE, KIND, ZONE, Place
from tests.support.sandbox import Sandbox

Ask = Callable[..., dict[str, Any]]

VPC_FIELDS = """CidrBlock ClassicLinkEnabled CreationTime Description DnsHostnameStatus EnabledIpv6 Ipv6CidrBlock
RegionId IsDefault ResourceGroupId VRouterId Status VpcName VpcId Ipv6CidrBlocks SecondaryCidrBlocks Tags
UserCidrs"""
ROUTE_TABLE_FIELDS = """ResourceGroupId RouteTableId RouterId Description RouteTableName RoutePropagationEnable
RouteTableType VpcId Status"""
VSWITCH_FIELDS = """CidrBlock CreationTime Description Ipv6CidrBlock IsDefault Status VSwitchName VSwitchId VpcId ZoneId
Tags"""
GROUP_FIELDS = """CreationTime Description ResourceGroupId SecurityGroupId SecurityGroupName SecurityGroupType VpcId
Tags"""
RULE_FIELDS = """Direction IpProtocol NicType Policy PortRange Description SecurityGroupRuleId Priority SourceCidrIp
Ipv6SourceCidrIp SourceGroupId SourceGroupOwnerAccount SourcePrefixListId DestCidrIp Ipv6DestCidrIp DestGroupId
DestGroupOwnerAccount DestPrefixListId"""
DISK_FIELDS = """Category DiskName Description Size AutoSnapshotPolicyId StorageClusterId Encrypted KMSKeyId
ProvisionedIops DiskId PerformanceLevel BurstingEnabled Tags InstanceId Type"""
INSTANCE_FIELDS = """InstanceName ResourceGroupId Description Status ZoneId HostName ImageId InstanceType
InternetMaxBandwidthOut InternetMaxBandwidthIn InstanceChargeType KeyPairName SpotStrategy SpotPriceLimit
InternetChargeType DeletionProtection CreditSpecification AutoReleaseTime Tags HpcClusterId DeploymentSetId StoppedMode
PublicIpAddress VpcAttributes SpotDuration MetadataOptions Cpu Memory OSName OSType DedicatedHostAttribute CreationTime
StartTime ExpiredTime AdditionalInfo ImageOptions InnerIpAddress SecurityGroupIds NetworkInterfaces
SpotInterruptionBehavior CpuOptions"""
ENI_FIELDS = """NetworkInterfaceId NetworkInterfaceTrafficMode QueuePairNumber SourceDestCheck Attachment VSwitchId
SecurityGroupIds PrivateIpSets Ipv6Sets"""
IMAGE_FIELDS = """ImageId Architecture CreationTime Description ImageOwnerAlias OSName OSNameEn OSType ImageName
Platform Status Size IsSelfShared IsSubscribed IsCopied IsSupportIoOptimized ImageVersion Progress Usage ProductCode
DiskDeviceMappings"""
TYPE_FIELDS = """InstanceTypeId CpuCoreCount MemorySize InstanceTypeFamily EniQuantity NvmeSupport
PrimaryEniQueueNumber SecondaryEniQueueNumber EniIpv6AddressQuantity MaximumQueueNumberPerEni TotalEniQueueQuantity
EniPrivateIpAddressQuantity GPUAmount GPUSpec InitialCredit BaselineCredit LocalStorageAmount
LocalStorageCategory"""


def has(row: dict[str, Any], fields: str) -> dict[str, Any]:
    """The row, after a look at whether the fields are all there."""
    assert not [name for name in fields.split() if name not in row]
    return row


@pytest.fixture
def ecs(sandbox: Sandbox) -> Ask:
    return lambda action, **fields: sandbox.call("Ecs", action, RegionId=sandbox.region, **fields)


@pytest.fixture
def vpc(sandbox: Sandbox) -> Ask:
    return lambda action, **fields: sandbox.call("Vpc", action, RegionId=sandbox.region, **fields)


def gone(ask: Ask, action: str, **fields: Any) -> None:
    """The plugin takes any HTTP 404 for gone."""
    with pytest.raises(ServerException) as caught:
        ask(action, **fields)
    assert caught.value.get_http_status() == 404


def test_network(sandbox: Sandbox, vpc: Ask) -> None:
    tag = {"Tag.1.Key": "a", "Tag.1.Value": "1"}
    made = vpc("CreateVpc", CidrBlock="10.0.0.0/16", VpcName="net", ClientToken="create", **tag)["VpcId"]
    states = [vpc("DescribeVpcAttribute", VpcId=made)["Status"]]
    sandbox.advance(1)
    states.append(vpc("DescribeVpcAttribute", VpcId=made)["Status"])
    assert states == ["Pending", "Available"]
    row = has(vpc("DescribeVpcAttribute", VpcId=made), VPC_FIELDS)
    assert row["Tags"] == {"Tag": [{"Key": "a", "Value": "1"}]}
    (table,) = vpc("DescribeRouteTableList", VpcId=made)["RouterTableList"]["RouterTableListType"]
    assert has(table, ROUTE_TABLE_FIELDS)["RouteTableType"] == "System"
    vpc("ModifyVpcAttribute", VpcId=made, VpcName="new")
    vpc("UnTagResources", **{"ResourceId.1": made, "ResourceType": "VPC", "TagKey.1": "a"})
    vpc("TagResources", **{"ResourceId.1": made, "ResourceType": "VPC", "Tag.1.Key": "b", "Tag.1.Value": "2"})
    row = vpc("DescribeVpcAttribute", VpcId=made)
    assert (row["VpcName"], row["Tags"]) == ("new", {"Tag": [{"Key": "b", "Value": "2"}]})
    vpc("DeleteVpc", VpcId=made, ClientToken="delete")
    gone(vpc, "DescribeVpcAttribute", VpcId=made)


def test_switch(sandbox: Sandbox, vpc: Ask) -> None:
    home = vpc("CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"]
    sandbox.advance(1)
    made = vpc("CreateVSwitch", VpcId=home, ZoneId=ZONE, CidrBlock="10.0.1.0/24", VSwitchName="sw")["VSwitchId"]
    assert vpc("DescribeVSwitchAttributes", VSwitchId=made)["Status"] == "Pending"
    sandbox.advance(1)
    vpc("TagResources", **{"ResourceId.1": made, "ResourceType": "VSWITCH", "Tag.1.Key": "a", "Tag.1.Value": "1"})
    row = has(vpc("DescribeVSwitchAttributes", VSwitchId=made), VSWITCH_FIELDS)
    assert (row["Status"], row["Tags"]) == ("Available", {"Tag": [{"Key": "a", "Value": "1"}]})
    vpc("ModifyVSwitchAttribute", VSwitchId=made, VSwitchName="new")
    assert vpc("DescribeVSwitchAttributes", VSwitchId=made)["VSwitchName"] == "new"
    vpc("DeleteVSwitch", VSwitchId=made)
    sandbox.advance(1)
    gone(vpc, "DescribeVSwitchAttributes", VSwitchId=made)
    vpc("DeleteVpc", VpcId=home)


def test_security_group_and_rule(place: Place, ecs: Ask) -> None:
    tag = {"Tag.1.Key": "a", "Tag.1.Value": "1"}
    made = ecs("CreateSecurityGroup", VpcId=place.vpc, SecurityGroupName="sg", **tag)["SecurityGroupId"]
    (row,) = ecs("DescribeSecurityGroups", SecurityGroupId=made)["SecurityGroups"]["SecurityGroup"]
    assert has(row, GROUP_FIELDS)["Tags"] == {"Tag": [{"TagKey": "a", "TagValue": "1"}]}
    assert ecs("DescribeSecurityGroupAttribute", SecurityGroupId=made)["InnerAccessPolicy"] == "Accept"
    asked = {"IpProtocol": "tcp", "PortRange": "22/22", "NicType": "intranet", "Policy": "accept", "Priority": "1"}
    one = {f"Permissions.1.{name}": value for name, value in {**asked, "SourceCidrIp": "10.0.0.0/8"}.items()}
    ecs("AuthorizeSecurityGroup", SecurityGroupId=made, **one)
    read = {"SecurityGroupId": made, "Direction": "ingress", "NicType": "intranet"}
    (rule,) = ecs("DescribeSecurityGroupAttribute", **read)["Permissions"]["Permission"]
    has(rule, RULE_FIELDS)
    # A program that gives no nic_type makes the plugin ask for this one, and it means all.
    assert ecs("DescribeSecurityGroupAttribute", **{**read, "NicType": "<nil>"})["Permissions"]["Permission"] == [rule]
    assert ecs("DescribeSecurityGroupAttribute", **{**read, "NicType": "internet"})["Permissions"]["Permission"] == []
    # How the plugin finds its rule again: these, in lower case, and the first of the sources.
    found = (rule["IpProtocol"].lower(), rule["PortRange"], rule["SourceCidrIp"], rule["Policy"].lower())
    assert found == ("tcp", "22/22", "10.0.0.0/8", "accept")
    assert int(rule["Priority"]) == 1
    for _ in range(2):
        ecs("ModifySecurityGroupRule", SecurityGroupId=made, **asked, SourceCidrIp="10.0.0.0/8", Description="new")
    (rule,) = ecs("DescribeSecurityGroupAttribute", **read)["Permissions"]["Permission"]
    assert rule["Description"] == "new"
    ecs("RevokeSecurityGroup", SecurityGroupId=made, **asked, SourceCidrIp="10.0.0.0/8", Description="new")
    assert ecs("DescribeSecurityGroupAttribute", **read)["Permissions"]["Permission"] == []
    ecs("ModifySecurityGroupAttribute", SecurityGroupId=made, SecurityGroupName="new")
    ecs("DeleteSecurityGroup", SecurityGroupId=made)
    assert ecs("DescribeSecurityGroups", SecurityGroupId=made)["TotalCount"] == 0


def test_instance(place: Place, ecs: Ask) -> None:
    for role in ("app-one", "app-two"):
        place.sandbox.make_role(role)
    place.sandbox.switch(settle_seconds=1.0)
    made = ecs(
        "RunInstances",
        ImageId=IMAGE,
        InstanceType=KIND,
        VSwitchId=place.vswitch,
        RamRoleName="app-one",
        UserData="IyEvYmluL3No",
        ClientToken="create",
        **{
            "SecurityGroupIds.1": place.group,
            "SystemDisk.Category": "cloud_essd",
            "Tag.1.Key": "a",
            "Tag.1.Value": "1",
        },
    )["InstanceIdSets"]["InstanceIdSet"][0]
    ids = json.dumps([made])
    extra = {f"AdditionalAttributes.{n}": name for n, name in enumerate(("META_OPTIONS", "NETWORK_PRIMARY_ENI_IP"), 1)}

    def read() -> dict[str, Any]:
        (row,) = ecs("DescribeInstances", InstanceIds=ids, **extra)["Instances"]["Instance"]
        return dict(row)

    assert read()["Status"] == "Pending"
    place.sandbox.advance(3)
    row = has(read(), INSTANCE_FIELDS)
    assert row["Status"] == "Running"
    assert row["MetadataOptions"] == {"HttpEndpoint": "enabled", "HttpTokens": "optional", "HttpPutResponseHopLimit": 1}
    assert isinstance(row["CpuOptions"], dict)
    (disk,) = ecs("DescribeDisks", InstanceId=made, DiskType="system")["Disks"]["Disk"]
    assert has(disk, DISK_FIELDS)["InstanceId"] == made
    assert ecs("DescribeUserData", InstanceId=made)["UserData"] == "IyEvYmluL3No"
    holds = ecs("DescribeInstanceRamRole", InstanceIds=ids)["InstanceRamRoleSets"]["InstanceRamRoleSet"]
    assert holds == [{"InstanceId": made, "RamRoleName": "app-one"}]
    (interface,) = row["NetworkInterfaces"]["NetworkInterface"]
    eni = {"NetworkInterfaceId.1": interface["NetworkInterfaceId"]}
    (found,) = ecs("DescribeNetworkInterfaces", **eni)["NetworkInterfaceSets"]["NetworkInterfaceSet"]
    assert has(found, ENI_FIELDS)["PrivateIpSets"]["PrivateIpSet"][0]["Primary"] is True
    kept = ecs("DescribeInstanceMaintenanceAttributes", **{"InstanceId.1": made})
    (upkeep,) = kept["MaintenanceAttributes"]["MaintenanceAttribute"]
    assert {"ActionOnMaintenance", "MaintenanceWindows", "NotifyOnMaintenance"} <= set(upkeep)
    assert "EnableJumboFrame" in ecs("DescribeInstanceAttribute", InstanceId=made)
    (pool,) = ecs("DescribeInstanceAttachmentAttributes", InstanceIds=ids)["Instances"]["Instance"]
    assert {"PrivatePoolOptionsMatchCriteria", "PrivatePoolOptionsId"} <= set(pool)
    ecs("DetachInstanceRamRole", RamRoleName="app-one", InstanceIds=ids)
    ecs("AttachInstanceRamRole", RamRoleName="app-two", InstanceIds=ids)
    ecs("ModifyInstanceAttribute", InstanceId=made, InstanceName="new")
    ecs("StopInstance", InstanceId=made, StoppedMode="Not-applicable")
    place.sandbox.advance(2)
    ecs("ModifyInstanceSpec", InstanceId=made, InstanceType="ecs.g7.xlarge")
    ecs("StartInstance", InstanceId=made)
    place.sandbox.advance(2)
    row = read()
    assert (row["Status"], row["InstanceName"], row["InstanceType"]) == ("Running", "new", "ecs.g7.xlarge")
    ecs("DeleteInstance", InstanceId=made, Force="true")
    place.sandbox.advance(2)
    assert ecs("DescribeInstances", InstanceIds=ids)["Instances"]["Instance"] == []


def test_ram_role_attachment(place: Place, ecs: Ask) -> None:
    place.sandbox.make_role("app")
    (one,) = place.run()
    ids = json.dumps([one])
    done = ecs("AttachInstanceRamRole", RamRoleName="app", InstanceIds=ids)
    assert done["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"][0]["InstanceId"] == one
    both = ecs("DescribeInstanceRamRole", RamRoleName="app", InstanceIds=ids)
    assert both["InstanceRamRoleSets"]["InstanceRamRoleSet"] == [{"InstanceId": one, "RamRoleName": "app"}]
    ecs("DetachInstanceRamRole", RamRoleName="app", InstanceIds=ids)
    both = ecs("DescribeInstanceRamRole", RamRoleName="app", InstanceIds=ids)
    assert both["InstanceRamRoleSets"]["InstanceRamRoleSet"] == []
    gone(ecs, "DetachInstanceRamRole", RamRoleName="app", InstanceIds=ids)


def test_role_attachment(place: Place, ecs: Ask) -> None:
    place.sandbox.make_role("app")
    made = place.run(2)
    ids = json.dumps(made)
    role = place.sandbox.call("Ram", "GetRole", RoleName="app")["Role"]
    assert "ecs.aliyuncs.com" in role["AssumeRolePolicyDocument"]
    ecs("AttachInstanceRamRole", RamRoleName="app", InstanceIds=ids)
    rows = ecs("DescribeInstanceRamRole", InstanceIds=ids)["InstanceRamRoleSets"]["InstanceRamRoleSet"]
    assert {row["InstanceId"]: row["RamRoleName"] for row in rows} == dict.fromkeys(made, "app")
    ecs("DetachInstanceRamRole", RamRoleName="app", InstanceIds=ids)
    assert ecs("DescribeInstanceRamRole", InstanceIds=ids)["InstanceRamRoleSets"]["InstanceRamRoleSet"] == []


def test_get_zones(ecs: Ask) -> None:
    stock = ecs("DescribeAvailableResource", DestinationResource="Zone", IoOptimized="optimized")
    open_zones = [row["ZoneId"] for row in stock["AvailableZones"]["AvailableZone"] if row["Status"] == "Available"]
    for row in ecs("DescribeZones", InstanceChargeType="PostPaid")["Zones"]["Zone"]:
        assert row["ZoneId"] in open_zones
        assert row["AvailableInstanceTypes"]["InstanceTypes"]
        assert row["AvailableDiskCategories"]["DiskCategories"]


def test_get_images(sandbox: Sandbox, ecs: Ask) -> None:
    page = sandbox.call("Ecs", "DescribeImages", PageNumber=1, PageSize=100, ImageOwnerAlias="system")
    for row in page["Images"]["Image"]:
        has(row, IMAGE_FIELDS)
        assert ecs("DescribeTags", ResourceId=row["ImageId"], ResourceType="image")["Tags"]["Tag"] == []


def test_get_instance_types(ecs: Ask) -> None:
    asked = {"DestinationResource": "InstanceType", "IoOptimized": "optimized", "Cores": 2, "Memory": 4}
    zones = ecs("DescribeAvailableResource", **asked)["AvailableZones"]["AvailableZone"]
    stock = {
        one["Value"]
        for zone in zones
        for kinds in zone["AvailableResources"]["AvailableResource"]
        for one in kinds["SupportedResources"]["SupportedResource"]
        if one["Status"] != "SoldOut"
    }
    found = ecs("DescribeInstanceTypes")
    assert found["NextToken"] == ""
    rows = {row["InstanceTypeId"]: has(row, TYPE_FIELDS) for row in found["InstanceTypes"]["InstanceType"]}
    assert stock <= set(rows)
    assert {(rows[one]["CpuCoreCount"], rows[one]["MemorySize"]) for one in stock} == {(2, 4)}
