from __future__ import annotations

from functools import partial

import pytest

from pulumi_instance_role.clouds.port import ErrorKind
from pulumi_instance_role.policy.build import allow, policy_document
from tests.contract.clouds.world import AlibabaWorld, World, kinds, refused


def test_bind_and_unbind(world: World) -> None:
    ids = world.make_instances(3)
    world.make_role()
    outcomes = world.cloud.bind("web", ids)
    assert [outcome.instance_id for outcome in outcomes] == ids and all(outcome.ok for outcome in outcomes)
    assert world.asked("bind") == 1
    assert [world.holds(one) for one in ids] == ["web"] * 3
    outcomes = world.cloud.unbind("web", ids)
    assert [outcome.instance_id for outcome in outcomes] == ids and all(outcome.ok for outcome in outcomes)
    assert [world.holds(one) for one in ids] == [None] * 3
    assert kinds(world.cloud.unbind("web", ids)) == [None] * 3
    assert world.asked("unbind") == 1


def test_already_bound_is_done(world: World) -> None:
    ids = world.make_instances(2)
    world.make_role()
    world.cloud.bind("web", ids[:1])
    assert kinds(world.cloud.bind("web", ids)) == [None, None]
    assert [world.holds(one) for one in ids] == ["web", "web"]


def test_a_role_is_the_same_in_another_case(world: World) -> None:
    """The clouds do not tell cases apart, and need not show a role as it was written."""
    held, free = world.make_instances(2)
    world.make_role("Web")
    world.sandbox.switch(held_role_case="lower")
    assert kinds(world.cloud.bind("Web", [held])) == [None]
    assert kinds(world.cloud.bind("Web", [held, free])) == [None, None]
    assert [one.role for one in world.cloud.instances([held, free]).values()] == ["web", "web"]
    assert (
        sorted(world.cloud.role_instances("Web")) == sorted(world.cloud.role_instances("wEB")) == sorted([held, free])
    )
    assert kinds(world.cloud.unbind("Web", [held, free])) == [None, None]
    assert [world.holds(one) for one in (held, free)] == [None, None]
    assert world.cloud.role_instances("Web") == ()


def test_each_instance_has_an_outcome_of_its_own(world: World) -> None:
    good, taken, gone = world.make_instances(3)
    (flat,) = world.make_instances(1, in_vpc=False)
    world.make_role()
    world.make_role("other")
    world.cloud.bind("other", [taken])
    world.release(gone)
    ids = [flat, good, taken, world.unknown_instance, gone]
    outcomes = world.cloud.bind("web", ids)
    assert kinds(outcomes) == [
        ErrorKind.NOT_IN_VPC,
        None,
        ErrorKind.OCCUPIED,
        ErrorKind.NOT_FOUND,
        ErrorKind.NOT_FOUND,
    ]
    assert [outcome.instance_id for outcome in outcomes] == ids
    for outcome in outcomes:
        assert outcome.error is None or outcome.instance_id in str(outcome.error)
    assert '"other"' in str(outcomes[2].error)
    assert (world.holds(good), world.holds(taken)) == ("web", "other")


def test_only_the_role_named_is_taken_away(world: World) -> None:
    ours, theirs, gone = world.make_instances(3)
    world.make_role()
    world.make_role("other")
    world.cloud.bind("web", [ours, gone])
    world.cloud.bind("other", [theirs])
    world.release(gone)
    assert kinds(world.cloud.unbind("web", [theirs, gone, ours, world.unknown_instance])) == [None] * 4
    assert (world.holds(ours), world.holds(theirs)) == (None, "other")
    assert world.asked_for("unbind") == [{ours}]


def test_roles_that_cannot_be_bound(world: World) -> None:
    (one,) = world.make_instances(1)
    world.make_role("distrusts", world.untrusted)
    error = refused(ErrorKind.UNTRUSTED, lambda: world.cloud.bind("distrusts", [one]))
    assert world.service in error.hint
    refused(ErrorKind.NOT_FOUND, lambda: world.cloud.bind("none", [one]))
    assert world.holds(one) is None
    assert world.asked("bind") == 2  # neither is worth waiting for


def test_a_caller_who_may_not_pass_the_role(world: World) -> None:
    (one,) = world.make_instances(1)
    world.make_role()
    world.sandbox.switch(cvm_pass_role="UnauthorizedOperation")
    action, resource = world.may_pass
    stranger = world.user(world.permits(world.everything_of_instances, world.everything_read_of_roles))
    error = refused(ErrorKind.DENIED, lambda: stranger.bind("web", [one]))
    assert action in str(error)
    passer = world.user(world.permits(world.everything_of_instances), world.permits(action, on=resource))
    assert kinds(passer.bind("web", [one])) == [None]


def test_who_may_bind_but_not_look_has_the_clouds_word(alibaba: AlibabaWorld) -> None:
    world = alibaba
    one, two = world.make_instances(2)
    world.make_role()
    blind = world.user(policy_document(allow("ecs:AttachInstanceRamRole", "ram:PassRole", on="*")))
    assert kinds(blind.bind("web", [one])) == [None]
    assert None not in kinds(blind.bind("web", [world.unknown_instance]))
    assert world.holds(one) == "web"
    refused(ErrorKind.DENIED, lambda: blind.unbind("web", [one]))
    assert world.holds(two) is None


@pytest.mark.parametrize("count", [0, 101])
def test_no_more_than_a_batch(world: World, count: int) -> None:
    ids = [f"{world.unknown_instance}{number}" for number in range(count)]
    error = refused(ErrorKind.INVALID, lambda: world.cloud.bind("web", ids))
    assert "1 to 100" in str(error)
    refused(ErrorKind.INVALID, lambda: world.cloud.unbind("web", ids))
    assert world.asked("bind") == world.asked("instances") == 0


