"""The calls the clouds have been asked for, for whoever counts them. In memory: a restart begins a new list."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass

KEPT = 200_000
KEPT_CHARACTERS = 64 * 1024 * 1024
"""Of all records together; the oldest go first."""
LONGEST_VALUE = 16 * 1024
"""Characters of one parameter, more than any document that a cloud takes; the rest is cut."""
LONGEST_CALL = 64 * 1024
_FIXED = 600  # what a record holds beside its texts, about


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
    """The newest calls, numbered from 1. However much is sent, it keeps no more than the bounds above."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[tuple[Record, int]] = deque()
        self._characters = 0
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
        action, region, kept = _cut(action, 256), _cut(region, 256), _bounded(params)
        size = _FIXED + sum(len(name) + len(value) for name, value in kept.items())
        with self._lock:
            self._last += 1
            record = Record(
                self._last, cloud, product, action, status, code, caller, account, region, write, kept, fault
            )
            self._records.append((record, size))
            self._characters += size
            while len(self._records) > KEPT or self._characters > KEPT_CHARACTERS:
                self._characters -= self._records.popleft()[1]

    def since(self, seq: int, account: str | None) -> list[dict[str, object]]:
        """The calls after number ``seq`` in ``account``, and those that could not be told to belong to any.

        ``None`` gives the calls in every account.
        """
        with self._lock:
            records = [
                record
                for record, _ in self._records
                if record.seq > seq and (account is None or record.account in ("", account))
            ]
        return [asdict(record) for record in records]

    @property
    def last(self) -> int:
        """The number of the newest call."""
        return self._last


def _bounded(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters, as far as they are kept; what is cut says so."""
    kept: dict[str, str] = {}
    left = LONGEST_CALL
    for number, (name, value) in enumerate(params.items()):
        if left <= 0:
            kept["..."] = f"{len(params) - number} more parameters"
            break
        name, value = _cut(name, 256), _cut(value, min(LONGEST_VALUE, left))
        kept[name] = value
        left -= len(name) + len(value)
    return kept


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text) - longest} more characters)"
