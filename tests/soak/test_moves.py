"""Thousands of edits to bindings: after each up that succeeds every instance holds the role declared.

What the suite does for a minute (:mod:`tests.lifecycle.resources.test_binding_moves`), for as long as it is told to.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lifecycle.resources.fleet import FLEETS
from tests.soak.conftest import MINUTES
from tests.soak.moves import INSTANCES, Life
from tests.support.sandbox import Server

AT_ONCE, UPDATES = 4, 25


@pytest.mark.soak
@pytest.mark.parametrize("cloud", FLEETS)
def test_lives_of_bindings(cloud: str, sandbox_server: Server, record_property: Callable[[str, object], None]) -> None:
    run = int(os.environ.get("SOAK_SEED", time.time_ns() // 10**9))
    until = time.monotonic() + MINUTES * 60
    numbers = itertools.count(1)
    lives: list[Life] = []

    def live(_: int) -> None:
        while time.monotonic() < until:
            life = Life(FLEETS[cloud](sandbox_server.account(), INSTANCES), f"{run} {next(numbers)}")
            lives.append(life)
            life.go_on(UPDATES)
            life.end()

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(live, range(AT_ONCE)))
    finally:
        updates, failed = sum(one.updates for one in lives), sum(one.failed for one in lives)
        told = f"{len(lives)} lives of bindings, {updates} updates, {failed} of them failed at first"
        record_property("soak", f"{cloud}, SOAK_SEED={run}: {told}")
