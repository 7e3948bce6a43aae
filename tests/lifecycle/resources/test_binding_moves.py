"""However bindings are moved, exchanged, split, merged, renamed: each instance ends with the role declared.

Resources are brought about in either order and side by side, in a cloud that takes its time and says that it is busy.
An up that succeeds and leaves an instance without the declared role is the fault looked for here. `make soak` does
thousands of updates of the same kind (:mod:`tests.soak.test_moves`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.fleet import FLEETS, Fleet
from tests.soak.moves import INSTANCES, Life
from tests.support.host import Thing
from tests.support.sandbox import Sandbox, Server, wait_for

KIND = "InstanceRoleBinding"

LIVES, UPDATES = 5, 10
SLOWED = 2.0
"""Seconds that a giver's write takes, or goes unseen."""


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


def hand_over(fleet: Fleet, start: StartHost, slow: Callable[[], None], so_far: Callable[[int], None]) -> None:
    """An engine checks and makes one binding while another gives up what the first one wants: of the same role.

    ``slow`` makes the giver take its time; ``so_far`` returns when it is as far as is meant, by the calls since a mark.
    """
    (one,) = fleet.ids
    giver, taker = Thing(KIND, "giver"), Thing(KIND, "taker")
    start().up(giver, fleet.declared("app", [one]))
    up = start()
    slow()
    mark = fleet.sandbox.mark()
    thread, met = up.in_background(up.up, giver, fleet.declared("app", []))
    so_far(mark)
    up.up(taker, fleet.declared("app", [one]))
    thread.join(timeout=60)
    time.sleep(SLOWED)  # whatever is under way at the cloud has come to its end
    assert met == [] and fleet.now(one) == {one: "app"}


@pytest.mark.parametrize("cloud", FLEETS)
def test_who_is_checked_while_the_role_is_being_taken_off_gets_it(
    sandbox: Sandbox, start: StartHost, cloud: str
) -> None:
    fleet = FLEETS[cloud](sandbox, 1, "app")

    def so_far(mark: int) -> None:
        wait_for(lambda: len(sandbox.calls(mark)) == 2)
        time.sleep(0.5)  # by now the giver has looked for the last time, and its write is on its way

    hand_over(fleet, start, lambda: sandbox.fault("delay", fleet.unbind, times=1, seconds=SLOWED), so_far)


@pytest.mark.parametrize("cloud", FLEETS)
def test_who_is_checked_when_the_role_is_off_and_is_still_shown_gets_it(
    sandbox: Sandbox, start: StartHost, cloud: str
) -> None:
    """The cloud has taken the giver's write, and goes on showing the role for a moment."""
    fleet = FLEETS[cloud](sandbox, 1, "app")
    lags = "detach_visibility_seconds" if cloud == "alibaba" else "cvm_operation_seconds"

    def so_far(mark: int) -> None:
        wait_for(lambda: any(each.action == fleet.unbind for each in fleet.writes(mark)))

    hand_over(fleet, start, lambda: sandbox.switch(**{lags: SLOWED}), so_far)
