"""A second account on each cloud: nothing is shared, and roles are assumed across as far as both sides say so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.emulator.test_sts import allow, assume, code_of, make_role, trusting
from tests.contract.emulator_tencent.documents import allowing, trust
from tests.support.sandbox import Keys, Sandbox
from tests.support.tencent import TencentKeys


@pytest.fixture
def other(sandbox: Sandbox) -> Sandbox:
    """Another account of the same emulator."""
    return sandbox.server.account("cn-shanghai")


def test_accounts_share_nothing(sandbox: Sandbox, other: Sandbox) -> None:
    sandbox.make_role("app")
    sandbox.tencent.make_role("app")
    assert other.call("Ram", "ListRoles")["Roles"] == {"Role": []}
    assert other.tencent.call("cam", "DescribeRoleList", Page=1, Rp=20)["TotalNum"] == 0
    assert other.tencent.account_id != sandbox.tencent.account_id
    assert other.region == "cn-shanghai"
    other.advance(86400)
    assert sandbox.state()["time"] < other.state()["time"]


def test_assuming_a_role_of_another_account(sandbox: Sandbox, other: Sandbox) -> None:
    arn = make_role(sandbox, trusting(f"acs:ram::{other.account_id}:root"), "visitor", allow("ram:ListRoles"))
    desired: dict[str, Any] = {"RoleArn": arn, "RoleSessionName": "me"}
    ann = other.user("ann", allow("sts:AssumeRole", arn))
    keys = assume(other, ann, arn)
    me = other.call("Sts", "GetCallerIdentity", keys=keys)
    assert (me["AccountId"], me["Arn"]) == (
        sandbox.account_id,
        f"acs:ram::{sandbox.account_id}:assumed-role/visitor/session",
    )
    assert [one["RoleName"] for one in other.call("Ram", "ListRoles", keys)["Roles"]["Role"]] == ["visitor"]
    assert code_of(other, "Ram", "ListUsers", keys) == (403, "NoPermission")
    nobody = other.user("nobody")  # its own account does not let it
    assert code_of(other, "Sts", "AssumeRole", nobody, **desired) == (403, "NoPermission")
    mine = sandbox.user("ann", allow("sts:AssumeRole"))  # the role's account is not trusted
    assert code_of(sandbox, "Sts", "AssumeRole", mine, **desired) == (403, "NoPermission")
    third = sandbox.server.account()
    stranger = third.user("ann", allow("sts:AssumeRole"))
    assert code_of(third, "Sts", "AssumeRole", stranger, **desired) == (403, "NoPermission")


def test_an_external_id_for_a_third_party(sandbox: Sandbox, other: Sandbox) -> None:
    condition = {"StringEquals": {"sts:ExternalId": ["order-66"]}}
    arn = make_role(sandbox, trusting(f"acs:ram::{other.account_id}:root", Condition=condition))
    ann = other.user("ann", allow("sts:AssumeRole"))
    desired: dict[str, Any] = {"RoleArn": arn, "RoleSessionName": "me"}
    for given in ({}, {"ExternalId": "order-65"}):
        assert code_of(other, "Sts", "AssumeRole", ann, **desired, **given) == (403, "NoPermission")
    assert assume(other, ann, arn, ExternalId="order-66").security_token


def test_a_session_ends_by_the_clock_of_the_account_it_is_in(sandbox: Sandbox, other: Sandbox) -> None:
    sandbox.advance(10**6)  # a caller whose clock is far behind still gets a session that lasts
    arn = make_role(sandbox, trusting(f"acs:ram::{other.account_id}:root"), "visitor", allow("ram:*"))
    keys = assume(other, other.user("ann", allow("sts:AssumeRole")), arn, DurationSeconds=900)
    other.advance(10**7)
    sandbox.advance(890)
    assert code_of(sandbox, "Ram", "ListRoles", keys) == (200, "")
    sandbox.advance(11)
    assert code_of(sandbox, "Ram", "ListRoles", keys) == (400, "InvalidSecurityToken.Expired")


def test_a_chain_of_roles(sandbox: Sandbox, other: Sandbox) -> None:
    first = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:root"), "first", allow("sts:AssumeRole"))
    hop = trusting(f"acs:ram::{sandbox.account_id}:role/first")
    second = make_role(other, hop, "second", allow("ram:ListRoles"))
    one = assume(sandbox, sandbox.user("ann", allow("sts:AssumeRole")), first)
    two = assume(sandbox, one, second)
    assert [role["RoleName"] for role in other.call("Ram", "ListRoles", two)["Roles"]["Role"]] == ["second"]


# -- Tencent Cloud -----------------------------------------------------------------------------------------------
def visitor(sandbox: Sandbox, other: Sandbox, **parts: Any) -> str:
    """A role of ``sandbox`` that ``other`` may assume; its resource name."""
    principal = {"qcs": [f"qcs::cam::uin/{other.tencent.account_id}:root"]}
    tencent = sandbox.tencent
    tencent.call("cam", "CreateRole", RoleName="visitor", PolicyDocument=trust(principal=principal, **parts))
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="visitor", PolicyId=tencent.make_policy("r", "cam:GetRole"))
    return f"qcs::cam::uin/{tencent.account_id}:roleName/visitor"


def enter(sandbox: Sandbox, arn: str, keys: TencentKeys | None, **more: Any) -> TencentKeys:
    found = sandbox.tencent.call("sts", "AssumeRole", keys, RoleArn=arn, RoleSessionName="me", **more)["Credentials"]
    return TencentKeys(found["TmpSecretId"], found["TmpSecretKey"], found["Token"])


def test_assuming_a_role_of_another_account_on_tencent_cloud(sandbox: Sandbox, other: Sandbox) -> None:
    arn = visitor(sandbox, other)
    ann = other.tencent.user("ann", allowing("sts:AssumeRole", on=arn))
    keys = enter(other, arn, ann)
    assert other.tencent.call("sts", "GetCallerIdentity", keys)["AccountId"] == sandbox.tencent.account_id
    assert other.tencent.call("cam", "GetRole", keys, RoleName="visitor")["RoleInfo"]["RoleName"] == "visitor"
    denied = "AuthFailure.UnauthorizedOperation"
    assert other.tencent.code("cam", "ListUsers", keys=keys) == denied
    desired = {"RoleArn": arn, "RoleSessionName": "me"}
    nobody = other.tencent.user("nobody")
    assert other.tencent.code("sts", "AssumeRole", keys=nobody, **desired) == denied
    mine = sandbox.tencent.user("ann", allowing("sts:AssumeRole"))
    assert sandbox.tencent.code("sts", "AssumeRole", keys=mine, **desired) == "UnauthorizedOperation"


def test_an_external_id_on_tencent_cloud(sandbox: Sandbox, other: Sandbox) -> None:
    arn = visitor(sandbox, other, condition={"string_equal": {"sts:external_id": ["order-66"]}})
    ann = other.tencent.user("ann", allowing("sts:AssumeRole"))
    desired = {"RoleArn": arn, "RoleSessionName": "me", "ExternalId": "order-65"}
    assert other.tencent.code("sts", "AssumeRole", keys=ann, **desired) == "UnauthorizedOperation"
    assert enter(other, arn, ann, ExternalId="order-66").token


def test_a_tencent_session_ends_by_the_clock_of_the_account_it_is_in(sandbox: Sandbox, other: Sandbox) -> None:
    sandbox.advance(10**6)
    keys = enter(other, visitor(sandbox, other), other.tencent.user("ann", allowing("*")), DurationSeconds=600)
    other.advance(10**7)
    sandbox.advance(590)
    assert sandbox.tencent.call("cam", "GetRole", keys, RoleName="visitor")
    sandbox.advance(11)
    assert sandbox.tencent.code("cam", "GetRole", keys=keys, RoleName="visitor") == "AuthFailure.TokenFailure"


def test_keys_of_one_account_do_not_open_another(sandbox: Sandbox, other: Sandbox) -> None:
    sandbox.make_role("app")
    document = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    admin: Keys = other.user("admin", document)
    assert code_of(sandbox, "Ram", "GetRole", admin, RoleName="app") == (404, "EntityNotExist.Role")
    sandbox.call("Ram", "CreatePolicy", PolicyName="read", PolicyDocument=json.dumps(document))
    assert code_of(sandbox, "Ram", "GetPolicy", admin, PolicyName="read", PolicyType="Custom") == (
        404,
        "EntityNotExist.Policy",
    )
