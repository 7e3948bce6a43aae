"""The life of an InstanceRoleBinding, through the SDK's provider host, against the emulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.support.host import UNKNOWN, Host, HostError, Thing
from tests.support.sandbox import Sandbox, Server

WRITES = ("AttachInstanceRamRole", "DetachInstanceRamRole")


def held(sandbox: Sandbox, ids: list[str]) -> dict[str, str | None]:
    found = dict.fromkeys(ids)
    for start in range(0, len(ids), 50):
        rows = sandbox.call(
            "Ecs",
            "DescribeInstanceRamRole",
            RegionId=sandbox.region,
            InstanceIds=json.dumps(ids[start : start + 50]),
            PageSize=50,
        )
        for row in rows["InstanceRamRoleSets"]["InstanceRamRoleSet"]:
            found[row["InstanceId"]] = row["RamRoleName"] or None
    return found


def attach(sandbox: Sandbox, role: str, *ids: str) -> None:
    listed = json.dumps(ids)
    sandbox.call("Ecs", "AttachInstanceRamRole", RegionId=sandbox.region, RamRoleName=role, InstanceIds=listed)


def detach(sandbox: Sandbox, role: str, *ids: str) -> None:
    listed = json.dumps(ids)
    sandbox.call("Ecs", "DetachInstanceRamRole", RegionId=sandbox.region, RamRoleName=role, InstanceIds=listed)


def release(sandbox: Sandbox, *ids: str) -> None:
    for one in ids:
        sandbox.call("Ecs", "DeleteInstance", InstanceId=one, Force="true")
    sandbox.advance(60)


def changes(sandbox: Sandbox, since: int) -> list[tuple[str, list[str]]]:
    return [
        (call["action"], sorted(json.loads(call["params"]["InstanceIds"])))
        for call in sandbox.calls(since)
        if call["action"] in WRITES
    ]


@pytest.fixture
def ids(sandbox: Sandbox) -> list[str]:
    """Three instances; the roles app and db."""
    sandbox.make_role("app")
    sandbox.make_role("db")
    return sorted(sandbox.make_vpc_instance(3))


def declared(role: str, ids: list[str] | str, **more: Any) -> dict[str, Any]:
    return {"role": role, "instance_ids": ids, **more}


def test_a_role_of_the_same_update_may_not_be_shown_at_once(sandbox: Sandbox, host: Host) -> None:
    ids = sandbox.make_vpc_instance()
    host.up(Thing("InstanceRole", "app"), {"name": "app"})
    sandbox.fault("code", "GetRole", times=3, code="EntityNotExist.Role", status=404)
    assert host.up(Thing("InstanceRoleBinding", "b"), declared("app", ids)) == "create"
    assert held(sandbox, ids) == dict.fromkeys(ids, "app")


def test_a_whole_life(sandbox: Sandbox, ids: list[str], host: Host, start: StartHost) -> None:
    one, two, three = ids
    binding = Thing("InstanceRoleBinding", "app")
    mark = sandbox.mark()
    assert host.up(binding, declared("app", [two, one, two])) == "create"
    assert changes(sandbox, mark) == [("AttachInstanceRamRole", [one, two])]
    assert binding.outputs["instance_ids"] == [one, two]
    assert binding.outputs["roles"] == {one: "app", two: "app"}
    assert binding.outputs["region"] == sandbox.region
    assert not any(each in binding.id for each in ids)

    mark = sandbox.mark()
    assert host.up(binding, declared("app", [one, two])) == "same"
    assert sandbox.calls(mark) == []
    assert host.up(binding, declared("app", [one, two], on_conflict="replace")) == "update"
    assert sandbox.calls(mark) == []

    assert start().up(binding, declared("app", [two, three])) == "update"
    assert sorted(changes(sandbox, mark)) == [("AttachInstanceRamRole", [three]), ("DetachInstanceRamRole", [one])]
    assert held(sandbox, ids) == {one: None, two: "app", three: "app"}

    mark = sandbox.mark()
    assert start().up(binding, declared("db", [three, one])) == "update"
    assert held(sandbox, ids) == {one: "db", two: None, three: "db"}
    assert ("DetachInstanceRamRole", [three]) in changes(sandbox, mark)

    other = next(region for region in ("cn-beijing", "cn-shanghai") if region != sandbox.region)
    last = start()
    assert last.up(binding, declared("db", [], region=other)) == "replace"
    assert last.up(binding, declared("db", [])) == "update"
    assert held(sandbox, ids) == dict.fromkeys(ids)
    assert last.read(binding)
    assert last.up(binding, declared("db", ids)) == "update"
    start().delete(binding)
    assert held(sandbox, ids) == dict.fromkeys(ids)
    start().delete(binding)


def test_drift_of_each_class_is_shown_and_put_right(sandbox: Sandbox, host: Host) -> None:
    for role in ("app", "db"):
        sandbox.make_role(role)
    ids = sorted(sandbox.make_vpc_instance(4))
    swapped, unbound, gone, fine = ids
    binding = Thing("InstanceRoleBinding", "app")
    host.up(binding, declared("app", ids))
    state = (binding.inputs, binding.outputs)
    assert host.read(binding) and (binding.inputs, binding.outputs) == state

    detach(sandbox, "app", swapped, unbound)
    attach(sandbox, "db", swapped)
    release(sandbox, gone)
    assert host.read(binding)
    assert binding.outputs["drift"] == {swapped: "role_swapped", unbound: "unbound", gone: "instance_gone"}
    assert binding.outputs["instance_ids"] == binding.inputs["instance_ids"] == sorted([swapped, unbound, fine])
    assert binding.outputs["roles"] == binding.inputs["roles"] == {swapped: "db", fine: "app"}
    before = binding.outputs
    assert host.read(binding) and binding.outputs == before  # what left the list stays named until an up

    with pytest.raises(HostError, match=f"instance {gone} does not exist in region "):
        host.up(binding, declared("app", ids))
    left = [swapped, unbound, fine]
    assert host.up(binding, declared("app", left)) == "update"
    assert held(sandbox, left) == dict.fromkeys(left, "app")
    assert binding.outputs["drift"] == {}
    release(sandbox, *left)
    assert not host.read(binding)


def test_a_reader_without_permission_ends_nothing(
    sandbox: Sandbox, ids: list[str], host: Host, start: StartHost
) -> None:
    binding = Thing("InstanceRoleBinding", "app")
    host.up(binding, declared("app", ids))
    before = dict(binding.outputs)
    allow_ram = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ram:*", "Resource": "*"}]}
    with pytest.raises(HostError, match=r"Forbidden\.RAM"):
        start(sandbox.user("reader", allow_ram)).read(binding)
    assert binding.outputs == before


def test_a_first_binding_needs_no_proof_that_nothing_is_held(
    sandbox: Sandbox, ids: list[str], host: Host, start: StartHost
) -> None:
    sandbox.switch(describe_unknown_id="empty", describe_unknown_role="empty")
    binding = Thing("InstanceRoleBinding", "app")
    assert host.up(binding, declared("app", ids[:2])) == "create"
    assert held(sandbox, ids) == {ids[0]: "app", ids[1]: "app", ids[2]: None}
    assert start().up(binding, declared("app", ids[1:])) == "update"
    assert held(sandbox, ids) == {ids[0]: None, ids[1]: "app", ids[2]: "app"}
    detach(sandbox, "app", *ids[1:])
    state = dict(binding.outputs)
    for refused in (start().read, start().delete):
        with pytest.raises(HostError, match="DescribeInstanceRamRole"):
            refused(binding)
    with pytest.raises(HostError, match="DescribeInstanceRamRole"):
        start().up(binding, declared("app", ids[1:2]))  # what is no longer declared would be forgotten
    assert binding.outputs == state
    attach(sandbox, "db", ids[0])
    blind = sandbox.user("blind", {"Version": "1", "Statement": _NEARLY_ALL})
    with pytest.raises(HostError, match="1 instance failed"):
        start(blind).up(Thing("InstanceRoleBinding", "other"), declared("app", ids[:1]))
    assert held(sandbox, ids[:1]) == {ids[0]: "db"}


def test_a_reader_who_is_let_through_sees_that_nothing_is_held(
    sandbox: Sandbox, ids: list[str], host: Host, start: StartHost
) -> None:
    sandbox.switch(describe_unknown_id="empty")
    binding, role = Thing("InstanceRoleBinding", "app"), Thing("InstanceRole", "spare")
    host.up(binding, declared("app", ids[:2]))
    host.up(role, {"name": "spare"})
    detach(sandbox, "app", *ids[:2])
    blind = sandbox.user("blind", {"Version": "1", "Statement": _NEARLY_ALL})
    state = dict(binding.outputs)
    with pytest.raises(HostError, match="DescribeInstanceRamRole"):
        start(blind).read(binding)
    assert binding.outputs == state
    with pytest.raises(HostError, match="may not see which instances hold role spare"):
        start(blind).delete(role)
    assert start().read(binding) and binding.outputs["drift"] == dict.fromkeys(ids[:2], "unbound")
    start().delete(binding)
    start().delete(role)
    assert [one["RoleName"] for one in sandbox.state()["roles"]] == ["app", "db"]


_NEARLY_ALL = [
    {"Effect": "Allow", "Action": ["ecs:*", "ram:*"], "Resource": "*"},
    {"Effect": "Deny", "Action": "ecs:DescribeInstanceRamRole", "Resource": "*"},
]


def test_conflicts_and_other_faults_come_before_any_write(
    sandbox: Sandbox, ids: list[str], host: Host, start: StartHost
) -> None:
    one, two, three = ids
    sandbox.make_role("untrusting", ["fc.aliyuncs.com"])
    attach(sandbox, "db", one)
    release(sandbox, three)
    mark = sandbox.mark()
    with pytest.raises(HostError) as error:
        host.up(Thing("InstanceRoleBinding", "app"), declared("app", ids))
    text = str(error.value)
    assert f'instance {one} holds the role "db", which no live binding of this stack is known to have put there' in text
    assert 'on_conflict="replace"' in text and f"{three} does not exist" in text
    for role, phrase in (("nobody", "role nobody does not exist"), ("untrusting", "does not let ecs.aliyuncs.com")):
        with pytest.raises(HostError, match=phrase):
            host.up(Thing("InstanceRoleBinding", "app"), declared(role, [two]))
    assert changes(sandbox, mark) == []
    wanted = declared("app", [one], on_conflict="replace")
    assert start().up(Thing("InstanceRoleBinding", "app"), wanted) == "create"
    assert held(sandbox, [one]) == {one: "app"}


def test_an_instance_of_two_live_bindings_is_refused(sandbox: Sandbox, ids: list[str], host: Host) -> None:
    first, second = Thing("InstanceRoleBinding", "first"), Thing("InstanceRoleBinding", "second")
    wanted = host.check(first, declared("app", ids[:2])).inputs
    host.check(second, declared("app", ids[1:]))
    with pytest.raises(HostError, match=f'{ids[1]} is also declared in the binding "second"'):
        host.create(first, wanted)


def test_a_renamed_binding_stays_bound(sandbox: Sandbox, ids: list[str], host: Host, start: StartHost) -> None:
    old, new = Thing("InstanceRoleBinding", "old"), Thing("InstanceRoleBinding", "new")
    host.up(old, declared("app", ids))
    up = start()
    mark = sandbox.mark()
    assert up.up(new, declared("app", ids)) == "create"
    up.delete(old)
    assert changes(sandbox, mark) == []
    assert held(sandbox, ids) == dict.fromkeys(ids, "app")
    start().delete(new)
    assert held(sandbox, ids) == dict.fromkeys(ids)


@pytest.fixture
def abroad(sandbox_server: Server) -> Sandbox:
    """Another account."""
    return sandbox_server.account()


@pytest.fixture
def spelt(sandbox: Sandbox, abroad: Sandbox, tmp_path: Path) -> dict[str, str]:
    """Configuration with the profiles old and new, of this account, and abroad, of the other."""
    profiles = [
        {
            "name": name,
            "mode": "AK",
            "access_key_id": account.access_key_id,
            "access_key_secret": account.access_key_secret,
            "region_id": sandbox.region,
        }
        for name, account in (("old", sandbox), ("new", sandbox), ("abroad", abroad))
    ]
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"current": "old", "profiles": profiles}))
    return {"alicloud:sharedCredentialsFile": str(file)}


def test_an_instance_in_two_bindings_is_refused_however_the_account_is_spelt(
    sandbox: Sandbox, ids: list[str], start: StartHost, spelt: dict[str, str]
) -> None:
    up = start(config=spelt)
    things = {profile: Thing("InstanceRoleBinding", profile) for profile in ("old", "new", "abroad")}
    checked = {
        name: up.check(thing, declared("app" if name == "old" else "db", ids[:1], profile=name)).inputs
        for name, thing in things.items()
    }
    mark = sandbox.mark()
    with pytest.raises(HostError, match='is also declared in the binding "new"'):
        up.create(things["old"], checked["old"])
    with pytest.raises(HostError, match='is also declared in the binding "old"'):
        up.create(things["new"], checked["new"])
    with pytest.raises(HostError) as error:
        up.create(things["abroad"], checked["abroad"])
    assert "also declared" not in str(error.value)  # it is another account's affair, where there is no such instance
    assert changes(sandbox, mark) == []


def test_an_end_tells_accounts_apart_however_they_are_spelt(
    sandbox: Sandbox, abroad: Sandbox, ids: list[str], start: StartHost, spelt: dict[str, str]
) -> None:
    config = spelt
    old, theirs = Thing("InstanceRoleBinding", "old"), Thing("InstanceRole", "theirs")
    first = start(config=config)
    first.up(old, declared("app", ids, profile="old"))
    first.up(theirs, {"name": "shared", "profile": "abroad"})

    up = start(config=config)
    assert up.up(Thing("InstanceRoleBinding", "new"), declared("app", ids, profile="new")) == "create"
    assert up.up(Thing("InstanceRole", "ours"), {"name": "shared", "profile": "new"}) == "create"
    up.delete(old)
    up.delete(theirs)
    assert held(sandbox, ids) == dict.fromkeys(ids, "app")
    assert "shared" not in json.dumps(abroad.state()["roles"])
    assert "shared" in json.dumps(sandbox.state()["roles"])


MOVES = [
    (("app", "db"), "check giver, check taker, update giver, update taker"),
    (("app", "db"), "check giver, check taker, update taker, update giver"),
    (("app", "app"), "check giver, check taker, update taker, update giver"),
    (("app", "app"), "check giver, update giver, check taker, update taker"),
    (("app", "app"), "check taker, update taker, check giver, update giver"),
]


def in_order(host: Host, order: str, things: dict[str, Thing], wanted: dict[str, dict[str, Any]]) -> None:
    """Check and update things in the order of one of ``MOVES``."""
    checked: dict[str, Any] = {}
    for step, name in (step.split() for step in order.split(", ")):
        if step == "check":
            checked[name] = host.check(things[name], wanted[name]).inputs
        else:
            host.update(things[name], checked[name])


def test_an_instance_moves_between_bindings_in_either_order(
    sandbox: Sandbox, ids: list[str], host: Host, start: StartHost
) -> None:
    one, two, three = ids
    for (given_role, taken_role), order in MOVES:
        things = {name: Thing("InstanceRoleBinding", name) for name in ("giver", "taker")}
        host.up(things["giver"], declared(given_role, [one, two]))
        host.up(things["taker"], declared(taken_role, [three]))
        wanted = {"giver": declared(given_role, [one]), "taker": declared(taken_role, [two, three])}
        up = start()
        in_order(up, order, things, wanted)
        assert held(sandbox, ids) == {one: given_role, two: taken_role, three: taken_role}, order
        up.stop()
        for role in {given_role, taken_role}:
            detach(sandbox, role, *(each for each, now in held(sandbox, ids).items() if now == role))


def test_a_role_of_this_stack_may_move_without_the_other_bindings_check(
    sandbox: Sandbox, host: Host, start: StartHost
) -> None:
    (one,) = sandbox.make_vpc_instance()
    for role in ("app", "db"):
        host.up(Thing("InstanceRole", role), {"name": role})
    old, new = Thing("InstanceRoleBinding", "old"), Thing("InstanceRoleBinding", "new")
    host.up(old, declared("app", [one]))
    up = start()
    assert up.up(new, declared("db", [one])) == "create"
    up.delete(old)
    assert held(sandbox, [one]) == {one: "db"}


FAULTY: list[tuple[dict[str, Any], str, str]] = [
    ({"role": ""}, "role", "is missing"),
    ({"instance_ids": None}, "instance_ids", "is missing"),
    ({"instance_ids": "i-1"}, "instance_ids", "must be a list"),
    ({"instance_ids": ["i-1", "vm-2", 3]}, "instance_ids", "vm-2: not an instance id of this cloud"),
    ({"instance_ids": ["i-1", "vm-2", 3]}, "instance_ids", "3: not a text"),
    ({"on_conflict": "maybe"}, "on_conflict", "'fail' or 'replace'"),
    ({"region": "cn-hangzuo"}, "region", "cn-hangzhou"),
]


def test_a_users_mistake_names_the_property_and_the_remedy(host: Host) -> None:
    for change, prop, phrase in FAULTY:
        checked = host.check(Thing("InstanceRoleBinding", "b"), {**declared("app", ["i-1"]), **change})
        assert {name for name, _ in checked.failures} == {prop}, (change, checked.failures)
        assert any(phrase in said for _, said in checked.failures), checked.failures


def test_unknown_ids_pass_at_preview(host: Host) -> None:
    binding = Thing("InstanceRoleBinding", "b")
    checked = host.check(binding, declared("app", ["i-2", UNKNOWN, "i-1"]))
    assert checked.failures == []
    assert checked.inputs["instance_ids"] == ["i-1", "i-2", UNKNOWN] and checked.inputs["roles"] == UNKNOWN
    binding.outputs = {**host.check(binding, declared("app", ["i-1"])).inputs}
    assert host.diff(binding, checked.inputs).changes is True
    assert host.diff(binding, {**checked.inputs, "region": UNKNOWN}).replaces == ["region"]
    assert host.check(binding, declared(UNKNOWN, UNKNOWN)).failures == []
