"""What ends, in which order, and what is only let go: roles in use, adopted things, and roles that others give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lifecycle.resources.fleet import FLEETS, Fleet
from tests.support.host import Host, HostError, Props, Thing
from tests.support.sandbox import Sandbox

BINDING, ROLE, POLICY, ATTACHMENT = "InstanceRoleBinding", "InstanceRole", "RolePolicy", "RolePolicyAttachment"


@pytest.fixture(params=FLEETS)
def fleet(request: pytest.FixtureRequest, sandbox: Sandbox) -> Fleet:
    return FLEETS[request.param](sandbox, 3, "team")


@pytest.fixture
def new_host(fleet: Fleet) -> Callable[[], Host]:
    """Start a host for one operation; the caller ends it."""
    return lambda: Host(fleet.sandbox.env())


def role(fleet: Fleet, name: str = "web", **more: Any) -> Props:
    return {"cloud": fleet.cloud, "name": name, **more}


def policy(fleet: Fleet, name: str = "read", **more: Any) -> Props:
    return {"cloud": fleet.cloud, "name": name, "document": fleet.document, **more}


def attachment(fleet: Fleet, name: str = "web", of: str = "read", kind: str = "Custom") -> Props:
    return {"cloud": fleet.cloud, "role": name, "policy": of, "policy_type": kind}


def writing(fleet: Fleet, since: int) -> list[str]:
    return [call["action"] for call in fleet.sandbox.calls(since) if call["write"]]


def test_a_stack_ends_in_the_order_of_its_dependencies(fleet: Fleet, new_host: Callable[[], Host]) -> None:
    web, read = Thing(ROLE, "web"), Thing(POLICY, "read")
    attached, bound = Thing(ATTACHMENT, "attached"), Thing(BINDING, "bound")
    with new_host() as up:
        up.up(web, role(fleet))
        up.up(read, policy(fleet))
        up.up(attached, attachment(fleet))
        up.up(bound, fleet.declared("web", fleet.ids[:2]))
    with new_host() as destroy:
        mark = fleet.sandbox.mark()
        # As with a target: what depends on them is still there.
        with pytest.raises(HostError, match=rf"read \(Custom\).*{fleet.ids[0]}, {fleet.ids[1]}.*force_detach=True"):
            destroy.delete(web)
        with pytest.raises(HostError, match="web"):
            destroy.delete(read)
        assert writing(fleet, mark) == []
        for thing in (bound, attached, read, web):
            destroy.delete(thing)
    assert fleet.roles() == {"team"} and fleet.policies() == set()
    assert set(fleet.held().values()) == {None}


def test_a_role_that_others_use_stays_with_their_list(fleet: Fleet, new_host: Callable[[], Host]) -> None:
    ours, *theirs = fleet.ids
    web, crowd, bound = Thing(ROLE, "web"), Thing(ROLE, "crowd"), Thing(BINDING, "bound")
    with new_host() as up, new_host() as destroy:
        for thing in (web, crowd):
            up.up(thing, role(fleet, thing.name))
        up.up(bound, fleet.declared("web", [ours]))
        (launched,) = fleet.launch(1, role="web")
        many = sorted(fleet.launch(120, role="crowd"))
        fleet.give("web", *theirs)
        fleet.attach("web", fleet.system_policy)
        destroy.delete(bound)
        mark = fleet.sandbox.mark()
        with pytest.raises(HostError) as error:
            destroy.delete(web)
        with pytest.raises(HostError, match=rf"instances not unbound before: {', '.join(many[:5])} and 115 more"):
            destroy.delete(crowd)
        assert writing(fleet, mark) == []
        text = str(error.value)
        assert f"policies that this resource did not attach: {fleet.system_policy} (System)" in text
        assert f"still held by instances not unbound before: {', '.join(sorted([*theirs, launched]))}" in text
        assert "force_detach=True" in text and ours not in text
        others = {**dict.fromkeys((*theirs, launched), "web"), **dict.fromkeys(many, "crowd")}
        assert {one: now for one, now in fleet.held().items() if now} == others
        assert {"web", "crowd"} < fleet.roles()

        mark = fleet.sandbox.mark()
        for thing in (web, crowd):
            assert up.up(thing, role(fleet, thing.name, force_detach=True)) == "update"
        assert fleet.sandbox.calls(mark) == []  # a flag that only a delete reads
        for thing in (web, crowd):
            destroy.delete(thing)
        assert sorted(len(one.ids) for one in fleet.writes(mark)) == [3, 20, 100]
    assert fleet.roles() == {"team"}
    assert set(fleet.held().values()) == {None}


def test_an_adopted_role_and_policy_change_hands_are_let_go_and_come_back(
    fleet: Fleet, new_host: Callable[[], Host]
) -> None:
    fleet.make_policy("theirs")
    before = fleet.ownerless("team", "theirs")
    kinds = ((ROLE, role(fleet, "team", adopt=True)), (POLICY, policy(fleet, "theirs", adopt=True)))
    old, new = [[Thing(kind, name) for kind, _ in kinds] for name in ("old", "new")]
    with new_host() as up:
        for thing, (_, wanted) in zip(old, kinds, strict=True):
            assert up.up(thing, wanted) == "create" and thing.outputs["adopted"] is True
    with new_host() as killed:  # renamed without an alias; the host dies before the old ones are ended
        for thing, (_, wanted) in zip(new, kinds, strict=True):
            assert killed.up(thing, wanted) == "create" and thing.outputs["adopted"] is True
        killed.kill()
    with new_host() as again:
        for thing, (_, wanted) in zip(new, kinds, strict=True):
            assert again.up(thing, wanted) == "same"
        for thing in old:
            again.delete(thing)
    assert "team" in fleet.roles() and "theirs" in fleet.policies()
    with new_host() as destroy:
        mark = fleet.sandbox.mark()
        for thing in new:
            destroy.delete(thing)
        assert writing(fleet, mark) == []
        for kind, wanted in kinds:
            assert destroy.up(Thing(kind, "anew"), wanted) == "create"
    assert fleet.ownerless("team", "theirs") == before


@dataclass
class Replacement:
    """A role under another name: the new role is made, the binding follows, the old role ends.

    The host is killed after ``done`` of these steps; the last one's result may be ``lost``.
    """

    fleet: Fleet
    number: int
    done: int
    lost: bool

    def __post_init__(self) -> None:
        self.ids = self.fleet.launch(2)
        self.old: Thing | None = Thing(ROLE, f"web-{self.number}")
        self.new: Thing | None = None
        self.bound = Thing(BINDING, f"bound-{self.number}")
        self.names = f"web-{self.number}", f"web-{self.number}-anew"

    def begin(self, host: Host) -> None:
        assert self.old is not None
        host.up(self.old, role(self.fleet, self.names[0]))
        host.up(self.bound, self.fleet.declared(self.names[0], self.ids))

    def go(self, host: Host, steps: int = 3) -> None:
        for step in (self._make, self._follow, self._end)[:steps]:
            step(host)

    def go_halfway(self, host: Host) -> None:
        self.go(host, self.done - self.lost)
        if self.lost:
            kept = self.old, self.new, Thing(**vars(self.bound))
            self.go(host, self.done)
            self.old, self.new, self.bound = kept

    def _make(self, host: Host) -> None:
        new = self.new or Thing(ROLE, f"web-{self.number}")
        host.up(new, role(self.fleet, self.names[1]))
        self.new = new

    def _follow(self, host: Host) -> None:
        host.up(self.bound, self.fleet.declared(self.names[1], self.ids))

    def _end(self, host: Host) -> None:
        if self.old is not None:
            host.delete(self.old)
            self.old = None


def test_a_role_is_replaced_with_a_kill_in_between(fleet: Fleet, new_host: Callable[[], Host]) -> None:
    cases = [(done, lost) for done in range(4) for lost in (False, True) if done or not lost]
    replacements = [Replacement(fleet, number, *case) for number, case in enumerate(cases)]
    with new_host() as up:
        for one in replacements:
            one.begin(up)
    with new_host() as killed:
        for one in replacements:
            one.go_halfway(killed)
        killed.kill()
    with new_host() as again:
        for one in replacements:
            one.go(again)
    assert fleet.roles() == {"team", *(one.names[1] for one in replacements)}
    for one in replacements:
        assert fleet.now(*one.ids) == dict.fromkeys(one.ids, one.names[1]), (one.done, one.lost)
        assert one.old is None


def test_instances_that_have_their_role_from_elsewhere_are_never_touched(
    fleet: Fleet, new_host: Callable[[], Host]
) -> None:
    """Such as those that the infrastructure package launched with a role, beside ours, even if it is the same role."""
    web, bound = Thing(ROLE, "web"), Thing(BINDING, "bound")
    with new_host() as up, new_host() as destroy:
        up.up(web, role(fleet))
        theirs = {fleet.launch(1, role=given)[0]: given for given in ("team", "web")}

        def ours_alone(work: Callable[[], object]) -> None:
            mark = fleet.sandbox.mark()
            work()
            named = [call for call in fleet.sandbox.calls(mark) if any(one in str(call["params"]) for one in theirs)]
            assert named == [], "they are not even looked at"

        def up_to(name: str, ids: list[str]) -> None:
            ours_alone(lambda: up.up(bound, fleet.declared(name, ids)))

        up_to("web", fleet.ids)
        up_to("team", fleet.ids[:2])
        up_to("web", fleet.ids[1:])
        fleet.take(*theirs)  # their drift is none of ours
        bound.inputs.pop("losing")  # what the last change took away is for its preview alone
        state = (dict(bound.inputs), dict(bound.outputs))
        ours_alone(lambda: up.read(bound))
        assert (bound.inputs, bound.outputs) == state and bound.outputs["drift"] == {}
        for one, given in theirs.items():
            fleet.give(given, one)
        fleet.take(fleet.ids[1])  # and ours is none of theirs
        ours_alone(lambda: up.read(bound))
        assert bound.outputs["drift"] == {fleet.ids[1]: "unbound"}
        up_to("web", fleet.ids[1:])
        assert fleet.held() == {fleet.ids[0]: None, **dict.fromkeys(fleet.ids[1:], "web"), **theirs}
        ours_alone(lambda: destroy.delete(bound))
        assert fleet.held() == {**dict.fromkeys(fleet.ids), **theirs}
        same = next(one for one, given in theirs.items() if given == "web")
        with pytest.raises(HostError, match=same):
            destroy.delete(web)
    assert fleet.held() == {**dict.fromkeys(fleet.ids), **theirs}
