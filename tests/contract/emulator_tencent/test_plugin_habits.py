"""The calls that Terraform's provider makes for what the stacks declare, in its order, with its parameters.

The Pulumi package's plugin is that provider. Read from its source at f6970a900 (August 2026); it takes most fields
without asking whether they are there, so that a missing one would end its process: each answer is checked for them.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import Sandbox
from tests.support.tencent import IMAGE, Tencent

VPC_FIELDS = "VpcId VpcName CidrBlock CreatedTime DnsServerSet IsDefault EnableMulticast AssistantCidrSet TagSet"
SUBNET_FIELDS = """SubnetId SubnetName CidrBlock CreatedTime VpcId RouteTableId CdcId IsDefault EnableBroadcast Zone
AvailableIpAddressCount"""
INSTANCE_FIELDS = """InstanceId InstanceState InstanceChargeType ImageId InstanceName InstanceType Placement SystemDisk
DataDisks InternetAccessible VirtualPrivateCloud SecurityGroupIds PrivateIpAddresses PublicIpAddresses CamRoleName
CreatedTime ExpiredTime CPU Memory OsName Uuid LatestOperationState DisableApiTermination"""
QUOTA_FIELDS = """Zone InstanceType InstanceChargeType NetworkCard Externals Cpu Memory InstanceFamily TypeName
LocalDiskTypeList Status Price SoldOutReason InstanceBandwidth InstancePps StorageBlockAmount CpuType Gpu Fpga Remark
GpuCount Frequency StatusCategory"""
RULE: dict[str, Any] = {"Action": "ACCEPT", "Protocol": "TCP", "Port": "443", "CidrBlock": "0.0.0.0/0"}


def has(row: dict[str, Any], fields: str) -> dict[str, Any]:
    """The row, after a look at whether the fields are all there."""
    assert not [name for name in fields.split() if name not in row]
    return row


def by(name: str, value: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": [value]}]


def tags_of(tencent: Tencent, service: str, kind: str, one: str) -> dict[str, str]:
    """As the provider reads tags, twenty at a time."""
    whose: dict[str, Any] = {
        "ServiceType": service,
        "ResourcePrefix": kind,
        "ResourceRegion": tencent.region,
        "ResourceIds": [one],
    }
    rows = tencent.raw("tag", "DescribeResourceTagsByResourceIds", **whose, Limit=20, Offset=0)["Tags"]
    return {row["TagKey"]: row["TagValue"] for row in rows if row["ResourceId"] == one}


def retag(tencent: Tencent, service: str, kind: str, one: str, **changes: Any) -> None:
    resource = f"qcs::{service}:{tencent.region}:uin/:{kind}/{one}"
    tencent.raw("tag", "ModifyResourceTags", Resource=resource, **changes)


def test_a_vpc_and_a_subnet(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    desired: dict[str, Any] = {
        "VpcName": "net",
        "CidrBlock": "10.0.0.0/16",
        "EnableMulticast": "false",
        "DnsServers": [],
    }
    publish: dict[str, Any] = {"EnableRouteVpcPublish": False, "EnableRouteVpcPublishIpv6": False}
    vpc = tencent.call("vpc", "CreateVpc", **desired, **publish)["Vpc"]["VpcId"]
    found = tencent.call("vpc", "DescribeVpcs", Filters=by("vpc-id", vpc), Offset="0", Limit="100")
    assert found["TotalCount"] == 1
    has(found["VpcSet"][0], VPC_FIELDS)
    main = [*by("vpc-id", vpc), *by("association.main", "true")]
    (table,) = tencent.call("vpc", "DescribeRouteTables", Filters=main, Offset="0", Limit="100")["RouteTableSet"]
    assert (table["Main"], table["VpcId"], table["AssociationSet"]) == (True, vpc, [])

    where: dict[str, Any] = {"VpcId": vpc, "SubnetName": "sub", "CidrBlock": "10.0.1.0/24", "Zone": tencent.zone}
    subnet = tencent.call("vpc", "CreateSubnet", **where, Tags=[{"Key": "a", "Value": "1"}])["Subnet"]["SubnetId"]
    tencent.call("vpc", "ModifySubnetAttribute", SubnetId=subnet, SubnetName="sub", EnableBroadcast="false")
    retag(tencent, "vpc", "subnet", subnet, ReplaceTags=[{"TagKey": "a", "TagValue": "1"}])
    found = tencent.call("vpc", "DescribeSubnets", Filters=by("subnet-id", subnet), Offset="0", Limit="100")
    assert has(found["SubnetSet"][0], SUBNET_FIELDS)["RouteTableId"] == table["RouteTableId"]
    assert tags_of(tencent, "vpc", "subnet", subnet) == {"a": "1"}
    (table,) = tencent.call("vpc", "DescribeRouteTables", Filters=main)["RouteTableSet"]
    assert table["AssociationSet"] == [{"SubnetId": subnet, "RouteTableId": table["RouteTableId"]}]

    change: dict[str, Any] = {"VpcName": "new", "EnableMulticast": "true", "DnsServers": ["10.0.0.2"]}
    tencent.call("vpc", "ModifyVpcAttribute", VpcId=vpc, **change, **publish)
    (shown,) = tencent.call("vpc", "DescribeVpcs", VpcIds=[vpc])["VpcSet"]
    assert {name: shown[name] for name in ("VpcName", "EnableMulticast", "DnsServerSet")} == {
        "VpcName": "new",
        "EnableMulticast": True,
        "DnsServerSet": ["10.0.0.2"],
    }
    tencent.call("vpc", "ModifySubnetAttribute", SubnetId=subnet, SubnetName="new", EnableBroadcast="true")
    (shown,) = tencent.call("vpc", "DescribeSubnets", SubnetIds=[subnet])["SubnetSet"]
    assert (shown["SubnetName"], shown["EnableBroadcast"]) == ("new", True)
    retag(tencent, "vpc", "subnet", subnet, DeleteTags=[{"TagKey": "a"}])
    assert tags_of(tencent, "vpc", "subnet", subnet) == {}
    assert tencent.code("vpc", "ModifyVpcAttribute", VpcId="vpc-00000000", VpcName="x") == "ResourceNotFound"
    assert tencent.code("vpc", "ModifySubnetAttribute", SubnetId="subnet-00000000") == "ResourceNotFound"
    tencent.call("vpc", "DeleteSubnet", SubnetId=subnet)
    tencent.call("vpc", "DeleteVpc", VpcId=vpc)
    assert tencent.call("vpc", "DescribeRouteTables", Filters=main)["RouteTableSet"] == []


def test_a_security_group_with_its_rules(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    group = tencent.call("vpc", "CreateSecurityGroup", GroupName="web", GroupDescription="")["SecurityGroup"]
    one = group["SecurityGroupId"]
    retag(tencent, "cvm", "sg", one, ReplaceTags=[{"TagKey": "a", "TagValue": "1"}])
    assert tags_of(tencent, "cvm", "sg", one) == {"a": "1"}
    tencent.call("vpc", "ModifySecurityGroupAttribute", SecurityGroupId=one, GroupDescription="the door")
    (shown,) = tencent.call("vpc", "DescribeSecurityGroups", SecurityGroupIds=[one])["SecurityGroupSet"]
    assert (shown["SecurityGroupName"], shown["SecurityGroupDesc"], shown["ProjectId"]) == ("web", "the door", "0")

    def rules() -> dict[str, Any]:
        found: dict[str, Any] = tencent.call("vpc", "DescribeSecurityGroupPolicies", SecurityGroupId=one)
        return dict(found["SecurityGroupPolicySet"])

    def reset(**sides: Any) -> None:
        tencent.call("vpc", "ModifySecurityGroupPolicies", SecurityGroupId=one, SecurityGroupPolicySet=sides)

    assert (rules()["Version"], rules()["Ingress"], rules()["Egress"]) == ("0", [], [])
    reset(Ingress=[RULE])
    (shown,) = rules()["Ingress"]
    assert has(shown, "PolicyIndex PolicyDescription ModifyTime")["Protocol"] == "tcp"
    assert rules()["PolicyStatistics"]["IngressIPv4TotalCount"] == 1
    reset(Ingress=[{**RULE, "Port": "80"}, RULE], Egress=[RULE], Version="2")  # the version that will be
    assert [rule["Port"] for rule in rules()["Ingress"]] == ["80", "443"]
    gone = {"SecurityGroupId": one, "SecurityGroupPolicySet": {"Egress": [{"PolicyIndex": 0}]}}
    tencent.call("vpc", "DeleteSecurityGroupPolicies", **gone)
    assert (rules()["Egress"], rules()["Version"]) == ([], "3")
    assert tencent.code("vpc", "DeleteSecurityGroupPolicies", **gone) == "ResourceNotFound"

    uses = tencent.call("vpc", "DescribeSecurityGroupAssociationStatistics", SecurityGroupIds=[one])
    (counts,) = uses["SecurityGroupAssociationStatisticsSet"]
    assert {name: counts[name] for name in ("CVM", "CLB", "CDB", "ENI", "SG")} == dict.fromkeys(
        ("CVM", "CLB", "CDB", "ENI", "SG"), 0
    )
    reset(Version="0", Ingress=[], Egress=[])
    assert (rules()["Ingress"], rules()["Egress"]) == ([], [])
    tencent.call("vpc", "DeleteSecurityGroup", SecurityGroupId=one)
    assert tencent.code("vpc", "DescribeSecurityGroupPolicies", SecurityGroupId=one) == "ResourceNotFound"


@pytest.mark.parametrize(
    ("action", "sides", "code"),
    [
        ("Create", {"Ingress": [RULE], "Egress": [RULE]}, "InvalidParameter.Coexist"),
        ("Create", {}, "MissingParameter"),
        ("Create", {"Version": "7", "Ingress": [RULE]}, "UnsupportedOperation.VersionMismatch"),
        ("Create", {"Ingress": [RULE, RULE]}, "UnsupportedOperation.DuplicatePolicy"),
        (
            "Create",
            {"Ingress": [{**RULE, "PolicyIndex": 0}, {**RULE, "PolicyIndex": 1}]},
            "InvalidParameterValue.Range",
        ),
        ("Modify", {"Ingress": [{**RULE, "Ipv6CidrBlock": "::/0"}]}, "InvalidParameter.Coexist"),
        ("Modify", {"Ingress": [{**RULE, "ServiceTemplate": {"ServiceId": "ppm-1"}}]}, "InvalidParameter.Coexist"),
        ("Modify", {"Ingress": [{**RULE, "Protocol": "ICMP"}]}, "InvalidParameter.Coexist"),
        ("Modify", {"Ingress": [{**RULE, "Protocol": "SCTP"}]}, "InvalidParameterValue.Malformed"),
        ("Modify", {"Ingress": [{**RULE, "Action": "ALLOW"}]}, "InvalidParameterValue.Malformed"),
        ("Modify", {"Ingress": [{"Action": "ACCEPT"}]}, "MissingParameter"),
        ("Modify", {"Egress": [{"Action": "DROP", "SecurityGroupId": "sg-00000000"}]}, "ResourceNotFound"),
        ("Modify", {"Egress": [{**RULE, "Port": str(port)} for port in range(101)]}, "LimitExceeded"),
        ("Delete", {"Ingress": [RULE]}, "ResourceNotFound"),
    ],
)
def test_rules_that_are_refused(sandbox: Sandbox, action: str, sides: dict[str, Any], code: str) -> None:
    group = sandbox.tencent.make_vpc()["group"]
    desired = {"SecurityGroupId": group, "SecurityGroupPolicySet": sides}
    assert sandbox.tencent.code("vpc", f"{action}SecurityGroupPolicies", **desired) == code
    left = sandbox.tencent.call("vpc", "DescribeSecurityGroupPolicies", SecurityGroupId=group)
    assert left["SecurityGroupPolicySet"]["Version"] == "0"


def test_rules_are_added_at_an_index_and_taken_away_by_what_they_say(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    group, other = tencent.make_vpc()["group"], tencent.make_vpc("ap-beijing")["group"]
    assert group != other

    def change(action: str, *rules: dict[str, Any]) -> list[str]:
        desired = {"SecurityGroupId": group, "SecurityGroupPolicySet": {"Ingress": list(rules)}}
        tencent.call("vpc", f"{action}SecurityGroupPolicies", **desired)
        found = tencent.call("vpc", "DescribeSecurityGroupPolicies", SecurityGroupId=group)
        return [rule["Port"] for rule in found["SecurityGroupPolicySet"]["Ingress"]]

    assert change("Create", RULE) == ["443"]
    assert change("Create", {**RULE, "Port": "80"}) == ["443", "80"]
    assert change("Create", {**RULE, "Port": "22", "PolicyIndex": 0}) == ["22", "443", "80"]
    assert change("Delete", RULE) == ["22", "80"]


def test_a_group_that_a_rule_names_is_in_use(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    named, naming = (
        tencent.call("vpc", "CreateSecurityGroup", GroupName=name, GroupDescription="x")["SecurityGroup"][
            "SecurityGroupId"
        ]
        for name in ("named", "naming")
    )
    rule = {"Action": "ACCEPT", "SecurityGroupId": named}
    tencent.call(
        "vpc", "CreateSecurityGroupPolicies", SecurityGroupId=naming, SecurityGroupPolicySet={"Ingress": [rule]}
    )
    uses = tencent.call("vpc", "DescribeSecurityGroupAssociationStatistics", SecurityGroupIds=[named])
    assert uses["SecurityGroupAssociationStatisticsSet"][0]["SG"] == 1
    assert tencent.code("vpc", "DeleteSecurityGroup", SecurityGroupId=named) == "ResourceInUse"
    tencent.call("vpc", "DeleteSecurityGroup", SecurityGroupId=naming)
    tencent.call("vpc", "DeleteSecurityGroup", SecurityGroupId=named)


def test_an_instance(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    # What is on sale.
    zones = tencent.raw("api", "DescribeZones", Product="cvm")["ZoneSet"]
    assert tencent.zone in [has(zone, "Zone ZoneId ZoneName ZoneState")["Zone"] for zone in zones]
    in_zone = by("zone", tencent.zone)
    kinds = tencent.call("cvm", "DescribeZoneInstanceConfigInfos", Filters=in_zone)["InstanceTypeQuotaSet"]
    assert {has(kind, QUOTA_FIELDS)["Zone"] for kind in kinds} == {tencent.zone}
    assert {kind["Status"] for kind in kinds} == {"SELL", "SOLD_OUT"}
    by_hour = [*in_zone, *by("instance-charge-type", "POSTPAID_BY_HOUR")]
    hourly = tencent.call("cvm", "DescribeZoneInstanceConfigInfos", Filters=by_hour)["InstanceTypeQuotaSet"]
    assert len(hourly) * 2 == len(kinds)

    tencent.make_role("app")
    shop = tencent.make_vpc()
    (one,) = tencent.make_vpc_instance(
        vpc=shop,
        CamRoleName="app",
        InternetAccessible={"PublicIpAssigned": False},
        EnhancedService={
            name: {"Enabled": True} for name in ("SecurityService", "MonitorService", "AutomationService")
        },
        TagSpecification=[{"ResourceType": "instance", "Tags": [{"Key": "app", "Value": "shop"}]}],
    )
    assert tags_of(tencent, "cvm", "instance", one) == {"app": "shop"}
    shown = has(tencent.instance(one), INSTANCE_FIELDS)
    assert (shown["CamRoleName"], shown["InternetAccessible"]["InternetMaxBandwidthOut"]) == ("app", 0)
    assert IMAGE in [image["ImageId"] for image in tencent.call("cvm", "DescribeImages")["ImageSet"]]
    (disk,) = tencent.raw("cbs", "DescribeDisks", DiskIds=[shown["SystemDisk"]["DiskId"]], Limit=100)["DiskSet"]
    assert (disk["DiskState"], disk["DiskUsage"], disk["InstanceId"]) == ("ATTACHED", "SYSTEM_DISK", one)
    assert tencent.raw("cbs", "DescribeDisks", Filters=by("instance-id", "ins-00000000"))["DiskSet"] == []

    retag(
        tencent, "cvm", "instance", one, ReplaceTags=[{"TagKey": "b", "TagValue": "2"}], DeleteTags=[{"TagKey": "app"}]
    )
    assert tags_of(tencent, "cvm", "instance", one) == {"b": "2"}
    where = {"VpcId": shop["vpc"], "SubnetId": shop["subnet"], "IpAddresses": shown["PrivateIpAddresses"]}
    (used,) = tencent.call("vpc", "DescribeUsedIpAddress", **where)["IpAddressStates"]
    assert used["IpAddress"] == shown["PrivateIpAddresses"][0]
    tencent.call("cvm", "TerminateInstances", InstanceIds=[one])
    tencent.settle()
    assert tencent.call("vpc", "DescribeUsedIpAddress", **where)["IpAddressStates"] == []
    assert tags_of(tencent, "cvm", "instance", one) == {}


@pytest.mark.parametrize(
    ("resource", "changes", "code"),
    [
        ("instance/ins-1", {}, "InvalidParameterValue.ResourceDescriptionError"),
        ("qcs::cvm:{region}:uin/1:sg/{group}", {}, "InvalidParameterValue.ResourceDescriptionError"),
        ("qcs::cos:{region}:uin/:bucket/b", {}, "InvalidParameterValue.ResourcePrefixInvalid"),
        ("qcs::cvm:ap-tokyo:uin/:sg/{group}", {}, "FailedOperation"),
        (
            "qcs::cvm:{region}:uin/:sg/{group}",
            {"ReplaceTags": [{"TagKey": "a", "TagValue": "1"}], "DeleteTags": [{"TagKey": "a"}]},
            "InvalidParameterValue.DeleteTagsParamError",
        ),
        (
            "qcs::cvm:{region}:uin/:sg/{group}",
            {"ReplaceTags": [{"TagKey": str(key), "TagValue": "1"} for key in range(51)]},
            "LimitExceeded.ResourceAttachedTags",
        ),
    ],
)
def test_tags_that_are_refused(sandbox: Sandbox, resource: str, changes: dict[str, Any], code: str) -> None:
    tencent = sandbox.tencent
    name = resource.format(region=tencent.region, group=tencent.make_vpc()["group"])
    assert tencent.code("tag", "ModifyResourceTags", Resource=name, **changes) == code


def test_tagging_asks_for_permission_on_the_resource(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    group = tencent.make_vpc()["group"]
    mine = f"qcs::cvm:{tencent.region}:uin/:sg/{group}"
    statement = {"effect": "allow", "action": ["tag:ModifyResourceTags"], "resource": [mine]}
    keys = tencent.user("tagger", {"version": "2.0", "statement": [statement]})
    put = {"ReplaceTags": [{"TagKey": "a", "TagValue": "1"}]}
    tencent.raw("tag", "ModifyResourceTags", keys, Resource=mine, **put)
    other = f"qcs::vpc:{tencent.region}:uin/:vpc/vpc-00000000"
    assert tencent.code("tag", "ModifyResourceTags", keys=keys, Resource=other, **put) == (
        "AuthFailure.UnauthorizedOperation"
    )
