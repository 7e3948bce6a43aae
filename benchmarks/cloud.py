"""An emulated account with so many instances, where every call takes a while and is counted."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lifecycle.resources.fleet import FLEETS
from tests.support.sandbox import Server

ROLES = ("web", "db")


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
    """A new account: roles, and ``size`` running instances in a VPC. Every call then takes ``delay`` seconds."""

    def __init__(self, server: Server, cloud: str, size: int, delay: float, roles: Sequence[str] = ROLES) -> None:
        sandbox = server.account()
        sandbox.switch(quota_instances=2 * size, tencent_quota_instances=2 * size)
        self.fleet = FLEETS[cloud](sandbox, size, *roles)
        self.sandbox = self.fleet.sandbox
        self.instances = self.fleet.ids
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
        return Counter(role for role in self.fleet.held().values() if role)
