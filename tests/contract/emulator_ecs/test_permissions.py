"""What users other than the account itself may do: PassRole, denied writes, and lists that come back empty."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.emulator_ecs.conftest import Place
from tests.support.typed import Typed, refuses

ECS_ONLY = {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}
VPC_READS = {"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"}


def pass_role(name: str) -> dict[str, str]:
    return {"Effect": "Allow", "Action": "ram:PassRole", "Resource": f"acs:ram:*:*:role/{name}"}


def attach_on(instance: str, role: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": "ecs:AttachInstanceRamRole",
        "Resource": [f"acs:ecs:*:*:instance/{instance}", f"acs:ram:*:*:role/{role}"],
    }


def user(place: Place, *statements: dict[str, Any]) -> Typed:
    return Typed(place.sandbox, place.sandbox.user("operator", {"Version": "1", "Statement": list(statements)}))


def test_passing_a_role_needs_pass_role(place: Place) -> None:
    place.sandbox.make_role("app")
    place.sandbox.make_role("other")
    (one,) = place.run()
    operator = user(place, ECS_ONLY, pass_role("app"))
    ids = json.dumps([one])
    with refuses("InvalidUser.PassRoleForbidden", 403):
        operator.ecs("AttachInstanceRamRole", RamRoleName="other", InstanceIds=ids)
    with refuses("InvalidUser.PassRoleForbidden", 403):
        operator.ecs("RunInstances", **place.wanted(RamRoleName="other"))
    assert operator.ecs("AttachInstanceRamRole", RamRoleName="app", InstanceIds=ids)["FailCount"] == 0
    assert operator.ecs("RunInstances", **place.wanted(RamRoleName="app"))
    assert operator.ecs("DetachInstanceRamRole", InstanceIds=ids)["FailCount"] == 0


def test_detaching_may_need_pass_role_too(place: Place) -> None:
    place.sandbox.make_role("app")
    (one,) = place.run(RamRoleName="app")
    place.sandbox.switch(detach_needs_passrole=True)
    with refuses("InvalidUser.PassRoleForbidden", 403):
        user(place, ECS_ONLY).ecs("DetachInstanceRamRole", RamRoleName="app", InstanceIds=json.dumps([one]))


def test_attaching_can_be_granted_for_one_instance_and_one_role(place: Place) -> None:
    place.sandbox.make_role("app")
    first, second = place.run(2)
    operator = user(place, attach_on(first, "app"), pass_role("app"))
    with refuses("Forbidden.RAM", 403):
        operator.ecs("AttachInstanceRamRole", RamRoleName="app", InstanceIds=json.dumps([first, second]))
    operator.ecs("AttachInstanceRamRole", RamRoleName="app", InstanceIds=json.dumps([first]))


def test_a_role_that_is_not_there_is_told_only_to_those_who_may_pass_it(place: Place) -> None:
    (one,) = place.run()
    with refuses("InvalidUser.PassRoleForbidden", 403):
        user(place, ECS_ONLY).ecs("AttachInstanceRamRole", RamRoleName="unknown", InstanceIds=json.dumps([one]))


LISTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("DescribeInstances", {}, "Instances", "Instance"),
    ("DescribeInstanceStatus", {}, "InstanceStatuses", "InstanceStatus"),
    ("DescribeInstanceRamRole", {"RamRoleName": "app"}, "InstanceRamRoleSets", "InstanceRamRoleSet"),
    ("DescribeSecurityGroups", {}, "SecurityGroups", "SecurityGroup"),
    ("DescribeDisks", {}, "Disks", "Disk"),
    ("DescribeNetworkInterfaces", {}, "NetworkInterfaceSets", "NetworkInterfaceSet"),
    ("DescribeTags", {}, "Tags", "Tag"),
    ("ListTagResources", {"ResourceType": "instance"}, "TagResources", "TagResource"),
    ("DescribeInstanceMaintenanceAttributes", {}, "MaintenanceAttributes", "MaintenanceAttribute"),
    ("DescribeInstanceAttachmentAttributes", {"InstanceIds": '["i-1"]'}, "Instances", "Instance"),
    ("DescribeZones", {}, "Zones", "Zone"),
    ("DescribeImages", {}, "Images", "Image"),
    ("DescribeInstanceTypes", {}, "InstanceTypes", "InstanceType"),
]


@pytest.mark.parametrize(("action", "fields", "outer", "inner"), LISTS, ids=[row[0] for row in LISTS])
def test_a_denied_reader_gets_an_empty_list(
    place: Place, action: str, fields: dict[str, Any], outer: str, inner: str
) -> None:
    place.sandbox.make_role("app")
    place.run(RamRoleName="app", Tag=[{"Key": "a", "Value": "b"}])
    assert user(place, VPC_READS).ecs(action, **fields)[outer] == {inner: []}


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("DeleteInstance", {"InstanceId": "i-1"}),
    ("StopInstance", {"InstanceId": "i-1"}),
    ("DescribeInstanceAttribute", {"InstanceId": "i-1"}),
    ("AttachInstanceRamRole", {"RamRoleName": "app", "InstanceIds": '["i-1"]'}),
    ("DetachInstanceRamRole", {"RamRoleName": "app", "InstanceIds": '["i-1"]'}),
    ("DeleteSecurityGroup", {"SecurityGroupId": "sg-1"}),
    ("TagResources", {"ResourceType": "instance", "ResourceId": ["i-1"], "Tag": [{"Key": "a", "Value": ""}]}),
]


@pytest.mark.parametrize(("action", "fields"), WRITES, ids=[row[0] for row in WRITES])
def test_a_denied_writer_is_told_so(place: Place, action: str, fields: dict[str, Any]) -> None:
    with refuses("Forbidden.RAM", 403):
        user(place, VPC_READS).ecs(action, **fields)
