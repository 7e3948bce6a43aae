"""CAM's users, keys and groups through the official SDK: what they are, who is in which, and what they may do by it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.emulator_tencent.documents import allowing, permission
from tests.support.sandbox import Sandbox
from tests.support.tencent import Tencent, TencentKeys

DENIED = "AuthFailure.UnauthorizedOperation"


def add(tencent: Tencent, name: str = "ann", **params: Any) -> int:
    """A sub-account's uin."""
    return int(tencent.call("cam", "AddUser", Name=name, **params)["Uin"])


def test_a_user_s_life(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    made = tencent.call("cam", "AddUser", Name="ann", Remark="tester", Email="ann@example.com", UseApi=1)
    assert (made["Name"], made["Password"]) == ("ann", "")
    keys = TencentKeys(made["SecretId"], made["SecretKey"])
    assert tencent.call("sts", "GetCallerIdentity", keys=keys)["UserId"] == str(made["Uin"])
    one = tencent.call("cam", "GetUser", Name="ann")
    assert (one["Uin"], one["Uid"], one["Email"], one["ConsoleLogin"]) == (
        made["Uin"],
        made["Uid"],
        "ann@example.com",
        0,
    )
    tencent.call("cam", "UpdateUser", Name="ann", Remark="lead")
    (row,) = tencent.call("cam", "ListUsers")["Data"]
    assert (row["Name"], row["Remark"], row["Email"]) == ("ann", "lead", "ann@example.com")
    assert tencent.code("cam", "DeleteUser", Name="ann") == "OperationDenied.HaveKeys"
    tencent.call("cam", "DeleteUser", Name="ann", Force=1)
    assert tencent.code("cam", "GetUser", Name="ann") == "ResourceNotFound.UserNotExist"
    assert tencent.code("sts", "GetCallerIdentity", keys=keys) == "AuthFailure.SecretIdNotFound"


def test_passwords_are_checked_made_up_and_forgotten(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    made = tencent.call("cam", "AddUser", Name="ann", ConsoleLogin=1)
    assert len(made["Password"]) > 8
    given = tencent.call("cam", "AddUser", Name="bob", ConsoleLogin=1, Password="Aa1!aaaa")
    assert given["Password"] == ""
    for weak in ("Aa1!", "aaaaaaa1!", "AAAAAAA1!", "Aaaaaaaa!", "Aaaaaaaa1"):
        desired = {"Name": "carl", "ConsoleLogin": 1, "Password": weak}
        assert tencent.code("cam", "AddUser", **desired) == "InvalidParameter.PasswordViolatedRules"
    assert not any("Aa1!aaaa" in str(call) for call in sandbox.calls())


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("AddUser", {"Name": "ann"}, "InvalidParameter.SubUserNameInUse"),
        ("AddUser", {"Name": "a b"}, "InvalidParameter.UserNameIllegal"),
        ("AddUser", {"Name": "x" * 65}, "InvalidParameter.UserNameIllegal"),
        ("UpdateUser", {"Name": "nobody"}, "ResourceNotFound.UserNotExist"),
        ("DeleteUser", {"Name": "nobody"}, "ResourceNotFound.UserNotExist"),
        ("CreateAccessKey", {"TargetUin": 1}, "InvalidParameter.UserNotExist"),
        ("DeleteAccessKey", {"AccessKeyId": "AKID1"}, "ResourceNotFound.SecretNotExist"),
        ("CreateGroup", {"GroupName": "ops"}, "InvalidParameter.GroupNameInUse"),
        ("CreateGroup", {"GroupName": ""}, "InvalidParameter.ParamError"),
        ("GetGroup", {"GroupId": 1}, "ResourceNotFound.UserNotExist"),  # the only code its page lists
        ("DeleteGroup", {"GroupId": 1}, "ResourceNotFound.UserNotExist"),
        ("UpdateGroup", {"GroupId": 1, "Remark": ""}, "ResourceNotFound.GroupNotExist"),
        ("ListUsersForGroup", {"GroupId": 1}, "ResourceNotFound.GroupNotExist"),
        ("ListGroupsForUser", {}, "InvalidParameter.UserUinAndUinNotAllNull"),
        ("ListGroupsForUser", {"SubUin": 1}, "ResourceNotFound.UserNotExist"),
        ("AddUserToGroup", {"Info": [{"GroupId": 1, "Uin": 1}]}, "InvalidParameter.GroupNotExist"),
        ("AttachUserPolicy", {"PolicyId": 1, "AttachUin": 1}, "ResourceNotFound.UserNotExist"),
        ("AttachGroupPolicy", {"PolicyId": 1, "AttachGroupId": 1}, "ResourceNotFound.GroupNotExist"),
        ("DetachGroupPolicy", {"PolicyId": 1, "DetachGroupId": 1}, "ResourceNotFound.GroupNotExist"),
        ("ListAttachedUserPolicies", {"TargetUin": 1}, "InvalidParameter.ParamError"),
        ("ListAttachedGroupPolicies", {"TargetGroupId": 1}, "InvalidParameter.ParamError"),
    ],
)
def test_what_is_refused(sandbox: Sandbox, action: str, params: dict[str, Any], code: str) -> None:
    tencent = sandbox.tencent
    add(tencent)
    tencent.call("cam", "CreateGroup", GroupName="ops")
    assert tencent.code("cam", action, **params) == code


