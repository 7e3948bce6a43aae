"""Time as the emulator tells it: real time plus what the control API has advanced it by, for each account.

Expiry, rotation and asynchronous states go by an account's emulated time. Signatures go by real time
(:func:`wall`), because the clients that sign do: an account whose clock was advanced by a day still accepts them.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone


def wall() -> float:
    """Real time, in seconds since the epoch."""
    return time.time()


def stamp(moment: float) -> str:
    """``moment`` (seconds since the epoch) as RAM, STS and VPC write it: ``2017-11-01T05:20:01Z``."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_minutes(moment: float) -> str:
    """``moment`` as ECS writes it, to the minute: ``2017-12-10T04:04Z``."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%MZ")


def parse_stamp(text: str) -> float:
    """Seconds since the epoch of a ``YYYY-MM-DDThh:mm:ssZ`` text; ``ValueError`` for any other."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()
