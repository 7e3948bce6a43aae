"""Why a call is refused: deny and allow, the policies of a session, conditions on the request and on tags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.emulator.test_sts import allow, assume, code_of, make_role, trusting
from tests.contract.emulator.wire import params, send, signed
from tests.support.sandbox import Keys, Sandbox

DENIED = (403, "NoPermission")


def deny(action: str) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]}


def detail(sandbox: Sandbox, keys: Keys, action: str, version: str = "2015-05-01", **more: str) -> dict[str, Any]:
    """``AccessDeniedDetail`` of a call that is refused."""
    values = {**params(keys, action, version), **more}
    answer = send(sandbox, signed(values, keys.access_key_secret))
    assert answer.status == 403
    found: dict[str, Any] = answer.data["AccessDeniedDetail"]
    return found


def test_the_detail_tells_a_denial_from_a_missing_permission(sandbox: Sandbox) -> None:
    nobody, barred = sandbox.user("nobody"), sandbox.user("barred", allow("ram:*"), deny("ram:ListRoles"))
    missing, forbidden = (detail(sandbox, keys, "ListRoles") for keys in (nobody, barred))
    policy = "AccountLevelIdentityBasedPolicy"
    assert (missing["NoPermissionType"], missing["PolicyType"]) == ("ImplicitDeny", policy)
    assert (forbidden["NoPermissionType"], forbidden["PolicyType"]) == ("ExplicitDeny", policy)
    assert forbidden["EncodedDiagnosticMessage"]
    user_id = sandbox.call("Ram", "GetUser", UserName="barred")["User"]["UserId"]
    assert (forbidden["AuthPrincipalType"], forbidden["AuthPrincipalDisplayName"]) == ("SubUser", user_id)


def test_the_detail_names_a_session_s_own_policy_and_a_role_s_trust(sandbox: Sandbox) -> None:
    operator = sandbox.user("ops", allow("sts:AssumeRole"))
    arn = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:root"), "app", allow("ram:*"))
    for own, word in ((allow("ecs:*"), "ImplicitDeny"), (deny("ram:ListRoles"), "ExplicitDeny")):
        found = detail(sandbox, assume(sandbox, operator, arn, Policy=json.dumps(own)), "ListRoles")
        assert (found["NoPermissionType"], found["PolicyType"]) == (word, "SessionPolicy")
        assert found["AuthPrincipalType"] == "AssumedRoleUser"
    sandbox.make_role("service")
    desired = {"RoleArn": f"acs:ram::{sandbox.account_id}:role/service", "RoleSessionName": "me"}
    found = detail(sandbox, operator, "AssumeRole", "2015-04-01", **desired)
    assert (found["AuthAction"], found["PolicyType"]) == ("sts:AssumeRole", "AssumeRolePolicy")


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"DateLessThan": {"acs:CurrentTime": ["2099-01-01T00:00:00Z"]}}, True),
        ({"DateLessThan": {"acs:CurrentTime": ["2019-01-01T00:00:00Z"]}}, False),
        ({"NotIpAddress": {"acs:SourceIp": ["127.0.0.0/8"]}}, False),
        ({"Bool": {"acs:MFAPresent": ["false"]}}, True),
        ({"Bool": {"acs:MFAPresent": ["true"]}}, False),  # a key has no second factor
        ({"Bool": {"acs:SecureTransport": ["false"]}, "IpAddress": {"acs:SourceIp": ["127.0.0.1"]}}, True),
        ({"StringEquals": {"acs:NoSuchKey": ["x"]}}, False),
    ],
)
def test_conditions_on_the_request(sandbox: Sandbox, condition: dict[str, Any], allowed: bool) -> None:
    keys = sandbox.user("ann", allow("ram:ListRoles", Condition=condition))
    assert code_of(sandbox, "Ram", "ListRoles", keys) == ((200, "") if allowed else DENIED)


def test_a_condition_goes_by_the_account_s_clock(sandbox: Sandbox) -> None:
    until = sandbox.state()["time"]
    keys = sandbox.user("ann", allow("ram:ListRoles", Condition={"DateGreaterThan": {"acs:CurrentTime": [until]}}))
    sandbox.advance(3600)
    assert code_of(sandbox, "Ram", "ListRoles", keys) == (200, "")


@pytest.mark.parametrize("key", ["ecs:tag/env", "acs:ResourceTag/env"])
def test_conditions_on_an_instance_s_tags(sandbox: Sandbox, key: str) -> None:
    vpc = sandbox.make_vpc()
    dev, prod = (sandbox.make_vpc_instance(vpc=vpc, Tag=[{"Key": "env", "Value": env}])[0] for env in ("dev", "prod"))
    (bare,) = sandbox.make_vpc_instance(vpc=vpc)
    on = f"acs:ecs:*:{sandbox.account_id}:instance/*"
    keys = sandbox.user("ann", allow("ecs:*", on, Condition={"StringEquals": {key: ["dev"]}}))
    for one in (prod, bare):
        assert code_of(sandbox, "Ecs", "StopInstance", keys, InstanceId=one) == (403, "Forbidden.RAM")
    assert code_of(sandbox, "Ecs", "StopInstance", keys, InstanceId=dev) == (200, "")


def test_conditions_on_a_role_s_tags(sandbox: Sandbox) -> None:
    for name, env in (("one", "dev"), ("two", "prod")):
        tag = json.dumps([{"Key": "env", "Value": env}])
        trust = trusting(f"acs:ram::{sandbox.account_id}:root")
        sandbox.call("Ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust, Tag=tag)
    condition = {"StringEquals": {"acs:ResourceTag/env": ["dev"]}}
    keys = sandbox.user("ann", allow("ram:GetRole", Condition=condition))
    assert code_of(sandbox, "Ram", "GetRole", keys, RoleName="one") == (200, "")
    assert code_of(sandbox, "Ram", "GetRole", keys, RoleName="two") == DENIED


def test_pass_role_of_a_user_a_group_and_a_session(sandbox: Sandbox) -> None:
    sandbox.make_role("app")
    attach = allow("ecs:*")
    passing = allow("ram:PassRole", f"acs:ram:*:{sandbox.account_id}:role/app")
    operator = sandbox.user("ops", allow("sts:AssumeRole"))
    arn = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:root"), "deployer", attach, passing)
    bounded = assume(sandbox, operator, arn, Policy=json.dumps(attach))
    forbidden = (403, "InvalidUser.PassRoleForbidden")
    callers = [
        (sandbox.user("plain", attach), forbidden),
        (sandbox.user("barred", attach, passing, deny("ram:PassRole")), forbidden),
        (bounded, forbidden),
        (sandbox.user("may", attach, passing), (200, "")),
        (sandbox.group("deployers", attach, passing, members=["ann"])["ann"], (200, "")),
        (assume(sandbox, operator, arn), (200, "")),
    ]
    for keys, expected in callers:
        (one,) = sandbox.make_vpc_instance()
        desired: dict[str, Any] = {"RamRoleName": "app", "InstanceIds": json.dumps([one])}
        assert code_of(sandbox, "Ecs", "AttachInstanceRamRole", keys, **desired) == expected
