"""Instances started, stopped, restarted, terminated. States pass in time; nobody sleeps (:mod:`....timeline`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...timeline import GONE, through
from ..call import Answer, Call
from ..errors import ApiError
from .product import CVM, existing, ids_of, on_instances, refuse_busy, refuse_states, state_of
from .records import INSTANCE, Instance, operating

_PASSING = ("PENDING", "STARTING", "STOPPING", "REBOOTING", "SHUTDOWN", "TERMINATING")
PREPAID = "PREPAID"


@CVM.action("StartInstances", takes="InstanceIds!:[]", rate=10, resources=on_instances)
def start_instances(call: Call) -> Answer:
    """Start stopped instances. https://www.tencentcloud.com/document/product/213/15735"""
    return _pass_through(call, (*_PASSING, "RUNNING"), "STARTING", "RUNNING")


@CVM.action("StopInstances", takes="InstanceIds!:[] StopType StoppedMode", rate=10, resources=on_instances)
def stop_instances(call: Call) -> Answer:
    """Stop running instances. https://www.tencentcloud.com/document/product/213/15743"""
    return _pass_through(call, (*_PASSING, "STOPPED"), "STOPPING", "STOPPED")


@CVM.action("RebootInstances", takes="InstanceIds!:[] StopType ForceReboot:bool", rate=10, resources=on_instances)
def reboot_instances(call: Call) -> Answer:
    """Restart running instances. https://www.tencentcloud.com/document/product/213/15742"""
    return _pass_through(call, (*_PASSING, "STOPPED"), "REBOOTING", "RUNNING")


@CVM.action(
    "TerminateInstances",
    takes="InstanceIds!:[] ReleaseAddress:bool ReleasePrepaidDataDisks:bool",
    rate=10,
    resources=on_instances,
)
def terminate_instances(call: Call) -> Answer:
    """Destroy instances; those paid for in advance go to the recycle bin first, and are destroyed by a second call.

    https://www.tencentcloud.com/document/product/213/15723
    """
    instances = [existing(call, one) for one in ids_of(call)]
    if len({one.charge_type == PREPAID for one in instances}) > 1:
        raise ApiError(
            "UnsupportedOperation.InstanceMixedPricingModel", "The instances are not all paid for in the same way."
        )
    for one in instances:
        if one.protected:
            raise ApiError("UnsupportedOperation.InstancesProtected", f"The instance `{one.instance_id}` is protected.")
        refuse_states(call, one, ("PENDING", "TERMINATING"))
        refuse_busy(call, one)
        to_bin = one.charge_type == PREPAID and state_of(call, one) != "SHUTDOWN"
        _move(call, one, "STOPPING" if to_bin else "TERMINATING", "SHUTDOWN" if to_bin else GONE)
    return {}


def _pass_through(call: Call, not_from: Iterable[str], passing: str, last: str) -> Answer:
    for one in [existing(call, instance_id) for instance_id in ids_of(call)]:
        refuse_states(call, one, not_from)
        refuse_busy(call, one)
        _move(call, one, passing, last)
    return {}


def _move(call: Call, instance: Instance, passing: str, last: str) -> None:
    """Through a passing state to a lasting one, as the latest operation."""
    settle = call.switches.number("settle-seconds")
    moved = replace(instance, timeline=through(call.now, (passing, settle), (last, 0)))
    begun = operating(moved, call.action.name, call.request_id, now=call.now, shown=call.now, ends=call.now + settle)
    call.table(INSTANCE).put(instance.instance_id, begun)
