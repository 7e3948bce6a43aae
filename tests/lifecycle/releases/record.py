"""Record how this release leaves a stack: ``python -m tests.lifecycle.releases.record VERSION``, once a release.

A fixture that exists is never written again: later versions have to live with what it holds.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from ast import literal_eval
from pathlib import Path
from typing import Any

from tests.lifecycle.releases.world import DOCUMENTS, HERE, MADE, NOT_OURS, SYSTEM, WIDER, Side, dug
from tests.support.sandbox import Server


def prepare(side: Side, instances: list[str]) -> None:
    """What is there before the stack, and is none of it: a role on an instance, with a policy; a user."""
    document = json.dumps(DOCUMENTS[side.cloud])
    if side.cloud == "alibaba":
        side.sandbox.make_role("legacy")
        side.call("Ram", "CreatePolicy", PolicyName="old", PolicyDocument=document)
        side.call("Ram", "AttachPolicyToRole", PolicyType="Custom", PolicyName="old", RoleName="legacy")
        side.call("Ram", "CreateUser", UserName="ops")
    else:
        side.sandbox.tencent.make_role("legacy")
        number = side.call("cam", "CreatePolicy", PolicyName="old", PolicyDocument=document)["PolicyId"]
        side.call("cam", "AttachRolePolicy", PolicyId=number, AttachRoleName="legacy")
        side.call("cam", "AddUser", Name="ops")
    hold(side, "legacy", instances[3])


def hold(side: Side, role: str, instance: str) -> None:
    """Give an instance a role, whatever it holds; ``""`` for none."""
    if side.cloud == "tencent":
        side.call("cvm", "ModifyInstancesAttribute", InstanceIds=[instance], CamRoleName=role)
        side.sandbox.tencent.settle(60)
        return
    place = {"RegionId": side.sandbox.region, "InstanceIds": json.dumps([instance])}
    (held,) = side.holds([instance])
    if held:
        side.call("Ecs", "DetachInstanceRamRole", RamRoleName=held, **place)
    if role:
        side.call("Ecs", "AttachInstanceRamRole", RamRoleName=role, **place)


def meddle(side: Side, web: str, read: str, instances: list[str]) -> None:
    """What others change: an instance without its role, one with another, a policy off its role, a wider document."""
    hold(side, "", instances[0])
    hold(side, "legacy", instances[1])
    wider = json.dumps(WIDER[side.cloud])
    if side.cloud == "alibaba":
        side.call("Ram", "DetachPolicyFromRole", PolicyType="System", PolicyName=SYSTEM[side.cloud], RoleName=web)
        side.call("Ram", "CreatePolicyVersion", PolicyName=read, PolicyDocument=wider, SetAsDefault="true")
    else:
        side.call("cam", "DetachRolePolicy", DetachRoleName=web, PolicyName=SYSTEM[side.cloud])
        side.call("cam", "UpdatePolicy", PolicyName=read, PolicyDocument=wider)


def typed(cloud: str, params: dict[str, str]) -> dict[str, Any]:
    """Parameters as they were sent: the log has texts, Tencent Cloud's SDK wants lists."""
    if cloud == "alibaba":
        return dict(params)
    plain = re.compile(r"\[['\"{].*\]", re.DOTALL)
    return {key: literal_eval(value) if plain.fullmatch(value) else value for key, value in params.items()}


def record(server: Server, cloud: str, version: str) -> None:
    """Deploy, change the cloud, refresh, and keep the state and what made the world."""
    side = Side(cloud, server.account())
    instances = side.instances()
    mark = side.sandbox.mark()
    prepare(side, instances)
    with tempfile.TemporaryDirectory() as folder:
        project = side.project(Path(folder), instances)
        project.up()
        web = next(role for role in side.names()["roles"] if "-web-" in role)
        read = next(policy for policy in side.names()["policies"] if "-read-" in policy)
        meddle(side, web, read, instances)
        project.run("sandbox", "refresh")
        state = json.loads(project.run("sandbox", "export"))
    calls = [
        {"product": call["product"], "action": call["action"], "params": typed(cloud, call["params"])}
        for call in side.sandbox.calls(mark)
        if call["write"] and not call["code"] and call["cloud"] == cloud and call["product"] in MADE[cloud]
        if call["action"] not in NOT_OURS
    ]
    state["deployment"].pop("secrets_providers", None)  # nothing in it is secret
    holes = {**side.accounts(), **side.presets(), **{f"instance {index}": one for index, one in enumerate(instances)}}
    for role in side.names()["roles"]:
        answer = side.call(*(("Ram", "GetRole") if cloud == "alibaba" else ("cam", "GetRole")), RoleName=role)
        found = answer.get("Role") or answer["RoleInfo"]
        holes[f"role {role}"] = str(found["RoleId"])
    if cloud == "tencent":
        holes["user ops"] = str(side.call("cam", "GetUser", Name="ops")["Uin"])
        for one in side.sandbox.tencent.state()["policies"]:
            holes[f"policy {one['PolicyName']}"] = str(one["PolicyId"])
    text = dug(json.dumps({"cloud": cloud, "calls": calls, "state": state}, indent=1), holes)
    with (HERE / f"{version}-{cloud}.json").open("x", encoding="utf-8") as file:
        file.write(text + "\n")


def main(version: str) -> None:
    """Record both clouds."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            for cloud in MADE:
                record(server, cloud, version)
        finally:
            server.stop()


if __name__ == "__main__":
    main(sys.argv[1])
