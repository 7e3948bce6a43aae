"""CAM policies, their versions and where they are attached, through the official SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_instance_role import data
from tests.contract.emulator_tencent.documents import permission
from tests.support.sandbox import Sandbox


def document(sandbox: Sandbox, policy: int) -> Any:
    return json.loads(sandbox.tencent.call("cam", "GetPolicy", PolicyId=policy)["PolicyDocument"])


def create(sandbox: Sandbox, name: str = "read", **params: Any) -> int:
    desired = {"PolicyName": name, "PolicyDocument": permission(), **params}
    return int(sandbox.tencent.call("cam", "CreatePolicy", **desired)["PolicyId"])


def attached(sandbox: Sandbox, **params: Any) -> list[str]:
    found = sandbox.tencent.call("cam", "ListAttachedRolePolicies", Page=1, Rp=20, RoleName="app", **params)
    assert found["TotalNum"] == len(found["List"])
    return [one["PolicyName"] for one in found["List"]]


def test_a_policy_s_life(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    policy = create(sandbox, Description="objects", Tags=[{"Key": "a", "Value": "1"}])
    found = tencent.call("cam", "GetPolicy", PolicyId=str(policy))  # an integer may be sent as a text
    assert (found["PolicyName"], found["Description"], found["Type"]) == ("read", "objects", 1)
    assert found["Tags"] == [{"Key": "a", "Value": "1"}]
    assert json.loads(found["PolicyDocument"]) == json.loads(permission())

    new = permission(action="name/cos:PutObject", resource="qcs::cos:ap-guangzhou:uid/1:b-1/a/*")
    assert tencent.call("cam", "UpdatePolicy", PolicyName="read", PolicyDocument=new)["PolicyId"] == policy
    tencent.call("cam", "UpdatePolicy", PolicyId=policy, Description="", PolicyName="write", Alias="w")
    found = tencent.call("cam", "GetPolicy", PolicyId=policy)
    assert (found["PolicyName"], found["Description"], found["PresetAlias"]) == ("write", "", "w")
    assert found["PolicyDocument"] == new.replace("/", "\\/")  # as it was given, but for its slashes
    tencent.call("cam", "UpdatePolicy", PolicyName="write", PolicyDocument=new.replace("/", "\\/"))
    assert tencent.call("cam", "GetPolicy", PolicyId=policy)["PolicyDocument"] == found["PolicyDocument"]
    assert len(tencent.call("cam", "ListPolicyVersions", PolicyId=policy)["Versions"]) == 1  # rewritten in place

    tencent.call("cam", "DeletePolicy", PolicyId=[policy])
    assert tencent.code("cam", "GetPolicy", PolicyId=policy) == "ResourceNotFound.PolicyIdNotFound"


def test_versions(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    policy = create(sandbox)
    second: dict[str, Any] = {
        "PolicyId": policy,
        "PolicyDocument": permission(action=["cos:PutObject"]),
        "SetAsDefault": False,
    }
    assert tencent.call("cam", "CreatePolicyVersion", **second)["VersionId"] == 2
    assert document(sandbox, policy)["statement"][0]["action"] == ["cos:GetObject"]
    tencent.call("cam", "SetDefaultPolicyVersion", PolicyId=policy, VersionId=2)
    assert document(sandbox, policy)["statement"][0]["action"] == ["cos:PutObject"]
    again = tencent.code("cam", "SetDefaultPolicyVersion", PolicyId=policy, VersionId=2)
    assert again == "FailedOperation.PolicyVersionAlreadyDefault"
    shown = tencent.call("cam", "ListPolicyVersions", PolicyId=policy)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in shown] == [(1, 0), (2, 1)]
    assert shown[0]["CreateDate"].endswith("Z")
    one = tencent.call("cam", "GetPolicyVersion", PolicyId=policy, VersionId=1)["PolicyVersion"]
    assert json.loads(one["Document"]) == json.loads(permission())
    in_force = tencent.code("cam", "DeletePolicyVersion", PolicyId=policy, VersionId=[2])
    assert in_force == "FailedOperation.PolicyVersionAlreadyDefault"
    tencent.call("cam", "DeletePolicyVersion", PolicyId=policy, VersionId=[1])
    assert tencent.code("cam", "GetPolicyVersion", PolicyId=policy, VersionId=1) == (
        "InvalidParameter.PolicyVersionNotExists"
    )
    third = tencent.call("cam", "CreatePolicyVersion", **{**second, "SetAsDefault": True})
    assert third["VersionId"] == 3  # numbers are not used again
    sandbox.switch(cam_policy_versions=2)
    assert tencent.code("cam", "CreatePolicyVersion", **second) == "FailedOperation.PolicyVersionFull"


@pytest.mark.parametrize(
    "action",
    ["ListPolicyVersions", "GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion", "CreatePolicyVersion"],
)
def test_versions_of_nothing(sandbox: Sandbox, action: str) -> None:
    others: dict[str, dict[str, Any]] = {
        "ListPolicyVersions": {},
        "DeletePolicyVersion": {"VersionId": [1]},
        "CreatePolicyVersion": {"PolicyDocument": permission(), "SetAsDefault": True},
    }
    rest = others.get(action, {"VersionId": 1})
    assert sandbox.tencent.code("cam", action, PolicyId=123, **rest) == "InvalidParameter.PolicyIdNotExist"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"PolicyName": "a b"}, "InvalidParameter.PolicyNameError"),
        ({"PolicyName": "taken"}, "FailedOperation.PolicyNameInUse"),
        ({"Description": "x" * 301}, "InvalidParameter.DescriptionLengthOverlimit"),
        ({"PolicyDocument": "{"}, "InvalidParameter.PolicyDocumentError"),
        ({"PolicyDocument": "[]"}, "InvalidParameter.PolicyDocumentError"),
        ({"PolicyDocument": '{"version":"1.0","statement":[{}]}'}, "InvalidParameter.VersionError"),
        ({"PolicyDocument": permission(effect="Allow")}, "InvalidParameter.EffectError"),
        ({"PolicyDocument": permission(action="get")}, "InvalidParameter.ActionError"),
        ({"PolicyDocument": permission(resource="arn")}, "InvalidParameter.ResourceError"),
        ({"PolicyDocument": permission(condition={"StringEquals": {}})}, "InvalidParameter.ConditionError"),
        ({"PolicyDocument": permission(principal={"service": ["x"]})}, "InvalidParameter.PrincipalError"),
        ({"PolicyDocument": permission(action="cos:" + "x" * 6144)}, "InvalidParameter.PolicyDocumentLengthOverLimit"),
    ],
)
def test_what_create_refuses(sandbox: Sandbox, params: dict[str, Any], code: str) -> None:
    create(sandbox, "taken")
    desired = {"PolicyName": "read", "PolicyDocument": permission(), **params}
    assert sandbox.tencent.code("cam", "CreatePolicy", **desired) == code


TAGS = {"for_any_value:string_equal": {"qcs:resource_tag": ["game&webpage"]}}


@pytest.mark.parametrize(
    "document",
    [
        permission(condition=TAGS),
        permission(condition=[]),
        permission(condition={"string_equal_if_exist": {"vpc:region": "sh"}, "null_equal": {"qcs:tag/a": "true"}}),
        json.dumps({"version": "2.0", "statement": json.loads(permission())["statement"][0]}),
        permission(resource="qcs::cmqqueue::uin/1:queueName/uin/${uin}/*"),
    ],
)
def test_what_its_pages_print_is_taken(sandbox: Sandbox, document: str) -> None:
    """https://www.tencentcloud.com/document/product/598/58421, 598/10607 and 598/10608"""
    made = sandbox.tencent.call("cam", "CreatePolicy", PolicyName="read", PolicyDocument=document)
    kept = json.loads(sandbox.tencent.call("cam", "GetPolicy", PolicyId=made["PolicyId"])["PolicyDocument"])
    assert kept == json.loads(document)


