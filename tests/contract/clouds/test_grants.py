"""Policies on users, groups and roles, the same on every cloud."""

from __future__ import annotations

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, ErrorKind, Grant, Grantee
from tests.contract.clouds.world import TencentWorld, World, refused

GRANTEES = (Grantee("user", "ops"), Grantee("group", "operators"), Grantee("role", "pipeline"))


@pytest.mark.parametrize("grantee", GRANTEES, ids=lambda grantee: str(grantee.kind))
def test_life_of_a_grant(world: World, grantee: Grantee) -> None:
    cloud = world.cloud
    grant = Grant(grantee, world.make_policy(), CUSTOM)
    preset = Grant(grantee, world.system_policy, SYSTEM)
    assert cloud.grants(grantee) is None
    refused(ErrorKind.NOT_FOUND, lambda: cloud.give(grant))
    cloud.withdraw(grant)
    world.make_grantee(grantee)
    assert cloud.grants(grantee) == ()
    cloud.withdraw(grant)
    for each in (grant, grant, preset):
        cloud.give(each)
    assert sorted(cloud.grants(grantee) or (), key=lambda one: one.policy_type) == [grant, preset]
    holders = cloud.policy_holders(grant.policy, CUSTOM)
    assert holders is not None and holders.all() == (grantee,)
    refused(ErrorKind.NOT_FOUND, lambda: cloud.give(Grant(grantee, "none", CUSTOM)))
    for _ in range(2):
        cloud.withdraw(grant)
    assert cloud.grants(grantee) == (preset,)


@pytest.mark.parametrize("grantee", GRANTEES, ids=lambda grantee: str(grantee.kind))
def test_who_may_not_look_is_told_nothing_is_gone(world: World, grantee: Grantee) -> None:
    outsider = world.outsider()
    refused(ErrorKind.DENIED, lambda: outsider.grants(grantee))
    refused(ErrorKind.DENIED, lambda: outsider.give(Grant(grantee, "p", CUSTOM)))


def test_a_repetition_that_the_cloud_minds(tencent: TencentWorld) -> None:
    tencent.sandbox.switch(cam_repeated_attachment="error")
    grant = Grant(tencent.make_grantee(GRANTEES[0]), tencent.make_policy(), CUSTOM)
    for _ in range(2):
        tencent.cloud.give(grant)
    for _ in range(2):
        tencent.cloud.withdraw(grant)
    assert tencent.cloud.grants(grant.holder) == ()


def test_whose_credentials_are_in_use(world: World) -> None:
    for grantee in GRANTEES:
        world.make_grantee(grantee)
        assert not world.cloud.acts_as(grantee)  # the root of the account
    member = world.member("deployers", "deployer")
    expected = {("user", "deployer"): True, ("group", "deployers"): True, ("role", "deployer"): False}
    for (kind, name), wanted in expected.items():
        assert member.acts_as(Grantee(kind, name)) is wanted, kind  # type: ignore[arg-type]  # one of the three
    assert not member.acts_as(Grantee("user", "ops"))
    assert not member.acts_as(Grantee("group", "operators"))


def test_a_role_acts_as_itself(world: World) -> None:
    world.make_grantee(GRANTEES[2])
    session = world.session("deployer")
    assert session.acts_as(Grantee("role", "deployer"))
    assert not session.acts_as(Grantee("role", "pipeline"))
    assert not session.acts_as(Grantee("user", "deployer"))
