"""CAM roles through the official SDK: every action, every error by code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.emulator_tencent.documents import SERVICE, allowing, trust
from tests.support.sandbox import Sandbox


def role(sandbox: Sandbox, name: str = "app") -> dict[str, Any]:
    found: dict[str, Any] = sandbox.tencent.call("cam", "GetRole", RoleName=name)["RoleInfo"]
    return found


def test_a_role_s_life(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    role_id = tencent.make_role(
        Description="web", ConsoleLogin=1, SessionDuration=3600, Tags=[{"Key": "a", "Value": "1"}]
    )
    made = role(sandbox)
    assert (made["RoleId"], made["RoleName"], made["Description"]) == (role_id, "app", "web")
    assert (made["ConsoleLogin"], made["SessionDuration"], made["RoleType"]) == (1, 3600, "user")
    assert made["RoleArn"] == f"qcs::cam::uin/{tencent.account_id}:roleName/app"
    assert made["Tags"] == [{"Key": "a", "Value": "1"}]
    assert int(role_id) > 2**53
    assert len(made["AddTime"]) == len("2019-07-10 11:22:27")

    tencent.call("cam", "UpdateRoleDescription", RoleName="app", Description="")
    tencent.call("cam", "UpdateRoleConsoleLogin", RoleId=int(role_id), ConsoleLogin=0)
    tencent.call("cam", "UpdateRoleSessionDuration", RoleId=int(role_id), SessionDuration=0)
    tencent.call("cam", "UpdateAssumeRolePolicy", RoleId=role_id, PolicyDocument=trust("scf.qcloud.com", SERVICE))
    tencent.call("cam", "TagRole", RoleName="app", Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "x"}])
    tencent.call("cam", "UntagRole", RoleId=role_id, TagKeys=["a", "absent"])
    sandbox.advance(60)
    changed = role(sandbox)
    assert (changed["Description"], changed["ConsoleLogin"], changed["SessionDuration"]) == ("", 0, 0)
    assert changed["Tags"] == [{"Key": "b", "Value": "x"}]
    services = json.loads(changed["PolicyDocument"])["statement"][0]["principal"]["service"]
    assert sorted(services) == sorted(["scf.qcloud.com", SERVICE])

    tencent.call("cam", "DeleteRole", RoleName="app")
    assert tencent.code("cam", "GetRole", RoleName="app") == "InvalidParameter.RoleNotExist"
    assert tencent.make_role() != role_id  # the name is free; the id is a new one


def test_a_document_comes_back_as_it_was_given_or_with_lists_in_place_of_texts(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    given = json.dumps(json.loads(trust(principal={"service": SERVICE})), indent=1)
    tencent.call("cam", "CreateRole", RoleName="app", PolicyDocument=given)
    assert role(sandbox)["PolicyDocument"] == given
    sandbox.switch(cam_document_form="lists")
    tencent.call("cam", "UpdateAssumeRolePolicy", RoleName="app", PolicyDocument=given)
    statement = json.loads(role(sandbox)["PolicyDocument"])["statement"][0]
    assert (statement["principal"], statement["action"]) == ({"service": [SERVICE]}, ["name/sts:AssumeRole"])


def test_root_principals_may_come_back_as_numbers(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    account = f"qcs::cam::uin/{tencent.account_id}"
    sandbox.switch(cam_document_form="rewritten")
    tencent.call("cam", "CreateRole", RoleName="app", PolicyDocument=trust(principal={"qcs": [f"{account}:root"]}))
    statement = json.loads(role(sandbox)["PolicyDocument"])["statement"][0]
    assert statement["principal"] == {"qcs": [f"{account}:uin/{tencent.account_id}"]}
    keys = tencent.user("ann", allowing("name/sts:AssumeRole"))
    arn = role(sandbox)["RoleArn"]
    assumed = tencent.call("sts", "AssumeRole", keys=keys, RoleArn=arn, RoleSessionName="ann")
    assert assumed["Credentials"]["Token"]


def test_lists_in_pages(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    for number in range(5):
        tencent.make_role(f"role-{number}", Tags=[{"Key": "odd", "Value": str(number % 2)}])
    pages = [tencent.call("cam", "DescribeRoleList", Page=page, Rp=2) for page in (1, 2, 3, 4)]
    assert [page["TotalNum"] for page in pages] == [5] * 4
    assert [[one["RoleName"][-1] for one in page["List"]] for page in pages] == [["0", "1"], ["2", "3"], ["4"], []]
    odd = tencent.call("cam", "DescribeRoleList", Page=1, Rp=200, Tags=[{"Key": "odd", "Value": "1"}])
    assert [one["RoleName"] for one in odd["List"]] == ["role-1", "role-3"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"RoleName": "with space"}, "RoleNameError"),
        ({"RoleName": "n" * 129}, "RoleNameError"),
        ({"RoleName": "taken"}, "RoleNameInUse"),
        ({"Description": "é" * 151}, "DescriptionLengthOverlimit"),
        ({"ConsoleLogin": 2}, "ParamError"),
        ({"SessionDuration": 43201}, "ParamError"),
        ({"Tags": [{"Key": "", "Value": "x"}]}, "TagParamError"),
        ({"Tags": [{"Key": f"k{n}", "Value": "x"} for n in range(51)]}, "TagLimitExceeded"),
        ({"PolicyDocument": "not json"}, "StatementError"),
        ({"PolicyDocument": '{"version":"1","statement":[]}'}, "VersionError"),
        ({"PolicyDocument": '{"version":"2.0","statement":[]}'}, "StatementError"),
        ({"PolicyDocument": trust(effect="maybe")}, "EffectError"),
        ({"PolicyDocument": trust(action="assume")}, "ActionError"),
        ({"PolicyDocument": trust(principal={})}, "PrincipalError"),
        ({"PolicyDocument": trust(principal={"RAM": ["x"]})}, "PrincipalError"),
        ({"PolicyDocument": trust("cvm.example.org")}, "PrincipalServiceNotExist"),
        ({"PolicyDocument": trust(principal={"qcs": ["qcs::cam::uin/1:root"]})}, "PrincipalQcsNotExist"),
        ({"PolicyDocument": trust(principal={"qcs": ["somebody"]})}, "PrincipalError"),
        ({"PolicyDocument": trust("x" * 6100 + ".qcloud.com")}, "PolicyDocumentLengthOverLimit"),
    ],
)
def test_what_create_refuses(sandbox: Sandbox, params: dict[str, Any], code: str) -> None:
    tencent = sandbox.tencent
    tencent.make_role("taken")
    desired = {"RoleName": "app", "PolicyDocument": trust(), **params}
    assert tencent.code("cam", "CreateRole", **desired) == f"InvalidParameter.{code}"
    assert len(tencent.state()["roles"]) == 1


def test_a_full_account(sandbox: Sandbox) -> None:
    sandbox.switch(cam_quota_roles=1)
    sandbox.tencent.make_role()
    assert (
        sandbox.tencent.code("cam", "CreateRole", RoleName="b", PolicyDocument=trust()) == "InvalidParameter.RoleFull"
    )


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("GetRole", {}),
        ("DeleteRole", {}),
        ("UpdateAssumeRolePolicy", {"PolicyDocument": trust()}),
        ("UpdateRoleDescription", {"Description": "x"}),
        ("UpdateRoleConsoleLogin", {"ConsoleLogin": 0}),
        ("UpdateRoleSessionDuration", {"SessionDuration": 60}),
        ("TagRole", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("UntagRole", {"TagKeys": ["a"]}),
        ("ListAttachedRolePolicies", {"Page": 1, "Rp": 20}),
    ],
)
def test_a_role_that_is_not_there(sandbox: Sandbox, action: str, params: dict[str, Any]) -> None:
    tencent = sandbox.tencent
    assert tencent.code("cam", action, RoleName="nobody", **params) == "InvalidParameter.RoleNotExist"
    assert tencent.code("cam", action, **params) == "InvalidParameter.ParamError"


@pytest.mark.parametrize("page", [{"Page": 0, "Rp": 20}, {"Page": 1, "Rp": 201}, {"Page": 1, "Rp": 0}])
def test_pages_out_of_range(sandbox: Sandbox, page: dict[str, int]) -> None:
    assert sandbox.tencent.code("cam", "DescribeRoleList", **page) == "InvalidParameter.ParamError"


def test_readers_may_see_late(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cam_visibility_seconds=10)
    tencent.make_role()
    policy = tencent.make_policy()
    assert tencent.code("cam", "GetRole", RoleName="app") == "InvalidParameter.RoleNotExist"
    assert tencent.code("cam", "GetPolicy", PolicyId=policy) == "ResourceNotFound.PolicyIdNotFound"
    assert tencent.call("cam", "DescribeRoleList", Page=1, Rp=20)["TotalNum"] == 0
    assert tencent.code("cam", "CreateRole", RoleName="app", PolicyDocument=trust()) == "InvalidParameter.RoleNameInUse"
    sandbox.advance(10)
    assert role(sandbox)["RoleName"] == "app"


def test_an_arn_may_be_left_out(sandbox: Sandbox) -> None:
    sandbox.switch(cam_role_arn=False)
    sandbox.tencent.make_role()
    assert role(sandbox)["RoleArn"] is None


def test_a_service_linked_role(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    sandbox.switch(settle_seconds=60)
    made = tencent.call(
        "cam", "CreateServiceLinkedRole", QCSServiceName=["cvmsmartdiagnostic.cvm.cloud.tencent.com"], CustomSuffix="x"
    )
    name = "CVM_QCSLinkedRoleInCvmsmartdiagnostic_x"
    linked = role(sandbox, name)
    assert (linked["RoleId"], linked["RoleType"]) == (made["RoleId"], "service_linked")
    assert linked["RoleArn"].endswith(f":role/tencentcloudServiceRoleName/{name}")
    task = tencent.call("cam", "DeleteServiceLinkedRole", RoleName=name)["DeletionTaskId"]
    assert role(sandbox, name)["DeletionTaskId"] == task
    assert tencent.call("cam", "GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "IN_PROGRESS"
    sandbox.advance(60)
    assert tencent.call("cam", "GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert tencent.code("cam", "GetRole", RoleName=name) == "InvalidParameter.RoleNotExist"
    nothing = tencent.code("cam", "GetServiceLinkedRoleDeletionStatus", DeletionTaskId="x")
    assert nothing == "InvalidParameter.DeletionTaskNotExist"
    tencent.make_role()
    assert tencent.code("cam", "DeleteServiceLinkedRole", RoleName="app") == "InvalidParameter.ParamError"
