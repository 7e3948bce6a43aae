from __future__ import annotations

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, Attachment, Cloud, ErrorKind, Role, RoleSpec
from tests.contract.clouds.world import World, refused


def read(world: World, name: str) -> Role:
    role = world.cloud.get_role(name)
    assert role is not None
    return role


def test_the_adapter_keeps_the_port(world: World) -> None:
    assert isinstance(world.patient, Cloud)
    assert world.patient is world.patient
    assert world.cloud.identity().kind == "account"
    assert world.cloud.identity().account_id == world.account_id
    assert world.asked("identity") == 1


def test_life_of_a_role(world: World) -> None:
    cloud = world.cloud
    assert cloud.get_role("web") is None
    assert cloud.count_roles() == 0

    spec = RoleSpec("web", world.trust, "Front end, Größe 3 & more", 7200, {"owner": "shop/prod/web", "größe": "3 m"})
    made = cloud.create_role(spec)
    seen = read(world, "web")
    assert made.role_id == seen.role_id and made.arn == seen.arn
    for role in (made, seen):
        assert role.trust_policy is not None and world.same(role.trust_policy, world.trust)
        assert (role.name, role.description, role.max_session_duration) == ("web", spec.description, 7200)
        assert role.tags == spec.tags
        assert not role.service_linked

    cloud.update_role(RoleSpec("web", trust_policy=world.other_trust))
    seen = read(world, "web")
    assert world.same(seen.trust_policy or "", world.other_trust)
    assert (seen.description, seen.max_session_duration, seen.tags) == (spec.description, 7200, spec.tags)
    cloud.update_role(RoleSpec("web", description="other", max_session_duration=3600))
    seen = read(world, "web")
    assert (seen.description, seen.max_session_duration) == ("other", 3600)
    assert world.same(seen.trust_policy or "", world.other_trust)

    empty = "" if world.cloud_name == "alibaba" else "-"  # the other cloud takes no empty value
    cloud.tag_role("web", {"owner": "shop/prod/api", "new": empty}, ["größe"])
    assert read(world, "web").tags == {"owner": "shop/prod/api", "new": empty}

    assert cloud.count_roles() == 1
    cloud.delete_role("web")
    assert cloud.get_role("web") is None
    cloud.delete_role("web")


def test_an_update_of_nothing_asks_for_nothing(world: World) -> None:
    world.make_role()
    world.cloud.update_role(RoleSpec("web"))
    world.cloud.tag_role("web", {}, [])
    assert world.asked("update_role") == world.asked("tag_role") == 0


def test_more_tags_than_a_page(world: World) -> None:
    tags = {f"key-{number}": f"value {number}" for number in range(20)}
    world.cloud.create_role(RoleSpec("web", world.trust, tags=tags))
    assert read(world, "web").tags == tags


@pytest.mark.parametrize(
    ("name", "trust", "duration", "kind"),
    [
        ("taken", None, None, ErrorKind.EXISTS),
        ("bad", None, None, ErrorKind.INVALID),
        ("long", None, None, ErrorKind.INVALID),
        ("web", "{}", None, ErrorKind.INVALID),
        ("web", "no document", None, ErrorKind.INVALID),
        ("web", None, 43201, ErrorKind.INVALID),
    ],
)
def test_refused_roles(world: World, name: str, trust: str | None, duration: int | None, kind: ErrorKind) -> None:
    world.make_role("taken")
    name = {"bad": world.bad_role_name, "long": "n" * (world.cloud.limits.role_name_length + 1)}.get(name, name)
    spec = RoleSpec(name, trust or world.trust, max_session_duration=duration)
    error = refused(kind, lambda: world.cloud.create_role(spec))
    assert error.request_id and error.code
    assert spec.name[:20] in str(error)


def test_writes_to_what_is_not_there(world: World) -> None:
    cloud = world.cloud
    refused(ErrorKind.NOT_FOUND, lambda: cloud.update_role(RoleSpec("none", description="x")))
    refused(ErrorKind.NOT_FOUND, lambda: cloud.tag_role("none", {"a": "b"}, []))
    assert cloud.attachments("none") is None


