"""RAM through the official SDKs: what each action does, and each of its errors by code and status."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException

from pulumi_instance_role import data
from tests.support.sandbox import Sandbox

Call = Callable[..., dict[str, Any]]

TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": ["ecs.aliyuncs.com"]}},
        ],
    }
)
OPEN = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}]})
STATEMENT = {"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"}


@pytest.fixture
def ram(sandbox: Sandbox) -> Call:
    """Calls RAM in the test's account."""

    def call(action: str, **params: Any) -> dict[str, Any]:
        return sandbox.call("Ram", action, **params)

    return call


def refused(call: Callable[[], object]) -> tuple[int, str]:
    """Status and code of the error that a call ends in."""
    with pytest.raises(ServerException) as caught:
        call()
    return caught.value.get_http_status(), caught.value.get_error_code()


# -- roles -----------------------------------------------------------------------------------------------------
def test_a_role_from_creation_to_deletion(ram: Call, sandbox: Sandbox) -> None:
    tags = json.dumps([{"Key": "stack", "Value": "dev"}])
    made = ram(
        "CreateRole",
        RoleName="App.role-1@x",
        AssumeRolePolicyDocument=TRUST,
        Description="ünïcode & more",
        MaxSessionDuration=7200,
        Tag=tags,
    )["Role"]
    assert made["Arn"] == f"acs:ram::{sandbox.account_id}:role/App.role-1@x"
    assert made["RoleId"].isdigit()
    got = ram("GetRole", RoleName="App.role-1@x")["Role"]
    assert {key: got[key] for key in made} == made
    assert json.loads(got["AssumeRolePolicyDocument"]) == json.loads(TRUST)
    assert (got["MaxSessionDuration"], got["IsServiceLinkedRole"]) == (7200, False)
    assert got["RolePrincipalName"] == f"app.role-1@x@role.{sandbox.account_id}.onaliyunservice.com"

    other = TRUST.replace("ecs.", "fc.")
    ram("UpdateRole", RoleName="App.role-1@x", NewAssumeRolePolicyDocument=other)
    ram("UpdateRole", RoleName="App.role-1@x", NewDescription="", NewMaxSessionDuration=3600)
    got = ram("GetRole", RoleName="App.role-1@x")["Role"]
    assert json.loads(got["AssumeRolePolicyDocument"]) == json.loads(other)
    assert (got["Description"], got["MaxSessionDuration"]) == ("", 3600)

    listed = ram("ListRoles")["Roles"]["Role"]
    assert [role["RoleName"] for role in listed] == ["App.role-1@x"]
    assert "AssumeRolePolicyDocument" not in listed[0]
    assert listed[0]["Tags"]["Tag"] == [{"TagKey": "stack", "TagValue": "dev"}]

    ram("DeleteRole", RoleName="App.role-1@x")
    assert refused(lambda: ram("GetRole", RoleName="App.role-1@x")) == (404, "EntityNotExist.Role")
    again = ram("CreateRole", RoleName="App.role-1@x", AssumeRolePolicyDocument=TRUST)["Role"]
    assert again["RoleId"] != made["RoleId"]


def test_roles_are_global_and_accounts_are_apart(ram: Call, sandbox: Sandbox) -> None:
    sandbox.make_role("app")
    assert sandbox.call("Ram", "GetRole", region="cn-beijing", RoleName="app")["Role"]["RoleName"] == "app"
    neighbour = sandbox.server.account()
    assert refused(lambda: neighbour.call("Ram", "GetRole", RoleName="app")) == (404, "EntityNotExist.Role")


