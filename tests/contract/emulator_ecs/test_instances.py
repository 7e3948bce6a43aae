"""Instances over the wire: making, listing, changing, starting, stopping and releasing them."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from tests.contract.emulator_ecs.conftest import IMAGE, KIND, ZONE, Place
from tests.support.typed import Typed, refuses


def listed(api: Typed, **fields: Any) -> list[str]:
    """Ids that DescribeInstances returns."""
    return [row["InstanceId"] for row in api.ecs("DescribeInstances", **fields)["Instances"]["Instance"]]


def read(api: Typed, instance: str) -> dict[str, Any]:
    """One instance as DescribeInstances shows it."""
    (row,) = api.ecs("DescribeInstances", InstanceIds=json.dumps([instance]))["Instances"]["Instance"]
    return dict(row)


def test_an_instance_shows_what_it_was_made_with(place: Place) -> None:
    text = base64.b64encode(b"#!/bin/sh").decode()
    (one,) = place.run(
        InstanceName="web",
        Description="of a test",
        HostName="host",
        UserData=text,
        HttpTokens="required",
        HttpPutResponseHopLimit=3,
        KeyPairName="key",
        DeletionProtection=True,
        InternetMaxBandwidthOut=5,
        PrivateIpAddress="10.0.1.7",
        Tag=[{"Key": "a", "Value": "1"}],
    )
    row = read(place.api, one)
    expected = {
        "InstanceId": one,
        "InstanceName": "web",
        "Description": "of a test",
        "HostName": "host",
        "ImageId": IMAGE,
        "InstanceType": KIND,
        "Cpu": 2,
        "Memory": 8192,
        "OSType": "linux",
        "Status": "Running",
        "RegionId": "cn-hangzhou",
        "ZoneId": ZONE,
        "InstanceNetworkType": "vpc",
        "InstanceChargeType": "PostPaid",
        "KeyPairName": "key",
        "DeletionProtection": True,
        "InternetMaxBandwidthOut": 5,
        "SecurityGroupIds": {"SecurityGroupId": [place.group]},
        "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 3},
        "Tags": {"Tag": [{"TagKey": "a", "TagValue": "1"}]},
    }
    assert {name: row[name] for name in expected} == expected
    assert row["VpcAttributes"] == {
        "VpcId": place.vpc,
        "VSwitchId": place.vswitch,
        "NatIpAddress": "",
        "PrivateIpAddress": {"IpAddress": ["10.0.1.7"]},
    }
    assert len(row["PublicIpAddress"]["IpAddress"]) == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", row["CreationTime"])
    assert "RamRoleName" not in json.dumps(row)
    flat = place.api.ecs("DescribeInstanceAttribute", InstanceId=one)
    shared = set(flat) & set(row)
    assert {name: flat[name] for name in shared} == {name: row[name] for name in shared}
    assert place.api.ecs("DescribeUserData", InstanceId=one)["UserData"] == text


def test_a_new_instance_starts_by_itself(place: Place) -> None:
    place.sandbox.switch(settle_seconds=60.0)
    (one,) = place.run()
    states = []
    for _ in range(3):
        states.append(read(place.api, one)["Status"])
        place.sandbox.advance(61)
    assert states == ["Pending", "Starting", "Running"]


def test_stop_start_and_reboot(place: Place) -> None:
    (one,) = place.run()
    with refuses("IncorrectInstanceStatus", 403):
        place.api.ecs("StartInstance", InstanceId=one)
    place.sandbox.switch(settle_seconds=60.0)
    place.api.ecs("StopInstance", InstanceId=one, StoppedMode="StopCharging")
    assert read(place.api, one)["Status"] == "Stopping"
    for action in ("StartInstance", "StopInstance", "RebootInstance"):
        with refuses("IncorrectInstanceStatus", 403):
            place.api.ecs(action, InstanceId=one)
    place.sandbox.advance(61)
    stopped = read(place.api, one)
    assert (stopped["Status"], stopped["StoppedMode"]) == ("Stopped", "StopCharging")
    place.api.ecs("StartInstance", InstanceId=one)
    assert read(place.api, one)["Status"] == "Starting"
    place.sandbox.advance(61)
    place.api.ecs("RebootInstance", InstanceId=one)
    place.sandbox.advance(61)
    assert read(place.api, one)["Status"] == "Starting"
    place.sandbox.advance(61)
    again = read(place.api, one)
    assert (again["Status"], again["StoppedMode"]) == ("Running", "Not-applicable")
    place.api.ecs("StopInstance", InstanceId=one, StoppedMode="Not-applicable")
    with refuses("InvalidStoppedMode", 400):
        place.sandbox.advance(61)
        place.api.ecs("StartInstance", InstanceId=one)
        place.sandbox.advance(61)
        place.api.ecs("StopInstance", InstanceId=one, StoppedMode="Nonsense")


def test_releasing(place: Place) -> None:
    place.sandbox.switch(settle_seconds=60.0)
    (one,) = place.run()
    with refuses("IncorrectInstanceStatus.Initializing", 403):
        place.api.ecs("DeleteInstance", InstanceId=one, Force=True)
    place.sandbox.advance(121)
    with refuses("IncorrectInstanceStatus", 403):
        place.api.ecs("DeleteInstance", InstanceId=one)
    with refuses("DryRunOperation", 400):
        place.api.ecs("DeleteInstances", InstanceId=[one], Force=True, DryRun=True)
    place.api.ecs("DeleteInstance", InstanceId=one, Force=True)
    assert read(place.api, one)["Status"] == "Stopping"
    with refuses("DependencyViolation", 403):
        place.api.ecs("DeleteSecurityGroup", SecurityGroupId=place.group)
    place.sandbox.advance(61)
    assert listed(place.api) == []
    with refuses("InvalidInstanceId.NotFound", 404):
        place.api.ecs("DescribeInstanceAttribute", InstanceId=one)
    place.api.ecs("DeleteSecurityGroup", SecurityGroupId=place.group)


def test_several_are_released_together_or_not_at_all(place: Place) -> None:
    ids = place.run(3)
    with refuses("InvalidInstanceIds.NotFound", 404):
        place.api.ecs("DeleteInstances", InstanceId=[*ids, "i-unknown"], Force=True)
    with refuses("InvalidParameter.TooManyInstanceIds", 403):
        place.api.ecs("DeleteInstances", InstanceId=[f"i-{n}" for n in range(101)], Force=True)
    with refuses("MissingInstanceId", 400):
        place.api.ecs("DeleteInstances", Force=True)
    place.api.ecs("ModifyInstanceAttribute", InstanceId=ids[2], DeletionProtection=True)
    with refuses("InvalidOperation.DeletionProtection", 403):
        place.api.ecs("DeleteInstances", InstanceId=ids, Force=True)
    assert listed(place.api) == ids
    place.api.ecs("ModifyInstanceAttribute", InstanceId=ids[2], DeletionProtection=False)
    place.api.ecs("DeleteInstances", InstanceId=ids, Force=True)
    assert listed(place.api) == []


def test_a_subscription_is_not_released_by_accident(place: Place) -> None:
    (one,) = place.run(InstanceChargeType="PrePaid", Period=1, AutoRenew=True, AutoRenewPeriod=2)
    found = place.api.ecs("DescribeInstanceAutoRenewAttribute", InstanceId=one)
    (row,) = found["InstanceRenewAttributes"]["InstanceRenewAttribute"]
    assert (row["RenewalStatus"], row["Duration"], row["PeriodUnit"]) == ("AutoRenewal", 2, "Month")
    with refuses("ChargeTypeViolation", 403):
        place.api.ecs("DeleteInstance", InstanceId=one, Force=True)
    place.api.ecs("DeleteInstance", InstanceId=one, Force=True, TerminateSubscription=True)


def test_the_same_client_token_makes_one_batch(place: Place) -> None:
    wanted = place.wanted(Amount=2, ClientToken="once")
    first = place.api.ecs("RunInstances", **wanted)
    assert place.api.ecs("RunInstances", **wanted) == first
    assert len(listed(place.api)) == 2
    with refuses("IdempotentParameterMismatch", 400):
        place.api.ecs("RunInstances", **{**wanted, "Amount": 3})
    place.sandbox.advance(24 * 3600 + 1)
    assert place.api.ecs("RunInstances", **wanted) != first


def test_lists_by_page_number(place: Place) -> None:
    ids = place.run(7)
    found = [place.api.ecs("DescribeInstances", PageSize=3, PageNumber=number) for number in (1, 2, 3, 4)]
    assert [[row["InstanceId"] for row in page["Instances"]["Instance"]] for page in found] == [
        ids[:3],
        ids[3:6],
        ids[6:],
        [],
    ]
    assert {(page["TotalCount"], page["PageSize"]) for page in found} == {(7, 3)}
    for wrong in ({"PageSize": 101}, {"PageSize": 0}, {"PageNumber": 0}):
        with refuses("InvalidParameter", 400):
            place.api.ecs("DescribeInstances", **wrong)


def test_lists_by_token(place: Place) -> None:
    ids = place.run(7)
    found: list[str] = []
    fields: dict[str, Any] = {"MaxResults": 3}
    while True:
        page = place.api.ecs("DescribeInstances", **fields)
        found += [row["InstanceId"] for row in page["Instances"]["Instance"]]
        if not page["NextToken"]:
            break
        fields["NextToken"] = page["NextToken"]
    assert found == ids
    with refuses("InvalidNextToken", 400):
        place.api.ecs("DescribeInstances", NextToken="AAAA")


def test_lists_by_what_instances_are(place: Place) -> None:
    api = place.api
    red = place.run(InstanceName="web-red", Tag=[{"Key": "c", "Value": "red"}, {"Key": "t", "Value": ""}])
    blue = place.run(InstanceName="web-blue", Tag=[{"Key": "c", "Value": "blue"}], PrivateIpAddress="10.0.0.9")
    other = place.run(InstanceName="db[1]", InstanceType="ecs.c6.large", HttpTokens="required")
    api.ecs("StopInstance", InstanceId=other[0])
    classic = [place.classic()]
    group = api.ecs("CreateSecurityGroup", VpcId=place.vpc)["SecurityGroupId"]
    api.ecs("JoinSecurityGroup", InstanceId=blue[0], SecurityGroupId=group)
    every = [*red, *blue, *other, *classic]
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, every),
        ({"InstanceIds": json.dumps([blue[0], "i-unknown"])}, blue),
        ({"InstanceIds": "[]"}, []),
        ({"InstanceName": "web-*"}, [*red, *blue]),
        ({"InstanceName": "*blue"}, blue),
        ({"InstanceName": "db[1]"}, other),
        ({"InstanceName": "web"}, []),
        ({"Tag": [{"Key": "c"}]}, [*red, *blue]),
        ({"Tag": [{"Key": "c", "Value": "red"}]}, red),
        ({"Tag": [{"Key": "c", "Value": "red"}, {"Key": "t"}]}, red),
        ({"VpcId": place.vpc}, [*red, *blue, *other]),
        ({"VpcId": "vpc-other"}, []),
        ({"VSwitchId": place.vswitch}, [*red, *blue, *other]),
        ({"SecurityGroupId": group}, blue),
        ({"Status": "Stopped"}, other),
        ({"InstanceType": "ecs.c6.large"}, other),
        ({"InstanceTypeFamily": "ecs.c6"}, other),
        ({"InstanceNetworkType": "classic"}, classic),
        ({"PrivateIpAddresses": '["10.0.0.9"]'}, blue),
        ({"ImageId": "other"}, []),
        ({"HttpTokens": "required"}, other),
        ({"HttpEndpoint": "disabled"}, []),
        ({"ZoneId": "cn-hangzhou-i"}, []),
        ({"Tag": [{"Key": "c"}], "Status": "Stopped"}, []),
    ]
    for fields, expected in cases:
        assert listed(api, **fields) == expected, fields
    with refuses("InvalidInstanceIds.Malformed", 400):
        listed(api, InstanceIds=blue[0])
    with refuses("InvalidInstanceIds.Malformed", 400):
        listed(api, InstanceIds=json.dumps([f"i-{n}" for n in range(101)]))
    assert listed(Typed(place.sandbox, region="cn-beijing"), InstanceIds=json.dumps(every)) == []


def test_states_in_bulk(place: Place) -> None:
    ids = place.run(2)
    found = place.api.ecs("DescribeInstanceStatus", InstanceId=[*ids, "i-unknown"])
    assert found["InstanceStatuses"]["InstanceStatus"] == [{"InstanceId": one, "Status": "Running"} for one in ids]
    assert place.api.ecs("DescribeInstanceStatus")["TotalCount"] == 2
    with refuses("InvalidParameter.TooManyInstanceIds", 403):
        place.api.ecs("DescribeInstanceStatus", InstanceId=[f"i-{n}" for n in range(101)])
    with refuses("InvalidParameter", 400):
        place.api.ecs("DescribeInstanceStatus", PageSize=51)


def test_attributes_change(place: Place) -> None:
    (one,) = place.run()
    group = place.api.ecs("CreateSecurityGroup", VpcId=place.vpc)["SecurityGroupId"]
    text = base64.b64encode(b"later").decode()
    place.api.ecs(
        "ModifyInstanceAttribute",
        InstanceId=one,
        InstanceName="new",
        Description="text",
        HostName="other",
        UserData=text,
        CreditSpecification="Standard",
        SecurityGroupIds=[group, place.group],
    )
    row = read(place.api, one)
    assert (row["InstanceName"], row["Description"], row["HostName"]) == ("new", "text", "other")
    assert row["CreditSpecification"] == "Standard"
    assert row["SecurityGroupIds"] == {"SecurityGroupId": [group, place.group]}
    assert place.api.ecs("DescribeUserData", InstanceId=one)["UserData"] == text
    place.api.ecs("ModifyInstanceMetadataOptions", InstanceId=one, HttpEndpoint="disabled", HttpTokens="required")
    assert read(place.api, one)["MetadataOptions"] == {
        "HttpEndpoint": "disabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }
    place.api.ecs("ModifyInstanceAutoReleaseTime", InstanceId=one, AutoReleaseTime="2099-01-01T00:00:00Z")
    assert read(place.api, one)["AutoReleaseTime"] == "2099-01-01T00:00:00Z"
    place.api.ecs("ModifyInstanceNetworkSpec", InstanceId=one, InternetMaxBandwidthOut=7)
    address = place.api.ecs("AllocatePublicIpAddress", InstanceId=one)["IpAddress"]
    row = read(place.api, one)
    assert (row["InternetMaxBandwidthOut"], row["PublicIpAddress"]) == (7, {"IpAddress": [address]})
    with refuses("AllocatedAlready", 403):
        place.api.ecs("AllocatePublicIpAddress", InstanceId=one)


def test_a_stopped_instance_changes_type_place_and_system_disk(place: Place) -> None:
    (one,) = place.run()
    later = place.api.vpc("CreateVSwitch", VpcId=place.vpc, ZoneId=ZONE, CidrBlock="10.0.240.0/24")["VSwitchId"]
    zone = place.api.vpc("CreateVSwitch", VpcId=place.vpc, ZoneId="cn-hangzhou-i", CidrBlock="10.0.241.0/24")
    for action, fields in (
        ("ModifyInstanceSpec", {"InstanceType": "ecs.g7.xlarge"}),
        ("ModifyInstanceVpcAttribute", {"VSwitchId": later}),
        ("ReplaceSystemDisk", {"ImageId": IMAGE}),
    ):
        with refuses("IncorrectInstanceStatus", 403):
            place.api.ecs(action, InstanceId=one, **fields)
    place.api.ecs("StopInstance", InstanceId=one)
    place.api.ecs("ModifyInstanceSpec", InstanceId=one, InstanceType="ecs.g7.xlarge")
    place.api.ecs("ModifyInstanceVpcAttribute", InstanceId=one, VSwitchId=later, PrivateIpAddress="10.0.240.5")
    disk = place.api.ecs("ReplaceSystemDisk", InstanceId=one, ImageId="ubuntu_22_04_x64_20G_alibase_20250624.vhd")
    row = read(place.api, one)
    assert (row["InstanceType"], row["Cpu"], row["OSName"]) == ("ecs.g7.xlarge", 4, "Ubuntu 22.04 64-bit")
    assert row["VpcAttributes"]["VSwitchId"] == later
    assert row["VpcAttributes"]["PrivateIpAddress"] == {"IpAddress": ["10.0.240.5"]}
    disks = place.api.ecs("DescribeDisks", InstanceId=one)["Disks"]["Disk"]
    assert [found["DiskId"] for found in disks] == [disk["DiskId"]]
    for action, fields, code, status in (
        ("ModifyInstanceSpec", {"InstanceType": "ecs.none"}, "InvalidInstanceType.ValueNotSupported", 403),
        ("ModifyInstanceVpcAttribute", {"VSwitchId": "vsw-none"}, "InvalidVSwitchId.NotFound", 404),
        ("ModifyInstanceVpcAttribute", {"VSwitchId": zone["VSwitchId"]}, "OperationDenied", 403),
        (
            "ModifyInstanceVpcAttribute",
            {"VSwitchId": later, "PrivateIpAddress": "10.0.1.1"},
            "InvalidPrivateIpAddress.Malformed",
            400,
        ),
        ("ReplaceSystemDisk", {"ImageId": "none"}, "InvalidImageId.NotFound", 404),
    ):
        with refuses(code, status):
            place.api.ecs(action, InstanceId=one, **fields)


RUN_ERRORS: list[tuple[dict[str, Any], str, int]] = [
    ({"ImageId": None}, "MissingParameter", 400),
    ({"InstanceType": None}, "MissingParameter", 400),
    ({"SecurityGroupId": None}, "MissingParameter", 400),
    ({"ImageId": "none"}, "InvalidImageId.NotFound", 404),
    ({"ImageId": None, "ImageFamily": "none"}, "InvalidImageId.NotFound", 404),
    ({"InstanceType": "ecs.none"}, "InvalidInstanceType.ValueNotSupported", 400),
    ({"VSwitchId": "vsw-none"}, "InvalidVSwitchId.NotFound", 404),
    ({"ZoneId": "nowhere"}, "InvalidZoneId.NotFound", 404),
    ({"ZoneId": "cn-hangzhou-i"}, "InvalidParameter.Mismatch", 403),
    ({"SecurityGroupId": "sg-none"}, "InvalidSecurityGroupId.NotFound", 404),
    ({"SecurityGroupIds": ["sg-1"]}, "InvalidParameter.Conflict", 403),
    ({"Amount": 0}, "InvalidParam.Amount", 403),
    ({"Amount": 101}, "InvalidParam.Amount", 403),
    ({"Amount": 2, "MinAmount": 3}, "InvalidParam.Amount", 403),
    ({"RamRoleName": "none"}, "InvalidRamRole.NotFound", 404),
    ({"RamRoleName": "for-people"}, "InvalidRamRole.NotEcsRole", 401),
    ({"InstanceName": "x"}, "InvalidInstanceName.Malformed", 400),
    ({"InstanceName": "n" * 129}, "InvalidInstanceName.Malformed", 400),
    ({"Description": "http://x"}, "InvalidDescription.Malformed", 400),
    ({"UserData": "not base64!"}, "InvalidUserData.Base64FormatInvalid", 400),
    ({"UserData": base64.b64encode(b"x" * 40000).decode()}, "InvalidUserData.SizeExceeded", 400),
    ({"HttpTokens": "maybe"}, "InvalidHttpTokens.NotSupported", 400),
    ({"HttpEndpoint": "ajar"}, "InvalidHttpEndpoint", 400),
    ({"InstanceChargeType": "Free"}, "InvalidInstanceChargeType.NotFound", 400),
    ({"SystemDisk": {"Category": "floppy"}}, "InvalidSystemDiskCategory.ValueNotSupported", 400),
    ({"SystemDisk": {"Size": "1"}}, "InvalidSystemDiskSize.ValueNotSupported", 400),
    ({"DataDisk": [{"Category": "floppy"}]}, "InvalidDataDiskCategory.ValueNotSupported", 400),
    ({"PrivateIpAddress": "10.9.9.9"}, "InvalidPrivateIpAddress.Malformed", 400),
    ({"PrivateIpAddress": "10.0.0.5", "Amount": 2}, "InvalidPrivateIpAddress.Malformed", 400),
    ({"SpotPriceLimit": "cheap"}, "InvalidParameter", 400),
    ({"SystemDisk": {"ProvisionedIops": "many"}}, "InvalidParameter", 400),
    ({"Tag": [{"Key": "a"}, {"Key": "a"}]}, "Duplicate.TagKey", 400),
    ({"ClientToken": "ü"}, "InvalidClientToken.ValueNotSupported", 400),
    ({"NetworkInterface": [{"InstanceType": "Secondary"}]}, "OperationDenied.NotSupported", 403),
    ({"DryRun": True}, "DryRunOperation", 400),
]


def test_what_cannot_be_run(place: Place) -> None:
    place.sandbox.make_role("for-people", services=["fc.aliyuncs.com"])
    for fields, code, status in RUN_ERRORS:
        with refuses(code, status):
            place.api.ecs("RunInstances", **place.wanted(**fields))
    assert listed(place.api) == []


def test_groups_of_another_vpc_do_not_fit(place: Place) -> None:
    other = place.api.vpc("CreateVpc", CidrBlock="192.168.0.0/16")["VpcId"]
    group = place.api.ecs("CreateSecurityGroup", VpcId=other)["SecurityGroupId"]
    with refuses("InvalidSecurityGroup.VpcMismatch", 400):
        place.run(SecurityGroupId=group)
    with refuses("InvalidSecurityGroup.VpcMismatch", 400):
        place.run(SecurityGroupId=None, SecurityGroupIds=[place.group, group])
    (one,) = place.run()
    with refuses("InvalidSecurityGroup.VpcMismatch", 400):
        place.api.ecs("ModifyInstanceAttribute", InstanceId=one, SecurityGroupIds=[group])


def test_a_vswitch_must_be_ready(place: Place) -> None:
    place.sandbox.switch(settle_seconds=60.0)
    fresh = place.api.vpc("CreateVSwitch", VpcId=place.vpc, ZoneId=ZONE, CidrBlock="10.0.240.0/24")["VSwitchId"]
    with refuses("IncorrectVSwitchStatus", 400):
        place.run(VSwitchId=fresh)


def test_addresses_run_out(place: Place) -> None:
    small = place.api.vpc("CreateVSwitch", VpcId=place.vpc, ZoneId=ZONE, CidrBlock="10.0.240.0/29")["VSwitchId"]
    ids = place.run(4, VSwitchId=small)
    addresses = {read(place.api, one)["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0] for one in ids}
    assert addresses == {f"10.0.240.{last}" for last in (1, 2, 3, 4)}
    with refuses("InvalidVSwitchId.IpNotEnough", 403):
        place.run(VSwitchId=small)
    with refuses("InvalidPrivateIpAddress.Duplicated", 403):
        place.run(VSwitchId=small, PrivateIpAddress="10.0.240.1")


def test_instances_are_counted(place: Place) -> None:
    place.sandbox.switch(quota_instances=3)
    place.run(2)
    with refuses("QuotaExceed.ElasticQuota", 403):
        place.run(2)
    place.run(1)


def test_the_classic_network_can_be_closed(place: Place) -> None:
    one = place.classic()
    row = read(place.api, one)
    assert (row["InstanceNetworkType"], row["VpcAttributes"]["VpcId"]) == ("classic", "")
    assert len(row["InnerIpAddress"]["IpAddress"]) == 1
    place.sandbox.switch(classic_network=False)
    with refuses("MissingParameter", 400):
        place.classic()


def test_the_network_may_be_described_by_its_interface(place: Place) -> None:
    primary = {
        "InstanceType": "Primary",
        "VSwitchId": place.vswitch,
        "SecurityGroupIds": [place.group],
        "PrimaryIpAddress": "10.0.0.77",
    }
    (one,) = place.run(VSwitchId=None, SecurityGroupId=None, NetworkInterface=[primary])
    row = read(place.api, one)
    assert row["VpcAttributes"]["PrivateIpAddress"] == {"IpAddress": ["10.0.0.77"]}
    assert row["SecurityGroupIds"] == {"SecurityGroupId": [place.group]}


def test_names_of_a_batch_may_be_numbered(place: Place) -> None:
    ids = place.run(3, InstanceName="web", UniqueSuffix=True)
    assert [read(place.api, one)["InstanceName"] for one in ids] == ["web001", "web002", "web003"]


@pytest.mark.parametrize(
    "action",
    ["StartInstance", "StopInstance", "RebootInstance", "DeleteInstance", "DescribeInstanceAttribute",
     "DescribeUserData", "ModifyInstanceAttribute", "ModifyInstanceMetadataOptions", "ModifyInstanceSpec",
     "ModifyInstanceNetworkSpec", "AllocatePublicIpAddress"],
)  # fmt: skip
def test_an_instance_must_be_there(sandbox_api: Typed, action: str) -> None:
    with refuses("InvalidInstanceId.NotFound", 404):
        sandbox_api.ecs(action, InstanceId="i-unknown")


def test_maintenance_and_attachment_attributes(place: Place) -> None:
    (one,) = place.run()
    found = place.api.ecs("DescribeInstanceMaintenanceAttributes", InstanceId=[one])
    (row,) = found["MaintenanceAttributes"]["MaintenanceAttribute"]
    assert (row["InstanceId"], row["ActionOnMaintenance"]["Value"]) == (one, "AutoRecover")
    pools = place.api.ecs("DescribeInstanceAttachmentAttributes", InstanceIds=json.dumps([one]))
    assert [row["InstanceId"] for row in pools["Instances"]["Instance"]] == [one]
    with refuses("MissingInstanceIds", 400):
        place.api.ecs("DescribeInstanceAttachmentAttributes")
