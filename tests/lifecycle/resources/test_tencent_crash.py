"""Tencent Cloud when something breaks or belongs to others: told exactly, put back, and converging at the next up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.test_binding import MOVES, in_order
from tests.lifecycle.resources.test_tencent import CLOUD, DOCUMENT, WIDER, held, writes
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox, wait_for
from tests.support.tencent import Tencent


@pytest.fixture
def tencent(sandbox: Sandbox) -> Tencent:
    return sandbox.tencent


@pytest.fixture
def ids(tencent: Tencent) -> list[str]:
    """Three instances; the roles app and db."""
    for name in ("app", "db"):
        tencent.make_role(name)
    return sorted(tencent.make_vpc_instance(3))


def binding(role: str, ids: list[str], **more: Any) -> dict[str, Any]:
    return {**CLOUD, "role": role, "instance_ids": ids, **more}


def give(tencent: Tencent, role: str, *ids: str) -> None:
    tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=list(ids), CamRoleName=role)
    tencent.settle()


ATTACHED = {**CLOUD, "role": "app", "policy": "QcloudCOSReadOnlyAccess", "policy_type": "System"}
LIVES: dict[str, tuple[str, dict[str, Any]]] = {
    "InstanceRole": ("CreateRole", {**CLOUD, "name": "mine", "console_login": False}),
    "RolePolicy": ("CreatePolicy", {**CLOUD, "name": "mine", "document": DOCUMENT}),
    "RolePolicyAttachment": ("AttachRolePolicy", ATTACHED),
    "InstanceRoleBinding": ("ModifyInstancesAttribute", {**CLOUD, "role": "app"}),
}


def of(kind: str, ids: list[str]) -> dict[str, Any]:
    wanted = LIVES[kind][1]
    return {**wanted, "instance_ids": ids} if kind == "InstanceRoleBinding" else wanted


@pytest.mark.parametrize("cut", ["drop_before", "drop_after"])
def test_a_lost_answer_is_resolved_by_looking(
    sandbox: Sandbox, tencent: Tencent, ids: list[str], start: StartHost, cut: str
) -> None:
    up, things = start(), {kind: Thing(kind, "mine") for kind in LIVES}
    for kind, thing in things.items():
        sandbox.fault(cut, LIVES[kind][0])
        assert up.up(thing, of(kind, ids)) == "create"
        assert thing.outputs.get("adopted", False) is False
    assert held(tencent, ids) == ["app"] * 3
    for action in ("ModifyInstancesAttribute", "DetachRolePolicy", "DeletePolicy", "DeleteRole"):
        sandbox.fault(cut, action)
    destroy = start()
    for thing in reversed(things.values()):
        destroy.delete(thing)
        seen = destroy.read(thing)
        assert (thing.outputs["drift"] == "policy_detached") if thing.kind == "RolePolicyAttachment" else True
        assert seen == (thing.kind in ("InstanceRoleBinding", "RolePolicyAttachment"))
    assert held(tencent, ids) == [""] * 3
    assert sum(1 for call in sandbox.calls() if call["fault"] == cut) == 8


@pytest.mark.parametrize("kind", ["RolePolicy", "InstanceRoleBinding"])
def test_a_host_killed_in_the_middle_of_a_create(
    sandbox: Sandbox, tencent: Tencent, ids: list[str], start: StartHost, kind: str
) -> None:
    host, thing = start(), Thing(kind, "mine")
    inputs = host.check(thing, of(kind, ids)).inputs
    mark = sandbox.mark()
    thread, _ = host.in_background(host.create, thing, inputs)
    wait_for(lambda: any(call["action"] == LIVES[kind][0] for call in sandbox.calls(mark)))
    host.kill()  # the work is done in the cloud, and no state knows of it
    thread.join(timeout=10)
    again = Thing(kind, "mine")
    assert start().up(again, of(kind, ids)) == "create"
    assert again.outputs.get("adopted", False) is False
    start().delete(again)
    assert held(tencent, ids) == [""] * 3


def test_what_cannot_be_completed_is_put_back(sandbox: Sandbox, tencent: Tencent, ids: list[str], host: Host) -> None:
    # A batch of three that is taken apart is five calls; the last one is carried out.
    sandbox.fault("code", "ModifyInstancesAttribute", code="InvalidParameterValue.NotToday", times=4)
    with pytest.raises(HostError, match=r"2 instances failed: .*NotToday") as error:
        host.up(Thing("InstanceRoleBinding", "b"), binding("app", ids))
    text = str(error.value).strip()
    assert "put back as they were" in text and len(text.splitlines()) == 1
    assert held(tencent, ids) == [""] * 3
    assert host.up(Thing("InstanceRoleBinding", "b"), binding("app", ids)) == "create"
    assert held(tencent, ids) == ["app"] * 3


def test_an_operation_that_fails_is_told_by_instance(
    sandbox: Sandbox, tencent: Tencent, ids: list[str], start: StartHost
) -> None:
    thing = Thing("InstanceRoleBinding", "b")
    start().up(thing, binding("app", ids))
    sandbox.switch(cvm_operation_outcome="FAILED")
    with pytest.raises(HostError, match=r"3 instances failed: .*OperationFailed") as error:
        start().up(thing, binding("db", ids))
    assert all(one in str(error.value) for one in ids)
    assert held(tencent, ids) == ["app"] * 3
    sandbox.switch(cvm_operation_outcome="SUCCESS")
    assert start().up(thing, binding("db", ids)) == "update"
    assert held(tencent, ids) == ["db"] * 3


def test_the_deadline_of_a_binding_is_the_users(
    sandbox: Sandbox, tencent: Tencent, ids: list[str], start: StartHost
) -> None:
    sandbox.switch(cvm_operation_seconds=600)
    host, thing = start(config={"instance-role:bindTimeout": "0.5"}), Thing("InstanceRoleBinding", "b")
    mark = sandbox.mark()
    with pytest.raises(HostError, match=r"accepted the change 0\.5 s ago and does not show it"):
        host.up(thing, binding("app", ids))
    assert writes(sandbox, mark) == ["ModifyInstancesAttribute"]  # to ask again would collide with it
    sandbox.advance(600)
    assert start().up(thing, binding("app", ids)) == "create"
    assert writes(sandbox, mark) == ["ModifyInstancesAttribute"]
    assert held(tencent, ids) == ["app"] * 3


def test_an_instance_moves_between_bindings_in_either_order(
    tencent: Tencent, ids: list[str], host: Host, start: StartHost
) -> None:
    one, two, three = ids
    for (given_role, taken_role), order in MOVES[:2]:
        things = {name: Thing("InstanceRoleBinding", name) for name in ("giver", "taker")}
        host.up(things["giver"], binding(given_role, [one, two]))
        host.up(things["taker"], binding(taken_role, [three]))
        wanted = {"giver": binding(given_role, [one]), "taker": binding(taken_role, [two, three])}
        up = start()
        in_order(up, order, things, wanted)
        assert held(tencent, ids) == [given_role, taken_role, taken_role], order
        up.stop()
        give(tencent, "", *ids)


def test_adopted_things_are_released(sandbox: Sandbox, tencent: Tencent, host: Host, start: StartHost) -> None:
    tencent.make_role("web", ["scf.qcloud.com"], Tags=[{"Key": "theirs", "Value": "x"}])
    tencent.make_policy("read")
    role, policy = Thing("InstanceRole", "web"), Thing("RolePolicy", "read")
    wanted = {**CLOUD, "name": "web", "description": "d"}
    with pytest.raises(HostError, match=r"exists already and was not made by this stack; .*adopt=True"):
        host.up(role, wanted)
    assert host.up(role, {**wanted, "adopt": True}) == "create"
    assert host.up(policy, {**CLOUD, "name": "read", "document": DOCUMENT, "adopt": True}) == "create"
    assert role.outputs["adopted"] is policy.outputs["adopted"] is True
    found = tencent.call("cam", "GetRole", RoleName="web")["RoleInfo"]
    assert "cvm.qcloud.com" in found["PolicyDocument"] and found["Description"] == "d"
    assert found["Tags"] == [{"Key": "theirs", "Value": "x"}]
    mark = sandbox.mark()
    start().delete(policy)
    start().delete(role)
    assert sandbox.calls(mark) == []
    assert len(tencent.state()["roles"]) == len(tencent.state()["policies"]) == 1


def test_a_policy_whose_mark_was_taken_off_is_marked_again(tencent: Tencent, host: Host, start: StartHost) -> None:
    policy, declared = Thing("RolePolicy", "read"), {**CLOUD, "name": "read", "document": WIDER, "description": "d"}
    host.up(policy, declared)
    (made,) = tencent.state()["policies"]
    tencent.call("cam", "UpdatePolicy", PolicyId=made["PolicyId"], Description="d")
    own_id = policy.outputs.pop("policy_id")  # the state of an older release has no id
    with pytest.raises(HostError, match=r"no longer carries the mark .*; run a refresh, then up"):
        start().delete(policy)
    assert host.read(policy) and policy.outputs["drift"] == "settings_changed"
    assert host.up(policy, declared) == "update"
    assert host.read(policy) and host.up(policy, declared) == "same"
    assert policy.outputs["policy_id"] == own_id == str(made["PolicyId"])  # learned by the refresh
    tencent.call("cam", "UpdatePolicy", PolicyId=made["PolicyId"], Description="d")
    start().delete(policy)  # whose it is, its id tells
    assert tencent.state()["policies"] == []


def test_a_role_in_use_stays_unless_forced(
    sandbox: Sandbox, tencent: Tencent, ids: list[str], host: Host, start: StartHost
) -> None:
    role, declared = Thing("InstanceRole", "web"), {**CLOUD, "name": "web"}
    host.up(role, declared)
    tencent.call("cam", "AttachRolePolicy", PolicyId=1, AttachRoleName="web")
    give(tencent, "web", ids[1])
    with pytest.raises(HostError) as error:
        start().delete(role)
    assert "AdministratorAccess (System)" in str(error.value) and ids[1] in str(error.value)
    mark = sandbox.mark()
    assert host.up(role, {**declared, "force_detach": True}) == "update"
    assert writes(sandbox, mark) == []
    start().delete(role)
    assert [one["RoleName"] for one in tencent.state()["roles"]] == ["app", "db"]
    assert held(tencent, ids) == [""] * 3
