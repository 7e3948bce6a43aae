"""The cloud of a soak test: instances to use, things of others that must stay as they are, and how it is judged.

Judged from what the emulator holds, not from what the provider reads. Each cloud joins by a world of its own.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_instance_role.policy.canonical import equivalent
from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT, Dialect
from tests.soak.declaration import TEAM_ROLES, USERS, WORDS, Program, Role, Words
from tests.support.sandbox import Sandbox

INSTANCES = 12
FOREIGN_ROLE, FOREIGN_POLICY = "others-role", "others-policy"
_DELAY = 0.02  # seconds a call, when a host is to be killed at a certain call


@dataclass(frozen=True)
class Live:
    """A role as the cloud has it."""

    services: frozenset[str]
    description: str
    seconds: int


class World(ABC):
    """One account."""

    cloud: str
    dialect: Dialect
    holds: str
    """What an instance's row calls its role."""
    custom: str
    """What the emulator calls a custom policy's type."""
    actions: Sequence[str]
    """Those that a fault may be ordered for."""
    switches: Mapping[str, Sequence[object]]
    """Open questions, with their answers."""
    credentials: Sequence[str]

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        found = self.launch(INSTANCES + 2)
        self.instances, self.foreign = found[2:], found[:2]
        for role in (FOREIGN_ROLE, *TEAM_ROLES):
            self.make_role(role)
        self.make_policy(FOREIGN_POLICY)
        for role in (FOREIGN_ROLE, *TEAM_ROLES):
            self.attach(FOREIGN_POLICY, role)
        for user in USERS:
            self.make_user(user)
        self.bind(FOREIGN_ROLE, self.foreign)
        self.others = self._of_others()

    @property
    def words(self) -> Words:
        """What programs for this cloud say."""
        return WORDS[self.cloud]

    # -- what others do -----------------------------------------------------------------------------------
    @abstractmethod
    def launch(self, count: int) -> list[str]:
        """Running instances in a VPC."""

    @abstractmethod
    def make_role(self, name: str) -> None:
        """A role that instances may hold."""

    @abstractmethod
    def make_policy(self, name: str) -> None:
        """A policy with the first document."""

    @abstractmethod
    def make_user(self, name: str) -> None:
        """A user without permissions."""

    @abstractmethod
    def attach(self, policy: str, role: str) -> None:
        """A custom policy onto a role."""

    @abstractmethod
    def detach(self, policy: str, kind: str, role: str) -> None:
        """A policy off a role; the cloud shows it."""

    @abstractmethod
    def withdraw(self, policy: str, user: str) -> None:
        """A custom policy off a user; the cloud shows it."""

    @abstractmethod
    def bind(self, role: str, instances: list[str]) -> None:
        """A role onto instances that hold none."""

    @abstractmethod
    def unbind(self, instances: list[str]) -> None:
        """Whatever role they hold off instances."""

    def release(self, instance: str) -> None:
        """The end of an instance."""
        self.terminate(instance)
        self.sandbox.advance(60)
        self.instances.remove(instance)

    @abstractmethod
    def terminate(self, instance: str) -> None:
        """Begin to end an instance."""

    @abstractmethod
    def rewrite(self, policy: str, document: int) -> None:
        """Other permissions in force."""

    @abstractmethod
    def retrust(self, role: str, *services: str) -> None:
        """Others trust the role."""

    # -- trouble -----------------------------------------------------------------------------------------------
    def slow_down(self) -> None:
        """Let every call take a moment, so that a host can be killed at one of them."""
        self.sandbox.fault("delay", "*", times=None, seconds=_DELAY)

    # -- judgement ---------------------------------------------------------------------------------------------
    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Everything that exists."""

    @abstractmethod
    def role(self, name: str) -> Live:
        """A role as it is."""

    @abstractmethod
    def document(self, policy: str) -> str:
        """The document in force."""

    @abstractmethod
    def marks(self, state: Mapping[str, Any]) -> dict[str, object]:
        """Policy -> its tags, or what else says whose it is."""

    @abstractmethod
    def marked(self, resource: str, tags: Mapping[str, str]) -> object:
        """What :meth:`marks` has for a policy of that resource."""

    @abstractmethod
    def passed(self, document: Mapping[str, Any]) -> list[str]:
        """The resources that the first statement of a document is about."""

    def held(self) -> dict[str, str]:
        """Instance -> role, for those that hold one."""
        return {one["InstanceId"]: one[self.holds] for one in self.state()["instances"] if one[self.holds]}

    def attachments(self) -> set[tuple[str, str, str]]:
        """Role, policy and type of everything attached to roles."""
        found = (one for one in self.state()["attachments"] if one["HolderKind"] == "role")
        return {(one["Holder"], one["PolicyName"], self._kind(one["PolicyType"])) for one in found}

    def grants(self) -> set[tuple[str, str]]:
        """User and policy of everything attached to users."""
        found = self.state()["attachments"]
        return {(one["Holder"], one["PolicyName"]) for one in found if one["HolderKind"] == "user"}

    def faults(self, program: Program) -> list[str]:
        """How the cloud differs from a declaration that has just been brought about; nothing, if all is well."""
        state = self.state()
        found: list[str] = []

        def same(what: str, is_now: object, should_be: object) -> None:
            if is_now != should_be:
                found.append(f"{what}: {is_now}, should be {should_be}")

        roles = {one["RoleName"]: one["Tags"] for one in state["roles"]}
        same("roles", set(roles), {FOREIGN_ROLE, *TEAM_ROLES, *(role.name for role in program.roles.values())})
        for name, role in program.roles.items():
            if not role.foreign and role.name in roles:
                same(f"tags of {role.name}", roles[role.name], {**dict(role.tags), **_owner(name)})
                found += self._role_faults(program, role)
        made = {
            **{one.name: (name, dict(one.tags)) for name, one in program.policies.items()},
            **{one.name: (name, {}) for name, one in program.grants.items()},
        }
        marks = self.marks(state)
        same("policies", set(marks), {FOREIGN_POLICY, *made})
        for policy, (name, tags) in made.items():
            same(f"mark of {policy}", marks.get(policy), self.marked(name, tags))
        for one in program.policies.values():
            if one.name in marks:
                live, wanted = self.document(one.name), self.words.documents[one.document]
                if not equivalent(live, json.dumps(wanted), self.dialect):
                    same(f"document of {one.name}", live, wanted)
        for grant in program.grants.values():
            if grant.name in marks:
                passed = self.passed(json.loads(self.document(grant.name)))
                names = {one.rpartition("/")[2] for one in passed}
                same(f"roles of {grant.name}", names, {program.roles[key].name for key in grant.roles})
        same("grants", self.grants(), {(one.user, one.name) for one in program.grants.values()})
        declared = {
            (program.roles[one.role].name, program.policy_name(one), "System" if one.system else "Custom")
            for one in program.attachments.values()
        }
        others = {(role, FOREIGN_POLICY, "Custom") for role in (FOREIGN_ROLE, *TEAM_ROLES)}
        same("attachments", self.attachments(), declared | others)
        held = dict.fromkeys(self.foreign, FOREIGN_ROLE)
        for binding in program.bindings.values():
            held |= dict.fromkeys(binding.instances, program.roles[binding.role].name)
        same("roles of instances", self.held(), held)
        same("what others made", self._of_others(), self.others)
        return found

    def _kind(self, policy_type: str) -> str:
        return "Custom" if policy_type == self.custom else "System"

    def _role_faults(self, program: Program, role: Role) -> list[str]:
        live, services = self.role(role.name), set(program.services(role))
        found = []
        if live.services != services:
            found.append(f"trust of {role.name}: {live.services}, should be {services}")
        if role.description is not None and live.description != role.description:
            found.append(f"description of {role.name}: {live.description!r}, should be {role.description!r}")
        if role.hours is not None and live.seconds != role.hours * 3600:
            found.append(f"session of {role.name}: {live.seconds}, should be {role.hours * 3600}")
        return found

    def _of_others(self) -> dict[str, Any]:
        state = self.state()
        roles = (FOREIGN_ROLE, *TEAM_ROLES)
        return {
            "roles": {name: self.role(name) for name in roles},
            "tags": [one for one in state["roles"] if one["RoleName"] in roles],
            "policy": (self.document(FOREIGN_POLICY), self.marks(state)[FOREIGN_POLICY]),
        }


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
        return {**tags, **_owner(resource)}

    def passed(self, document: Mapping[str, Any]) -> list[str]:
        return list(document["Statement"][0]["Resource"])


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
        return list(document["statement"][0]["resource"])

    def _number(self, policy: str) -> int:
        return next(int(one["PolicyId"]) for one in self.state()["policies"] if one["PolicyName"] == policy)


WORLDS: Mapping[str, type[World]] = {"alibaba": AlibabaWorld, "tencent": TencentWorld}


def _owner(resource: str) -> dict[str, str]:
    return {
        "instance-role:project": "proj",
        "instance-role:stack": "dev",
        "instance-role:resource": resource,
    }
