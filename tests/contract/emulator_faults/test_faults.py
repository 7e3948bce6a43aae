"""Every kind of fault on each cloud, through its official SDK: what the client sees, and what has been done."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from instance_role_sandbox.emulator.faults import ANSWER_LOST, KINDS, NOT_DONE
from tests.contract.emulator_ecs.conftest import IMAGE, KIND
from tests.contract.emulator_faults.sides import Alibaba, Side, TencentSide
from tests.support.sandbox import Sandbox

DOCS = Path(__file__).parents[3] / "docs" / "sandbox.md"
MORE: dict[str, dict[str, Any]] = {"code": {"code": "InvalidParameter.NotToday"}}


@pytest.fixture(params=[Alibaba, TencentSide], ids=["alibaba", "tencent"])
def side(request: pytest.FixtureRequest, sandbox: Sandbox) -> Side:
    made: Side = request.param(sandbox)
    return made


def log(side: Side, action: str) -> list[str]:
    """The faults that the calls of an action met, by the call log."""
    return [call["fault"] for call in side.sandbox.calls() if call["action"] == action]


BROKEN = [name for name, kind in KINDS.items() if kind.work in (NOT_DONE, ANSWER_LOST)]


@pytest.mark.parametrize("kind", BROKEN)
def test_a_call_that_goes_wrong(side: Side, kind: str) -> None:
    keys = side.session() if kind == "expire" else None
    side.fault(kind, side.create, **MORE.get(kind, {}))
    mark = side.sandbox.mark()
    code = side.failing(lambda: side.make(keys=keys, timeout=1.5 if kind == "timeout" else 30.0))
    assert code in side.codes[kind]
    assert side.there() is (KINDS[kind].work == ANSWER_LOST)
    (call,) = [one for one in side.sandbox.calls(mark) if one["action"] == side.create]
    assert (call["fault"], call["cloud"]) == (kind, side.name)
    side.make("other")  # one fault, one call
    assert side.there("other")


def test_a_delay_and_nothing_else(side: Side) -> None:
    side.fault("delay", side.create, seconds=0.3)
    began = time.monotonic()
    side.make()
    assert time.monotonic() - began >= 0.3
    assert side.there()


def test_a_time_out_ends_by_itself(side: Side) -> None:
    side.fault("timeout", side.create, seconds=0.3)
    assert side.failing(side.make) in side.codes["timeout"]
    assert not side.there()


def test_credentials_that_expire_midway(side: Side) -> None:
    keys = side.session()
    side.fault("expire", "*", after=1)
    side.make("one")  # a long-lived key: it does not expire, and does not count
    side.make("two", keys)
    for _ in range(2):  # from now on
        assert side.failing(lambda: side.make("three", keys)) in side.codes["expire"]
    assert log(side, side.create).count("expire") == 1  # then there is nobody that the call could be said to be of
    assert not side.there("three")
    assert side.there("two")


def test_reads_lag_behind_writes(side: Side) -> None:
    side.fault("lag", side.get, seconds=30, times=None)
    side.make()
    assert not side.there()
    assert side.failing(side.make)  # a write sees what is there
    side.sandbox.advance(29)
    assert not side.there()
    side.sandbox.advance(2)
    assert side.there()
    assert set(log(side, side.get)) == {"lag"}
    side.sandbox.clear_faults()
    side.make("other")
    assert side.there("other")


def test_a_lag_hides_changes_and_deletions_too(side: Side) -> None:
    ids = side.instances(2)
    side.sandbox.advance(600)
    side.bind(ids[:1])
    side.sandbox.advance(5)
    read = "DescribeInstanceRamRole" if side.name == "alibaba" else "DescribeInstances"
    side.fault("lag", read, seconds=60)
    assert side.held(ids) == ["", ""]
    assert side.held(ids) == ["app", ""]
    side.fault("lag", side.get, seconds=60)
    if side.name == "alibaba":
        side.sandbox.call("Ram", "DeleteRole", RoleName="app")
    else:
        side.sandbox.tencent.call("cam", "DeleteRole", RoleName="app")
    assert side.there()
    assert not side.there()


@pytest.mark.parametrize(
    ("desired", "applied"), [({}, (0, 1)), ({"count": 1}, (0,)), ({"count": 0}, ()), ({"ids": (1, 3)}, (1, 3))]
)
def test_a_batch_done_in_part(side: Side, desired: dict[str, Any], applied: tuple[int, ...]) -> None:
    ids = side.instances(4)
    order = {**desired, "ids": [ids[index] for index in desired["ids"]]} if "ids" in desired else desired
    bind = "AttachInstanceRamRole" if side.name == "alibaba" else "ModifyInstancesAttribute"
    side.fault("partial", bind, code="Not.Today", **order)
    if side.name == "alibaba":
        answer = side.bind(ids)
        assert (answer["TotalCount"], answer["FailCount"], answer["RamRoleName"]) == (4, 4 - len(applied), "app")
        results = answer["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"]
        codes = {row["InstanceId"]: (row["Code"], row["Success"]) for row in results}
        for index, one in enumerate(ids):
            assert codes[one] == (("200", True) if index in applied else ("Not.Today", False))
    else:
        assert side.failing(lambda: side.bind(ids)) == "Not.Today"
    side.sandbox.advance(5)
    assert side.held(ids) == ["app" if index in applied else "" for index in range(4)]


def test_a_deletion_done_in_part(sandbox: Sandbox) -> None:
    ids = sandbox.make_vpc_instance(3)
    sandbox.fault("partial", "DeleteInstances", count=2)
    desired: dict[str, Any] = {"InstanceId": ids, "Force": True, "ClientToken": "once"}
    assert Alibaba(sandbox).failing(lambda: sandbox.call("Ecs", "DeleteInstances", **desired)) == "InternalError"
    sandbox.advance(5)
    left = sandbox.call("Ecs", "DescribeInstances")["Instances"]["Instance"]
    assert [one["InstanceId"] for one in left] == ids[2:]
    tencent = sandbox.tencent
    policies = [tencent.make_policy(f"p{number}") for number in range(3)]
    sandbox.fault("partial", "DeletePolicy", count=1, cloud="tencent")
    assert tencent.code("cam", "DeletePolicy", PolicyId=policies) == "InternalError"
    assert [row["PolicyId"] for row in tencent.call("cam", "ListPolicies", Scope="Local")["List"]] == policies[1:]


def test_an_operation_that_fails_late_on_tencent_cloud(sandbox: Sandbox) -> None:
    side, tencent = TencentSide(sandbox), sandbox.tencent
    (one,) = side.instances(1)
    sandbox.switch(cvm_operation_seconds=60, cvm_operation_shown_seconds=0)
    sandbox.fault("fail_late", "*", times=3)
    side.bind([one])
    assert tencent.instance(one)["LatestOperationState"] == "OPERATING"
    tencent.settle(61)
    found = tencent.instance(one)
    assert (found["LatestOperationState"], found["CamRoleName"] or "") == ("FAILED", "")
    assert found["LatestOperationErrorMsg"]
    tencent.call("cvm", "StopInstances", InstanceIds=[one])
    assert tencent.instance(one)["InstanceState"] == "STOPPING"
    tencent.settle()
    found = tencent.instance(one)
    assert (found["LatestOperationState"], found["InstanceState"]) == ("FAILED", "RUNNING")
    (new,) = tencent.make_vpc_instance()
    assert tencent.instance(new)["InstanceState"] == "LAUNCH_FAILED"
    assert tencent.code("cvm", "TerminateInstances", InstanceIds=[new]) == "InvalidInstanceId.NotFound"
    side.bind([one])  # the order is used up
    tencent.settle(61)
    assert side.held([one]) == ["app"]


def test_an_operation_that_fails_late_on_alibaba_cloud(sandbox: Sandbox) -> None:
    vpc = sandbox.make_vpc()
    (one,) = sandbox.make_vpc_instance(vpc=vpc)

    def status(instance_id: str) -> list[str]:
        found = sandbox.call("Ecs", "DescribeInstances", InstanceIds=f'["{instance_id}"]')
        return [row["Status"] for row in found["Instances"]["Instance"]]

    sandbox.switch(settle_seconds=10)
    sandbox.fault("fail_late", "*", cloud="alibaba", times=3)
    sandbox.call("Ecs", "StopInstance", InstanceId=one)
    assert status(one) == ["Stopping"]
    sandbox.advance(11)
    assert status(one) == ["Running"]
    desired: dict[str, Any] = {"VSwitchId": vpc["vswitch"], "SecurityGroupId": vpc["group"]}
    made = sandbox.call("Ecs", "RunInstances", ImageId=IMAGE, InstanceType=KIND, **desired)
    (new,) = made["InstanceIdSets"]["InstanceIdSet"]
    assert status(new) == ["Pending"]
    sandbox.advance(60)
    assert status(new) == []
    doomed = sandbox.call("Vpc", "CreateVpc", CidrBlock="10.0.0.0/8")["VpcId"]
    assert sandbox.call("Vpc", "DescribeVpcAttribute", VpcId=doomed)["Status"] == "Pending"
    sandbox.advance(11)
    assert Alibaba(sandbox).failing(lambda: sandbox.call("Vpc", "DescribeVpcAttribute", VpcId=doomed)) == (
        "InvalidVpcId.NotFound"
    )


def test_chance_is_the_same_for_the_same_seed(side: Side) -> None:
    def hits(seed: int | None) -> list[bool]:
        side.fault("throttle", side.get, probability=0.5, **({} if seed is None else {"seed": seed}))
        found = [bool(side.failing(side.there)) for _ in range(24)]
        side.sandbox.clear_faults()
        return found

    first, again, other = hits(7), hits(7), hits(8)
    assert first == again != other
    assert 0 < sum(first) < 24


def test_chance_without_a_seed_says_which_it_took(side: Side) -> None:
    side.fault("throttle", side.get, probability=0.5)
    (order,) = side.sandbox.control("GET", "faults")["faults"]
    assert order["times"] is None and isinstance(order["seed"], int)


def test_orders_are_listed_and_forgotten_by_number(sandbox: Sandbox) -> None:
    sandbox.fault("throttle", "GetRole", product="Ram", after=1, times=2)
    sandbox.fault("code", "*", code="Not.Today", status=418, times=None)
    first, second = sandbox.control("GET", "faults")["faults"]
    assert first == {
        "number": first["number"],
        "fault": "throttle",
        "action": "GetRole",
        "product": "Ram",
        "times": 2,
        "after": 1,
        "hits": 0,
    }
    assert (second["code"], second["status"], second["times"]) == ("Not.Today", 418, None)
    side = Alibaba(sandbox)
    assert side.failing(side.there) == "Not.Today"
    assert sandbox.control("DELETE", f"faults?number={second['number']}") == {"cleared": 1}
    assert side.failing(side.there) == "Throttling.User"
    (left,) = sandbox.control("GET", "faults")["faults"]
    assert (left["times"], left["hits"]) == (1, 1)
    for number in (second["number"], "x"):
        with pytest.raises(AssertionError, match=f"404.*no fault {number} is on order"):
            sandbox.control("DELETE", f"faults?number={number}")
    assert sandbox.control("DELETE", "faults") == {"cleared": 1}


def test_faults_are_of_one_account(sandbox: Sandbox) -> None:
    sandbox.fault("internal", "*", times=None)
    neighbour = sandbox.server.account()
    assert neighbour.control("GET", "faults") == {"faults": []}
    assert not Alibaba(neighbour).there()


def test_the_documented_table_is_the_code_s() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(kind.name, kind.work, kind.help) for kind in KINDS.values()]
