"""The stack `alibaba` from nothing to nothing, in real processes, every call at the emulator counted."""

from __future__ import annotations

import json
import re

import pytest

from tests.lifecycle.stack.project import DEPLOYED, ENGINES, POISON, Project, files_of

WRITING = re.compile(r"\((\d+) calls to the cloud, (\d+) of them writing\)")


def writing(said: str) -> int:
    """How many writing calls an operation made, by its own count."""
    found = WRITING.search(said)
    assert found, said
    return int(found[2])


@pytest.mark.timeout(400)
@pytest.mark.parametrize("engine", ENGINES)
def test_up_up_preview_drift_up_destroy(project: Project, engine: str) -> None:
    project.engine = engine
    before = files_of(project.folder)

    # Up: everything is there, and proved from inside.
    said = project.run("up")
    assert said.splitlines()[0].startswith("engine: embedded" if engine == "embedded" else "engine: Pulumi CLI")
    assert "plugin for pulumi_alicloud: the sandbox's stand-in" in said
    assert "emulator: 127.0.0.1:" in said
    assert project.counts() == DEPLOYED
    held = {item["InstanceName"]: item["RamRoleName"] for item in project.state()["instances"]}
    assert held["shop-web"] == held["shop-worker"] != held["shop-audit"]
    for name, may, may_not in (
        ("shop-web", "vpc:DescribeVpcs: ok, 1 found", "ram:ListRoles: 403 NoPermission"),
        ("shop-worker", "vpc:DescribeVpcs: ok, 1 found", "ram:ListRoles: 403 NoPermission"),
        ("shop-audit", "ram:ListRoles: ok, 2 found", "vpc:DescribeVpcs: 403 Forbidden"),
    ):
        assert re.search(rf"\| {name} +\| STS\.\w+\.\.\. +\| \S+Z +\| \S+:assumed-role/{held[name]}/", said)
        assert re.search(rf"\| {name} +\| {may} +\| {may_not} +\|", said)
    assert "proved: each instance acts as its role" in said
    calls = project.account.control("GET", "calls")["calls"]
    assert writing(said) == sum(call["write"] for call in calls)

    # Up again: nothing to do, nothing written.
    said = project.run("up")
    assert "no changes (" in said and writing(said) == 0
    assert "running already" in said
    assert project.counts() == DEPLOYED
    assert writing(project.run("preview")) == 0

    # Out of band: one role's policy is detached, one instance is given the other's role.
    account = project.account
    (web,) = (item for item in account.state()["instances"] if item["InstanceName"] == "shop-web")
    policy = "AliyunRAMReadOnlyAccess"
    account.call("Ram", "DetachPolicyFromRole", PolicyName=policy, PolicyType="System", RoleName=held["shop-audit"])
    for action, role in (("DetachInstanceRamRole", "shop-web"), ("AttachInstanceRamRole", "shop-audit")):
        ids = json.dumps([web["InstanceId"]])
        account.call("Ecs", action, RegionId=account.region, InstanceIds=ids, RamRoleName=held[role])
    # ... and a cloud that does not do what the policies say: both are found out.
    account.fault("code", "DescribeVpcs", code="Forbidden", status=403)
    said = project.run("status", code=1)
    account.clear_faults()
    assert "the role's policies allow vpc:DescribeVpcs, the cloud says 403 Forbidden" in said
    assert f"holds role {held['shop-audit']}, and not {held['shop-web']} as the stack's state says" in said
    drift = ("--", "instance-role", "drift", "--stack", "alibaba")
    said = project.run("run", *drift, code=2)
    assert f"| {web['InstanceId']} | role_swapped " in said
    assert re.search(rf"policy_detached +\| policy +\| {policy} ", said) and "2 drift" in said
    said = project.run("refresh")
    assert writing(said) == 0
    drifted = {item["InstanceName"]: item["RamRoleName"] for item in project.state()["instances"]}
    assert drifted["shop-web"] == held["shop-audit"]

    # Declared wins.
    said = project.run("up")
    assert writing(said) > 0
    assert "proved: each instance acts as its role" in said
    assert {item["InstanceName"]: item["RamRoleName"] for item in project.state()["instances"]} == held
    assert project.counts() == DEPLOYED
    said = project.run("destroy")
    assert "checked: the emulator holds nothing of stack alibaba" in said
    assert "emulator: stopped, no stack needs it" in said
    assert project.ready is None

    # Its own files are as they were, and nothing of the caller's keys went anywhere.
    assert files_of(project.folder) == before
    for file in (project.folder / ".sandbox").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [name for name, value in POISON.items() if value.encode() in content], file
