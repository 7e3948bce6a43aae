"""The life of a PassRoleGrant, through the SDK's provider host, against the emulator."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.test_policy import custom, in_force, versions, writes
from tests.lifecycle.resources.test_role import strip
from tests.support.host import UNKNOWN, Host, HostError, Thing
from tests.support.sandbox import Keys, Sandbox

PRINCIPALS = {"user": "ops", "group": "operators", "role": "pipeline"}
LISTS = {"user": "ListPoliciesForUser", "group": "ListPoliciesForGroup", "role": "ListPoliciesForRole"}


def declared(kind: str = "user", roles: tuple[str, ...] = ("web",), **more: Any) -> dict[str, Any]:
    return {"name": "pass-web", kind: PRINCIPALS[kind], "roles": list(roles), **more}


def make_principals(sandbox: Sandbox) -> None:
    sandbox.call("Ram", "CreateUser", UserName="ops")
    sandbox.call("Ram", "CreateGroup", GroupName="operators")
    sandbox.make_role("pipeline", ["fc.aliyuncs.com"])


def given(sandbox: Sandbox, kind: str = "user") -> list[str]:
    params: dict[str, Any] = {f"{kind.capitalize()}Name": PRINCIPALS[kind]}
    return [row["PolicyName"] for row in sandbox.call("Ram", LISTS[kind], **params)["Policies"]["Policy"]]


def attach_as(sandbox: Sandbox, keys: Keys, role: str, instance: str) -> str:
    """The code of giving the role to the instance, and "" for success; the role is taken off again."""
    params: dict[str, Any] = {"RegionId": sandbox.region, "RamRoleName": role, "InstanceIds": json.dumps([instance])}
    try:
        sandbox.call("Ecs", "AttachInstanceRamRole", keys, **params)
    except ServerException as error:
        return str(error.get_error_code())
    sandbox.call("Ecs", "DetachInstanceRamRole", **params)
    return ""


def test_a_whole_life(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    make_principals(sandbox)
    grant, wanted = Thing("PassRoleGrant", "ops"), declared(roles=("web", "db", "web"))
    mark = sandbox.mark()
    assert host.up(grant, wanted) == "create"
    assert writes(sandbox, mark) == ["CreatePolicy", "AttachPolicyToUser"]
    assert (grant.id, given(sandbox)) == ("pass-web", ["pass-web"])
    assert grant.outputs["drift"] == "in_sync" and grant.outputs["default_version"] == "v1"
    roles = [f"acs:ram:*:{sandbox.account_id}:role/{name}" for name in ("db", "web")]
    assert in_force(sandbox, "pass-web") == json.loads(grant.outputs["document"])
    assert in_force(sandbox, "pass-web")["Statement"] == [
        {"Effect": "Allow", "Action": ["ram:PassRole"], "Resource": roles}
    ]

    mark = sandbox.mark()
    assert host.up(grant, declared(roles=("db", "web"))) == "same"
    assert sandbox.calls(mark) == []
    assert host.up(grant, {**wanted, "roles": ["db"], "regions": ["cn-beijing"]}) == "update"
    assert writes(sandbox, mark) == ["CreatePolicyVersion"]
    assert host.up(grant, wanted) == "update"
    assert writes(sandbox, mark) == ["CreatePolicyVersion", "SetDefaultPolicyVersion"]
    assert host.read(grant) and (grant.outputs["drift"], grant.outputs["in_force"]) == ("in_sync", True)
    mark = sandbox.mark()
    assert host.up(grant, {**wanted, "profile": "other"}) == "update"
    assert sandbox.calls(mark) == []

    destroy = start()
    destroy.delete(Thing("PassRoleGrant", "ops", grant.id, {}, {**grant.outputs, "profile": None}))
    assert writes(sandbox, mark) == ["DetachPolicyFromUser", "DeletePolicy"]
    destroy.delete(Thing("PassRoleGrant", "ops", grant.id, {}, {**grant.outputs, "profile": None}))
    assert (custom(sandbox), given(sandbox)) == ([], [])


def test_the_user_may_pass_what_is_granted_where_it_is_granted(sandbox: Sandbox, host: Host) -> None:
    for role in ("web", "db"):
        sandbox.make_role(role)
    one, other = sandbox.make_vpc_instance(2)
    keys = sandbox.user("ops")
    giver = sandbox.user(
        "giver",
        {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:AttachInstanceRamRole", "Resource": "*"}]},
    )
    assert attach_as(sandbox, keys, "web", one) == "Forbidden.RAM"
    assert attach_as(sandbox, giver, "web", one) == "InvalidUser.PassRoleForbidden"
    grant, to_giver = Thing("PassRoleGrant", "ops"), Thing("PassRoleGrant", "giver")
    host.up(grant, declared(instance_ids=[one], regions=[sandbox.region]))
    host.up(to_giver, {"name": "pass-giver", "user": "giver", "roles": ["web"]})
    assert attach_as(sandbox, keys, "web", one) == attach_as(sandbox, giver, "web", other) == ""
    assert attach_as(sandbox, keys, "web", other) == attach_as(sandbox, keys, "db", one) == "Forbidden.RAM"
    assert attach_as(sandbox, giver, "db", one) == "InvalidUser.PassRoleForbidden"
    host.up(grant, declared(instance_ids=[], regions=[sandbox.region]))
    assert attach_as(sandbox, keys, "web", one) == "Forbidden.RAM"
    host.up(grant, declared(regions=[sandbox.region]))
    assert attach_as(sandbox, keys, "web", other) == ""
    host.up(grant, declared(regions=["cn-shanghai" if sandbox.region != "cn-shanghai" else "cn-beijing"]))
    assert attach_as(sandbox, keys, "web", one) == "Forbidden.RAM"


def test_another_principal_replaces_it_and_the_old_one_loses_it(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    make_principals(sandbox)
    old, wanted = Thing("PassRoleGrant", "ops"), {"auto_name": True}
    host.up(old, {**declared(), **wanted})
    for before, after in pairwise(PRINCIPALS):
        up, new = start(), Thing("PassRoleGrant", "ops")
        assert up.up(old, {**declared(after), **wanted}) == "replace"
        mark = sandbox.mark()
        assert up.up(new, {**declared(after), **wanted}) == "create"
        up.delete(old)
        suffix = {"user": "User", "group": "Group", "role": "Role"}
        assert writes(sandbox, mark) == [f"AttachPolicyTo{suffix[after]}", f"DetachPolicyFrom{suffix[before]}"]
        assert given(sandbox, after) == ["pass-web"] and given(sandbox, before) == []
        assert up.read(new) and new.outputs["drift"] == "in_sync"
        old = new
    start().delete(old)
    assert (custom(sandbox), given(sandbox, "role")) == ([], [])


def test_drift_of_each_class_is_put_right(sandbox: Sandbox, host: Host) -> None:
    make_principals(sandbox)
    grant, wanted = Thing("PassRoleGrant", "ops"), declared()
    host.up(grant, wanted)

    wider = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    sandbox.call("Ram", "CreatePolicyVersion", PolicyName="pass-web", PolicyDocument=wider, SetAsDefault="true")
    for _ in range(2):  # a second refresh finds the same
        assert host.read(grant)
        assert (grant.outputs["drift"], grant.outputs["in_force"]) == ("document_changed", False)
    mark = sandbox.mark()
    assert host.up(grant, wanted) == "update"
    assert writes(sandbox, mark) == ["SetDefaultPolicyVersion"]
    assert versions(sandbox, "pass-web") == {"v1": True, "v2": False}

    sandbox.call("Ram", "DetachPolicyFromUser", PolicyType="Custom", PolicyName="pass-web", UserName="ops")
    assert host.read(grant)
    assert (grant.outputs["drift"], grant.outputs["in_force"]) == ("policy_detached", False)
    mark = sandbox.mark()
    assert host.up(grant, wanted) == "update"
    assert writes(sandbox, mark) == ["AttachPolicyToUser"] and given(sandbox) == ["pass-web"]

    strip(sandbox, "policy", "pass-web")
    assert host.read(grant) and (grant.outputs["drift"], grant.outputs["in_force"]) == ("settings_changed", True)
    mark = sandbox.mark()
    assert host.up(grant, wanted) == "update"
    assert writes(sandbox, mark) == ["TagResources"]
    assert host.read(grant) and grant.outputs["drift"] == "in_sync" and host.up(grant, wanted) == "same"

    sandbox.call("Ram", "DetachPolicyFromUser", PolicyType="Custom", PolicyName="pass-web", UserName="ops")
    sandbox.call("Ram", "DeleteUser", UserName="ops")
    assert host.read(grant) and grant.outputs["drift"] == "policy_detached"
    with pytest.raises(HostError, match="user: user ops does not exist; make the user first, or correct the name"):
        host.up(grant, wanted)
    sandbox.call("Ram", "DeletePolicy", PolicyName="pass-web", CascadingDelete="true")
    assert not host.read(grant)


def test_who_may_not_look_finds_nothing_gone(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    make_principals(sandbox)
    grant = Thing("PassRoleGrant", "ops")
    host.up(grant, declared())
    reader = {"Effect": "Allow", "Action": ["ram:GetPolicy", "ram:ListTagResources"], "Resource": "*"}
    keys = sandbox.user("reader", {"Version": "1", "Statement": [reader]})
    with pytest.raises(HostError, match=r"ListPoliciesForUser of user ops.*NoPermission"):
        start(keys).read(grant)


def test_what_others_made_or_use_is_left_alone(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    make_principals(sandbox)
    document = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]})
    sandbox.call("Ram", "CreatePolicy", PolicyName="pass-web", PolicyDocument=document)
    with pytest.raises(HostError, match="exists already and was not made by this stack; choose another name") as error:
        host.up(Thing("PassRoleGrant", "ops"), declared())
    assert "adopt" not in str(error.value)
    assert given(sandbox) == [] and in_force(sandbox, "pass-web") == json.loads(document)

    grant = Thing("PassRoleGrant", "ops")
    host.up(grant, {**declared(), "name": "pass-app"})
    with pytest.raises(
        HostError, match=r'made by the resource "ops" of this stack; add an alias .*, or choose another'
    ):
        host.up(Thing("PassRoleGrant", "renamed"), {**declared(), "name": "pass-app"})
    sandbox.call("Ram", "CreateUser", UserName="friend")
    sandbox.call("Ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName="pass-app", UserName="friend")
    with pytest.raises(HostError, match="still attached by others: user friend"):
        start().delete(grant)
    assert given(sandbox) == ["pass-app"]
    sandbox.call("Ram", "DetachPolicyFromUser", PolicyType="Custom", PolicyName="pass-app", UserName="friend")
    start().delete(grant)
    assert custom(sandbox) == ["pass-web"]


def test_faults_of_the_declaration(sandbox: Sandbox, host: Host) -> None:
    make_principals(sandbox)
    grant = Thing("PassRoleGrant", "ops")
    ids = [f"i-{number:020}" for number in range(200)]
    for change, prop, phrase in (
        ({"user": "root"}, "user", "the account itself may pass every role"),
        ({"user": f"acs:ram::{sandbox.account_id}:root"}, "user", "the account itself may pass every role"),
        ({"user": "acs:ram::1:user/ops"}, "user", "is an ARN; give the name alone, 'ops'"),
        ({"group": "operators"}, "group", "give exactly one of user=, group= and role=, not user and group"),
        ({"user": None}, "user", "not none of them"),
        ({"roles": []}, "roles", "is empty; give names"),
        ({"roles": None}, "roles", "is missing; give names"),
        ({"roles": ["web", "*"]}, "roles", "*: not a role name of this cloud; give names, one by one"),
        ({"roles": ["acs:ram::1:role/web"]}, "roles", "is an ARN; give the name alone, 'web'"),
        ({"roles": ["web", 3.5]}, "roles", "3.5: not a text; give names"),
        ({"roles": "web"}, "roles", "must be a list, not str"),
        ({"instance_ids": ["web-1"]}, "instance_ids", "web-1: not an instance id of this cloud"),
        ({"regions": ["*"]}, "regions", "*: not a region"),
        ({"regions": []}, "regions", "is empty; leave it out for all regions"),
        ({"instance_ids": ids}, "instance_ids", "the cloud allows 6144; give regions in place of instances"),
        ({"name": "with.dot"}, "name", "is not a policy name"),
    ):
        failures = host.check(grant, {**declared(), **change}).failures
        assert [(one[0], phrase in one[1]) for one in failures] == [(prop, True)], (change, failures)
    mark = sandbox.mark()
    with pytest.raises(HostError, match="user: the account itself may pass every role"):
        host.up(grant, {**declared(), "user": sandbox.account_id})
    with pytest.raises(HostError, match="group: group none does not exist; make the group first"):
        host.up(grant, {"name": "pass-web", "group": "none", "roles": ["web"]})
    assert writes(sandbox, mark) == []
    checked = host.check(grant, {**declared(), "roles": [UNKNOWN, "web"], "instance_ids": UNKNOWN})
    assert checked.failures == [] and checked.inputs["roles"] == ["web", UNKNOWN]


LOST = [
    "CreatePolicy",
    "AttachPolicyToUser",
    "CreatePolicyVersion",
    "DetachPolicyFromUser",
    "DeletePolicy",
    "ListPoliciesForUser",
]


def test_a_lost_answer_is_resolved_by_looking(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    make_principals(sandbox)
    for number, cut in enumerate(("drop_before", "drop_after")):
        for action in LOST:
            sandbox.fault(cut, action, times=1)
        mark, grant = sandbox.mark(), Thing("PassRoleGrant", f"ops-{number}")
        wanted = {**declared(), "name": f"pass-{number}"}
        assert host.up(grant, wanted) == "create"
        assert host.up(grant, {**wanted, "roles": ["web", "db"]}) == "update"
        assert versions(sandbox, grant.id) == {"v1": False, "v2": True} and given(sandbox) == [grant.id]
        start().delete(grant)
        assert (custom(sandbox), given(sandbox)) == ([], [])
        assert {call["action"] for call in sandbox.calls(mark)} >= set(LOST)
        sandbox.clear_faults()


def test_a_grant_is_finished_and_a_lagging_list_holds_nothing_up(
    sandbox: Sandbox, host: Host, start: StartHost
) -> None:
    make_principals(sandbox)
    sandbox.switch(detach_visibility_seconds=2.0)
    sandbox.fault("code", "AttachPolicyToUser", times=1, code="InvalidParameter.NotToday", status=400)
    with pytest.raises(HostError, match="NotToday"):
        host.up(Thing("PassRoleGrant", "ops"), declared())
    assert (custom(sandbox), given(sandbox)) == (["pass-web"], [])
    grant = Thing("PassRoleGrant", "ops")
    mark = sandbox.mark()
    assert start().up(grant, declared(roles=("db",))) == "create"
    assert writes(sandbox, mark) == ["CreatePolicyVersion", "AttachPolicyToUser"]
    start().delete(grant)
    assert (custom(sandbox), given(sandbox)) == ([], [])
