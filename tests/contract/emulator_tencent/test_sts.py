"""STS through the official SDK, and what the keys it gives out may do."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.emulator_tencent.documents import allowing, trust
from tests.contract.emulator_tencent.wire import send
from tests.support.sandbox import Sandbox
from tests.support.tencent import Tencent, TencentKeys


def trusting(tencent: Tencent, principal: str, name: str = "ops", **parts: Any) -> str:
    """A role that ``principal`` (root, or a sub-account's uin/...) may assume; its resource name."""
    document = trust(principal={"qcs": [f"qcs::cam::uin/{tencent.account_id}:{principal}"]}, **parts)
    tencent.call("cam", "CreateRole", RoleName=name, PolicyDocument=document)
    return f"qcs::cam::uin/{tencent.account_id}:roleName/{name}"


def assume(tencent: Tencent, arn: str, keys: TencentKeys | None = None, **params: Any) -> TencentKeys:
    answer = tencent.call("sts", "AssumeRole", keys=keys, RoleArn=arn, RoleSessionName="me", **params)
    found = answer["Credentials"]
    return TencentKeys(found["TmpSecretId"], found["TmpSecretKey"], found["Token"])


def test_who_is_calling(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    root = tencent.call("sts", "GetCallerIdentity")
    assert root["AccountId"] == root["UserId"] == root["PrincipalId"] == tencent.account_id
    user = tencent.user("operator")
    caller = tencent.call("sts", "GetCallerIdentity", keys=user)
    assert (caller["Arn"], caller["Type"]) == (f"qcs::cam:{tencent.account_id}:uin/{user.uin}", "CAMUser")
    assert (caller["AccountId"], caller["UserId"]) == (tencent.account_id, user.uin)
    arn = trusting(tencent, "root")
    role_id = tencent.call("cam", "GetRole", RoleName="ops")["RoleInfo"]["RoleId"]
    session = tencent.call("sts", "GetCallerIdentity", keys=assume(tencent, arn))
    assert session["Arn"] == f"qcs::sts:{tencent.account_id}:assumed-role/{role_id}"
    assert (session["Type"], session["UserId"]) == ("CAMRole", f"{role_id}:me")


@pytest.mark.parametrize("form", ["roleName/ops", "role/{id}"])
def test_both_ways_to_name_a_role(sandbox: Sandbox, form: str) -> None:
    tencent = sandbox.tencent
    trusting(tencent, "root")
    role_id = tencent.call("cam", "GetRole", RoleName="ops")["RoleInfo"]["RoleId"]
    assert assume(tencent, f"qcs::cam::uin/{tencent.account_id}:{form.format(id=role_id)}").token


def test_times(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    arn = trusting(tencent, "root")
    tencent.call("cam", "UpdateRoleSessionDuration", RoleName="ops", SessionDuration=43200)
    first = tencent.call("sts", "AssumeRole", RoleArn=arn, RoleSessionName="me")
    longest = tencent.call("sts", "AssumeRole", RoleArn=arn, RoleSessionName="me", DurationSeconds=43200)
    assert longest["ExpiredTime"] - first["ExpiredTime"] in (36000, 36001)
    assert first["Expiration"].endswith("Z")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"RoleArn": "acs:ram::1:role/ops"}, "InvalidParameter.ParamError"),
        ({"RoleSessionName": "a b"}, "InvalidParameter.ParamError"),
        ({"RoleSessionName": "x"}, "InvalidParameter.ParamError"),
        ({"DurationSeconds": 43201}, "InvalidParameter.OverTimeError"),
        ({"DurationSeconds": 0}, "InvalidParameter.OverTimeError"),
        ({"DurationSeconds": 7201}, "InvalidParameter.OverTimeError"),  # longer than the role allows
        ({"RoleArn": "qcs::cam::uin/1:roleName/ops"}, "InvalidParameter.AccountNotAvaliable"),
        ({"Policy": "x" * 6145}, "InvalidParameter.PolicyTooLong"),
        ({"Policy": "{}"}, "InvalidParameter.StrategyInvalid"),
        ({"RoleSessionName": None}, "MissingParameter"),
    ],
)
def test_what_assume_refuses(sandbox: Sandbox, params: dict[str, Any], code: str) -> None:
    tencent = sandbox.tencent
    desired = {"RoleArn": trusting(tencent, "root"), "RoleSessionName": "me", **params}
    assert tencent.code("sts", "AssumeRole", **desired) == code


