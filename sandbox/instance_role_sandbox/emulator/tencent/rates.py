"""The published request rates, enforced: so many a second for each action, region and caller.

https://cloud.tencent.com/document/product/1278/109059 says that limits are counted in time windows on the server; how
long a window is, it does not say. Here it is the second that has just passed, by real time. In memory.
"""

from __future__ import annotations

import threading
from collections import deque

from .. import clock
from .errors import ApiError

WINDOW = 1.0  # seconds


class Rates:
    """When the latest requests came, for each action, region and caller."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str, str], deque[float]] = {}

    def count(self, action: str, region: str, caller: str, most: int) -> None:
        """Take note of a request; ``RequestLimitExceeded`` when there were ``most`` in the window already."""
        now = clock.wall()
        with self._lock:
            seen = self._seen.setdefault((action, region, caller), deque())
            while seen and seen[0] <= now - WINDOW:
                seen.popleft()
            if len(seen) >= most:
                raise throttled(len(seen) + 1, most)
            seen.append(now)


def throttled(times: int, most: int) -> ApiError:
    """Too many requests."""
    return ApiError(
        "RequestLimitExceeded",
        f"Your current request times equals to `{times}` in a second, which exceeds the frequency limit `{most}` for a"
        " second. Please reduce the frequency of calls.",
    )
