"""What held the role before its binding did is left with it: ``adopt``, in both clouds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.fleet import FLEETS, Fleet
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox, wait_for

KIND = "InstanceRoleBinding"


@pytest.fixture(params=list(FLEETS))
def fleet(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """Six instances, of which the first three hold a role that others made."""
    found = FLEETS[request.param](sandbox, 6, "app", "db")
    found.give("app", *found.ids[:3])
    yield found


def test_what_was_found_holding_the_role_keeps_it_at_the_end(fleet: Fleet, host: Host, start: StartHost) -> None:
    held, free = fleet.ids[:3], fleet.ids[3:]
    web = Thing(KIND, "web")
    declared = fleet.declared("app", fleet.ids, adopt=True)
    assert host.up(web, declared) == "create"
    assert web.outputs["adopted"] == held and fleet.now(*free) == dict.fromkeys(free, "app")
    assert host.up(web, declared) == "same" and host.read(web)
    assert web.outputs["adopted"] == held
    rest = start()
    assert rest.up(web, fleet.declared("app", [*held[1:], *free[1:]], adopt=True)) == "update"
    assert fleet.now(held[0], free[0]) == {held[0]: "app", free[0]: None}
    assert web.outputs["adopted"] == held[1:]
    start().delete(web)
    assert fleet.now(*fleet.ids) == {**dict.fromkeys(held, "app"), **dict.fromkeys(free)}


def test_without_a_word_what_is_as_declared_is_the_bindings_own(fleet: Fleet, host: Host, start: StartHost) -> None:
    web = Thing(KIND, "web")
    host.up(web, fleet.declared("app", fleet.ids))
    assert "adopted" not in web.outputs and "adopt" not in web.inputs
    start().delete(web)
    assert set(fleet.now(*fleet.ids).values()) == {None}


def test_an_adoption_ends_with_the_role_and_stays_without_the_word(fleet: Fleet, host: Host, start: StartHost) -> None:
    held = fleet.ids[:3]
    one, other = Thing(KIND, "one"), Thing(KIND, "other")
    host.up(one, fleet.declared("app", held[:2], adopt=True))
    host.up(other, fleet.declared("app", held[2:], adopt=True))
    second = start()
    assert second.up(one, fleet.declared("db", held[:2], adopt=True)) == "update"
    assert second.up(other, fleet.declared("app", held[2:])) == "update"
    assert "adopted" not in one.outputs and other.outputs["adopted"] == held[2:]
    destroy = start()
    for thing in (one, other):
        destroy.delete(thing)
    assert fleet.now(*held) == {held[0]: None, held[1]: None, held[2]: "app"}


@pytest.mark.parametrize("giver_first", [True, False])
def test_what_another_binding_hands_over_is_not_found_unless_that_found_it(
    fleet: Fleet, host: Host, start: StartHost, giver_first: bool
) -> None:
    found, given = fleet.ids[2], fleet.ids[3]
    giver, taker = Thing(KIND, "giver"), Thing(KIND, "taker")
    host.up(giver, fleet.declared("app", [found, given], adopt=True))
    host.up(taker, fleet.declared("app", [], adopt=True))
    second = start()
    wanted = {
        "giver": (giver, fleet.declared("app", [], adopt=True)),
        "taker": (taker, fleet.declared("app", [found, given], adopt=True)),
    }
    checked = {}
    for name, (thing, declared) in wanted.items():
        checked[name] = second.check(thing, declared).inputs
        assert second.diff(thing, checked[name]).changes
    for name in ("giver", "taker") if giver_first else ("taker", "giver"):
        second.update(wanted[name][0], checked[name])
    assert taker.outputs["adopted"] == [found] and "adopted" not in giver.outputs
    third = start()
    for thing in (giver, taker):
        third.delete(thing)
    assert fleet.now(found, given) == {found: "app", given: None}


def test_a_create_that_was_cut_off_takes_none_of_its_work_for_found(fleet: Fleet, host: Host, start: StartHost) -> None:
    """The role tells: this stack made it."""
    role, web = Thing("InstanceRole", "ours"), Thing(KIND, "web")
    host.up(role, {"cloud": fleet.cloud, "name": "ours"})
    free = fleet.ids[3:]
    declared = fleet.declared("ours", free, adopt=True)
    mark = fleet.sandbox.mark()
    fleet.sandbox.fault("delay", fleet.bind, times=None, seconds=0.2)
    thread, _ = host.in_background(host.create, Thing(KIND, "web"), host.check(web, declared).inputs)
    wait_for(lambda: fleet.writes(mark))
    host.kill()
    thread.join(timeout=20)
    fleet.sandbox.clear_faults()
    wait_for(lambda: set(fleet.now(*free).values()) == {"ours"})
    again = start()
    assert again.up(web, declared) == "create" and "adopted" not in web.outputs
    destroy = start()
    destroy.delete(web)
    destroy.delete(role)
    assert set(fleet.now(*free).values()) == {None} and "ours" not in fleet.roles()


def test_a_create_that_failed_takes_none_of_its_work_for_found(fleet: Fleet, host: Host, start: StartHost) -> None:
    """It put back what it had changed."""
    before, free = fleet.ids[2], fleet.ids[3:]
    web = Thing(KIND, "web")
    declared = fleet.declared("app", [before, *free], adopt=True)
    fleet.sandbox.fault("partial", fleet.bind, times=None, ids=free[:1], code="OperationDenied.Custom", status=403)
    with pytest.raises(HostError, match="put back as they were"):
        host.up(web, declared)
    fleet.sandbox.clear_faults()
    assert fleet.now(before, *free) == {before: "app", **dict.fromkeys(free)}
    again = start()
    assert again.up(web, declared) == "create"
    assert web.outputs["adopted"] == [before]


def test_what_was_left_to_a_binding_that_failed_can_be_had_by_the_next_up(
    fleet: Fleet, host: Host, start: StartHost
) -> None:
    one = fleet.ids[3]
    giver, taker = Thing(KIND, "giver"), Thing(KIND, "taker")
    host.up(giver, fleet.declared("app", [one]))
    second = start()
    wanted = second.check(taker, fleet.declared("db", [one])).inputs
    assert second.up(giver, fleet.declared("app", [])) == "update"
    assert fleet.now(one) == {one: "app"}  # whoever declares it is the one to write
    fleet.sandbox.fault("deny", fleet.bind, times=None)
    with pytest.raises(HostError):
        second.create(taker, wanted)
    fleet.sandbox.clear_faults()
    third = start()
    assert third.up(giver, fleet.declared("app", [])) == "same"
    assert third.up(taker, fleet.declared("db", [one])) == "create"
    assert fleet.now(one) == {one: "db"}


def test_a_state_of_an_earlier_release_lives_on(fleet: Fleet, host: Host, start: StartHost) -> None:
    web = Thing(KIND, "web")
    declared = fleet.declared("app", fleet.ids[:4])
    host.up(web, declared)
    for key in ("written_at", "adopted", "handed_over"):
        web.outputs.pop(key, None)
    second = start()
    assert second.up(web, declared) == "same" and second.read(web)
    web.outputs.pop("written_at", None)
    assert second.up(web, fleet.declared("app", fleet.ids[1:4])) == "update"
    web.outputs.pop("written_at")
    start().delete(web)
    assert set(fleet.now(*fleet.ids).values()) == {None}


@pytest.mark.parametrize(("least", "said"), [(3, "2 instances are given and at_least wants 3"), (-1, "whole number")])
def test_too_few_instances_fail_the_check(fleet: Fleet, host: Host, least: int, said: str) -> None:
    declared = fleet.declared("app", fleet.ids[:2], at_least=least)
    failures = host.check(Thing(KIND, "web"), declared).failures
    assert [said in reason for _, reason in failures] == [True]
    assert host.check(Thing(KIND, "web"), {**declared, "at_least": 2}).failures == []


def test_what_was_left_to_a_binding_that_never_came_loses_the_role_at_the_end(
    fleet: Fleet, host: Host, start: StartHost
) -> None:
    one, other = fleet.ids[3:5]
    giver = Thing(KIND, "giver")
    host.up(giver, fleet.declared("app", [one, other]))
    second = start()
    second.check(Thing(KIND, "taker"), fleet.declared("db", [one]))
    second.up(giver, fleet.declared("app", [other]))
    assert fleet.now(one, other) == {one: "app", other: "app"}
    start().delete(giver)
    assert fleet.now(one, other) == {one: None, other: None}
