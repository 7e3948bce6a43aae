"""Network interfaces: the one that each instance of a VPC has.

Secondary interfaces are not offered.
"""

from __future__ import annotations

from dataclasses import replace

from ...clock import stamp
from .. import pages, tags
from ..call import Answer, Call
from .facts import present
from .product import ECS, keep, nothing, tag_rows
from .records import Instance


@ECS.action("DescribeNetworkInterfaces", when_denied=nothing("NetworkInterfaceSets", "NetworkInterfaceSet"))
def describe_network_interfaces(call: Call) -> Answer:
    """List network interfaces, by id, instance, vSwitch, VPC, group, address or tag."""
    params = call.params
    ids = params.numbered("NetworkInterfaceId")
    addresses = params.numbered("PrivateIpAddress")
    filters = tags.wanted(params)
    rows = [
        _row(call, one)
        for one in present(call).values()
        if one.interface_id
        and (not ids or one.interface_id in ids)
        and params.text("InstanceId") in ("", one.instance_id)
        and params.text("VSwitchId") in ("", one.vswitch_id)
        and params.text("VpcId") in ("", one.vpc_id)
        and (not params.text("SecurityGroupId") or params.text("SecurityGroupId") in one.groups)
        and params.text("PrimaryIpAddress") in ("", one.private_ip)
        and (not addresses or one.private_ip in addresses)
        and params.text("Type", "Primary") == "Primary"
        and params.text("Status", "InUse") == "InUse"
        and tags.carries(one.interface_tags, filters)
    ]
    if pages.wants_token(params):
        page, token = pages.tokened(params, rows, limit=500)
        return {"NetworkInterfaceSets": {"NetworkInterfaceSet": page}, "TotalCount": len(rows), **token}
    page, counts = pages.numbered(params, rows, limit=500)
    return {"NetworkInterfaceSets": {"NetworkInterfaceSet": page}, **counts}


def tagged(call: Call) -> dict[str, dict[str, str]]:
    """The tags of all network interfaces, by interface id."""
    return {one.interface_id: one.interface_tags for one in present(call).values() if one.interface_id}


def tag(call: Call, interface_id: str, labels: dict[str, str]) -> None:
    """Give an interface these tags in place of those it had."""
    owner = next(one for one in present(call).values() if one.interface_id == interface_id)
    keep(call, replace(owner, interface_tags=labels))


def _row(call: Call, one: Instance) -> Answer:
    return {
        "NetworkInterfaceId": one.interface_id,
        "NetworkInterfaceName": "",
        "Description": "",
        "Type": "Primary",
        "Status": "InUse",
        "InstanceId": one.instance_id,
        "Attachment": {"InstanceId": one.instance_id, "DeviceIndex": 0, "NetworkCardIndex": 0},
        "VpcId": one.vpc_id,
        "VSwitchId": one.vswitch_id,
        "ZoneId": one.zone,
        "PrivateIpAddress": one.private_ip,
        "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": one.private_ip, "Primary": True}]},
        "Ipv6Sets": {"Ipv6Set": []},
        "Ipv4PrefixSets": {"Ipv4PrefixSet": []},
        "Ipv6PrefixSets": {"Ipv6PrefixSet": []},
        "AssociatedPublicIp": {"PublicIpAddress": "", "AllocationId": ""},
        "MacAddress": one.mac,
        "SecurityGroupIds": {"SecurityGroupId": list(one.groups)},
        "NetworkInterfaceTrafficMode": "Standard",
        "QueuePairNumber": 0,
        "QueueNumber": 0,
        "SourceDestCheck": False,
        "DeleteOnRelease": True,
        "ServiceManaged": False,
        "ServiceID": 0,
        "OwnerId": call.account,
        "ResourceGroupId": one.settings["ResourceGroupId"],
        "CreationTime": stamp(one.created),
        "Tags": tag_rows(one.interface_tags),
    }
