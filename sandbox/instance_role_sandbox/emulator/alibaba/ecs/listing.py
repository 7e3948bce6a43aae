"""Reading instances.

Ids that are not there, or are in another region, are left out of lists; actions on one id say not-found.
"""

from __future__ import annotations

from typing import Any

from .. import pages, tags
from ..call import Answer, Call
from ..errors import ApiError, invalid, missing
from . import rows
from .catalogue import INSTANCE_TYPES
from .facts import present
from .product import ECS, instance, like, nothing, on_instance, required, status
from .records import Instance

_ALL = 100
_MALFORMED = ApiError("InvalidInstanceIds.Malformed", 400, "The amount of instanceIds or their format is not valid.")
_PLAIN_FILTERS: dict[str, str] = {
    "VpcId": "vpc_id",
    "VSwitchId": "vswitch_id",
    "ZoneId": "zone",
    "ImageId": "image_id",
    "InstanceType": "type",
    "InstanceNetworkType": "network",
    "InstanceChargeType": "charge_type",
    "HttpEndpoint": "http_endpoint",
    "HttpTokens": "http_tokens",
}
"""Parameters of DescribeInstances that ask for one value of one field of the record."""
_ADDRESS_FILTERS = {
    "PrivateIpAddresses": "private_ip",
    "InnerIpAddresses": "private_ip",
    "PublicIpAddresses": "public_ip",
}


def _id_list(call: Call, most: int) -> list[str]:
    ids = call.params.json_texts("InstanceIds", _MALFORMED)
    if len(ids) > most:
        raise _MALFORMED
    return ids


def _asked(call: Call) -> list[Instance]:
    """The instances that meet all filters of the request."""
    params = call.params
    ids = _id_list(call, _ALL)
    filters = tags.wanted(params)
    addresses = {name: params.json_texts(name, invalid(name)) for name in _ADDRESS_FILTERS}

    def meets(one: Instance) -> bool:
        return (
            all(params.text(name) in ("", getattr(one, field)) for name, field in _PLAIN_FILTERS.items())
            and all(not wanted or getattr(one, _ADDRESS_FILTERS[name]) in wanted for name, wanted in addresses.items())
            and params.text("Status") in ("", status(call, one))
            and params.text("InstanceTypeFamily") in ("", INSTANCE_TYPES[one.type].family)
            and (not params.text("SecurityGroupId") or params.text("SecurityGroupId") in one.groups)
            and params.text("KeyPairName") in ("", one.settings["KeyPairName"])
            and params.text("ResourceGroupId") in ("", one.settings["ResourceGroupId"])
            and like(params.text("InstanceName"), one.name)
            and tags.carries(one.tags, filters)
        )

    asked = present(call, ids if params.text("InstanceIds") else None)
    return [one for one in asked.values() if meets(one)]


@ECS.action("DescribeInstances", when_denied=nothing("Instances", "Instance"))
def describe_instances(call: Call) -> Answer:
    """List instances in pages: by number, or by token when MaxResults or NextToken is sent."""
    found = _asked(call)
    if pages.wants_token(call.params):
        page, token = pages.tokened(call.params, found, limit=100)
        counts: dict[str, Any] = {"TotalCount": len(found), "NextToken": "", **token}
    else:
        page, numbers = pages.numbered(call.params, found, limit=100)
        counts = {**numbers, "NextToken": ""}
    return {"Instances": {"Instance": [rows.listed(call, one) for one in page]}, **counts}


@ECS.action("DescribeInstanceStatus", when_denied=nothing("InstanceStatuses", "InstanceStatus"))
def describe_instance_status(call: Call) -> Answer:
    """The states of up to 100 instances."""
    ids = call.params.numbered("InstanceId")
    if len(ids) > _ALL:
        raise ApiError("InvalidParameter.TooManyInstanceIds", 403, "The number of instance ids must not exceed 100.")
    found = [
        {"InstanceId": one.instance_id, "Status": status(call, one)}
        for one in present(call, ids or None).values()
        if call.params.text("ZoneId") in ("", one.zone)
    ]
    page, counts = pages.numbered(call.params, found, limit=50)
    return {"InstanceStatuses": {"InstanceStatus": page}, **counts}


@ECS.action("DescribeInstanceAttribute", resources=on_instance)
def describe_instance_attribute(call: Call) -> Answer:
    """One instance as a flat object."""
    return rows.attributes(call, instance(call, required(call, "InstanceId")))


@ECS.action("DescribeUserData", resources=on_instance)
def describe_user_data(call: Call) -> Answer:
    """An instance's user data, base64."""
    one = instance(call, required(call, "InstanceId"))
    return {"RegionId": call.region, "InstanceId": one.instance_id, "UserData": one.user_data}


@ECS.action(
    "DescribeInstanceMaintenanceAttributes", when_denied=nothing("MaintenanceAttributes", "MaintenanceAttribute")
)
def describe_maintenance_attributes(call: Call) -> Answer:
    """What happens to instances on maintenance: the service's defaults."""
    ids = call.params.numbered("InstanceId")
    found = [
        {
            "InstanceId": one.instance_id,
            "ActionOnMaintenance": {
                "Value": "AutoRecover",
                "DefaultValue": "AutoRecover",
                "SupportedValues": {"SupportedValue": ["AutoRecover", "Stop", "AutoRedeploy"]},
            },
            "NotifyOnMaintenance": False,
            "MaintenanceWindows": {"MaintenanceWindow": []},
        }
        for one in present(call, ids or None).values()
    ]
    page, counts = pages.numbered(call.params, found, limit=100)
    return {"MaintenanceAttributes": {"MaintenanceAttribute": page}, **counts}


@ECS.action("DescribeInstanceAttachmentAttributes", when_denied=nothing("Instances", "Instance"))
def describe_attachment_attributes(call: Call) -> Answer:
    """Which private pools instances use: none."""
    if not call.params.text("InstanceIds"):
        raise missing("InstanceIds")
    ids = _id_list(call, _ALL)
    found = [
        {"InstanceId": one.instance_id, "PrivatePoolOptionsMatchCriteria": "Open", "PrivatePoolOptionsId": ""}
        for one in present(call, ids).values()
    ]
    page, counts = pages.numbered(call.params, found, limit=100)
    return {"Instances": {"Instance": page}, **counts}


@ECS.action(
    "DescribeInstanceAutoRenewAttribute", when_denied=nothing("InstanceRenewAttributes", "InstanceRenewAttribute")
)
def describe_auto_renew_attribute(call: Call) -> Answer:
    """How subscribed instances are renewed."""
    ids = [part for part in call.params.text("InstanceId").split(",") if part]
    found = [
        {
            "InstanceId": one.instance_id,
            "AutoRenewEnabled": one.settings["AutoRenew"],
            "RenewalStatus": "AutoRenewal" if one.settings["AutoRenew"] else "Normal",
            "Duration": one.settings["AutoRenewPeriod"],
            "PeriodUnit": one.settings["PeriodUnit"],
        }
        for one in present(call, ids or None).values()
        if one.charge_type == "PrePaid"
    ]
    page, counts = pages.numbered(call.params, found, limit=100)
    return {"InstanceRenewAttributes": {"InstanceRenewAttribute": page}, **counts}
