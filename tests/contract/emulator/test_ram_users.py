"""RAM's users and groups: names that change, conflicts of a deletion, and what a user may by itself and its groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException

from tests.support.sandbox import Sandbox

ZONES = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:DescribeDisks", "Resource": "*"}]}


@contextmanager
def refuses(code: str, status: int) -> Iterator[None]:
    """The call inside is refused with exactly this code and HTTP status."""
    with pytest.raises(ServerException) as caught:
        yield
    assert (caught.value.get_error_code(), caught.value.get_http_status()) == (code, status)


def named(kind: str, name: str, **more: str) -> dict[str, Any]:
    """A user or group as RAM's parameters name it."""
    return {f"{kind}Name": name, **{key.replace("_", kind): value for key, value in more.items()}}


def allowing(*actions: str) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def denying(*actions: str) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Deny", "Action": list(actions), "Resource": "*"}]}


def test_a_user_may_what_it_and_its_groups_may(sandbox: Sandbox) -> None:
    keys = sandbox.group("ops", allowing("ram:ListRoles"), members=["ann"])["ann"]
    assert sandbox.call("Ram", "ListRoles", keys)["Roles"] == {"Role": []}
    with refuses("NoPermission", 403):
        sandbox.call("Ram", "ListUsers", keys)
    sandbox.user("ann", allowing("ram:ListUsers"))  # the same user with another key
    assert sandbox.call("Ram", "ListUsers", keys)["Users"]["User"][0]["UserName"] == "ann"
    sandbox.group("ops", denying("ram:ListUsers"))
    with refuses("NoPermission", 403):  # a group's denial beats the user's own permission
        sandbox.call("Ram", "ListUsers", keys)
    sandbox.call("Ram", "RemoveUserFromGroup", UserName="ann", GroupName="ops")
    with refuses("NoPermission", 403):
        sandbox.call("Ram", "ListRoles", keys)
    assert sandbox.call("Ram", "ListUsers", keys)["Users"]["User"]


def test_a_new_name_keeps_keys_groups_and_policies(sandbox: Sandbox) -> None:
    keys = sandbox.group("ops", allowing("ram:ListRoles"), members=["ann"])["ann"]
    sandbox.user("ann", allowing("ram:ListUsers"))
    made = sandbox.call("Ram", "GetUser", UserName="ann")["User"]["UserId"]
    changed = sandbox.call("Ram", "UpdateUser", UserName="ann", NewUserName="anna", NewDisplayName="Anna")["User"]
    assert (changed["UserName"], changed["DisplayName"], changed["UserId"]) == ("anna", "Anna", made)
    sandbox.call("Ram", "UpdateGroup", GroupName="ops", NewGroupName="oncall", NewComments="nights")
    (row,) = sandbox.call("Ram", "ListUsersForGroup", GroupName="oncall")["Users"]["User"]
    assert (row["UserName"], row["DisplayName"]) == ("anna", "Anna")
    (group,) = sandbox.call("Ram", "ListGroupsForUser", UserName="anna")["Groups"]["Group"]
    assert (group["GroupName"], group["Comments"]) == ("oncall", "nights")
    assert len(sandbox.call("Ram", "ListPoliciesForUser", UserName="anna")["Policies"]["Policy"]) == 1
    assert len(sandbox.call("Ram", "ListPoliciesForGroup", GroupName="oncall")["Policies"]["Policy"]) == 1
    for action in ("ListRoles", "ListUsers"):
        sandbox.call("Ram", action, keys)
    assert sandbox.call("Sts", "GetCallerIdentity", keys)["Arn"].endswith(":user/anna")
    with refuses("EntityNotExist.User", 404):
        sandbox.call("Ram", "GetUser", UserName="ann")


@pytest.mark.parametrize(
    ("kind", "code"), [("User", "EntityAlreadyExists.User"), ("Group", "EntityAlreadyExists.Group")]
)
def test_a_new_name_has_to_be_free_and_well_formed(sandbox: Sandbox, kind: str, code: str) -> None:
    for name in ("one", "two"):
        sandbox.call("Ram", f"Create{kind}", **named(kind, name))
    sandbox.call("Ram", f"Update{kind}", **named(kind, "one", New_Name="one"))  # its own is free
    with refuses(code, 409):
        sandbox.call("Ram", f"Update{kind}", **named(kind, "one", New_Name="two"))
    with refuses(f"InvalidParameter.New{kind}Name.InvalidChars", 400):
        sandbox.call("Ram", f"Update{kind}", **named(kind, "one", New_Name="a b"))


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_what_has_policies_is_not_deleted(sandbox: Sandbox, kind: str) -> None:
    sandbox.call("Ram", f"Create{kind}", **named(kind, "ops"))
    sandbox.call("Ram", "CreatePolicy", PolicyName="read", PolicyDocument=json.dumps(ZONES))
    custom = {"PolicyType": "Custom", "PolicyName": "read", **named(kind, "ops")}
    sandbox.call("Ram", f"AttachPolicyTo{kind}", **custom)
    with refuses(f"DeleteConflict.{kind}.Policy", 409):
        sandbox.call("Ram", f"Delete{kind}", **named(kind, "ops"))
    with refuses(f"DeleteConflict.Policy.{kind}", 409):
        sandbox.call("Ram", "DeletePolicy", PolicyName="read")
    sandbox.call("Ram", f"DetachPolicyFrom{kind}", **custom)
    sandbox.call("Ram", f"Delete{kind}", **named(kind, "ops"))
    sandbox.call("Ram", "DeletePolicy", PolicyName="read")
