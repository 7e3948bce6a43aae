"""What lasts: everything through a restart, one answer for a repeated request, one winner among several writers."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.contract.emulator_ecs.conftest import IMAGE, KIND, ZONE, Place
from tests.support.sandbox import Sandbox, Server
from tests.support.typed import Refused, Typed

READS: list[tuple[str, str, dict[str, Any]]] = [
    ("vpc", "DescribeVpcs", {}),
    ("vpc", "DescribeVSwitches", {}),
    ("vpc", "DescribeRouteTables", {}),
    ("ecs", "DescribeInstances", {}),
    ("ecs", "DescribeDisks", {}),
    ("ecs", "DescribeNetworkInterfaces", {}),
    ("ecs", "DescribeSecurityGroups", {}),
    ("ecs", "DescribeInstanceRamRole", {"RamRoleName": "app"}),
    ("ecs", "DescribeTags", {}),
]


def everything(api: Typed) -> dict[str, Any]:
    found = {action: getattr(api, product)(action, **fields) for product, action, fields in READS}
    for group in found["DescribeSecurityGroups"]["SecurityGroups"]["SecurityGroup"]:
        key = group["SecurityGroupId"]
        found[key] = api.ecs("DescribeSecurityGroupAttribute", SecurityGroupId=key)
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_all_is_as_it_was_after_a_restart(tmp_path: Path, number: int) -> None:
    server = Server(tmp_path / "state", "--settle-seconds", "0")
    try:
        sandbox = server.first_account()
        api = Typed(sandbox)
        sandbox.make_role("app")
        made = api.vpc("CreateVpc", CidrBlock="10.0.0.0/16", UserCidr="10.9.0.0/16", Tag=[{"Key": "a", "Value": "1"}])
        vpc = made["VpcId"]
        vswitch = api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.1.0/24")["VSwitchId"]
        group = api.ecs("CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
        rule = {"IpProtocol": "tcp", "PortRange": "22/22", "SourceCidrIp": "10.0.0.0/8"}
        api.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[rule])
        wanted: dict[str, Any] = {
            "ImageId": IMAGE,
            "InstanceType": KIND,
            "VSwitchId": vswitch,
            "SecurityGroupIds": [group],
            "RamRoleName": "app",
            "Amount": 2,
            "DataDisk": [{"Size": 20}],
            "Tag": [{"Key": "b", "Value": "2"}],
            "ClientToken": "once",
        }
        first = api.ecs("RunInstances", **wanted)
        before = everything(api)
        server.restart(number)
        again = Typed(server.first_account())
        assert everything(again) == before
        assert again.ecs("RunInstances", **wanted) == first
        ids = json.dumps(first["InstanceIdSets"]["InstanceIdSet"])
        assert again.ecs("DetachInstanceRamRole", RamRoleName="app", InstanceIds=ids)["FailCount"] == 0
    finally:
        server.stop()


def test_a_lost_answer_is_got_again_with_the_client_token(place: Place) -> None:
    place.sandbox.fault("drop_after", "RunInstances", times=1)
    wanted = place.wanted(ClientToken="once")
    with pytest.raises(Exception, match=r"(?i)connection|remote|aborted"):
        place.api.ecs("RunInstances", **wanted)
    second = place.api.ecs("RunInstances", **wanted)["InstanceIdSets"]["InstanceIdSet"]
    rows = place.api.ecs("DescribeInstances")["Instances"]["Instance"]
    assert [row["InstanceId"] for row in rows] == second


def test_without_one_it_makes_another(place: Place) -> None:
    place.sandbox.fault("drop_after", "RunInstances", times=1)
    with pytest.raises(Exception, match=r"(?i)connection|remote|aborted"):
        place.api.ecs("RunInstances", **place.wanted())
    place.api.ecs("RunInstances", **place.wanted())
    assert place.api.ecs("DescribeInstances")["TotalCount"] == 2


def test_of_several_writers_one_gets_the_instance(place: Place) -> None:
    roles = [f"role-{number}" for number in range(4)]
    for role in roles:
        place.sandbox.make_role(role)
    (one,) = place.run()

    def attach(role: str) -> str:
        try:
            Typed(place.sandbox).ecs("AttachInstanceRamRole", RamRoleName=role, InstanceIds=json.dumps([one]))
        except Refused as error:
            return error.code
        return role

    with ThreadPoolExecutor(len(roles)) as pool:
        outcomes = list(pool.map(attach, roles))
    winners = [outcome for outcome in outcomes if outcome in roles]
    assert len(winners) == 1
    assert set(outcomes) - set(winners) == {"InvalidOperation.InstanceRamRoleExists"}
    found = place.api.ecs("DescribeInstanceRamRole", InstanceIds=json.dumps([one]))
    assert found["InstanceRamRoleSets"]["InstanceRamRoleSet"] == [{"InstanceId": one, "RamRoleName": winners[0]}]


def test_several_clients_never_share_an_address(sandbox: Sandbox, place: Place) -> None:
    def run(number: int) -> list[str]:
        made = Typed(sandbox).ecs("RunInstances", **place.wanted(Amount=5))
        return list(made["InstanceIdSets"]["InstanceIdSet"])

    with ThreadPoolExecutor(4) as pool:
        made = [one for ids in pool.map(run, range(4)) for one in ids]
    rows = place.api.ecs("DescribeInstances", PageSize=100)["Instances"]["Instance"]
    assert {row["InstanceId"] for row in rows} == set(made)
    assert len({row["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0] for row in rows}) == len(made) == 20
