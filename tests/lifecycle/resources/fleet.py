"""A cloud with many instances, in words that both clouds share: for tests of bindings through the provider host.

What instances hold and which calls were made is asked of the emulator, never of the provider.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.host import Props
from tests.support.sandbox import Sandbox
from tests.support.tencent import IMAGE

BATCH = 100
"""Instances in one writing call, as both clouds document it."""


@dataclass(frozen=True)
class Write:
    """One writing call of a binding. ``role`` is what instances are to hold afterwards, ``None`` for none."""

    action: str
    role: str | None
    ids: frozenset[str]
    code: str  # "" for success


class Fleet(ABC):
    """One account, its instances without roles at first."""

    cloud: str
    bind: str
    """The action that gives a role."""
    unbind: str
    holds: str
    """What an instance's row calls its role."""
    swaps_in_place: bool
    system_policy: str
    document: Mapping[str, Any]
    """A permission document."""

    def __init__(self, sandbox: Sandbox, size: int, *roles: str) -> None:
        self.sandbox = sandbox
        self.begin()
        self.ids = sorted(self.launch(size))
        for role in roles:
            self.make_role(role)

    def declared(self, role: str, ids: Iterable[str], **more: Any) -> Props:
        """A binding as a program declares it."""
        return {"cloud": self.cloud, "role": role, "instance_ids": list(ids), **more}

    def writes(self, since: int) -> list[Write]:
        """The writing calls about roles of instances after number ``since``."""
        return [
            self.write(call["action"], call["params"], call["code"])
            for call in self.sandbox.calls(since)
            if call["action"] in (self.bind, self.unbind)
        ]

    @abstractmethod
    def begin(self) -> None:
        """Let nothing take longer than it must."""

    @abstractmethod
    def trouble(self, seed: int) -> None:
        """From now on calls take their time and the cloud says now and then that it is busy, by chance of ``seed``."""

    @abstractmethod
    def write(self, action: str, params: Mapping[str, str], code: str) -> Write:
        """A writing call of the log."""

    @abstractmethod
    def launch(self, count: int, role: str | None = None) -> list[str]:
        """Instances in the VPC, running; launched with a role, if one is given."""

    @abstractmethod
    def make_role(self, name: str) -> None:
        """A role that instances may hold, made by others."""

    @abstractmethod
    def give(self, role: str, *ids: str) -> None:
        """Others give a role to instances, whatever they hold."""

    @abstractmethod
    def take(self, *ids: str) -> None:
        """Others take the roles of instances away."""

    @abstractmethod
    def make_policy(self, name: str) -> None:
        """A custom policy that says ``document``, made by others."""

    @abstractmethod
    def attach(self, role: str, policy: str) -> None:
        """Others put one of the cloud's own policies on a role."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Everything that exists."""

    def held(self) -> dict[str, str | None]:
        """What every instance of the account holds."""
        return {one["InstanceId"]: one[self.holds] or None for one in self.state()["instances"]}

    def roles(self) -> set[str]:
        """The roles of the account."""
        return {one["RoleName"] for one in self.state()["roles"]}

    def policies(self) -> set[str]:
        """The custom policies of the account."""
        return {one["PolicyName"] for one in self.state()["policies"]}

    def ownerless(self, role: str, policy: str) -> object:
        """All that a mark of an owner, or a change, would show in: of a role and a custom policy."""
        state = self.state()
        roles = [one for one in state["roles"] if one["RoleName"] == role]
        return roles, [one for one in state["policies"] if one["PolicyName"] == policy]

    def now(self, *ids: str) -> dict[str, str | None]:
        """What these instances hold."""
        held = self.held()
        return {one: held[one] for one in ids}


