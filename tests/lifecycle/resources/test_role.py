"""The life of an InstanceRole, through the SDK's provider host, against the emulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.support.host import UNKNOWN, Host, HostError, Thing
from tests.support.sandbox import Sandbox

DECLARED: dict[str, Any] = {"name": "web", "description": "d", "max_session_duration": 7200, "tags": {"team": "a"}}
FC_TRUST = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["fc.aliyuncs.com"]}}],
}

RAM_ONLY = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ram:*", "Resource": "*"}]}
ECS_ONLY = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]}


def live(sandbox: Sandbox, name: str = "web") -> dict[str, Any]:
    found: dict[str, Any] = sandbox.call("Ram", "GetRole", RoleName=name)["Role"]
    return found


def exists(sandbox: Sandbox, name: str = "web") -> bool:
    return any(role["RoleName"] == name for role in sandbox.call("Ram", "ListRoles")["Roles"]["Role"])


def writes(sandbox: Sandbox, since: int) -> list[str]:
    return [call["action"] for call in sandbox.calls(since) if call["write"] and not call["code"]]


def test_what_is_deleted_before_a_replacement_is_told_to_a_preview(host: Host, start: StartHost) -> None:
    """As the engine asks: check, diff, and of what is replaced once more a check as of a create."""
    role = Thing("InstanceRole", "web")
    host.up(role, DECLARED)
    adopted = Thing("InstanceRole", "theirs", "web", role.inputs, {**role.outputs, "adopted": True})
    old = {"cloud": "alibaba", "name": "web", "force_detach": False}
    other_cloud = {"cloud": "tencent", "region": "ap-guangzhou"}
    preview = start()
    for thing, change, first, replaces, told in (
        (role, {"description": "e"}, True, [], None),
        (role, {"name": "app"}, True, ["name"], old),
        (role, other_cloud, True, ["cloud"], old),
        (role, {"name": "app"}, None, ["name"], None),  # the option is not set
        (adopted, {"name": "app"}, True, ["name"], None),  # it is only let go
    ):
        news = {**DECLARED, **change, "ended_first": first}
        checked = preview.check(thing, news)
        assert preview.diff(thing, checked.inputs).replaces == replaces and "ended_first" not in checked.inputs
        assert preview.check(thing, news, olds={}).inputs.get("ended_first") == told, change


def test_a_whole_life(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    role = Thing("InstanceRole", "web")
    mark = sandbox.mark()
    assert host.up(role, DECLARED) == "create"
    assert writes(sandbox, mark) == ["CreateRole"]
    assert role.id == "web"
    assert role.outputs["arn"].lower() == f"acs:ram::{sandbox.account_id}:role/web"
    assert role.outputs["role_id"] == live(sandbox)["RoleId"]
    assert (role.outputs["adopted"], role.outputs["drift"]) == (False, "in_sync")

    mark = sandbox.mark()
    assert host.up(role, DECLARED) == "same"
    rewritten = {**DECLARED, "trust_policy": json.dumps(json.loads(role.inputs["trust_policy"]), indent=2)}
    assert host.up(role, rewritten) == "same"
    assert host.up(role, {**DECLARED, "profile": "other", "region": sandbox.region}) == "update"
    assert role.outputs["profile"] == "other" and role.outputs["arn"]
    assert host.up(role, DECLARED) == "update"
    assert sandbox.calls(mark) == []

    changed = {"name": "web", "description": "e", "trusted_services": ["ecs.aliyuncs.com", "fc.aliyuncs.com"]}
    assert host.up(role, changed) == "update"
    assert writes(sandbox, mark) == ["UpdateRole", "UntagResources"]
    assert live(sandbox)["Description"] == "e"
    assert live(sandbox)["MaxSessionDuration"] == 3600  # no longer declared: what it is by default
    assert "fc.aliyuncs.com" in live(sandbox)["AssumeRolePolicyDocument"]
    assert role.outputs["role_id"] == live(sandbox)["RoleId"]

    assert host.up(role, {**changed, "name": "other"}) == "replace"

    start().delete(role)
    assert not exists(sandbox)
    start().delete(role)  # gone already is success


def test_read_is_the_live_picture(sandbox: Sandbox, host: Host) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, DECLARED)
    inputs, outputs = role.inputs, role.outputs
    assert host.read(role)
    assert (role.inputs, role.outputs) == (inputs, outputs)

    sandbox.call(
        "Ram", "UpdateRole", RoleName="web", NewAssumeRolePolicyDocument=json.dumps(FC_TRUST), NewDescription="x"
    )
    assert host.read(role)
    assert role.outputs["drift"] == "trust_changed"
    assert "fc.aliyuncs.com" in role.inputs["trust_policy"] and role.inputs["description"] == "x"
    assert host.read(role) and role.outputs["drift"] == "trust_changed"  # until an up
    assert host.up(role, DECLARED) == "update"
    assert live(sandbox)["Description"] == "d"
    assert role.outputs["drift"] == "in_sync"

    sandbox.call("Ram", "UpdateRole", RoleName="web", NewMaxSessionDuration=3600)
    assert host.read(role)
    assert (role.outputs["drift"], role.outputs["max_session_duration"]) == ("settings_changed", 3600)

    sandbox.call("Ram", "DeleteRole", RoleName="web")
    assert not host.read(role)


def test_console_login(sandbox: Sandbox, host: Host) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, {"name": "web", "console_login": True})
    assert live(sandbox)["AllowConsoleLogin"] is True
    sandbox.call("Ram", "UpdateRole", RoleName="web", NewAllowConsoleLogin="false")
    assert host.read(role) and (role.outputs["drift"], role.outputs["console_login"]) == ("settings_changed", False)
    assert host.up(role, {"name": "web", "console_login": True}) == "update"
    assert live(sandbox)["AllowConsoleLogin"] is True
    mark = sandbox.mark()
    assert host.up(role, {"name": "web"}) == "update"  # left out: as it is
    assert writes(sandbox, mark) == [] and live(sandbox)["AllowConsoleLogin"] is True
    (failure,) = host.check(role, {"name": "web", "console_login": "yes"}).failures
    assert failure[0] == "console_login" and "True or False" in failure[1]


def test_console_login_where_the_cloud_does_not_tell(sandbox: Sandbox, host: Host) -> None:
    """What was asked for stays in the state: nothing differs, and a lost answer is still known as our own."""
    sandbox.switch(role_console_login_shown=False)
    role, declared = Thing("InstanceRole", "web"), {"name": "web", "console_login": True}
    sandbox.fault("drop_after", "CreateRole")
    assert host.up(role, declared) == "create"
    assert host.read(role)
    assert (role.outputs["drift"], role.outputs["console_login"]) == ("in_sync", True)
    assert host.up(role, declared) == "same"
    assert host.up(role, {**declared, "console_login": False}) == "update"
    sandbox.switch(role_console_login_shown=True)
    assert live(sandbox)["AllowConsoleLogin"] is False


def test_what_the_cloud_does_not_answer_is_not_gone(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, DECLARED)
    reader = sandbox.user("reader", ECS_ONLY)
    with pytest.raises(HostError) as denied:
        start(reader).read(role)
    text = str(denied.value).strip()
    assert "NoPermission" in text and text.startswith('InstanceRoleError: InstanceRole "web": ')
    assert len(text.splitlines()) == 1
    sandbox.fault("code", "GetRole", times=None, code="NeverHeardOf", status=400)
    with pytest.raises(HostError, match="NeverHeardOf"):
        host.read(role)


def test_create_finishes_what_an_interrupted_one_left(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    host.up(Thing("InstanceRole", "web"), DECLARED)
    mark = sandbox.mark()
    again = Thing("InstanceRole", "web")
    assert start().up(again, DECLARED) == "create"
    assert writes(sandbox, mark) == []
    assert again.outputs["adopted"] is False
    start().delete(again)
    assert not exists(sandbox)


def tags_of(sandbox: Sandbox, kind: str, name: str) -> dict[str, str]:
    found = sandbox.call("Ram", "ListTagResources", ResourceType=kind, ResourceNames=json.dumps([name]))
    return {one["TagKey"]: one["TagValue"] for one in found["TagResources"]}


def strip(sandbox: Sandbox, kind: str, name: str) -> None:
    keys = json.dumps(["instance-role:project", "instance-role:stack", "instance-role:resource"])
    sandbox.call("Ram", "UntagResources", ResourceType=kind, ResourceNames=json.dumps([name]), TagKeys=keys)


def test_a_role_whose_mark_was_taken_off_is_marked_again(sandbox: Sandbox, host: Host) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, DECLARED)
    strip(sandbox, "role", "web")
    assert host.read(role) and role.outputs["drift"] == "settings_changed"
    mark = sandbox.mark()
    assert host.up(role, DECLARED) == "update"
    assert writes(sandbox, mark) == ["TagResources"]
    assert role.outputs["drift"] == "in_sync" and host.up(role, DECLARED) == "same"


def test_adopt(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    sandbox.make_role("web", ["fc.aliyuncs.com"])
    role = Thing("InstanceRole", "web")
    with pytest.raises(HostError, match=r"exists already and was not made by this stack; .*adopt=True"):
        host.up(role, DECLARED)
    assert host.up(role, {**DECLARED, "adopt": True}) == "create"
    assert role.outputs["adopted"] is True
    assert "ecs.aliyuncs.com" in live(sandbox)["AssumeRolePolicyDocument"]
    assert tags_of(sandbox, "role", "web") == {"team": "a"}
    renamed = Thing("InstanceRole", "renamed")
    up = start()
    assert up.up(renamed, {**DECLARED, "adopt": True}) == "create"
    up.delete(role)
    assert exists(sandbox)
    mark = sandbox.mark()
    start().delete(renamed)
    assert sandbox.calls(mark) == []
    assert exists(sandbox)


def test_a_role_of_this_stack_changes_hands(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    old, new = Thing("InstanceRole", "old"), Thing("InstanceRole", "new")
    host.up(old, DECLARED)
    with pytest.raises(HostError, match='made by the resource "old" of this stack; add an alias'):
        host.up(new, {"name": "web"})
    up = start()
    up.up(new, {"name": "web", "adopt": True, "tags": {"cost": "1"}})
    assert new.outputs["adopted"] is False
    marks = {f"instance-role:{key}": value for key, value in new.inputs["owner"].items()}
    assert tags_of(sandbox, "role", "web") == {"cost": "1", **marks}  # what only the old one declared went with it
    assert live(sandbox)["Description"] == ""
    up.delete(old)
    start().delete(old)  # not even without a claim: it carries another owner's name now
    assert exists(sandbox)
    start().delete(new)
    assert not exists(sandbox)


def test_a_forced_replacement_under_the_same_name_ends_with_a_role(
    sandbox: Sandbox, host: Host, start: StartHost
) -> None:
    old, new = Thing("InstanceRole", "web"), Thing("InstanceRole", "web")
    host.up(old, DECLARED)
    up = start()
    assert up.up(new, DECLARED) == "create"  # the engine makes the new one first, and finds the old one's role
    up.delete(old)
    assert exists(sandbox)
    start().delete(new)
    assert not exists(sandbox)


def test_a_role_in_use_stays_unless_forced(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, DECLARED)
    (instance,) = sandbox.make_vpc_instance()
    sandbox.call("Ram", "AttachPolicyToRole", PolicyType="System", PolicyName="AliyunOSSReadOnlyAccess", RoleName="web")
    sandbox.call(
        "Ecs", "AttachInstanceRamRole", RegionId=sandbox.region, RamRoleName="web", InstanceIds=json.dumps([instance])
    )
    with pytest.raises(HostError, match=rf"AliyunOSSReadOnlyAccess \(System\).*{instance}.*force_detach=True"):
        start().delete(role)
    assert exists(sandbox)

    mark = sandbox.mark()
    assert host.up(role, {**DECLARED, "force_detach": True}) == "update"
    assert sandbox.calls(mark) == []  # a flag that only a delete reads
    start().delete(role)
    assert not exists(sandbox)


def test_who_cannot_see_the_instances_cannot_end_the_role_they_hold(
    sandbox: Sandbox, host: Host, start: StartHost
) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, DECLARED)
    (instance,) = sandbox.make_vpc_instance()
    sandbox.call(
        "Ecs", "AttachInstanceRamRole", RegionId=sandbox.region, RamRoleName="web", InstanceIds=json.dumps([instance])
    )
    keys = sandbox.user("ram-only", RAM_ONLY)
    with pytest.raises(HostError, match=r"may not see which instances hold role web; .*force_detach=True"):
        start(keys).delete(role)
    assert exists(sandbox)
    host.up(role, {**DECLARED, "force_detach": True})
    start(keys).delete(role)
    assert not exists(sandbox)


def test_a_role_of_the_same_name_made_by_others_is_not_ours(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, DECLARED)
    sandbox.call("Ram", "DeleteRole", RoleName="web")
    sandbox.make_role("web")
    start().delete(role)
    assert exists(sandbox)
    with pytest.raises(HostError, match="made again by somebody else"):
        host.up(role, {**DECLARED, "description": "new"})
    assert not host.read(role)  # the one of the state is gone, and that is proved


@pytest.mark.parametrize("cut", ["drop_before", "drop_after", "garbage", "empty"])
@pytest.mark.parametrize("action", ["CreateRole", "GetRole"])
def test_a_lost_answer_is_resolved_by_looking(sandbox: Sandbox, host: Host, cut: str, action: str) -> None:
    sandbox.fault(cut, action, times=1)
    role = Thing("InstanceRole", "web")
    assert host.up(role, DECLARED) == "create"
    assert role.outputs["adopted"] is False
    assert role.outputs["role_id"] == live(sandbox)["RoleId"]


def test_a_new_role_may_not_be_shown_at_once(sandbox: Sandbox, host: Host) -> None:
    sandbox.fault("code", "GetRole", times=2, code="EntityNotExist.Role", status=404)
    role = Thing("InstanceRole", "web")
    assert host.up(role, DECLARED) == "create"
    assert role.outputs["role_id"] == live(sandbox)["RoleId"]


def test_roles_of_one_name_in_two_components_are_two(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    web, db = Thing("InstanceRole", "acme:Site$acme:Web::role"), Thing("InstanceRole", "acme:Site$acme:Db::role")
    host.up(web, DECLARED)
    with pytest.raises(HostError, match="adopt=True"):
        host.up(db, DECLARED)
    mark = sandbox.mark()
    web.name = "acme:Web::role"  # moved to another parent, under an alias
    assert start().up(web, DECLARED) == "update"
    assert writes(sandbox, mark) == ["TagResources"]
    assert host.up(web, DECLARED) == "same"


def test_a_derived_name_is_kept(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, {"name": "proj-dev-web-1234567", "auto_name": True})
    role.name = "renamed"  # an alias: the old inputs are at hand
    assert host.up(role, {"name": "proj-dev-renamed-7654321", "auto_name": True}) == "update"
    assert role.outputs["name"] == "proj-dev-web-1234567"
    assert host.check(role, {"name": "chosen", "auto_name": False}).inputs["name"] == "chosen"
    replaced = host.check(role, {"name": "proj-dev-renamed-7654321", "auto_name": True}, olds={})
    assert replaced.inputs["name"] == "proj-dev-renamed-7654321"
    start().delete(role)
    assert not exists(sandbox, "proj-dev-web-1234567")


FAULTY: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "under_score"}, "name", "'_'"),
    ({"name": "a" * 65}, "name", "allows 64"),
    ({"name": ""}, "name", "is missing"),
    ({"max_session_duration": 60}, "max_session_duration", "3600 to 43200"),
    ({"max_session_duration": 3600.5}, "max_session_duration", "whole seconds"),
    ({"description": "x" * 1025}, "description", "allows 1024"),
    ({"tags": {"instance-role:stack": "x"}}, "tags", "marks the owner"),
    ({"tags": {str(n): "x" for n in range(18)}}, "tags", "17 fit"),
    ({"tags": {"a": 1}}, "tags", "must be a text"),
    ({"tags": {"k" * 129: "v"}}, "tags", "too long"),
    ({"trust_policy": "{"}, "trust_policy", "JSON"),
    ({"trust_policy": {"Version": "2", "Statement": []}}, "trust_policy", 'must be the text "1"'),
    ({"trusted_services": []}, "trusted_services", "list of service names"),
    ({"trusted_services": ["a.b"], "trust_policy": FC_TRUST}, "trusted_services", "one of them"),
    ({"adopt": "yes"}, "adopt", "True or False"),
    ({"cloud": "azure"}, "cloud", "'alibaba'"),
    ({"cloud": ""}, "cloud", "is missing"),
]


def test_a_users_mistake_names_the_property_and_the_remedy(host: Host) -> None:
    for change, prop, phrase in FAULTY:
        checked = host.check(Thing("InstanceRole", "web"), {**DECLARED, **change})
        found = [(name or reason.split(":")[0], reason) for name, reason in checked.failures]
        assert {name for name, _ in found} == {prop}, (change, found)
        assert phrase in found[0][1], found
    secret = {**DECLARED, "trust_policy": "s3cret", "description": "s3cret" * 200, "tags": {"a": "s3cret" * 50}}
    failures = host.check(Thing("InstanceRole", "web"), secret).failures
    assert len(failures) == 3 and all(prop == "" and "s3cret" not in reason for prop, reason in failures)


def test_no_word_of_what_may_be_secret_is_in_a_check_failure(host: Host) -> None:
    """A host is told the values without being told which of them are secret."""
    statement = {"Effect": "s3cret", "Action": "s3cret", "s3cret": 1, "Principal": {"s3cret": ["s3cret"]}}
    documents = ({"Version": "s3cret", "Statement": [statement]}, {"s3cret": 1}, '{"s3cret": 1, "s3cret": 2}')
    for document in documents:
        role = host.check(Thing("InstanceRole", "web"), {**DECLARED, "trust_policy": document}).failures
        policy = host.check(Thing("RolePolicy", "p"), {"name": "p", "document": document}).failures
        assert role and policy
        assert not [reason for prop, reason in (*role, *policy) if prop or "s3cret" in reason]
    tags = {"instance-role:s3cret": "s3cret", "s3cret": 1, "s3cret" * 60: "a"}
    failures = host.check(Thing("InstanceRole", "web"), {**DECLARED, "tags": tags}).failures
    assert len(failures) == 3 and not [reason for prop, reason in failures if prop or "s3cret" in reason]


def test_what_is_unknown_at_preview_passes_and_counts_as_changed(host: Host) -> None:
    role = Thing("InstanceRole", "web")
    checked = host.check(role, {"name": UNKNOWN, "trusted_services": [UNKNOWN], "tags": {"a": UNKNOWN}})
    assert checked.failures == []
    assert (checked.inputs["name"], checked.inputs["trust_policy"]) == (UNKNOWN, UNKNOWN)
    host.up(role, DECLARED)
    assert host.diff(role, {**role.inputs, "description": UNKNOWN}).changes is True
    assert host.diff(role, {**role.inputs, "name": UNKNOWN}).replaces == ["name"]
