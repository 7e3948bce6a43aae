"""vSwitches, route tables and tags over the wire."""

from __future__ import annotations

import pytest

from tests.support.sandbox import Sandbox
from tests.support.typed import Typed, refuses

ZONE = "cn-hangzhou-h"


@pytest.fixture
def api(sandbox: Sandbox) -> Typed:
    sandbox.switch(settle_seconds=0.0)
    return Typed(sandbox)


@pytest.fixture
def vpc(api: Typed) -> str:
    return str(api.vpc("CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"])


def test_a_vswitch_from_making_to_deleting(api: Typed, vpc: str) -> None:
    made = api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.1.0/24", VSwitchName="a", Description="b")
    vswitch = made["VSwitchId"]
    assert vswitch.startswith("vsw-")
    found = api.vpc("DescribeVSwitchAttributes", VSwitchId=vswitch)
    expected = {
        "VpcId": vpc,
        "ZoneId": ZONE,
        "CidrBlock": "10.0.1.0/24",
        "VSwitchName": "a",
        "Description": "b",
        "Status": "Available",
        "AvailableIpAddressCount": 252,
        "Tags": {"Tag": []},
    }
    assert {name: found[name] for name in expected} == expected
    assert api.vpc("DescribeVpcAttribute", VpcId=vpc)["VSwitchIds"] == {"VSwitchId": [vswitch]}
    api.vpc("ModifyVSwitchAttribute", VSwitchId=vswitch, VSwitchName="c", Description="d")
    listed = api.vpc("DescribeVSwitches", VpcId=vpc)["VSwitches"]["VSwitch"]
    assert [(row["VSwitchName"], row["Description"]) for row in listed] == [("c", "d")]
    api.vpc("DeleteVSwitch", VSwitchId=vswitch)
    for action in ("DescribeVSwitchAttributes", "DeleteVSwitch", "ModifyVSwitchAttribute", "DescribeVSwitches"):
        with refuses("InvalidVSwitchId.NotFound", 404):
            api.vpc(action, VSwitchId=vswitch)


def test_a_gone_vswitch_may_also_be_an_empty_answer(sandbox: Sandbox, api: Typed) -> None:
    sandbox.switch(describe_gone_vswitch="empty")
    assert api.vpc("DescribeVSwitchAttributes", VSwitchId="vsw-gone")["VSwitchId"] == ""


def test_one_vswitch_of_a_vpc_changes_at_a_time(sandbox: Sandbox, api: Typed, vpc: str) -> None:
    sandbox.switch(settle_seconds=60.0)
    first = api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.1.0/24")["VSwitchId"]
    assert api.vpc("DescribeVSwitchAttributes", VSwitchId=first)["Status"] == "Pending"
    with refuses("TaskConflict", 400):
        api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.2.0/24")
    with refuses("IncorrectVSwitchStatus", 400):
        api.vpc("DeleteVSwitch", VSwitchId=first)
    sandbox.advance(61)
    second = api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.2.0/24")["VSwitchId"]
    with refuses("TaskConflict", 400):
        api.vpc("DeleteVSwitch", VSwitchId=first)
    sandbox.advance(61)
    api.vpc("DeleteVSwitch", VSwitchId=first)
    assert api.vpc("DescribeVSwitchAttributes", VSwitchId=first)["Status"] == "Pending"
    with refuses("TaskConflict", 400):
        api.vpc("DeleteVSwitch", VSwitchId=second)
    sandbox.advance(61)
    with refuses("InvalidVSwitchId.NotFound", 404):
        api.vpc("DescribeVSwitchAttributes", VSwitchId=first)


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"VpcId": "vpc-unknown"}, "InvalidVpcId.NotFound", 404),
        ({"ZoneId": "cn-beijing-h"}, "InvalidZoneId.NotFound", 404),
        ({"CidrBlock": "nonsense"}, "InvalidCidrBlock.Malformed", 400),
        ({"CidrBlock": "10.0.1.1/24"}, "InvalidCidrBlock.Malformed", 400),
        ({"CidrBlock": "10.0.1.0/30"}, "InvalidCirdrBlock.MaskLength", 400),
        ({"CidrBlock": "10.1.0.0/24"}, "InvalidParameter", 400),
        ({"CidrBlock": "10.0.8.0/22"}, "InvalidCidrBlock.Overlapped", 400),
        ({"VSwitchName": "http://x"}, "InvalidVSwitchName.Malformed", 400),
        ({"Description": "d" * 257}, "InvalidVSwitchDiscription.Malformed", 400),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_vswitch_cannot_be(api: Typed, vpc: str, fields: dict[str, str], code: str, status: int) -> None:
    api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.9.0/24")
    with refuses(code, status):
        api.vpc("CreateVSwitch", **{"VpcId": vpc, "ZoneId": ZONE, "CidrBlock": "10.0.2.0/24", **fields})


