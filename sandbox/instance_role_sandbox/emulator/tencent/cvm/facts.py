"""What others inside the emulator ask of CVM. Instances are always given as they are at the moment asked for."""

from __future__ import annotations

from collections.abc import Collection

from ... import timeline
from ...accounts import account_of, switches_of, time_of
from ...state import State
from ...switches import Switches
from ..call import Call
from ..instances import InstanceFacts
from .records import INSTANCE, Instance, settled


def present(call: Call, among: Collection[str] | None = None) -> dict[str, Instance]:
    """The region's instances by id, oldest first, those that are gone by now left out; all, or ``among`` those ids."""
    return {
        key: settled(one, call.now)
        for key, one in call.table(INSTANCE).items(among)
        if timeline.at(one.timeline, call.now) != timeline.GONE
    }


def instance(call: Call, instance_id: str) -> Instance | None:
    """The region's instance of that id; ``None`` if there is none, or none any more."""
    found = call.table(INSTANCE).get(instance_id)
    if found is None or timeline.at(found.timeline, call.now) == timeline.GONE:
        return None
    return settled(found, call.now)


def addresses_in(call: Call, subnet_id: str) -> set[str]:
    """The addresses of a subnet that are in use."""
    return {one.private_ip for one in _holding(call) if one.subnet_id == subnet_id}


def instances_in_group(call: Call, group_id: str) -> list[str]:
    """Ids of the instances in a security group."""
    return [one.instance_id for one in _holding(call) if group_id in one.groups]


def instance_facts(state: State, base: Switches, instance_id: str) -> InstanceFacts | None:
    """The instance of that id in whatever account and region, for its metadata service; ``None`` if there is none."""
    found = state.find(INSTANCE, instance_id)
    account = account_of(state, found[0].account) if found else None
    if found is None or account is None:
        return None
    place, now = found[0], time_of(account)
    instance, status = settled(found[1], now), timeline.at(found[1].timeline, now)
    if status == timeline.GONE:
        return None
    late = now < instance.role_since + switches_of(account, base).number("cvm-metadata-lag-seconds")
    before = instance.settings.get("role_before", {})
    return InstanceFacts(
        account=place.account,
        region=place.region,
        instance_id=instance_id,
        present=status == "RUNNING",
        role=before.get("role", "") if late else instance.role,
        role_id=before.get("role_id", "") if late else instance.role_id,
        name=instance.name,
        zone=instance.zone,
        private_ip=instance.private_ip,
        mac=instance.mac,
        uuid=instance.uuid,
    )


def summary(state: State, account: str) -> dict[str, object]:
    """What exists of CVM in the account, for the control API."""
    holder = account_of(state, account)
    now = time_of(holder) if holder else 0.0
    return {
        "instances": [
            {
                "InstanceId": one.instance_id,
                "InstanceName": one.name,
                "Region": place.region,
                "InstanceState": timeline.at(one.timeline, now),
                "CamRoleName": one.role,
                "VpcId": one.vpc_id,
                "SubnetId": one.subnet_id,
                "SecurityGroupIds": list(one.groups),
            }
            for place, one in ((place, settled(one, now)) for place, one in state.everywhere(INSTANCE, account))
            if timeline.at(one.timeline, now) != timeline.GONE
        ]
    }


def _holding(call: Call) -> list[Instance]:
    """Instances that hold addresses and groups: also those that are gone, for a while (``cvm-release-seconds``)."""
    lag = call.switches.number("cvm-release-seconds")
    return [
        settled(one, call.now)
        for one in call.table(INSTANCE).values()
        if timeline.at(one.timeline, call.now - lag) != timeline.GONE
        or timeline.at(one.timeline, call.now) != timeline.GONE
    ]
