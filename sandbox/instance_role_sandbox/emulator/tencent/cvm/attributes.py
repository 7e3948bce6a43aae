"""ModifyInstancesAttribute: the one action by which roles are bound, replaced and unbound.

https://www.tencentcloud.com/document/product/213/15739. The call returns at once; what it changes is there when the
operation has ended (LatestOperationState). One attribute a request; at most 100 instances; all of them or none, unless
the switch ``cvm-mixed-batch`` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...switches import Switches
from ..call import Answer, Call
from ..errors import ApiError, missing
from ..vpc.records import GROUP
from .product import CVM, existing, ids_of, on_instances, refuse_busy, refuse_states
from .records import INSTANCE, Instance, operating
from .roles import chosen

_STATES = (
    "PENDING",
    "REBOOTING",
    "STARTING",
    "STOPPING",
    "SHUTDOWN",
    "TERMINATING",
    "RESCUE_MODE",
)
_ATTRIBUTES = (
    "InstanceName",
    "UserData",
    "SecurityGroups",
    "CamRoleName",
    "HostName",
    "DisableApiTermination",
    "EnableJumboFrame",
)
FAILURE = "The sandbox was told to let the operation fail."


@CVM.action(
    "ModifyInstancesAttribute",
    takes="InstanceIds!:[] InstanceName UserData SecurityGroups:[] CamRoleName CamRoleType HostName"
    " DisableApiTermination:bool AutoReboot:bool EnableJumboFrame:bool",
    rate=10,
    resources=on_instances,
)
def modify_instances_attribute(call: Call) -> Answer:
    """Change one attribute of up to 100 instances."""
    wanted = ids_of(call)
    changes = _changes(call)
    refused: list[ApiError] = []
    for instance_id in wanted:
        try:
            _begin(call, existing(call, instance_id), changes)
        except ApiError as error:
            if call.switches.text("cvm-mixed-batch") == "reject":
                raise
            refused.append(error)
    if refused:
        raise ApiError(refused[0].code, refused[0].message, keeps=True)
    return {}


def _changes(call: Call) -> dict[str, Any]:
    """The one attribute that a request changes, as fields of an instance."""
    sent = [name for name in _ATTRIBUTES if name in call.params]
    if not sent and call.switches.text("cvm-no-attribute") == "unbind":
        return {"role": "", "role_id": ""}
    if not sent:
        raise missing("InstanceName")
    if len(sent) > 1 and call.switches.text("cvm-two-attributes") == "refuse":
        raise ApiError("InvalidParameterValue", f"One attribute can be changed at a time, not {', '.join(sent)}.")
    changes: dict[str, Any] = {}
    for name in sent:
        changes |= _change(call, name)
    return changes


def _change(call: Call, name: str) -> Mapping[str, Any]:
    if name == "CamRoleName":
        return chosen(call)
    if name == "SecurityGroups":
        groups = call.texts(name)
        for group in groups:
            if group not in call.table(GROUP):
                raise ApiError("InvalidSecurityGroupId.NotFound", f"The security group `{group}` does not exist.")
        return {"groups": tuple(groups)}
    if name == "InstanceName":
        if len(call.text(name)) > 128:
            raise ApiError("InvalidInstanceName.TooLong", "The instance name is longer than 128 characters.")
        return {"name": call.text(name)}
    if name == "DisableApiTermination":
        return {"protected": call.params[name]}
    if name == "HostName":
        return {"host_name": call.text(name)}
    return {"user_data": call.text(name)} if name == "UserData" else {}


def _begin(call: Call, instance: Instance, changes: Mapping[str, Any]) -> None:
    """Begin the operation on one instance."""
    refuse_states(call, instance, _STATES)
    refuse_busy(call, instance)
    if changes.get("role") and not instance.vpc_id:
        raise ApiError(call.switches.text("cvm-no-vpc-code"), f"The instance `{instance.instance_id}` is not in a VPC.")
    begun = begin(call, instance)
    pending = dict(changes)
    if "role" in changes:
        before = {"role": instance.role, "role_id": instance.role_id}
        pending |= {"role_since": begun.operation_ends, "settings": {**instance.settings, "role_before": before}}
        if not call.switches.on("cvm-operation-request-id"):
            begun = replace(begun, operation_id=instance.operation_id)
    call.table(INSTANCE).put(instance.instance_id, replace(begun, pending=pending))


def begin(call: Call, instance: Instance) -> Instance:
    """The instance with the call as its latest operation."""
    return operating(
        instance,
        call.action.name,
        call.request_id,
        now=call.now,
        shown=call.now + call.switches.number("cvm-operation-shown-seconds"),
        ends=call.now + call.switches.number("cvm-operation-seconds"),
        error=failure(call.switches),
    )


def failure(switches: Switches) -> str:
    """Why operations fail, if they are to (switch ``cvm-operation-outcome``)."""
    return FAILURE if switches.text("cvm-operation-outcome") == "FAILED" else ""
