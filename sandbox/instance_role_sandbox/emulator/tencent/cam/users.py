"""Sub-accounts: added, read, changed, deleted. No console, no second factor, no password kept.

https://www.tencentcloud.com/document/product/598/32254 and the pages beside it. What deleting a sub-account that has
policies or groups does is not said, and no code for it is listed: they go with it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .. import ids
from ..accounts import SECRET_KEY, USER, User, new_key, new_user, user_named
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .product import CAM
from .records import MEMBER
from .roles import strip

_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
_PASSWORD = tuple(re.compile(part) for part in (".{8,}", "[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))
_DETAILS = "Remark ConsoleLogin:int Password NeedResetPassword:int PhoneNum CountryCode Email"


def not_exist(which: str, code: str = "ResourceNotFound.UserNotExist") -> ApiError:
    """No such sub-account."""
    return ApiError(code, f"The user `{which}` does not exist.")


def existing(call: Call) -> User:
    """The sub-account of the parameter ``Name``; ``ResourceNotFound.UserNotExist`` if there is none."""
    found = user_named(call.state, call.account, call.text("Name"))
    if found is None:
        raise not_exist(call.text("Name"))
    return found


@CAM.action("AddUser", takes=f"Name! UseApi:int {_DETAILS}", rate=20, resources=resources.all_users)
def add_user(call: Call) -> Answer:
    """Add a sub-account, with a key if asked to."""
    name = call.text("Name")
    if not _NAME.fullmatch(name):
        raise checks.refused("UserNameIllegal", f"The name `{name}` is not valid: 1 to 64 letters, digits, +=,.@_- .")
    if user_named(call.state, call.account, name):
        raise checks.refused("SubUserNameInUse", f"The user name `{name}` is already in use.")
    if len(call.table(USER)) >= call.switches.count("cam-quota-users"):
        raise checks.refused("SubUserFull", "The number of users has reached the upper limit.")
    password, console = call.text("Password"), call.integer("ConsoleLogin")
    if console and password:
        _check_password(password)
    user = new_user(
        call.state,
        call.account,
        name,
        call.now,
        remark=checks.remark(call),
        console_login=console,
        phone=call.text("PhoneNum"),
        country_code=call.text("CountryCode"),
        email=call.text("Email"),
    )
    key = new_key(call.state, call.account, user.uin, call.now) if call.integer("UseApi") else None
    return {
        "Uin": int(user.uin),
        "Name": user.name,
        "Password": f"aA1-{ids.text(20)}" if console and not password else "",
        "SecretId": key.secret_id if key else "",
        "SecretKey": key.secret_key if key else "",
        "Uid": int(user.uid),
    }


@CAM.action("GetUser", takes="Name!", rate=20, resources=resources.user)
def get_user(call: Call) -> Answer:
    """One sub-account."""
    shown = _shown(existing(call))
    for other in ("Remark", "CreateTime", "NickName"):
        del shown[other]
    return shown


@CAM.action("ListUsers", rate=20, resources=resources.all_users)
def list_users(call: Call) -> Answer:
    """All sub-accounts, without pages."""
    return {"Data": [_shown(user) for user in call.table(USER).values()]}


@CAM.action("UpdateUser", takes=f"Name! {_DETAILS}", rate=20, resources=resources.user)
def update_user(call: Call) -> Answer:
    """Change what a sub-account is described by, not its name."""
    user = existing(call)
    if call.text("Password"):
        _check_password(call.text("Password"))
    changed = replace(
        user,
        remark=checks.remark(call, user.remark),
        console_login=call.integer("ConsoleLogin", user.console_login),
        phone=call.text("PhoneNum", user.phone),
        country_code=call.text("CountryCode", user.country_code),
        email=call.text("Email", user.email),
    )
    call.table(USER).put(user.uin, changed)
    return {}


@CAM.action("DeleteUser", takes="Name! Force:int", rate=20, resources=resources.user)
def delete_user(call: Call) -> Answer:
    """Delete a sub-account; one that has keys only with ``Force``."""
    user = existing(call)
    keys = [key for key in call.table(SECRET_KEY).values() if key.user == user.uin]
    if keys and not call.integer("Force"):
        raise ApiError("OperationDenied.HaveKeys", f"The user `{user.name}` has API keys; delete them first.")
    for key in keys:
        call.table(SECRET_KEY).delete(key.secret_id)
    for place, member in call.table(MEMBER).items():
        if member.uin == user.uin:
            call.table(MEMBER).delete(place)
    strip(call, "user", user.uin)
    call.table(USER).delete(user.uin)
    return {}


def _check_password(password: str) -> None:
    """The rule that holds where the account has set none: 8 characters, with small, big, digit and other."""
    if not all(part.search(password) for part in _PASSWORD):
        raise checks.refused("PasswordViolatedRules", "The password does not meet the account's security settings.")


def _shown(user: User) -> Answer:
    return {
        "Uin": int(user.uin),
        "Name": user.name,
        "Uid": int(user.uid or 0),
        "Remark": user.remark,
        "ConsoleLogin": user.console_login,
        "PhoneNum": user.phone,
        "CountryCode": user.country_code,
        "Email": user.email,
        "CreateTime": checks.stamp(user.created),
        "NickName": "",
    }
