"""The lives of all resources on Tencent Cloud, through the SDK's provider host, against the emulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

import pulumi_instance_role as ir
from tests.lifecycle.resources.conftest import StartHost
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
    return [call["action"] for call in sandbox.calls(since) if call["write"] and not call["code"]]


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


def test_console_login(sandbox: Sandbox, tencent: Tencent, host: Host) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, {**CLOUD, "name": "web", "console_login": False})
    tencent.call("cam", "UpdateRoleConsoleLogin", RoleName="web", ConsoleLogin=1)
    assert host.read(role) and (role.outputs["drift"], role.outputs["console_login"]) == ("settings_changed", True)
    mark = sandbox.mark()
    assert host.up(role, {**CLOUD, "name": "web", "console_login": False}) == "update"
    assert writes(sandbox, mark) == ["UpdateRoleConsoleLogin"]
    assert tencent.call("cam", "GetRole", RoleName="web")["RoleInfo"]["ConsoleLogin"] == 0


def test_a_document_that_the_cloud_writes_in_a_way_of_its_own(sandbox: Sandbox, tencent: Tencent, host: Host) -> None:
    sandbox.switch(cam_document_form="rewritten")
    principal = {"service": ["cvm.qcloud.com"], "qcs": [f"qcs::cam::uin/{tencent.account_id}:root"]}
    statement = {"effect": "allow", "action": "name/sts:AssumeRole", "principal": principal}
    declared = {**CLOUD, "name": "web", "trust_policy": {"version": "2.0", "statement": [statement]}}
    role = Thing("InstanceRole", "web")
    assert host.up(role, declared) == "create"
    assert host.up(role, declared) == "same"
    assert host.up(role, {**declared, "description": "d"}) == "update"
    found = tencent.call("cam", "GetRole", RoleName="web")["RoleInfo"]
    assert found["Description"] == "d" and f":uin/{tencent.account_id}" in found["PolicyDocument"]
    assert host.read(role) and role.outputs["drift"] == "trust_changed"


def test_documents_that_a_program_builds(tencent: Tencent, host: Host) -> None:
    trust = ir.trust_document(["cvm.qcloud.com", "scf.qcloud.com"], cloud="tencent")
    role = Thing("InstanceRole", "web")
    assert host.up(role, {**CLOUD, "name": "web", "trust_policy": trust}) == "create"
    document = ir.policy_document(ir.allow("name/cos:GetObject", on="qcs::cos:::reports/*", cloud="tencent"))
    policy = Thing("RolePolicy", "read")
    assert host.up(policy, {**CLOUD, "name": "read", "document": document}) == "create"
    assert host.up(policy, {**CLOUD, "name": "read", "document": DOCUMENT}) == "same"
    foreign = ir.policy_document(ir.allow("oss:GetObject", on="acs:oss:*:*:reports/*"))
    refused = [reason for _, reason in host.check(policy, {**CLOUD, "name": "read", "document": foreign}).failures]
    assert sorted(refused) == [
        f'document: {key}: is not known to Tencent Cloud, it is how Alibaba Cloud spells it; write "{key.lower()}"'
        for key in ("Statement", "Version")
    ]


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


def test_two_hundred_and_fifty_instances(sandbox: Sandbox, tencent: Tencent, host: Host, start: StartHost) -> None:
    for name in ("app", "db"):
        tencent.make_role(name)
    vpc = tencent.make_vpc()
    ids = [one for count in (100, 100, 50) for one in tencent.make_vpc_instance(count, vpc)]
    binding = Thing("InstanceRoleBinding", "app")
    declared = {**CLOUD, "role": "app", "instance_ids": ids}

    def batches(since: int) -> list[int]:
        sent = [call for call in sandbox.calls(since) if call["action"] == "ModifyInstancesAttribute"]
        return sorted(len(json.loads(call["params"]["InstanceIds"])) for call in sent)

    mark = sandbox.mark()
    assert host.up(binding, declared) == "create"
    assert batches(mark) == [50, 100, 100]
    mark = sandbox.mark()
    assert start().up(binding, {**declared, "role": "db"}) == "update"
    assert batches(mark) == [50, 100, 100]
    mark = sandbox.mark()
    start().delete(binding)
    assert batches(mark) == [50, 100, 100]
    assert {one["CamRoleName"] or "" for one in tencent.state()["instances"]} == {""}


@pytest.mark.parametrize("service", ["cvm.qcloud.com", "cvm.cloud.tencent.com"])
def test_a_service_linked_role(tencent: Tencent, host: Host, service: str) -> None:
    tencent.call("cam", "CreateServiceLinkedRole", QCSServiceName=[service])
    (name,) = (role["RoleName"] for role in tencent.state()["roles"])
    (one,) = tencent.make_vpc_instance(1)
    binding = Thing("InstanceRoleBinding", "app")
    assert host.up(binding, {**CLOUD, "role": name, "instance_ids": [one]}) == "create"
    assert held(tencent, [one]) == [name]
    with pytest.raises(HostError, match="service-linked role, which the cloud manages"):
        host.up(Thing("InstanceRole", "mine"), {**CLOUD, "name": name, "adopt": True})


def test_a_grant(sandbox: Sandbox, tencent: Tencent, host: Host, start: StartHost) -> None:
    group = tencent.call("cam", "CreateGroup", GroupName="ops")["GroupId"]
    grant = Thing("PassRoleGrant", "g")
    declared = {**CLOUD, "name": "pass_web", "group": "ops", "roles": ["web"], "regions": [tencent.region]}
    mark = sandbox.mark()
    assert host.up(grant, declared) == "create"
    assert writes(sandbox, mark) == ["CreatePolicy", "AttachGroupPolicy"]
    web = f"qcs::cam::uin/{tencent.account_id}:roleName/web"
    assert web in grant.outputs["document"] and "cvm:ModifyInstancesAttribute" in grant.outputs["document"]
    mark = sandbox.mark()
    assert host.up(grant, declared) == "same" and sandbox.calls(mark) == []
    assert host.up(grant, {**declared, "roles": ["web", "db"]}) == "update"
    assert writes(sandbox, mark) == ["UpdatePolicy"]
    assert host.read(grant) and (grant.outputs["drift"], grant.outputs["in_force"]) == ("in_sync", True)

    (row,) = [row for row in tencent.state()["policies"] if row["PolicyName"] == "pass_web"]
    by_hand = '{"version":"2.0","statement":[{"effect":"allow","action":["*"],"resource":["*"]}]}'
    tencent.call("cam", "UpdatePolicy", PolicyId=row["PolicyId"], PolicyDocument=by_hand)
    assert host.read(grant) and grant.outputs["drift"] == "document_changed"
    tencent.call("cam", "DetachGroupPolicy", PolicyId=row["PolicyId"], DetachGroupId=group)
    assert host.read(grant) and (grant.outputs["drift"], grant.outputs["in_force"]) == ("policy_detached", False)
    mark = sandbox.mark()
    assert host.up(grant, {**declared, "roles": ["web", "db"]}) == "update"
    assert writes(sandbox, mark) == ["UpdatePolicy", "AttachGroupPolicy"]
    start().delete(grant)
    assert writes(sandbox, mark)[2:] == ["DetachGroupPolicy", "DeletePolicy"]
    assert tencent.state()["policies"] == tencent.state()["attachments"] == []


def test_whom_a_grant_names_in_vain(sandbox: Sandbox, tencent: Tencent, host: Host) -> None:
    mark = sandbox.mark()
    for given, phrase in (
        ({"user": "nobody"}, "user: user nobody does not exist"),
        ({"group": "nobody"}, "group: group nobody does not exist"),
        ({"role": "nobody"}, "role: role nobody does not exist"),
        ({"user": tencent.account_id}, "user: the account itself may pass every role"),
    ):
        with pytest.raises(HostError, match=phrase):
            host.up(Thing("PassRoleGrant", "g"), {**CLOUD, **given, "name": "pass_web", "roles": ["web"]})
    assert writes(sandbox, mark) == []


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
