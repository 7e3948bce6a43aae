"""The worlds of the clouds: how others work in them, and how the emulator is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT
from tests.soak.world import Live, World, owner_tags


class AlibabaWorld(World):
    """RAM and ECS."""

    cloud = "alibaba"
    dialect = ALIBABA
    holds = "RamRoleName"
    custom = "Custom"
    actions = (
        *("AttachInstanceRamRole", "DetachInstanceRamRole", "DescribeInstanceRamRole", "DescribeInstances"),
        *("CreateRole", "GetRole", "UpdateRole", "DeleteRole", "TagResources", "UntagResources", "ListTagResources"),
        *("CreatePolicy", "GetPolicy", "DeletePolicy", "ListPolicyVersions", "ListEntitiesForPolicy"),
        *("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"),
        *("AttachPolicyToRole", "DetachPolicyFromRole", "ListPoliciesForRole"),
        *("AttachPolicyToUser", "DetachPolicyFromUser", "ListPoliciesForUser", "GetCallerIdentity"),
    )
    switches: Mapping[str, Sequence[object]] = {
        "occupied_level": ("request", "item"),
        "mixed_batch": ("request", "item"),
        "detach_mismatch": ("error", "item", "ok"),
        "reattach_same": ("error", "ok"),
        "describe_unbound": ("omit", "row"),
        "role_propagation_seconds": (0.0, 0.5),
        "detach_visibility_seconds": (0.0, 0.5),
        "delete_bound_role": ("allow", "refuse"),
        "arn_case": ("original", "lower"),
        "held_role_case": ("original", "lower"),
    }

    @property
    def credentials(self) -> Sequence[str]:  # type: ignore[override]  # of an account, and so of an object
        """What no message may show."""
        return self.sandbox.access_key_id, self.sandbox.access_key_secret

    def ram(self, action: str, **params: Any) -> dict[str, Any]:
        """One call to RAM through the official SDK."""
        return self.sandbox.call("Ram", action, **params)

    def launch(self, count: int) -> list[str]:
        return self.sandbox.make_vpc_instance(count)

    def make_role(self, name: str) -> None:
        self.sandbox.make_role(name)

    def make_policy(self, name: str) -> None:
        self.ram("CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(self.words.documents[0]))

    def make_user(self, name: str) -> None:
        self.sandbox.user(name)

    def attach(self, policy: str, role: str) -> None:
        self.ram("AttachPolicyToRole", PolicyName=policy, PolicyType="Custom", RoleName=role)

    def detach(self, policy: str, kind: str, role: str) -> None:
        self.ram("DetachPolicyFromRole", PolicyName=policy, PolicyType=kind, RoleName=role)
        # The policy's list may name the role a moment longer, and a refresh believes it: nothing is gone unproved.
        self.sandbox.advance(60)

    def withdraw(self, policy: str, user: str) -> None:
        self.ram("DetachPolicyFromUser", PolicyName=policy, PolicyType="Custom", UserName=user)
        self.sandbox.advance(60)

    def bind(self, role: str, instances: list[str]) -> None:
        self.sandbox.call("Ecs", "AttachInstanceRamRole", RamRoleName=role, InstanceIds=json.dumps(instances))

    def unbind(self, instances: list[str]) -> None:
        self.sandbox.call("Ecs", "DetachInstanceRamRole", InstanceIds=json.dumps(instances))

    def terminate(self, instance: str) -> None:
        self.sandbox.call("Ecs", "DeleteInstance", InstanceId=instance, Force="true")

    def rewrite(self, policy: str, document: int) -> None:
        versions = self.ram("ListPolicyVersions", PolicyName=policy, PolicyType="Custom")
        spare = [one for one in versions["PolicyVersions"]["PolicyVersion"] if not one["IsDefaultVersion"]]
        for one in spare[:1]:
            self.ram("DeletePolicyVersion", PolicyName=policy, VersionId=one["VersionId"])
        text = json.dumps(self.words.documents[document])
        self.ram("CreatePolicyVersion", PolicyName=policy, PolicyDocument=text, SetAsDefault="true")

    def retrust(self, role: str, *services: str) -> None:
        statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": list(services)}}
        text = json.dumps({"Version": "1", "Statement": [statement]})
        self.ram("UpdateRole", RoleName=role, NewAssumeRolePolicyDocument=text)

    def state(self) -> dict[str, Any]:
        return self.sandbox.state()

    def role(self, name: str) -> Live:
        live = self.ram("GetRole", RoleName=name)["Role"]
        statements = json.loads(live["AssumeRolePolicyDocument"])["Statement"]
        services = frozenset(service for one in statements for service in one["Principal"]["Service"])
        return Live(services, live["Description"], live["MaxSessionDuration"])

    def document(self, policy: str) -> str:
        live = self.ram("GetPolicy", PolicyName=policy, PolicyType="Custom")["DefaultPolicyVersion"]
        return str(live["PolicyDocument"])

    def marks(self, state: Mapping[str, Any]) -> dict[str, object]:
        return {one["PolicyName"]: one["Tags"] for one in state["policies"]}

    def marked(self, resource: str, tags: Mapping[str, str]) -> object:
        return {**tags, **owner_tags(resource)}

    def passed(self, document: Mapping[str, Any]) -> list[str]:
        return [
            on for one in document["Statement"] if "ram:PassRole" in one["Action"] for on in _listed(one["Resource"])
        ]


class TencentWorld(World):
    """CAM and CVM."""

    cloud = "tencent"
    dialect = TENCENT
    holds = "CamRoleName"
    custom = "User"
    actions = (
        *("ModifyInstancesAttribute", "ModifyInstancesAttribute", "DescribeInstances", "DescribeInstances"),
        *("CreateRole", "GetRole", "UpdateAssumeRolePolicy", "UpdateRoleDescription", "UpdateRoleSessionDuration"),
        *("DeleteRole", "TagRole", "UntagRole", "CreatePolicy", "GetPolicy", "UpdatePolicy", "DeletePolicy"),
        *("ListPolicies", "ListEntitiesForPolicy", "ListAttachedRolePolicies", "AttachRolePolicy", "DetachRolePolicy"),
        *("AttachUserPolicy", "DetachUserPolicy", "ListAttachedUserPolicies", "GetUser", "GetCallerIdentity"),
    )
    switches: Mapping[str, Sequence[object]] = {
        "cvm_operation_seconds": (0.0, 0.2, 0.5),
        "cvm_operation_shown_seconds": (0.0, 0.1),
        "cvm_mixed_batch": ("reject", "partial"),
        "cvm_operation_request_id": (True, False),
        "cvm_unbound_role": ("empty", "null"),
        "cvm_role_propagation_seconds": (0.0, 0.5),
        "cvm_busy_code": (
            *("MutexOperation.TaskRunning", "OperationDenied.InstanceOperationInProgress"),
            "InvalidInstance.NotSupported",
        ),
        "cam_visibility_seconds": (0.0, 0.5),
        "cam_document_form": ("lists", "rewritten", "verbatim"),
        "cam_repeated_attachment": ("ok", "error"),
        "cam_role_arn": (True, False),
        "held_role_case": ("original", "lower"),
    }

    @property
    def credentials(self) -> Sequence[str]:  # type: ignore[override]  # of an account, and so of an object
        """What no message may show."""
        return self.sandbox.tencent.secret_id, self.sandbox.tencent.secret_key

    def cam(self, action: str, **params: Any) -> dict[str, Any]:
        """One call to CAM through the official SDK."""
        return self.sandbox.tencent.call("cam", action, **params)

    def launch(self, count: int) -> list[str]:
        return self.sandbox.tencent.make_vpc_instance(count)

    def make_role(self, name: str) -> None:
        self.sandbox.tencent.make_role(name)

    def make_policy(self, name: str) -> None:
        self.cam("CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(self.words.documents[0]))

    def make_user(self, name: str) -> None:
        self.sandbox.tencent.user(name)

    def attach(self, policy: str, role: str) -> None:
        self.cam("AttachRolePolicy", PolicyName=policy, AttachRoleName=role)

    def detach(self, policy: str, kind: str, role: str) -> None:
        self.cam("DetachRolePolicy", PolicyName=policy, DetachRoleName=role)
        self.sandbox.advance(60)

    def withdraw(self, policy: str, user: str) -> None:
        uin = self.cam("GetUser", Name=user)["Uin"]
        self.cam("DetachUserPolicy", PolicyId=self._number(policy), DetachUin=uin)
        self.sandbox.advance(60)

    def bind(self, role: str, instances: list[str]) -> None:
        self.sandbox.tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=instances, CamRoleName=role)
        self.sandbox.advance(5)

    def unbind(self, instances: list[str]) -> None:
        self.bind("", instances)

    def terminate(self, instance: str) -> None:
        self.sandbox.tencent.call("cvm", "TerminateInstances", InstanceIds=[instance])

    def rewrite(self, policy: str, document: int) -> None:
        text = json.dumps(self.words.documents[document])
        self.cam("UpdatePolicy", PolicyId=self._number(policy), PolicyDocument=text)

    def retrust(self, role: str, *services: str) -> None:
        statement = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": {"service": list(services)}}
        text = json.dumps({"version": "2.0", "statement": [statement]})
        self.cam("UpdateAssumeRolePolicy", RoleName=role, PolicyDocument=text)

    def state(self) -> dict[str, Any]:
        return self.sandbox.tencent.state()

    def role(self, name: str) -> Live:
        live = self.cam("GetRole", RoleName=name)["RoleInfo"]
        statements = json.loads(live["PolicyDocument"])["statement"]
        services = frozenset(service for one in statements for service in one["principal"]["service"])
        return Live(services, live["Description"] or "", live["SessionDuration"])

    def document(self, policy: str) -> str:
        return str(self.cam("GetPolicy", PolicyId=self._number(policy))["PolicyDocument"])

    def marks(self, state: Mapping[str, Any]) -> dict[str, object]:
        found = {}
        for one in state["policies"]:
            found[one["PolicyName"]] = self.cam("GetPolicy", PolicyId=one["PolicyId"])["Description"] or ""
        return found

    def marked(self, resource: str, tags: Mapping[str, str]) -> object:
        return f"[instance-role:proj|dev|{resource}]"

    def passed(self, document: Mapping[str, Any]) -> list[str]:
        return [
            on for one in document["statement"] if "cam:PassRole" in one["action"] for on in _listed(one["resource"])
        ]

    def _number(self, policy: str) -> int:
        return next(int(one["PolicyId"]) for one in self.state()["policies"] if one["PolicyName"] == policy)


def _listed(resource: str | list[str]) -> list[str]:
    return [resource] if isinstance(resource, str) else resource


WORLDS: Mapping[str, type[World]] = {"alibaba": AlibabaWorld, "tencent": TencentWorld}
