"""Users, their keys, and groups, as far as permissions need them: no passwords, no console, no second factor."""

from __future__ import annotations

from dataclasses import replace

from pulumi_instance_role.policy.document import parse

from ...clock import stamp
from ...state import State
from .. import ids
from ..accounts import ACCESS_KEY, AccessKey, new_key
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .attachments import attached
from .product import RAM
from .records import ATTACHMENT, GROUP, MEMBER, POLICY, USER, VERSION, Attachment, Member, Policy, Principal, Version

KEYS = 2


def user_with_policies(state: State, account: str, name: str, documents: list[str], now: float) -> AccessKey:
    """Make a user (if it is not there) with one custom policy for each document, and a key. Inside a transaction.

    Raises ``PolicyError`` (a ``ValueError``) for a document that RAM would refuse.
    """
    users = state.table(USER, account)
    if name not in users:
        users.put(name, Principal(ids.digits(18), name, now))
    for document in documents:
        parse(document, "permission")
        policy = f"{name}-{ids.text(8)}"
        state.table(POLICY, account).put(policy, Policy(policy, now, now, "v1", 1))
        state.table(VERSION, account).put(f"{policy}:v1", Version("v1", document, now))
        attachment = Attachment("user", name, policy, "Custom", now)
        state.table(ATTACHMENT, account).put(f"user:{name}:Custom:{policy}", attachment)
    return new_key(state, account, name, now)


# -- users -----------------------------------------------------------------------------------------------------
@RAM.action("CreateUser", resources=resources.all_users)
def create_user(call: Call) -> Answer:
    """Make a user. https://api.alibabacloud.com/document/Ram/2015-05-01/CreateUser"""
    name = checks.name(call, "UserName")
    display = checks.text(call, "DisplayName", 128) or ""
    comments = checks.text(call, "Comments", 128) or ""
    if name in call.table(USER):
        raise checks.already_exists("User", name)
    user = Principal(ids.digits(18), name, call.now, display, comments)
    return {"User": _user(call.table(USER).put(name, user))}


@RAM.action("GetUser", resources=resources.user)
def get_user(call: Call) -> Answer:
    """One user. https://api.alibabacloud.com/document/Ram/2015-05-01/GetUser"""
    return {"User": _user(_existing_user(call))}


@RAM.action("ListUsers", resources=resources.all_users)
def list_users(call: Call) -> Answer:
    """All users. https://api.alibabacloud.com/document/Ram/2015-05-01/ListUsers"""
    users, paging = checks.page(call, call.table(USER).items())
    return {"Users": {"User": [_user(user) for user in users]}, **paging}


@RAM.action("DeleteUser", resources=resources.user)
def delete_user(call: Call) -> Answer:
    """Delete a user without keys, policies and groups.

    https://api.alibabacloud.com/document/Ram/2015-05-01/DeleteUser
    """
    user = _existing_user(call)
    keys = [key for key in call.table(ACCESS_KEY).values() if key.user == user.name]
    groups = [member for member in call.table(MEMBER).values() if member.user == user.name]
    for found, what in ((keys, "AccessKey"), (attached(call, "user", user.name), "Policy"), (groups, "Group")):
        if found:
            raise ApiError(f"DeleteConflict.User.{what}", 409, f"The user can not has any {what}s while deleting.")
    call.table(USER).delete(user.name)
    return {}


# -- keys ------------------------------------------------------------------------------------------------------
@RAM.action("CreateAccessKey", resources=resources.user)
def create_access_key(call: Call) -> Answer:
    """A key of a user (of the caller, if none is named).

    https://api.alibabacloud.com/document/Ram/2015-05-01/CreateAccessKey
    """
    owner = _key_owner(call)
    if len(_keys(call, owner)) >= KEYS:
        raise ApiError("LimitExceeded.User.AccessKey", 409, "The count of access keys beyond the current limits.")
    key = new_key(call.state, call.account, owner, call.now)
    return {"AccessKey": {**_key(key), "AccessKeySecret": key.secret}}


@RAM.action("ListAccessKeys", resources=resources.user)
def list_access_keys(call: Call) -> Answer:
    """The keys of a user (of the caller, if none is named).

    https://api.alibabacloud.com/document/Ram/2015-05-01/ListAccessKeys
    """
    return {"AccessKeys": {"AccessKey": [_key(key) for key in _keys(call, _key_owner(call))]}}


@RAM.action("UpdateAccessKey", resources=resources.user)
def update_access_key(call: Call) -> Answer:
    """Enable or disable a key. https://api.alibabacloud.com/document/Ram/2015-05-01/UpdateAccessKey"""
    key = _existing_key(call)
    status = call.params.choice("Status", ("Active", "Inactive"), "", code="InvalidParameter.Status")
    call.table(ACCESS_KEY).put(key.key_id, replace(key, active=status == "Active"))
    return {}


@RAM.action("DeleteAccessKey", resources=resources.user)
def delete_access_key(call: Call) -> Answer:
    """Delete a key. https://api.alibabacloud.com/document/Ram/2015-05-01/DeleteAccessKey"""
    call.table(ACCESS_KEY).delete(_existing_key(call).key_id)
    return {}


