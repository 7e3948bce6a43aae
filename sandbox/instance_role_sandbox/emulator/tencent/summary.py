"""The Tencent Cloud side of an account, for the ready line and the control API."""

from __future__ import annotations

from ..state import State
from .accounts import SECRET_KEY, owner_of
from .cam.view import summary as cam_summary
from .cvm.facts import summary as cvm_summary
from .vpc.facts import summary as vpc_summary


def credentials(state: State, account: str) -> dict[str, str]:
    """The root key, the account's number and its region."""
    owner = owner_of(state, account)
    key = next(key for key in state.table(SECRET_KEY, account).values() if not key.user)
    return {
        "secret_id": key.secret_id,
        "secret_key": key.secret_key,
        "account_id": owner.uin,
        "region": owner.region,
    }


def region(state: State, account: str) -> str:
    """Where calls go unless they say otherwise."""
    return owner_of(state, account).region


def summary(state: State, account: str) -> dict[str, object]:
    """Everything that exists."""
    return {
        "account_id": owner_of(state, account).uin,
        **cam_summary(state, account),
        **vpc_summary(state, account),
        **cvm_summary(state, account),
    }