def test_vswitches_are_counted(sandbox: Sandbox, api: Typed, vpc: str) -> None:
    sandbox.switch(quota_vswitches=1)
    api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.1.0/24")
    with refuses("QuotaExceeded.VSwitch", 400):
        api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.2.0/24")


def test_a_vswitch_with_instances_stays(sandbox: Sandbox, api: Typed) -> None:
    places = sandbox.make_vpc()
    (instance,) = sandbox.make_vpc_instance(vpc=places)
    assert api.vpc("DescribeVSwitchAttributes", VSwitchId=places["vswitch"])["AvailableIpAddressCount"] == 251
    with refuses("DependencyViolation", 400):
        api.vpc("DeleteVSwitch", VSwitchId=places["vswitch"])
    api.ecs("DeleteInstance", InstanceId=instance, Force=True)
    api.vpc("DeleteVSwitch", VSwitchId=places["vswitch"])


def test_lists(api: Typed, vpc: str) -> None:
    other = api.vpc("CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"]
    made = [
        api.vpc("CreateVSwitch", VpcId=home, ZoneId=f"cn-hangzhou-{letter}", CidrBlock=f"10.0.{number}.0/24")[
            "VSwitchId"
        ]
        for number, (home, letter) in enumerate([(vpc, "h"), (vpc, "i"), (other, "h")])
    ]

    def ids(**fields: object) -> list[str]:
        return [row["VSwitchId"] for row in api.vpc("DescribeVSwitches", **fields)["VSwitches"]["VSwitch"]]

    assert ids() == made
    assert ids(VpcId=vpc) == made[:2]
    assert ids(ZoneId="cn-hangzhou-h") == [made[0], made[2]]
    assert ids(PageSize=1, PageNumber=2) == [made[1]]
    with refuses("InvalidParameter", 400):
        ids(PageSize=51)


def test_each_vpc_has_a_route_table(api: Typed, vpc: str) -> None:
    vswitch = api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.1.0/24")["VSwitchId"]
    (row,) = api.vpc("DescribeRouteTableList", VpcId=vpc)["RouterTableList"]["RouterTableListType"]
    assert (row["VpcId"], row["RouteTableType"], row["Status"]) == (vpc, "System", "Available")
    assert row["VSwitchIds"] == {"VSwitchId": [vswitch]}
    api.vpc("ModifyRouteTableAttributes", RouteTableId=row["RouteTableId"], RouteTableName="main", Description="text")
    (changed,) = api.vpc("DescribeRouteTableList", RouteTableName="main")["RouterTableList"]["RouterTableListType"]
    assert changed["Description"] == "text"
    (table,) = api.vpc("DescribeRouteTables", VRouterId=row["RouterId"])["RouteTables"]["RouteTable"]
    entries = {entry["DestinationCidrBlock"] for entry in table["RouteEntrys"]["RouteEntry"]}
    assert entries == {"10.0.1.0/24", "100.64.0.0/10"}
    assert api.vpc("DescribeRouteTableList", VpcId="vpc-other")["TotalCount"] == 0
    with refuses("InvalidRouteTableId.NotFound", 404):
        api.vpc("ModifyRouteTableAttributes", RouteTableId="vtb-other", RouteTableName="x")


