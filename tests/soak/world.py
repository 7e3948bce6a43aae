"""The cloud of a soak test: instances to use, things of others that must stay as they are, and how it is judged.

Judged from what the emulator holds, not from what the provider reads.
"""

from __future__ import annotations

import json
from typing import Any

from pulumi_instance_role.policy.canonical import equivalent
from tests.soak.declaration import DOCUMENTS, ECS, TEAM_ROLES, Program, Role
from tests.support.sandbox import Sandbox

INSTANCES = 12
FOREIGN_ROLE, FOREIGN_POLICY = "others-role", "others-policy"
_DELAY = 0.02  # seconds a call, when a host is to be killed at a certain call


class World:
    """One account."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        found = sandbox.make_vpc_instance(INSTANCES + 2)
        self.instances, self.foreign = found[2:], found[:2]
        for role in (FOREIGN_ROLE, *TEAM_ROLES):
            sandbox.make_role(role)
        self.ram("CreatePolicy", PolicyName=FOREIGN_POLICY, PolicyDocument=json.dumps(DOCUMENTS[0]))
        for role in (FOREIGN_ROLE, *TEAM_ROLES):
            self.attach(FOREIGN_POLICY, "Custom", role)
        self.bind(FOREIGN_ROLE, self.foreign)
        self.others = self._of_others()

    # -- what others do -----------------------------------------------------------------------------------
    def ram(self, action: str, **params: Any) -> dict[str, Any]:
        """One call to RAM through the official SDK."""
        return self.sandbox.call("Ram", action, **params)

    def attach(self, policy: str, kind: str, role: str) -> None:
        """A policy onto a role."""
        self.ram("AttachPolicyToRole", PolicyName=policy, PolicyType=kind, RoleName=role)

    def detach(self, policy: str, kind: str, role: str) -> None:
        """A policy off a role."""
        self.ram("DetachPolicyFromRole", PolicyName=policy, PolicyType=kind, RoleName=role)
        # The policy's list may name the role a moment longer, and a refresh believes it: nothing is gone unproved.
        self.sandbox.advance(60)

    def bind(self, role: str, instances: list[str]) -> None:
        """A role onto instances that hold none."""
        self.sandbox.call("Ecs", "AttachInstanceRamRole", RamRoleName=role, InstanceIds=json.dumps(instances))

    def unbind(self, instances: list[str]) -> None:
        """Whatever role they hold off instances."""
        self.sandbox.call("Ecs", "DetachInstanceRamRole", InstanceIds=json.dumps(instances))

    def release(self, instance: str) -> None:
        """The end of an instance."""
        self.sandbox.call("Ecs", "DeleteInstance", InstanceId=instance, Force="true")
        self.sandbox.advance(60)
        self.instances.remove(instance)

    def new_version(self, policy: str, document: int) -> None:
        """Other permissions in force."""
        versions = self.ram("ListPolicyVersions", PolicyName=policy, PolicyType="Custom")
        spare = [one for one in versions["PolicyVersions"]["PolicyVersion"] if not one["IsDefaultVersion"]]
        for one in spare[:1]:
            self.ram("DeletePolicyVersion", PolicyName=policy, VersionId=one["VersionId"])
        text = json.dumps(DOCUMENTS[document % len(DOCUMENTS)])
        self.ram("CreatePolicyVersion", PolicyName=policy, PolicyDocument=text, SetAsDefault="true")

    # -- trouble -----------------------------------------------------------------------------------------------
    def slow_down(self) -> None:
        """Let every call take a moment, so that a host can be killed at one of them."""
        self.sandbox.fault("delay", "*", times=None, seconds=_DELAY)

    def writes(self, since: int) -> list[str]:
        """The writing calls after number ``since``."""
        return [call["action"] for call in self.sandbox.calls(since) if call["write"]]

    # -- judgement ---------------------------------------------------------------------------------------------
    def held(self) -> dict[str, str]:
        """Instance -> role, for those that hold one."""
        return {
            one["InstanceId"]: one["RamRoleName"] for one in self.sandbox.state()["instances"] if one["RamRoleName"]
        }

    def attachments(self) -> set[tuple[str, str, str]]:
        """Role, policy and type of everything attached to roles."""
        found = self.sandbox.state()["attachments"]
        return {(one["Holder"], one["PolicyName"], one["PolicyType"]) for one in found}

    def faults(self, program: Program) -> list[str]:
        """How the cloud differs from a declaration that has just been brought about; nothing, if all is well."""
        state = self.sandbox.state()
        found: list[str] = []

        def same(what: str, is_now: object, should_be: object) -> None:
            if is_now != should_be:
                found.append(f"{what}: {is_now}, should be {should_be}")

        roles = {one["RoleName"]: one["Tags"] for one in state["roles"]}
        policies = {one["PolicyName"]: one["Tags"] for one in state["policies"]}
        same("roles", set(roles), {FOREIGN_ROLE, *TEAM_ROLES, *(role.name for role in program.roles.values())})
        same("policies", set(policies), {FOREIGN_POLICY, *(policy.name for policy in program.policies.values())})
        for name, role in program.roles.items():
            if not role.foreign and role.name in roles:
                same(f"tags of {role.name}", roles[role.name], {**dict(role.tags), **_owner(name)})
                found += self._role_faults(role)
        for name, policy in program.policies.items():
            if policy.name in policies:
                same(f"tags of {policy.name}", policies[policy.name], {**dict(policy.tags), **_owner(name)})
                live = self.ram("GetPolicy", PolicyName=policy.name, PolicyType="Custom")["DefaultPolicyVersion"]
                if not equivalent(live["PolicyDocument"], DOCUMENTS[policy.document]):
                    same(f"document of {policy.name}", live["PolicyDocument"], DOCUMENTS[policy.document])
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

    def _role_faults(self, role: Role) -> list[str]:
        live = self.ram("GetRole", RoleName=role.name)["Role"]
        statements = json.loads(live["AssumeRolePolicyDocument"])["Statement"]
        services = {service for one in statements for service in one["Principal"]["Service"]}
        found = []
        if services != set(role.services):
            found.append(f"trust of {role.name}: {services}, should be {role.services}")
        if role.description is not None and live["Description"] != role.description:
            found.append(f"description of {role.name}: {live['Description']!r}, should be {role.description!r}")
        if role.hours is not None and live["MaxSessionDuration"] != role.hours * 3600:
            found.append(f"session of {role.name}: {live['MaxSessionDuration']}, should be {role.hours * 3600}")
        return found

    def _of_others(self) -> dict[str, Any]:
        state = self.sandbox.state()
        roles = (FOREIGN_ROLE, *TEAM_ROLES)
        return {
            "roles": {name: self.ram("GetRole", RoleName=name)["Role"] for name in roles},
            "tags": [one for one in state["roles"] if one["RoleName"] in roles],
            "policy": self.ram("GetPolicy", PolicyName=FOREIGN_POLICY, PolicyType="Custom")["DefaultPolicyVersion"],
        }


def trusted(*services: str) -> str:
    """A trust document."""
    statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": list(services) or [ECS]}}
    return json.dumps({"Version": "1", "Statement": [statement]})


def _owner(resource: str) -> dict[str, str]:
    return {
        "instance-role:project": "proj",
        "instance-role:stack": "dev",
        "instance-role:resource": resource,
    }
