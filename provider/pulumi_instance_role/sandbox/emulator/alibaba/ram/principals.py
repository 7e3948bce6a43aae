"""RAM users, groups and keys."""

from __future__ import annotations

from ...state import State
from .. import ids
from ..accounts import AccessKey, new_key
from .records import ATTACHMENT, POLICY, USER, VERSION, Attachment, Policy, Principal, Version


def user_with_policies(state: State, account: str, name: str, documents: list[str], now: float) -> AccessKey:
    """Make a user (if it is not there) with one custom policy for each document, and a key. Inside a transaction."""
    users = state.table(USER, account)
    if name not in users:
        users.put(name, Principal(ids.digits(18), name, now))
    for document in documents:
        policy = f"{name}-{ids.text(8)}"
        state.table(POLICY, account).put(policy, Policy(policy, now, now, "v1", 1))
        state.table(VERSION, account).put(f"{policy}:v1", Version("v1", document, now))
        attachment = Attachment("user", name, policy, "Custom", now)
        state.table(ATTACHMENT, account).put(f"user:{name}:Custom:{policy}", attachment)
    return new_key(state, account, name, now)
