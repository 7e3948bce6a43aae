"""Users and groups that the control API makes on either cloud: the request read, the answer spelled.

::

    {"user": "reader", "policies": [document, ...]}                              -> the user's new key
    {"group": "operators", "policies": [...], "members": ["ann", "bob"]}         -> each member's new key, by name

Both take ``"cloud": "tencent"`` (else it is Alibaba Cloud). What is there already gets the policies in addition.
"""

from __future__ import annotations

import json
from typing import Any

from .accounts import Account, time_of
from .alibaba.accounts import AccessKey
from .alibaba.ram import made as ram
from .state import State
from .tencent.accounts import SecretKey
from .tencent.cam import made as cam

Data = dict[str, Any]
CLOUDS = ("alibaba", "tencent")
_FIELDS = ("cloud", "user", "group", "policies", "members")


def make(state: State, account: Account, data: Data) -> Data:
    """Make what ``data`` asks for; ``ValueError`` says what is wrong with it. Inside a transaction."""
    for name in data:
        if name not in _FIELDS:
            raise ValueError(f"a principal has no {name!r}; it takes {', '.join(_FIELDS)}")
    cloud, now = data.get("cloud", CLOUDS[0]), time_of(account)
    if cloud not in CLOUDS:
        raise ValueError(f"'cloud' is one of {', '.join(CLOUDS)}, not {cloud!r}")
    policies = data.get("policies", [])
    if not isinstance(policies, list):
        raise ValueError("'policies' is a list of policy documents")
    documents = [policy if isinstance(policy, str) else json.dumps(policy) for policy in policies]
    if "group" in data:
        return _group(state, account, cloud, data, documents, now)
    if "members" in data:
        raise ValueError("'members' are for a 'group'")
    user = _name(data, "user")
    if cloud == "tencent":
        return _secret(cam.make_user(state, account.account_id, user, documents, now))
    return _access(ram.make_user(state, account.account_id, user, documents, now))


def _group(state: State, account: Account, cloud: str, data: Data, documents: list[str], now: float) -> Data:
    name, members = _name(data, "group"), data.get("members", [])
    if "user" in data:
        raise ValueError("'user' and 'group' are two requests")
    if not isinstance(members, list) or not all(isinstance(member, str) and member for member in members):
        raise ValueError("'members' is a list of users' names")
    if cloud == "tencent":
        group_id, keys = cam.make_group(state, account.account_id, name, documents, members, now)
        return {"group_id": group_id, "members": {member: _secret(key) for member, key in keys.items()}}
    made = ram.make_group(state, account.account_id, name, documents, members, now)
    return {"members": {member: _access(key) for member, key in made.items()}}


def _name(data: Data, field: str) -> str:
    name = data.get(field)
    if not isinstance(name, str) or not name:
        raise ValueError(f"{field!r} is the name of the {field} to make")
    return name


def _access(key: AccessKey) -> Data:
    return {"access_key_id": key.key_id, "access_key_secret": key.secret}


def _secret(key: SecretKey) -> Data:
    return {"secret_id": key.secret_id, "secret_key": key.secret_key, "uin": key.user}
