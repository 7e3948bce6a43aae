"""Waiting for something to become true in a cloud, with an end to the waiting.

The only place, beside :mod:`~pulumi_instance_role.transport.retry` and the rate limiter, that sleeps.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pulumi_instance_role.records import dataclass

if TYPE_CHECKING:
    import tenacity

T = TypeVar("T")


class DeadlinePassed(Exception):
    """It did not come true in time."""


@dataclass(frozen=True)
class Waiter:
    """Looks at growing intervals until there is something to see. All times in seconds.

    ``spread`` is the part of each interval, from none to all (1), that is drawn by chance, so that waiters that began
    together do not look together.
    """

    first: float = 0.2
    cap: float = 3.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    spread: float = 0.0
    random: Callable[[], float] = random.random

    def until(self, look: Callable[[], T | None], deadline: float) -> T:
        """The first result of ``look`` that is not ``None``. Looks at least once; raises :class:`DeadlinePassed`."""
        import tenacity  # where something is waited for: most processes of a stack in line never do

        start = self.clock()

        def pause(state: tenacity.RetryCallState) -> float:
            left = deadline - (self.clock() - start)
            interval = min(self.cap, self.first * 2.0 ** min(state.attempt_number - 1, 32))
            return max(0.0, min(interval * (1 - self.spread * self.random()), left))

        mechanics = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda seen: seen is None),
            wait=pause,
            stop=lambda _: self.clock() - start >= deadline,
            sleep=self.sleep,
        )
        try:
            seen = mechanics(look)
        except tenacity.RetryError:
            raise DeadlinePassed(f"not so after {deadline:g} s") from None
        assert seen is not None
        return seen

    def comes_true(self, look: Callable[[], bool], deadline: float) -> bool:
        """Whether ``look`` was true at some look before the deadline."""
        try:
            return self.until(lambda: look() or None, deadline)
        except DeadlinePassed:
            return False


def wait_until(look: Callable[[], T | None], deadline: float, waiter: Waiter | None = None) -> T:
    """:meth:`Waiter.until` with the usual intervals and the real clock."""
    return (waiter or Waiter()).until(look, deadline)
