"""Reads that lag: for how long what a state says is not given up on the word of a read.

A cloud may show for a while what was there before the last write. So a state keeps the moment of that write, and a read
within :data:`~pulumi_instance_role.host.converge.PROPAGATION` of it that contradicts the state is repeated until it
agrees or that time is over. Later, and for a state that does not have the moment, the read is believed.

Limits: the moment is of the clock of the machine that wrote; a read that lags longer than that is believed, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pulumi_instance_role.host.converge import PROPAGATION, awaited

WRITTEN_AT = "written_at"
"""The output that keeps the moment, in seconds since 1970."""

Seen = TypeVar("Seen")


def written_now() -> dict[str, Any]:
    """The output of a resource that was written to a moment ago."""
    return {WRITTEN_AT: int(time.time())}


def believed(props: Mapping[str, Any], look: Callable[[], Seen], agrees: Callable[[Seen], bool]) -> Seen:
    """What ``look`` shows, once it ``agrees`` with the state of a resource, or once reads no longer lag behind it."""
    return awaited(look, agrees, _left(props.get(WRITTEN_AT)))


def _left(written: object) -> float:
    """Seconds for which a read may show what was before. A moment that is yet to come is another machine's now."""
    if not isinstance(written, (int, float)):
        return 0.0
    return max(0.0, PROPAGATION - max(0.0, time.time() - written))


def await_shown(props: Mapping[str, Any], look: Callable[[], object]) -> None:
    """Return once ``look`` shows the thing of a state (not ``None``), or what it does not show is gone."""
    if _left(props.get(WRITTEN_AT)):
        believed(props, look, lambda seen: seen is not None)
