"""ModifyInstancesAttribute: roles bound, replaced and unbound, one by one and in batches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.emulator_tencent.documents import SERVICE, allowing, trust
from tests.support.sandbox import Sandbox
from tests.support.tencent import IMAGE, Tencent

MODIFY = "ModifyInstancesAttribute"


def bind(tencent: Tencent, *ids: str, role: str | None = "app", **params: Any) -> None:
    tencent.call("cvm", MODIFY, InstanceIds=list(ids), CamRoleName=role, **params)


def refusal(tencent: Tencent, *ids: str, role: str | None = "app", **params: Any) -> str:
    return tencent.code("cvm", MODIFY, InstanceIds=list(ids), CamRoleName=role, **params)


def held(tencent: Tencent, *ids: str) -> list[str]:
    tencent.settle()
    return [tencent.instance(one)["CamRoleName"] for one in ids]


def test_bind_replace_unbind(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role("one")
    tencent.make_role("two")
    ids = tencent.make_vpc_instance(3)
    assert held(tencent, *ids) == ["", "", ""]
    bind(tencent, *ids, role="one")
    assert held(tencent, *ids) == ["one"] * 3
    bind(tencent, ids[0], role="two")  # a second role takes the first one's place
    assert held(tencent, *ids) == ["two", "one", "one"]
    bind(tencent, *ids[:2], role="")
    assert held(tencent, *ids) == ["", "", "one"]
    bind(tencent, ids[0], role="")  # nothing to unbind is fine
    assert held(tencent, ids[0]) == [""]


def test_it_takes_effect_later(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cvm_operation_seconds=60, cvm_operation_shown_seconds=10)
    tencent.make_role()
    (one,) = tencent.make_vpc_instance()
    launched = tencent.instance(one)["LatestOperationRequestId"]
    bind(tencent, one)
    before = tencent.instance(one)  # the call has returned and nothing shows yet
    assert (before["CamRoleName"], before["LatestOperation"]) == ("", "RunInstances")
    assert (before["LatestOperationState"], before["LatestOperationRequestId"]) == ("SUCCESS", launched)
    sandbox.advance(10)
    during = tencent.instance(one)
    assert (during["CamRoleName"], during["LatestOperation"]) == ("", MODIFY)
    assert (during["LatestOperationState"], during["LatestOperationRequestId"] != launched) == ("OPERATING", True)
    sandbox.advance(50)
    after = tencent.instance(one)
    assert (after["CamRoleName"], after["LatestOperationState"], after["InstanceState"]) == (
        "app",
        "SUCCESS",
        "RUNNING",
    )


def test_it_may_fail(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    (one,) = tencent.make_vpc_instance()
    sandbox.switch(cvm_operation_outcome="FAILED")
    bind(tencent, one)
    tencent.settle()
    failed = tencent.instance(one)
    assert (failed["CamRoleName"], failed["LatestOperationState"]) == ("", "FAILED")
    assert failed["LatestOperationErrorMsg"]
    sandbox.switch(cvm_operation_outcome="SUCCESS")
    bind(tencent, one)
    assert held(tencent, one) == ["app"]


@pytest.mark.parametrize(
    "code",
    ["MutexOperation.TaskRunning", "OperationDenied.InstanceOperationInProgress", "InvalidInstance.NotSupported"],
)
def test_one_operation_at_a_time(sandbox: Sandbox, code: str) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cvm_operation_seconds=60, cvm_busy_code=code)
    tencent.make_role()
    busy, idle = tencent.make_vpc_instance(2)
    bind(tencent, busy)
    assert refusal(tencent, idle, busy, role="") == code
    assert tencent.code("cvm", "TerminateInstances", InstanceIds=[busy]) == code
    assert tencent.code("cvm", "StopInstances", InstanceIds=[busy]) == code
    bind(tencent, idle)
    sandbox.advance(60)
    assert held(tencent, busy, idle) == ["app", "app"]


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("nobody", "AuthFailure.CamRoleNameAuthenticateFailed"),
        ("functions", "AuthFailure.CamRoleNameAuthenticateFailed"),  # trusts another service
        ("spelled", "AuthFailure.CamRoleNameAuthenticateFailed"),  # trusts the other spelling of ours
        ("with space", "InvalidParameterValue.CamRoleNameMalformed"),
    ],
)
def test_roles_it_refuses(sandbox: Sandbox, role: str, code: str) -> None:
    tencent = sandbox.tencent
    tencent.make_role("functions", ["scf.qcloud.com"])
    tencent.make_role("spelled", ["cvm.cloud.tencent.com"])
    (one,) = tencent.make_vpc_instance()
    assert refusal(tencent, one, role=role) == code
    assert held(tencent, one) == [""]


def test_the_other_spelling_of_the_service(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cvm_other_principal=True)
    tencent.make_role("spelled", ["cvm.cloud.tencent.com"])
    (one,) = tencent.make_vpc_instance()
    bind(tencent, one, role="spelled")
    assert held(tencent, one) == ["spelled"]


def test_a_role_s_kind(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.call("cam", "CreateServiceLinkedRole", QCSServiceName=[SERVICE])
    tencent.make_role()
    (one,) = tencent.make_vpc_instance()
    linked, failed = "CVM_QCSLinkedRoleInCvm", "AuthFailure.CamRoleNameAuthenticateFailed"
    assert refusal(tencent, one, role=linked) == failed
    assert refusal(tencent, one, role="app", CamRoleType="service_linked") == failed
    assert refusal(tencent, one, role="app", CamRoleType="mine") == "InvalidParameterValue"
    bind(tencent, one, role=linked, CamRoleType="service_linked")
    assert held(tencent, one) == [linked]
    bind(tencent, one, role="app", CamRoleType="user")
    assert held(tencent, one) == ["app"]


def test_cvm_may_hear_of_a_role_late(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    (one,) = tencent.make_vpc_instance()
    sandbox.switch(cvm_role_propagation_seconds=30)
    tencent.make_role("app", ["scf.qcloud.com"])
    sandbox.advance(30)
    tencent.call("cam", "UpdateAssumeRolePolicy", RoleName="app", PolicyDocument=trust())
    tencent.make_role("new")
    for role in ("app", "new"):
        assert refusal(tencent, one, role=role) == "AuthFailure.CamRoleNameAuthenticateFailed"
    sandbox.advance(30)
    bind(tencent, one)
    assert held(tencent, one) == ["app"]


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "MissingParameter"),
        (["ins-00000000"], "InvalidInstanceId.NotFound"),
        (["i-00000000"], "InvalidInstanceId.Malformed"),
        (["ins-0"], "InvalidInstanceId.Malformed"),
        ([f"ins-{n:08d}" for n in range(101)], "InvalidParameterValue.LimitExceeded"),
    ],
)
def test_ids_it_refuses(sandbox: Sandbox, ids: list[str], code: str) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    assert refusal(tencent, *ids) == code


def test_a_hundred_at_once(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    ids = tencent.make_vpc_instance(100)
    bind(tencent, *ids)
    tencent.settle()
    found = tencent.call("cvm", "DescribeInstances", InstanceIds=ids, Limit=100)["InstanceSet"]
    assert {one["CamRoleName"] for one in found} == {"app"}
    assert {one["LatestOperationRequestId"] for one in found} == {found[0]["LatestOperationRequestId"]}


@pytest.mark.parametrize(("mixed", "roles"), [("reject", ["", ""]), ("partial", ["app", "app"])])
def test_one_bad_id_among_good_ones(sandbox: Sandbox, mixed: str, roles: list[str]) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cvm_mixed_batch=mixed)
    tencent.make_role()
    first, second = tencent.make_vpc_instance(2)
    assert refusal(tencent, first, "ins-00000000", second) == "InvalidInstanceId.NotFound"
    assert held(tencent, first, second) == roles


def test_an_instance_outside_a_vpc(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    desired: dict[str, Any] = {"Placement": {"Zone": tencent.zone}, "ImageId": IMAGE}
    (basic,) = tencent.call("cvm", "RunInstances", **desired)["InstanceIdSet"]
    tencent.settle()
    assert tencent.instance(basic)["VirtualPrivateCloud"]["VpcId"] == ""
    assert refusal(tencent, basic) == "UnsupportedOperation.NoVpcNetwork"
    bind(tencent, basic, role="")
    tencent.settle()
    sandbox.switch(cvm_no_vpc_code="FailedOperation.InvalidInstanceApplicationRole")
    assert refusal(tencent, basic) == "FailedOperation.InvalidInstanceApplicationRole"
    assert tencent.code("cvm", "RunInstances", **desired, CamRoleName="app").startswith("FailedOperation")


@pytest.mark.parametrize(
    ("action", "passing", "lasting"),
    [
        ("StopInstances", "Stopping", "STOPPED"),
        ("RebootInstances", "Rebooting", "RUNNING"),
        ("TerminateInstances", "Terminating", ""),
    ],
)
def test_states(sandbox: Sandbox, action: str, passing: str, lasting: str) -> None:
    """Running and stopped instances take a role; those on their way somewhere do not."""
    tencent = sandbox.tencent
    tencent.make_role()
    (one,) = tencent.make_vpc_instance()
    sandbox.switch(settle_seconds=60)
    tencent.call("cvm", action, InstanceIds=[one])
    assert refusal(tencent, one) == f"UnsupportedOperation.InstanceState{passing}"
    sandbox.advance(60)
    if not lasting:
        assert refusal(tencent, one) == "InvalidInstanceId.NotFound"
        return
    assert tencent.instance(one)["InstanceState"] == lasting
    bind(tencent, one)
    assert held(tencent, one) == ["app"]


def test_a_pending_instance(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    vpc = tencent.make_vpc()
    sandbox.switch(settle_seconds=60)
    (one,) = tencent.make_vpc_instance(vpc=vpc)
    assert refusal(tencent, one) == "UnsupportedOperation.InstanceStatePending"


def test_one_attribute_a_request(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    (one,) = tencent.make_vpc_instance()
    assert tencent.code("cvm", MODIFY, InstanceIds=[one]) == "MissingParameter"
    assert refusal(tencent, one, InstanceName="web") == "InvalidParameterValue"
    sandbox.switch(cvm_two_attributes="accept")
    bind(tencent, one, InstanceName="web")
    tencent.settle()
    assert (tencent.instance(one)["InstanceName"], tencent.instance(one)["CamRoleName"]) == ("web", "app")
    sandbox.switch(cvm_no_attribute="unbind")
    tencent.call("cvm", MODIFY, InstanceIds=[one])
    assert held(tencent, one) == [""]


def test_other_attributes(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    vpc = tencent.make_vpc()
    (one,) = tencent.make_vpc_instance(vpc=vpc)
    group = tencent.call("vpc", "CreateSecurityGroup", GroupName="g", GroupDescription="g")["SecurityGroup"]
    changes: list[dict[str, Any]] = [
        {"InstanceName": "web"},
        {"SecurityGroups": [group["SecurityGroupId"]]},
        {"DisableApiTermination": True},
        {"HostName": "web-1"},
        {"UserData": "IyE="},
        {"EnableJumboFrame": True},
    ]
    for change in changes:
        tencent.call("cvm", MODIFY, InstanceIds=[one], **change)
        tencent.settle()
    found = tencent.instance(one)
    assert (found["InstanceName"], found["SecurityGroupIds"]) == ("web", [group["SecurityGroupId"]])
    assert tencent.code("cvm", "TerminateInstances", InstanceIds=[one]) == "UnsupportedOperation.InstancesProtected"
    bad = tencent.code("cvm", MODIFY, InstanceIds=[one], SecurityGroups=["sg-00000000"])
    assert bad == "InvalidSecurityGroupId.NotFound"
    long = tencent.code("cvm", MODIFY, InstanceIds=[one], InstanceName="n" * 129)
    assert long == "InvalidInstanceName.TooLong"


def test_an_operation_may_go_unnumbered(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cvm_operation_request_id=False, cvm_unbound_role="null")
    tencent.make_role()
    (one,) = tencent.make_vpc_instance()
    before = tencent.instance(one)
    assert before["CamRoleName"] is None
    bind(tencent, one)
    tencent.settle()
    assert tencent.instance(one)["LatestOperationRequestId"] == before["LatestOperationRequestId"]


@pytest.mark.parametrize(
    ("enforced", "code"),
    [
        ("ignored", None),
        ("CamRoleNameAuthenticateFailed", "AuthFailure.CamRoleNameAuthenticateFailed"),
        ("UnauthorizedOperation", "UnauthorizedOperation"),
    ],
)
def test_whether_a_role_may_be_passed_on(sandbox: Sandbox, enforced: str, code: str | None) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cvm_pass_role=enforced)
    tencent.make_role()
    (one,) = tencent.make_vpc_instance()
    operator = tencent.user("operator", allowing("cvm:*"))
    if code:
        assert refusal(tencent, one, keys=operator) == code
        resource = f"qcs::cam::uin/{tencent.account_id}:roleName/app"
        operator = tencent.user("operator", allowing("cam:PassRole", on=resource))
    bind(tencent, one, keys=operator)
    assert held(tencent, one) == ["app"]
