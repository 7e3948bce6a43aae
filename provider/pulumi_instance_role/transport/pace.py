"""Keeping to a rate instead of finding it by being refused, and giving way where a cloud refuses all the same.

Where a cloud publishes "at most N a second" for an operation, no window of one second gets more than N calls from
this process; later calls wait their turn. Refused for too many, the rate is halved; each answer adds a small, constant
part of N until it is N again. Of an operation without a published rate, only how many calls are in flight is known: a
few at first, one more for each round of answers, half as many after a refusal.

Limits: one process. Two programs in one account share a rate and do not know of each other; being refused stays
possible and is for :mod:`~pulumi_instance_role.transport.retry`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field

from pulumi_instance_role.records import dataclass

FIRST, MOST = 4.0, 16.0
"""Calls in flight of an operation without a published rate: at first, and at most."""
ROUND = 20
"""Answers after which a rate has grown by the whole of the published one."""
SLOWEST = 1 / 8
"""The part of its published rate below which no operation is slowed: calls that wait are soon sent again."""


@dataclass
class _Lane:
    """One operation. ``published`` is its rate, ``now`` what is kept to: a rate, or without one the calls in flight.

    A call that began before the last refusal says nothing new: many that were in flight together are refused together.
    """

    published: float | None
    now: float
    starts: deque[float]
    flying: int = 0
    slowed_at: float = float("-inf")

    def next_start(self, now: float) -> float:
        """When the next call may begin, which is noted."""
        # A rate below one is one call in a longer window.
        most, window = (int(self.now), 1.0) if self.now >= 1 else (1, 1 / self.now)
        start = max(now, self.starts[-most] + window) if len(self.starts) >= most else now
        self.starts.append(start)
        return start

    def answered(self) -> None:
        """One more answer: a little faster."""
        if self.published is None:
            self.now = min(MOST, self.now + 1 / self.now)
        else:
            self.now = min(self.published, self.now + self.published / ROUND)

    def refused(self, began: float, at: float) -> None:
        """Refused for too many: half as fast."""
        if began < self.slowed_at:
            return
        self.slowed_at = at
        least = 1.0 if self.published is None else self.published * SLOWEST
        self.now = max(least, self.now / 2)


@dataclass
class Turn:
    """A call whose turn it is."""

    throttled: bool = False
    """Set by the caller where the cloud refuses the call for too many of them."""


@dataclass
class Pace:
    """Calls by operation. ``other`` is the rate of those not named; ``None``: their calls in flight are bounded."""

    rates: Mapping[str, float]
    other: float | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _lanes: dict[str, _Lane] = field(default_factory=dict, init=False, repr=False)
    _free: threading.Condition = field(default_factory=threading.Condition, init=False, repr=False)

    @contextmanager
    def turn(self, operation: str) -> Iterator[Turn]:
        """Enter when ``operation`` may be called; leave when its answer is there."""
        began = self._enter(operation)
        turn, answered = Turn(), False
        try:
            yield turn
            answered = True
        finally:
            self._leave(operation, began, turn.throttled, answered)

    def allowed(self, operation: str) -> float:
        """The present rate, or number of calls in flight, of an operation."""
        with self._free:
            return self._lane(operation).now

    def _lane(self, operation: str) -> _Lane:
        lane = self._lanes.get(operation)
        if lane is None:
            rate = self.rates.get(operation, self.other)
            kept = deque[float](maxlen=max(1, int(rate or 1)))
            lane = self._lanes[operation] = _Lane(rate, FIRST if rate is None else rate, kept)
        return lane

    def _enter(self, operation: str) -> float:
        with self._free:
            lane = self._lane(operation)
            if lane.published is None:
                self._free.wait_for(lambda: lane.flying < int(lane.now))
                lane.flying += 1
                return self.clock()
            now = self.clock()
            start = lane.next_start(now)
        if start > now:
            self.sleep(start - now)
        return start

    def _leave(self, operation: str, began: float, throttled: bool, answered: bool) -> None:
        with self._free:
            lane = self._lane(operation)
            if throttled:
                lane.refused(began, self.clock())
            elif answered:
                lane.answered()
            if lane.published is None:
                lane.flying -= 1
                self._free.notify_all()
