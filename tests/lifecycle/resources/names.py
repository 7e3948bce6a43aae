"""Roles and policies by name on both clouds, and other hands that delete them and make them anew."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.host import Props
from tests.support.sandbox import Sandbox


class Names(ABC):
    """One account; what it has is asked of the emulator."""

    cloud: str
    system_policy: str
    document: Mapping[str, Any]
    wider: Mapping[str, Any]
    writes: frozenset[str]
    """The actions that give somebody something."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tencent = sandbox.tencent
        self.sandbox.switch(cvm_operation_seconds=0, cvm_operation_shown_seconds=0)

    def where(self, **more: Any) -> Props:
        """Inputs of a resource of this cloud."""
        return {"cloud": self.cloud, **more}

    def give_writes(self, since: int) -> list[str]:
        """The calls since then that put something on somebody, or changed a policy or a role."""
        made = [call["action"] for call in self.sandbox.calls(since) if not call["code"]]
        return [action for action in made if action in self.writes]

    def remake_role(self, name: str = "web") -> str:
        """Others delete a role with all that is on it, and make another of the name; its id."""
        for policy, policy_type in self.on_role(name):
            self.take_off(name, policy, policy_type)
        self.drop_role(name)
        self.sandbox.advance(5)
        self.make_role(name)
        return self.id_of("role", name)

    def remake_policy(self, name: str = "read") -> str:
        """Others delete a policy, off whatever has it, and make another of the name; its id."""
        for role in ("web", "other"):
            if (name, "Custom") in self.on_role(role):
                self.take_off(role, name, "Custom")
        self.drop_policy(name)
        self.sandbox.advance(5)
        self.make_policy(name)
        return self.id_of("policy", name)

    @abstractmethod
    def make_role(self, name: str) -> None: ...
    @abstractmethod
    def make_policy(self, name: str) -> None: ...
    @abstractmethod
    def drop_role(self, name: str) -> None: ...
    @abstractmethod
    def drop_policy(self, name: str) -> None: ...
    @abstractmethod
    def take_off(self, role: str, policy: str, policy_type: str) -> None: ...
    @abstractmethod
    def put_on(self, role: str, policy: str, policy_type: str) -> None: ...
    @abstractmethod
    def on_role(self, name: str) -> list[tuple[str, str]]:
        """The policies on a role, with their types; nothing for none."""

    @abstractmethod
    def id_of(self, kind: str, name: str) -> str:
        """The cloud's own id."""

    @abstractmethod
    def exists(self, kind: str, name: str) -> bool: ...
    @abstractmethod
    def launch(self, count: int) -> list[str]: ...
    @abstractmethod
    def held(self, ids: list[str]) -> list[str | None]: ...
    @abstractmethod
    def make_user(self, name: str) -> None: ...
    @abstractmethod
    def description(self, kind: str, name: str) -> str:
        """The description, without a mark of its owner."""


class Alibaba(Names):
    """RAM and ECS."""

    cloud = "alibaba"
    system_policy = "AliyunOSSReadOnlyAccess"
    document: Mapping[str, Any] = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["*"]}],
    }
    wider: Mapping[str, Any] = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["oss:*"], "Resource": ["*"]}],
    }
    writes = frozenset(
        {
            "CreateRole",
            "UpdateRole",
            "DeleteRole",
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeletePolicy",
            "TagResources",
            "AttachPolicyToRole",
            "DetachPolicyFromRole",
            "AttachPolicyToUser",
            "AttachInstanceRamRole",
        }
    )

    def make_role(self, name: str) -> None:
        self.sandbox.make_role(name)

    def make_policy(self, name: str) -> None:
        self.sandbox.call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(self.document))

    def drop_role(self, name: str) -> None:
        self.sandbox.call("Ram", "DeleteRole", RoleName=name)

    def drop_policy(self, name: str) -> None:
        self.sandbox.call("Ram", "DeletePolicy", PolicyName=name, CascadingDelete="true")

    def take_off(self, role: str, policy: str, policy_type: str) -> None:
        self.sandbox.call("Ram", "DetachPolicyFromRole", RoleName=role, PolicyName=policy, PolicyType=policy_type)

    def put_on(self, role: str, policy: str, policy_type: str) -> None:
        self.sandbox.call("Ram", "AttachPolicyToRole", RoleName=role, PolicyName=policy, PolicyType=policy_type)

    def on_role(self, name: str) -> list[tuple[str, str]]:
        if not self.exists("role", name):
            return []
        found = self.sandbox.call("Ram", "ListPoliciesForRole", RoleName=name)["Policies"]["Policy"]
        return [(one["PolicyName"], one["PolicyType"]) for one in found]

    def id_of(self, kind: str, name: str) -> str:
        if kind == "role":
            return str(self.sandbox.call("Ram", "GetRole", RoleName=name)["Role"]["RoleId"])
        found = self.sandbox.call("Ram", "GetPolicy", PolicyName=name, PolicyType="Custom")
        return str(found["Policy"]["CreateDate"])

    def exists(self, kind: str, name: str) -> bool:
        key = "RoleName" if kind == "role" else "PolicyName"
        return name in [one[key] for one in self.sandbox.state()["roles" if kind == "role" else "policies"]]

    def launch(self, count: int) -> list[str]:
        return sorted(self.sandbox.make_vpc_instance(count))

    def held(self, ids: list[str]) -> list[str | None]:
        rows = {one["InstanceId"]: one["RamRoleName"] for one in self.sandbox.state()["instances"]}
        return [rows[one] or None for one in ids]

    def make_user(self, name: str) -> None:
        self.sandbox.call("Ram", "CreateUser", UserName=name)

    def description(self, kind: str, name: str) -> str:
        if kind == "role":
            return str(self.sandbox.call("Ram", "GetRole", RoleName=name)["Role"]["Description"])
        found = self.sandbox.call("Ram", "GetPolicy", PolicyName=name, PolicyType="Custom")
        return str(found["Policy"]["Description"])


