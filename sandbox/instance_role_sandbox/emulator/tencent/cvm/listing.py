"""Instances read: by ids or by filters, in pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ...clock import stamp
from ..call import Answer, Call
from ..errors import ApiError
from .facts import present
from .offers import IMAGES, TYPES
from .product import CVM, ids_of, on_instances, state_of
from .records import Instance, latest

T = TypeVar("T")
FILTERS = "Filters:[{Name! Values!:[]}]"
_Read = Callable[[Call, Instance], Any]

_FILTERS: dict[str, _Read] = {
    "zone": lambda call, one: one.zone,
    "project-id": lambda call, one: one.project,
    "vpc-id": lambda call, one: one.vpc_id,
    "subnet-id": lambda call, one: one.subnet_id,
    "instance-id": lambda call, one: one.instance_id,
    "security-group-id": lambda call, one: one.groups,
    "instance-name": lambda call, one: one.name,
    "instance-charge-type": lambda call, one: one.charge_type,
    "instance-state": lambda call, one: state_of(call, one),
    "instance-type": lambda call, one: one.type,
    "image-id": lambda call, one: one.image_id,
    "private-ip-address": lambda call, one: one.private_ip,
    "public-ip-address": lambda call, one: one.public_ip,
    "uuid": lambda call, one: one.uuid,
    "tag-key": lambda call, one: tuple(one.tags),
    "tag-value": lambda call, one: tuple(one.tags.values()),
}
_MOMENTS = ("creation-start-time", "creation-end-time")


@CVM.action(
    "DescribeInstances",
    takes=f"InstanceIds:[] {FILTERS} Offset:int Limit:int",
    rate=40,
    resources=on_instances,
    when_denied=lambda call: {"TotalCount": 0, "InstanceSet": []},
)
def describe_instances(call: Call) -> Answer:
    """Instances; an id that is not there has no row. https://www.tencentcloud.com/document/product/213/15728"""
    desired_all = filters_of(call, (*_FILTERS, *_MOMENTS))
    found = [one for one in _asked(call) if all(_meets(call, one, desired) for desired in desired_all)]
    return {"TotalCount": len(found), "InstanceSet": [_row(call, one) for one in page(call, found)]}


@CVM.action(
    "DescribeInstancesStatus",
    takes="InstanceIds:[] Offset:int Limit:int",
    rate=40,
    resources=on_instances,
    when_denied=lambda call: {"TotalCount": 0, "InstanceStatusSet": []},
)
def describe_instances_status(call: Call) -> Answer:
    """Instances' states. https://www.tencentcloud.com/document/product/213/15738"""
    found = _asked(call)
    rows = [{"InstanceId": one.instance_id, "InstanceState": state_of(call, one)} for one in page(call, found)]
    return {"TotalCount": len(found), "InstanceStatusSet": rows}


@CVM.action(
    "DescribeInstancesAttributes",
    takes="InstanceIds!:[] Attributes!:[]",
    resources=on_instances,
    when_denied=lambda call: {"InstanceSet": []},
)
def describe_instances_attributes(call: Call) -> Answer:
    """What instances were given to boot with: ``UserData``, the one attribute that there is. (The official SDK's
    DescribeInstancesAttributesRequest; no page in English, and no rate.) An id that is not there has no row."""
    for wanted in call.texts("Attributes"):
        if wanted != "UserData":
            raise ApiError("InvalidParameterValue", f"`Attributes` has `{wanted}`; it may be UserData.")
    ids = ids_of(call)
    there = present(call, ids)
    rows = [
        {"InstanceId": one, "Attributes": {"UserData": there[one].user_data or None}} for one in ids if one in there
    ]
    return {"InstanceSet": rows}


def page(call: Call, rows: Sequence[T]) -> list[T]:
    """The rows that ``Offset`` and ``Limit`` (20, at most 100) ask for."""
    offset, limit = call.integer("Offset"), call.integer("Limit", 20)
    if offset < 0:
        raise ApiError("InvalidParameterValue", "`Offset` is from 0.")
    if not 1 <= limit <= 100:
        raise ApiError("InvalidParameterValue.LimitExceeded", f"`Limit` is from 1 to 100, not {limit}.")
    return list(rows[offset : offset + limit])


