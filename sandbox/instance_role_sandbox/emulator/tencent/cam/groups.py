"""User groups and who is in them.

https://www.tencentcloud.com/document/product/598/32263 and the pages beside it. A membership that is there already, or
that is not there when it is to end, has no documented code; the switch for repeated attachments decides. Which code
some actions have for a group that is not there is a switch too: their lists name only that of a user.
"""

from __future__ import annotations

from dataclasses import replace

from .. import ids
from ..accounts import USER, User
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .attachments import repeated
from .product import CAM
from .records import GROUP, MEMBER, Group, Member
from .roles import strip
from .users import not_exist

_INFO = "Info!:[{GroupId!:int Uid:int Uin:int}]"
_PAGE = "Page:int Rp:int"


def existing(call: Call, code: str = "") -> Group:
    """The group of the parameter ``GroupId``; ``code`` (left out: the one a switch names) if there is none."""
    return _known(call, call.text("GroupId"), code)


@CAM.action("CreateGroup", takes="GroupName! Remark", rate=20, resources=resources.all_groups)
def create_group(call: Call) -> Answer:
    """Make a group."""
    if len(call.table(GROUP)) >= call.switches.count("cam-quota-groups"):
        raise checks.refused("GroupFull", "The number of groups has reached the upper limit.")
    group = Group(int(ids.digits(6)), _free_name(call), call.now, checks.remark(call))
    call.table(GROUP).put(str(group.group_id), group)
    return {"GroupId": group.group_id}


@CAM.action("GetGroup", takes="GroupId!:int", rate=20, resources=resources.group)
def get_group(call: Call) -> Answer:
    """One group with its users."""
    group = existing(call)
    users = _users(call, group)
    return {**_shown(group), "GroupNum": len(users), "UserInfo": users}


@CAM.action("ListGroups", takes=f"{_PAGE} Keyword", rate=20, resources=resources.all_groups)
def list_groups(call: Call) -> Answer:
    """All groups, or those with a word in their name."""
    word = call.text("Keyword").lower()
    found = [_shown(group) for group in call.table(GROUP).values() if word in group.name.lower()]
    return {"TotalNum": len(found), "GroupInfo": checks.page(call, found)}


@CAM.action("UpdateGroup", takes="GroupId!:int GroupName Remark", rate=20, resources=resources.group)
def update_group(call: Call) -> Answer:
    """Change a group's name or remark."""
    group = existing(call, "ResourceNotFound.GroupNotExist")
    name = _free_name(call) if call.text("GroupName", group.name) != group.name else group.name
    call.table(GROUP).put(str(group.group_id), replace(group, name=name, remark=checks.remark(call, group.remark)))
    return {}


@CAM.action("DeleteGroup", takes="GroupId!:int", rate=20, resources=resources.group)
def delete_group(call: Call) -> Answer:
    """Delete a group; memberships and policies go with it, for no code of a conflict is listed."""
    group = existing(call)
    for key, member in call.table(MEMBER).items():
        if member.group_id == group.group_id:
            call.table(MEMBER).delete(key)
    strip(call, "group", str(group.group_id))
    call.table(GROUP).delete(str(group.group_id))
    return {}


@CAM.action("AddUserToGroup", takes=_INFO, rate=20, resources=resources.members)
def add_user_to_group(call: Call) -> Answer:
    """Put sub-accounts into groups, each pair of the list. https://www.tencentcloud.com/document/product/598/32264"""
    answer: Answer = {}
    for group, user in _pairs(call, "InvalidParameter.GroupNotExist"):
        key = f"{group.group_id}:{user.uin}"
        if key in call.table(MEMBER):
            answer = repeated(call)
        else:
            call.table(MEMBER).put(key, Member(group.group_id, user.uin, call.now))
    return answer


@CAM.action("RemoveUserFromGroup", takes=_INFO, rate=20, resources=resources.members)
def remove_user_from_group(call: Call) -> Answer:
    """Take sub-accounts out of groups, each pair of the list."""
    answer: Answer = {}
    for group, user in _pairs(call, ""):
        key = f"{group.group_id}:{user.uin}"
        if key not in call.table(MEMBER):
            answer = repeated(call)
        call.table(MEMBER).delete(key)
    return answer


@CAM.action("ListUsersForGroup", takes=f"GroupId!:int {_PAGE}", rate=20, resources=resources.group)
def list_users_for_group(call: Call) -> Answer:
    """The users of a group."""
    users = _users(call, existing(call, "ResourceNotFound.GroupNotExist"))
    return {"TotalNum": len(users), "UserInfo": checks.page(call, users)}


@CAM.action("ListGroupsForUser", takes=f"Uid:int SubUin:int {_PAGE}", rate=20, resources=resources.user)
def list_groups_for_user(call: Call) -> Answer:
    """The groups of a sub-account."""
    user = _user(call, call.text("SubUin"), call.text("Uid"))
    joined = [member.group_id for member in call.table(MEMBER).values() if member.uin == user.uin]
    groups = [_shown(group) for group in call.table(GROUP).values() if group.group_id in joined]
    return {"TotalNum": len(groups), "GroupInfo": checks.page(call, groups)}


def _known(call: Call, group_id: str, code: str) -> Group:
    group = call.table(GROUP).get(group_id)
    if group is None:
        raise ApiError(code or call.switches.text("cam-group-gone-code"), f"The group `{group_id}` does not exist.")
    return group


def _free_name(call: Call) -> str:
    name = call.text("GroupName")
    if not 1 <= len(name) <= 64:
        raise checks.refused("ParamError", "GroupName has 1 to 64 characters.")
    if any(group.name == name for group in call.table(GROUP).values()):
        raise checks.refused("GroupNameInUse", f"The group name `{name}` is already in use.")
    return name


def _user(call: Call, uin: str, uid: str) -> User:
    if not uin and not uid:
        raise checks.refused("UserUinAndUinNotAllNull", "One of Uin and Uid is required.")
    users = call.table(USER)
    found = users.get(uin) if uin else next((user for user in users.values() if user.uid == uid), None)
    if found is None:
        raise not_exist(uin or uid)
    return found


def _pairs(call: Call, code: str) -> list[tuple[Group, User]]:
    """The groups and sub-accounts of ``Info``; :class:`ApiError` if one is not there, before anything is changed."""
    return [
        (_known(call, str(one["GroupId"]), code), _user(call, str(one.get("Uin", "")), str(one.get("Uid", ""))))
        for one in call.params["Info"]
    ]


def _users(call: Call, group: Group) -> list[Answer]:
    rows = []
    for member in call.table(MEMBER).values():
        user = call.table(USER).get(member.uin) if member.group_id == group.group_id else None
        if user is not None:
            rows.append(
                {
                    "Uid": int(user.uid or 0),
                    "Uin": int(user.uin),
                    "Name": user.name,
                    "PhoneNum": user.phone,
                    "CountryCode": user.country_code,
                    "PhoneFlag": 0,
                    "Email": user.email,
                    "EmailFlag": 0,
                    "UserType": 1,
                    "CreateTime": checks.stamp(user.created),
                    "IsReceiverOwner": 0,
                    "Remark": user.remark or None,
                }
            )
    return rows


def _shown(group: Group) -> Answer:
    return {
        "GroupId": group.group_id,
        "GroupName": group.name,
        "CreateTime": checks.stamp(group.created),
        "Remark": group.remark,
    }
