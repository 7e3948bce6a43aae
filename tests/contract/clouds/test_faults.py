"""Every operation meets every fault: it ends as if nothing had happened, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_instance_role.clouds.port import (
    CUSTOM,
    Attachment,
    ErrorKind,
    Grant,
    Grantee,
    Policy,
    PolicySpec,
    RoleSpec,
)
from tests.contract.clouds.world import AlibabaWorld, World, kinds, needs_versions, refused

FAULTS = ("throttle", "unavailable", "internal", "empty", "garbage", "drop_before", "drop_after")
ATTACHMENT = Attachment("web", "read-reports", CUSTOM)
GRANT = Grant(Grantee("user", "ops"), "read-reports", CUSTOM)

Act = Callable[[World], Any]


def _prepare_role(world: World) -> None:
    world.make_role()


def _prepare_both(world: World) -> None:
    world.make_role()
    world.make_policy()


def _prepare_attached(world: World) -> None:
    _prepare_both(world)
    world.cloud.attach(ATTACHMENT)


def _prepare_user(world: World) -> None:
    world.make_policy()
    world.make_grantee(GRANT.holder)


def _prepare_given(world: World) -> None:
    _prepare_user(world)
    world.cloud.give(GRANT)


def _prepare_versions(world: World) -> None:
    world.make_policy()
    world.cloud.put_policy_document("read-reports", world.document(2))


def _policy(world: World) -> Policy:
    policy = world.cloud.get_policy("read-reports", CUSTOM)
    assert policy is not None
    return policy


def _versions(world: World) -> int:
    return len(world.cloud.policy_versions("read-reports"))


def _kept(world: World) -> int:
    """How many versions there are after one change."""
    return 1 if world.cloud.limits.policy_versions is None else 2


CASES: dict[str, tuple[Act, Act, Act]] = {
    "get_role": (
        _prepare_role,
        lambda world: world.cloud.get_role("web"),
        lambda world: True,
    ),
    "create_role": (
        lambda world: None,
        lambda world: world.cloud.create_role(RoleSpec("web", world.trust, "Front", 7200, {"owner": "me"})),
        lambda world: (role := world.cloud.get_role("web")) and role.tags == {"owner": "me"},
    ),
    "update_role": (
        _prepare_role,
        lambda world: world.cloud.update_role(RoleSpec("web", world.other_trust)),
        lambda world: (role := world.cloud.get_role("web")) and world.same(role.trust_policy, world.other_trust),
    ),
    "tag_role": (
        _prepare_role,
        lambda world: world.cloud.tag_role("web", {"a": "b"}, []),
        lambda world: (role := world.cloud.get_role("web")) and role.tags == {"a": "b"},
    ),
    "delete_role": (
        _prepare_role,
        lambda world: world.cloud.delete_role("web"),
        lambda world: world.cloud.get_role("web") is None,
    ),
    "create_policy": (
        lambda world: None,
        lambda world: world.cloud.create_policy(PolicySpec("read-reports", world.document(), "x")),
        lambda world: (policy := world.cloud.get_policy("read-reports", CUSTOM)) and policy.description == "x",
    ),
    "put_policy_document": (
        lambda world: world.make_policy(),
        lambda world: world.cloud.put_policy_document("read-reports", world.document(2)),
        lambda world: world.same(_policy(world).document, world.document(2)) and _versions(world) == _kept(world),
    ),
    "set_default_policy_version": (
        _prepare_versions,
        lambda world: world.cloud.set_default_policy_version("read-reports", "v1"),
        lambda world: world.cloud.policy_versions("read-reports")[0].is_default,
    ),
    "delete_policy_version": (
        _prepare_versions,
        lambda world: world.cloud.delete_policy_version("read-reports", "v1"),
        lambda world: len(world.cloud.policy_versions("read-reports")) == 1,
    ),
    "delete_policy": (
        lambda world: world.make_policy(),
        lambda world: world.cloud.delete_policy("read-reports"),
        lambda world: world.cloud.get_policy("read-reports", CUSTOM) is None,
    ),
    "attach": (
        _prepare_both,
        lambda world: world.cloud.attach(ATTACHMENT),
        lambda world: world.cloud.attachments("web") == (ATTACHMENT,),
    ),
    "detach": (
        _prepare_attached,
        lambda world: world.cloud.detach(ATTACHMENT),
        lambda world: world.cloud.attachments("web") == (),
    ),
    "grants": (
        _prepare_given,
        lambda world: world.cloud.grants(GRANT.holder),
        lambda world: True,
    ),
    "give": (
        _prepare_user,
        lambda world: world.cloud.give(GRANT),
        lambda world: world.cloud.grants(GRANT.holder) == (GRANT,),
    ),
    "withdraw": (
        _prepare_given,
        lambda world: world.cloud.withdraw(GRANT),
        lambda world: world.cloud.grants(GRANT.holder) == (),
    ),
}
OF_VERSIONS = ("set_default_policy_version", "delete_policy_version")
TAKES_EFFECT_ONCE = ("create_role", "create_policy", "put_policy_document")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", CASES)
def test_operation_survives_a_fault(world: World, operation: str, fault: str) -> None:
    if operation in OF_VERSIONS:
        needs_versions(world)
    prepare, act, holds = CASES[operation]
    prepare(world)
    before = world.asked(operation)
    world.fault(fault, operation, times=1)
    act(world)
    assert holds(world)
    in_place = operation == "put_policy_document" and world.cloud.limits.policy_versions is None
    if operation in TAKES_EFFECT_ONCE and not in_place:
        assert world.asked(operation) - before == (1 if fault in ("empty", "garbage", "drop_after") else 2)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["bind", "unbind"])
def test_binding_survives_a_fault(world: World, operation: str, fault: str) -> None:
    ids = world.make_instances(3)
    world.make_role()
    if operation == "unbind":
        world.cloud.bind("web", ids)
    before = world.asked(operation)
    world.fault(fault, operation, times=1)
    outcomes = world.cloud.bind("web", ids) if operation == "bind" else world.cloud.unbind("web", ids)
    assert kinds(outcomes) == [None] * 3
    assert [world.holds(one) for one in ids] == (["web"] * 3 if operation == "bind" else [None] * 3)
    lost = fault in ("empty", "garbage", "drop_after")
    assert world.asked(operation) - before == (1 if lost else 2)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["instances", "role_instances"])
def test_reading_survives_a_fault(world: World, operation: str, fault: str) -> None:
    (one,) = world.make_instances(1)
    world.make_role()
    world.cloud.bind("web", [one])
    world.fault(fault, operation, times=1)
    assert world.cloud.instances([one])[one].role == "web"


READS: dict[str, Act] = {
    "instances": lambda world: [one.role for one in world.cloud.instances(world.listed).values()],
    "find_instances": lambda world: [one.role for one in world.cloud.find_instances(None, {}, [])],
    "role_instances": lambda world: world.cloud.role_instances("web"),
    "get_policy": _policy,
    "policy_holders": lambda world: world.cloud.policy_holders("read-reports", CUSTOM),
    "attachments": lambda world: world.cloud.attachments("web"),
    "policy_versions": lambda world: len(world.cloud.policy_versions("read-reports")),
}


@pytest.mark.parametrize("read", sorted(READS))
def test_an_answer_that_says_nothing_is_not_taken_for_an_empty_one(world: World, read: str) -> None:
    """Each call of a read in turn is answered as a success without any field; by then it is known who may look."""
    _prepare_attached(world)
    world.listed = world.make_instances(2)
    world.cloud.bind("web", world.listed)
    world.cloud = world.connection()
    before = len(world.sandbox.calls())
    expected = READS[read](world)
    actions = list(dict.fromkeys(call["action"] for call in world.sandbox.calls()[before:]))
    assert actions
    for action in actions:
        world.cloud = world.connection()
        READS[read](world)
        world.sandbox.fault("hollow", action, times=1)
        assert READS[read](world) == expected, action
    assert [call["action"] for call in world.sandbox.calls() if call["fault"] == "hollow"] == actions


def test_a_lost_answer_is_not_taken_for_somebody_elses_role(world: World) -> None:
    """The answer is lost, and what is found by that name is not what was asked for."""
    world.make_role("web", world.other_trust)
    world.fault("drop_before", "create_role", times=1)
    refused(ErrorKind.EXISTS, lambda: world.cloud.create_role(RoleSpec("web", world.trust, tags={"owner": "me"})))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("unavailable", ErrorKind.UNAVAILABLE),
        ("internal", ErrorKind.UNAVAILABLE),
        ("empty", ErrorKind.UNAVAILABLE),
        ("garbage", ErrorKind.UNAVAILABLE),
        ("drop_before", ErrorKind.UNREACHABLE),
        ("deny", ErrorKind.DENIED),
    ],
)
def test_what_does_not_pass_is_told_and_never_taken_for_gone(world: World, fault: str, kind: ErrorKind) -> None:
    (one,) = world.make_instances(1)
    world.fault(fault, "get_role", times=None)
    told = [str(refused(kind, lambda: world.cloud.get_role("none")))]
    world.fault(fault, "instances", times=None)
    told.append(str(refused(kind, lambda: world.cloud.instances([one, world.unknown_instance]))))
    for text in told if kind is ErrorKind.UNREACHABLE else ():  # nothing was to be carried out, or goes on
        assert "gave no answer; it is not known what it would have told." in text and text.endswith("then run again.")


@pytest.mark.parametrize("fault", ["unavailable", "internal"])
def test_a_binding_outlasts_an_outage(world: World, fault: str) -> None:
    ids = world.make_instances(3)
    world.make_role()
    world.fault(fault, "bind", times=7)
    assert kinds(world.cloud.bind("web", ids)) == [None] * 3
    assert [world.holds(one) for one in ids] == ["web"] * 3


CATCHING_UP = [
    ("InvalidOperation.NobodyKnows", 403),  # a slot that counts as occupied though nothing is in it any more
    ("InvalidInstanceId.NotFound", 404),  # an instance that is listed already
]


@pytest.mark.parametrize(("code", "status"), CATCHING_UP)
def test_a_cloud_that_catches_up_is_waited_for(alibaba: AlibabaWorld, code: str, status: int) -> None:
    ids = alibaba.make_instances(2)
    alibaba.make_role()
    alibaba.fault("code", "bind", code=code, status=status, times=5)
    assert kinds(alibaba.cloud.bind("web", ids)) == [None, None]
    alibaba.fault("code", "bind", code=code, status=status, times=None)
    alibaba.cloud.unbind("web", ids)
    (kind,) = {*kinds(alibaba.cloud.bind("web", ids))}
    assert kind is (ErrorKind.NOT_FOUND if status == 404 else ErrorKind.UNKNOWN)


def test_a_binding_that_does_not_come_about(world: World) -> None:
    ids = world.make_instances(2)
    world.make_role()
    world.fault("unavailable", "bind", times=None)
    refused(ErrorKind.UNAVAILABLE, lambda: world.cloud.bind("web", ids))
    assert world.asked("bind") < 50


@pytest.mark.parametrize("operation", ["bind", "unbind"])
def test_what_was_accepted_stays_accepted_when_nobody_can_look(world: World, operation: str) -> None:
    ids = world.make_instances(2)
    world.make_role()
    if operation == "unbind":
        world.cloud.bind("web", ids)
        world.fault("unavailable", "role_instances", times=None, after=1)
        outcomes = world.cloud.unbind("web", ids)
    else:
        looks_first = world.cloud.limits.rebind_in_place
        world.fault("unavailable", "role_instances", times=None, after=int(looks_first))
        outcomes = world.cloud.bind("web", ids)
    assert kinds(outcomes) == [world.unconfirmed] * 2
    world.sandbox.clear_faults()
    assert [world.holds(one) for one in ids] == ([None] * 2 if operation == "unbind" else ["web"] * 2)


def test_role_deleted_while_the_policy_still_seems_attached(alibaba: AlibabaWorld) -> None:
    world = alibaba
    world.make_role()
    code = {"code": "DeleteConflict.Role.Policy", "status": 409}
    world.fault("code", "delete_role", times=2, **code)
    world.cloud.delete_role("web")
    assert world.cloud.get_role("web") is None
