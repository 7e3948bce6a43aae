"""The account as a whole, on every cloud: its roles, its regions, and its keys with their last use."""

from __future__ import annotations

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, Attachment, ErrorKind, Grantee, PolicySpec, RoleSpec
from tests.contract.clouds.world import World, refused


def test_all_roles_with_their_tags(world: World) -> None:
    many = (
        60 if world.cloud_name == "alibaba" else 9
    )  # more than one page of tags has names; the other makes two a second
    for number in range(many):
        world.cloud.create_role(RoleSpec(f"role-{number}", world.trust, tags={"team": f"t{number}"}))
    listed = {role.name: role for role in world.cloud.list_roles()}
    assert len(listed) == many
    assert all(role.tags == {"team": f"t{name.removeprefix('role-')}"} for name, role in listed.items())
    whole = world.cloud.whole_role(listed["role-7"])
    assert whole is not None and whole == world.cloud.get_role("role-7")
    world.cloud.delete_role("role-8")
    gone = world.cloud.whole_role(listed["role-8"])
    assert gone is None or world.cloud_name == "tencent"  # there the list had all of it


def test_the_policies_of_roles_in_one_call_each(world: World) -> None:
    cloud = world.cloud
    cloud.create_role(RoleSpec("web", world.trust))
    tags = {"team": "shop"} if world.cloud_name == "alibaba" else {}  # the other takes none that can be changed
    for name in ("reads", "gone"):
        cloud.create_policy(PolicySpec(name, world.document(), "why", tags))
    for wanted in (Attachment("web", "reads", CUSTOM), Attachment("web", world.system_policy, SYSTEM)):
        cloud.attach(wanted)
    listed = {one.policy: one for one in cloud.attachments("web") or ()}
    told = cloud.policy_tags(["reads", "gone"])
    for name, one in listed.items():
        assert cloud.attached_policy(one, told.get(name, {})) == cloud.get_policy(name, one.policy_type)
    cloud.delete_policy("gone")
    assert cloud.attached_policy(Attachment("web", "gone", CUSTOM), {}) is None


def test_regions(world: World) -> None:
    found = world.cloud.regions()
    assert world.region in found and list(found) == sorted(set(found))


def test_keys_and_their_last_use(world: World) -> None:
    cloud = world.cloud
    (own,) = [key for key in cloud.access_keys(None) if key.active]
    assert own.user == ""
    used = cloud.keys_last_used(None, [own])
    assert used[own.key_id]  # by this very call
    idle = world.make_grantee(Grantee("user", "idle"))
    world.user(world.permits(world.everything_read_of_roles))
    world.begin()
    users = {user.name: user for user in cloud.users()}
    assert idle.name in users and cloud.access_keys(users[idle.name]) == ()
    (made,) = [user for name, user in users.items() if name != idle.name]
    (key,) = cloud.access_keys(made)
    assert (key.user, key.active) == (made.name, True)
    # Tencent Cloud answers null, and its page does not say that this is "never".
    assert cloud.keys_last_used(made, [key]) == ({key.key_id: ""} if cloud.name == "alibaba" else {})


def test_who_may_not_look_is_told_so(world: World) -> None:
    cloud = world.outsider()
    refused(ErrorKind.DENIED, cloud.list_roles)
    refused(ErrorKind.DENIED, cloud.users)
