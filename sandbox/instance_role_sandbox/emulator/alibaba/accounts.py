"""The credentials that open an account: root and user keys, and temporary (STS) credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..accounts import ACCOUNT, Account, account_of, switches_of, time_of
from ..clock import wall
from ..state import Kind, State
from . import ids

__all__ = (
    "ACCESS_KEY",
    "ACCOUNT",
    "KINDS",
    "SESSION",
    "AccessKey",
    "Account",
    "Session",
    "account_of",
    "new_account",
    "new_key",
    "new_session",
    "root_key",
    "switches_of",
    "time_of",
)


@dataclass(frozen=True)
class AccessKey:
    """A long-lived key. ``user`` is the RAM user's name, "" for the account itself."""

    key_id: str
    secret: str
    user: str
    created: float
    active: bool = True


@dataclass(frozen=True)
class Session:
    """Temporary credentials of a role. They end with their time, or with the role (by its id) being deleted."""

    key_id: str
    secret: str
    token: str
    role: str
    role_id: str
    name: str
    created: float
    expires: float
    restriction: str = ""  # a policy document that bounds the session
    instance: str = ""  # the instance whose metadata service gave it out


ACCESS_KEY = Kind("access-key", AccessKey)
SESSION = Kind("session", Session)

KINDS: tuple[Kind[Any], ...] = (ACCOUNT, ACCESS_KEY, SESSION)


def new_account(state: State, region: str, account_id: str | None = None) -> tuple[Account, AccessKey]:
    """Make an account and its root key. Inside a transaction."""
    account = Account(account_id or ids.digits(16), region)
    state.table(ACCOUNT, account.account_id).put(account.account_id, account)
    return account, new_key(state, account.account_id, user="", now=wall())


def new_key(state: State, account_id: str, user: str, now: float) -> AccessKey:
    """Make a long-lived key of the account ("") or of one of its users. Inside a transaction."""
    key = AccessKey("LTAI5t" + ids.text(18), ids.text(30), user, now)
    return state.table(ACCESS_KEY, account_id).put(key.key_id, key)


def root_key(state: State, account_id: str) -> AccessKey | None:
    """The account's own key."""
    return next((key for key in state.table(ACCESS_KEY, account_id).values() if not key.user), None)


def new_session(
    state: State,
    account_id: str,
    *,
    role: str,
    role_id: str,
    name: str,
    now: float,
    seconds: float,
    restriction: str = "",
    instance: str = "",
) -> Session:
    """Give out temporary credentials, and forget those of the account that ended a while ago. Inside a transaction."""
    table = state.table(SESSION, account_id)
    for key_id, old in table.items():
        if old.expires < now - 3600:  # for that long an ended session is still named as such
            table.delete(key_id)
    session = Session(
        key_id="STS." + ids.text(25),
        secret=ids.text(44),
        token="CAIS" + ids.text(400),
        role=role,
        role_id=role_id,
        name=name,
        created=now,
        expires=now + seconds,
        restriction=restriction,
        instance=instance,
    )
    return table.put(session.key_id, session)
