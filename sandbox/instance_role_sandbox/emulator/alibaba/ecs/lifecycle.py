"""Starting, stopping and releasing instances.

States: Pending, Starting, Running; Stopping, Stopped. Each passing state lasts ``settle-seconds``. A released instance
is Stopping for a moment (Stopped, if it was stopped), then gone; its addresses and disks go with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ... import timeline
from ..call import Answer, Call
from ..errors import ApiError, missing
from ..regional import dry_run
from ..tokens import once
from .facts import present
from .product import ECS, instance, keep, must_be, on_instance, on_instances, required, settle, status
from .records import Instance

MOST = 100
NOT_STOPPED = "Not-applicable"


def _starting(call: Call) -> timeline.Timeline:
    return timeline.through(call.now, ("Starting", settle(call)), ("Running", 0))


def _start(call: Call, one: Instance) -> None:
    must_be(call, one, "Stopped")
    keep(call, replace(one, timeline=_starting(call), started=call.now, stopped_mode=NOT_STOPPED))


def _stop(call: Call, one: Instance) -> None:
    must_be(call, one, "Running")
    # pulumi-alicloud sends back what it read from a running instance, so the service has to take that as well.
    modes = ("KeepCharging", "StopCharging", NOT_STOPPED)
    asked = call.params.choice("StoppedMode", modes, NOT_STOPPED, "InvalidStoppedMode")
    mode = "KeepCharging" if asked == NOT_STOPPED else asked
    stopping = timeline.through(call.now, ("Stopping", settle(call)), ("Stopped", 0))
    keep(call, replace(one, timeline=stopping, stopped_mode=mode))


def _reboot(call: Call, one: Instance) -> None:
    must_be(call, one, "Running")
    again = timeline.through(call.now, ("Stopping", settle(call)), ("Starting", settle(call)), ("Running", 0))
    keep(call, replace(one, timeline=again, started=call.now))


def _offer(name: str, change: Callable[[Call, Instance], None]) -> None:
    """Register the action ``name``, which changes the state of one instance."""

    def run(call: Call) -> Answer:
        change(call, instance(call, required(call, "InstanceId")))
        dry_run(call)
        return {}

    ECS.action(name, resources=on_instance)(run)


@ECS.action("DeleteInstances", resources=on_instances)
def delete_instances(call: Call) -> Answer:
    """Release 1 to 100 instances, all or none."""
    return once(call, _delete_several)


def _delete_several(call: Call) -> Answer:
    ids = list(dict.fromkeys(call.params.numbered("InstanceId")))
    if not ids:
        raise missing("InstanceId")
    if len(ids) > MOST:
        raise ApiError(
            "InvalidParameter.TooManyInstanceIds", 403, f"The number of instance ids must not exceed {MOST}."
        )
    known = present(call)
    if any(one not in known for one in ids):
        raise ApiError("InvalidInstanceIds.NotFound", 404, "Some of the specified InstanceIds do not exist.")
    for one in ids:
        _release(call, known[one])
    dry_run(call)
    return {}


def _release(call: Call, one: Instance) -> None:
    state = status(call, one)
    if state in ("Pending", "Starting"):
        raise ApiError(
            "IncorrectInstanceStatus.Initializing",
            403,
            "The specified instance status does not support this operation.",
        )
    if one.protected:
        raise ApiError(
            "InvalidOperation.DeletionProtection", 403, "The operation is not allowed due to deletion protection."
        )
    if one.charge_type == "PrePaid" and not call.params.boolean("TerminateSubscription"):
        raise ApiError("ChargeTypeViolation", 403, "The operation is not permitted due to charge type of the instance.")
    if not call.params.boolean("Force"):
        must_be(call, one, "Stopped")
    last = "Stopped" if state == "Stopped" else "Stopping"
    keep(call, replace(one, timeline=timeline.through(call.now, (last, settle(call)), (timeline.GONE, 0))))


for _name, _change in (
    ("StartInstance", _start),
    ("StopInstance", _stop),
    ("RebootInstance", _reboot),
    ("DeleteInstance", _release),
):
    _offer(_name, _change)
