"""Users and groups that the control API makes, with their policies and keys, for tests and tools."""

from __future__ import annotations

import json

from ...language import grammar
from ...state import State
from .. import ids
from ..accounts import SecretKey, new_key, new_user, user_named
from .records import ATTACHMENT, GROUP, MEMBER, POLICY, VERSION, Attachment, Group, Member, Policy, Version


def make_user(state: State, account: str, name: str, documents: list[str], now: float) -> SecretKey:
    """Make a sub-account (if it is not there) with a policy for each document, and a key. Inside a transaction.

    Raises ``Malformed`` (a ``ValueError``) for a document that CAM would refuse.
    """
    user = user_named(state, account, name) or new_user(state, account, name, now)
    _give(state, account, ("user", user.uin, name), documents, now)
    return new_key(state, account, user.uin, now)


def make_group(
    state: State, account: str, name: str, documents: list[str], members: list[str], now: float
) -> tuple[int, dict[str, SecretKey]]:
    """Make a group (if it is not there) with a policy for each document and these members, each with a new key.

    Inside a transaction. The group's id and the members' keys by their names.
    """
    groups = state.table(GROUP, account)
    group = next((one for one in groups.values() if one.name == name), None) or Group(int(ids.digits(6)), name, now)
    groups.put(str(group.group_id), group)
    _give(state, account, ("group", str(group.group_id), name), documents, now)
    keys = {member: make_user(state, account, member, [], now) for member in members}
    for key in keys.values():
        member = Member(group.group_id, key.user, now)
        state.table(MEMBER, account).put(f"{group.group_id}:{key.user}", member)
    return group.group_id, keys


def _give(state: State, account: str, holder: tuple[str, str, str], documents: list[str], now: float) -> None:
    """Attach a new custom policy for each document to a holder: its kind, its id, its name."""
    kind, holder_id, name = holder
    for document in documents:
        grammar.rules(document, grammar.TENCENT, "permission")
        policy = Policy(int(ids.digits(9)), f"{name}-{ids.text(8)}", now, now)
        state.table(POLICY, account).put(str(policy.policy_id), policy)
        version = Version(policy.policy_id, 1, json.dumps(json.loads(document)), now)
        state.table(VERSION, account).put(f"{policy.policy_id}:1", version)
        attachment = Attachment(kind, holder_id, policy.policy_id, now)
        state.table(ATTACHMENT, account).put(f"{kind}:{holder_id}:{policy.policy_id}", attachment)
