from __future__ import annotations

import pytest

from pulumi_instance_role.clouds.alibaba.instances import instance_of
from pulumi_instance_role.clouds.port import ErrorKind, Lifecycle, RolesNotShown
from tests.contract.clouds.world import AlibabaWorld, World, kinds, refused


def test_what_is_there_and_what_is_proved_to_be_gone(world: World) -> None:
    one, two = world.make_instances(2, tags={"team": "web"}, name="front")
    (flat,) = world.make_instances(1, in_vpc=False)
    (elsewhere,) = world.instances_elsewhere()
    world.make_role()
    world.cloud.bind("web", [one])
    seen = world.cloud.instances([two, world.unknown_instance, one, flat, elsewhere, one])
    assert list(seen) == [two, one, flat]
    assert [seen[id_].role for id_ in (one, two, flat)] == ["web", None, None]
    assert [seen[id_].vpc_id for id_ in (one, two, flat)] == [world.vpc_id, world.vpc_id, None]
    assert seen[one].tags == {"team": "web"}
    assert seen[one].name.startswith("front") and seen[one].region == world.region
    assert seen[one].lifecycle is Lifecycle.RUNNING
    world.release(one)
    assert list(world.cloud.instances([one, two])) == [two]
    assert world.cloud.instances([]) == {}


def test_more_than_a_page(world: World) -> None:
    ids = world.make_instances(100) + world.make_instances(21)
    world.make_role()
    for start in range(0, len(ids), 100):
        assert all(outcome.ok for outcome in world.cloud.bind("web", ids[start : start + 100]))
    seen = world.cloud.instances(ids)
    assert list(seen) == ids
    assert {instance.role for instance in seen.values()} == {"web"}
    assert sorted(world.cloud.role_instances("web")) == sorted(ids)
    assert len(world.cloud.find_instances(None, {}, [])) == len(ids)


def test_a_reader_without_permission_sees_no_absence(world: World) -> None:
    (instance,) = world.make_instances(1)
    stranger = world.outsider()
    refused(ErrorKind.DENIED, lambda: stranger.instances([instance]))
    refused(ErrorKind.DENIED, lambda: stranger.instances([world.unknown_instance]))
    refused(ErrorKind.DENIED, lambda: stranger.find_instances(None, {}, []))
    refused(ErrorKind.DENIED, lambda: stranger.role_instances("web"))


def test_a_reader_who_may_see_instances_but_not_their_roles(alibaba: AlibabaWorld) -> None:
    world = alibaba
    (instance,) = world.make_instances(1)
    world.make_role()
    world.cloud.bind("web", [instance])
    half = world.outsider("instances")
    error = refused(ErrorKind.DENIED, lambda: half.instances([instance]))
    assert "ecs:DescribeInstanceRamRole" in error.hint


def test_a_role_that_is_not_there_proves_what_an_instance_does_not(alibaba: AlibabaWorld) -> None:
    world = alibaba
    (free,) = world.make_instances(1)
    world.make_role("spare")
    world.sandbox.switch(describe_unknown_id="empty")
    assert world.connection().instances([free])[free].role is None
    assert world.connection().role_instances("spare") == ()
    denied = world.outsider("instances")
    with pytest.raises(RolesNotShown):
        denied.instances([free])
    refused(ErrorKind.DENIED, lambda: denied.role_instances("spare"))


def test_empty_answers_about_what_cannot_exist_prove_nothing(alibaba: AlibabaWorld) -> None:
    world = alibaba
    held, free = world.make_instances(2)
    world.sandbox.switch(describe_unknown_id="empty", describe_unknown_role="empty")
    with pytest.raises(RolesNotShown) as caught:
        world.cloud.instances([held, free])
    assert set(caught.value.seen) == {held, free}
    for code in ("InvalidInstanceIds.Malformed", "InvalidParameter"):
        world.sandbox.clear_faults()
        world.sandbox.fault("code", "DescribeInstanceRamRole", code=code, after=1, times=2)
        refused(ErrorKind.DENIED, lambda: world.cloud.instances([free]))
    world.make_role()
    assert kinds(world.cloud.bind("web", [held])) == [None]
    assert [one.role for one in world.cloud.instances([free, held]).values()] == [None, "web"]


def test_an_instance_that_may_be_recycled_is_not_being_released() -> None:
    row = {"InstanceId": "i-1", "Status": "Running", "Recyclable": True}
    lock = {"LockReason": [{"LockReason": "Recycling"}]}
    assert instance_of({**row, "OperationLocks": lock}, "cn-hangzhou").lifecycle is Lifecycle.RUNNING
    for status in ("Deleting", "Deleted"):
        assert instance_of({**row, "Status": status}, "cn-hangzhou").lifecycle is Lifecycle.RELEASING


def test_a_reader_who_may_see_all_is_believed(world: World) -> None:
    (instance,) = world.make_instances(1)
    reader = world.outsider("instances", "role_instances")
    seen = reader.instances([instance, world.unknown_instance])
    assert list(seen) == [instance] and seen[instance].role is None
    assert reader.role_instances("nobody") == ()
    before = world.asked("role_instances")
    reader.instances([instance])
    assert world.asked("role_instances") == before + 1  # the proof is remembered


@pytest.mark.parametrize(
    ("tags", "names", "found"),
    [
        ({}, [], {"front-1", "front-2", "back"}),
        ({"team": "web"}, [], {"front-1", "front-2"}),
        ({"team": "web", "tier": "1"}, [], {"front-1"}),
        ({}, ["back"], {"back"}),
        ({}, ["front-?", "b*"], {"front-1", "front-2", "back"}),
        ({"team": "web"}, ["back"], set()),
        ({"tier": ""}, [], set()),
        ({"team": "we"}, ["front-1"], set()),
        ({}, ["fron"], set()),
    ],
)
def test_finding(world: World, tags: dict[str, str], names: list[str], found: set[str]) -> None:
    world.make_instances(1, name="front-1", tags={"team": "web", "tier": "1"})
    world.make_instances(1, name="front-2", tags={"team": "web"})
    world.make_instances(1, name="back")
    assert {one.name for one in world.cloud.find_instances(None, tags, names)} == found
    assert {one.name for one in world.cloud.find_instances(world.vpc_id, tags, names)} == found
    assert world.cloud.find_instances("vpc-none", tags, names) == ()
