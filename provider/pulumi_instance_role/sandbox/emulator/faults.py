"""Faults on order: which calls go wrong, how, and how often. In memory, by account; no cloud's codes are known here."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

BEFORE = ("throttle", "unavailable", "internal", "deny", "code", "drop_before", "hollow")
"""The call is not carried out; "hollow" is answered as a success that says nothing."""
AFTER = ("empty", "garbage", "drop_after")
"""The call is carried out and its answer is lost."""
KINDS = (*BEFORE, *AFTER, "delay")


@dataclass
class Fault:
    """One order: ``kind`` meets the calls of ``action`` ("*" for all), ``times`` of them (``None``: all), after the
    first ``after``. ``code`` and ``status`` are for ``kind`` "code", ``seconds`` for "delay"."""

    kind: str
    action: str
    product: str = ""  # "" for all
    times: int | None = 1
    after: int = 0
    code: str = ""
    status: int = 400
    seconds: float = 0.0

    def meets(self, product: str, action: str) -> bool:
        """Whether the next call of ``action`` meets this fault; counts it."""
        if self.action not in ("*", action) or self.product.lower() not in ("", product.lower()):
            return False
        if self.times == 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """All orders."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[str, list[Fault]] = {}

    def order(self, account: str, wish: Mapping[str, object]) -> None:
        """Take an order in the control API's spelling; ``ValueError`` says what is wrong with it."""
        fault = _parse(wish)
        with self._lock:
            self._orders.setdefault(account, []).append(fault)

    def clear(self, account: str) -> None:
        """Forget the account's orders."""
        with self._lock:
            self._orders.pop(account, None)

    def next(self, account: str, product: str, action: str) -> Fault | None:
        """The fault that this call meets, if any: the first order that fits."""
        with self._lock:
            return next((fault for fault in self._orders.get(account, ()) if fault.meets(product, action)), None)


_FIELDS: dict[str, tuple[type, ...]] = {
    "fault": (str,),
    "action": (str,),
    "product": (str,),
    "times": (int, type(None)),
    "after": (int,),
    "code": (str,),
    "status": (int,),
    "seconds": (int, float),
}


def _parse(wish: Mapping[str, object]) -> Fault:
    for name, value in wish.items():
        if name not in _FIELDS:
            raise ValueError(f"a fault has no {name!r}; it takes {', '.join(_FIELDS)}")
        if not isinstance(value, _FIELDS[name]) or isinstance(value, bool):
            raise ValueError(f"a fault's {name!r} is not {value!r}")
    rest = {name: value for name, value in wish.items() if name not in ("fault", "action")}
    fault = Fault(str(wish.get("fault", "")), str(wish.get("action", "")), **rest)  # type: ignore[arg-type]  # checked above
    if fault.kind not in KINDS:
        raise ValueError(f"'fault' is one of {', '.join(KINDS)}, not {fault.kind!r}")
    if not fault.action:
        raise ValueError("a fault needs an 'action' (\"*\" for all)")
    if fault.kind == "code" and not fault.code:
        raise ValueError("the fault 'code' needs a 'code'")
    return fault