def test_lists_come_in_pages(ram: Call) -> None:
    names = [f"role-{number}" for number in range(5)]
    for name in reversed(names):
        ram("CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)
    first = ram("ListRoles", MaxItems=2)
    assert (first["IsTruncated"], [role["RoleName"] for role in first["Roles"]["Role"]]) == (True, names[:2])
    ram("DeleteRole", RoleName=names[1])  # the one the marker names
    second = ram("ListRoles", MaxItems=2, Marker=first["Marker"])
    assert [role["RoleName"] for role in second["Roles"]["Role"]] == names[2:4]
    last = ram("ListRoles", MaxItems=2, Marker=second["Marker"])
    assert (last["IsTruncated"], "Marker" in last) == (False, False)
    assert [role["RoleName"] for role in last["Roles"]["Role"]] == names[4:]
    assert refused(lambda: ram("ListRoles", MaxItems=1001)) == (400, "InvalidParameter.MaxItems")


# -- policies --------------------------------------------------------------------------------------------------
def document(action: str) -> str:
    return json.dumps({"Version": "1", "Statement": [{**STATEMENT, "Action": action}]})


def versions(ram: Call, name: str = "read") -> list[str]:
    found = ram("ListPolicyVersions", PolicyType="Custom", PolicyName=name)["PolicyVersions"]["PolicyVersion"]
    return [version["VersionId"] + ("*" if version["IsDefaultVersion"] else "") for version in found]


def test_a_policy_and_its_versions(ram: Call) -> None:
    made = ram("CreatePolicy", PolicyName="read", PolicyDocument=document("a:1"), Description="first")["Policy"]
    assert (made["PolicyType"], made["DefaultVersion"]) == ("Custom", "v1")
    added = ram("CreatePolicyVersion", PolicyName="read", PolicyDocument=document("a:2"))["PolicyVersion"]
    assert (added["VersionId"], added["IsDefaultVersion"]) == ("v2", False)
    for number in (3, 4, 5):
        ram("CreatePolicyVersion", PolicyName="read", PolicyDocument=document(f"a:{number}"), SetAsDefault=True)
    assert versions(ram) == ["v1", "v2", "v3", "v4", "v5*"]
    sixth = {"PolicyName": "read", "PolicyDocument": document("a:6"), "SetAsDefault": "true"}
    assert refused(lambda: ram("CreatePolicyVersion", **sixth)) == (409, "LimitExceeded.Policy.Version")
    ram("SetDefaultPolicyVersion", PolicyName="read", VersionId="v1")
    ram("CreatePolicyVersion", **sixth, RotateStrategy="DeleteOldestNonDefaultVersionWhenLimitExceeded")
    assert versions(ram) == ["v1", "v3", "v4", "v5", "v6*"], "the oldest that is not the default had to go"

    got = ram("GetPolicy", PolicyType="Custom", PolicyName="read")
    assert got["DefaultPolicyVersion"]["VersionId"] == got["Policy"]["DefaultVersion"] == "v6"
    assert json.loads(got["DefaultPolicyVersion"]["PolicyDocument"]) == json.loads(document("a:6"))
    one = ram("GetPolicyVersion", PolicyType="Custom", PolicyName="read", VersionId="v3")["PolicyVersion"]
    assert json.loads(one["PolicyDocument"]) == json.loads(document("a:3"))

    ram("UpdatePolicyDescription", PolicyName="read", NewDescription="second")
    listed = ram("ListPolicies", PolicyType="Custom")["Policies"]["Policy"]
    assert [(row["PolicyName"], row["Description"], row["AttachmentCount"]) for row in listed] == [
        ("read", "second", 0)
    ]

    default = {"PolicyName": "read", "VersionId": "v6"}
    assert refused(lambda: ram("DeletePolicyVersion", **default)) == (409, "DeleteConflict.Policy.Version.Default")
    ram("DeletePolicyVersion", PolicyName="read", VersionId="v1")
    assert refused(lambda: ram("DeletePolicy", PolicyName="read")) == (409, "DeleteConflict.Policy.Version")
    ram("DeletePolicy", PolicyName="read", CascadingDelete=True)
    gone = {"PolicyType": "Custom", "PolicyName": "read"}
    assert refused(lambda: ram("GetPolicy", **gone)) == (404, "EntityNotExist.Policy")
    ram("CreatePolicy", PolicyName="read", PolicyDocument=document("b:1"))
    assert versions(ram) == ["v1*"]


def test_system_policies_can_be_read_and_not_changed(ram: Call) -> None:
    names = [row["PolicyName"] for row in ram("ListPolicies", PolicyType="System", MaxItems=1000)["Policies"]["Policy"]]
    assert tuple(names) == data.policy_names("alibaba")  # every name that some page lists
    for name in ("AliyunOSSReadOnlyAccess", "AliyunECSFullAccess"):
        got = ram("GetPolicy", PolicyType="System", PolicyName=name)
        printed = data.system_policy("alibaba", name)
        assert printed and json.loads(got["DefaultPolicyVersion"]["PolicyDocument"]) == printed.document
        assert printed.url in got["Policy"]["Description"]
    got = ram("GetPolicy", PolicyType="System", PolicyName="AliyunOSSFullAccess")
    assert got["Policy"]["Description"].endswith("in the sandbox it grants nothing.")
    assert json.loads(got["DefaultPolicyVersion"]["PolicyDocument"])["Statement"] == []
    assert refused(lambda: ram("DeletePolicy", PolicyName=names[0])) == (404, "EntityNotExist.Policy")
    version = {"PolicyType": "System", "PolicyName": names[0], "VersionId": "v2"}
    assert refused(lambda: ram("GetPolicyVersion", **version)) == (404, "EntityNotExist.Policy.Version")


# -- attachments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Role", "User", "Group"])
def test_attaching_and_detaching(ram: Call, sandbox: Sandbox, kind: str) -> None:
    holder = {f"{kind}Name": "holder"}
    extra = {"AssumeRolePolicyDocument": TRUST} if kind == "Role" else {}
    ram(f"Create{kind}", **holder, **extra)
    ram("CreatePolicy", PolicyName="read", PolicyDocument=OPEN)
    custom = {"PolicyType": "Custom", "PolicyName": "read"}
    system = {"PolicyType": "System", "PolicyName": "AliyunOSSReadOnlyAccess"}
    for policy in (custom, system):
        ram(f"AttachPolicyTo{kind}", **holder, **policy)
    listed = ram(f"ListPoliciesFor{kind}", **holder)["Policies"]["Policy"]
    assert [(row["PolicyName"], row["PolicyType"]) for row in listed] == [
        ("read", "Custom"),
        ("AliyunOSSReadOnlyAccess", "System"),
    ]
    twice = refused(lambda: ram(f"AttachPolicyTo{kind}", **holder, **custom))
    assert twice == (409, f"EntityAlreadyExists.{kind}.Policy")
    entities = ram("ListEntitiesForPolicy", **custom)
    assert [row[f"{kind}Name"] for row in entities[f"{kind}s"][kind]] == ["holder"]
    assert sum(len(entities[f"{other}s"][other]) for other in ("User", "Group", "Role")) == 1
    assert ram("GetPolicy", **custom)["Policy"]["AttachmentCount"] == 1
    in_use = refused(lambda: ram("DeletePolicy", PolicyName="read"))
    assert in_use == (409, f"DeleteConflict.Policy.{kind}")
    busy = refused(lambda: ram(f"Delete{kind}", **holder))
    assert busy == (409, f"DeleteConflict.{kind}.Policy")
    for policy in (custom, system):
        ram(f"DetachPolicyFrom{kind}", **holder, **policy)
    absent = refused(lambda: ram(f"DetachPolicyFrom{kind}", **holder, **custom))
    assert absent == (404, f"EntityNotExist.{kind}.Policy")
    ram("DeletePolicy", PolicyName="read")
    ram(f"Delete{kind}", **holder)
    assert sandbox.state()["attachments"] == []


@pytest.mark.parametrize(
    ("policy_type", "quota"), [("Custom", "quota-custom-policies"), ("System", "quota-system-policies")]
)
def test_a_role_has_room_for_so_many_policies(ram: Call, sandbox: Sandbox, policy_type: str, quota: str) -> None:
    sandbox.make_role("app")
    sandbox.switch(**{quota: 1})
    names = ["AliyunECSFullAccess", "AliyunVPCFullAccess"] if policy_type == "System" else ["one", "two"]
    for name in names if policy_type == "Custom" else ():
        ram("CreatePolicy", PolicyName=name, PolicyDocument=OPEN)
    ram("AttachPolicyToRole", RoleName="app", PolicyType=policy_type, PolicyName=names[0])
    more = {"RoleName": "app", "PolicyType": policy_type, "PolicyName": names[1]}
    assert refused(lambda: ram("AttachPolicyToRole", **more)) == (409, "LimitExceeded.Role.Policy")


# -- tags ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["role", "policy"])
def test_tags(ram: Call, kind: str) -> None:
    names = ["one", "two"]
    for name in names:
        if kind == "role":
            ram("CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)
        else:
            ram("CreatePolicy", PolicyName=name, PolicyDocument=OPEN)
    both = {"ResourceType": kind, "ResourceNames": json.dumps(names)}

    def rows(**more: object) -> list[tuple[str, str, str]]:
        found = ram("ListTagResources", **{"ResourceType": kind, **more})["TagResources"]
        assert all(row["ResourceType"] == kind for row in found)
        return [(row["ResourceName"], row["TagKey"], row["TagValue"]) for row in found]

    ram("TagResources", **both, Tag=json.dumps([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]))
    ram("TagResources", ResourceType=kind, ResourceNames='["one"]', Tag='[{"Key": "a", "Value": "2"}]')
    assert rows() == [("one", "a", "2"), ("one", "b", ""), ("two", "a", "1"), ("two", "b", "")]
    assert rows(ResourceNames='["two"]') == [("two", "a", "1"), ("two", "b", "")]
    assert rows(Tag='[{"Key": "a", "Value": "2"}]') == [("one", "a", "2"), ("one", "b", "")]
    page = ram("ListTagResources", ResourceType=kind, PageSize=3)
    rest = ram("ListTagResources", ResourceType=kind, PageSize=3, NextToken=page["NextToken"])
    assert (len(page["TagResources"]), len(rest["TagResources"]), "NextToken" in rest) == (3, 1, False)
    ram("UntagResources", **both, TagKeys='["a"]')
    assert rows() == [("one", "b", ""), ("two", "b", "")]
    ram("UntagResources", **both, All=True)
    assert rows() == []


# -- users, keys, groups ---------------------------------------------------------------------------------------
def test_a_user_with_keys_and_groups(ram: Call, sandbox: Sandbox) -> None:
    made = ram("CreateUser", UserName="ann", DisplayName="Ann", Comments="c")["User"]
    assert ram("GetUser", UserName="ann")["User"] == {**made, "UpdateDate": made["CreateDate"]}
    assert [user["UserName"] for user in ram("ListUsers")["Users"]["User"]] == ["ann"]
    key = ram("CreateAccessKey", UserName="ann")["AccessKey"]
    assert set(key) == {"AccessKeyId", "AccessKeySecret", "Status", "CreateDate"}
    second = ram("CreateAccessKey", UserName="ann")["AccessKey"]
    full = refused(lambda: ram("CreateAccessKey", UserName="ann"))
    assert full == (409, "LimitExceeded.User.AccessKey")
    ram("UpdateAccessKey", UserName="ann", UserAccessKeyId=key["AccessKeyId"], Status="Inactive")
    listed = ram("ListAccessKeys", UserName="ann")["AccessKeys"]["AccessKey"]
    assert [(row["AccessKeyId"], row["Status"]) for row in listed] == [
        (key["AccessKeyId"], "Inactive"),
        (second["AccessKeyId"], "Active"),
    ]
    assert "AccessKeySecret" not in json.dumps(listed)
    assert refused(lambda: ram("DeleteUser", UserName="ann")) == (409, "DeleteConflict.User.AccessKey")
    for one in (key, second):
        ram("DeleteAccessKey", UserName="ann", UserAccessKeyId=one["AccessKeyId"])

    ram("CreateGroup", GroupName="ops", Comments="c")
    assert ram("GetGroup", GroupName="ops")["Group"]["GroupName"] == "ops"
    ram("AddUserToGroup", UserName="ann", GroupName="ops")
    member = {"UserName": "ann", "GroupName": "ops"}
    assert refused(lambda: ram("AddUserToGroup", **member)) == (409, "EntityAlreadyExists.User.Group")
    assert [row["UserName"] for row in ram("ListUsersForGroup", GroupName="ops")["Users"]["User"]] == ["ann"]
    assert [row["GroupName"] for row in ram("ListGroupsForUser", UserName="ann")["Groups"]["Group"]] == ["ops"]
    assert refused(lambda: ram("DeleteUser", UserName="ann")) == (409, "DeleteConflict.User.Group")
    assert refused(lambda: ram("DeleteGroup", GroupName="ops")) == (409, "DeleteConflict.Group.User")
    ram("RemoveUserFromGroup", **member)
    assert refused(lambda: ram("RemoveUserFromGroup", **member)) == (404, "EntityNotExist.User.Group")
    assert [row["GroupName"] for row in ram("ListGroups")["Groups"]["Group"]] == ["ops"]
    ram("DeleteGroup", GroupName="ops")
    ram("DeleteUser", UserName="ann")


# -- errors by table -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Wrong:
    action: str
    params: Mapping[str, Any]
    status: int
    code: str


ROLE = {"AssumeRolePolicyDocument": TRUST}
LONG = document("oss:" + "x" * 6200)
CUSTOM = {"PolicyType": "Custom"}
ATTACH = {**CUSTOM, "PolicyName": "read", "RoleName": "app"}
TAGS = {"ResourceType": "role", "ResourceNames": '["app"]', "Tag": '[{"Key": "a", "Value": "b"}]'}


def tag_json(*pairs: tuple[str, str]) -> str:
    return json.dumps([{"Key": key, "Value": value} for key, value in pairs])


WRONG = [
    # roles
    Wrong("CreateRole", ROLE, 400, "MissingRoleName"),
    Wrong("CreateRole", {"RoleName": "new"}, 400, "MissingAssumeRolePolicyDocument"),
    Wrong("CreateRole", {"RoleName": "under_score", **ROLE}, 400, "InvalidParameter.RoleName.InvalidChars"),
    Wrong("CreateRole", {"RoleName": "with space", **ROLE}, 400, "InvalidParameter.RoleName.InvalidChars"),
    Wrong("CreateRole", {"RoleName": "x\n", **ROLE}, 400, "InvalidParameter.RoleName.InvalidChars"),
    Wrong("CreateRole", {"RoleName": "x" * 65, **ROLE}, 400, "InvalidParameter.RoleName.Length"),
    Wrong("CreateRole", {"RoleName": "app", **ROLE}, 409, "EntityAlreadyExists.Role"),
    Wrong(
        "CreateRole", {"RoleName": "new", **ROLE, "Description": "x" * 1025}, 400, "InvalidParameter.Description.Length"
    ),
    Wrong(
        "CreateRole",
        {"RoleName": "new", **ROLE, "MaxSessionDuration": 3599},
        400,
        "InvalidParameter.MaxSessionDuration",
    ),
    Wrong(
        "CreateRole",
        {"RoleName": "new", **ROLE, "MaxSessionDuration": 43201},
        400,
        "InvalidParameter.MaxSessionDuration",
    ),
    Wrong("CreateRole", {"RoleName": "new", **ROLE, "Tag": "no json"}, 400, "InvalidParameter.Tag"),
    Wrong("CreateRole", {"RoleName": "new", "AssumeRolePolicyDocument": "{"}, 400, "MalformedPolicyDocument"),
    Wrong("CreateRole", {"RoleName": "new", "AssumeRolePolicyDocument": OPEN}, 400, "MalformedPolicyDocument"),
    Wrong(
        "CreateRole",
        {"RoleName": "new", "AssumeRolePolicyDocument": LONG},
        400,
        "InvalidParameter.AssumeRolePolicyDocument.Length",
    ),
    Wrong("GetRole", {"RoleName": "nobody"}, 404, "EntityNotExist.Role"),
    Wrong("GetRole", {}, 400, "MissingRoleName"),
    Wrong("UpdateRole", {"RoleName": "nobody"}, 404, "EntityNotExist.Role"),
    Wrong("UpdateRole", {"RoleName": "app", "NewAssumeRolePolicyDocument": "[]"}, 400, "MalformedPolicyDocument"),
    Wrong(
        "UpdateRole",
        {"RoleName": "app", "NewAssumeRolePolicyDocument": LONG},
        400,
        "InvalidParameter.NewAssumeRolePolicyDocument.Length",
    ),
    Wrong("UpdateRole", {"RoleName": "app", "NewMaxSessionDuration": 1}, 400, "InvalidParameter.NewMaxSessionDuration"),
    Wrong("DeleteRole", {"RoleName": "nobody"}, 404, "EntityNotExist.Role"),
    # policies
    Wrong(
        "CreatePolicy", {"PolicyName": "a.b", "PolicyDocument": OPEN}, 400, "InvalidParameter.PolicyName.InvalidChars"
    ),
    Wrong("CreatePolicy", {"PolicyName": "x" * 129, "PolicyDocument": OPEN}, 400, "InvalidParameter.PolicyName.Length"),
    Wrong("CreatePolicy", {"PolicyName": "new", "PolicyDocument": LONG}, 400, "InvalidParameter.PolicyDocument.Length"),
    Wrong("CreatePolicy", {"PolicyName": "new", "PolicyDocument": TRUST}, 400, "MalformedPolicyDocument"),
    Wrong(
        "CreatePolicy",
        {"PolicyName": "new", "PolicyDocument": OPEN.replace('"1"', '"2016-10-17"')},
        400,
        "MalformedPolicyDocument",
    ),
    Wrong("CreatePolicy", {"PolicyName": "read", "PolicyDocument": OPEN}, 409, "EntityAlreadyExists.Policy"),
    Wrong("GetPolicy", {"PolicyName": "read"}, 400, "MissingPolicyType"),
    Wrong("GetPolicy", {"PolicyName": "read", "PolicyType": "custom"}, 400, "InvalidParameter.PolicyType"),
    Wrong("GetPolicy", {"PolicyName": "read", "PolicyType": "System"}, 404, "EntityNotExist.Policy"),
    Wrong("UpdatePolicyDescription", {"PolicyName": "none", "NewDescription": "x"}, 404, "EntityNotExist.Policy"),
    Wrong("DeletePolicy", {"PolicyName": "none"}, 404, "EntityNotExist.Policy"),
    Wrong("CreatePolicyVersion", {"PolicyName": "none", "PolicyDocument": OPEN}, 404, "EntityNotExist.Policy"),
    Wrong(
        "CreatePolicyVersion",
        {"PolicyName": "read", "PolicyDocument": OPEN, "RotateStrategy": "x"},
        400,
        "InvalidParameter.RotateStrategy",
    ),
    Wrong(
        "CreatePolicyVersion",
        {"PolicyName": "read", "PolicyDocument": OPEN, "SetAsDefault": "1"},
        400,
        "InvalidParameter.SetAsDefault",
    ),
    Wrong(
        "GetPolicyVersion", {**CUSTOM, "PolicyName": "read", "VersionId": "v9"}, 404, "EntityNotExist.Policy.Version"
    ),
    Wrong(
        "GetPolicyVersion", {**CUSTOM, "PolicyName": "read", "VersionId": "9"}, 400, "InvalidParameter.VersionId.Format"
    ),
    Wrong("ListPolicyVersions", {**CUSTOM, "PolicyName": "none"}, 404, "EntityNotExist.Policy"),
    Wrong("SetDefaultPolicyVersion", {"PolicyName": "read", "VersionId": "v9"}, 404, "EntityNotExist.Policy.Version"),
    Wrong("DeletePolicyVersion", {"PolicyName": "read", "VersionId": "v9"}, 404, "EntityNotExist.Policy.Version"),
    # attachments
    Wrong("AttachPolicyToRole", {**ATTACH, "RoleName": "nobody"}, 404, "EntityNotExist.Role"),
    Wrong("AttachPolicyToRole", {**ATTACH, "PolicyName": "none"}, 404, "EntityNotExist.Policy"),
    Wrong("AttachPolicyToRole", {**ATTACH, "PolicyType": "Other"}, 400, "InvalidParameter.PolicyType"),
    Wrong("DetachPolicyFromRole", ATTACH, 404, "EntityNotExist.Role.Policy"),
    Wrong("DetachPolicyFromRole", {**ATTACH, "RoleName": "nobody"}, 404, "EntityNotExist.Role"),
    Wrong("ListPoliciesForRole", {"RoleName": "nobody"}, 404, "EntityNotExist.Role"),
    Wrong("ListEntitiesForPolicy", {**CUSTOM, "PolicyName": "none"}, 404, "EntityNotExist.Policy"),
    Wrong("AttachPolicyToUser", {**CUSTOM, "PolicyName": "read", "UserName": "nobody"}, 404, "EntityNotExist.User"),
    Wrong("AttachPolicyToGroup", {**CUSTOM, "PolicyName": "read", "GroupName": "none"}, 404, "EntityNotExist.Group"),
    # tags
    Wrong("TagResources", {**TAGS, "ResourceType": "user"}, 400, "InvalidParameter.ResourceType"),
    Wrong("TagResources", {**TAGS, "ResourceNames": '["nobody"]'}, 404, "EntityNotExist.Role"),
    Wrong("TagResources", {**TAGS, "ResourceNames": "[]"}, 400, "MissingResourceNames"),
    Wrong("TagResources", {**TAGS, "Tag": "[]"}, 400, "MissingTag"),
    Wrong("TagResources", {**TAGS, "Tag": tag_json(("acs:x", ""))}, 400, "InvalidParameter.TagKey"),
    Wrong("TagResources", {**TAGS, "Tag": tag_json(("x" * 129, ""))}, 400, "InvalidParameter.TagKey"),
    Wrong("TagResources", {**TAGS, "Tag": tag_json(("a", "x" * 257))}, 400, "InvalidParameter.TagValue"),
    Wrong("TagResources", {**TAGS, "Tag": tag_json(*[(f"k{n}", "") for n in range(21)])}, 409, "LimitExceeded.Tag"),
    Wrong("TagResources", {**TAGS, "ResourceNames": json.dumps(["app"] * 51)}, 409, "LimitExceeded.ResourceNames"),
    Wrong("UntagResources", {"ResourceType": "role", "ResourceNames": '["app"]'}, 400, "MissingTagKeys"),
    # users and groups
    Wrong("CreateUser", {"UserName": "a b"}, 400, "InvalidParameter.UserName.InvalidChars"),
    Wrong("GetUser", {"UserName": "nobody"}, 404, "EntityNotExist.User"),
    Wrong("CreateAccessKey", {"UserName": "nobody"}, 404, "EntityNotExist.User"),
    Wrong("DeleteAccessKey", {"UserAccessKeyId": "LTAInone"}, 404, "EntityNotExist.User.AccessKey"),
    Wrong("GetGroup", {"GroupName": "none"}, 404, "EntityNotExist.Group"),
    # the gateway's own
    Wrong("NoSuchAction", {}, 404, "InvalidAction.NotFound"),
]


@pytest.fixture(scope="module")
def furnished(sandbox_server: Any) -> Sandbox:
    """An account with a role `app` and a policy `read`, that no test changes."""
    account: Sandbox = sandbox_server.account()
    account.make_role("app")
    account.call("Ram", "CreatePolicy", PolicyName="read", PolicyDocument=OPEN)
    return account


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.action}-{wrong.code}")
def test_what_is_refused(furnished: Sandbox, wrong: Wrong) -> None:
    before = furnished.state()
    assert refused(lambda: furnished.call("Ram", wrong.action, **wrong.params)) == (wrong.status, wrong.code)
    after = furnished.state()
    assert {**before, "time": ""} == {**after, "time": ""}


@pytest.mark.parametrize(
    ("quota", "action", "code"),
    [("quota-roles", "CreateRole", "LimitExceeded.Role"), ("quota-policies", "CreatePolicy", "LimitExceeded.Policy")],
)
def test_an_account_has_room_for_so_many(ram: Call, sandbox: Sandbox, quota: str, action: str, code: str) -> None:
    sandbox.switch(**{quota: 2})
    name = "RoleName" if action == "CreateRole" else "PolicyName"
    rest = ROLE if action == "CreateRole" else {"PolicyDocument": OPEN}
    for number in range(2):
        ram(action, **{name: f"n{number}"}, **rest)
    assert refused(lambda: ram(action, **{name: "one-more"}, **rest)) == (409, code)


def test_ram_that_is_not_activated(ram: Call, sandbox: Sandbox) -> None:
    sandbox.control("POST", "account", {"ram_active": False})
    assert refused(lambda: ram("ListRoles")) == (403, "Inactive")
    sandbox.control("POST", "account", {"ram_active": True})
    assert ram("ListRoles")["Roles"]["Role"] == []


# -- switches --------------------------------------------------------------------------------------------------
def test_switch_delete_policy_role_code(ram: Call, sandbox: Sandbox) -> None:
    sandbox.make_role("app")
    ram("CreatePolicy", PolicyName="read", PolicyDocument=OPEN)
    ram("AttachPolicyToRole", **ATTACH)
    sandbox.switch(delete_policy_role_code="DeleteConflict.Role.Policy")
    assert refused(lambda: ram("DeletePolicy", PolicyName="read")) == (409, "DeleteConflict.Role.Policy")


@pytest.mark.parametrize("by_default", [True, False])
def test_switch_role_console_login(ram: Call, sandbox: Sandbox, by_default: bool) -> None:
    sandbox.switch(role_console_login=by_default)
    said = {"AllowConsoleLogin": str(not by_default)}
    assert ram("CreateRole", RoleName="left", AssumeRolePolicyDocument=TRUST)["Role"]["AllowConsoleLogin"] is by_default
    ram("CreateRole", RoleName="said", AssumeRolePolicyDocument=TRUST, **said)
    assert ram("GetRole", RoleName="said")["Role"]["AllowConsoleLogin"] is not by_default
    ram("UpdateRole", RoleName="said", NewAllowConsoleLogin=str(by_default).lower())
    assert ram("UpdateRole", RoleName="said", NewDescription="d")["Role"]["AllowConsoleLogin"] is by_default


def test_switch_role_console_login_shown(ram: Call, sandbox: Sandbox) -> None:
    sandbox.switch(role_console_login_shown=False)
    sandbox.make_role("app")
    assert "AllowConsoleLogin" not in ram("GetRole", RoleName="app")["Role"]
    sandbox.switch(role_console_login_shown=True)
    assert ram("GetRole", RoleName="app")["Role"]["AllowConsoleLogin"] is False


def test_switch_arn_case(ram: Call, sandbox: Sandbox) -> None:
    sandbox.switch(arn_case="lower")
    sandbox.make_role("MixedCase")
    assert ram("GetRole", RoleName="MixedCase")["Role"]["Arn"].endswith(":role/mixedcase")


def test_switch_malformed_document_status(ram: Call, sandbox: Sandbox) -> None:
    sandbox.switch(malformed_document_status=409)
    wrong = {"PolicyName": "new", "PolicyDocument": "{}"}
    assert refused(lambda: ram("CreatePolicy", **wrong)) == (409, "MalformedPolicyDocument")


def test_switch_detach_visibility(ram: Call, sandbox: Sandbox) -> None:
    sandbox.make_role("app")
    ram("CreatePolicy", PolicyName="read", PolicyDocument=OPEN)
    ram("AttachPolicyToRole", **ATTACH)
    sandbox.switch(detach_visibility_seconds=30)
    ram("DetachPolicyFromRole", **ATTACH)

    def listed() -> list[str]:
        found = ram("ListEntitiesForPolicy", **CUSTOM, PolicyName="read")["Roles"]["Role"]
        return [role["RoleName"] for role in found]

    assert listed() == ["app"]
    assert refused(lambda: ram("DetachPolicyFromRole", **ATTACH)) == (404, "EntityNotExist.Role.Policy")
    assert refused(lambda: ram("DeleteRole", RoleName="app")) == (409, "DeleteConflict.Role.Policy")
    sandbox.advance(31)
    assert listed() == []
    ram("DeleteRole", RoleName="app")
