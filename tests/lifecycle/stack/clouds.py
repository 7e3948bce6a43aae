"""What the tests of whole stacks need to know of each example stack of one cloud."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.support.sandbox import Sandbox


class Example(ABC):
    """One example stack, what it deploys, and what may happen to it behind its back."""

    stack: ClassVar[str]
    module: ClassVar[str]
    deployed: ClassVar[Mapping[str, int]]
    role_key: ClassVar[str]  # of an instance in the sandbox's state
    session: ClassVar[str]  # how STS names a session of the role {name} with the id {id}
    seen: ClassVar[tuple[tuple[str, str, str], ...]]  # instance, a call it may make, one that it may not
    broken: ClassVar[str]  # what is said when the cloud refuses what the policies allow
    key: ClassVar[str]  # how the id of a temporary key begins

    @abstractmethod
    def part(self, state: Mapping[str, Any]) -> Mapping[str, Any]:
        """The cloud's part of the sandbox's state."""

    @abstractmethod
    def take_policy(self, account: Sandbox, role: str) -> None:
        """Take the preset policy off the auditor's role."""

    @abstractmethod
    def swap_role(self, account: Sandbox, instance_id: str, held: str, wanted: str) -> None:
        """Give an instance another role."""

    @abstractmethod
    def break_cloud(self, account: Sandbox) -> None:
        """Let the next DescribeVpcs be refused, whatever the policies say."""

    def held(self, state: Mapping[str, Any]) -> dict[str, str]:
        """The role of each instance by its name."""
        return {item["InstanceName"]: item[self.role_key] for item in self.part(state)["instances"]}

    def role_id(self, state: Mapping[str, Any], name: str) -> str:
        """The id of a role."""
        return next(str(item.get("RoleId", "")) for item in self.part(state)["roles"] if item["RoleName"] == name)


class Alibaba(Example):
    """stacks/alibaba.py."""

    stack = "alibaba"
    module = "pulumi_alicloud"
    deployed: ClassVar[Mapping[str, int]] = {
        "roles": 2,
        "policies": 1,
        "attachments": 2,
        "vpcs": 1,
        "vswitches": 1,
        "security_groups": 1,
        "instances": 3,
    }
    role_key = "RamRoleName"
    session = r"\S+:assumed-role/{name}/"
    seen = (
        ("shop-web", "vpc:DescribeVpcs: ok, 1 found", "ram:ListRoles: 403 NoPermission"),
        ("shop-worker", "vpc:DescribeVpcs: ok, 1 found", "ram:ListRoles: 403 NoPermission"),
        ("shop-audit", "ram:ListRoles: ok, 2 found", "vpc:DescribeVpcs: 403 Forbidden"),
    )
    broken = "the role's policies allow vpc:DescribeVpcs, the cloud says 403 Forbidden"
    key = r"STS\."

    def part(self, state: Mapping[str, Any]) -> Mapping[str, Any]:
        return state

    def take_policy(self, account: Sandbox, role: str) -> None:
        policy = "AliyunRAMReadOnlyAccess"
        account.call("Ram", "DetachPolicyFromRole", PolicyName=policy, PolicyType="System", RoleName=role)

    def swap_role(self, account: Sandbox, instance_id: str, held: str, wanted: str) -> None:
        for action, role in (("DetachInstanceRamRole", held), ("AttachInstanceRamRole", wanted)):
            ids = json.dumps([instance_id])
            account.call("Ecs", action, RegionId=account.region, InstanceIds=ids, RamRoleName=role)

    def break_cloud(self, account: Sandbox) -> None:
        account.fault("code", "DescribeVpcs", code="Forbidden", status=403)


class Tencent(Example):
    """stacks/tencent.py."""

    stack = "tencent"
    module = "tencentcloud_iac_pulumi"
    deployed: ClassVar[Mapping[str, int]] = {
        "roles": 2,
        "policies": 1,
        "attachments": 2,
        "vpcs": 1,
        "subnets": 1,
        "security_groups": 1,
        "instances": 3,
    }
    role_key = "CamRoleName"
    session = r"qcs::sts:\d+:assumed-role/{id} "
    seen = (
        ("shop-web", "vpc:DescribeVpcs: ok, 1 found", "cam:DescribeRoleList: AuthFailure.UnauthorizedOperation"),
        ("shop-worker", "vpc:DescribeVpcs: ok, 1 found", "cam:DescribeRoleList: AuthFailure.UnauthorizedOperation"),
        # No page prints what its preset policy grants, so in the sandbox it grants nothing.
        (
            "shop-audit",
            "none of the calls that the sandbox knows",
            "cam:DescribeRoleList: AuthFailure.UnauthorizedOperation",
        ),
    )
    broken = "the role's policies allow vpc:DescribeVpcs, the cloud says UnauthorizedOperation"
    key = "AKID"

    def part(self, state: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = state["tencent"]
        return found

    def take_policy(self, account: Sandbox, role: str) -> None:
        policy = "QcloudCamReadOnlyAccess"
        account.tencent.call("cam", "DetachRolePolicy", PolicyName=policy, DetachRoleName=role)

    def swap_role(self, account: Sandbox, instance_id: str, held: str, wanted: str) -> None:
        account.tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[instance_id], CamRoleName=wanted)
        account.tencent.settle()

    def break_cloud(self, account: Sandbox) -> None:
        account.fault("code", "DescribeVpcs", code="UnauthorizedOperation")


EXAMPLES: tuple[Example, ...] = (Alibaba(), Tencent())
