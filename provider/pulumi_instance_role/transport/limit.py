"""Staying under a published request rate, instead of finding it by being refused.

Where a cloud publishes "at most N a second" for an operation, no window of one second gets more than N calls from
this process; later calls wait their turn. Operations without a rate pass at once.

Limits: one process. Two programs in one account share a rate and do not know of each other; being refused stays
possible and is for :mod:`~pulumi_instance_role.transport.retry`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass
class RateLimiter:
    """Calls per second by operation. ``other`` is the rate of operations not named; ``None`` lets them pass."""

    rates: Mapping[str, float]
    other: float | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _starts: dict[str, deque[float]] = field(default_factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def wait(self, operation: str) -> None:
        """Return when ``operation`` may be called."""
        rate = self.rates.get(operation, self.other)
        if rate is None:
            return
        # A rate below one is one call in a longer window.
        most, window = (int(rate), 1.0) if rate >= 1 else (1, 1 / rate)
        with self._lock:
            starts = self._starts.setdefault(operation, deque(maxlen=most))
            now = self.clock()
            start = max(now, starts[0] + window) if len(starts) == most else now
            starts.append(start)
        if start > now:
            self.sleep(start - now)
