"""Twelve edits and three reverts of a policy that a role on an instance has: versions come and go, nothing detaches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lifecycle.resources.test_policy import document, in_force, versions, writes
from tests.support.host import Host, Thing
from tests.support.sandbox import Sandbox

EDITS = range(1, 13)
REVERTS = (11, 9, 10)  # still among the five versions; the last edit's own is in force between them
FORGOTTEN = 3  # pruned long ago


def holding(sandbox: Sandbox, host: Host, cloud: str, first: dict[str, Any], ids: list[str]) -> Thing:
    """A role with a policy, on an instance; the policy."""
    where = {"cloud": cloud}
    policy = Thing("RolePolicy", "reader")
    host.up(Thing("InstanceRole", "web"), {**where, "name": "web"})
    host.up(policy, {**where, "name": "reader", "document": first})
    host.up(
        Thing("RolePolicyAttachment", "bond"), {**where, "role": "web", "policy": "reader", "policy_type": "Custom"}
    )
    host.up(Thing("InstanceRoleBinding", "on"), {**where, "role": "web", "instance_ids": ids})
    return policy


def test_versions_on_alibaba_cloud(sandbox: Sandbox, host: Host) -> None:
    ids = sandbox.make_vpc_instance()
    policy = holding(sandbox, host, "alibaba", document(0), ids)
    before = sandbox.state()
    kept = [0]  # which document each version has, oldest first
    numbers = {0: "v1"}

    def edit(number: int) -> list[str]:
        mark = sandbox.mark()
        assert host.up(policy, {"name": "reader", "document": document(number)}) == "update"
        assert in_force(sandbox)["Statement"][0]["Action"][0] == f"oss:Get{number}"
        assert policy.outputs["default_version"] == next(name for name, on in versions(sandbox).items() if on)
        return writes(sandbox, mark)

    for number in EDITS:
        expected = ["CreatePolicyVersion"]
        if len(kept) == 5:  # the one in force is the newest, so the oldest is not
            del numbers[kept.pop(0)]
            expected = ["DeletePolicyVersion", "CreatePolicyVersion"]
        assert edit(number) == expected, number
        kept.append(number)
        numbers[number] = policy.outputs["default_version"]
        assert list(versions(sandbox)) == [numbers[one] for one in kept]
    assert numbers[12] == "v13"
    for number in REVERTS:
        assert edit(number) == ["SetDefaultPolicyVersion"]
        assert policy.outputs["default_version"] == numbers[number]
        assert list(versions(sandbox)) == [numbers[one] for one in kept]
    # Now an old version is in force, and the oldest of the others makes room: not the one in force.
    assert edit(kept[0]) == ["SetDefaultPolicyVersion"]
    assert edit(FORGOTTEN) == ["DeletePolicyVersion", "CreatePolicyVersion"]
    assert list(versions(sandbox)) == [*(numbers[one] for one in (kept[0], *kept[2:])), "v14"]
    mark = sandbox.mark()
    assert host.up(policy, {"name": "reader", "document": json.dumps(document(FORGOTTEN), indent=2)}) == "same"
    assert sandbox.calls(mark) == []
    after = sandbox.state()
    assert after["attachments"] == before["attachments"] and len(after["attachments"]) == 1
    assert _bindings(after) == _bindings(before) == {ids[0]: "web"}


def test_in_place_on_tencent_cloud(sandbox: Sandbox, host: Host) -> None:
    tencent = sandbox.tencent
    ids = tencent.make_vpc_instance()

    def reading(number: int) -> dict[str, Any]:
        statement = {"effect": "allow", "action": [f"name/cos:Get{number}", "name/cos:Put"], "resource": "*"}
        return {"version": "2.0", "statement": [statement]}

    policy = holding(sandbox, host, "tencent", reading(0), ids)
    before = tencent.state()
    for number in (*EDITS, *REVERTS):
        mark = sandbox.mark()
        declared = {"cloud": "tencent", "name": "reader", "document": reading(number)}
        assert host.up(policy, declared) == "update"
        assert writes(sandbox, mark) == ["UpdatePolicy"]
        assert host.read(policy) and policy.outputs["drift"] == "in_sync"
        found = tencent.call("cam", "GetPolicy", PolicyId=before["policies"][0]["PolicyId"])
        assert f"cos:Get{number}" in found["PolicyDocument"]
    after = tencent.state()
    assert after["attachments"] == before["attachments"] and len(after["attachments"]) == 1
    assert [tencent.instance(one)["CamRoleName"] for one in ids] == ["web"]


def _bindings(state: dict[str, Any]) -> dict[str, str]:
    return {one["InstanceId"]: one.get("RamRoleName", "") for one in state["instances"]}


@pytest.fixture(autouse=True)
def quiet(sandbox: Sandbox) -> Iterator[None]:
    """Nothing detaches or unbinds, whatever else these tests do."""
    yield
    forbidden = {"DetachPolicyFromRole", "DetachInstanceRamRole", "DetachRolePolicy", "DeletePolicy", "DeleteRole"}
    assert not {call["action"] for call in sandbox.calls()} & forbidden
