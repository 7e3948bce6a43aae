"""VPCs, from CreateVpc to DeleteVpc. IPv6 and IP address pools are not offered."""

from __future__ import annotations

from dataclasses import replace

from ... import timeline
from .. import ids, pages, tags
from ..call import Answer, Call
from ..ecs.facts import groups_in
from ..errors import ApiError
from ..regional import RESOURCE_GROUP, dry_run, on
from ..tokens import once
from . import blocks
from .product import VPC, creating, label, network, networks, tag_rows, vswitches, when
from .records import NETWORK, Vpc

DEFAULT_BLOCK = "172.16.0.0/12"
_on_vpc = on("vpc", "VpcId")


@VPC.action("CreateVpc", resources=on("vpc", "VpcId"))
def create_vpc(call: Call) -> Answer:
    """Make a VPC; it is Pending for a moment."""
    return once(call, _create)


@VPC.action("CreateDefaultVpc", resources=on("vpc", "VpcId"))
def create_default_vpc(call: Call) -> Answer:
    """Make the region's default VPC, one for each region."""
    return once(call, _create_default)


def _create_default(call: Call) -> Answer:
    if any(one.default for one in networks(call).values()):
        raise ApiError("OperationDenied.DefaultVpcExist", 400, "The default VPC already exists in this region.")
    return _make(call, "172.31.0.0/16", default=True)


def _create(call: Call) -> Answer:
    return _make(call, call.params.text("CidrBlock", DEFAULT_BLOCK), default=False)


def _make(call: Call, cidr: str, default: bool) -> Answer:
    name = label(call, "VpcName", "InvalidVpcName.Malformed") or ""
    description = label(call, "Description", "InvalidVpcDiscription.Malformed", 256) or ""
    if blocks.vpc_block(cidr) is None:
        raise ApiError("InvalidParameter", 400, "Specified CIDR block is not valid.")
    user_cidrs = tuple(part for part in call.params.text("UserCidr").split(",") if part)
    if any(blocks.network(part) is None for part in user_cidrs):
        raise ApiError("InvalidParameter", 400, "Specified UserCidr invalid format.")
    given = tags.sent(call.params)
    if len(networks(call)) >= call.switches.count("quota-vpcs"):
        raise ApiError("QuotaExceeded.Vpc", 400, "VPC quota exceeded.")
    dry_run(call)
    vpc = Vpc(
        vpc_id=ids.resource_id("vpc"),
        cidr=cidr,
        created=call.now,
        timeline=creating(call),
        router_id=ids.resource_id("vrt"),
        route_table_id=ids.resource_id("vtb"),
        resource_group=call.params.text("ResourceGroupId", RESOURCE_GROUP),
        name=name,
        description=description,
        default=default,
        user_cidrs=user_cidrs,
        dns_hostnames=call.params.boolean("EnableDnsHostname"),
        tags=given,
    )
    call.table(NETWORK).put(vpc.vpc_id, vpc)
    return {
        "VpcId": vpc.vpc_id,
        "VRouterId": vpc.router_id,
        "RouteTableId": vpc.route_table_id,
        "ResourceGroupId": vpc.resource_group,
    }


@VPC.action("DescribeVpcs")
def describe_vpcs(call: Call) -> Answer:
    """List VPCs; ids that are not there are left out."""
    params = call.params
    asked = [part.strip() for part in params.text("VpcId").split(",") if part.strip()]
    if len(asked) > 20:
        raise ApiError("InvalidParameter", 400, "The specified parameter VpcId is not valid.")
    filters = tags.wanted(params)
    default = params.boolean("IsDefault") if params.text("IsDefault") else None
    rows = [
        _row(call, vpc)
        for vpc in networks(call).values()
        if (not asked or vpc.vpc_id in asked)
        and params.text("VpcName") in ("", vpc.name)
        and params.text("ResourceGroupId") in ("", vpc.resource_group)
        and default in (None, vpc.default)
        and tags.carries(vpc.tags, filters)
    ]
    page, counts = pages.numbered(params, rows, limit=50)
    return {"Vpcs": {"Vpc": page}, **counts}


@VPC.action("DescribeVpcAttribute", resources=_on_vpc)
def describe_vpc_attribute(call: Call) -> Answer:
    """One VPC as a flat object."""
    vpc = network(call, call.params.required("VpcId"))
    row = _row(call, vpc)
    del row["RouterTableIds"]
    del row["NatGatewayIds"]
    parts = len(row["VSwitchIds"]["VSwitchId"])
    resources = [{"ResourceType": kind, "ResourceCount": count} for kind, count in (("VSwitch", parts),) if count]
    return {
        **row,
        "ClassicLinkEnabled": vpc.classic_link,
        "CloudResources": {"CloudResourceSetType": resources},
        "AssociatedCens": {"AssociatedCen": []},
    }


@VPC.action("ModifyVpcAttribute", resources=_on_vpc)
def modify_vpc_attribute(call: Call) -> Answer:
    """Change name, description or block."""
    vpc = network(call, call.params.required("VpcId"))
    name = label(call, "VpcName", "InvalidVpcName.Malformed")
    description = label(call, "Description", "InvalidVpcDiscription.Malformed", 256)
    cidr = call.params.text("CidrBlock", vpc.cidr)
    block = blocks.vpc_block(cidr)
    if block is None:
        raise ApiError("InvalidCidrBlock.Malformed", 400, "Specified CIDR block is not valid.")
    inside = (one.cidr for one in vswitches(call).values() if one.vpc_id == vpc.vpc_id)
    if cidr != vpc.cidr and any(not blocks.within(part, block) for part in inside):
        raise ApiError("DependencyViolation.VSwitch", 400, "A vSwitch lies outside of the specified CIDR block.")
    _available(call, vpc)
    call.table(NETWORK).put(
        vpc.vpc_id,
        replace(
            vpc,
            cidr=cidr,
            name=vpc.name if name is None else name,
            description=vpc.description if description is None else description,
            dns_hostnames=call.params.boolean("EnableDnsHostname", vpc.dns_hostnames),
        ),
    )
    return {}


