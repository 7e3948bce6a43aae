"""vSwitches, from CreateVSwitch to DeleteVSwitch. One of a VPC changes at a time."""

from __future__ import annotations

from dataclasses import replace

from ... import timeline
from .. import ids, pages, tags
from ..call import Answer, Call
from ..ecs.facts import addresses_in
from ..errors import ApiError
from ..regional import RESOURCE_GROUP, dry_run, on
from ..regions import zones
from ..tokens import once
from . import blocks
from .product import VPC, creating, label, network, networks, tag_rows, vswitch, vswitches, when
from .records import VSWITCH, Vpc, VSwitch

_on_vswitch = on("vswitch", "VSwitchId")


@VPC.action("CreateVSwitch", resources=on("vpc", "VpcId"))
def create_vswitch(call: Call) -> Answer:
    """Make a vSwitch in a VPC and a zone; it is Pending for a moment."""
    return once(call, _create)


@VPC.action("CreateDefaultVSwitch", resources=on("vswitch", "VSwitchId"))
def create_default_vswitch(call: Call) -> Answer:
    """Make the default VPC's vSwitch of one zone."""
    return once(call, _create_default)


def _create(call: Call) -> Answer:
    vpc = network(call, call.params.required("VpcId"))
    zone = call.params.required("ZoneId")
    return _make(call, vpc, zone, call.params.required("CidrBlock"), default=False)


def _create_default(call: Call) -> Answer:
    zone = call.params.required("ZoneId")
    home = next((one for one in networks(call).values() if one.default), None)
    if home is None:
        raise ApiError("InvalidVpcId.NotFound", 404, "The default VPC does not exist in this region.")
    if any(one.default and one.zone == zone for one in vswitches(call).values()):
        raise ApiError("OperationDenied.DefaultVSwitchExist", 400, "The zone has a default vSwitch already.")
    part = blocks.next_part(home.cidr, 20, [one.cidr for one in vswitches(call).values() if one.vpc_id == home.vpc_id])
    if part is None:
        raise ApiError("InvalidCidrBlock.Overlapped", 400, "The default VPC has no room for another vSwitch.")
    return _make(call, home, zone, part, default=True)


def _make(call: Call, vpc: Vpc, zone: str, cidr: str, default: bool) -> Answer:
    if zone not in zones(call.region):
        raise ApiError("InvalidZoneId.NotFound", 404, "Specified zone does not exist.")
    name = label(call, "VSwitchName", "InvalidVSwitchName.Malformed") or ""
    description = label(call, "Description", "InvalidVSwitchDiscription.Malformed", 256) or ""
    given = tags.sent(call.params)
    if timeline.at(vpc.timeline, call.now) != "Available":
        raise ApiError("IncorrectVpcStatus", 400, "Current VPC status does not support this operation.")
    beside = [one for one in vswitches(call).values() if one.vpc_id == vpc.vpc_id]
    _check_block(vpc, cidr, beside)
    if len(beside) >= call.switches.count("quota-vswitches"):
        raise ApiError("QuotaExceeded.VSwitch", 400, "Virtual switch quota exceeded.")
    _nothing_changing(call, beside)
    dry_run(call)
    _forget_gone(call)
    made = VSwitch(
        vswitch_id=ids.resource_id("vsw"),
        vpc_id=vpc.vpc_id,
        zone=zone,
        cidr=cidr,
        created=call.now,
        timeline=creating(call),
        name=name,
        description=description,
        default=default,
        tags=given,
    )
    call.table(VSWITCH).put(made.vswitch_id, made)
    return {"VSwitchId": made.vswitch_id}


def _forget_gone(call: Call) -> None:
    """Remove the records of vSwitches that are gone by now."""
    table = call.table(VSWITCH)
    for key in set(table.keys()) - set(vswitches(call)):
        table.delete(key)


def _check_block(vpc: Vpc, cidr: str, beside: list[VSwitch]) -> None:
    block = blocks.network(cidr)
    if block is None:
        raise ApiError("InvalidCidrBlock.Malformed", 400, "Specified CIDR block is not valid.")
    if block.prefixlen not in blocks.VSWITCH_MASKS:
        raise ApiError("InvalidCirdrBlock.MaskLength", 400, "Specified CIDR block is not valid.")  # spelled so
    if not any(blocks.within(cidr, blocks.block_of(one)) for one in (vpc.cidr, *vpc.secondary_cidrs)):
        raise ApiError("InvalidParameter", 400, "Specified CIDR block is not valid in VPC.")
    if blocks.overlapping(block, (one.cidr for one in beside)):
        raise ApiError("InvalidCidrBlock.Overlapped", 400, "Specified CIDR block overlapped with other subnets.")


