"""Subnets."""

from __future__ import annotations

from dataclasses import replace

from .. import ids
from ..call import Answer, Call
from ..cvm.facts import addresses_in
from ..errors import ApiError
from ..regions import zones_of
from .networks import block, network
from .product import FILTERS, PAGE, TAGS, VPC, any_of, chosen, full, in_use, named, not_found, on, page, stamp
from .product import shown_tags as _shown_tags
from .product import tags as _tags
from .records import NETWORK, SUBNET, Subnet

_RESERVED = 3  # addresses of a subnet that are the network's own


@VPC.action(
    "CreateSubnet",
    takes=f"VpcId! SubnetName! Zone! StackType CidrBlock Ipv6CidrBlock {TAGS} CdcId",
    resources=on("vpc", "VpcId"),
)
def create_subnet(call: Call) -> Answer:
    """Make a subnet. https://www.tencentcloud.com/document/product/215/15782"""
    home = network(call, call.text("VpcId"))
    if call.text("Zone") not in zones_of(call.region):
        raise ApiError("InvalidParameterValue.ZoneConflict", f"The zone is not in {call.region}.")
    wanted = block(call.text("CidrBlock"))
    if not wanted.subnet_of(block(home.block)) or not 16 <= wanted.prefixlen <= 29:
        raise ApiError("InvalidParameterValue.SubnetRange", f"The CIDR block `{wanted}` is not within the VPC's.")
    siblings = [one for one in call.table(SUBNET).values() if one.vpc_id == home.vpc_id]
    if any(one.block == str(wanted) for one in siblings):
        raise ApiError("InvalidParameterValue.SubnetConflict", f"The CIDR block `{wanted}` is another subnet's.")
    if any(wanted.overlaps(block(one.block)) for one in siblings):
        raise ApiError("InvalidParameterValue.SubnetOverlap", f"The CIDR block `{wanted}` overlaps another subnet's.")
    if len(siblings) >= call.switches.count("tencent-quota-subnets"):
        raise full("subnets")
    if not home.route_table:  # of a state from before VPCs had one from the start
        home = call.table(NETWORK).put(home.vpc_id, replace(home, route_table=ids.resource_id("rtb")))
    made = Subnet(
        subnet_id=ids.resource_id("subnet"),
        vpc_id=home.vpc_id,
        name=named(call, "SubnetName", 60),
        zone=call.text("Zone"),
        block=str(wanted),
        created=call.now,
        tags=_tags(call),
    )
    return {"Subnet": _shown(call, call.table(SUBNET).put(made.subnet_id, made))}


@VPC.action(
    "DescribeSubnets",
    takes=f"SubnetIds:[] {FILTERS} {PAGE} MaxResults:int NextToken",
    resources=any_of("subnet"),
    when_denied=lambda call: {"TotalCount": 0, "SubnetSet": []},
)
def describe_subnets(call: Call) -> Answer:
    """Subnets by id or filter, by page or by token. https://www.tencentcloud.com/document/product/215/15784"""
    filters = {
        "subnet-id": lambda one: one.subnet_id,
        "vpc-id": lambda one: one.vpc_id,
        "zone": lambda one: one.zone,
        "subnet-name": lambda one: one.name,
        "cidr-block": lambda one: one.block,
        "is-default": lambda one: str(one.default).lower(),
    }
    found = chosen(call, dict(call.table(SUBNET).items()), "SubnetIds", "subnet", filters, lambda one: one.tags)
    answer: Answer = {"TotalCount": len(found)}
    if "MaxResults" in call.params or "NextToken" in call.params:
        rows, answer["NextToken"] = _from_token(call, found)
    else:
        rows = page(call, found)
    return {**answer, "SubnetSet": [_shown(call, one) for one in rows]}


@VPC.action("ModifySubnetAttribute", takes="SubnetId! SubnetName EnableBroadcast", resources=on("subnet", "SubnetId"))
def modify_subnet_attribute(call: Call) -> Answer:
    """Change a subnet's name or whether it broadcasts. https://www.tencentcloud.com/document/product/215/15781"""
    found = call.table(SUBNET).get(call.text("SubnetId"))
    if found is None:
        raise not_found(call.text("SubnetId"))
    changed = replace(
        found,
        name=named(call, "SubnetName", 60) if "SubnetName" in call.params else found.name,
        broadcast=call.text("EnableBroadcast", str(found.broadcast)).lower() == "true",
    )
    call.table(SUBNET).put(found.subnet_id, changed)
    return {}


@VPC.action("DeleteSubnet", takes="SubnetId!", resources=on("subnet", "SubnetId"))
def delete_subnet(call: Call) -> Answer:
    """Delete a subnet that no address is used of. https://www.tencentcloud.com/document/product/215/15783"""
    found = call.table(SUBNET).get(call.text("SubnetId"))
    if found is None:
        raise not_found(call.text("SubnetId"))
    if addresses_in(call, found.subnet_id):
        raise in_use(found.subnet_id)
    call.table(SUBNET).delete(found.subnet_id)
    return {}


@VPC.action(
    "DescribeUsedIpAddress",
    takes="VpcId! SubnetId IpAddresses:[] Offset:int Limit:int",
    resources=on("vpc", "VpcId"),
    when_denied=lambda call: {"TotalCount": 0, "IpAddressStates": []},
)
def describe_used_ip_address(call: Call) -> Answer:
    """Addresses that instances hold in a VPC. https://www.tencentcloud.com/document/product/215/73116"""
    home = network(call, call.text("VpcId"))
    only, wanted = call.text("SubnetId"), call.texts("IpAddresses")
    rows = [
        {"VpcId": home.vpc_id, "SubnetId": one.subnet_id, "IpAddress": address, "ResourceType": "CVM"}
        for one in call.table(SUBNET).values()
        if one.vpc_id == home.vpc_id and only in ("", one.subnet_id)
        for address in sorted(addresses_in(call, one.subnet_id))
        if not wanted or address in wanted
    ]
    return {"TotalCount": len(rows), "IpAddressStates": page(call, rows)}


def _from_token(call: Call, found: list[Subnet]) -> tuple[list[Subnet], str]:
    """The page behind a token: the token is the id of its first subnet."""
    token, size = call.text("NextToken"), call.integer("MaxResults", 20)
    ids_ = [one.subnet_id for one in found]
    if (token and token not in ids_) or not 1 <= size <= 100:
        raise ApiError("InvalidParameterValue.Malformed", "NextToken or MaxResults is not valid.")
    first = ids_.index(token) if token else 0
    return found[first : first + size], "".join(ids_[first + size : first + size + 1])


def _shown(call: Call, one: Subnet) -> Answer:
    size = block(one.block).num_addresses - _RESERVED
    home = call.table(NETWORK).get(one.vpc_id)
    return {
        "VpcId": one.vpc_id,
        "SubnetId": one.subnet_id,
        "SubnetName": one.name,
        "CidrBlock": one.block,
        "IsDefault": one.default,
        "EnableBroadcast": one.broadcast,
        "Zone": one.zone,
        "RouteTableId": home.route_table if home else "",
        "CreatedTime": stamp(one.created),
        "AvailableIpAddressCount": size - len(addresses_in(call, one.subnet_id)),
        "Ipv6CidrBlock": "",
        "NetworkAclId": "",
        "IsRemoteVpcSnat": False,
        "TotalIpAddressCount": size,
        "TagSet": _shown_tags(one.tags),
        "CdcId": "",
        "IsCdcSubnet": 0,
    }