class TencentNames(Names):
    """CAM and CVM."""

    cloud = "tencent"
    system_policy = "QcloudCOSReadOnlyAccess"
    document: Mapping[str, Any] = {
        "version": "2.0",
        "statement": [{"effect": "allow", "action": ["name/cos:GetObject"], "resource": ["*"]}],
    }
    wider: Mapping[str, Any] = {
        "version": "2.0",
        "statement": [{"effect": "allow", "action": ["name/cos:*"], "resource": ["*"]}],
    }
    writes = frozenset(
        {
            "CreateRole",
            "UpdateRoleDescription",
            "TagRole",
            "DeleteRole",
            "CreatePolicy",
            "UpdatePolicy",
            "DeletePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "ModifyInstancesAttribute",
        }
    )

    def cam(self, action: str, **given: Any) -> Any:
        return self.tencent.call("cam", action, **given)

    def make_role(self, name: str) -> None:
        self.tencent.make_role(name)

    def make_policy(self, name: str) -> None:
        self.cam("CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(self.document))

    def drop_role(self, name: str) -> None:
        self.cam("DeleteRole", RoleName=name)

    def drop_policy(self, name: str) -> None:
        self.cam("DeletePolicy", PolicyId=[int(self.id_of("policy", name))])

    def _number(self, policy: str, policy_type: str) -> int:
        if policy_type == "Custom":
            return int(self.id_of("policy", policy))
        listed = self.cam("ListPolicies", Scope="QCS", Keyword=policy, Rp=200)["List"]
        return next(int(one["PolicyId"]) for one in listed if one["PolicyName"] == policy)

    def take_off(self, role: str, policy: str, policy_type: str) -> None:
        self.cam("DetachRolePolicy", PolicyId=self._number(policy, policy_type), DetachRoleName=role)

    def put_on(self, role: str, policy: str, policy_type: str) -> None:
        self.cam("AttachRolePolicy", PolicyId=self._number(policy, policy_type), AttachRoleName=role)

    def on_role(self, name: str) -> list[tuple[str, str]]:
        if not self.exists("role", name):
            return []
        found = self.cam("ListAttachedRolePolicies", RoleName=name, Page=1, Rp=200)["List"]
        return [(one["PolicyName"], "Custom" if one["PolicyType"] == "User" else "System") for one in found]

    def id_of(self, kind: str, name: str) -> str:
        if kind == "role":
            return str(self.cam("GetRole", RoleName=name)["RoleInfo"]["RoleId"])
        return next(str(one["PolicyId"]) for one in self.tencent.state()["policies"] if one["PolicyName"] == name)

    def exists(self, kind: str, name: str) -> bool:
        key = "RoleName" if kind == "role" else "PolicyName"
        return name in [one[key] for one in self.tencent.state()["roles" if kind == "role" else "policies"]]

    def launch(self, count: int) -> list[str]:
        return sorted(self.tencent.make_vpc_instance(count))

    def held(self, ids: list[str]) -> list[str | None]:
        return [self.tencent.instance(one)["CamRoleName"] or None for one in ids]

    def make_user(self, name: str) -> None:
        self.cam("AddUser", Name=name)

    def description(self, kind: str, name: str) -> str:
        if kind == "role":
            return str(self.cam("GetRole", RoleName=name)["RoleInfo"]["Description"])
        found = self.cam("GetPolicy", PolicyId=int(self.id_of("policy", name)))["Description"]
        return str(found).partition(" [instance-role:")[0].partition("[instance-role:")[0]


@pytest.fixture(params=[Alibaba, TencentNames], ids=["alibaba", "tencent"])
def names(request: pytest.FixtureRequest, sandbox: Sandbox) -> Names:
    """Both clouds, one after the other."""
    made: Names = request.param(sandbox)
    return made
