"""VPCs, subnets and security groups through the official SDK."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import Sandbox
from tests.support.tencent import Tencent


def vpc_of(tencent: Tencent, block: str = "10.0.0.0/16", **params: Any) -> str:
    made = tencent.call("vpc", "CreateVpc", VpcName="net", CidrBlock=block, **params)["Vpc"]
    return str(made["VpcId"])


def subnet_of(tencent: Tencent, vpc: str, block: str = "10.0.1.0/24") -> str:
    desired: dict[str, Any] = {"VpcId": vpc, "SubnetName": "sub", "Zone": tencent.zone, "CidrBlock": block}
    return str(tencent.call("vpc", "CreateSubnet", **desired)["Subnet"]["SubnetId"])


def test_a_network_s_life(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    vpc = vpc_of(tencent, DnsServers=["10.0.0.2"], DomainName="example.org", Tags=[{"Key": "a", "Value": "1"}])
    (shown,) = tencent.call("vpc", "DescribeVpcs", VpcIds=[vpc])["VpcSet"]
    assert (shown["VpcName"], shown["CidrBlock"], shown["IsDefault"]) == ("net", "10.0.0.0/16", False)
    assert (shown["DnsServerSet"], shown["TagSet"]) == (["10.0.0.2"], [{"Key": "a", "Value": "1"}])
    subnet = subnet_of(tencent, vpc)
    (found,) = tencent.call("vpc", "DescribeSubnets", SubnetIds=[subnet])["SubnetSet"]
    assert (found["VpcId"], found["Zone"], found["AvailableIpAddressCount"]) == (vpc, tencent.zone, 253)
    assert tencent.code("vpc", "DeleteVpc", VpcId=vpc) == "ResourceInUse"
    tencent.call("vpc", "DeleteSubnet", SubnetId=subnet)
    tencent.call("vpc", "DeleteVpc", VpcId=vpc)
    assert tencent.code("vpc", "DescribeVpcs", VpcIds=[vpc]) == "ResourceNotFound"
    assert tencent.call("vpc", "DescribeVpcs")["TotalCount"] == 0


@pytest.mark.parametrize(
    "block", ["10.0.0.0", "10.0.0.1/16", "11.0.0.0/16", "10.0.0.0/29", "10.0.0.0/13", "2001:db8::/64", "x"]
)
def test_blocks_a_vpc_cannot_have(sandbox: Sandbox, block: str) -> None:
    code = sandbox.tencent.code("vpc", "CreateVpc", VpcName="net", CidrBlock=block)
    assert code == "InvalidParameterValue.Malformed"


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("10.0.1.0/24", "SubnetConflict"),
        ("10.0.1.128/25", "SubnetOverlap"),
        ("10.0.0.0/16", "SubnetOverlap"),
        ("10.1.0.0/24", "SubnetRange"),
        ("10.0.2.0/30", "SubnetRange"),
        ("10.0.2.1/24", "Malformed"),
    ],
)
def test_blocks_a_subnet_cannot_have(sandbox: Sandbox, block: str, code: str) -> None:
    tencent = sandbox.tencent
    vpc = vpc_of(tencent)
    subnet_of(tencent, vpc)
    desired = {"VpcId": vpc, "SubnetName": "sub", "Zone": tencent.zone, "CidrBlock": block}
    assert tencent.code("vpc", "CreateSubnet", **desired) == f"InvalidParameterValue.{code}"


def test_other_refusals(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    vpc = vpc_of(tencent)
    subnet = {"VpcId": vpc, "SubnetName": "sub", "Zone": "ap-beijing-3", "CidrBlock": "10.0.1.0/24"}
    assert tencent.code("vpc", "CreateSubnet", **subnet) == "InvalidParameterValue.ZoneConflict"
    assert tencent.code("vpc", "CreateSubnet", **{**subnet, "VpcId": "vpc-00000000"}) == "ResourceNotFound"
    assert tencent.code("vpc", "CreateVpc", VpcName="n" * 61) == "InvalidParameterValue.TooLong"
    assert (
        tencent.code("vpc", "CreateVpc", VpcName="n", DnsServers=["1.1.1.1"] * 5) == "InvalidParameterValue.Malformed"
    )
    assert tencent.code("vpc", "DeleteVpc", VpcId="vpc-00000000") == "ResourceNotFound"
    assert tencent.code("vpc", "DeleteSubnet", SubnetId="subnet-00000000") == "ResourceNotFound"
    assert tencent.code("vpc", "CreateDefaultVpc", Zone="ap-beijing-3") == "InvalidParameterValue.ZoneConflict"
    sandbox.switch(tencent_quota_vpcs=1, tencent_quota_subnets=0, tencent_quota_security_groups=0)
    assert tencent.code("vpc", "CreateVpc", VpcName="n") == "LimitExceeded"
    assert tencent.code("vpc", "CreateSubnet", **{**subnet, "Zone": tencent.zone}) == "LimitExceeded"
    assert tencent.code("vpc", "CreateSecurityGroup", GroupName="g", GroupDescription="g") == "LimitExceeded"


def test_lists(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    vpc = vpc_of(tencent)
    subnets = [subnet_of(tencent, vpc, f"10.0.{n}.0/24") for n in range(5)]

    def found(**params: Any) -> list[str]:
        return [one["SubnetId"] for one in tencent.call("vpc", "DescribeSubnets", **params)["SubnetSet"]]

    assert found(Offset="1", Limit="2") == subnets[1:3]  # the SDK types them as texts
    assert found(Filters=[{"Name": "cidr-block", "Values": ["10.0.3.0/24"]}]) == [subnets[3]]
    assert found(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "zone", "Values": ["x"]}]) == []
    first = tencent.call("vpc", "DescribeSubnets", MaxResults=3)
    assert [one["SubnetId"] for one in first["SubnetSet"]] == subnets[:3]
    assert found(MaxResults=3, NextToken=first["NextToken"]) == subnets[3:]
    assert tencent.code("vpc", "DescribeSubnets", NextToken="x") == "InvalidParameterValue.Malformed"
    both = {"SubnetIds": subnets[:1], "Filters": [{"Name": "zone", "Values": ["x"]}]}
    assert tencent.code("vpc", "DescribeSubnets", **both) == "InvalidParameter.Coexist"
    assert tencent.code("vpc", "DescribeSubnets", SubnetIds=["vpc-1"]) == "InvalidParameterValue.Malformed"
    assert tencent.code("vpc", "DescribeSubnets", Limit="101") == "InvalidParameterValue.Range"
    unknown = [{"Name": "colour", "Values": ["red"]}]
    assert tencent.code("vpc", "DescribeSubnets", Filters=unknown) == "InvalidParameter.FilterInvalidKey"
    vpc_of(tencent, "192.168.0.0/16", Tags=[{"Key": "team", "Value": "a"}])
    tagged = tencent.call("vpc", "DescribeVpcs", Filters=[{"Name": "tag:team", "Values": ["a"]}])
    assert [one["CidrBlock"] for one in tagged["VpcSet"]] == ["192.168.0.0/16"]


def test_what_an_instance_holds_cannot_be_deleted(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    made = tencent.make_vpc()
    (one,) = tencent.make_vpc_instance(vpc=made)
    (subnet,) = tencent.call("vpc", "DescribeSubnets", SubnetIds=[made["subnet"]])["SubnetSet"]
    assert subnet["AvailableIpAddressCount"] == 252
    sandbox.switch(cvm_release_seconds=30)
    tencent.call("cvm", "TerminateInstances", InstanceIds=[one])
    for seconds in (0, 10):  # still running, then gone and not yet released
        sandbox.advance(seconds)
        assert tencent.code("vpc", "DeleteSubnet", SubnetId=made["subnet"]) == "ResourceInUse"
        assert tencent.code("vpc", "DeleteSecurityGroup", SecurityGroupId=made["group"]) == "ResourceInUse"
    sandbox.advance(30)
    tencent.call("vpc", "DeleteSubnet", SubnetId=made["subnet"])
    tencent.call("vpc", "DeleteSecurityGroup", SecurityGroupId=made["group"])
    tencent.call("vpc", "DeleteVpc", VpcId=made["vpc"])


def test_security_groups(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    desired: dict[str, Any] = {
        "GroupName": "web",
        "GroupDescription": "x",
        "ProjectId": "0",
        "Tags": [{"Key": "a", "Value": "1"}],
    }
    group = tencent.call("vpc", "CreateSecurityGroup", **desired)["SecurityGroup"]
    assert (group["SecurityGroupName"], group["ProjectId"], group["IsDefault"]) == ("web", "0", False)
    (shown,) = tencent.call("vpc", "DescribeSecurityGroups", SecurityGroupIds=[group["SecurityGroupId"]])[
        "SecurityGroupSet"
    ]
    assert shown["TagSet"] == [{"Key": "a", "Value": "1"}]
    long = {"GroupName": "web", "GroupDescription": "x" * 101}
    assert tencent.code("vpc", "CreateSecurityGroup", **long) == "InvalidParameterValue.TooLong"
    tencent.call("vpc", "DeleteSecurityGroup", SecurityGroupId=group["SecurityGroupId"])
    gone = tencent.code("vpc", "DeleteSecurityGroup", SecurityGroupId=group["SecurityGroupId"])
    assert gone == "InvalidSecurityGroupID.NotFound"


def test_the_default_vpc(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    made = tencent.call("vpc", "CreateDefaultVpc", Zone="ap-guangzhou-4")["Vpc"]
    again = tencent.call("vpc", "CreateDefaultVpc", Zone="ap-guangzhou-4")["Vpc"]
    assert made == again
    (subnet,) = tencent.call("vpc", "DescribeSubnets", SubnetIds=[made["SubnetId"]])["SubnetSet"]
    assert (subnet["Zone"], subnet["IsDefault"]) == ("ap-guangzhou-4", True)
