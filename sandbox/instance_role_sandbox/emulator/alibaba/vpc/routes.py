"""The system route table that every VPC comes with. Custom route tables and routes are not offered."""

from __future__ import annotations

from dataclasses import replace

from ... import timeline
from .. import pages
from ..call import Answer, Call
from ..errors import ApiError
from ..regional import on
from .product import VPC, label, networks, vswitches, when
from .records import NETWORK, Vpc


@VPC.action("DescribeRouteTableList")
def describe_route_table_list(call: Call) -> Answer:
    """List route tables, by VPC, router or id."""
    rows = [_listed(call, vpc) for vpc in _asked(call, "RouterId")]
    page, counts = pages.numbered(call.params, rows, limit=50)
    return {"RouterTableList": {"RouterTableListType": page}, **counts}


@VPC.action("DescribeRouteTables")
def describe_route_tables(call: Call) -> Answer:
    """Route tables with their entries: one for each vSwitch, and the service's own."""
    rows = [_detailed(call, vpc) for vpc in _asked(call, "VRouterId")]
    page, counts = pages.numbered(call.params, rows, limit=50)
    return {"RouteTables": {"RouteTable": page}, **counts}


@VPC.action("ModifyRouteTableAttributes", resources=on("routetable", "RouteTableId"))
def modify_route_table_attributes(call: Call) -> Answer:
    """Change a route table's name or description."""
    wanted = call.params.required("RouteTableId")
    vpc = next((one for one in networks(call).values() if one.route_table_id == wanted), None)
    if vpc is None:
        raise ApiError("InvalidRouteTableId.NotFound", 404, "Specified route table does not exist.")
    name = label(call, "RouteTableName", "InvalidName.Malformed")
    description = label(call, "Description", "InvalidDescription.Malformed", 256)
    call.table(NETWORK).put(
        vpc.vpc_id,
        replace(
            vpc,
            route_table_name=vpc.route_table_name if name is None else name,
            route_table_description=vpc.route_table_description if description is None else description,
        ),
    )
    return {}


def _asked(call: Call, router: str) -> list[Vpc]:
    params = call.params
    return [
        vpc
        for vpc in networks(call).values()
        if params.text("VpcId") in ("", vpc.vpc_id)
        and params.text("RouteTableId") in ("", vpc.route_table_id)
        and params.text("RouteTableName") in ("", vpc.route_table_name)
        and params.text(router) in ("", vpc.router_id)
    ]


def _inside(call: Call, vpc: Vpc) -> list[str]:
    return [one.vswitch_id for one in vswitches(call).values() if one.vpc_id == vpc.vpc_id]


def _listed(call: Call, vpc: Vpc) -> Answer:
    return {
        "RouteTableId": vpc.route_table_id,
        "RouteTableName": vpc.route_table_name,
        "RouteTableType": "System",
        "Description": vpc.route_table_description,
        "RouterId": vpc.router_id,
        "RouterType": "VRouter",
        "VpcId": vpc.vpc_id,
        "VSwitchIds": {"VSwitchId": _inside(call, vpc)},
        "GatewayIds": {"GatewayIds": []},
        "AssociateType": "VSwitch",
        "RoutePropagationEnable": True,
        "Status": timeline.at(vpc.timeline, call.now),
        "ResourceGroupId": vpc.resource_group,
        "OwnerId": int(call.account),
        "CreationTime": when(vpc.created),
        "Tags": {"Tag": []},
    }


def _detailed(call: Call, vpc: Vpc) -> Answer:
    blocks = [one.cidr for one in vswitches(call).values() if one.vpc_id == vpc.vpc_id]
    entries = [
        {
            "RouteTableId": vpc.route_table_id,
            "DestinationCidrBlock": block,
            "Type": "System",
            "Status": "Available",
            "InstanceId": "",
            "NextHopType": "local",
            "RouteEntryId": "",
            "RouteEntryName": "",
            "Description": "Created by the system.",
            "NextHops": {"NextHop": []},
        }
        for block in (*blocks, "100.64.0.0/10")
    ]
    return {
        "RouteTableId": vpc.route_table_id,
        "RouteTableType": "System",
        "VRouterId": vpc.router_id,
        "Status": timeline.at(vpc.timeline, call.now),
        "VSwitchIds": {"VSwitchId": _inside(call, vpc)},
        "RouteEntrys": {"RouteEntry": entries},
        "ResourceGroupId": vpc.resource_group,
        "CreationTime": when(vpc.created),
    }