@VPC.action("DeleteVpc", resources=_on_vpc)
def delete_vpc(call: Call) -> Answer:
    """Delete an empty VPC."""
    vpc = network(call, call.params.required("VpcId"))
    _available(call, vpc)
    if any(one.vpc_id == vpc.vpc_id for one in vswitches(call).values()):
        raise _in_use("VSwitch")
    if groups_in(call, vpc.vpc_id):
        raise _in_use("SecurityGroup")
    dry_run(call)
    call.table(NETWORK).delete(vpc.vpc_id)
    return {}


@VPC.action("AssociateVpcCidrBlock", resources=_on_vpc)
def associate_cidr_block(call: Call) -> Answer:
    """Add a secondary block."""
    vpc = network(call, call.params.required("VpcId"))
    cidr = call.params.required("SecondaryCidrBlock")
    block = blocks.vpc_block(cidr)
    if block is None:
        raise ApiError("InvalidCidrBlock.Malformed", 400, "Specified CIDR block is not valid.")
    if blocks.overlapping(block, (vpc.cidr, *vpc.secondary_cidrs)):
        raise ApiError("InvalidCidrBlock.Overlapped", 400, "Specified CIDR block overlapped with other subnets.")
    call.table(NETWORK).put(vpc.vpc_id, replace(vpc, secondary_cidrs=(*vpc.secondary_cidrs, cidr)))
    return {}


@VPC.action("UnassociateVpcCidrBlock", resources=_on_vpc)
def unassociate_cidr_block(call: Call) -> Answer:
    """Take a secondary block away."""
    vpc = network(call, call.params.required("VpcId"))
    cidr = call.params.required("SecondaryCidrBlock")
    if cidr not in vpc.secondary_cidrs:
        raise ApiError("InvalidParameter", 400, "The specified parameter SecondaryCidrBlock is not valid.")
    left = tuple(one for one in vpc.secondary_cidrs if one != cidr)
    call.table(NETWORK).put(vpc.vpc_id, replace(vpc, secondary_cidrs=left))
    return {}


def _switch_classic_link(call: Call, enabled: bool) -> Answer:
    vpc = network(call, call.params.required("VpcId"))
    call.table(NETWORK).put(vpc.vpc_id, replace(vpc, classic_link=enabled))
    return {}


@VPC.action("EnableVpcClassicLink", resources=_on_vpc)
def enable_classic_link(call: Call) -> Answer:
    """Let classic-network instances reach the VPC."""
    return _switch_classic_link(call, True)


@VPC.action("DisableVpcClassicLink", resources=_on_vpc)
def disable_classic_link(call: Call) -> Answer:
    """Undo EnableVpcClassicLink."""
    return _switch_classic_link(call, False)


@VPC.action("MoveResourceGroup", resources=on("vpc", "ResourceId"))
def move_resource_group(call: Call) -> Answer:
    """Put a VPC into another resource group."""
    if call.params.required("ResourceType").lower() != "vpc":
        raise ApiError("InvalidResourceType.NotSupported", 400, "The specified ResourceType is not supported.")
    vpc = network(call, call.params.required("ResourceId"))
    group = call.params.required("NewResourceGroupId")
    call.table(NETWORK).put(vpc.vpc_id, replace(vpc, resource_group=group))
    return {}


def _available(call: Call, vpc: Vpc) -> None:
    if timeline.at(vpc.timeline, call.now) != "Available":
        raise ApiError("IncorrectVpcStatus", 400, "Current VPC status does not support this operation.")


def _in_use(by: str) -> ApiError:
    return ApiError(f"DependencyViolation.{by}", 400, f"Specified VPC has dependent resources: {by}.")


def _row(call: Call, vpc: Vpc) -> Answer:
    inside = [one.vswitch_id for one in vswitches(call).values() if one.vpc_id == vpc.vpc_id]
    return {
        "VpcId": vpc.vpc_id,
        "VpcName": vpc.name,
        "Description": vpc.description,
        "RegionId": call.region,
        "CidrBlock": vpc.cidr,
        "Ipv6CidrBlock": "",
        "Ipv6CidrBlocks": {"Ipv6CidrBlock": []},
        "EnabledIpv6": False,
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": list(vpc.secondary_cidrs)},
        "UserCidrs": {"UserCidr": list(vpc.user_cidrs)},
        "Status": timeline.at(vpc.timeline, call.now),
        "VRouterId": vpc.router_id,
        "VSwitchIds": {"VSwitchId": inside},
        "RouterTableIds": {"RouterTableIds": [vpc.route_table_id]},
        "NatGatewayIds": {"NatGatewayIds": []},
        "IsDefault": vpc.default,
        "ResourceGroupId": vpc.resource_group,
        "OwnerId": int(call.account),
        "DnsHostnameStatus": "ENABLED" if vpc.dns_hostnames else "DISABLED",
        "CreationTime": when(vpc.created),
        "Tags": tag_rows(vpc.tags),
    }
