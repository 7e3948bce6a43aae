"""CVM instances through the official SDK: launched, read, started, stopped, terminated; and what is on sale."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import Sandbox
from tests.support.tencent import IMAGE, Tencent


def desired(tencent: Tencent, **params: Any) -> dict[str, Any]:
    return {"Placement": {"Zone": tencent.zone}, "ImageId": IMAGE, "InstanceType": "S6.MEDIUM8", **params}


def run(tencent: Tencent, **params: Any) -> list[str]:
    found: list[str] = tencent.call("cvm", "RunInstances", **desired(tencent, **params))["InstanceIdSet"]
    return found


def ids(tencent: Tencent, **params: Any) -> list[str]:
    return [one["InstanceId"] for one in tencent.call("cvm", "DescribeInstances", **params)["InstanceSet"]]


def test_an_instance_s_life(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    vpc = tencent.make_vpc()
    sandbox.switch(settle_seconds=60)
    (one,) = tencent.call(
        "cvm",
        "RunInstances",
        **desired(tencent, InstanceName="web", CamRoleName="app", InstanceChargeType="POSTPAID_BY_HOUR"),
        VirtualPrivateCloud={"VpcId": vpc["vpc"], "SubnetId": vpc["subnet"], "PrivateIpAddresses": ["10.0.1.77"]},
        SecurityGroupIds=[vpc["group"]],
        SystemDisk={"DiskType": "CLOUD_BSSD", "DiskSize": 60},
        InternetAccessible={"PublicIpAssigned": True, "InternetMaxBandwidthOut": 5},
        LoginSettings={"KeyIds": ["skey-1"]},
        TagSpecification=[{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "a"}]}],
    )["InstanceIdSet"]
    pending = tencent.instance(one)
    assert (pending["InstanceState"], pending["LatestOperationState"]) == ("PENDING", "OPERATING")
    assert pending["CamRoleName"] == "app"
    assert tencent.code("cvm", "TerminateInstances", InstanceIds=[one]).endswith("InstanceStatePending")
    sandbox.advance(60)
    found = tencent.instance(one)
    assert (found["InstanceState"], found["InstanceName"], found["CPU"], found["Memory"]) == ("RUNNING", "web", 2, 8)
    assert found["PrivateIpAddresses"] == ["10.0.1.77"]
    assert len(found["PublicIpAddresses"]) == 1
    assert found["VirtualPrivateCloud"]["SubnetId"] == vpc["subnet"]
    assert (found["SystemDisk"]["DiskSize"], found["LoginSettings"]["KeyIds"]) == (60, ["skey-1"])
    assert found["Tags"] == [{"Key": "team", "Value": "a"}]
    assert found["CreatedTime"].endswith("Z")

    tencent.call("cvm", "StopInstances", InstanceIds=[one])
    assert tencent.instance(one)["InstanceState"] == "STOPPING"
    sandbox.advance(60)
    assert tencent.code("cvm", "StopInstances", InstanceIds=[one]) == "UnsupportedOperation.InstanceStateStopped"
    tencent.call("cvm", "StartInstances", InstanceIds=[one])
    assert tencent.instance(one)["InstanceState"] == "STARTING"
    sandbox.advance(60)
    assert tencent.code("cvm", "StartInstances", InstanceIds=[one]) == "UnsupportedOperation.InstanceStateRunning"
    tencent.call("cvm", "TerminateInstances", InstanceIds=[one])
    again = tencent.code("cvm", "TerminateInstances", InstanceIds=[one])
    assert again == "UnsupportedOperation.InstanceStateTerminating"
    sandbox.advance(60)
    assert ids(tencent) == ids(tencent, InstanceIds=[one]) == []  # no row, and no error
    assert tencent.code("cvm", "TerminateInstances", InstanceIds=[one]) == "InvalidInstanceId.NotFound"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Placement": None}, "MissingParameter"),
        ({"ImageId": None}, "MissingParameter"),
        ({"Placement": {"Zone": "ap-beijing-3"}}, "InvalidZone.MismatchRegion"),
        ({"ImageId": "ubuntu"}, "InvalidImageId.Malformed"),
        ({"ImageId": "img-00000000"}, "InvalidImageId.NotFound"),
        ({"InstanceType": "XXL"}, "InvalidParameterValue.InstanceTypeNotFound"),
        ({"InstanceType": "S1.SMALL1"}, "ResourceInsufficient.SpecifiedInstanceType"),
        ({"InstanceCount": 0}, "InvalidParameterValue"),
        ({"InstanceCount": 501}, "InvalidParameterValue"),
        ({"InstanceChargeType": "GIFT"}, "InvalidParameterValue"),
        ({"InstanceChargeType": "PREPAID"}, "MissingParameter"),
        ({"InstanceName": "n" * 129}, "InvalidInstanceName.TooLong"),
        ({"ClientToken": "t" * 65}, "InvalidClientToken.TooLong"),
        ({"SecurityGroupIds": ["sg-00000000"]}, "InvalidSecurityGroupId.NotFound"),
        ({"CamRoleName": "nobody"}, "AuthFailure.CamRoleNameAuthenticateFailed"),
        ({"CamRoleName": "a b"}, "InvalidParameterValue.CamRoleNameMalformed"),
        (
            {"VirtualPrivateCloud": {"VpcId": "vpc-00000000", "SubnetId": "subnet-0"}},
            "InvalidParameterValue.VpcIdNotExist",
        ),
    ],
)
def test_what_run_refuses(sandbox: Sandbox, params: dict[str, Any], code: str) -> None:
    tencent = sandbox.tencent
    assert tencent.code("cvm", "RunInstances", **desired(tencent, **params)) == code
    assert ids(tencent) == []


def test_subnets_it_refuses(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    one, other = tencent.make_vpc(), tencent.make_vpc()

    def code(vpc: str, subnet: str, **params: Any) -> str:
        return tencent.code(
            "cvm", "RunInstances", **desired(tencent, VirtualPrivateCloud={"VpcId": vpc, "SubnetId": subnet}, **params)
        )

    assert code(one["vpc"], "subnet-00000000") == "InvalidParameterValue.SubnetNotExist"
    assert code(one["vpc"], other["subnet"]) == "InvalidParameterValue.VpcIdSubnetIdNotMatch"
    elsewhere = {"Placement": {"Zone": "ap-guangzhou-4"}}
    assert code(one["vpc"], one["subnet"], **elsewhere) == "InvalidParameterValue.SubnetIdZoneIdNotMatch"


def test_a_full_region_and_a_full_subnet(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    vpc = tencent.call("vpc", "CreateVpc", VpcName="v", CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    subnet = {"VpcId": vpc, "SubnetName": "s", "Zone": tencent.zone, "CidrBlock": "10.0.0.0/29"}
    place = {"VpcId": vpc, "SubnetId": tencent.call("vpc", "CreateSubnet", **subnet)["Subnet"]["SubnetId"]}
    assert len(set(run(tencent, VirtualPrivateCloud=place, InstanceCount=5))) == 5
    for address in ("10.0.0.3", "10.0.1.3", "x"):  # taken, outside, none
        asked = {**place, "PrivateIpAddresses": [address]}
        code = tencent.code("cvm", "RunInstances", **desired(tencent, VirtualPrivateCloud=asked))
        assert code == "InvalidParameterValue"
    full = tencent.code("cvm", "RunInstances", **desired(tencent, VirtualPrivateCloud=place))
    assert full == "ResourceInsufficient.InsufficientOffering"
    sandbox.switch(tencent_quota_instances=5)
    assert tencent.code("cvm", "RunInstances", **desired(tencent)) == "LimitExceeded.InstanceQuota"


def test_the_default_network(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    (one,) = run(tencent, VirtualPrivateCloud={"VpcId": "DEFAULT", "SubnetId": "DEFAULT"})
    sandbox.switch(cvm_basic_network=False)
    (two,) = run(tencent)
    (home,) = tencent.call("vpc", "DescribeVpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])["VpcSet"]
    assert {tencent.instance(each)["VirtualPrivateCloud"]["VpcId"] for each in (one, two)} == {home["VpcId"]}


def test_the_same_token_makes_nothing_new(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    first = run(tencent, ClientToken="once", InstanceCount=2)
    assert run(tencent, ClientToken="once", InstanceCount=2) == first
    assert len(ids(tencent)) == 2
    other = desired(tencent, ClientToken="once", InstanceCount=3)
    assert tencent.code("cvm", "RunInstances", **other) == "InvalidParameterValue"


def test_a_dry_run_makes_nothing(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    assert tencent.call("cvm", "RunInstances", **desired(tencent, DryRun=True))["InstanceIdSet"] is None
    sandbox.switch(cvm_dry_run="error")
    assert tencent.code("cvm", "RunInstances", **desired(tencent, DryRun=True)) == "DryRunOperation"
    assert ids(tencent) == []


def test_a_launch_may_fail(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cvm_launch_outcome="LAUNCH_FAILED", settle_seconds=60)
    (one,) = run(tencent)
    assert tencent.instance(one)["InstanceState"] == "PENDING"
    sandbox.advance(60)
    failed = tencent.instance(one)
    assert (failed["InstanceState"], failed["LatestOperationState"]) == ("LAUNCH_FAILED", "FAILED")
    assert tencent.code("cvm", "TerminateInstances", InstanceIds=[one]) == "InvalidInstanceId.NotFound"
    sandbox.advance(3600)
    assert ids(tencent) == []


def test_prepaid_instances_go_through_the_recycle_bin(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    (prepaid,) = run(tencent, InstanceChargeType="PREPAID", InstanceChargePrepaid={"Period": 1})
    (other,) = run(tencent)
    tencent.settle()
    both = tencent.code("cvm", "TerminateInstances", InstanceIds=[prepaid, other])
    assert both == "UnsupportedOperation.InstanceMixedPricingModel"
    tencent.call("cvm", "TerminateInstances", InstanceIds=[prepaid])
    tencent.settle()
    assert tencent.instance(prepaid)["InstanceState"] == "SHUTDOWN"
    tencent.call("cvm", "TerminateInstances", InstanceIds=[prepaid])
    tencent.settle()
    assert ids(tencent) == [other]


def test_pages(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    made = run(tencent, InstanceCount=25)
    assert ids(tencent) == made[:20]
    assert ids(tencent, Offset=20, Limit=100) == made[20:]
    assert ids(tencent, InstanceIds=[made[7], "ins-00000000", made[3]]) == [made[7], made[3]]
    states = tencent.call("cvm", "DescribeInstancesStatus", InstanceIds=made[:2])
    assert [one["InstanceId"] for one in states["InstanceStatusSet"]] == made[:2]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Limit": 101}, "InvalidParameterValue.LimitExceeded"),
        ({"Limit": 0}, "InvalidParameterValue.LimitExceeded"),
        ({"Offset": -1}, "InvalidParameterValue"),
        ({"InstanceIds": ["x"]}, "InvalidInstanceId.Malformed"),
        (
            {"InstanceIds": ["ins-00000000"] * 1 + [f"ins-{n:08d}" for n in range(1, 101)]},
            "InvalidParameterValue.LimitExceeded",
        ),
        ({"Filters": [{"Name": "cam-role-name", "Values": ["app"]}]}, "InvalidFilter"),  # there is none for roles
        ({"Filters": [{"Name": "zone", "Values": list("abcdef")}]}, "InvalidFilterValue.LimitExceeded"),
        ({"Filters": [{"Name": "zone", "Values": ["a"]}] * 11}, "InvalidFilterValue.LimitExceeded"),
        (
            {"InstanceIds": ["ins-00000000"], "Filters": [{"Name": "zone", "Values": ["a"]}]},
            "InvalidParameterCombination",
        ),
    ],
)
def test_what_describe_refuses(sandbox: Sandbox, params: dict[str, Any], code: str) -> None:
    assert sandbox.tencent.code("cvm", "DescribeInstances", **params) == code


def test_filters(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    vpc = tencent.make_vpc()
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "a"}]}]
    (inside,) = tencent.make_vpc_instance(vpc=vpc, InstanceName="inside", TagSpecification=tags)
    (outside,) = run(tencent, InstanceName="outside")
    tencent.settle()
    tencent.call("cvm", "StopInstances", InstanceIds=[outside])
    tencent.settle()
    shown = tencent.instance(inside)
    for name, values in {
        "vpc-id": [vpc["vpc"]],
        "subnet-id": [vpc["subnet"], "subnet-x"],
        "security-group-id": [vpc["group"]],
        "instance-id": [inside],
        "instance-name": ["inside"],
        "instance-state": ["RUNNING"],
        "private-ip-address": shown["PrivateIpAddresses"],
        "uuid": [shown["Uuid"]],
        "tag-key": ["team"],
        "tag-value": ["a"],
        "tag:team": ["a", "b"],
    }.items():
        assert ids(tencent, Filters=[{"Name": name, "Values": values}]) == [inside], name
    both = [
        {"Name": "zone", "Values": [tencent.zone]},
        {"Name": "instance-charge-type", "Values": ["POSTPAID_BY_HOUR"]},
    ]
    assert ids(tencent, Filters=both) == [inside, outside]
    assert ids(tencent, Filters=[*both, {"Name": "project-id", "Values": ["7"]}]) == []
    created = shown["CreatedTime"]
    assert inside in ids(tencent, Filters=[{"Name": "creation-start-time", "Values": [created]}])
    assert ids(tencent, Filters=[{"Name": "creation-end-time", "Values": ["2000-01-01T00:00:00Z"]}]) == []


def test_what_is_on_sale(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    regions = tencent.call("cvm", "DescribeRegions")
    assert {"ap-guangzhou", "ap-singapore"} <= {one["Region"] for one in regions["RegionSet"]}
    zones = tencent.call("cvm", "DescribeZones", region="ap-shanghai")["ZoneSet"]
    assert {"Zone": "ap-shanghai-2", "ZoneId": "200002", "ZoneState": "AVAILABLE"}.items() <= zones[0].items()
    images = tencent.call("cvm", "DescribeImages", Filters=[{"Name": "platform", "Values": ["Ubuntu"]}])
    assert [one["ImageId"] for one in images["ImageSet"]] == ["img-487zeit5"]
    assert tencent.call("cvm", "DescribeImages", ImageIds=[IMAGE])["TotalCount"] == 1
    both = {"ImageIds": [IMAGE], "Filters": [{"Name": "platform", "Values": ["x"]}]}
    assert tencent.code("cvm", "DescribeImages", **both).endswith("InvalidParameterCoexistImageIdsFilters")
    types = tencent.call(
        "cvm", "DescribeInstanceTypeConfigs", Filters=[{"Name": "instance-type", "Values": ["S6.MEDIUM8"]}]
    )["InstanceTypeConfigSet"]
    assert {(one["Zone"], one["CPU"], one["Memory"]) for one in types} >= {("ap-guangzhou-3", 2, 8)}
    two = [{"Name": "zone", "Values": ["ap-guangzhou-3", "ap-guangzhou-4"]}]
    assert tencent.code("cvm", "DescribeInstanceTypeConfigs", Filters=two) == "InvalidFilterValue.LimitExceeded"
