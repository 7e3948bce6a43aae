"""Writes that the cloud does not make conditional on what they replace, when others write during a wait.

A busy cloud makes a call wait. What others did in that time is seen before the call is sent again, and stays; what is
as wanted by then needs no call; and where nothing changed, the call is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, Cloud, CloudError, Overtaken, PolicySpec, RoleSpec
from tests.contract.clouds.world import World

ROLE, POLICY = "web", "read-reports"


@dataclass(frozen=True)
class Write:
    """A write of the port, what others write over it, and what shows who was last."""

    operation: str
    ours: Callable[[Cloud, World], object]
    theirs: Callable[[Cloud, World], object]
    shown: Callable[[Cloud], object]
    versions: bool = False  # only where a cloud keeps versions


def _recreate_role(cloud: Cloud, world: World) -> None:
    cloud.delete_role(ROLE)
    cloud.create_role(RoleSpec(ROLE, world.trust, "theirs"))


def _role(cloud: Cloud) -> object:
    role = cloud.get_role(ROLE)
    return role and (role.role_id, role.trust_policy, role.description, role.max_session_duration, dict(role.tags))


def _policy(cloud: Cloud) -> object:
    policy = cloud.get_policy(POLICY, CUSTOM)
    return policy and (policy.document, policy.default_version, policy.description)


WRITES = {
    "trust": Write(
        "update_role",
        lambda cloud, world: cloud.update_role(RoleSpec(ROLE, world.other_trust)),
        lambda cloud, world: cloud.update_role(RoleSpec(ROLE, world.untrusted)),
        _role,
    ),
    "another role of the name": Write(
        "update_role",
        lambda cloud, world: cloud.update_role(RoleSpec(ROLE, world.other_trust)),
        _recreate_role,
        _role,
    ),
    "tags": Write(
        "tag_role",
        lambda cloud, world: cloud.tag_role(ROLE, {"team": "ours"}, ()),
        lambda cloud, world: cloud.tag_role(ROLE, {"team": "theirs"}, ()),
        _role,
    ),
    "document": Write(
        "put_policy_document",
        lambda cloud, world: cloud.put_policy_document(POLICY, world.document(2)),
        lambda cloud, world: cloud.put_policy_document(POLICY, world.document(3)),
        _policy,
    ),
    "description": Write(
        "update_policy_description",
        lambda cloud, world: cloud.update_policy_description(POLICY, "ours"),
        lambda cloud, world: cloud.update_policy_description(POLICY, "theirs"),
        _policy,
    ),
    "version": Write(
        "set_default_policy_version",
        lambda cloud, world: cloud.set_default_policy_version(POLICY, "v1"),
        lambda cloud, world: cloud.put_policy_document(POLICY, world.document(3)),
        _policy,
        versions=True,
    ),
    "a role made anew": Write("delete_role", lambda cloud, world: cloud.delete_role(ROLE), _recreate_role, _role),
}


def prepared(world: World, write: Write) -> None:
    """A role and a policy."""
    if write.versions and world.cloud.limits.policy_versions is None:
        pytest.skip("policies have one version here")
    world.cloud.create_role(RoleSpec(ROLE, world.trust))
    world.cloud.create_policy(PolicySpec(POLICY, world.document(1)))
    if write.versions:
        world.cloud.put_policy_document(POLICY, world.document(2))


@pytest.mark.parametrize("fault", ["throttle", "unavailable", "drop_before"])
@pytest.mark.parametrize("name", WRITES)
def test_what_others_wrote_during_a_wait_stays(world: World, name: str, fault: str) -> None:
    write = WRITES[name]
    prepared(world, write)
    others = world.connection()
    theirs: list[object] = []

    def overtake(_seconds: float) -> None:
        if not theirs:
            theirs.append(None)
            write.theirs(others, world)
            theirs[0] = write.shown(others)

    world.fault(fault, write.operation, times=1)
    with pytest.raises(Overtaken, match="changed by others meanwhile"):
        write.ours(world.connection(overtake), world)
    assert theirs[0] is not None and write.shown(world.cloud) == theirs[0]


@pytest.mark.parametrize("fault", ["throttle", "drop_before", "drop_after"])
@pytest.mark.parametrize("name", WRITES)
def test_a_write_that_nobody_overtook_is_done_once(world: World, name: str, fault: str) -> None:
    write = WRITES[name]
    prepared(world, write)
    before, asked = write.shown(world.cloud), world.asked(write.operation)
    world.fault(fault, write.operation, times=1)
    write.ours(world.connection(), world)
    assert write.shown(world.cloud) != before
    # A lost answer is found by the look: nothing is left to be sent.
    assert world.asked(write.operation) - asked == (1 if fault == "drop_after" else 2)


@pytest.mark.parametrize("name", WRITES)
def test_who_cannot_look_does_not_write_again(world: World, name: str) -> None:
    write = WRITES[name]
    prepared(world, write)
    before = write.shown(world.cloud)
    cloud = world.connection()
    world.fault("throttle", write.operation, times=1)
    for look in ("GetRole", "GetPolicy", "ListTagResources"):
        world.sandbox.fault("deny", look, times=None)
    with pytest.raises(CloudError) as error:
        write.ours(cloud, world)
    world.sandbox.clear_faults()
    assert not isinstance(error.value, Overtaken) and write.shown(world.cloud) == before
