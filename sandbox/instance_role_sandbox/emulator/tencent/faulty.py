"""What ordered faults (:mod:`..faults`) do to a call, in Tencent Cloud's own codes.

No action tells what became of each item of a batch, so one that was done in part ends in an error; whether the real
ones ever do is not published. What fails late shows OPERATING and then FAILED, passes through the states it announced
and is then as it was before; an instance that was to be made is LAUNCH_FAILED.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..faults import Fault
from ..state import State
from ..switches import Switches
from ..timeline import GONE
from .authorize import denied
from .call import Action, Answer, Call, Caller, Product
from .errors import ApiError
from .rates import throttled

LATE = frozenset(
    {
        "RunInstances",
        "ModifyInstancesAttribute",
        "StartInstances",
        "StopInstances",
        "RebootInstances",
        "TerminateInstances",
    }
)
"""Actions whose outcome comes later than their answer."""

FAILURE = "The sandbox was told to let the operation fail."
_READS = ("Describe", "Get", "List")
LAG = 60.0  # seconds
_FAILED_FOR = 3600.0  # seconds that an instance stays LAUNCH_FAILED


class Unavailable(Exception):
    """The gateway itself is out of order: HTTP 503 without an answer of the API."""


def batch_of(action: Action) -> str | None:
    """The parameter by which an action takes several things at once: the list that it requires."""
    required = (name for name in sorted(action.takes.required) if action.takes.fields[name].item is not None)
    return None if action.name.startswith(_READS) else next(required, None)


def means_something(kind: str, action: Action) -> bool:
    """Whether a fault of that kind can meet calls of an action."""
    if kind == "lag":
        return action.name.startswith(_READS)
    if kind == "partial":
        return batch_of(action) is not None
    return kind != "fail_late" or action.name in LATE


def unfit(action: Action, caller: Caller) -> set[str]:
    """The kinds of fault that mean nothing to a call."""
    kinds = {kind for kind in ("lag", "partial", "fail_late") if not means_something(kind, action)}
    return kinds if caller.kind == "role" else {*kinds, "expire"}  # long-lived keys do not expire


def suffer(fault: Fault, product: Product, action: Action, request_id: str, switches: Switches) -> None:
    """What a fault does before the call is carried out."""
    if fault.kind == "delay":
        time.sleep(fault.seconds or 0)
    elif fault.kind == "throttle":
        raise throttled(11, 10)
    elif fault.kind == "unavailable":
        raise Unavailable
    elif fault.kind in ("internal", "drop_before", "timeout"):
        raise internal(product)
    elif fault.kind == "deny":
        permission = action.permission or f"{product.name}:{action.name}"
        raise denied(switches.text("tencent-denied-code"), request_id, permission, "*")
    elif fault.kind == "code":
        raise ApiError(fault.code, "The sandbox was told to answer so.")


def internal(product: Product | None) -> ApiError:
    """An error of the service itself."""
    return ApiError(product.internal_error if product else "InternalError", "An internal error has occurred.")


def seen(state: State, account: str, fault: Fault | None, now: float) -> State:
    """The state that a call sees: under a ``lag``, as it was."""
    if fault is None or fault.kind != "lag":
        return state
    return state.before(account, now - (LAG if fault.seconds is None else fault.seconds))


def run_in_part(call: Call, fault: Fault) -> Answer:
    """Carry a batch out in part, and end in an error that leaves that part as it is."""
    parameter = batch_of(call.action) or ""
    items = {str(one): one for one in call.params[parameter]}
    applied = fault.applied(list(items))
    params: Mapping[str, Any] = {**call.params, parameter: [items[one] for one in applied]}
    answer = call.action.run(replace(call, params=params)) if applied else {}
    if len(applied) == len(items):
        return answer
    error = ApiError(fault.code, "The sandbox was told to answer so.") if fault.code else internal(call.product)
    raise ApiError(error.code, error.message, keeps=True)


def fail_late(call: Call) -> None:
    """Let the operations that the call has begun fail when they end."""
    for table, key, before in call.state.changes():
        record = table.get(key)
        if record is None or not hasattr(record, "operation_error"):
            continue
        line, ends = record.timeline, record.operation_ends
        if before is None:
            line = (*line[:-1], ("LAUNCH_FAILED", ends), (GONE, ends + _FAILED_FOR))
        elif line != before.timeline:
            line = (*line[:-1], (before.timeline[-1][0], line[-1][1]))
        table.put(key, replace(record, operation_error=FAILURE, timeline=line))