def test_unknown_policies_and_members(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    uin, group = add(tencent), tencent.call("cam", "CreateGroup", GroupName="ops")["GroupId"]
    unknown = "InvalidParameter.PolicyIdNotExist"
    assert tencent.code("cam", "AttachUserPolicy", PolicyId=12345, AttachUin=uin) == unknown
    assert tencent.code("cam", "AttachGroupPolicy", PolicyId=12345, AttachGroupId=group) == unknown
    info = [{"GroupId": group, "Uin": uin}, {"GroupId": group, "Uin": 1}]
    assert tencent.code("cam", "AddUserToGroup", Info=info) == "ResourceNotFound.UserNotExist"
    assert tencent.call("cam", "GetGroup", GroupId=group)["GroupNum"] == 0  # all or none
    neither = [{"GroupId": group}]
    assert tencent.code("cam", "AddUserToGroup", Info=neither) == "InvalidParameter.UserUinAndUinNotAllNull"


def test_quotas(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cam_quota_users=1, cam_quota_groups=1, cam_quota_role_policies=1)
    uin, group = add(tencent), tencent.call("cam", "CreateGroup", GroupName="ops")["GroupId"]
    assert tencent.code("cam", "AddUser", Name="bob") == "InvalidParameter.SubUserFull"
    assert tencent.code("cam", "CreateGroup", GroupName="dev") == "InvalidParameter.GroupFull"
    holders: tuple[tuple[str, dict[str, Any]], ...] = (
        ("User", {"AttachUin": uin}),
        ("Group", {"AttachGroupId": group}),
    )
    for holder, one in holders:
        tencent.call("cam", f"Attach{holder}Policy", PolicyId=1, **one)
        assert tencent.code("cam", f"Attach{holder}Policy", PolicyId=2, **one) == "InvalidParameter.AttachmentFull"


def test_two_keys_a_user(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    uin = add(tencent)
    first = tencent.call("cam", "CreateAccessKey", TargetUin=uin, Description="first")["AccessKey"]
    second = tencent.call("cam", "CreateAccessKey", TargetUin=uin)["AccessKey"]
    assert tencent.code("cam", "CreateAccessKey", TargetUin=uin) == "OperationDenied.AccessKeyOverLimit"
    listed = tencent.call("cam", "ListAccessKeys", TargetUin=uin)["AccessKeys"]
    assert [key["AccessKeyId"] for key in listed] == [first["AccessKeyId"], second["AccessKeyId"]]
    assert [key["Description"] for key in listed] == ["first", None]
    assert "SecretAccessKey" not in listed[0]
    keys = TencentKeys(first["AccessKeyId"], first["SecretAccessKey"])
    tencent.call("cam", "UpdateAccessKey", TargetUin=uin, AccessKeyId=keys.secret_id, Status="Inactive")
    assert tencent.code("sts", "GetCallerIdentity", keys=keys) == "AuthFailure.SecretIdNotFound"
    tencent.call("cam", "UpdateAccessKey", TargetUin=uin, AccessKeyId=keys.secret_id, Status="Active")
    assert tencent.call("sts", "GetCallerIdentity", keys=keys)["UserId"] == str(uin)
    other = tencent.code("cam", "DeleteAccessKey", AccessKeyId=keys.secret_id)  # of the root account, it is not
    assert other == "OperationDenied.UinNotMatch"
    tencent.call("cam", "DeleteAccessKey", TargetUin=uin, AccessKeyId=keys.secret_id)
    assert tencent.code("sts", "GetCallerIdentity", keys=keys) == "AuthFailure.SecretIdNotFound"
    assert len(tencent.call("cam", "ListAccessKeys")["AccessKeys"]) == 1  # the root account's own


def test_a_group_s_life(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    ann, bob = add(tencent), add(tencent, "bob")
    group = tencent.call("cam", "CreateGroup", GroupName="ops", Remark="on call")["GroupId"]
    uid = tencent.call("cam", "GetUser", Name="bob")["Uid"]
    info = [{"GroupId": group, "Uin": ann}, {"GroupId": group, "Uid": uid}]
    tencent.call("cam", "AddUserToGroup", Info=info)
    tencent.call("cam", "AddUserToGroup", Info=info)  # again: no code says that it may not
    one = tencent.call("cam", "GetGroup", GroupId=group)
    assert (one["GroupName"], one["Remark"], one["GroupNum"]) == ("ops", "on call", 2)
    assert [user["Uin"] for user in one["UserInfo"]] == [ann, bob]
    page = tencent.call("cam", "ListUsersForGroup", GroupId=group, Page=2, Rp=1)
    assert (page["TotalNum"], page["UserInfo"][0]["Name"]) == (2, "bob")
    desired_all: tuple[dict[str, Any], ...] = ({"SubUin": bob}, {"Uid": uid})
    for desired in desired_all:
        assert tencent.call("cam", "ListGroupsForUser", **desired)["GroupInfo"][0]["GroupId"] == group
    tencent.call("cam", "UpdateGroup", GroupId=group, GroupName="operators")
    found = tencent.call("cam", "ListGroups", Keyword="OPERATOR")
    assert (found["TotalNum"], found["GroupInfo"][0]["GroupName"]) == (1, "operators")
    tencent.call("cam", "RemoveUserFromGroup", Info=info[:1])
    sandbox.switch(cam_repeated_attachment="error", cam_group_gone_code="ResourceNotFound.GroupNotExist")
    assert tencent.code("cam", "RemoveUserFromGroup", Info=info[:1]) == "FailedOperation"
    tencent.call("cam", "DeleteUser", Name="bob")
    assert tencent.call("cam", "GetGroup", GroupId=group)["GroupNum"] == 0
    tencent.call("cam", "DeleteGroup", GroupId=group)
    assert tencent.code("cam", "GetGroup", GroupId=group) == "ResourceNotFound.GroupNotExist"


def test_policies_of_users_and_groups(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    uin, group = add(tencent), tencent.call("cam", "CreateGroup", GroupName="ops")["GroupId"]
    tencent.make_role()
    policy = tencent.make_policy("zones", "cvm:DescribeZones")
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="app", PolicyId=policy)
    tencent.call("cam", "AttachUserPolicy", AttachUin=uin, PolicyId=policy)
    tencent.call("cam", "AttachGroupPolicy", AttachGroupId=group, PolicyId=policy)
    tencent.call("cam", "AttachGroupPolicy", AttachGroupId=group, PolicyId=1)
    entities = tencent.call("cam", "ListEntitiesForPolicy", PolicyId=policy)["List"]
    assert {(one["RelatedType"], one["Name"]) for one in entities} == {(1, "ann"), (2, "ops"), (3, "app")}
    only = tencent.call("cam", "ListEntitiesForPolicy", PolicyId=policy, EntityFilter="Group")
    assert (only["TotalNum"], only["List"][0]["Id"]) == (1, str(group))
    of_user = tencent.call("cam", "ListAttachedUserPolicies", TargetUin=uin)
    assert [(row["PolicyName"], row["PolicyType"]) for row in of_user["List"]] == [("zones", "User")]
    of_group = tencent.call("cam", "ListAttachedGroupPolicies", TargetGroupId=group, Keyword="admin")
    assert [(row["PolicyName"], row["PolicyType"]) for row in of_group["List"]] == [("AdministratorAccess", "QCS")]
    tencent.call("cam", "AddUserToGroup", Info=[{"GroupId": group, "Uin": uin}])
    desired: dict[str, Any] = {"TargetUin": uin, "Rp": 20, "Page": 1}
    by_type = {
        kind: tencent.call("cam", "ListAttachedUserAllPolicies", **desired, AttachType=kind)["PolicyList"]
        for kind in (0, 1, 2)
    }
    assert {kind: [row["PolicyId"] for row in rows] for kind, rows in by_type.items()} == {
        0: [str(policy), "1"],
        1: [str(policy)],
        2: [str(policy), "1"],
    }
    assert [row["Groups"] for row in by_type[1]] == [[]]
    assert by_type[0][1]["Groups"] == [{"GroupId": group, "GroupName": "ops"}]
    tencent.call("cam", "DetachUserPolicy", DetachUin=uin, PolicyId=policy)
    tencent.call("cam", "DeletePolicy", PolicyId=[policy])
    assert tencent.call("cam", "ListAttachedUserPolicies", TargetUin=uin)["TotalNum"] == 0
    assert tencent.call("cam", "ListAttachedGroupPolicies", TargetGroupId=group)["TotalNum"] == 1


def test_a_user_may_what_it_and_its_groups_may(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    keys = tencent.group("ops", allowing("cvm:DescribeZones"), members=["ann"])["ann"]
    assert tencent.call("cvm", "DescribeZones", keys=keys)["TotalCount"] == 4
    assert tencent.code("cvm", "DescribeRegions", keys=keys) == DENIED
    more = tencent.user("ann", allowing("cvm:DescribeRegions"))  # the same user with another key
    assert more.uin == keys.uin
    assert tencent.call("cvm", "DescribeRegions", keys=keys)["TotalCount"]
    group = tencent.call("cam", "ListGroups")["GroupInfo"][0]["GroupId"]
    tencent.group("ops", permission(effect="deny", action=["cvm:DescribeRegions"]))
    assert tencent.code("cvm", "DescribeRegions", keys=keys) == DENIED  # a group's denial beats the user's permission
    tencent.call("cam", "RemoveUserFromGroup", Info=[{"GroupId": group, "Uin": int(keys.uin)}])
    assert tencent.code("cvm", "DescribeZones", keys=keys) == DENIED
    assert tencent.call("cvm", "DescribeRegions", keys=keys)["TotalCount"]
    assert tencent.state()["groups"] == ["ops"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "'user' is the name"),
        ({"user": "a", "group": "b"}, "two requests"),
        ({"user": "a", "members": ["b"]}, "'members' are for a 'group'"),
        ({"group": "a", "members": "b"}, "'members' is a list"),
        ({"user": "a", "cloud": "other"}, "'cloud' is one of alibaba, tencent"),
        ({"user": "a", "policy": []}, "a principal has no 'policy'"),
        ({"user": "a", "policies": {}}, "'policies' is a list"),
        ({"user": "a", "cloud": "tencent", "policies": [{"version": "1"}]}, "statement is missing"),
        ({"user": "a", "policies": [{"Version": "2"}]}, "Statement is missing"),
    ],
)
def test_what_the_control_api_refuses_to_make(sandbox: Sandbox, data: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        sandbox.control("POST", "principals", data)
