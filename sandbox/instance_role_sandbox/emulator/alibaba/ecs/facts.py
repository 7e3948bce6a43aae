"""What others inside the emulator ask of ECS."""

from __future__ import annotations

from collections.abc import Collection

from ... import timeline
from ...state import State
from ..accounts import account_of, time_of
from ..call import Call
from ..instances import InstanceFacts
from .records import GROUP, INSTANCE, Instance


def instance_facts(state: State, instance_id: str) -> InstanceFacts | None:
    """The instance of that id in whatever account and region; ``None`` when there is none."""
    found = state.find(INSTANCE, instance_id)
    if found is None:
        return None
    place, instance = found
    status = timeline.at(instance.timeline, _now(state, place.account))
    if status == timeline.GONE:
        return None
    return InstanceFacts(
        account=place.account,
        region=place.region,
        instance_id=instance_id,
        present=status == "Running",
        role=instance.role,
        restriction=instance.restriction,
        endpoint_enabled=instance.http_endpoint == "enabled",
        tokens_required=instance.http_tokens == "required",
    )


def instances_holding(state: State, account: str, role: str) -> list[str]:
    """Ids of the account's instances, in all regions, that hold ``role``."""
    now = _now(state, account)
    return [
        instance.instance_id
        for _, instance in state.everywhere(INSTANCE, account)
        if instance.role == role and timeline.at(instance.timeline, now) != timeline.GONE
    ]


def summary(state: State, account: str) -> dict[str, object]:
    """What exists of ECS in the account, for the control API."""
    now = _now(state, account)
    return {
        "instances": [
            {
                "InstanceId": one.instance_id,
                "InstanceName": one.name,
                "RegionId": place.region,
                "Status": timeline.at(one.timeline, now),
                "RamRoleName": one.role,
                "InstanceNetworkType": one.network,
                "VpcId": one.vpc_id,
                "VSwitchId": one.vswitch_id,
                "SecurityGroupIds": list(one.groups),
            }
            for place, one in state.everywhere(INSTANCE, account)
            if timeline.at(one.timeline, now) != timeline.GONE
        ],
        "security_groups": [
            {
                "SecurityGroupId": group.group_id,
                "SecurityGroupName": group.name,
                "RegionId": place.region,
                "VpcId": group.vpc_id,
                "Rules": len(group.rules),
            }
            for place, group in state.everywhere(GROUP, account)
        ],
    }


def present(call: Call, among: Collection[str] | None = None) -> dict[str, Instance]:
    """The region's instances by id, oldest first, those that are gone by now left out; all, or ``among`` those ids."""
    found = call.table(INSTANCE).items(among)
    return {key: one for key, one in found if timeline.at(one.timeline, call.now) != timeline.GONE}


def addresses_in(call: Call, vswitch_id: str) -> set[str]:
    """The private addresses that instances hold in a vSwitch."""
    return {one.private_ip for one in present(call).values() if one.vswitch_id == vswitch_id}


def groups_in(call: Call, vpc_id: str) -> list[str]:
    """Ids of the security groups of a VPC."""
    return [group.group_id for group in call.table(GROUP).values() if group.vpc_id == vpc_id]


def _now(state: State, account: str) -> float:
    holder = account_of(state, account)
    return time_of(holder) if holder else 0.0
