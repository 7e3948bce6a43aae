"""Faults on order: which calls go wrong, how, and how often. No cloud's codes are known here.

:data:`KINDS` is the table of what can go wrong; `instance-role sandbox fault --help` and docs/sandbox.md show it.
Orders are kept in memory, by account: a restart forgets them. The first order that fits a call meets it, and no other.
Chance is drawn from a generator of the order's own, so one seed gives one sequence of hits over the calls that fit.
"""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

NOT_DONE = "not done"
ANSWER_LOST = "done, answer lost"
DONE = "done"
IN_PART = "done in part"


@dataclass(frozen=True)
class FaultKind:
    """One way to go wrong: what becomes of the call, what happens, and which further fields an order of it may have."""

    name: str
    work: str
    help: str
    takes: tuple[str, ...] = ()


_TABLE = (
    FaultKind("throttle", NOT_DONE, "the cloud's throttling error"),
    FaultKind("unavailable", NOT_DONE, "HTTP 503"),
    FaultKind("internal", NOT_DONE, "the cloud's internal error"),
    FaultKind("deny", NOT_DONE, "the cloud's error for a caller without permission"),
    FaultKind("code", NOT_DONE, "an error of that `code` (and HTTP `status`)", ("code", "status")),
    FaultKind("hollow", NOT_DONE, "answered as a success that says nothing"),
    FaultKind("drop_before", NOT_DONE, "the connection is closed"),
    FaultKind("timeout", NOT_DONE, "no answer until the client gives up, at most `seconds` (600) long", ("seconds",)),
    FaultKind("expire", NOT_DONE, "the temporary credentials in use have expired, from this call on"),
    FaultKind("drop_after", ANSWER_LOST, "the connection is closed"),
    FaultKind("empty", ANSWER_LOST, "HTTP 200 with an empty body"),
    FaultKind("garbage", ANSWER_LOST, "HTTP 200 with a body that nobody can read"),
    FaultKind("delay", DONE, "the call waits for `seconds` first", ("seconds",)),
    FaultKind("lag", DONE, "a read shows what was there `seconds` (60) ago, by the account's clock", ("seconds",)),
    FaultKind("fail_late", DONE, "answered as begun; then the operation fails, and what it was to change stays"),
    FaultKind(
        "partial",
        IN_PART,
        "of a batch, the first `count` (half) or these `ids` only; the rest fails with `code`",
        ("count", "ids", "code", "status"),
    ),
)
KINDS: dict[str, FaultKind] = {kind.name: kind for kind in _TABLE}
"""Name -> kind."""

LOST = frozenset(kind.name for kind in _TABLE if kind.work == ANSWER_LOST)
"""The call is carried out and its answer is lost."""


