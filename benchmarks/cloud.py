"""An emulated account with so many instances, where every call takes a while and is counted."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.sandbox import Sandbox, Server

ROLES = ("web", "db")
_AMOUNT = 100  # instances in one RunInstances
_SETTLED = 60  # seconds of the account's clock after which nothing is in transition


@dataclass
class Cost:
    """What something took. ``calls`` are by action."""

    seconds: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All calls."""
        return self.calls.total() if hasattr(self.calls, "total") else sum(self.calls.values())


@contextmanager
def emulator() -> Iterator[Server]:
    """An emulator of its own, on a free port, its state in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        server = Server(Path(folder) / "state")
        try:
            yield server
        finally:
            server.stop()


class Account:
    """A new account: two roles, and ``size`` running instances in a VPC. Every call then takes ``delay`` seconds."""

    def __init__(self, server: Server, size: int, delay: float) -> None:
        self.sandbox: Sandbox = server.account()
        self.instances = self._launch(size)
        for role in ROLES:
            self.sandbox.make_role(role)
        if delay:
            self.sandbox.fault("delay", "*", times=None, seconds=delay)

    @contextmanager
    def measured(self) -> Iterator[Cost]:
        """The cost of what happens inside."""
        cost = Cost()
        mark = self.sandbox.mark()
        start = time.perf_counter()
        yield cost
        cost.seconds = time.perf_counter() - start
        cost.calls.update(call["action"] for call in self.sandbox.calls(mark))

    def holders(self) -> dict[str, int]:
        """Role -> how many instances hold it."""
        return Counter(one["RamRoleName"] for one in self.sandbox.state()["instances"] if one["RamRoleName"])

    def _launch(self, size: int) -> list[str]:
        call, region = self.sandbox.call, self.sandbox.region
        vpc = self.sandbox.make_vpc()
        where = {"RegionId": region, "VpcId": vpc["vpc"], "ZoneId": vpc["zone"], "CidrBlock": "10.0.128.0/17"}
        vswitch = call("Vpc", "CreateVSwitch", **where)["VSwitchId"]
        image = call("Ecs", "DescribeImages", RegionId=region)["Images"]["Image"][0]["ImageId"]
        self.sandbox.advance(_SETTLED)
        found: list[str] = []
        while len(found) < size:
            made = call(
                "Ecs",
                "RunInstances",
                RegionId=region,
                ImageId=image,
                InstanceType="ecs.g6.large",
                VSwitchId=vswitch,
                SecurityGroupId=vpc["group"],
                Amount=min(_AMOUNT, size - len(found)),
            )
            found += made["InstanceIdSets"]["InstanceIdSet"]
        self.sandbox.advance(_SETTLED)
        return found
