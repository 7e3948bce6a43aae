"""Users, groups and policies against a model, on both clouds: any order of attaching, detaching, joining and leaving.

A user may do what some policy of its own or of its groups allows and none of them denies.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from tests.support.sandbox import Sandbox, Server

USERS, GROUPS = ("ann", "bob"), ("ops", "dev")
READS = ("Roles", "Users", "Policies")
HOLDERS = (*(("User", name) for name in USERS), *(("Group", name) for name in GROUPS))

user = st.sampled_from(USERS)
group = st.sampled_from(GROUPS)
holder = st.sampled_from(HOLDERS)
policy = st.tuples(st.sampled_from(("allow", "deny")), st.sampled_from(READS))


class Cloud(ABC):
    """One cloud's account with two users, two groups and a policy that allows and one that denies each read."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    @abstractmethod
    def attach(self, holder: tuple[str, str], policy: str, on: bool) -> None:
        """Put a policy on a user or group, or take it off."""

    @abstractmethod
    def join(self, user: str, group: str, on: bool) -> None:
        """Put a user into a group, or take it out."""

    @abstractmethod
    def may(self, user: str, read: str) -> bool:
        """Whether a user may read that list."""


class Alibaba(Cloud):
    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.keys = {name: sandbox.user(name) for name in USERS}
        for name in GROUPS:
            sandbox.group(name)
        for effect in ("Allow", "Deny"):
            for read in READS:
                document = {"Effect": effect, "Action": f"ram:List{read}", "Resource": "*"}
                text = json.dumps({"Version": "1", "Statement": [document]})
                self._ram("CreatePolicy", PolicyName=f"{effect.lower()}-{read}", PolicyDocument=text)

    def _ram(self, action: str, **params: Any) -> None:
        self.sandbox.call("Ram", action, **params)

    def attach(self, holder: tuple[str, str], policy: str, on: bool) -> None:
        kind, name = holder
        action = f"AttachPolicyTo{kind}" if on else f"DetachPolicyFrom{kind}"
        self._ram(action, PolicyType="Custom", PolicyName=policy, **{f"{kind}Name": name})

    def join(self, user: str, group: str, on: bool) -> None:
        self._ram("AddUserToGroup" if on else "RemoveUserFromGroup", UserName=user, GroupName=group)

    def may(self, user: str, read: str) -> bool:
        try:
            self.sandbox.call("Ram", f"List{read}", self.keys[user])
        except ServerException as error:
            assert error.get_error_code() == "NoPermission"
            return False
        return True


class Tencent(Cloud):
    _ACTIONS: ClassVar[dict[str, tuple[str, dict[str, Any]]]] = {
        "Roles": ("DescribeRoleList", {"Page": 1, "Rp": 1}),
        "Users": ("ListUsers", {}),
        "Policies": ("ListPolicies", {}),
    }

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.keys = {name: sandbox.tencent.user(name) for name in USERS}
        self.ids = {name: int(keys.uin) for name, keys in self.keys.items()}
        for name in GROUPS:
            self.ids[name] = self._cam("CreateGroup", GroupName=name)["GroupId"]
        for effect in ("allow", "deny"):
            for read, (action, _) in self._ACTIONS.items():
                document = {"effect": effect, "action": [f"cam:{action}"], "resource": ["*"]}
                text = json.dumps({"version": "2.0", "statement": [document]})
                name = f"{effect}-{read}"
                self.ids[name] = self._cam("CreatePolicy", PolicyName=name, PolicyDocument=text)["PolicyId"]

    def _cam(self, action: str, **params: Any) -> dict[str, Any]:
        return self.sandbox.tencent.call("cam", action, **params)

    def attach(self, holder: tuple[str, str], policy: str, on: bool) -> None:
        kind, name = holder
        verb = "Attach" if on else "Detach"
        field = f"{verb}Uin" if kind == "User" else f"{verb}GroupId"
        self._cam(f"{verb}{kind}Policy", PolicyId=self.ids[policy], **{field: self.ids[name]})

    def join(self, user: str, group: str, on: bool) -> None:
        info = [{"GroupId": self.ids[group], "Uin": self.ids[user]}]
        self._cam("AddUserToGroup" if on else "RemoveUserFromGroup", Info=info)

    def may(self, user: str, read: str) -> bool:
        action, params = self._ACTIONS[read]
        try:
            self.sandbox.tencent.call("cam", action, self.keys[user], **params)
        except TencentCloudSDKException as error:
            assert error.code == "AuthFailure.UnauthorizedOperation"
            return False
        return True


class Permissions(RuleBasedStateMachine):
    """What is attached and who is where, on the cloud and in the model."""

    server: ClassVar[Server]
    kind: ClassVar[type[Cloud]]

    @initialize()
    def begin(self) -> None:
        self.cloud = self.kind(self.server.account())
        self.attached: set[tuple[tuple[str, str], tuple[str, str]]] = set()
        self.members: set[tuple[str, str]] = set()

    @rule(holder=holder, policy=policy)
    def attach_or_detach(self, holder: tuple[str, str], policy: tuple[str, str]) -> None:
        pair = (holder, policy)
        self.cloud.attach(holder, "-".join(policy), on=pair not in self.attached)
        self.attached ^= {pair}

    @rule(user=user, group=group)
    def join_or_leave(self, user: str, group: str) -> None:
        pair = (user, group)
        self.cloud.join(user, group, on=pair not in self.members)
        self.members ^= {pair}

    @rule(user=user)
    def try_everything(self, user: str) -> None:
        holders = {("User", user), *(("Group", group) for name, group in self.members if name == user)}
        effects = {policy for holder, policy in self.attached if holder in holders}
        expected = {read: ("allow", read) in effects and ("deny", read) not in effects for read in READS}
        assert {read: self.cloud.may(user, read) for read in READS} == expected


@pytest.mark.parametrize("kind", [Alibaba, Tencent])
def test_permissions_follow_the_model(sandbox_server: Server, kind: type[Cloud]) -> None:
    Permissions.server, Permissions.kind = sandbox_server, kind
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # Hypothesis leaves it without types
        Permissions,
        settings=settings(
            max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
