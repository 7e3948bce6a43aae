"""Security groups, their members and their rules over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.emulator_ecs.conftest import Place
from tests.support.typed import Typed, refuses

SSH = {"IpProtocol": "tcp", "PortRange": "22/22", "SourceCidrIp": "10.0.0.0/8"}
OUT = {"IpProtocol": "all", "PortRange": "-1/-1", "DestCidrIp": "0.0.0.0/0"}


def rules(api: Typed, group: str, **fields: Any) -> list[dict[str, Any]]:
    found = api.ecs("DescribeSecurityGroupAttribute", SecurityGroupId=group, **fields)
    return list(found["Permissions"]["Permission"])


def test_a_group_from_making_to_deleting(place: Place) -> None:
    api = place.api
    made = api.ecs(
        "CreateSecurityGroup",
        VpcId=place.vpc,
        SecurityGroupName="web",
        Description="of a test",
        ClientToken="once",
        Tag=[{"Key": "a", "Value": "1"}],
    )
    group = made["SecurityGroupId"]
    assert group.startswith("sg-")
    found = api.ecs("DescribeSecurityGroups", SecurityGroupId=group)["SecurityGroups"]["SecurityGroup"]
    expected = {
        "SecurityGroupName": "web",
        "Description": "of a test",
        "VpcId": place.vpc,
        "SecurityGroupType": "normal",
        "EcsCount": 0,
        "Tags": {"Tag": [{"TagKey": "a", "TagValue": "1"}]},
    }
    assert [{name: row[name] for name in expected} for row in found] == [expected]
    api.ecs("ModifySecurityGroupAttribute", SecurityGroupId=group, SecurityGroupName="new", Description="")
    api.ecs("ModifySecurityGroupPolicy", SecurityGroupId=group, InnerAccessPolicy="drop")
    flat = api.ecs("DescribeSecurityGroupAttribute", SecurityGroupId=group)
    assert (flat["SecurityGroupName"], flat["Description"], flat["InnerAccessPolicy"]) == ("new", "", "Drop")
    assert flat["Permissions"] == {"Permission": []}
    with refuses("InvalidInnerAccessPolicy.ValueNotSupported", 400):
        api.ecs("ModifySecurityGroupPolicy", SecurityGroupId=group, InnerAccessPolicy="maybe")
    api.ecs("DeleteSecurityGroup", SecurityGroupId=group)
    for action in ("DeleteSecurityGroup", "DescribeSecurityGroupAttribute", "ModifySecurityGroupAttribute"):
        with refuses("InvalidSecurityGroupId.NotFound", 404):
            api.ecs(action, SecurityGroupId=group)
    assert api.ecs("DescribeSecurityGroups", SecurityGroupId=group)["TotalCount"] == 0


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"VpcId": "vpc-none"}, "InvalidVpcId.NotFound", 404),
        ({"SecurityGroupName": "x"}, "InvalidSecurityGroupName.Malformed", 400),
        ({"Description": "http://"}, "InvalidDescription.Malformed", 400),
        ({"SecurityGroupType": "odd"}, "InvalidSecurityGroupType.ValueNotSupported", 400),
        ({"Tag": [{"Key": ""}]}, "InvalidTagKey.Malformed", 400),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_a_group_cannot_be(place: Place, fields: dict[str, Any], code: str, status: int) -> None:
    with refuses(code, status):
        place.api.ecs("CreateSecurityGroup", **{"VpcId": place.vpc, **fields})


def test_groups_are_counted_and_listed(place: Place) -> None:
    place.sandbox.switch(quota_security_groups=4)
    made = [place.api.ecs("CreateSecurityGroup", SecurityGroupName=f"g{n}0")["SecurityGroupId"] for n in range(3)]
    with refuses("QuotaExceed.SecurityGroup", 403):
        place.api.ecs("CreateSecurityGroup")

    def ids(**fields: Any) -> list[str]:
        return [
            row["SecurityGroupId"]
            for row in place.api.ecs("DescribeSecurityGroups", **fields)["SecurityGroups"]["SecurityGroup"]
        ]

    assert ids() == [place.group, *made]
    assert ids(VpcId=place.vpc) == [place.group]
    assert ids(NetworkType="classic") == made
    assert ids(SecurityGroupName="g10") == [made[1]]
    assert ids(SecurityGroupIds=f'["{made[0]}", "{made[2]}"]') == [made[0], made[2]]
    assert ids(PageSize=2, PageNumber=2) == made[1:]
    first = place.api.ecs("DescribeSecurityGroups", MaxResults=3)
    assert ids(MaxResults=3, NextToken=first["NextToken"]) == made[2:]


def test_members_come_and_go(place: Place) -> None:
    api = place.api
    (one,) = place.run()
    more = [api.ecs("CreateSecurityGroup", VpcId=place.vpc)["SecurityGroupId"] for _ in range(5)]
    other = api.ecs("CreateSecurityGroup")["SecurityGroupId"]
    for group in more[:4]:
        api.ecs("JoinSecurityGroup", InstanceId=one, SecurityGroupId=group)
    for group, code, status in (
        (more[0], "InvalidInstanceId.AlreadyExists", 403),
        (more[4], "InstanceSecurityGroupLimitExceeded", 400),
        (other, "InvalidInstanceId.Mismatch", 400),
        ("sg-none", "InvalidSecurityGroupId.NotFound", 404),
    ):
        with refuses(code, status):
            api.ecs("JoinSecurityGroup", InstanceId=one, SecurityGroupId=group)
    with refuses("DependencyViolation", 403):
        api.ecs("DeleteSecurityGroup", SecurityGroupId=more[0])
    for group in more[:4]:
        api.ecs("LeaveSecurityGroup", InstanceId=one, SecurityGroupId=group)
    with refuses("InstanceNotInSecurityGroup", 403):
        api.ecs("LeaveSecurityGroup", InstanceId=one, SecurityGroupId=more[0])
    with refuses("InstanceLastSecurityGroup", 403):
        api.ecs("LeaveSecurityGroup", InstanceId=one, SecurityGroupId=place.group)
    with refuses("InvalidInstanceId.NotFound", 404):
        api.ecs("JoinSecurityGroup", InstanceId="i-none", SecurityGroupId=more[0])
    api.ecs("DeleteSecurityGroup", SecurityGroupId=more[0])


def test_members_do_not_move_while_their_state_does(place: Place) -> None:
    (one,) = place.run()
    more = place.api.ecs("CreateSecurityGroup", VpcId=place.vpc)["SecurityGroupId"]
    place.sandbox.switch(settle_seconds=60.0)
    place.api.ecs("StopInstance", InstanceId=one)
    with refuses("IncorrectInstanceStatus", 403):
        place.api.ecs("JoinSecurityGroup", InstanceId=one, SecurityGroupId=more)


def test_a_rule_from_authorizing_to_revoking(place: Place) -> None:
    api, group = place.api, place.group
    for _ in range(2):  # the second time without effect
        api.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[{**SSH, "Description": "ssh"}])
    api.ecs("AuthorizeSecurityGroupEgress", SecurityGroupId=group, Permissions=[OUT])
    (row,) = rules(api, group, Direction="ingress", NicType="intranet")
    expected = {
        "Direction": "ingress",
        "IpProtocol": "TCP",
        "PortRange": "22/22",
        "SourceCidrIp": "10.0.0.0/8",
        "Policy": "Accept",
        "Priority": "1",
        "NicType": "intranet",
        "Description": "ssh",
    }
    assert {name: row[name] for name in expected} == expected
    assert row["SecurityGroupRuleId"].startswith("sgr-")
    assert [one["Direction"] for one in rules(api, group)] == ["ingress", "egress"]
    api.ecs("ModifySecurityGroupRule", SecurityGroupId=group, **SSH, Description="changed")
    (changed,) = rules(api, group, Direction="ingress")
    assert changed == {**row, "Description": "changed"}
    api.ecs(
        "ModifySecurityGroupRule",
        SecurityGroupId=group,
        SecurityGroupRuleId=row["SecurityGroupRuleId"],
        Priority="7",
        Policy="drop",
    )
    (changed,) = rules(api, group, Direction="ingress")
    assert (changed["Priority"], changed["Policy"], changed["Description"]) == ("7", "Drop", "changed")
    api.ecs("ModifySecurityGroupEgressRule", SecurityGroupId=group, **OUT, Description="out")
    for other in (SSH, {**SSH, "Policy": "drop"}, {**SSH, "Priority": "7"}):  # not this one: revoked without effect
        api.ecs("RevokeSecurityGroup", SecurityGroupId=group, Permissions=[other])
    assert len(rules(api, group)) == 2
    api.ecs("RevokeSecurityGroup", SecurityGroupId=group, **{**SSH, "Priority": "7", "Policy": "drop"})
    api.ecs(
        "RevokeSecurityGroupEgress",
        SecurityGroupId=group,
        SecurityGroupRuleId=[rules(api, group)[0]["SecurityGroupRuleId"]],
    )
    assert rules(api, group) == []


def test_rules_about_groups(place: Place) -> None:
    api = place.api
    peer = api.ecs("CreateSecurityGroup", VpcId=place.vpc)["SecurityGroupId"]
    far = api.ecs("CreateSecurityGroup")["SecurityGroupId"]
    advanced = api.ecs("CreateSecurityGroup", VpcId=place.vpc, SecurityGroupType="enterprise")["SecurityGroupId"]
    web = {"IpProtocol": "tcp", "PortRange": "80/443"}
    api.ecs("AuthorizeSecurityGroup", SecurityGroupId=place.group, Permissions=[{**web, "SourceGroupId": peer}])
    with refuses("DependencyViolation", 403):
        api.ecs("DeleteSecurityGroup", SecurityGroupId=peer)
    for side, action in (("Source", "AuthorizeSecurityGroup"), ("Dest", "AuthorizeSecurityGroupEgress")):
        for group, target, code, status in (
            (place.group, "sg-none", f"Invalid{side}GroupId.NotFound", 404),
            (place.group, far, f"Invalid{side}GroupId.Mismatch", 400),
            (advanced, peer, "InvalidParamter.Conflict", 403),
        ):
            with refuses(code, status):
                api.ecs(action, SecurityGroupId=group, Permissions=[{**web, f"{side}GroupId": target}])
    api.ecs("RevokeSecurityGroup", SecurityGroupId=place.group, Permissions=[{**web, "SourceGroupId": peer}])
    api.ecs("DeleteSecurityGroup", SecurityGroupId=peer)


RULE_ERRORS: list[tuple[dict[str, Any], str, int]] = [
    ({"IpProtocol": "smtp"}, "InvalidIpProtocol.ValueNotSupported", 400),
    ({"PortRange": "22"}, "InvalidIpPortRange.Malformed", 400),
    ({"PortRange": "0/10"}, "InvalidIpPortRange.Malformed", 400),
    ({"PortRange": "10/9"}, "InvalidIpPortRange.Malformed", 400),
    ({"PortRange": "1/65536"}, "InvalidIpPortRange.Malformed", 400),
    ({"PortRange": "-1/-1"}, "InvalidIpPortRange.Malformed", 400),
    ({"IpProtocol": "icmp"}, "InvalidIpPortRange.Malformed", 400),
    ({"Policy": "perhaps"}, "InvalidPolicy.Malformed", 400),
    ({"Priority": "first"}, "InvalidPriority.Malformed", 400),
    ({"Priority": "101"}, "InvalidPriority.ValueNotSupported", 400),
    ({"NicType": "internet"}, "InvalidNicType.ValueNotSupported", 400),
    ({"SourceCidrIp": "10.0.0"}, "InvalidSourceCidrIp.Malformed", 400),
    ({"SourceCidrIp": "2001:db8::/32"}, "InvalidSourceCidrIp.Malformed", 400),
    ({"SourceCidrIp": None, "Ipv6SourceCidrIp": "10.0.0.0/8"}, "InvalidIpv6SourceCidrIp.Malformed", 400),
    ({"SourceCidrIp": None}, "MissingParameter.Source", 400),
    ({"Description": "d" * 513}, "InvalidSecurityGroupDiscription.Malformed", 400),
]


def test_what_a_rule_cannot_be(place: Place) -> None:
    for fields, code, status in RULE_ERRORS:
        one = {name: value for name, value in {**SSH, **fields}.items() if value is not None}
        with refuses(code, status):
            place.api.ecs("AuthorizeSecurityGroup", SecurityGroupId=place.group, Permissions=[one])
    with refuses("MissingParameter.Dest", 400):
        place.api.ecs("AuthorizeSecurityGroupEgress", SecurityGroupId=place.group, Permissions=[SSH])
    with refuses("SecurityGroupRule.NotFound", 404):
        place.api.ecs("ModifySecurityGroupRule", SecurityGroupId=place.group, **SSH)
    with refuses("SecurityGroupRule.NotFound", 404):
        place.api.ecs("ModifySecurityGroupRule", SecurityGroupId=place.group, SecurityGroupRuleId="sgr-none")
    with refuses("InvalidSecurityGroupId.NotFound", 404):
        place.api.ecs("RevokeSecurityGroup", SecurityGroupId="sg-none", Permissions=[SSH])
    with refuses("InvalidDirection.ValueNotSupported", 400):
        rules(place.api, place.group, Direction="sideways")
    with refuses("MissingParameter", 400):
        place.api.ecs("DescribeSecurityGroupAttribute")
    assert rules(place.api, place.group) == []


def test_a_group_holds_200_rules_and_lists_them_by_token(place: Place) -> None:
    def batch(first: int, count: int) -> list[dict[str, str]]:
        return [{**SSH, "PortRange": f"{port}/{port}"} for port in range(first, first + count)]

    for first in (1, 101):
        place.api.ecs("AuthorizeSecurityGroup", SecurityGroupId=place.group, Permissions=batch(first, 100))
    with refuses("AuthorizationLimitExceed", 403):
        place.api.ecs("AuthorizeSecurityGroup", SecurityGroupId=place.group, Permissions=batch(201, 1))
    with refuses("InvalidParameter.Permissions", 400):
        place.api.ecs("AuthorizeSecurityGroup", SecurityGroupId=place.group, Permissions=batch(1, 101))
    assert len(rules(place.api, place.group)) == 200
    page = place.api.ecs("DescribeSecurityGroupAttribute", SecurityGroupId=place.group, MaxResults=150)
    rest = rules(place.api, place.group, MaxResults=150, NextToken=page["NextToken"])
    assert (len(page["Permissions"]["Permission"]), len(rest)) == (150, 50)


def test_resource_groups(place: Place) -> None:
    (one,) = place.run()
    for kind, key in (("instance", one), ("securitygroup", place.group)):
        place.api.ecs("JoinResourceGroup", ResourceType=kind, ResourceId=key, ResourceGroupId="rg-other")
    assert place.api.ecs("DescribeInstances", ResourceGroupId="rg-other")["TotalCount"] == 1
    assert place.api.ecs("DescribeSecurityGroups", ResourceGroupId="rg-other")["TotalCount"] == 1
    with refuses("InvalidResourceType.NotSupported", 400):
        place.api.ecs("JoinResourceGroup", ResourceType="image", ResourceId="m-1", ResourceGroupId="rg-other")
