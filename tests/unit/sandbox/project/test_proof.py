"""Which call a role may make and which not: chosen by its policies alone."""

from __future__ import annotations

import json

import pytest

from instance_role_sandbox.project.clouds import ALIBABA, CLOUDS, TENCENT
from instance_role_sandbox.project.clouds.cloud import Cloud, Policy, Role
from instance_role_sandbox.project.proof import choose_probes
from pulumi_instance_role.policy.build import allow, deny, policy_document
from pulumi_instance_role.policy.dialect import TENCENT as WORDS

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
    allowed, refused = choose_probes(ALIBABA, held, PLACES)
    assert (allowed and allowed.permission, refused and refused.permission) == (may, may_not)


def on_tencent(*actions: str, where: str = "*") -> Role:
    document = json.dumps(policy_document(allow(*actions, on=where, dialect=WORDS), dialect=WORDS))
    return Role("r", "arn", ("cvm.qcloud.com",), (Policy("p", "Custom", "1", document),))


@pytest.mark.parametrize(
    ("held", "may", "may_not"),
    [
        (on_tencent("cam:Describe*"), "cam:DescribeRoleList", "vpc:DescribeVpcs"),
        (
            on_tencent("name/vpc:*", where="qcs::vpc:ap-tokyo:uin/100001:*"),
            "vpc:DescribeVpcs",
            "cam:DescribeRoleList",
        ),
        (on_tencent("name/vpc:*", where="qcs::vpc:ap-shanghai::vpc/*"), None, "cam:DescribeRoleList"),
        (on_tencent("*"), "cam:DescribeRoleList", None),
    ],
)
def test_so_it_is_on_tencent_cloud(held: Role, may: str | None, may_not: str | None) -> None:
    allowed, refused = choose_probes(TENCENT, held, {"region": "ap-tokyo", "account": "100001"})
    assert (allowed and allowed.permission, refused and refused.permission) == (may, may_not)


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_refusal_is_an_error_wherever_there_is_a_choice(cloud: Cloud) -> None:
    assert [probe.permission for probe in cloud.probes if probe.hides] == [cloud.probes[-1].permission]