def test_a_fresh_role_is_given_a_moment(world: World) -> None:
    (one,) = world.make_instances(1)
    world.sandbox.switch(role_propagation_seconds=0.5, cvm_role_propagation_seconds=0.5)
    world.make_role("fresh", world.trust)
    assert kinds(world.patient.bind("fresh", [one])) == [None]
    assert world.asked("bind") > 1
    assert world.holds(one) == "fresh"


def test_a_role_that_is_refused_instance_by_instance(alibaba: AlibabaWorld) -> None:
    world = alibaba
    free, taken = world.make_instances(2)
    world.make_role("other")
    world.cloud.bind("other", [taken])
    world.sandbox.switch(role_fault_level="item", occupied_level="item", role_propagation_seconds=0.5)
    world.make_role("fresh")
    assert kinds(world.patient.bind("fresh", [free])) == [None]
    world.sandbox.switch(role_propagation_seconds=0)
    world.make_role("distrusts", world.untrusted)
    before = world.asked("bind")
    for role, kind in (("none", ErrorKind.NOT_FOUND), ("distrusts", ErrorKind.UNTRUSTED)):
        error = refused(kind, partial(world.cloud.bind, role, [free, taken]))
        assert error.resource == role and "instance" not in error.hint
    assert world.asked("bind") - before == 2


@pytest.mark.parametrize("occupied_level", ["request", "item"])
@pytest.mark.parametrize("mixed_batch", ["request", "item"])
@pytest.mark.parametrize("describe_unbound", ["omit", "row"])
@pytest.mark.parametrize(("reattach_same", "detach_mismatch"), [("error", "error"), ("ok", "item"), ("ok", "ok")])
def test_whatever_the_documentation_leaves_open(
    alibaba: AlibabaWorld,
    occupied_level: str,
    mixed_batch: str,
    describe_unbound: str,
    reattach_same: str,
    detach_mismatch: str,
) -> None:
    world = alibaba
    free, taken, ours = world.make_instances(3)
    world.make_role()
    world.make_role("other")
    world.sandbox.switch(
        occupied_level=occupied_level,
        mixed_batch=mixed_batch,
        describe_unbound=describe_unbound,
        reattach_same=reattach_same,
        detach_mismatch=detach_mismatch,
        occupied_code="Some.UnknownCode",
    )
    world.cloud.bind("web", [ours])
    world.cloud.bind("other", [taken])
    outcomes = world.cloud.bind("web", [free, taken, ours, world.unknown_instance])
    assert kinds(outcomes) == [None, ErrorKind.OCCUPIED, None, ErrorKind.NOT_FOUND]
    assert [world.holds(one) for one in (free, taken, ours)] == ["web", "other", "web"]
    assert kinds(world.cloud.unbind("web", [free, taken, ours, world.unknown_instance])) == [None] * 4
    assert [world.holds(one) for one in (free, taken, ours)] == [None, "other", None]


def test_a_hundred_with_bad_ones_among_them(world: World) -> None:
    ids = world.make_instances(97)
    world.make_role()
    world.make_role("other")
    taken = [ids[13], ids[77]]
    world.cloud.bind("other", taken)
    first, second = world.unknown_instances
    some = [*ids[:50], first, *ids[50:], second]
    before = world.asked("bind")
    outcomes = world.cloud.bind("web", some)
    bad = {outcome.instance_id: outcome.error.kind for outcome in outcomes if outcome.error}
    assert bad == {
        **dict.fromkeys(taken, ErrorKind.OCCUPIED),
        first: ErrorKind.NOT_FOUND,
        second: ErrorKind.NOT_FOUND,
    }
    assert world.asked("bind") - before == 2
    assert len(world.cloud.role_instances("web")) == 97 - len(taken)


@pytest.mark.parametrize("fault", ["code", "throttle", "unavailable", "internal", "drop_before"])
@pytest.mark.parametrize("operation", ["bind", "unbind"])
def test_what_others_did_during_a_wait_is_left_as_it_is(world: World, operation: str, fault: str) -> None:
    """A write that does not say what it replaces goes by a look that is newer than the wait before it."""
    (one,) = world.make_instances(1)
    for role in ("web", "old", "theirs"):
        world.make_role(role)
    in_place = world.cloud.limits.rebind_in_place
    world.cloud.bind("old", [one])
    waits: list[float] = []

    def overtake(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            if not in_place:
                world.cloud.unbind("old", [one])
            assert kinds(world.cloud.bind("theirs", [one], "old")) == [None]

    cloud = world.connection(overtake)
    world.fault(fault, operation, times=1, **({"code": world.busy} if fault == "code" else {}))
    found = cloud.bind("web", [one], "old") if operation == "bind" else cloud.unbind("old", [one])
    # Where binding does not replace, the first word of an occupied instance is the last.
    assert waits or (operation == "bind" and not in_place)
    assert world.holds(one) == ("theirs" if waits else "old")
    assert kinds(found) == [ErrorKind.OCCUPIED if operation == "bind" else None]


def test_an_instance_that_is_spared_by_then_keeps_its_role(world: World) -> None:
    ids = world.make_instances(2)
    world.make_role()
    world.cloud.bind("web", ids)
    spared: set[str] = set()
    world.fault("code", "unbind", times=1, code=world.busy)
    cloud = world.connection(lambda _: spared.add(ids[0]))
    assert kinds(cloud.unbind("web", ids, spared.__contains__)) == [None, None]
    assert [world.holds(one) for one in ids] == ["web", None]
