"""Destroy right after up, in clouds whose reads are 20 seconds behind: what the state says is not given up at once.

The account's clock runs ahead of the real one, so that the reads catch up within seconds.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.fleet import FLEETS, Fleet
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox

BEHIND = 20.0
READS = {
    "everything": ("*",),
    "what instances hold": ("DescribeInstances", "DescribeInstanceRamRole"),
    "roles and policies": ("GetRole", "GetPolicy", "ListPolicies", "ListTagResources"),
}


@contextmanager
def behind(fleet: Fleet, actions: tuple[str, ...]) -> Iterator[None]:
    """Reads are behind; the clock of the cloud runs on."""
    for action in actions:
        fleet.sandbox.fault("lag", action, times=None, seconds=BEHIND)
    over = threading.Event()

    def run_on() -> None:
        while not over.wait(0.3):
            fleet.sandbox.advance(2)

    clock = threading.Thread(target=run_on)
    clock.start()
    try:
        yield
    finally:
        over.set()
        clock.join()
        fleet.sandbox.clear_faults()


def deployed(fleet: Fleet, host: Host) -> dict[str, Thing]:
    """A role of the stack, a policy and both on the first three instances, written a moment ago."""
    host.pause = 0
    things = {kind: Thing(kind, "web") for kind in ("InstanceRole", "RolePolicy", "InstanceRoleBinding")}
    host.up(things["InstanceRole"], {"cloud": fleet.cloud, "name": "web"})
    host.up(things["RolePolicy"], {"cloud": fleet.cloud, "name": "web", "document": fleet.document})
    host.up(things["InstanceRoleBinding"], fleet.declared("web", fleet.ids))
    return things


@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize("cloud", FLEETS)
def test_destroy_right_after_up_ends_everything(
    sandbox: Sandbox, host: Host, start: StartHost, cloud: str, reads: str
) -> None:
    fleet = FLEETS[cloud](sandbox, 3)
    sandbox.advance(60)
    things = deployed(fleet, host)
    destroy = start()
    mark = sandbox.mark()
    with behind(fleet, READS[reads]):
        for kind in ("InstanceRoleBinding", "RolePolicy", "InstanceRole"):
            destroy.delete(things[kind])
    assert set(fleet.now(*fleet.ids).values()) == {None}
    assert (fleet.roles(), fleet.policies()) == (set(), set())
    done = [call["action"] for call in sandbox.calls(mark) if call["write"] and not call["code"]]
    assert done.index(fleet.unbind) < done.index("DeleteRole")


@pytest.mark.parametrize("cloud", FLEETS)
def test_instances_that_leave_right_after_up_lose_the_role(
    sandbox: Sandbox, host: Host, start: StartHost, cloud: str
) -> None:
    fleet = FLEETS[cloud](sandbox, 3)
    sandbox.advance(60)
    binding = deployed(fleet, host)["InstanceRoleBinding"]
    second = start()
    with behind(fleet, READS["what instances hold"]):
        assert second.up(binding, fleet.declared("web", fleet.ids[1:])) == "update"
    assert fleet.now(*fleet.ids) == {fleet.ids[0]: None, **dict.fromkeys(fleet.ids[1:], "web")}


@pytest.mark.parametrize("cloud", FLEETS)
def test_a_refresh_right_after_up_takes_nothing_for_gone(
    sandbox: Sandbox, host: Host, start: StartHost, cloud: str
) -> None:
    fleet = FLEETS[cloud](sandbox, 3)
    sandbox.advance(60)
    things = deployed(fleet, host)
    refresh = start()
    with behind(fleet, READS["everything"]):
        assert all(refresh.read(thing) for thing in things.values())
    assert things["InstanceRoleBinding"].outputs["drift"] == {}


@pytest.mark.parametrize("cloud", FLEETS)
def test_what_the_cloud_shows_late_of_an_unbinding_does_not_hold_up_the_role(
    sandbox: Sandbox, host: Host, start: StartHost, cloud: str
) -> None:
    """The role's own look shows holders that this very operation took the role from."""
    fleet = FLEETS[cloud](sandbox, 3)
    things = deployed(fleet, host)
    sandbox.advance(60)
    destroy = start()
    destroy.delete(things["InstanceRoleBinding"])
    with behind(fleet, READS["what instances hold"]):
        destroy.delete(things["InstanceRole"])
    assert "web" not in fleet.roles()


@pytest.mark.parametrize("cloud", FLEETS)
def test_what_others_ended_long_after_the_last_write_is_believed_at_once(
    sandbox: Sandbox, host: Host, start: StartHost, cloud: str
) -> None:
    fleet = FLEETS[cloud](sandbox, 3)
    things = deployed(fleet, host)
    for thing in things.values():
        thing.outputs["written_at"] -= 3600
    fleet.take(*fleet.ids)
    mark = sandbox.mark()
    start().delete(things["InstanceRoleBinding"])
    looks = Counter(call["action"] for call in sandbox.calls(mark) if call["action"] in READS["what instances hold"])
    assert looks and max(looks.values()) <= 2, looks  # where reads may lag it would look again and again


@pytest.mark.parametrize(("kind", "look"), [("InstanceRole", "GetRole"), ("RolePolicy", "GetPolicy")])
@pytest.mark.parametrize("cloud", FLEETS)
def test_what_a_cut_off_create_made_is_gone_on_with_before_it_is_shown(
    sandbox: Sandbox, host: Host, start: StartHost, cloud: str, kind: str, look: str
) -> None:
    """The name is taken, and for a while the reads show nothing that has it."""
    fleet = FLEETS[cloud](sandbox, 0)
    thing, inputs = Thing(kind, "web"), dict[str, object](cloud=cloud, name="web")
    if kind == "RolePolicy":
        inputs["document"] = fleet.document
    fleet.sandbox.fault("deny", look, times=None)
    with pytest.raises(HostError):
        host.up(thing, inputs)
    fleet.sandbox.clear_faults()
    with behind(fleet, READS["roles and policies"]):
        start().up(thing, inputs)
    assert thing.outputs["adopted"] is False
