"""The product that CVM's actions belong to, and what they share: which instances a call is about, and whether they can
be worked on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ... import timeline
from ..call import Call, Product
from ..errors import ApiError, missing
from .facts import instance
from .records import Instance, running

CVM = Product("cvm", "2017-03-12", regional=True, internal_error="InternalServerError")

MOST_IDS = 100
_ID = re.compile(r"ins-[a-z0-9]{8}")


def on_instances(call: Call) -> Iterable[str]:
    """The instances that a call names, as policies name them."""
    return tuple(call.name_of(f"instance/{one}") for one in call.texts("InstanceIds")) or any_instance(call)


def any_instance(call: Call) -> Iterable[str]:
    """Any instance."""
    return (call.name_of("instance/*"),)


def ids_of(call: Call, required: bool = True) -> list[str]:
    """The ids that a call names: well-formed, at most 100, each once."""
    found = list(dict.fromkeys(call.texts("InstanceIds")))
    if required and not found:
        raise missing("InstanceIds")
    if len(found) > MOST_IDS:
        raise ApiError(
            "InvalidParameterValue.LimitExceeded", f"`InstanceIds` has more than {MOST_IDS} values: {len(found)}."
        )
    for one in found:
        if not _ID.fullmatch(one):
            raise ApiError("InvalidInstanceId.Malformed", f"The instance id `{one}` is malformed.")
    return found


def state_of(call: Call, one: Instance) -> str:
    """The state of an instance at this moment."""
    return timeline.at(one.timeline, call.now)


def existing(call: Call, instance_id: str) -> Instance:
    """The instance of that id; ``InvalidInstanceId.NotFound`` if there is none (or it could not be launched)."""
    found = instance(call, instance_id)
    if found is None or state_of(call, found) == "LAUNCH_FAILED":
        raise ApiError("InvalidInstanceId.NotFound", f"The instance id `{instance_id}` is not found.")
    return found


def refuse_states(call: Call, one: Instance, states: Iterable[str]) -> None:
    """``UnsupportedOperation.InstanceState...`` while the instance is in one of ``states``."""
    state = state_of(call, one)
    if state in states:
        word = "".join(part.capitalize() for part in state.split("_"))
        raise ApiError(
            f"UnsupportedOperation.InstanceState{word}",
            f"The instance `{one.instance_id}` is in the state {state}, which does not support the operation.",
        )


def refuse_busy(call: Call, one: Instance) -> None:
    """An error of the mutex kind while another operation runs on the instance."""
    if running(one, call.now):
        code = call.switches.text("cvm-busy-code")
        raise ApiError(code, _BUSY[code].format(one.instance_id))


_BUSY = {
    "MutexOperation.TaskRunning": "Mutex task is running on `{}`, please try later.",
    "OperationDenied.InstanceOperationInProgress": (
        "The instance `['{}']` already has operation in progress. Please try again later."
    ),
    "InvalidInstance.NotSupported": (
        "The request does not support the instances `{}` which are in operation or in a special state."
    ),
}
