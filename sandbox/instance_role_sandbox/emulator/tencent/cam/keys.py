"""Access keys of the caller or of a sub-account: at most two each, as the code AccessKeyOverLimit says.

A key's secret is shown once, when it is made. No rate is known for these actions. The real cloud tells a key's last
use with a day's delay, by date; here it is told at once.
"""

from __future__ import annotations

from dataclasses import replace

from ..accounts import SECRET_KEY, USER, SecretKey, new_key
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .product import CAM
from .users import not_exist

MOST = 2
MOST_ASKED = 10
"""Keys in one GetSecurityLastUsed, by its page."""


@CAM.action("CreateAccessKey", takes="TargetUin:int Description", resources=resources.user)
def create_access_key(call: Call) -> Answer:
    """Make a key."""
    owner = _owner(call)
    if len(_of(call, owner)) >= MOST:
        raise ApiError("OperationDenied.AccessKeyOverLimit", f"Each account has at most {MOST} access keys.")
    key = new_key(call.state, call.account, owner, call.now, call.text("Description"))
    return {"AccessKey": {**_shown(key), "SecretAccessKey": key.secret_key}}


@CAM.action("ListAccessKeys", takes="TargetUin:int", resources=resources.user)
def list_access_keys(call: Call) -> Answer:
    """The keys, without their secrets."""
    return {"AccessKeys": [_shown(key) for key in _of(call, _owner(call))]}


@CAM.action("GetSecurityLastUsed", takes="SecretIdList!:[]", resources=resources.all_users)
def get_security_last_used(call: Call) -> Answer:
    """The day of each key's last use, ``null`` for one that never was; a key of another account has no row."""
    wanted = call.params["SecretIdList"]
    if len(wanted) > MOST_ASKED:
        raise checks.refused("ParamError", f"At most {MOST_ASKED} keys can be asked for.")
    rows = []
    for secret_id in wanted:
        if secret_id in call.table(SECRET_KEY):
            used = call.state.key_uses.get(secret_id)
            day = None if used is None else checks.stamp(used).partition(" ")[0]
            rows.append({"SecretId": secret_id, "LastUsedDate": day, "LastSecretUsedDate": used and int(used)})
    return {"SecretIdLastUsedRows": rows}


@CAM.action("UpdateAccessKey", takes="AccessKeyId! Status! TargetUin:int", resources=resources.user)
def update_access_key(call: Call) -> Answer:
    """Enable or disable a key."""
    key, status = _existing(call), call.text("Status")
    if status not in ("Active", "Inactive"):
        raise checks.refused("ParamError", "Status is Active or Inactive.")
    call.table(SECRET_KEY).put(key.secret_id, replace(key, active=status == "Active"))
    return {}


@CAM.action("DeleteAccessKey", takes="AccessKeyId! TargetUin:int", resources=resources.user)
def delete_access_key(call: Call) -> Answer:
    """Delete a key."""
    call.table(SECRET_KEY).delete(_existing(call).secret_id)
    return {}


def _owner(call: Call) -> str:
    """Whose keys a call is about: the uin of a sub-account, or "" for the root account."""
    caller = call.caller
    wanted = call.text("TargetUin") or (caller.holder if caller.kind == "user" else call.uin)
    if wanted == call.uin:
        return ""
    if wanted not in call.table(USER):
        raise not_exist(wanted, "InvalidParameter.UserNotExist")
    return wanted


def _of(call: Call, owner: str) -> list[SecretKey]:
    return [key for key in call.table(SECRET_KEY).values() if key.user == owner]


def _existing(call: Call) -> SecretKey:
    key, owner = call.table(SECRET_KEY).get(call.text("AccessKeyId")), _owner(call)
    if key is None:
        raise ApiError("ResourceNotFound.SecretNotExist", "The key does not exist.")
    if key.user != owner:
        raise ApiError("OperationDenied.UinNotMatch", "The key does not belong to the account.")
    return key


def _shown(key: SecretKey) -> Answer:
    return {
        "AccessKeyId": key.secret_id,
        "Status": "Active" if key.active else "Inactive",
        "CreateTime": checks.stamp(key.created),
        "Description": key.description or None,
    }
