"""What a region has without anybody having made it: the default VPC with its subnets, the default security group."""

from __future__ import annotations

from .. import ids
from ..call import Call
from ..regions import zones_of
from .records import GROUP, NETWORK, SUBNET, Network, SecurityGroup, Subnet

BLOCK = "172.16.0.0/16"


def default_network(call: Call, zone: str) -> tuple[Network, Subnet]:
    """The region's default VPC and its subnet in ``zone``; both made when they are first needed."""
    networks, subnets = call.table(NETWORK), call.table(SUBNET)
    home = next((one for one in networks.values() if one.default), None)
    if home is None:
        home = Network(
            ids.resource_id("vpc"), "Default-VPC", BLOCK, call.now, default=True, route_table=ids.resource_id("rtb")
        )
        networks.put(home.vpc_id, home)
    found = next((one for one in subnets.values() if one.vpc_id == home.vpc_id and one.zone == zone), None)
    if found is None:
        block = f"172.16.{16 * zones_of(call.region).index(zone)}.0/20"
        found = Subnet(ids.resource_id("subnet"), home.vpc_id, "Default-Subnet", zone, block, call.now, default=True)
        subnets.put(found.subnet_id, found)
    return home, found


def default_group(call: Call) -> SecurityGroup:
    """The region's default security group; made when it is first needed."""
    groups = call.table(GROUP)
    found = next((one for one in groups.values() if one.default), None)
    if found is None:
        found = SecurityGroup(ids.resource_id("sg"), "default", "Default security group", call.now, default=True)
        groups.put(found.group_id, found)
    return found
