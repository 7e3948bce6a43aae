"""VPCs."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, ip_network

from .. import ids
from ..call import Answer, Call
from ..errors import ApiError
from ..regions import zones_of
from .defaults import BLOCK, default_network
from .product import FILTERS, PAGE, TAGS, VPC, any_of, chosen, full, in_use, named, not_found, on, page, stamp
from .product import shown_tags as _shown_tags
from .product import tags as _tags
from .records import NETWORK, SUBNET, Network

_RANGES = tuple(ip_network(text) for text in ("10.0.0.0/12", "172.16.0.0/12", "192.168.0.0/16"))


def network(call: Call, vpc_id: str) -> Network:
    """The VPC of that id; ``ResourceNotFound`` if there is none."""
    found = call.table(NETWORK).get(vpc_id)
    if found is None:
        raise not_found(vpc_id)
    return found


def block(text: str) -> IPv4Network:
    """An address block, written exactly; ``InvalidParameterValue.Malformed`` if it is not one."""
    try:
        return IPv4Network(text)
    except ValueError:
        raise ApiError("InvalidParameterValue.Malformed", f"The CIDR block `{text}` is malformed.") from None


@VPC.action(
    "CreateVpc",
    takes=f"VpcName! StackType CidrBlock Ipv6CidrBlock AddressType EnableMulticast DnsServers:[] DomainName {TAGS}"
    " EnableRouteVpcPublish:bool EnableRouteVpcPublishIpv6:bool",
    resources=any_of("vpc"),
)
def create_vpc(call: Call) -> Answer:
    """Make a VPC. https://www.tencentcloud.com/document/product/215/15774"""
    wanted = block(call.text("CidrBlock", BLOCK))
    inside = any(wanted.subnet_of(allowed) for allowed in _RANGES if isinstance(allowed, IPv4Network))
    if not inside or not 12 <= wanted.prefixlen <= 28 or 12 < wanted.prefixlen < 16:
        raise ApiError("InvalidParameterValue.Malformed", f"The CIDR block `{wanted}` is not one a VPC may have.")
    made = Network(
        vpc_id=ids.resource_id("vpc"),
        name=named(call, "VpcName", 60),
        block=str(wanted),
        created=call.now,
        dns=_dns(call, ("183.60.83.19", "183.60.82.98")),
        domain=call.text("DomainName"),
        multicast=call.text("EnableMulticast").lower() == "true",
        route_table=ids.resource_id("rtb"),
        tags=_tags(call),
    )
    return {"Vpc": _shown(_make(call, made))}


@VPC.action("CreateDefaultVpc", takes="Zone Force:bool", rate=100, resources=any_of("vpc"))
def create_default_vpc(call: Call) -> Answer:
    """The default VPC with a subnet. https://www.tencentcloud.com/document/product/215/35014"""
    zone = call.text("Zone") or zones_of(call.region)[0]
    if zone not in zones_of(call.region):
        raise ApiError("InvalidParameterValue.ZoneConflict", f"The zone `{zone}` is not in {call.region}.")
    home, subnet = default_network(call, zone)
    return {
        "Vpc": {
            "VpcId": home.vpc_id,
            "SubnetId": subnet.subnet_id,
            "VpcName": home.name,
            "SubnetName": subnet.name,
            "CidrBlock": subnet.block,
        }
    }


@VPC.action(
    "DescribeVpcs",
    takes=f"VpcIds:[] {FILTERS} {PAGE}",
    resources=any_of("vpc"),
    when_denied=lambda call: {"TotalCount": 0, "VpcSet": []},
)
def describe_vpcs(call: Call) -> Answer:
    """VPCs by id or filter. https://www.tencentcloud.com/document/product/215/15778"""
    filters = {
        "vpc-name": lambda one: one.name,
        "vpc-id": lambda one: one.vpc_id,
        "is-default": lambda one: str(one.default).lower(),
        "cidr-block": lambda one: one.block,
    }
    found = chosen(call, dict(call.table(NETWORK).items()), "VpcIds", "vpc", filters, lambda one: one.tags)
    return {"TotalCount": len(found), "VpcSet": [_shown(one) for one in page(call, found)]}


@VPC.action(
    "ModifyVpcAttribute",
    takes="VpcId! VpcName EnableMulticast DnsServers:[] DomainName EnableRouteVpcPublish:bool EnableCdcPublish:bool"
    " EnableRouteVpcPublishIpv6:bool",
    resources=on("vpc", "VpcId"),
)
def modify_vpc_attribute(call: Call) -> Answer:
    """Change a VPC's name or DNS. https://www.tencentcloud.com/document/product/215/15773"""
    found = network(call, call.text("VpcId"))
    changed = replace(
        found,
        name=named(call, "VpcName", 60) if "VpcName" in call.params else found.name,
        multicast=call.text("EnableMulticast", str(found.multicast)).lower() == "true",
        dns=_dns(call, found.dns),
        domain=call.text("DomainName", found.domain),
    )
    call.table(NETWORK).put(found.vpc_id, changed)
    return {}


@VPC.action("DeleteVpc", takes="VpcId!", rate=100, resources=on("vpc", "VpcId"))
def delete_vpc(call: Call) -> Answer:
    """Delete a VPC without subnets. https://www.tencentcloud.com/document/product/215/15775"""
    found = network(call, call.text("VpcId"))
    if any(one.vpc_id == found.vpc_id for one in call.table(SUBNET).values()):
        raise in_use(found.vpc_id)
    call.table(NETWORK).delete(found.vpc_id)
    return {}


def _dns(call: Call, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    servers = call.texts("DnsServers")
    if len(servers) > 4:
        raise ApiError("InvalidParameterValue.Malformed", "At most 4 DNS servers.")
    return tuple(servers) or otherwise


def _make(call: Call, made: Network) -> Network:
    networks = call.table(NETWORK)
    if len(networks) >= call.switches.count("tencent-quota-vpcs"):
        raise full("VPCs")
    return networks.put(made.vpc_id, made)


def _shown(one: Network) -> Answer:
    return {
        "VpcName": one.name,
        "VpcId": one.vpc_id,
        "CidrBlock": one.block,
        "IsDefault": one.default,
        "EnableMulticast": one.multicast,
        "CreatedTime": stamp(one.created),
        "DnsServerSet": list(one.dns),
        "DomainName": one.domain,
        "DhcpOptionsId": "",
        "EnableDhcp": True,
        "Ipv6CidrBlock": "",
        "TagSet": _shown_tags(one.tags),
        "AssistantCidrSet": [],
    }
