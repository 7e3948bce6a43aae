"""``docs/scale.md``: what a fleet of a given size takes, computed from the limits and rates that the clouds publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.clouds.alibaba import limits as alibaba
from pulumi_instance_role.clouds.tencent import limits as tencent
from pulumi_instance_role.host.rebind import PARALLEL_BATCHES

INSTANCES = 100_000
PLACES = 200
"""Pairs of an account and a region."""
REGIONS = 4
"""Of each account."""
LATENCY = 0.05
"""Seconds that a call takes: what the benchmarks take, too."""
ASSUMED = 5.0
"""Calls a second, of each action in an account and region, where the cloud publishes no rate."""
START = 10
"""Seconds of a job before its first call and after its last one: a runner, the engine, the program, the state."""
SIDE_BY_SIDE = PARALLEL_BATCHES
"""Batches that one binding has in flight."""
RUNNERS = (1, 10, 50, 200)
CLOUDS = ("alibaba", "tencent")
RATES: Mapping[str, Mapping[str, float]] = {"alibaba": alibaba.RATES, "tencent": tencent.RATES}
TITLES = {"alibaba": "Alibaba Cloud", "tencent": "Tencent Cloud"}


@dataclass(frozen=True)
class Work:
    """One operation on one stack of bindings: the fewest calls by action, and the seconds that they take."""

    cloud: str
    name: str
    calls: Counter[str]

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.calls.values())

    @property
    def by_rate(self) -> float:
        """Seconds that the slowest action's rate allows at best; actions go side by side."""
        return max(number / rate(self.cloud, action) for action, number in self.calls.items())

    @property
    def by_latency(self) -> float:
        """Seconds for as many calls at a time as one binding has in flight, each action after the one before."""
        return sum(ceil(number / SIDE_BY_SIDE) * LATENCY for number in self.calls.values())

    @property
    def seconds(self) -> float:
        """Of one job."""
        return START + max(self.by_rate, self.by_latency)


def rate(cloud: str, action: str) -> float:
    """Calls a second."""
    return RATES[cloud].get(action, ASSUMED)


def works(cloud: str, size: int) -> list[Work]:
    """What happens to the bindings of one stack with ``size`` instances."""
    limits = limits_of(cloud)
    writes, reads = ceil(size / limits.bind_batch), ceil(size / limits.read_batch)
    if cloud == "alibaba":
        shown = {"DescribeInstanceRamRole": reads}
        bind, change = {"AttachInstanceRamRole": writes}, {"DetachInstanceRamRole": writes}
    else:
        shown = {"DescribeInstances": reads}
        bind, change = {"ModifyInstancesAttribute": writes}, {}
    twice = Counter(shown) + Counter(shown)
    return [
        Work(cloud, "look (preview, refresh, drift)", Counter(shown)),
        Work(cloud, "bind all", twice + Counter(bind)),
        Work(cloud, "change of role", twice + Counter(bind) + Counter(change)),
    ]


def waves(seconds: float, runners: int) -> float:
    """Seconds until all stacks are through, so many jobs at a time."""
    return ceil(PLACES / runners) * seconds


def told(seconds: float) -> str:
    """A duration for people, rounded up: seconds up to two minutes, then minutes."""
    return f"{ceil(seconds)} s" if seconds <= 120 else f"{ceil(seconds / 60)} min"


def page() -> str:
    """The page."""
    size = INSTANCES // PLACES
    environment = Environment(  # noqa: S701 - what comes out is no HTML
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.get_template("scale.md.j2").render(
        accounts=PLACES // REGIONS,
        actions=[
            (cloud, action)
            for cloud in CLOUDS
            for action in sorted({action for work in works(cloud, size) for action in work.calls})
        ],
        assumed=ASSUMED,
        change={cloud: works(cloud, size)[-1] for cloud in CLOUDS},
        clouds=CLOUDS,
        in_flight=SIDE_BY_SIDE,
        instances=INSTANCES,
        latency=LATENCY,
        limits={cloud: limits_of(cloud) for cloud in CLOUDS},
        listed=_listed,
        places=PLACES,
        rate=rate,
        regions=REGIONS,
        runners=RUNNERS,
        shown=_rate,
        size=size,
        start=START,
        titles=TITLES,
        told=told,
        waves=waves,
        works=[work for cloud in CLOUDS for work in works(cloud, size)],
    )
    return text + "\n"


def _listed(calls: Counter[str]) -> str:
    return ", ".join(f"{number} {action}" for action, number in sorted(calls.items()))


def _rate(cloud: str, action: str) -> str:
    return f"{rate(cloud, action):g}" if action in RATES[cloud] else f"not published; {ASSUMED:g} assumed"
