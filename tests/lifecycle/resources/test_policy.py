"""The lives of RolePolicy and RolePolicyAttachment, through the SDK's provider host, against the emulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.test_role import strip
from tests.support.host import UNKNOWN, Host, HostError, Thing
from tests.support.sandbox import Sandbox


def document(number: int, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": [f"oss:Get{number}", "oss:Put"], "Resource": "*", **more}
    return {"Version": "1", "Statement": [statement]}


def versions(sandbox: Sandbox, name: str = "reader") -> dict[str, bool]:
    rows = sandbox.call("Ram", "ListPolicyVersions", PolicyType="Custom", PolicyName=name)
    return {row["VersionId"]: row["IsDefaultVersion"] for row in rows["PolicyVersions"]["PolicyVersion"]}


def in_force(sandbox: Sandbox, name: str = "reader") -> Any:
    found = sandbox.call("Ram", "GetPolicy", PolicyType="Custom", PolicyName=name)
    return json.loads(found["DefaultPolicyVersion"]["PolicyDocument"])


def writes(sandbox: Sandbox, since: int) -> list[str]:
    return [call["action"] for call in sandbox.calls(since) if call["write"] and not call["code"]]


def custom(sandbox: Sandbox) -> list[str]:
    rows = sandbox.call("Ram", "ListPolicies", PolicyType="Custom")["Policies"]["Policy"]
    return [row["PolicyName"] for row in rows]


def attached(sandbox: Sandbox, role: str = "web") -> list[str]:
    rows = sandbox.call("Ram", "ListPoliciesForRole", RoleName=role)["Policies"]["Policy"]
    return [row["PolicyName"] for row in rows]


def test_a_whole_life(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    sandbox.make_role("web")
    policy, attachment = Thing("RolePolicy", "reader"), Thing("RolePolicyAttachment", "web-reader")
    declared = {"name": "reader", "document": document(0), "description": "d", "tags": {"team": "a"}}
    mark = sandbox.mark()
    assert host.up(policy, declared) == "create"
    assert (policy.id, policy.outputs["policy_type"], policy.outputs["default_version"]) == ("reader", "Custom", "v1")
    bond = {"role": "web", "policy": "reader", "policy_type": "Custom"}
    assert host.up(attachment, bond) == "create"
    assert attachment.id == "web:reader:Custom"
    assert writes(sandbox, mark) == ["CreatePolicy", "AttachPolicyToRole"]

    mark = sandbox.mark()
    rewritten = {"Statement": [{"Resource": ["*"], "Action": ["oss:Put", "oss:get0"], "Effect": "Allow"}] * 2}
    before = policy.inputs["document"]
    assert host.up(policy, {**declared, "document": json.dumps({**rewritten, "Version": "1"}, indent=4)}) == "same"
    assert policy.inputs["document"] == before
    assert host.up(attachment, bond) == "same"
    assert sandbox.calls(mark) == []

    for number in range(1, 8):
        assert host.up(policy, {**declared, "document": document(number)}) == "update"
        assert len(versions(sandbox)) <= 5
        assert versions(sandbox)[policy.outputs["default_version"]] is True
    assert in_force(sandbox)["Statement"][0]["Action"] == ["oss:Get7", "oss:Put"]
    mark = sandbox.mark()
    assert host.up(policy, {**declared, "document": document(6)}) == "update"
    assert writes(sandbox, mark) == ["SetDefaultPolicyVersion"]
    assert attached(sandbox) == ["reader"]

    for change in ({"role": "db"}, {"policy": "other"}, {"policy_type": "System"}):
        checked = host.check(attachment, {**bond, **change})
        assert host.diff(attachment, checked.inputs).replaces == list(change)

    with pytest.raises(HostError, match="still attached by others: role web"):
        start().delete(policy)
    destroy = start()
    destroy.delete(attachment)
    destroy.delete(attachment)  # gone already is success
    destroy.delete(policy)
    destroy.delete(policy)
    assert custom(sandbox) == []


def test_drift_of_each_class(sandbox: Sandbox, host: Host) -> None:
    sandbox.make_role("web")
    policy, attachment = Thing("RolePolicy", "reader"), Thing("RolePolicyAttachment", "bond")
    declared = {"name": "reader", "document": document(0), "description": "d"}
    host.up(policy, declared)
    host.up(policy, {**declared, "document": document(1)})
    attached = {"role": "web", "policy": "reader", "policy_type": "Custom"}
    host.up(attachment, attached)
    state = (policy.inputs, policy.outputs)
    assert host.read(policy) and (policy.inputs, policy.outputs) == state
    assert host.read(attachment) and attachment.outputs["drift"] == "in_sync"

    sandbox.call("Ram", "SetDefaultPolicyVersion", PolicyName="reader", VersionId="v1")
    assert host.read(policy)
    assert (policy.outputs["drift"], policy.outputs["default_version"]) == ("document_changed", "v1")
    assert "oss:Get0" in policy.inputs["document"]
    assert host.up(policy, {**declared, "document": document(1)}) == "update"
    assert versions(sandbox) == {"v1": False, "v2": True}

    same = json.dumps(document(1), indent=1)
    sandbox.call("Ram", "CreatePolicyVersion", PolicyName="reader", PolicyDocument=same, SetAsDefault="true")
    assert host.read(policy)
    assert (policy.outputs["drift"], policy.outputs["default_version"]) == ("version_changed", "v3")
    mark = sandbox.mark()
    assert host.up(policy, {**declared, "document": document(1)}) == "update"
    assert (policy.outputs["drift"], writes(sandbox, mark)) == ("in_sync", [])  # the same permissions: nothing to do
    assert host.up(policy, {**declared, "document": document(1)}) == "same"

    sandbox.call("Ram", "UpdatePolicyDescription", PolicyName="reader", NewDescription="x")
    assert host.read(policy) and policy.outputs["drift"] == "settings_changed"
    assert host.up(policy, {**declared, "document": document(1)}) == "update"

    sandbox.call("Ram", "DetachPolicyFromRole", PolicyType="Custom", PolicyName="reader", RoleName="web")
    assert host.read(attachment) and attachment.outputs["drift"] == "policy_detached"
    mark = sandbox.mark()
    assert host.up(attachment, attached) == "update"
    assert (attachment.outputs["drift"], writes(sandbox, mark)) == ("in_sync", ["AttachPolicyToRole"])
    sandbox.call("Ram", "DetachPolicyFromRole", PolicyType="Custom", PolicyName="reader", RoleName="web")
    sandbox.call("Ram", "DeletePolicy", PolicyName="reader", CascadingDelete="true")
    assert not host.read(policy)
    assert host.read(attachment) and attachment.outputs["drift"] == "policy_detached"
    sandbox.call("Ram", "DeleteRole", RoleName="web")
    assert not host.read(attachment)


def test_what_a_refresh_took_over_stays_named_until_an_up(sandbox: Sandbox, host: Host) -> None:
    policy, declared = Thing("RolePolicy", "reader"), {"name": "reader", "document": document(0), "description": "d"}
    host.up(policy, declared)
    sandbox.call(
        "Ram", "CreatePolicyVersion", PolicyName="reader", PolicyDocument=json.dumps(document(1)), SetAsDefault="true"
    )
    for _ in range(2):
        assert host.read(policy) and policy.outputs["drift"] == "document_changed"
    sandbox.call("Ram", "UpdatePolicyDescription", PolicyName="reader", NewDescription="x")
    assert host.read(policy) and policy.outputs["drift"] == "document_changed"  # the worse of the two
    adapted = {**declared, "document": document(1), "description": "x"}  # the program follows the cloud
    mark = sandbox.mark()
    assert host.up(policy, adapted) == "update"
    assert (policy.outputs["drift"], writes(sandbox, mark)) == ("in_sync", [])
    assert host.up(policy, adapted) == "same"


def test_adopted_things_are_released_and_own_work_is_finished(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    sandbox.call("Ram", "CreatePolicy", PolicyName="reader", PolicyDocument=json.dumps(document(0)))
    policy = Thing("RolePolicy", "reader")
    with pytest.raises(HostError, match="adopt=True"):
        host.up(policy, {"name": "reader", "document": document(1)})
    assert host.up(policy, {"name": "reader", "document": document(1), "adopt": True}) == "create"
    assert policy.outputs["adopted"] is True and versions(sandbox) == {"v1": False, "v2": True}
    start().delete(policy)
    assert custom(sandbox) == ["reader"]

    tags = {"team": "a", "cost": "1"}
    host.up(Thing("RolePolicy", "own"), {"name": "own", "document": document(0), "description": "d", "tags": tags})
    own = Thing("RolePolicy", "own")
    mark = sandbox.mark()
    assert start().up(own, {"name": "own", "document": document(0), "description": "d", "tags": tags}) == "create"
    assert own.outputs["adopted"] is False and writes(sandbox, mark) == []
    start().delete(own)
    assert custom(sandbox) == ["reader"]


def test_a_policy_whose_mark_was_taken_off_is_marked_again_and_can_be_deleted(
    sandbox: Sandbox, host: Host, start: StartHost
) -> None:
    policy, declared = Thing("RolePolicy", "reader"), {"name": "reader", "document": document(0)}
    host.up(policy, declared)
    strip(sandbox, "policy", "reader")
    own_id = policy.outputs.pop("policy_id")  # the state of an older release has no id
    with pytest.raises(HostError, match=r"no longer carries the mark .*; run a refresh, then up"):
        start().delete(policy)
    assert host.read(policy) and policy.outputs["drift"] == "settings_changed"
    mark = sandbox.mark()
    assert host.up(policy, declared) == "update"
    assert writes(sandbox, mark) == ["TagResources"]
    assert host.read(policy) and host.up(policy, declared) == "same"
    assert policy.outputs["policy_id"] == own_id  # learned by the refresh
    strip(sandbox, "policy", "reader")
    start().delete(policy)  # whose it is, its id tells
    assert custom(sandbox) == []


def test_the_end_of_an_attachment_asks_no_list(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    sandbox.make_role("web")
    bond = Thing("RolePolicyAttachment", "bond")
    host.up(bond, {"role": "web", "policy": "AliyunOSSReadOnlyAccess", "policy_type": "System"})
    only_detach = {"Effect": "Allow", "Action": "ram:DetachPolicyFromRole", "Resource": "*"}
    keys = sandbox.user("detacher", {"Version": "1", "Statement": [only_detach]})
    start(keys).delete(bond)
    assert attached(sandbox) == []


def test_a_raised_quota_takes_an_eleventh_policy(sandbox: Sandbox, host: Host) -> None:
    sandbox.make_role("web")
    for number in range(11):
        text = json.dumps(document(number))
        sandbox.call("Ram", "CreatePolicy", PolicyName=f"p{number}", PolicyDocument=text)
        if number < 10:
            sandbox.call("Ram", "AttachPolicyToRole", PolicyType="Custom", PolicyName=f"p{number}", RoleName="web")
    bond = {"role": "web", "policy": "p10", "policy_type": "Custom"}
    with pytest.raises(HostError, match=r"LimitExceeded\.Role\.Policy"):
        host.up(Thing("RolePolicyAttachment", "bond"), bond)
    sandbox.switch(quota_custom_policies=20)
    assert host.up(Thing("RolePolicyAttachment", "bond"), bond) == "create"


def test_a_list_that_lags_behind_a_detachment_stops_no_delete(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    sandbox.switch(detach_visibility_seconds=2.0)
    role, policy, bond = Thing("InstanceRole", "web"), Thing("RolePolicy", "p"), Thing("RolePolicyAttachment", "bond")
    host.up(role, {"name": "web"})
    host.up(policy, {"name": "p", "document": document(0)})
    host.up(bond, {"role": "web", "policy": "p", "policy_type": "Custom"})
    destroy = start()
    destroy.delete(bond)
    destroy.delete(policy)
    assert custom(sandbox) == []


def test_a_renamed_attachment_stays(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    sandbox.make_role("web")
    bond = {"role": "web", "policy": "AliyunOSSReadOnlyAccess", "policy_type": "System"}
    old, new = Thing("RolePolicyAttachment", "old"), Thing("RolePolicyAttachment", "new")
    host.up(old, bond)
    up = start()
    mark = sandbox.mark()
    assert up.up(new, bond) == "create"
    up.delete(old)
    assert writes(sandbox, mark) == []
    assert attached(sandbox) == ["AliyunOSSReadOnlyAccess"]
    start().delete(new)
    assert attached(sandbox) == []


LOST = ["CreatePolicy", "CreatePolicyVersion", "AttachPolicyToRole", "DetachPolicyFromRole", "DeletePolicy"]


@pytest.mark.parametrize("cut", ["drop_before", "drop_after"])
def test_a_lost_answer_is_resolved_by_looking(sandbox: Sandbox, host: Host, start: StartHost, cut: str) -> None:
    sandbox.make_role("web")
    for action in LOST:
        sandbox.fault(cut, action, times=1)
    policy, attachment = Thing("RolePolicy", "reader"), Thing("RolePolicyAttachment", "bond")
    assert host.up(policy, {"name": "reader", "document": document(0)}) == "create"
    assert host.up(policy, {"name": "reader", "document": document(1)}) == "update"
    assert versions(sandbox) == {"v1": False, "v2": True}
    assert host.up(attachment, {"role": "web", "policy": "reader", "policy_type": "Custom"}) == "create"
    destroy = start()
    destroy.delete(attachment)
    destroy.delete(policy)
    assert custom(sandbox) == []
    seen = {call["action"] for call in sandbox.calls()}
    assert seen >= set(LOST)


def test_what_was_just_made_may_not_be_found_everywhere_at_once(sandbox: Sandbox, host: Host) -> None:
    role, policy, bond = Thing("InstanceRole", "web"), Thing("RolePolicy", "p"), Thing("RolePolicyAttachment", "bond")
    sandbox.fault("code", "GetPolicy", after=1, times=2, code="EntityNotExist.Policy", status=404)
    sandbox.fault("code", "ListPolicyVersions", times=1, code="EntityNotExist.Policy", status=404)
    sandbox.fault("code", "ListPoliciesForRole", times=2, code="EntityNotExist.Role", status=404)
    sandbox.fault("code", "AttachPolicyToRole", times=4, code="EntityNotExist.Policy", status=404)
    host.up(role, {"name": "web"})
    assert host.up(policy, {"name": "p", "document": document(0)}) == "create"
    assert policy.outputs["default_version"] == "v1"
    assert host.up(bond, {"role": "web", "policy": "p", "policy_type": "Custom"}) == "create"
    assert attached(sandbox) == ["p"]


def test_faults_name_role_policy_and_remedy(sandbox: Sandbox, host: Host) -> None:
    bond = {"role": "nobody", "policy": "AliyunOSSReadOnlyAccess", "policy_type": "System"}
    with pytest.raises(HostError, match='"bond": role: role nobody does not exist; declare it as an InstanceRole'):
        host.up(Thing("RolePolicyAttachment", "bond"), bond)
    sandbox.make_role("web")
    with pytest.raises(HostError, match=r"EntityNotExist\.Policy"):
        host.up(Thing("RolePolicyAttachment", "bond"), {**bond, "role": "web", "policy": "none"})
    policy = Thing("RolePolicy", "p")
    for given, phrase in (
        ({"document": document(0, Action="oss Get")}, "document: Statement[0].Action"),
        ({"document": document(0, Principal={})}, "Statement[0].Principal"),
        ({}, "document: is missing"),
        ({"document": document(0, Resource=[f"acs:oss:*:*:b{n}/*" for n in range(600)])}, "allows 6144"),
    ):
        (failure,) = host.check(policy, {"name": "p", **given}).failures
        assert phrase in failure[1]
    for change, prop in (({"policy_type": "Wrong"}, "policy_type"), ({"role": ""}, "role"), ({"policy": 3}, "policy")):
        failures = host.check(Thing("RolePolicyAttachment", "a"), {**bond, **change}).failures
        assert [failure[0] for failure in failures] == [prop]
    checked = host.check(policy, {"name": "p", "document": document(0, Resource=UNKNOWN)})
    assert checked.failures == [] and checked.inputs["document"]["Statement"][0]["Resource"] == UNKNOWN
