"""Changing instances: ModifyInstanceAttribute and the actions that change what it does not.

What needs a stopped instance on the real service (type, vSwitch) needs one here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ... import timeline
from ..call import Answer, Call
from ..errors import ApiError
from ..vpc import blocks
from ..vpc.product import vswitches
from .catalogue import INSTANCE_TYPES
from .facts import addresses_in
from .launch import check_user_data, public_address
from .product import ECS, group, instance, keep, label, must_be, on_instance, required
from .records import Instance


@ECS.action("ModifyInstanceAttribute", resources=on_instance)
def modify_instance_attribute(call: Call) -> Answer:
    """Change name, description, host name, user data, groups or deletion protection."""
    one = instance(call, required(call, "InstanceId"))
    params = call.params
    changed: dict[str, Any] = {}
    name = label(call, "InstanceName", "InvalidInstanceName.Malformed")
    if name:
        changed["name"] = name
    description = label(call, "Description", "InvalidDescription.Malformed", 2, 256)
    if description is not None:
        changed["description"] = description
    host_name = label(call, "HostName", "InvalidHostName.Malformed", 2, 64)
    if host_name:
        changed["host_name"] = host_name
    if "UserData" in params:
        check_user_data(params.text("UserData"))
        changed["user_data"] = params.text("UserData")
    groups = tuple(dict.fromkeys(params.numbered("SecurityGroupIds")))
    if groups:
        changed["groups"] = _same_network(call, one, groups)
    changed["protected"] = params.boolean("DeletionProtection", one.protected)
    if params.text("CreditSpecification"):
        changed["settings"] = {**one.settings, "CreditSpecification": params.text("CreditSpecification")}
    keep(call, replace(one, **changed))
    return {}


def _same_network(call: Call, one: Instance, groups: tuple[str, ...]) -> tuple[str, ...]:
    if any(group(call, key).vpc_id != one.vpc_id for key in groups):
        raise ApiError(
            "InvalidSecurityGroup.VpcMismatch",
            400,
            "The specified security group and instance are not in the same VPC.",
        )
    return groups


@ECS.action("ModifyInstanceMetadataOptions", resources=on_instance)
def modify_instance_metadata_options(call: Call) -> Answer:
    """Open or close an instance's metadata service, or ask for tokens."""
    one = instance(call, required(call, "InstanceId"))
    params = call.params
    keep(
        call,
        replace(
            one,
            http_endpoint=params.choice(
                "HttpEndpoint", ("enabled", "disabled"), one.http_endpoint, "InvalidHttpEndpoint.NotSupported"
            ),
            http_tokens=params.choice(
                "HttpTokens", ("optional", "required"), one.http_tokens, "InvalidHttpTokens.NotSupported"
            ),
            hop_limit=params.integer(
                "HttpPutResponseHopLimit", one.hop_limit, 1, 64, "InvalidHttpPutResponseHopLimit.NotSupported"
            ),
        ),
    )
    return {}


@ECS.action("ModifyInstanceSpec", resources=on_instance)
def modify_instance_spec(call: Call) -> Answer:
    """Change a stopped instance's type, or its bandwidth."""
    one = instance(call, required(call, "InstanceId"))
    kind = call.params.text("InstanceType")
    if kind and kind != one.type:
        must_be(call, one, "Stopped")
        if kind not in INSTANCE_TYPES:
            raise ApiError(
                "InvalidInstanceType.ValueNotSupported",
                403,
                "The specified InstanceType does not exist or beyond the permitted range.",
            )
        one = replace(one, type=kind)
    keep(call, _with_bandwidth(call, one))
    return {}


@ECS.action("ModifyInstanceNetworkSpec", resources=on_instance)
def modify_instance_network_spec(call: Call) -> Answer:
    """Change an instance's bandwidth."""
    one = instance(call, required(call, "InstanceId"))
    keep(call, _with_bandwidth(call, one))
    return {}


@ECS.action("AllocatePublicIpAddress", resources=on_instance)
def allocate_public_ip_address(call: Call) -> Answer:
    """Give an instance a public address."""
    one = instance(call, required(call, "InstanceId"))
    must_be(call, one, "Running", "Stopped")
    if one.public_ip:
        raise ApiError("AllocatedAlready", 403, "The specified instance has a public IP address already.")
    address = public_address()
    keep(call, replace(one, public_ip=address))
    return {"IpAddress": address}


@ECS.action("ModifyInstanceAutoReleaseTime", resources=on_instance)
def modify_instance_auto_release_time(call: Call) -> Answer:
    """Keep the time an instance is to be released at; the sandbox does not act on it."""
    one = instance(call, required(call, "InstanceId"))
    keep(call, replace(one, settings={**one.settings, "AutoReleaseTime": call.params.text("AutoReleaseTime")}))
    return {}


def _with_bandwidth(call: Call, one: Instance) -> Instance:
    changed = {
        name: call.params.integer(name, one.settings[name], 0, 1000, f"Invalid{name}.ValueNotSupported")
        for name in ("InternetMaxBandwidthOut", "InternetMaxBandwidthIn")
    }
    return replace(one, settings={**one.settings, **changed})


@ECS.action("ModifyInstanceVpcAttribute", resources=on_instance)
def modify_instance_vpc_attribute(call: Call) -> Answer:
    """Move a stopped instance to another vSwitch or address of its VPC and zone."""
    one = instance(call, required(call, "InstanceId"))
    must_be(call, one, "Stopped")
    target = vswitches(call).get(required(call, "VSwitchId"))
    if target is None or timeline.at(target.timeline, call.now) != "Available":
        raise ApiError("InvalidVSwitchId.NotFound", 404, "The specified VSwitchId does not exist.")
    if target.vpc_id != one.vpc_id or target.zone != one.zone:
        raise ApiError("OperationDenied", 403, "The specified VSwitch is not in the VPC or the zone of the instance.")
    block = blocks.block_of(target.cidr)
    taken = addresses_in(call, target.vswitch_id) - {one.private_ip}
    stays = one.private_ip if one.vswitch_id == target.vswitch_id else None
    address = call.params.text("PrivateIpAddress") or stays or blocks.free_address(block, taken)
    if address is None or not blocks.usable(block, address) or address in taken:
        raise ApiError(
            "InvalidPrivateIpAddress.Malformed", 400, "The specified private IP address is not valid or in use."
        )
    keep(call, replace(one, vswitch_id=target.vswitch_id, private_ip=address))
    return {}