class AlibabaFleet(Fleet):
    """ECS and RAM."""

    cloud = "alibaba"
    bind, unbind = "AttachInstanceRamRole", "DetachInstanceRamRole"
    holds = "RamRoleName"
    swaps_in_place = False
    system_policy = "AliyunOSSReadOnlyAccess"
    document: Mapping[str, Any] = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["*"]}],
    }

    def begin(self) -> None:
        where = self.sandbox.make_vpc()
        network = {"RegionId": self.sandbox.region, "VpcId": where["vpc"], "ZoneId": where["zone"]}
        where["vswitch"] = self.sandbox.call("Vpc", "CreateVSwitch", CidrBlock="10.0.128.0/17", **network)["VSwitchId"]
        self.sandbox.advance(60)
        images = self.sandbox.call("Ecs", "DescribeImages", RegionId=self.sandbox.region)
        self._wanted = {
            "RegionId": self.sandbox.region,
            "ImageId": images["Images"]["Image"][0]["ImageId"],
            "InstanceType": "ecs.g6.large",
            "VSwitchId": where["vswitch"],
            "SecurityGroupId": where["group"],
        }

    def trouble(self, seed: int) -> None:
        for action in (self.bind, self.unbind):
            busy = {"probability": 0.15, "seed": seed, "code": "OperationConflict", "status": 409}
            self.sandbox.fault("code", action, **busy)
            self.sandbox.fault("delay", action, times=None, probability=0.5, seed=seed, seconds=0.1)

    def launch(self, count: int, role: str | None = None) -> list[str]:
        found: list[str] = []
        while len(found) < count:
            more: Props = {"RamRoleName": role} if role else {}
            made = self.sandbox.call("Ecs", "RunInstances", **self._wanted, **more, Amount=min(100, count - len(found)))
            found += made["InstanceIdSets"]["InstanceIdSet"]
        self.sandbox.advance(60)
        return found

    def state(self) -> dict[str, Any]:
        return self.sandbox.state()

    def make_role(self, name: str) -> None:
        self.sandbox.make_role(name)

    def give(self, role: str, *ids: str) -> None:
        self.take(*ids)
        self.sandbox.call("Ecs", self.bind, RamRoleName=role, InstanceIds=json.dumps(ids))

    def take(self, *ids: str) -> None:
        held = [one for one, role in self.now(*ids).items() if role]
        if held:
            self.sandbox.call("Ecs", self.unbind, InstanceIds=json.dumps(held))

    def write(self, action: str, params: Mapping[str, str], code: str) -> Write:
        role = params["RamRoleName"] if action == self.bind else None
        return Write(action, role, frozenset(json.loads(params["InstanceIds"])), code)

    def make_policy(self, name: str) -> None:
        self.sandbox.call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(self.document))

    def attach(self, role: str, policy: str) -> None:
        self.sandbox.call("Ram", "AttachPolicyToRole", PolicyType="System", PolicyName=policy, RoleName=role)


class TencentFleet(Fleet):
    """CVM and CAM."""

    cloud = "tencent"
    bind = unbind = "ModifyInstancesAttribute"
    holds = "CamRoleName"
    swaps_in_place = True
    system_policy = "QcloudCOSReadOnlyAccess"
    document: Mapping[str, Any] = {
        "version": "2.0",
        "statement": [{"effect": "allow", "action": ["name/cos:GetObject"], "resource": ["*"]}],
    }

    def begin(self) -> None:
        self.tencent = self.sandbox.tencent
        self.sandbox.switch(cvm_operation_seconds=0, cvm_operation_shown_seconds=0)
        self._where = self.tencent.make_vpc()
        subnet = {"VpcId": self._where["vpc"], "SubnetName": "many", "Zone": self._where["zone"]}
        made = self.tencent.call("vpc", "CreateSubnet", CidrBlock="10.0.128.0/17", **subnet)
        self._where["subnet"] = made["Subnet"]["SubnetId"]

    def trouble(self, seed: int) -> None:
        # An instance that another operation runs on is busy by itself.
        self.sandbox.switch(cvm_operation_seconds=0.2, cvm_operation_shown_seconds=0.05)
        self.sandbox.fault("delay", self.bind, times=None, probability=0.5, seed=seed, seconds=0.1)

    def launch(self, count: int, role: str | None = None) -> list[str]:
        found: list[str] = []
        more: Props = {"CamRoleName": role} if role else {}
        while len(found) < count:
            found += self.tencent.call(
                "cvm",
                "RunInstances",
                Placement={"Zone": self._where["zone"]},
                ImageId=IMAGE,
                VirtualPrivateCloud={"VpcId": self._where["vpc"], "SubnetId": self._where["subnet"]},
                SecurityGroupIds=[self._where["group"]],
                InstanceCount=min(500, count - len(found)),
                **more,
            )["InstanceIdSet"]
        self.tencent.settle(60)
        return found

    def state(self) -> dict[str, Any]:
        return self.tencent.state()

    def make_role(self, name: str) -> None:
        self.tencent.make_role(name)

    def give(self, role: str, *ids: str) -> None:
        self.tencent.call("cvm", self.bind, InstanceIds=list(ids), CamRoleName=role)

    def take(self, *ids: str) -> None:
        self.give("", *ids)

    def write(self, action: str, params: Mapping[str, str], code: str) -> Write:
        return Write(action, params["CamRoleName"] or None, frozenset(json.loads(params["InstanceIds"])), code)

    def make_policy(self, name: str) -> None:
        self.tencent.call("cam", "CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(self.document))

    def attach(self, role: str, policy: str) -> None:
        self.tencent.call("cam", "AttachRolePolicy", PolicyName=policy, AttachRoleName=role)


FLEETS: Mapping[str, type[Fleet]] = {"alibaba": AlibabaFleet, "tencent": TencentFleet}