def filters_of(call: Call, known: Sequence[str], most_values: int = 5) -> list[dict[str, Any]]:
    """The filters of a request: known ones, at most ten, with few enough values."""
    found: list[dict[str, Any]] = call.params.get("Filters", [])
    for one in found:
        if one["Name"] not in known and not one["Name"].startswith("tag:"):
            raise ApiError("InvalidFilter", f"The filter `{one['Name']}` is not supported.")
        if len(one["Values"]) > most_values:
            raise ApiError("InvalidFilterValue.LimitExceeded", f"`{one['Name']}` has more than {most_values} values.")
    if len(found) > 10:
        raise ApiError("InvalidFilterValue.LimitExceeded", "`Filters` has more than 10 entries.")
    return found


def _asked(call: Call) -> list[Instance]:
    wanted = ids_of(call, required=False)
    if wanted and call.params.get("Filters"):
        raise ApiError("InvalidParameterCombination", "InstanceIds and Filters exclude each other.")
    instances = present(call, wanted or None)
    return [instances[one] for one in wanted if one in instances] if wanted else list(instances.values())


def _meets(call: Call, one: Instance, desired: dict[str, Any]) -> bool:
    name, values = desired["Name"], desired["Values"]
    if name.startswith("tag:"):
        return one.tags.get(name.removeprefix("tag:")) in values
    if name in _MOMENTS:
        made = stamp(one.created)
        return any(made >= value if name == _MOMENTS[0] else made <= value for value in values)
    found = _FILTERS[name](call, one)
    return any(str(item) in values for item in (found if isinstance(found, tuple) else (found,)))


def _row(call: Call, one: Instance) -> Answer:
    """An instance as lists show it. Its objects are never null: Terraform's provider reads their members unasked."""
    operation, state = latest(one, call.now), state_of(call, one)
    unbound = None if call.switches.text("cvm-unbound-role") == "null" else ""
    offer = TYPES[one.type]
    return {
        "Placement": {"Zone": one.zone, "ProjectId": one.project},
        "InstanceId": one.instance_id,
        "InstanceType": one.type,
        "CPU": offer.cpu,
        "Memory": offer.memory,
        "RestrictState": "NORMAL",
        "InstanceName": one.name,
        "InstanceChargeType": one.charge_type,
        "SystemDisk": one.settings.get("SystemDisk") or {},
        "DataDisks": list(one.settings.get("DataDisks") or ()),
        "PrivateIpAddresses": [one.private_ip] if one.private_ip else [],
        "PublicIpAddresses": [one.public_ip] if one.public_ip else None,
        "InternetAccessible": one.settings.get("InternetAccessible") or {},
        "VirtualPrivateCloud": {"VpcId": one.vpc_id, "SubnetId": one.subnet_id, "AsVpcGateway": False},
        "ImageId": one.image_id,
        "RenewFlag": "NOTIFY_AND_MANUAL_RENEW" if one.charge_type == "PREPAID" else None,
        "CreatedTime": stamp(one.created),
        "ExpiredTime": None,
        "OsName": IMAGES[one.image_id].os,
        "SecurityGroupIds": list(one.groups),
        "LoginSettings": {"KeyIds": list(one.settings.get("KeyIds") or ())},
        "InstanceState": state,
        "Tags": [{"Key": key, "Value": value} for key, value in one.tags.items()],
        "StopChargingMode": "NOT_APPLICABLE",
        "Uuid": one.uuid,
        "LatestOperation": operation.get("name"),
        "LatestOperationState": operation.get("state"),
        "LatestOperationRequestId": operation.get("id"),
        "LatestOperationErrorMsg": operation.get("error") or None,
        "DisasterRecoverGroupId": "",
        "IPv6Addresses": None,
        "CamRoleName": call.switches.cased("held-role-case", one.role) or unbound,
        "HpcClusterId": "",
        "RdmaIpAddresses": None,
        "DedicatedClusterId": "",
        "IsolatedSource": "NOTISOLATED",
        "DisableApiTermination": one.protected,
    }
