"""Bind, change, look and unbind for growing numbers of instances, with this package and as others do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from benchmarks import ours, peers
from benchmarks.cloud import Account, Cost, emulator
from benchmarks.phases import CLOUDS, PHASES, floor
from benchmarks.rows import Row as Line
from benchmarks.rows import Topic, by_action

TOPIC = Topic(
    "binding",
    "Bindings",
    "one InstanceRoleBinding",
    "one resource an instance, through the official SDK (a preview: the same reads in full pages)",
)
SIZES = (1, 10, 100, 300, 1000)
QUICK = (1, 10, 100)


@dataclass(frozen=True)
class Row:
    """One phase for one number of instances of a cloud."""

    cloud: str
    size: int
    phase: str
    ours: Cost
    peers: Cost

    @property
    def floor(self) -> int:
        """The fewest calls possible."""
        return sum(floor(self.cloud, self.phase, self.size).values())

    @property
    def fewer(self) -> float | None:
        """How many times as many calls the others make; ``None`` where nobody makes any."""
        return self.peers.total / self.ours.total if self.ours.total else None

    @property
    def faster(self) -> float | None:
        """How many times as long the others take; ``None`` where they make no call."""
        return self.peers.seconds / self.ours.seconds if self.peers.total else None

    def data(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "cloud": self.cloud,
            "instances": self.size,
            "phase": self.phase,
            "calls": self.ours.total,
            "calls_by_action": dict(sorted(self.ours.calls.items())),
            "floor": self.floor,
            "floor_by_action": dict(floor(self.cloud, self.phase, self.size)),
            "peers_calls": self.peers.total,
            "seconds": round(self.ours.seconds, 3),
            "peers_seconds": round(self.peers.seconds, 3),
            "calls_ratio": self.fewer and round(self.fewer, 2),
            "seconds_ratio": self.faster and round(self.faster, 2),
        }


def run(clouds: Sequence[str], sizes: Sequence[int], delay: float, say: Callable[[str], None]) -> Iterator[Row]:
    """Both sides on the same instances of the same emulator, one after the other. ``delay`` in seconds a call."""
    with emulator() as server:
        for cloud, size in product(clouds or CLOUDS, sizes):
            say(f"{cloud}, {size} instances: making them ...")
            account = Account(server, cloud, size, delay)
            say(f"{cloud}, {size} instances: an InstanceRoleBinding through the provider host ...")
            mine = ours.measure(account)
            assert not account.holders(), "the binding left roles behind"
            say(f"{cloud}, {size} instances: one resource per instance, through the official SDK ...")
            theirs = peers.measure(account)
            assert not account.holders(), "the baseline left roles behind"
            for phase in PHASES:
                yield Row(cloud, size, phase, mine[phase], theirs[phase])


def lines(rows: Sequence[Row]) -> Iterator[Line]:
    """The rows as tables and plots have them; where neither side calls there is nothing to compare."""
    for row in rows:
        yield Line(
            f"{row.phase}, {row.size:,} instance{'s' if row.size > 1 else ''}, {row.cloud}",
            row.ours.seconds,
            row.peers.seconds if row.peers.total else None,
            row.ours.total,
            row.peers.total,
            row.floor,
            which=by_action(row.ours.calls),
        )