# -- groups ----------------------------------------------------------------------------------------------------
@RAM.action("CreateGroup", resources=resources.all_groups)
def create_group(call: Call) -> Answer:
    """Make a group. https://api.alibabacloud.com/document/Ram/2015-05-01/CreateGroup"""
    name = checks.name(call, "GroupName")
    comments = checks.text(call, "Comments", 128) or ""
    if name in call.table(GROUP):
        raise checks.already_exists("Group", name)
    group = Principal(ids.digits(18), name, call.now, comments=comments)
    return {"Group": _group(call.table(GROUP).put(name, group))}


@RAM.action("GetGroup", resources=resources.group)
def get_group(call: Call) -> Answer:
    """One group. https://api.alibabacloud.com/document/Ram/2015-05-01/GetGroup"""
    return {"Group": _group(_existing_group(call))}


@RAM.action("ListGroups", resources=resources.all_groups)
def list_groups(call: Call) -> Answer:
    """All groups. https://api.alibabacloud.com/document/Ram/2015-05-01/ListGroups"""
    groups, paging = checks.page(call, call.table(GROUP).items())
    return {"Groups": {"Group": [_group(group) for group in groups]}, **paging}


@RAM.action("DeleteGroup", resources=resources.group)
def delete_group(call: Call) -> Answer:
    """Delete a group without users and policies. https://api.alibabacloud.com/document/Ram/2015-05-01/DeleteGroup"""
    group = _existing_group(call)
    users = [member for member in call.table(MEMBER).values() if member.group == group.name]
    for found, what in ((users, "User"), (attached(call, "group", group.name), "Policy")):
        if found:
            raise ApiError(f"DeleteConflict.Group.{what}", 409, f"The group can not has any {what}s while deleting.")
    call.table(GROUP).delete(group.name)
    return {}


@RAM.action("AddUserToGroup", resources=resources.user_and_group)
def add_user_to_group(call: Call) -> Answer:
    """Put a user into a group. https://api.alibabacloud.com/document/Ram/2015-05-01/AddUserToGroup"""
    user, group = _existing_user(call), _existing_group(call)
    key = f"{group.name}:{user.name}"
    if key in call.table(MEMBER):
        raise checks.already_exists("User.Group", group.name)
    call.table(MEMBER).put(key, Member(group.name, user.name, call.now))
    return {}


@RAM.action("RemoveUserFromGroup", resources=resources.user_and_group)
def remove_user_from_group(call: Call) -> Answer:
    """Take a user out of a group. https://api.alibabacloud.com/document/Ram/2015-05-01/RemoveUserFromGroup"""
    user, group = _existing_user(call), _existing_group(call)
    key = f"{group.name}:{user.name}"
    if key not in call.table(MEMBER):
        raise checks.not_exist("User.Group", group.name)
    call.table(MEMBER).delete(key)
    return {}


@RAM.action("ListUsersForGroup", resources=resources.group)
def list_users_for_group(call: Call) -> Answer:
    """The users of a group. https://api.alibabacloud.com/document/Ram/2015-05-01/ListUsersForGroup"""
    group = _existing_group(call)
    members = [(member.user, member) for member in call.table(MEMBER).values() if member.group == group.name]
    shown, paging = checks.page(call, members)
    rows = [{"UserName": member.user, "DisplayName": "", "JoinDate": stamp(member.joined)} for member in shown]
    return {"Users": {"User": rows}, **paging}


@RAM.action("ListGroupsForUser", resources=resources.user)
def list_groups_for_user(call: Call) -> Answer:
    """The groups of a user. https://api.alibabacloud.com/document/Ram/2015-05-01/ListGroupsForUser"""
    user = _existing_user(call)
    members = [member for member in call.table(MEMBER).values() if member.user == user.name]
    rows = [{"GroupName": member.group, "Comments": "", "JoinDate": stamp(member.joined)} for member in members]
    return {"Groups": {"Group": rows}}


def _existing_user(call: Call) -> Principal:
    name = call.params.required("UserName")
    user = call.table(USER).get(name)
    if user is None:
        raise checks.not_exist("User", name)
    return user


def _existing_group(call: Call) -> Principal:
    name = call.params.required("GroupName")
    group = call.table(GROUP).get(name)
    if group is None:
        raise checks.not_exist("Group", name)
    return group


def _key_owner(call: Call) -> str:
    if not call.params.text("UserName"):
        return call.caller.name if call.caller.kind == "user" else ""
    return _existing_user(call).name


def _keys(call: Call, owner: str) -> list[AccessKey]:
    return [key for key in call.table(ACCESS_KEY).values() if key.user == owner]


def _existing_key(call: Call) -> AccessKey:
    key_id, owner = call.params.required("UserAccessKeyId"), _key_owner(call)
    key = call.table(ACCESS_KEY).get(key_id)
    if key is None or key.user != owner:
        raise checks.not_exist("User.AccessKey", key_id)
    return key


def _key(key: AccessKey) -> Answer:
    status = "Active" if key.active else "Inactive"
    return {"AccessKeyId": key.key_id, "Status": status, "CreateDate": stamp(key.created)}


def _user(user: Principal) -> Answer:
    return {
        "UserId": user.entity_id,
        "UserName": user.name,
        "DisplayName": user.display_name,
        "Comments": user.comments,
        "CreateDate": stamp(user.created),
        "UpdateDate": stamp(user.created),
    }


def _group(group: Principal) -> Answer:
    return {
        "GroupId": group.entity_id,
        "GroupName": group.name,
        "Comments": group.comments,
        "CreateDate": stamp(group.created),
        "UpdateDate": stamp(group.created),
    }
