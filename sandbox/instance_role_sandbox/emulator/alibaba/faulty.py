"""What ordered faults (:mod:`..faults`) do to a call, in Alibaba Cloud's own codes.

Which codes stand in the results of a batch that was done in part is published nowhere, nor how an operation that was
begun tells that it failed: both are design choices. An item that was not carried out has the code InternalError unless
the order says otherwise. What fails late passes through the states it announced and is then as it was before; what was
to be made is then gone.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace

from ..faults import Fault
from ..state import State
from ..timeline import GONE, Timeline
from .authorize import denied
from .call import Action, Answer, Call, Caller, Product
from .errors import ApiError
from .params import Params

BATCHES = {
    "AttachInstanceRamRole": "InstanceIds",
    "DetachInstanceRamRole": "InstanceIds",
    "DeleteInstances": "InstanceId.N",
    "TagResources": "ResourceId.N",
    "UntagResources": "ResourceId.N",
}
"""Actions on several things at once, and the parameter that names these (``.N``: numbered, else one JSON text)."""

LATE = frozenset(
    {
        "RunInstances",
        "StartInstance",
        "StopInstance",
        "RebootInstance",
        "DeleteInstance",
        "DeleteInstances",
        "CreateVpc",
        "CreateVSwitch",
        "DeleteVSwitch",
    }
)
"""Actions whose outcome comes later than their answer."""

_READS = ("Describe", "Get", "List", "Query")
LAG = 60.0  # seconds


def means_something(kind: str, action: str) -> bool:
    """Whether a fault of that kind can meet calls of an action."""
    if kind == "lag":
        return action.startswith(_READS)
    if kind == "partial":
        return action in BATCHES
    return kind != "fail_late" or action in LATE


def unfit(action: Action, caller: Caller, params: Params) -> set[str]:
    """The kinds of fault that mean nothing to a call."""
    kinds = {kind for kind in ("lag", "partial", "fail_late") if not means_something(kind, action.name)}
    if caller.kind != "role":
        kinds.add("expire")  # long-lived keys do not
    if "partial" not in kinds and not _batch(action.name, params):
        kinds.add("partial")
    return kinds


def suffer(fault: Fault, product: Product, action: Action, caller: Caller) -> None:
    """What a fault does before the call is carried out."""
    if fault.kind == "delay":
        time.sleep(fault.seconds or 0)
    elif fault.kind == "throttle":
        raise ApiError("Throttling.User", 400, "Request was denied due to user flow control.")
    elif fault.kind == "unavailable":
        raise ApiError("ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server.")
    elif fault.kind in ("internal", "drop_before", "timeout"):
        raise internal()
    elif fault.kind == "deny":
        raise denied(product.denied, caller, action.permission or action.name)
    elif fault.kind == "code":
        raise ApiError(fault.code, fault.status, "The sandbox was told to answer so.")


def internal() -> ApiError:
    """An error of the service itself."""
    return ApiError("InternalError", 500, "The request processing has failed due to some unknown error.")


def seen(state: State, account: str, fault: Fault | None, now: float) -> State:
    """The state that a call sees: under a ``lag``, as it was."""
    if fault is None or fault.kind != "lag":
        return state
    return state.before(account, now - (LAG if fault.seconds is None else fault.seconds))


def run_in_part(call: Call, fault: Fault) -> tuple[Answer, ApiError | None]:
    """Carry a batch out in part: the answer with the failures in it, or the error where an answer has no room."""
    batch = _batch(call.action.name, call.params)
    applied = fault.applied(batch)
    left_out = [one for one in batch if one not in applied]
    error = ApiError(fault.code, fault.status, "The sandbox was told to answer so.") if fault.code else internal()
    part = replace(call, params=_cut(call, applied))
    answer = call.action.run(part) if applied else {}
    if not left_out:
        return answer, None
    name = call.action.name
    if not name.endswith("InstanceRamRole"):
        return {}, error
    results = answer.get(f"{name}Results", {}).get(f"{name}Result", [])
    failed = [{"InstanceId": one, "Code": error.code, "Message": error.message, "Success": False} for one in left_out]
    return {
        "RamRoleName": call.params.text("RamRoleName"),
        **answer,
        "TotalCount": len(batch),
        "FailCount": answer.get("FailCount", 0) + len(failed),
        f"{name}Results": {f"{name}Result": [*results, *failed]},
    }, None


def fail_late(call: Call) -> None:
    """Let what the call has begun fail when it ends."""
    for table, key, before in call.state.changes():
        record = table.get(key)
        line: Timeline = getattr(record, "timeline", ())
        if record is None or len(line) < 2:
            continue
        last = GONE if before is None else before.timeline[-1][0]
        table.put(key, replace(before or record, timeline=(*line[:-1], (last, line[-1][1]))))


def _batch(action: str, params: Params) -> list[str]:
    parameter = BATCHES[action]
    if parameter.endswith(".N"):
        return list(dict.fromkeys(params.numbered(parameter.removesuffix(".N"))))
    try:
        return list(dict.fromkeys(params.json_texts(parameter)))
    except ApiError:  # the action will say so
        return []


def _cut(call: Call, applied: list[str]) -> Params:
    """The parameters with a part of the batch (and without a ClientToken, which is the whole request's)."""
    parameter = BATCHES[call.action.name]
    name = parameter.removesuffix(".N")
    kept = {
        key: value
        for key, value in call.params.raw().items()
        if key not in (name, "ClientToken") and not key.startswith(f"{name}.")
    }
    if parameter == name:
        return Params({**kept, name: json.dumps(applied)})
    return Params({**kept, **{f"{name}.{number}": one for number, one in enumerate(applied, 1)}})
