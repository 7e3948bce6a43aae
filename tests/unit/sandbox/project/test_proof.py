"""Which call a role may make and which not: chosen by its policies alone."""

from __future__ import annotations

import json

import pytest

from pulumi_instance_role.policy.build import allow, deny, policy_document
from pulumi_instance_role.sandbox.project.inventory import Policy, Role
from pulumi_instance_role.sandbox.project.proof import PROBES, choose_probes

PLACES = {"region": "cn-hangzhou", "account": "1234567890123456"}


def role(*statements: dict[str, object]) -> Role:
    document = json.dumps(policy_document(*statements))
    return Role("r", "arn", ("ecs.aliyuncs.com",), (Policy("p", "Custom", "v1", document),))


@pytest.mark.parametrize(
    ("held", "may", "may_not"),
    [
        (role(allow("ram:List*", on="*")), "ram:ListRoles", "vpc:DescribeVpcs"),
        (role(allow("vpc:DescribeVpcs", on="acs:vpc:*:*:vpc/*")), "vpc:DescribeVpcs", "ram:ListRoles"),
        (role(allow("vpc:DescribeVpcs", on="acs:vpc:cn-beijing:*:vpc/*")), None, "ram:ListRoles"),
        (role(allow("oss:GetObject", on="*")), None, "ram:ListRoles"),
        (role(allow("*", on="*")), "ram:ListRoles", None),
        (role(allow("*", on="*"), deny("vpc:*", on="*")), "ram:ListRoles", "vpc:DescribeVpcs"),
        (Role("r", "arn", (), ()), None, "ram:ListRoles"),
    ],
)
def test_the_first_allowed_and_the_first_refused(held: Role, may: str | None, may_not: str | None) -> None:
    allowed, refused = choose_probes(held, PLACES)
    assert (allowed and allowed.permission, refused and refused.permission) == (may, may_not)


def test_a_refusal_is_an_error_wherever_there_is_a_choice() -> None:
    assert [probe.permission for probe in PROBES if probe.hides] == [PROBES[-1].permission]
