"""However bindings are moved, exchanged, split, merged, renamed: each instance ends with the role declared.

Resources are brought about in either order and side by side, in a cloud that takes its time and says that it is busy.
An up that succeeds and leaves an instance without the declared role is the fault looked for here. `make soak` does
thousands of updates of the same kind (:mod:`tests.soak.test_moves`).
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.fleet import FLEETS
from tests.soak.moves import INSTANCES, Life
from tests.support.host import Thing
from tests.support.sandbox import Sandbox, Server, wait_for

KIND = "InstanceRoleBinding"

LIVES, UPDATES = 5, 10


@pytest.mark.timeout(600)  # it takes 30 s, and much of that is other processes' work
@pytest.mark.parametrize("cloud", FLEETS)
def test_after_every_up_each_instance_holds_the_role_declared(sandbox_server: Server, cloud: str) -> None:
    def live(number: int) -> Life:
        life = Life(FLEETS[cloud](sandbox_server.account(), INSTANCES), f"suite {number}")
        life.go_on(UPDATES)
        life.end()
        return life

    with ThreadPoolExecutor(LIVES) as pool:
        lives = list(pool.map(live, range(LIVES)))
    assert sum(one.updates for one in lives) == LIVES * UPDATES
    assert sum(one.failed for one in lives) <= LIVES, [one.journal for one in lives if one.failed]


@pytest.mark.parametrize("cloud", FLEETS)
def test_who_is_checked_while_the_role_is_being_taken_off_gets_it(
    sandbox: Sandbox, start: StartHost, cloud: str
) -> None:
    """An engine checks one binding while another gives up what the first one wants: of the same role, in this case."""
    fleet = FLEETS[cloud](sandbox, 1, "app")
    (one,) = fleet.ids
    giver, taker = Thing(KIND, "giver"), Thing(KIND, "taker")
    start().up(giver, fleet.declared("app", [one]))
    up = start()
    sandbox.fault("delay", fleet.unbind, times=1, seconds=2.0)
    mark = sandbox.mark()
    thread, met = up.in_background(up.up, giver, fleet.declared("app", []))
    wait_for(lambda: len(sandbox.calls(mark)) == 2)
    time.sleep(0.5)  # by now the giver has looked for the last time, and its write is on its way
    up.up(taker, fleet.declared("app", [one]))
    thread.join(timeout=60)
    assert met == [] and fleet.now(one) == {one: "app"}


@pytest.mark.parametrize("cloud", FLEETS)
def test_who_is_checked_when_the_role_is_off_and_is_still_shown_gets_it(
    sandbox: Sandbox, start: StartHost, cloud: str
) -> None:
    """The cloud has taken the giver's write, and goes on showing the role for a moment."""
    fleet = FLEETS[cloud](sandbox, 1, "app")
    (one,) = fleet.ids
    giver, taker = Thing(KIND, "giver"), Thing(KIND, "taker")
    start().up(giver, fleet.declared("app", [one]))
    sandbox.switch(**{"detach_visibility_seconds" if cloud == "alibaba" else "cvm_operation_seconds": 2.0})
    up = start()
    mark = sandbox.mark()
    thread, met = up.in_background(up.up, giver, fleet.declared("app", []))
    wait_for(lambda: any(each.action == fleet.unbind for each in fleet.writes(mark)))
    up.up(taker, fleet.declared("app", [one]))
    thread.join(timeout=60)
    time.sleep(2.0)  # whatever is under way at the cloud has come to its end
    assert met == [] and fleet.now(one) == {one: "app"}
