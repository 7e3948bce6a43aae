"""A look that several resources share: what this connection has written since is in it, and who does not share sees
what others wrote."""

from __future__ import annotations

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, ErrorKind, PolicySpec, RoleSpec
from pulumi_instance_role.transport import share
from pulumi_instance_role.transport.fan import side_by_side
from tests.contract.clouds.world import AlibabaWorld, World, kinds, refused

ROLE, POLICY = "web", "read-reports"


@pytest.fixture(autouse=True)
def for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is not what is tested here."""
    monkeypatch.setattr(share, "KEPT", 3600.0)


def test_a_look_is_shared_until_the_thing_is_written(world: World) -> None:
    cloud = world.cloud
    cloud.create_role(RoleSpec(ROLE, world.trust))
    cloud.create_policy(PolicySpec(POLICY, world.document(1)))
    role, policy = cloud.get_role(ROLE), cloud.get_policy(POLICY, CUSTOM)
    assert role is not None and policy is not None
    before = [world.asked(name) for name in ("get_role", "get_policy")]
    for _ in range(2):
        assert cloud.own_id("role", ROLE, shared=True) == role.role_id
        assert cloud.own_id("policy", POLICY, shared=True) == policy.policy_id
    assert [world.asked(name) for name in ("get_role", "get_policy")] == before
    cloud.update_role(RoleSpec(ROLE, world.other_trust))
    cloud.put_policy_document(POLICY, world.document(2))
    seen = cloud.bare_role(ROLE, shared=True)
    assert seen is not None and world.same(seen.trust_policy, world.other_trust)
    written = cloud.get_policy(POLICY, CUSTOM, shared=True)
    assert written is not None and world.same(written.document, world.document(2))
    cloud.delete_role(ROLE)
    assert cloud.own_id("role", ROLE, shared=True) is None


def test_who_does_not_share_sees_what_others_wrote(world: World) -> None:
    ours, others = world.cloud, world.connection()
    ours.create_role(RoleSpec(ROLE, world.trust))
    first = ours.own_id("role", ROLE)
    others.delete_role(ROLE)
    assert ours.own_id("role", ROLE) is None
    others.create_role(RoleSpec(ROLE, world.other_trust))
    again = ours.own_id("role", ROLE)
    assert again is not None and again != first
    assert ours.own_id("role", ROLE, shared=True) == again  # the newest look is the one that is shared


def test_what_others_did_between_a_look_and_a_write_is_seen(world: World) -> None:
    """What instances hold is looked at anew for each write, however short a time ago it was looked at."""
    ids = world.make_instances(2)
    for role in ("web", "theirs"):
        world.make_role(role)
    ours, others = world.cloud, world.connection()
    assert kinds(ours.bind("web", ids)) == [None, None]
    assert {one.role for one in ours.holdings(ids).values()} == {"web"}
    others.unbind("web", ids[:1])
    others.bind("theirs", ids[:1])
    assert kinds(ours.unbind("web", ids)) == [None, None]
    assert [world.holds(one) for one in ids] == ["theirs", None]
    assert [one.error for one in ours.await_unbound("web", ids)] == [None, None]
    assert kinds(ours.bind("web", ids, "web")) == [ErrorKind.OCCUPIED, None]
    assert [world.holds(one) for one in ids] == ["theirs", "web"]


def test_what_instances_hold_is_told_with_few_calls(world: World) -> None:
    free, held, gone = world.make_instances(3)
    (flat,) = world.make_instances(1, in_vpc=False)
    world.make_role()
    world.cloud.bind("web", [held])
    world.release(gone)
    seen = world.connection().holdings([free, held])
    assert {one: (each.role, each.vpc_id is not None) for one, each in seen.items()} == {
        free: (None, True),
        held: ("web", True),
    }
    seen = world.connection().holdings([flat, gone, held, world.unknown_instance])
    assert list(seen) == [flat, held] and seen[flat].vpc_id is None and seen[held].role == "web"


def test_what_is_there_is_told_with_the_role_that_it_holds_or_is_supposed_to(world: World) -> None:
    held, gone = world.make_instances(2)
    (flat,) = world.make_instances(1, in_vpc=False)
    world.make_role()
    world.cloud.bind("web", [held])
    world.release(gone)
    for supposed in ("web", "other", None):
        seen = world.cloud.there({held: supposed, gone: "web", flat: None, world.unknown_instance: "web"})
        assert list(seen) == [held, flat]
        assert seen[held].role in ("web", supposed) and seen[held].vpc_id is not None
        assert seen[flat].role is None and seen[flat].vpc_id is None


def test_asking_for_a_role_gives_it_to_nobody(world: World) -> None:
    free, held, other = world.make_instances(3)
    for role in ("web", "theirs"):
        world.make_role(role)
    world.cloud.bind("web", [held])
    world.cloud.bind("theirs", [other])
    for ids in ([free], [free, held], [free, held, other], [other]):
        assert world.cloud.refusal("web", ids) is None
    refused = world.cloud.refusal("no-such-role", [free, held])
    assert (refused is None) == world.cloud.limits.rebind_in_place
    assert [world.holds(one) for one in (free, held, other)] == [None, "web", "theirs"]


def make_tagged(world: AlibabaWorld, names: list[str]) -> None:
    """Roles with a tag each, and calls that last long enough to meet."""
    for name in names:
        world.cloud.create_role(RoleSpec(name, world.trust, tags={"is": name}))
    world.sandbox.fault("delay", "ListTagResources", times=None, seconds=0.2)


def test_who_asks_for_tags_at_once_is_told_in_few_calls(alibaba: AlibabaWorld) -> None:
    names = [f"role-{number}" for number in range(12)]
    make_tagged(alibaba, names)
    cloud, mark = alibaba.cloud, alibaba.sandbox.mark()
    seen = side_by_side(cloud.get_role, [*names, "role-0"])
    assert [role.tags if role else None for role in seen] == [{"is": name} for name in [*names, "role-0"]]
    asked = [call for call in alibaba.sandbox.calls(mark) if call["action"] == "ListTagResources"]
    assert len(asked) < len(names)


def test_who_may_not_see_the_tags_of_one_sees_those_of_the_others(alibaba: AlibabaWorld) -> None:
    names = [*(f"role-{number}" for number in range(8)), "hidden"]
    make_tagged(alibaba, names)
    cloud = alibaba.user(
        alibaba.permits("ram:GetRole"), alibaba.permits("ram:ListTagResources", on="acs:ram:*:*:role/role-*")
    )

    def look(name: str) -> object:
        if name == "hidden":
            return refused(ErrorKind.DENIED, lambda: cloud.get_role(name)).resource
        role = cloud.get_role(name)
        return role and role.tags

    assert side_by_side(look, names) == [*({"is": name} for name in names[:-1]), "hidden"]
