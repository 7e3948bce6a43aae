"""Every operation meets every fault: it ends as if nothing had happened, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_instance_role.clouds.port import (
    CUSTOM,
    Attachment,
    ErrorKind,
    PolicySpec,
    RoleSpec,
)
from pulumi_instance_role.policy.canonical import equivalent
from tests.contract.clouds.world import DOCUMENT, OTHER_TRUST, TRUST, World, document, kinds, refused

FAULTS = ("throttle", "unavailable", "internal", "empty", "garbage", "drop_before", "drop_after")
ATTACHMENT = Attachment("web", "read-reports", CUSTOM)

Act = Callable[[World], Any]


def _prepare_role(world: World) -> None:
    world.make_role()


def _prepare_both(world: World) -> None:
    world.make_role()
    world.make_policy()


def _prepare_attached(world: World) -> None:
    _prepare_both(world)
    world.cloud.attach(ATTACHMENT)


def _prepare_versions(world: World) -> None:
    world.make_policy()
    world.cloud.put_policy_document("read-reports", document(2))


CASES: dict[str, tuple[Act, Act, Act]] = {
    "get_role": (
        _prepare_role,
        lambda world: world.cloud.get_role("web"),
        lambda world: True,
    ),
    "create_role": (
        lambda world: None,
        lambda world: world.cloud.create_role(RoleSpec("web", TRUST, "Front", 7200, {"owner": "me"})),
        lambda world: (role := world.cloud.get_role("web")) and role.tags == {"owner": "me"},
    ),
    "update_role": (
        _prepare_role,
        lambda world: world.cloud.update_role(RoleSpec("web", OTHER_TRUST)),
        lambda world: equivalent(world.cloud.get_role("web").trust_policy, OTHER_TRUST),  # type: ignore[union-attr, arg-type]  # a failure here is a failure of the test
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
        lambda world: world.cloud.create_policy(PolicySpec("read-reports", DOCUMENT, "x", {"owner": "me"})),
        lambda world: (policy := world.cloud.get_policy("read-reports", CUSTOM)) and policy.tags == {"owner": "me"},
    ),
    "put_policy_document": (
        lambda world: world.make_policy(),
        lambda world: world.cloud.put_policy_document("read-reports", document(2)),
        lambda world: [v.version_id for v in world.cloud.policy_versions("read-reports")] == ["v1", "v2"],
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
}
TAKES_EFFECT_ONCE = ("create_role", "create_policy", "put_policy_document")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", CASES)
def test_operation_survives_a_fault(world: World, operation: str, fault: str) -> None:
    prepare, act, holds = CASES[operation]
    prepare(world)
    before = world.done(operation)
    world.fault(fault, operation, times=1)
    act(world)
    assert holds(world)
    if operation in TAKES_EFFECT_ONCE:
        succeeded = [call for call in world.sandbox.calls() if call["action"] == world.actions[operation]]
        assert len(succeeded) - before == (1 if fault in ("empty", "garbage", "drop_after") else 2)


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


def test_a_lost_answer_is_not_taken_for_somebody_elses_role(world: World) -> None:
    """The answer is lost, and what is found by that name is not what was asked for."""
    world.make_role("web", OTHER_TRUST)
    world.fault("drop_before", "create_role", times=1)
    refused(ErrorKind.EXISTS, lambda: world.cloud.create_role(RoleSpec("web", TRUST, tags={"owner": "me"})))


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
    refused(kind, lambda: world.cloud.get_role("none"))
    world.fault(fault, "instances", times=None)
    refused(kind, lambda: world.cloud.instances([one, world.unknown_instance]))


def test_a_binding_that_does_not_come_about(world: World) -> None:
    ids = world.make_instances(2)
    world.make_role()
    world.fault("unavailable", "bind", times=None)
    refused(ErrorKind.UNAVAILABLE, lambda: world.cloud.bind("web", ids))
    assert world.asked("bind") < 20


@pytest.mark.parametrize("operation", ["bind", "unbind"])
def test_what_was_accepted_stays_accepted_when_nobody_can_look(world: World, operation: str) -> None:
    ids = world.make_instances(2)
    world.make_role()
    if operation == "unbind":
        world.cloud.bind("web", ids)
        world.fault("unavailable", "role_instances", times=None, after=1)
        outcomes = world.cloud.unbind("web", ids)
    else:
        world.fault("unavailable", "role_instances", times=None)
        outcomes = world.cloud.bind("web", ids)
    assert kinds(outcomes) == [None, None]
    world.sandbox.clear_faults()
    assert [world.holds(one) for one in ids] == ([None] * 2 if operation == "unbind" else ["web"] * 2)


def test_role_deleted_while_the_policy_still_seems_attached(world: World) -> None:
    world.make_role()
    code = {"code": "DeleteConflict.Role.Policy", "status": 409}
    world.fault("code", "delete_role", times=2, **code)
    world.cloud.delete_role("web")
    assert world.cloud.get_role("web") is None
