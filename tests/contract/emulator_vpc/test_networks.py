"""VPCs over the wire: their whole life, lists, tags, and every refusal."""

from __future__ import annotations

import re

import pytest

from tests.support.sandbox import Sandbox
from tests.support.typed import Refused, Typed, refuses


@pytest.fixture
def api(sandbox: Sandbox) -> Typed:
    sandbox.switch(settle_seconds=0.0)
    return Typed(sandbox)


def test_a_vpc_from_making_to_deleting(api: Typed) -> None:
    made = api.vpc(
        "CreateVpc",
        CidrBlock="192.168.0.0/16",
        VpcName="net",
        Description="of a test",
        UserCidr="10.1.0.0/16,10.2.0.0/16",
        Tag=[{"Key": "team", "Value": "a"}],
    )
    assert made["VpcId"].startswith("vpc-")
    assert made["VRouterId"].startswith("vrt-")
    assert made["RouteTableId"].startswith("vtb-")
    found = api.vpc("DescribeVpcAttribute", VpcId=made["VpcId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["CreationTime"])
    expected = {
        "VpcName": "net",
        "Description": "of a test",
        "CidrBlock": "192.168.0.0/16",
        "Status": "Available",
        "RegionId": api.region,
        "IsDefault": False,
        "VRouterId": made["VRouterId"],
        "UserCidrs": {"UserCidr": ["10.1.0.0/16", "10.2.0.0/16"]},
        "Tags": {"Tag": [{"Key": "team", "Value": "a"}]},
    }
    assert {name: found[name] for name in expected} == expected
    api.vpc("ModifyVpcAttribute", VpcId=made["VpcId"], VpcName="other", Description="")
    changed = api.vpc("DescribeVpcAttribute", VpcId=made["VpcId"])
    assert (changed["VpcName"], changed["Description"]) == ("other", "")
    api.vpc("DeleteVpc", VpcId=made["VpcId"])
    with refuses("InvalidVpcId.NotFound", 404):
        api.vpc("DescribeVpcAttribute", VpcId=made["VpcId"])


def test_a_new_vpc_is_pending_for_a_moment(sandbox: Sandbox) -> None:
    sandbox.switch(settle_seconds=60.0)
    api = Typed(sandbox)
    vpc = api.vpc("CreateVpc")["VpcId"]
    assert api.vpc("DescribeVpcAttribute", VpcId=vpc)["Status"] == "Pending"
    with refuses("IncorrectVpcStatus", 400):
        api.vpc("DeleteVpc", VpcId=vpc)
    with refuses("IncorrectVpcStatus", 400):
        api.vpc("CreateVSwitch", VpcId=vpc, ZoneId="cn-hangzhou-h", CidrBlock="172.16.0.0/24")
    with refuses("IncorrectVpcStatus", 400):
        api.ecs("CreateSecurityGroup", VpcId=vpc)
    sandbox.advance(61)
    assert api.vpc("DescribeVpcAttribute", VpcId=vpc)["Status"] == "Available"
    api.vpc("DeleteVpc", VpcId=vpc)


def test_lists_come_in_pages_and_leave_out_what_is_not_asked(api: Typed) -> None:
    made = [api.vpc("CreateVpc", VpcName=f"net{number}")["VpcId"] for number in range(5)]
    first = api.vpc("DescribeVpcs", PageSize=2)
    assert (first["TotalCount"], first["PageNumber"], first["PageSize"]) == (5, 1, 2)
    pages = [api.vpc("DescribeVpcs", PageSize=2, PageNumber=number)["Vpcs"]["Vpc"] for number in (1, 2, 3, 4)]
    assert [row["VpcId"] for page in pages for row in page] == made
    wanted = api.vpc("DescribeVpcs", VpcId=f"{made[1]},vpc-unknown,{made[3]}")
    assert [row["VpcId"] for row in wanted["Vpcs"]["Vpc"]] == [made[1], made[3]]
    assert [row["VpcId"] for row in api.vpc("DescribeVpcs", VpcName="net4")["Vpcs"]["Vpc"]] == [made[4]]
    assert api.vpc("DescribeVpcs", IsDefault=True)["TotalCount"] == 0


def test_each_region_has_its_own(sandbox: Sandbox, api: Typed) -> None:
    vpc = api.vpc("CreateVpc")["VpcId"]
    elsewhere = Typed(sandbox, region="cn-beijing")
    assert elsewhere.vpc("DescribeVpcs")["TotalCount"] == 0
    with refuses("InvalidVpcId.NotFound", 404):
        elsewhere.vpc("DescribeVpcAttribute", VpcId=vpc)


def test_the_same_client_token_makes_one_vpc(api: Typed) -> None:
    first = api.vpc("CreateVpc", CidrBlock="10.0.0.0/16", ClientToken="once")
    assert api.vpc("CreateVpc", CidrBlock="10.0.0.0/16", ClientToken="once") == first
    assert api.vpc("DescribeVpcs")["TotalCount"] == 1
    with refuses("IdempotentParameterMismatch", 400):
        api.vpc("CreateVpc", CidrBlock="10.1.0.0/16", ClientToken="once")


def test_a_failed_call_does_not_use_its_client_token_up(api: Typed) -> None:
    with pytest.raises(Refused):
        api.vpc("CreateVpc", CidrBlock="10.0.0.0/4", ClientToken="once")
    api.vpc("CreateVpc", CidrBlock="10.0.0.0/16", ClientToken="once")


def test_a_dry_run_ends_in_its_error_and_makes_nothing(api: Typed) -> None:
    with refuses("DryRunOperation", 400):
        api.vpc("CreateVpc", DryRun=True)
    with refuses("InvalidParameter", 400):
        api.vpc("CreateVpc", DryRun=True, CidrBlock="10.0.0.0/30")
    assert api.vpc("DescribeVpcs")["TotalCount"] == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"CidrBlock": "10.0.0.0/29"}, "InvalidParameter"),
        ({"CidrBlock": "8.0.0.0/8"}, "InvalidParameter"),
        ({"CidrBlock": "10.0.0.1/16"}, "InvalidParameter"),
        ({"CidrBlock": "100.64.0.0/16"}, "InvalidParameter"),
        ({"CidrBlock": "127.0.0.0/16"}, "InvalidParameter"),
        ({"CidrBlock": "169.254.0.0/20"}, "InvalidParameter"),
        ({"CidrBlock": "224.1.0.0/16"}, "InvalidParameter"),
        ({"CidrBlock": "nonsense"}, "InvalidParameter"),
        ({"UserCidr": "nonsense"}, "InvalidParameter"),
        ({"VpcName": "http://name"}, "InvalidVpcName.Malformed"),
        ({"VpcName": "n" * 129}, "InvalidVpcName.Malformed"),
        ({"Description": "https://text"}, "InvalidVpcDiscription.Malformed"),
        ({"ClientToken": "t" * 65}, "InvalidClientToken.ValueNotSupported"),
        ({"Tag": [{"Key": "acs:x", "Value": ""}]}, "InvalidTagKey.Malformed"),
        ({"Tag": [{"Key": "a", "Value": "http://"}]}, "InvalidTagValue.Malformed"),
        ({"Tag": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Duplicate.TagKey"),
        ({"Tag": [{"Key": f"k{n}", "Value": ""} for n in range(21)]}, "InvalidTagCount"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_vpc_cannot_be(api: Typed, fields: dict[str, object], code: str) -> None:
    with refuses(code, 400):
        api.vpc("CreateVpc", **fields)


def test_vpcs_are_counted(sandbox: Sandbox, api: Typed) -> None:
    sandbox.switch(quota_vpcs=2)
    api.vpc("CreateVpc")
    api.vpc("CreateVpc")
    with refuses("QuotaExceeded.Vpc", 400):
        api.vpc("CreateVpc")
    assert Typed(sandbox, region="cn-beijing").vpc("CreateVpc")["VpcId"]


def test_a_vpc_is_deleted_last(api: Typed) -> None:
    vpc = api.vpc("CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"]
    group = api.ecs("CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
    vswitch = api.vpc("CreateVSwitch", VpcId=vpc, ZoneId="cn-hangzhou-h", CidrBlock="10.0.0.0/24")["VSwitchId"]
    with refuses("DependencyViolation.VSwitch", 400):
        api.vpc("DeleteVpc", VpcId=vpc)
    api.vpc("DeleteVSwitch", VSwitchId=vswitch)
    with refuses("DependencyViolation.SecurityGroup", 400):
        api.vpc("DeleteVpc", VpcId=vpc)
    api.ecs("DeleteSecurityGroup", SecurityGroupId=group)
    api.vpc("DeleteVpc", VpcId=vpc)
    with refuses("InvalidVpcId.NotFound", 404):
        api.vpc("DeleteVpc", VpcId=vpc)


def test_a_block_cannot_shrink_below_its_vswitches(api: Typed) -> None:
    vpc = api.vpc("CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"]
    api.vpc("CreateVSwitch", VpcId=vpc, ZoneId="cn-hangzhou-h", CidrBlock="10.0.9.0/24")
    with refuses("DependencyViolation.VSwitch", 400):
        api.vpc("ModifyVpcAttribute", VpcId=vpc, CidrBlock="10.0.0.0/24")
    with refuses("InvalidCidrBlock.Malformed", 400):
        api.vpc("ModifyVpcAttribute", VpcId=vpc, CidrBlock="10.0.0.0/33")
    api.vpc("ModifyVpcAttribute", VpcId=vpc, CidrBlock="10.0.0.0/20")


def test_the_default_vpc(api: Typed) -> None:
    vpc = api.vpc("CreateDefaultVpc")["VpcId"]
    assert api.vpc("DescribeVpcs", IsDefault=True)["Vpcs"]["Vpc"][0]["VpcId"] == vpc
    with refuses("OperationDenied.DefaultVpcExist", 400):
        api.vpc("CreateDefaultVpc")
    first = api.vpc("CreateDefaultVSwitch", ZoneId="cn-hangzhou-h")["VSwitchId"]
    second = api.vpc("CreateDefaultVSwitch", ZoneId="cn-hangzhou-i")["VSwitchId"]
    blocks = {one: api.vpc("DescribeVSwitchAttributes", VSwitchId=one)["CidrBlock"] for one in (first, second)}
    assert blocks == {first: "172.31.0.0/20", second: "172.31.16.0/20"}
    with refuses("OperationDenied.DefaultVSwitchExist", 400):
        api.vpc("CreateDefaultVSwitch", ZoneId="cn-hangzhou-h")


def test_default_vswitch_needs_the_default_vpc(api: Typed) -> None:
    with refuses("InvalidVpcId.NotFound", 404):
        api.vpc("CreateDefaultVSwitch", ZoneId="cn-hangzhou-h")


def test_secondary_blocks_classic_link_and_resource_group(api: Typed) -> None:
    vpc = api.vpc("CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"]
    api.vpc("AssociateVpcCidrBlock", VpcId=vpc, SecondaryCidrBlock="10.9.0.0/16")
    with refuses("InvalidCidrBlock.Overlapped", 400):
        api.vpc("AssociateVpcCidrBlock", VpcId=vpc, SecondaryCidrBlock="10.0.128.0/20")
    with refuses("InvalidCidrBlock.Malformed", 400):
        api.vpc("AssociateVpcCidrBlock", VpcId=vpc, SecondaryCidrBlock="10.0.128.0")
    api.vpc("CreateVSwitch", VpcId=vpc, ZoneId="cn-hangzhou-h", CidrBlock="10.9.1.0/24")
    api.vpc("EnableVpcClassicLink", VpcId=vpc)
    api.vpc("MoveResourceGroup", ResourceType="vpc", ResourceId=vpc, NewResourceGroupId="rg-other")
    found = api.vpc("DescribeVpcAttribute", VpcId=vpc)
    assert found["SecondaryCidrBlocks"] == {"SecondaryCidrBlock": ["10.9.0.0/16"]}
    assert (found["ClassicLinkEnabled"], found["ResourceGroupId"]) == (True, "rg-other")
    api.vpc("DisableVpcClassicLink", VpcId=vpc)
    api.vpc("UnassociateVpcCidrBlock", VpcId=vpc, SecondaryCidrBlock="10.9.0.0/16")
    with refuses("InvalidParameter", 400):
        api.vpc("UnassociateVpcCidrBlock", VpcId=vpc, SecondaryCidrBlock="10.9.0.0/16")
    with refuses("InvalidResourceType.NotSupported", 400):
        api.vpc("MoveResourceGroup", ResourceType="eip", ResourceId=vpc, NewResourceGroupId="rg-other")


@pytest.mark.parametrize(
    ("action", "fields", "code"),
    [
        ("DescribeVpcAttribute", {}, "MissingVpcId"),
        ("DeleteVpc", {}, "MissingVpcId"),
        ("ModifyVpcAttribute", {}, "MissingVpcId"),
        ("CreateVSwitch", {}, "MissingVpcId"),
        ("DescribeVSwitchAttributes", {}, "MissingVSwitchId"),
        ("DeleteVSwitch", {}, "MissingVSwitchId"),
        ("TagResources", {"ResourceType": "VPC"}, "MissingTag"),
        ("TagResources", {"ResourceType": "VPC", "Tag": [{"Key": "a", "Value": "b"}]}, "MissingResourceId"),
        ("UnTagResources", {"ResourceType": "VPC", "ResourceId": ["vpc-1"]}, "MissingTagKey"),
        ("ListTagResources", {}, "MissingResourceType"),
    ],
)
def test_what_must_be_sent(api: Typed, action: str, fields: dict[str, object], code: str) -> None:
    with refuses(code, 400):
        api.vpc(action, **fields)


def test_one_who_may_not_is_told_so(sandbox: Sandbox, api: Typed) -> None:
    vpc = api.vpc("CreateVpc")["VpcId"]
    one = {"Effect": "Allow", "Action": "vpc:Describe*", "Resource": f"acs:vpc:*:*:vpc/{vpc}"}
    reader = Typed(sandbox, sandbox.user("reader", {"Version": "1", "Statement": [one]}))
    assert reader.vpc("DescribeVpcAttribute", VpcId=vpc)["VpcId"] == vpc
    with refuses("Forbidden", 403):
        reader.vpc("DeleteVpc", VpcId=vpc)
    with refuses("Forbidden", 403):
        reader.vpc("DescribeVpcs")