@pytest.mark.parametrize(
    ("switch", "condition"),
    [
        ("document_unknown_operator", {"Mystery": {"qcs:ip": "x"}}),
        ("document_unreadable_value", {"ip_equal": {"qcs:ip": "10.0.0.0/40"}}),
    ],
)
def test_what_may_be_malformed_is_a_switch(sandbox: Sandbox, switch: str, condition: dict[str, Any]) -> None:
    desired: dict[str, Any] = {"PolicyName": "read", "PolicyDocument": permission(condition=condition)}
    assert sandbox.tencent.code("cam", "CreatePolicy", **desired) == "InvalidParameter.ConditionError"
    sandbox.switch(**{switch: "accept"})
    assert sandbox.tencent.call("cam", "CreatePolicy", **desired)["PolicyId"]


@pytest.mark.parametrize("text", ["[" * 5000, '{"version": ' + "9" * 5000 + "}", '{"version": "\\ud800"}'])
def test_what_no_document_holds_is_refused_and_no_failure(sandbox: Sandbox, text: str) -> None:
    desired = {"PolicyName": "read", "PolicyDocument": text}
    assert sandbox.tencent.code("cam", "CreatePolicy", **desired) == "InvalidParameter.PolicyDocumentError"


def test_presets_are_all_that_some_page_lists(sandbox: Sandbox) -> None:
    pages = [sandbox.tencent.call("cam", "ListPolicies", Scope="QCS", Rp=200, Page=page)["List"] for page in (1, 2)]
    listed = {one["PolicyName"]: one for rows in pages for one in rows}
    assert set(listed) == set(data.policy_names("tencent"))
    unprinted = sandbox.tencent.call("cam", "GetPolicy", PolicyId=listed["QcloudCamReadOnlyAccess"]["PolicyId"])
    assert unprinted["Description"] == "No page prints its document: it grants nothing here"
    assert json.loads(unprinted["PolicyDocument"])["statement"] == []
    printed = data.system_policy("tencent", "QcloudCVMReadOnlyAccess")
    got = sandbox.tencent.call("cam", "GetPolicy", PolicyId=listed["QcloudCVMReadOnlyAccess"]["PolicyId"])
    assert printed and json.loads(got["PolicyDocument"]) == printed.document


