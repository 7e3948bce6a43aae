"""The calls the clouds have been asked for, for whoever counts them. In memory: a restart begins a new list."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass

KEPT = 200_000


@dataclass(frozen=True)
class Record:
    """One call as it ended. ``account`` is "" when the caller could not be told; ``params`` hold nothing secret."""

    seq: int
    cloud: str
    product: str
    action: str
    status: int
    code: str  # "" for success
    caller: str  # ARN, "" when it could not be told
    account: str
    region: str
    write: bool
    params: Mapping[str, str]
    fault: str = ""  # the injected fault it met


class CallLog:
    """The newest calls, numbered from 1."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[Record] = deque(maxlen=KEPT)
        self._last = 0

    def add(
        self,
        *,
        cloud: str,
        product: str,
        action: str,
        status: int,
        code: str,
        caller: str,
        account: str,
        region: str,
        write: bool,
        params: Mapping[str, str],
        fault: str = "",
    ) -> None:
        """Take note of a call."""
        with self._lock:
            self._last += 1
            self._records.append(
                Record(self._last, cloud, product, action, status, code, caller, account, region, write, params, fault)
            )

    def since(self, seq: int, account: str) -> list[dict[str, object]]:
        """The calls after number ``seq`` in ``account``, and those that could not be told to belong to any."""
        with self._lock:
            return [asdict(record) for record in self._records if record.seq > seq and record.account in ("", account)]

    @property
    def last(self) -> int:
        """The number of the newest call."""
        return self._last
