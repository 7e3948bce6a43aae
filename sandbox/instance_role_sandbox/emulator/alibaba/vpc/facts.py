"""What others inside the emulator ask of VPC."""

from __future__ import annotations

from ... import timeline
from ...state import State
from ..accounts import account_of, time_of
from .records import NETWORK, VSWITCH


def summary(state: State, account: str) -> dict[str, object]:
    """What exists of VPC in the account, for the control API."""
    holder = account_of(state, account)
    now = time_of(holder) if holder else 0.0
    return {
        "vpcs": [
            {
                "VpcId": vpc.vpc_id,
                "VpcName": vpc.name,
                "RegionId": place.region,
                "CidrBlock": vpc.cidr,
                "Status": timeline.at(vpc.timeline, now),
            }
            for place, vpc in state.everywhere(NETWORK, account)
            if timeline.at(vpc.timeline, now) != timeline.GONE
        ],
        "vswitches": [
            {
                "VSwitchId": one.vswitch_id,
                "VSwitchName": one.name,
                "RegionId": place.region,
                "ZoneId": one.zone,
                "VpcId": one.vpc_id,
                "CidrBlock": one.cidr,
                "Status": timeline.at(one.timeline, now),
            }
            for place, one in state.everywhere(VSWITCH, account)
            if timeline.at(one.timeline, now) != timeline.GONE
        ],
    }
