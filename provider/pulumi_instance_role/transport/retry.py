"""Trying again: how often, how long, and only what may be tried again.

Waits are drawn with full jitter (between nothing and an exponentially growing cap), so that clients that failed
together do not come back together. A budget is shared by all calls of a process, in the manner of botocore's retry
quota: each retry takes from it and each success gives back, so a cloud that is down is not asked three times as often
as one that is up. What may be tried again is the caller's table: it says what one more try costs, or that there is to
be none.

The mechanics are tenacity's. Clock, sleep and randomness can be given, so that tests wait for nothing.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, TypeVar

from pulumi_instance_role.records import dataclass

if TYPE_CHECKING:
    import tenacity

T = TypeVar("T")


@dataclass(frozen=True)
class RetryPolicy:
    """Bounds of one call: tries in all, waits and the whole time in seconds."""

    attempts: int = 6
    base: float = 0.5
    cap: float = 10.0
    deadline: float = 60.0

    def longest_wait(self, attempt: int) -> float:
        """The upper bound of the wait after the ``attempt``-th try, counted from one."""
        return min(self.cap, self.base * 2.0 ** min(attempt - 1, 32))


class Budget:
    """Tokens for retries, shared between threads. A successful call gives back what its last retry took, else one."""

    def __init__(self, capacity: int = 500) -> None:
        self.capacity = capacity
        self._left = capacity
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """Tokens that are left."""
        return self._left

    def take(self, cost: int) -> bool:
        """Take ``cost`` tokens; ``False``, and nothing taken, when there are not as many."""
        with self._lock:
            if cost > self._left:
                return False
            self._left -= cost
            return True

    def give_back(self, amount: int) -> None:
        """Return tokens, never above the capacity."""
        with self._lock:
            self._left = min(self.capacity, self._left + amount)


@dataclass
class Retrier:
    """Carries out calls under one policy and one budget. Safe to share between threads."""

    policy: RetryPolicy = field(default_factory=RetryPolicy)
    budget: Budget = field(default_factory=Budget)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def call(self, function: Callable[[], T], cost: Callable[[Exception], int | None]) -> T:
        """``function()``, tried again while ``cost(error)`` is not ``None`` and attempts, time and budget allow.

        Raises the last error. ``cost`` is asked once for each failure.
        """
        import tenacity  # where calls are made: a stack in line makes none

        start = self.clock()
        price = 0

        def may_retry(error: BaseException) -> bool:
            nonlocal price
            asked = cost(error) if isinstance(error, Exception) else None
            price = asked or 0
            return asked is not None

        def give_up(state: tenacity.RetryCallState) -> bool:
            too_late = self.clock() - start + state.upcoming_sleep > self.policy.deadline
            return state.attempt_number >= self.policy.attempts or too_late or not self.budget.take(price)

        mechanics = tenacity.Retrying(
            retry=tenacity.retry_if_exception(may_retry),
            wait=lambda state: self.random() * self.policy.longest_wait(state.attempt_number),
            stop=give_up,
            sleep=self.sleep,
            reraise=True,
        )
        result = mechanics(function)
        self.budget.give_back(price or 1)
        return result
