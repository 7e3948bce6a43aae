"""Route tables: each VPC's default one, which every subnet is on. They are not changed here."""

from __future__ import annotations

from collections.abc import Mapping

from ..call import Answer, Call
from .product import FILTERS, PAGE, VPC, any_of, chosen, page, stamp
from .records import NETWORK, SUBNET, Network


@VPC.action(
    "DescribeRouteTables",
    takes=f"RouteTableIds:[] {FILTERS} {PAGE} NeedRouterInfo:bool",
    resources=any_of("rtb"),
    when_denied=lambda call: {"TotalCount": 0, "RouteTableSet": []},
)
def describe_route_tables(call: Call) -> Answer:
    """Route tables by id or filter. https://www.tencentcloud.com/document/product/215/15768"""
    tables: Mapping[str, Network] = {one.route_table: one for one in call.table(NETWORK).values() if one.route_table}
    filters = {
        "route-table-id": lambda one: one.route_table,
        "route-table-name": lambda one: "default",
        "vpc-id": lambda one: one.vpc_id,
        "association.main": lambda one: "true",
    }
    found = chosen(call, tables, "RouteTableIds", "rtb", filters, lambda one: {})
    return {"TotalCount": len(found), "RouteTableSet": [_shown(call, one) for one in page(call, found)]}


def _shown(call: Call, one: Network) -> Answer:
    subnets = [subnet.subnet_id for subnet in call.table(SUBNET).values() if subnet.vpc_id == one.vpc_id]
    return {
        "VpcId": one.vpc_id,
        "RouteTableId": one.route_table,
        "RouteTableName": "default",
        "AssociationSet": [{"SubnetId": subnet, "RouteTableId": one.route_table} for subnet in subnets],
        "RouteSet": [],
        "Main": True,
        "CreatedTime": stamp(one.created),
        "TagSet": [],
    }