def _nothing_changing(call: Call, beside: list[VSwitch]) -> None:
    """One vSwitch of a VPC at a time: while one is being made or deleted, no other can be."""
    if any(timeline.at(one.timeline, call.now) != "Available" for one in beside):
        raise ApiError("TaskConflict", 400, "The operation is conflicted with another vSwitch task in the same VPC.")


@VPC.action("DescribeVSwitches")
def describe_vswitches(call: Call) -> Answer:
    """List vSwitches."""
    params = call.params
    filters = tags.wanted(params)
    default = params.boolean("IsDefault") if params.text("IsDefault") else None
    if params.text("VSwitchId"):
        vswitch(call, params.text("VSwitchId"))
    rows = [
        _row(call, one)
        for one in vswitches(call).values()
        if params.text("VSwitchId") in ("", one.vswitch_id)
        and params.text("VpcId") in ("", one.vpc_id)
        and params.text("ZoneId") in ("", one.zone)
        and params.text("VSwitchName") in ("", one.name)
        and default in (None, one.default)
        and tags.carries(one.tags, filters)
    ]
    page, counts = pages.numbered(params, rows, limit=50)
    return {"VSwitches": {"VSwitch": page}, **counts}


@VPC.action("DescribeVSwitchAttributes", resources=_on_vswitch)
def describe_vswitch_attributes(call: Call) -> Answer:
    """One vSwitch as a flat object."""
    wanted = call.params.required("VSwitchId")
    if wanted not in vswitches(call) and call.switches.text("describe-gone-vswitch") == "empty":
        return {"VSwitchId": "", "Status": ""}
    return _row(call, vswitch(call, wanted))


@VPC.action("ModifyVSwitchAttribute", resources=_on_vswitch)
def modify_vswitch_attribute(call: Call) -> Answer:
    """Change name or description."""
    found = vswitch(call, call.params.required("VSwitchId"))
    name = label(call, "VSwitchName", "InvalidVSwitchName.Malformed")
    description = label(call, "Description", "InvalidVSwitchDiscription.Malformed", 256)
    _available(call, found)
    call.table(VSWITCH).put(
        found.vswitch_id,
        replace(
            found,
            name=found.name if name is None else name,
            description=found.description if description is None else description,
        ),
    )
    return {}


@VPC.action("DeleteVSwitch", resources=_on_vswitch)
def delete_vswitch(call: Call) -> Answer:
    """Delete an empty vSwitch; it is Pending for a moment, then gone."""
    found = vswitch(call, call.params.required("VSwitchId"))
    _available(call, found)
    if addresses_in(call, found.vswitch_id):
        raise ApiError("DependencyViolation", 400, "Specified object has dependent resources.")
    _nothing_changing(call, [one for one in vswitches(call).values() if one.vpc_id == found.vpc_id])
    dry_run(call)
    going = timeline.through(call.now, ("Pending", call.switches.number("settle-seconds")), (timeline.GONE, 0))
    call.table(VSWITCH).put(found.vswitch_id, replace(found, timeline=going))
    return {}


def _available(call: Call, found: VSwitch) -> None:
    if timeline.at(found.timeline, call.now) != "Available":
        raise ApiError(
            "IncorrectVSwitchStatus", 400, "The current status of virtual switch does not support this operation."
        )


def _row(call: Call, one: VSwitch) -> Answer:
    free = blocks.capacity(blocks.block_of(one.cidr)) - len(addresses_in(call, one.vswitch_id))
    vpc = networks(call).get(one.vpc_id)
    return {
        "VSwitchId": one.vswitch_id,
        "VSwitchName": one.name,
        "Description": one.description,
        "VpcId": one.vpc_id,
        "ZoneId": one.zone,
        "CidrBlock": one.cidr,
        "Ipv6CidrBlock": "",
        "EnabledIpv6": False,
        "Status": timeline.at(one.timeline, call.now),
        "AvailableIpAddressCount": free,
        "IsDefault": one.default,
        "ResourceGroupId": vpc.resource_group if vpc else RESOURCE_GROUP,
        "RouteTable": {"RouteTableId": vpc.route_table_id if vpc else "", "RouteTableType": "System"},
        "OwnerId": int(call.account),
        "ShareType": "",
        "NetworkAclId": "",
        "CreationTime": when(one.created),
        "Tags": tag_rows(one.tags),
    }
