"""A sandbox account's Tencent Cloud side: its number (uin), its keys, its users and temporary credentials.

Records lie under the sandbox account's id, so that clock, switches, faults and the call log are those of the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..clock import wall
from ..state import Kind, State
from . import ids


@dataclass(frozen=True)
class Owner:
    """The root account: its uin, its AppID, and where calls go unless they say otherwise."""

    uin: str
    app_id: str
    region: str


@dataclass(frozen=True)
class User:
    """A sub-account. ``uid`` is its other number. No password is kept: nobody signs in to a console here."""

    uin: str
    name: str
    created: float
    uid: str = ""
    remark: str = ""
    console_login: int = 0
    phone: str = ""
    country_code: str = ""
    email: str = ""


@dataclass(frozen=True)
class SecretKey:
    """A long-lived key of the root account (``user`` is "") or of the sub-account with that uin."""

    secret_id: str
    secret_key: str
    user: str
    created: float
    active: bool = True
    description: str = ""


@dataclass(frozen=True)
class Session:
    """Temporary credentials of a role. They end with their time, or with the role (by its id) being deleted."""

    secret_id: str
    secret_key: str
    token: str
    role_id: str
    name: str
    created: float
    expires: float
    restriction: str = ""  # a policy document that bounds the session
    instance: str = ""  # the instance whose metadata service gave it out


OWNER = Kind("tencent-owner", Owner)  # one, under its uin
USER = Kind("tencent-user", User)  # under the uin
SECRET_KEY = Kind("tencent-key", SecretKey)
SESSION = Kind("tencent-session", Session)

KINDS: tuple[Kind[Any], ...] = (OWNER, USER, SECRET_KEY, SESSION)


def owner_of(state: State, account: str) -> Owner:
    """The Tencent Cloud side of a sandbox account."""
    return state.table(OWNER, account).values()[0]


def join(state: State, account: str, region: str) -> tuple[Owner, SecretKey]:
    """The Tencent Cloud side of an account, and its root key; both made the first time. Inside a transaction."""
    owners, keys = state.table(OWNER, account), state.table(SECRET_KEY, account)
    if not owners:
        owner = Owner("1000" + ids.digits(8), "125" + ids.digits(7), region)
        owners.put(owner.uin, owner)
        new_key(state, account, user="", now=wall())
    return owners.values()[0], next(key for key in keys.values() if not key.user)


def new_key(state: State, account: str, user: str, now: float, description: str = "") -> SecretKey:
    """Make a long-lived key. Inside a transaction."""
    key = SecretKey("AKID" + ids.text(32), ids.text(32), user, now, description=description)
    return state.table(SECRET_KEY, account).put(key.secret_id, key)


def user_named(state: State, account: str, name: str) -> User | None:
    """The sub-account of that name."""
    return next((user for user in state.table(USER, account).values() if user.name == name), None)


def new_user(state: State, account: str, name: str, now: float, **details: Any) -> User:
    """Make a sub-account; ``details`` are further fields of :class:`User`. Inside a transaction."""
    user = User("1000" + ids.digits(8), name, now, uid=ids.digits(8), **details)
    return state.table(USER, account).put(user.uin, user)


def new_session(
    state: State,
    account: str,
    *,
    role_id: str,
    name: str,
    now: float,
    seconds: float,
    restriction: str = "",
    instance: str = "",
) -> Session:
    """Give out temporary credentials, and forget those of the account that ended a while ago. Inside a transaction."""
    table = state.table(SESSION, account)
    for key, old in table.items():
        if old.expires < now - 3600:  # for that long an ended session is still named as such
            table.delete(key)
    session = Session(
        secret_id="AKID" + ids.text(60),
        secret_key=ids.text(44),
        token=ids.text(200),
        role_id=role_id,
        name=name,
        created=now,
        expires=now + seconds,
        restriction=restriction,
        instance=instance,
    )
    return table.put(session.secret_id, session)