def test_attachments(world: World) -> None:
    cloud = world.cloud
    world.make_role()
    world.make_policy()
    custom = Attachment("web", "read-reports", CUSTOM)
    system = Attachment("web", world.system_policy, SYSTEM)
    assert cloud.attachments("web") == ()
    for attachment in (custom, system, custom, system):
        cloud.attach(attachment)
    assert set(cloud.attachments("web") or ()) == {custom, system}
    holders = cloud.policy_holders("read-reports", CUSTOM)
    assert holders is not None and holders.roles == ("web",)

    for attachment in (custom, custom, system):
        cloud.detach(attachment)
    assert cloud.attachments("web") == ()
    cloud.detach(Attachment("no-role", "read-reports", CUSTOM))
    cloud.detach(Attachment("web", "no-policy", CUSTOM))
    refused(ErrorKind.NOT_FOUND, lambda: cloud.attach(Attachment("no-role", "read-reports", CUSTOM)))
    refused(ErrorKind.NOT_FOUND, lambda: cloud.attach(Attachment("web", "no-policy", CUSTOM)))


def test_a_role_in_use_stays(world: World) -> None:
    world.make_role()
    world.make_policy()
    attachment = Attachment("web", "read-reports", CUSTOM)
    world.cloud.attach(attachment)
    refused(ErrorKind.IN_USE, lambda: world.cloud.delete_role("web"))
    refused(ErrorKind.IN_USE, lambda: world.cloud.delete_policy("read-reports"))
    world.cloud.detach(attachment)
    world.cloud.delete_role("web")
    world.cloud.delete_policy("read-reports")


def test_too_many_policies_on_a_role(world: World) -> None:
    world.make_role()
    world.sandbox.switch(cam_quota_role_policies=3)
    limit = min(world.cloud.limits.custom_policies_per_role, 3 if world.cloud_name == "tencent" else 99)
    for number in range(limit + 1):
        world.make_policy(f"policy-{number}")
    for number in range(limit):
        world.cloud.attach(Attachment("web", f"policy-{number}", CUSTOM))
    refused(ErrorKind.QUOTA, lambda: world.cloud.attach(Attachment("web", f"policy-{limit}", CUSTOM)))


def test_what_a_reader_may_not_see_is_not_gone(world: World) -> None:
    world.make_role()
    world.make_policy()
    stranger = world.outsider()
    refused(ErrorKind.DENIED, lambda: stranger.get_role("web"))
    refused(ErrorKind.DENIED, lambda: stranger.get_role("none"))
    refused(ErrorKind.DENIED, lambda: stranger.get_policy("read-reports", CUSTOM))
    refused(ErrorKind.DENIED, lambda: stranger.attachments("web"))
    refused(ErrorKind.DENIED, lambda: stranger.policy_holders("read-reports", CUSTOM))
    refused(ErrorKind.DENIED, lambda: stranger.create_role(RoleSpec("mine", world.trust)))
    refused(ErrorKind.DENIED, lambda: stranger.delete_role("web"))
    assert stranger.identity().kind == "user"


@pytest.mark.parametrize("wanted", [True, False])
def test_console_login(world: World, wanted: bool) -> None:
    world.cloud.create_role(RoleSpec("left", world.trust))
    by_default = read(world, "left").console_login
    made = world.cloud.create_role(RoleSpec("web", world.trust, console_login=wanted))
    assert made.console_login is read(world, "web").console_login is wanted
    world.cloud.update_role(RoleSpec("web", description="other"))
    assert read(world, "web").console_login is wanted
    world.cloud.update_role(RoleSpec("web", console_login=not wanted))
    seen = read(world, "web")
    assert seen.console_login is not wanted and seen.description == "other"
    assert read(world, "left").console_login is by_default is not None
