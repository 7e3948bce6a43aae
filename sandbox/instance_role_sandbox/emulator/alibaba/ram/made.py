"""Users and groups that the control API makes, with their policies and keys, for tests and tools."""

from __future__ import annotations

from ...language import grammar
from ...state import State
from .. import ids
from ..accounts import AccessKey, new_key
from .records import ATTACHMENT, GROUP, MEMBER, POLICY, USER, VERSION, Attachment, Member, Policy, Principal, Version


def make_user(state: State, account: str, name: str, documents: list[str], now: float) -> AccessKey:
    """Make a user (if it is not there) with one custom policy for each document, and a key. Inside a transaction.

    Raises ``Malformed`` (a ``ValueError``) for a document that RAM would refuse.
    """
    users = state.table(USER, account)
    if name not in users:
        users.put(name, Principal(ids.digits(18), name, now))
    _give(state, account, ("user", name), documents, now)
    return new_key(state, account, name, now)


def make_group(
    state: State, account: str, name: str, documents: list[str], members: list[str], now: float
) -> dict[str, AccessKey]:
    """Make a group (if it is not there) with a policy for each document and these members, each with a new key.

    Inside a transaction. The members' keys by their names.
    """
    groups = state.table(GROUP, account)
    if name not in groups:
        groups.put(name, Principal(ids.digits(18), name, now))
    _give(state, account, ("group", name), documents, now)
    for member in members:
        state.table(MEMBER, account).put(f"{name}:{member}", Member(name, member, now))
    return {member: make_user(state, account, member, [], now) for member in members}


def _give(state: State, account: str, holder: tuple[str, str], documents: list[str], now: float) -> None:
    """Attach a new custom policy for each document to a holder: its kind and its name."""
    kind, name = holder
    for document in documents:
        grammar.rules(document, grammar.ALIBABA, "permission")
        policy = f"{name}-{ids.text(8)}"
        state.table(POLICY, account).put(policy, Policy(policy, now, now, "v1", 1))
        state.table(VERSION, account).put(f"{policy}:v1", Version("v1", document, now))
        attachment = Attachment(kind, name, policy, "Custom", now)
        state.table(ATTACHMENT, account).put(f"{kind}:{name}:Custom:{policy}", attachment)