def test_assume_asks_for_a_region_and_who_is_calling_does_not(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    desired = {"RoleArn": trusting(tencent, "root"), "RoleSessionName": "me"}
    for region, code in ((None, "MissingParameter"), ("cn-hangzhou", "UnsupportedRegion"), (tencent.region, "")):
        assert send(tencent, "sts", "AssumeRole", desired, headers={"X-TC-Region": region}).code == code
    assert send(tencent, "sts", "GetCallerIdentity", headers={"X-TC-Region": None}).code == ""


def test_who_may_assume(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    may, may_not = tencent.user("may", allowing("sts:AssumeRole")), tencent.user("may-not", allowing("cvm:*"))
    named = trusting(tencent, f"uin/{may.uin}", "named")
    assert assume(tencent, named, may).token
    assert tencent.code("sts", "AssumeRole", keys=may_not, RoleArn=named, RoleSessionName="me") == (
        "AuthFailure.UnauthorizedOperation"
    )
    assert tencent.code("sts", "AssumeRole", RoleArn=named, RoleSessionName="me") == "UnauthorizedOperation"
    tencent.make_role("for-cvm")
    arn = f"qcs::cam::uin/{tencent.account_id}:roleName/for-cvm"
    assert tencent.code("sts", "AssumeRole", keys=may, RoleArn=arn, RoleSessionName="me") == "UnauthorizedOperation"
    gone = arn.replace("for-cvm", "nobody")
    assert tencent.code("sts", "AssumeRole", keys=may, RoleArn=gone, RoleSessionName="me") == (
        "ResourceNotFound.RoleNotFound"
    )


def test_a_condition_on_the_external_id(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    arn = trusting(tencent, "root", condition={"string_equal": {"sts:external_id": ["secret"]}})
    assert tencent.code("sts", "AssumeRole", RoleArn=arn, RoleSessionName="me") == "UnauthorizedOperation"
    assert assume(tencent, arn, ExternalId="secret").token


def test_a_session_has_its_role_s_permissions(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    keys = assume(tencent, trusting(tencent, "root"))
    denied = "AuthFailure.UnauthorizedOperation"
    assert tencent.code("cvm", "DescribeZones", keys=keys) == denied
    policy = tencent.make_policy("zones", "cvm:DescribeZones")
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="ops", PolicyId=policy)
    assert tencent.call("cvm", "DescribeZones", keys=keys)["TotalCount"] == 4  # the same keys, at once
    tencent.call("cam", "DetachRolePolicy", DetachRoleName="ops", PolicyId=policy)
    assert tencent.code("cvm", "DescribeZones", keys=keys) == denied
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="ops", PolicyName="QcloudCVMReadOnlyAccess")
    assert tencent.call("cvm", "DescribeZones", keys=keys)["TotalCount"] == 4


def test_a_session_s_own_policy_bounds_it(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    arn = trusting(tencent, "root")
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="ops", PolicyName="AdministratorAccess")
    keys = assume(tencent, arn, Policy=quote(json.dumps(allowing("cvm:DescribeZones"))))
    assert tencent.call("cvm", "DescribeZones", keys=keys)["TotalCount"] == 4
    assert tencent.code("cvm", "DescribeRegions", keys=keys) == "AuthFailure.UnauthorizedOperation"


def test_a_session_ends_with_its_role(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    keys = assume(tencent, trusting(tencent, "root"))
    tencent.call("cam", "DeleteRole", RoleName="ops")
    trusting(tencent, "root")
    assert tencent.code("sts", "GetCallerIdentity", keys=keys) == "AuthFailure.TokenFailure"
