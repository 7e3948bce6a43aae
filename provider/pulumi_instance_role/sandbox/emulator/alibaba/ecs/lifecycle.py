"""Starting, stopping and releasing instances: https://help.aliyun.com/document_detail/25500.html to 25507.html.

States: Pending, Starting, Running; Stopping, Stopped. Each passing state lasts ``settle-seconds``. A released instance
is Stopping for a moment (Stopped, if it was stopped), then gone; its addresses and disks go with it.
"""

from __future__ import annotations

from dataclasses import replace

from ... import timeline
from ..call import Answer, Call
from ..errors import ApiError, missing
from ..tokens import once
from .facts import present
from .product import ECS, dry_run, instance, keep, must_be, on_instance, on_instances, required, settle, status
from .records import INSTANCE, Instance

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


@ECS.action("StartInstance", resources=on_instance)
def start_instance(call: Call) -> Answer:
    """Start a stopped instance. document_detail/25500."""
    one = instance(call, required(call, "InstanceId"))
    _start(call, one)
    dry_run(call)
    return {}


@ECS.action("StopInstance", resources=on_instance)
def stop_instance(call: Call) -> Answer:
    """Stop a running instance. document_detail/25501."""
    one = instance(call, required(call, "InstanceId"))
    _stop(call, one)
    dry_run(call)
    return {}


@ECS.action("RebootInstance", resources=on_instance)
def reboot_instance(call: Call) -> Answer:
    """Restart a running instance. document_detail/25502."""
    one = instance(call, required(call, "InstanceId"))
    _reboot(call, one)
    dry_run(call)
    return {}


@ECS.action("DeleteInstance", resources=on_instance)
def delete_instance(call: Call) -> Answer:
    """Release an instance; ``Force`` for one that runs. document_detail/25507."""
    _forget_gone(call)
    one = instance(call, required(call, "InstanceId"))
    _release(call, one)
    dry_run(call)
    return {}


@ECS.action("DeleteInstances", resources=on_instances)
def delete_instances(call: Call) -> Answer:
    """Release 1 to 100 instances, all or none. document_detail/144053."""
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
    _forget_gone(call)
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


def _forget_gone(call: Call) -> None:
    """Remove the records of instances that are gone by now."""
    table = call.table(INSTANCE)
    for key in set(table.keys()) - set(present(call)):
        table.delete(key)
