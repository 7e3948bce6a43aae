"""Instances and roles against a model of three lines: an instance holds one role or none.

Hypothesis makes up the calls: attaching and detaching one and many, unknown and classic instances among them, roles
that are unknown or do not trust ECS, releasing, and reading in pages. The emulator has to agree with the model after
each of them, whatever the switches say.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.contract.emulator_ecs.conftest import IMAGE, KIND, ZONE
from tests.support.sandbox import Server
from tests.support.typed import Refused, Typed

GOOD_ROLES = ("red", "green", "blue")
UNTRUSTED, UNKNOWN = "for-people", "unknown"
OCCUPIED = "InvalidOperation.InstanceRamRoleExists"
roles = st.sampled_from((*GOOD_ROLES, UNTRUSTED, UNKNOWN))


class Bindings(RuleBasedStateMachine):
    """The emulator and the model, side by side."""

    server: Server
    instances = Bundle("instances")

    @initialize(
        occupied=st.sampled_from(["request", "item"]),
        reattach=st.sampled_from(["error", "ok"]),
        mismatch=st.sampled_from(["error", "item", "ok"]),
        mixed=st.sampled_from(["request", "item"]),
    )
    def account(self, occupied: str, reattach: str, mismatch: str, mixed: str) -> None:
        sandbox = self.server.account()
        self.occupied, self.reattach, self.mismatch, self.mixed = occupied, reattach, mismatch, mixed
        sandbox.switch(
            settle_seconds=0.0,
            occupied_level=occupied,
            reattach_same=reattach,
            detach_mismatch=mismatch,
            mixed_batch=mixed,
        )
        self.api = Typed(sandbox)
        for name in GOOD_ROLES:
            sandbox.make_role(name)
        sandbox.make_role(UNTRUSTED, services=["fc.aliyuncs.com"])
        vpc = self.api.vpc("CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"]
        self.vswitch = self.api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.0.0/20")["VSwitchId"]
        self.group = self.api.ecs("CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
        self.held: dict[str, str] = {}
        self.classic: set[str] = set()

    # -- the model ---------------------------------------------------------------------------------------------
    def bad(self, one: str) -> str | None:
        if one in self.classic:
            return "InvalidNetworkType.MismatchRamRole"
        return None if one in self.held else "InvalidInstanceId.NotFound"

    def expect(self, ids: list[str], problem: Any) -> dict[str, str] | str:
        """Each id's code ("200": done), or the code of the whole request."""
        wrong = [code for one in ids if (code := self.bad(one))]
        if wrong and (self.mixed == "request" or len(wrong) == len(ids)):
            return wrong[0]
        outcome = {}
        for one in ids:
            code, whole = (self.bad(one), False) if self.bad(one) else problem(one)
            if whole:
                return str(code)
            outcome[one] = code or "200"
        return outcome

    def run_it(self, action: str, verb: str, ids: list[str], **fields: Any) -> dict[str, str] | str:
        try:
            answer = self.api.ecs(action, InstanceIds=json.dumps(ids), **fields)
        except Refused as error:
            return error.code
        rows = answer[f"{verb}InstanceRamRoleResults"][f"{verb}InstanceRamRoleResult"]
        assert answer["TotalCount"] == len(rows)
        assert answer["FailCount"] == sum(1 for row in rows if not row["Success"])
        assert all(row["Success"] == (row["Code"] == "200") for row in rows)
        return {row["InstanceId"]: row["Code"] for row in rows}

    # -- what may happen ---------------------------------------------------------------------------------------
    @rule(target=instances, role=st.none() | st.sampled_from(GOOD_ROLES), count=st.integers(1, 4))
    def run_instances(self, role: str | None, count: int) -> Any:
        chosen = {"RamRoleName": role} if role else {}
        made = self.api.ecs(
            "RunInstances",
            ImageId=IMAGE,
            InstanceType=KIND,
            VSwitchId=self.vswitch,
            SecurityGroupId=self.group,
            Amount=count,
            **chosen,
        )["InstanceIdSets"]["InstanceIdSet"]
        self.held |= dict.fromkeys(made, role or "")
        return multiple(*made)

    @rule(target=instances)
    def run_classic(self) -> str:
        made = self.api.ecs("RunInstances", ImageId=IMAGE, InstanceType=KIND)["InstanceIdSets"]["InstanceIdSet"]
        self.classic.add(made[0])
        return str(made[0])

    @rule(one=consumes(instances))
    def release(self, one: str) -> None:
        self.api.ecs("DeleteInstance", InstanceId=one, Force=True)
        self.held.pop(one, None)
        self.classic.discard(one)

    @rule(role=roles, ids=st.lists(instances | st.just("i-unknown"), min_size=1, max_size=6, unique=True))
    def attach(self, role: str, ids: list[str]) -> None:
        def problem(one: str) -> tuple[str | None, bool]:
            holds = self.held[one]
            if not holds or (holds == role and self.reattach == "ok"):
                return None, False
            return OCCUPIED, self.occupied == "request"

        if role == UNKNOWN:
            expected: dict[str, str] | str = "InvalidRamRole.NotFound"
        elif role == UNTRUSTED:
            expected = "InvalidRamRole.NotEcsRole"
        else:
            expected = self.expect(ids, problem)
        assert self.run_it("AttachInstanceRamRole", "Attach", ids, RamRoleName=role) == expected
        if isinstance(expected, dict):
            self.held |= {one: role for one, code in expected.items() if code == "200"}

    @rule(
        role=st.none() | st.sampled_from(GOOD_ROLES),
        ids=st.lists(instances | st.just("i-unknown"), min_size=1, max_size=6, unique=True),
    )
    def detach(self, role: str | None, ids: list[str]) -> None:
        def problem(one: str) -> tuple[str | None, bool]:
            holds = self.held[one]
            if (holds and role in (None, holds)) or self.mismatch == "ok":
                return None, False
            return "InvalidRamRole.NotFound", self.mismatch == "error"

        expected = self.expect(ids, problem)
        named = {"RamRoleName": role} if role else {}
        assert self.run_it("DetachInstanceRamRole", "Detach", ids, **named) == expected
        if isinstance(expected, dict):
            for one, code in expected.items():
                if code == "200" and role in (None, self.held[one]):
                    self.held[one] = ""

    @rule(role=st.sampled_from(GOOD_ROLES), size=st.integers(1, 4))
    def read_by_role(self, role: str, size: int) -> None:
        found: list[str] = []
        number = 1
        while True:
            page = self.api.ecs("DescribeInstanceRamRole", RamRoleName=role, PageSize=size, PageNumber=number)
            rows = page["InstanceRamRoleSets"]["InstanceRamRoleSet"]
            if not rows:
                break
            assert {row["RamRoleName"] for row in rows} == {role}
            found += [row["InstanceId"] for row in rows]
            number += 1
        assert sorted(found) == sorted(one for one, holds in self.held.items() if holds == role)
        assert len(found) == page["TotalCount"]

    @invariant()
    def agree(self) -> None:
        ids = list(getattr(self, "held", {}))[:50]
        if ids:
            answer = self.api.ecs("DescribeInstanceRamRole", InstanceIds=json.dumps(ids), PageSize=50)
            rows = answer["InstanceRamRoleSets"]["InstanceRamRoleSet"]
            assert {row["InstanceId"]: row["RamRoleName"] for row in rows} == {
                one: self.held[one] for one in ids if self.held[one]
            }


@pytest.mark.timeout(120)
def test_the_emulator_agrees_with_the_model(sandbox_server: Server) -> None:
    machine = type("BindingsHere", (Bindings,), {"server": sandbox_server})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # Hypothesis leaves it without types
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