def test_tags_on_vpcs_and_vswitches(api: Typed, vpc: str) -> None:
    vswitch = api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.1.0/24")["VSwitchId"]
    for kind, key in (("VPC", vpc), ("VSWITCH", vswitch)):
        api.vpc(
            "TagResources",
            ResourceType=kind,
            ResourceId=[key],
            Tag=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
        )
        api.vpc("TagResources", ResourceType=kind, ResourceId=[key], Tag=[{"Key": "b", "Value": "3"}])
        rows = api.vpc("ListTagResources", ResourceType=kind, ResourceId=[key])["TagResources"]["TagResource"]
        assert {(row["ResourceId"], row["TagKey"], row["TagValue"]) for row in rows} == {
            (key, "a", "1"),
            (key, "b", "3"),
        }
    assert api.vpc("DescribeVpcs", Tag=[{"Key": "a", "Value": "1"}])["TotalCount"] == 1
    assert api.vpc("DescribeVpcs", Tag=[{"Key": "a", "Value": "2"}])["TotalCount"] == 0
    assert api.vpc("DescribeVSwitches", Tag=[{"Key": "b"}])["TotalCount"] == 1
    api.vpc("UnTagResources", ResourceType="VPC", ResourceId=[vpc], TagKey=["a"])
    assert api.vpc("DescribeVpcAttribute", VpcId=vpc)["Tags"] == {"Tag": [{"Key": "b", "Value": "3"}]}
    api.vpc("UnTagResources", ResourceType="VSWITCH", ResourceId=[vswitch], All=True)
    assert api.vpc("DescribeVSwitchAttributes", VSwitchId=vswitch)["Tags"] == {"Tag": []}


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"ResourceType": "EIP"}, "InvalidResourceType.NotFound", 404),
        ({"ResourceId": ["vpc-other"]}, "InvalidResourceId.NotFound", 404),
        ({"ResourceId": [f"vpc-{n}" for n in range(51)]}, "InvalidParameter.TooManyResourceIds", 400),
        ({"Tag": [{"Key": "aliyun", "Value": ""}]}, "InvalidTagKey.Malformed", 400),
        ({"Tag": [{"Key": f"k{n}", "Value": ""} for n in range(20)]}, "OperationDenied.QuotaExceed", 400),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_tags_cannot_be(api: Typed, vpc: str, fields: dict[str, object], code: str, status: int) -> None:
    api.vpc("TagResources", ResourceType="VPC", ResourceId=[vpc], Tag=[{"Key": "one", "Value": ""}])
    wanted = {"ResourceType": "VPC", "ResourceId": [vpc], "Tag": [{"Key": "a", "Value": "1"}], **fields}
    with refuses(code, status):
        api.vpc("TagResources", **wanted)


def test_tag_lists_come_in_pages(api: Typed, vpc: str) -> None:
    labels = [{"Key": f"k{number}", "Value": "v"} for number in range(5)]
    api.vpc("TagResources", ResourceType="VPC", ResourceId=[vpc], Tag=labels)
    found, token = [], ""
    while True:
        page = api.vpc("ListTagResources", ResourceType="VPC", MaxResults=2, NextToken=token)
        found += [row["TagKey"] for row in page["TagResources"]["TagResource"]]
        token = page["NextToken"]
        if not token:
            break
    assert found == [f"k{number}" for number in range(5)]
    with refuses("InvalidNextToken", 400):
        api.vpc("ListTagResources", ResourceType="VPC", NextToken="made-up")


def test_places(api: Typed) -> None:
    regions = [row["RegionId"] for row in api.vpc("DescribeRegions")["Regions"]["Region"]]
    assert api.region in regions
    zones = [row["ZoneId"] for row in api.vpc("DescribeZones")["Zones"]["Zone"]]
    assert ZONE in zones
