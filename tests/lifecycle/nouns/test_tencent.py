"""The lives of all nouns on Tencent Cloud, through the SDK's provider host, against the emulator."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lifecycle.nouns.conftest import StartHost
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox
from tests.support.tencent import Tencent

CLOUD = {"cloud": "tencent"}
DOCUMENT: dict[str, Any] = {
    "version": "2.0",
    "statement": [{"effect": "allow", "action": "name/cos:GetObject", "resource": "qcs::cos:::reports/*"}],
}
REWRITTEN: dict[str, Any] = {
    "statement": [{"resource": ["qcs::cos:::reports/*"], "action": ["name/cos:GetObject"], "effect": "allow"}],
    "version": "2.0",
}
WIDER: dict[str, Any] = {
    "version": "2.0",
    "statement": [{"effect": "allow", "action": ["name/cos:GetObject", "name/cos:HeadObject"], "resource": ["*"]}],
}


@pytest.fixture
def tencent(sandbox: Sandbox) -> Tencent:
    return sandbox.tencent


def writes(sandbox: Sandbox, since: int) -> list[str]:
    return [call["action"] for call in sandbox.calls(since) if call["write"]]


def held(tencent: Tencent, ids: list[str]) -> list[str]:
    return [tencent.instance(one)["CamRoleName"] or "" for one in ids]


def test_a_role(sandbox: Sandbox, tencent: Tencent, host: Host, start: StartHost) -> None:
    role = Thing("InstanceRole", "web")
    declared = {**CLOUD, "name": "web", "description": "d", "max_session_duration": 7200, "tags": {"team": "a"}}
    mark = sandbox.mark()
    assert host.up(role, declared) == "create"
    assert writes(sandbox, mark) == ["CreateRole"]
    assert role.outputs["arn"] == f"qcs::cam::uin/{tencent.account_id}:roleName/web"
    assert role.outputs["drift"] == "in_sync" and "cvm.qcloud.com" in role.outputs["trust_policy"]
    mark = sandbox.mark()
    assert host.up(role, declared) == "same"
    assert sandbox.calls(mark) == []
    changed = {**CLOUD, "name": "web", "description": "e", "trusted_services": ["cvm.qcloud.com", "scf.qcloud.com"]}
    assert host.up(role, changed) == "update"
    assert writes(sandbox, mark) == ["UpdateAssumeRolePolicy", "UpdateRoleDescription", "UntagRole"]
    assert start().read(role) and role.outputs["drift"] == "in_sync"
    tencent.call("cam", "UpdateRoleDescription", RoleName="web", Description="by hand")
    assert start().read(role) and role.outputs["drift"] == "settings_changed"
    start().delete(role)
    assert tencent.state()["roles"] == []
    start().delete(role)
    assert not start().read(role)


def test_a_derived_name_and_a_foreign_role(tencent: Tencent, host: Host) -> None:
    role = Thing("InstanceRole", "front end")
    with pytest.raises(HostError, match="adopt=True"):
        tencent.make_role("mine")
        host.up(Thing("InstanceRole", "mine"), {**CLOUD, "name": "mine"})
    assert host.up(role, {**CLOUD, "name": "front_end.v+1=a,b@c"}) == "create"
    with pytest.raises(HostError, match="trust_policy"):
        host.up(Thing("InstanceRole", "bad"), {**CLOUD, "name": "bad", "trust_policy": DOCUMENT})


def test_a_policy(sandbox: Sandbox, tencent: Tencent, host: Host, start: StartHost) -> None:
    policy = Thing("RolePolicy", "read")
    declared = {**CLOUD, "name": "read", "document": DOCUMENT, "description": "Reports"}
    mark = sandbox.mark()
    assert host.up(policy, declared) == "create"
    assert writes(sandbox, mark) == ["CreatePolicy"]
    mark = sandbox.mark()
    assert host.up(policy, {**declared, "document": REWRITTEN}) == "same"
    assert host.up(policy, {**declared, "document": WIDER}) == "update"
    assert writes(sandbox, mark) == ["UpdatePolicy"]
    assert start().read(policy) and policy.outputs["drift"] == "in_sync"
    number = tencent.state()["policies"][0]["PolicyId"]
    by_hand = '{"version":"2.0","statement":[{"effect":"allow","action":["*"],"resource":["*"]}]}'
    tencent.call("cam", "UpdatePolicy", PolicyId=number, PolicyDocument=by_hand)
    assert start().read(policy) and policy.outputs["drift"] == "document_changed"
    assert host.up(policy, {**declared, "document": WIDER}) == "update"
    with pytest.raises(HostError, match="tags"):
        host.up(policy, {**declared, "tags": {"a": "b"}})
    start().delete(policy)
    assert tencent.state()["policies"] == []


@pytest.mark.parametrize(("policy", "kind"), [("read", "Custom"), ("QcloudCOSReadOnlyAccess", "System")])
def test_an_attachment(tencent: Tencent, host: Host, start: StartHost, policy: str, kind: str) -> None:
    tencent.make_role("web")
    tencent.make_policy("read")
    thing = Thing("RolePolicyAttachment", "a")
    assert host.up(thing, {**CLOUD, "role": "web", "policy": policy, "policy_type": kind}) == "create"
    assert thing.id == f"web:{policy}:{kind}"
    (row,) = tencent.state()["attachments"]
    assert (row["PolicyName"], row["Holder"]) == (policy, "web")
    assert start().read(thing)
    start().delete(thing)
    assert tencent.state()["attachments"] == []
    assert start().read(thing) and thing.outputs["drift"] == "policy_detached"
    assert start().up(thing, {**CLOUD, "role": "web", "policy": policy, "policy_type": kind}) == "update"
    assert start().read(thing) and thing.outputs["drift"] == "in_sync"


def test_a_binding(sandbox: Sandbox, tencent: Tencent, host: Host, start: StartHost) -> None:
    for name in ("app", "db"):
        tencent.make_role(name)
    ids = tencent.make_vpc_instance(3)
    binding = Thing("InstanceRoleBinding", "app")
    declared = {**CLOUD, "role": "app", "instance_ids": ids}
    mark = sandbox.mark()
    assert host.up(binding, declared) == "create"
    assert writes(sandbox, mark) == ["ModifyInstancesAttribute"]
    assert held(tencent, ids) == ["app"] * 3
    mark = sandbox.mark()
    assert host.up(binding, declared) == "same"
    assert sandbox.calls(mark) == []
    assert start().up(binding, {**declared, "role": "db"}) == "update"
    assert writes(sandbox, mark) == ["ModifyInstancesAttribute"]
    assert held(tencent, ids) == ["db"] * 3
    assert start().up(binding, {**CLOUD, "role": "db", "instance_ids": ids[:2]}) == "update"
    assert held(tencent, ids) == ["db", "db", ""]

    tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[ids[0]], CamRoleName="app")
    tencent.settle()
    assert start().read(binding) and binding.outputs["drift"] == {ids[0]: "role_swapped"}
    assert start().up(binding, {**CLOUD, "role": "db", "instance_ids": ids[:2]}) == "update"
    assert held(tencent, ids) == ["db", "db", ""]
    start().delete(binding)
    assert held(tencent, ids) == [""] * 3


def test_a_foreign_role_on_an_instance(tencent: Tencent, host: Host) -> None:
    for name in ("app", "db"):
        tencent.make_role(name)
    (one,) = tencent.make_vpc_instance(1)
    tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[one], CamRoleName="db")
    tencent.settle()
    declared = {**CLOUD, "role": "app", "instance_ids": [one]}
    with pytest.raises(HostError, match="on_conflict"):
        host.up(Thing("InstanceRoleBinding", "app"), declared)
    assert held(tencent, [one]) == ["db"]
    assert host.up(Thing("InstanceRoleBinding", "app"), {**declared, "on_conflict": "replace"}) == "create"
    assert held(tencent, [one]) == ["app"]


def test_faults_of_a_binding_are_told_before_anything_changes(tencent: Tencent, host: Host) -> None:
    tencent.make_role("app", ["scf.qcloud.com"])
    (one,) = tencent.make_vpc_instance(1)
    binding = Thing("InstanceRoleBinding", "app")
    with pytest.raises(HostError, match=r"cvm\.qcloud\.com"):
        host.up(binding, {**CLOUD, "role": "app", "instance_ids": [one]})
    tencent.make_role("usable")
    with pytest.raises(HostError, match="ins-zzzzzzzz does not exist"):
        host.up(binding, {**CLOUD, "role": "usable", "instance_ids": ["ins-zzzzzzzz"]})
    with pytest.raises(HostError, match="i-bp1abc"):
        host.up(binding, {**CLOUD, "role": "app", "instance_ids": ["i-bp1abc"]})
    assert held(tencent, [one]) == [""]
