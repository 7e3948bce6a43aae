"""Any sequence of binding, replacing, unbinding, launching and destroying, against a model, through the SDK."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.support.sandbox import Server
from tests.support.tencent import Tencent

ROLES = ("web", "batch", "functions")  # the last one does not trust CVM
UNTRUSTED = "AuthFailure.CamRoleNameAuthenticateFailed"
which = st.lists(st.integers(0, 3), min_size=1, max_size=4)


class Bindings(RuleBasedStateMachine):
    """Up to four instances; what each holds is remembered beside what the cloud says."""

    server: ClassVar[Server]

    @initialize()
    def begin(self) -> None:
        self.tencent: Tencent = self.server.account().tencent
        self.vpc = self.tencent.make_vpc()
        self.roles: set[str] = set()
        for name in ROLES:
            self.make_role(name)
        self.ids = self.tencent.make_vpc_instance(2, self.vpc)
        self.held = dict.fromkeys(self.ids, "")

    def make_role(self, name: str) -> None:
        self.tencent.make_role(name, ["scf.qcloud.com" if name == "functions" else "cvm.qcloud.com"])
        self.roles.add(name)

    def some(self, numbers: Sequence[int]) -> list[str]:
        return [self.ids[number % len(self.ids)] for number in numbers]

    @rule(numbers=which, role=st.sampled_from((*ROLES, "")))
    def modify(self, numbers: list[int], role: str) -> None:
        ids = self.some(numbers)
        expected = ""
        if role and (role not in self.roles or role == "functions"):
            expected = UNTRUSTED
        elif not all(one in self.held for one in ids):
            expected = "InvalidInstanceId.NotFound"
        params: dict[str, Any] = {"InstanceIds": ids, "CamRoleName": role}
        if expected:
            assert self.tencent.code("cvm", "ModifyInstancesAttribute", **params) == expected
            return
        self.tencent.call("cvm", "ModifyInstancesAttribute", **params)
        self.tencent.settle()
        self.held.update(dict.fromkeys(ids, role))

    @rule(number=st.integers(0, 3))
    def terminate(self, number: int) -> None:
        (one,) = self.some([number])
        if one in self.held:
            self.tencent.call("cvm", "TerminateInstances", InstanceIds=[one])
            self.tencent.settle()
            del self.held[one]
        else:
            code = self.tencent.code("cvm", "TerminateInstances", InstanceIds=[one])
            assert code == "InvalidInstanceId.NotFound"

    @rule(role=st.sampled_from(("", "web")))
    def launch(self, role: str) -> None:
        if len(self.ids) < 4 and (not role or role in self.roles):
            (one,) = self.tencent.make_vpc_instance(1, self.vpc, **({"CamRoleName": role} if role else {}))
            self.ids.append(one)
            self.held[one] = role

    @rule(role=st.sampled_from(ROLES))
    def toggle_role(self, role: str) -> None:
        """Instances keep the name of a role that is deleted."""
        if role in self.roles:
            self.tencent.call("cam", "DeleteRole", RoleName=role)
            self.roles.remove(role)
        else:
            self.make_role(role)

    @invariant()
    def the_cloud_agrees(self) -> None:
        if not hasattr(self, "held"):
            return
        found = self.tencent.call("cvm", "DescribeInstances", InstanceIds=self.ids)["InstanceSet"]
        assert {one["InstanceId"]: one["CamRoleName"] for one in found} == self.held
        assert all(one["LatestOperationState"] == "SUCCESS" for one in found)


def test_bindings_follow_the_model(sandbox_server: Server) -> None:
    Bindings.server = sandbox_server
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # Hypothesis leaves it without types
        Bindings,
        settings=settings(
            max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
