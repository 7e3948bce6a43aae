"""RAM against a model: any order of making, attaching, detaching and deleting ends as the rules foretell."""

from __future__ import annotations

import json
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ServerException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.emulator.test_ram import OPEN, TRUST
from tests.support.sandbox import Sandbox, Server

ROLES, POLICIES = ("a", "b"), ("p", "q")
SYSTEM = "AliyunOSSReadOnlyAccess"

role = st.sampled_from(ROLES)
policy = st.sampled_from(POLICIES)
any_policy = st.sampled_from((*POLICIES, SYSTEM))
steps = st.one_of(
    st.tuples(st.just("CreateRole"), role),
    st.tuples(st.just("CreatePolicy"), policy),
    st.tuples(st.just("DeleteRole"), role),
    st.tuples(st.just("DeletePolicy"), policy),
    st.tuples(st.just("AttachPolicyToRole"), role, any_policy),
    st.tuples(st.just("DetachPolicyFromRole"), role, any_policy),
)


class Model:
    """What there is, and the code that each step must end in ("" for success)."""

    def __init__(self) -> None:
        self.roles: set[str] = set()
        self.policies: set[str] = set()
        self.attached: set[tuple[str, str]] = set()

    def step(self, action: str, name: str, policy: str = "") -> str:
        if action.startswith("Create"):
            kind = action.removeprefix("Create")
            have = self.roles if kind == "Role" else self.policies
            if name in have:
                return f"EntityAlreadyExists.{kind}"
            have.add(name)
            return ""
        if action.startswith("Delete"):
            kind = action.removeprefix("Delete")
            have = self.roles if kind == "Role" else self.policies
            if name not in have:
                return f"EntityNotExist.{kind}"
            if any(name in pair for pair in self.attached):
                return "DeleteConflict.Role.Policy" if kind == "Role" else "DeleteConflict.Policy.Role"
            have.remove(name)
            return ""
        if name not in self.roles:
            return "EntityNotExist.Role"
        if policy != SYSTEM and policy not in self.policies:
            return "EntityNotExist.Policy"
        if action == "AttachPolicyToRole":
            if (name, policy) in self.attached:
                return "EntityAlreadyExists.Role.Policy"
            self.attached.add((name, policy))
            return ""
        if (name, policy) not in self.attached:
            return "EntityNotExist.Role.Policy"
        self.attached.remove((name, policy))
        return ""


def perform(sandbox: Sandbox, action: str, name: str, policy: str = "") -> str:
    params: dict[str, Any]
    if action.endswith("Policy"):
        params = {"PolicyName": name, **({"PolicyDocument": OPEN} if action == "CreatePolicy" else {})}
    else:
        params = {"RoleName": name, **({"AssumeRolePolicyDocument": TRUST} if action == "CreateRole" else {})}
    if policy:
        params |= {"PolicyName": policy, "PolicyType": "System" if policy == SYSTEM else "Custom"}
    try:
        sandbox.call("Ram", action, **params)
    except ServerException as error:
        return str(error.get_error_code())
    return ""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=14))
def test_every_history_goes_as_the_rules_say(sandbox_server: Server, history: list[tuple[str, ...]]) -> None:
    sandbox, model = sandbox_server.account(), Model()
    for one in [("CreateRole", "a"), ("CreatePolicy", "p"), *history]:
        assert perform(sandbox, *one) == model.step(*one), (one, json.dumps(history))
    state = sandbox.state()
    assert {row["RoleName"] for row in state["roles"]} == model.roles
    assert {row["PolicyName"] for row in state["policies"]} == model.policies
    assert {(row["Holder"], row["PolicyName"]) for row in state["attachments"]} == model.attached
