"""What others inside the emulator ask of VPC."""

from __future__ import annotations

from ...state import State
from .records import GROUP, NETWORK, SUBNET


def summary(state: State, account: str) -> dict[str, object]:
    """What exists of VPC in the account, for the control API."""
    return {
        "vpcs": [
            {"VpcId": one.vpc_id, "VpcName": one.name, "Region": place.region, "CidrBlock": one.block}
            for place, one in state.everywhere(NETWORK, account)
        ],
        "subnets": [
            {"SubnetId": one.subnet_id, "VpcId": one.vpc_id, "Region": place.region, "Zone": one.zone}
            for place, one in state.everywhere(SUBNET, account)
        ],
        "security_groups": [
            {"SecurityGroupId": one.group_id, "SecurityGroupName": one.name, "Region": place.region}
            for place, one in state.everywhere(GROUP, account)
        ],
    }