@dataclass
class Fault:
    """One order: ``kind`` meets the calls of ``action`` ("*" for all), ``times`` of them (``None``: all), after the
    first ``after``, each with ``probability``. What the other fields are for is said in :data:`KINDS`."""

    kind: str
    action: str
    cloud: str = ""  # "" for both
    product: str = ""  # "" for all
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    code: str = ""
    status: int = 400
    seconds: float | None = None
    count: int | None = None
    ids: tuple[str, ...] = ()
    number: int = 0
    hits: int = 0
    chance: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def meets(self, cloud: str, product: str, action: str) -> bool:
        """Whether the next call of ``action`` meets this fault; counts it."""
        if self.action not in ("*", action) or self.product.lower() not in ("", product.lower()):
            return False
        if self.cloud not in ("", cloud) or self.times == 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.probability < 1.0 and self.chance.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True

    def applied(self, batch: list[str]) -> list[str]:
        """The part of a batch that a ``partial`` fault lets through."""
        if self.ids:
            return [one for one in batch if one in self.ids]
        return batch[: len(batch) // 2 if self.count is None else self.count]

    def shown(self) -> dict[str, Any]:
        """The order as the control API lists it: what is left of it, and how often it has been met."""
        fields = asdict(self)  # the generator too, which is left out
        kind, number = fields.pop("kind"), fields.pop("number")
        rest = {name: value for name, value in fields.items() if name != "chance" and value not in ("", (), None)}
        for name, always in (("probability", 1.0), ("after", 0)):
            if rest[name] == always:
                del rest[name]
        if self.probability == 1.0:
            del rest["seed"]
        if "status" not in KINDS[kind].takes:
            del rest["status"]
        return {"number": number, "fault": kind, **rest, "times": self.times}


class Faults:
    """All orders."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[str, list[Fault]] = {}
        self._numbers = itertools.count(1)

    def order(self, account: str, fault: Fault) -> Fault:
        """Take an order, and give it its number."""
        with self._lock:
            fault.number = next(self._numbers)
            self._orders.setdefault(account, []).append(fault)
            return fault

    def orders(self, account: str) -> list[dict[str, Any]]:
        """The account's orders, those that are used up too, oldest first."""
        with self._lock:
            return [fault.shown() for fault in self._orders.get(account, ())]

    def clear(self, account: str, number: int | None = None) -> int:
        """Forget the account's orders, or the one of that number; how many there were."""
        with self._lock:
            orders = self._orders.get(account, [])
            kept = [] if number is None else [fault for fault in orders if fault.number != number]
            self._orders[account] = kept
            return len(orders) - len(kept)

    def next(self, account: str, cloud: str, product: str, action: str, unfit: Collection[str] = ()) -> Fault | None:
        """The fault that this call meets, if any: the first order that fits.

        ``unfit`` are the kinds that mean nothing to this call (``lag`` to a write): they pass it by, uncounted.
        """
        with self._lock:
            orders = (fault for fault in self._orders.get(account, ()) if fault.kind not in unfit)
            return next((fault for fault in orders if fault.meets(cloud, product, action)), None)


_FIELDS: dict[str, tuple[type, ...]] = {
    "fault": (str,),
    "action": (str,),
    "cloud": (str,),
    "product": (str,),
    "times": (int, type(None)),
    "after": (int,),
    "probability": (int, float),
    "seed": (int,),
    "code": (str,),
    "status": (int,),
    "seconds": (int, float),
    "count": (int,),
    "ids": (list,),
}
_ONLY_WHERE_TAKEN = ("code", "status", "seconds", "count", "ids")


def read(desired: Mapping[str, object]) -> Fault:
    """An order in the control API's spelling; ``ValueError`` says what is wrong with it."""
    for name, value in desired.items():
        if name not in _FIELDS:
            raise ValueError(f"a fault has no {name!r}; it takes {', '.join(_FIELDS)}")
        if not isinstance(value, _FIELDS[name]) or isinstance(value, bool):
            raise ValueError(f"a fault's {name!r} is not {value!r}")
    kind = KINDS.get(str(desired.get("fault", "")))
    if kind is None:
        raise ValueError(f"'fault' is one of {', '.join(KINDS)}, not {desired.get('fault', '')!r}")
    if not desired.get("action"):
        raise ValueError("a fault needs an 'action' (\"*\" for all)")
    _check_fields(kind, desired)
    rest: dict[str, Any] = {name: value for name, value in desired.items() if name not in ("fault", "action", "ids")}
    ids = desired.get("ids", [])
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise ValueError("a fault's 'ids' are texts")
    if "probability" in rest:
        rest.setdefault("times", None)
        rest.setdefault("seed", random.SystemRandom().randrange(2**31))
    chance = random.Random(rest.get("seed", 0))  # noqa: S311 - one that a seed repeats is wanted, not a secret
    return Fault(kind.name, str(desired["action"]), ids=tuple(ids), chance=chance, **rest)


def _check_fields(kind: FaultKind, desired: Mapping[str, Any]) -> None:
    for name in _ONLY_WHERE_TAKEN:
        if name in desired and name not in kind.takes:
            raise ValueError(f"the fault {kind.name!r} takes no {name!r}")
    if kind.name == "code" and not desired.get("code"):
        raise ValueError("the fault 'code' needs a 'code'")
    if kind.name == "delay" and "seconds" not in desired:
        raise ValueError("the fault 'delay' needs 'seconds'")
    if not 0 < desired.get("probability", 1) <= 1:
        raise ValueError("a fault's 'probability' is above 0 and at most 1")
    if "seed" in desired and "probability" not in desired:
        raise ValueError("a fault's 'seed' is for its 'probability'")
    if "count" in desired and "ids" in desired:
        raise ValueError("a fault has a 'count' or 'ids', not both")
    for name in ("times", "after", "seconds", "count"):
        if (desired.get(name) or 0) < 0:
            raise ValueError(f"a fault's {name!r} is from 0 up")