def test_a_full_account(sandbox: Sandbox) -> None:
    sandbox.switch(cam_quota_policies=1)
    create(sandbox)
    more = {"PolicyName": "more", "PolicyDocument": permission()}
    assert sandbox.tencent.code("cam", "CreatePolicy", **more) == "FailedOperation.PolicyFull"


def test_lists(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    for number in range(3):
        create(sandbox, f"mine-{number}")
    local = tencent.call("cam", "ListPolicies", Scope="Local", Rp=2, Page=2)
    assert (local["TotalNum"], [one["PolicyName"] for one in local["List"]]) == (3, ["mine-2"])
    preset = tencent.call("cam", "ListPolicies", Scope="QCS", Rp=200)["List"]
    assert {one["Type"] for one in preset} == {2}
    assert {1: "AdministratorAccess", 2: "QCloudResourceFullAccess"}.items() <= {
        one["PolicyId"]: one["PolicyName"] for one in preset
    }.items()
    assert tencent.call("cam", "ListPolicies", Keyword="mine-1")["TotalNum"] == 1
    assert tencent.code("cam", "ListPolicies", Scope="Mine") == "InvalidParameter.ScopeError"
    assert tencent.call("cam", "ListPolicies", Page=200)["List"] == []
    assert tencent.code("cam", "ListPolicies", Page=201) == "InvalidParameter.ParamError"
    assert tencent.call("cam", "GetPolicy", PolicyId=1)["Type"] == 2


def test_attachments_by_id_and_by_name(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    role_id, policy = tencent.make_role(), create(sandbox)
    tencent.call("cam", "AttachRolePolicy", AttachRoleId=role_id, PolicyId=policy)
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="app", PolicyName="QcloudCOSReadOnlyAccess")
    assert attached(sandbox) == ["read", "QcloudCOSReadOnlyAccess"]
    assert attached(sandbox, PolicyType="User") == ["read"]
    assert attached(sandbox, PolicyType="QCS") == ["QcloudCOSReadOnlyAccess"]
    assert attached(sandbox, Keyword="cos") == ["QcloudCOSReadOnlyAccess"]
    assert tencent.code("cam", "ListAttachedRolePolicies", Page=1, Rp=9, RoleName="app", PolicyType="x") == (
        "InvalidParameter.ParamError"
    )
    entity = tencent.call("cam", "ListEntitiesForPolicy", PolicyId=policy)["List"][0]
    assert (entity["Id"], entity["Name"], entity["RelatedType"]) == (role_id, "app", 3)
    assert tencent.call("cam", "ListEntitiesForPolicy", PolicyId=policy, EntityFilter="User")["TotalNum"] == 0
    rows = tencent.call("cam", "ListPolicies", Scope="Local")["List"]
    assert [(one["Attachments"], one["AttachEntityCount"]) for one in rows] == [(1, 1)]
    tencent.call("cam", "DetachRolePolicy", DetachRoleName="app", PolicyName="read")
    tencent.call("cam", "DetachRolePolicy", DetachRoleId=role_id, PolicyName="QcloudCOSReadOnlyAccess")
    assert attached(sandbox) == []


@pytest.mark.parametrize("which", ["Attach", "Detach"])
def test_attaching_what_is_not_there(sandbox: Sandbox, which: str) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    policy = create(sandbox)

    def code(role: str = "app", **policy_params: Any) -> str:
        return tencent.code("cam", f"{which}RolePolicy", **{f"{which}RoleName": role}, **policy_params)

    assert code(PolicyId=123) == "InvalidParameter.PolicyIdNotExist"
    assert code(PolicyName="nothing") == "InvalidParameter.PolicyIdNotExist"
    assert code() == "InvalidParameter.ParamError"
    assert code("nobody", PolicyId=policy) == "InvalidParameter.RoleNotExist"
    assert tencent.code("cam", f"{which}RolePolicy", PolicyId=policy) == "InvalidParameter.ParamError"


def test_again_and_again(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    policy = create(sandbox)
    for _ in range(2):
        tencent.call("cam", "AttachRolePolicy", AttachRoleName="app", PolicyId=policy)
    assert attached(sandbox) == ["read"]
    for _ in range(2):
        tencent.call("cam", "DetachRolePolicy", DetachRoleName="app", PolicyId=policy)
    sandbox.switch(cam_repeated_attachment="error")
    gone = tencent.code("cam", "DetachRolePolicy", DetachRoleName="app", PolicyId=policy)
    assert gone == "FailedOperation"


def test_a_full_role(sandbox: Sandbox) -> None:
    sandbox.switch(cam_quota_role_policies=1)
    tencent = sandbox.tencent
    tencent.make_role()
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="app", PolicyId=1)
    full = tencent.code("cam", "AttachRolePolicy", AttachRoleName="app", PolicyId=2)
    assert full == "InvalidParameter.AttachmentFull"


def test_deleting_takes_attachments_along(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    policy = create(sandbox)
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="app", PolicyId=policy)
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="app", PolicyId=1)
    tencent.call("cam", "DeletePolicy", PolicyId=[policy])
    assert attached(sandbox) == ["AdministratorAccess"]
    tencent.call("cam", "DeleteRole", RoleName="app")
    assert tencent.call("cam", "ListEntitiesForPolicy", PolicyId=1)["TotalNum"] == 0
    tencent.make_role()
    assert attached(sandbox) == []


def test_deleting_and_listing_what_is_not_there(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    policy = create(sandbox)
    assert tencent.code("cam", "DeletePolicy", PolicyId=[policy, 123]) == "InvalidParameter.PolicyIdNotExist"
    assert len(tencent.state()["policies"]) == 1  # none was deleted
    assert tencent.code("cam", "DeletePolicy", PolicyId=[1]) == "InvalidParameter.PolicyIdNotExist"  # preset
    too_many = list(range(201))
    assert tencent.code("cam", "DeletePolicy", PolicyId=too_many) == "InvalidParameter.OperatePoliciesOverLimit"
    assert tencent.code("cam", "ListEntitiesForPolicy", PolicyId=123) == "ResourceNotFound.PolicyIdNotFound"
    assert tencent.code("cam", "ListEntitiesForPolicy", PolicyId=1, EntityFilter="x") == (
        "InvalidParameter.EntityFilterError"
    )
    gone = tencent.code("cam", "UpdatePolicy", PolicyId=123, Description="x")
    assert gone == "ResourceNotFound.PolicyIdNotFound"
