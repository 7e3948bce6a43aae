"""Users, their keys, and groups, as far as permissions need them: no passwords, no console, no second factor."""

from __future__ import annotations

from dataclasses import replace

from ...clock import stamp
from .. import ids
from ..accounts import ACCESS_KEY, AccessKey, new_key
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .attachments import attached, reattach
from .product import RAM
from .records import GROUP, MEMBER, USER, Member, Principal

KEYS = 2


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


@RAM.action("UpdateUser", resources=resources.user)
def update_user(call: Call) -> Answer:
    """Change a user's name, display name or comments; keys, groups and policies follow the name.

    https://api.alibabacloud.com/document/Ram/2015-05-01/UpdateUser
    """
    user = _existing_user(call)
    changed = replace(
        user,
        name=_new_name(call, "UserName", "User", user.name),
        display_name=_kept(call, "NewDisplayName", user.display_name),
        comments=_kept(call, "NewComments", user.comments),
    )
    call.table(USER).delete(user.name)
    call.table(USER).put(changed.name, changed)
    for key in _keys(call, user.name):
        call.table(ACCESS_KEY).put(key.key_id, replace(key, user=changed.name))
    for member in [one for one in call.table(MEMBER).values() if one.user == user.name]:
        _move(call, member, replace(member, user=changed.name))
    reattach(call, "user", user.name, changed.name)
    return {"User": _user(changed)}


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


@RAM.action("GetAccessKeyLastUsed", resources=resources.user)
def get_access_key_last_used(call: Call) -> Answer:
    """When a key was used last. What is said of one that never was is published nowhere: an empty text is taken.

    https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-getaccesskeylastused
    """
    used = call.state.key_uses.get(_existing_key(call).key_id)
    return {"AccessKeyLastUsed": {"LastUsedDate": "" if used is None else stamp(used)}}


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


@RAM.action("UpdateGroup", resources=resources.group)
def update_group(call: Call) -> Answer:
    """Change a group's name or comments; its users and policies follow the name.

    https://api.alibabacloud.com/document/Ram/2015-05-01/UpdateGroup
    """
    group = _existing_group(call)
    changed = replace(
        group,
        name=_new_name(call, "GroupName", "Group", group.name),
        comments=_kept(call, "NewComments", group.comments),
    )
    call.table(GROUP).delete(group.name)
    call.table(GROUP).put(changed.name, changed)
    for member in [one for one in call.table(MEMBER).values() if one.group == group.name]:
        _move(call, member, replace(member, group=changed.name))
    reattach(call, "group", group.name, changed.name)
    return {"Group": _group(changed)}


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
    rows = [
        {
            "UserName": member.user,
            "DisplayName": user.display_name if (user := call.table(USER).get(member.user)) else "",
            "JoinDate": stamp(member.joined),
        }
        for member in shown
    ]
    return {"Users": {"User": rows}, **paging}


@RAM.action("ListGroupsForUser", resources=resources.user)
def list_groups_for_user(call: Call) -> Answer:
    """The groups of a user. https://api.alibabacloud.com/document/Ram/2015-05-01/ListGroupsForUser"""
    user = _existing_user(call)
    members = [member for member in call.table(MEMBER).values() if member.user == user.name]
    rows = [
        {
            "GroupName": member.group,
            "Comments": group.comments if (group := call.table(GROUP).get(member.group)) else "",
            "JoinDate": stamp(member.joined),
        }
        for member in members
    ]
    return {"Groups": {"Group": rows}}


def _new_name(call: Call, parameter: str, entity: str, present: str) -> str:
    """The name that ``New<parameter>`` gives a user or group: a free one, or the one it has."""
    if call.params.text(f"New{parameter}") in ("", present):
        return present
    name = checks.name(call, f"New{parameter}")
    if name in call.table(USER if entity == "User" else GROUP):
        raise checks.already_exists(entity, name)
    return name


def _kept(call: Call, parameter: str, present: str) -> str:
    """A text that was sent, or the one there is."""
    sent = checks.text(call, parameter, 128)
    return present if sent is None else sent


def _move(call: Call, old: Member, new: Member) -> None:
    call.table(MEMBER).delete(f"{old.group}:{old.user}")
    call.table(MEMBER).put(f"{new.group}:{new.user}", new)


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
