"""The cloud of a soak test: instances to use, things of others that must stay as they are, and how it is judged.

Judged from what the emulator holds, not from what the provider reads. Each cloud joins by a world of its own, in
:mod:`.worlds`.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_instance_role.policy.canonical import equivalent
from pulumi_instance_role.policy.dialect import Dialect
from tests.soak.declaration import TEAM_ROLES, Program, Role
from tests.soak.words import USERS, WORDS, Words
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
        """The roles that a document lets pass, in whatever order its statements are."""

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

    def faults(self, program: Program, perhaps: Collection[str] = ()) -> list[str]:
        """How the cloud differs from a declaration that has just been brought about; nothing, if all is well.

        ``perhaps`` are roles and policies that may be there or not.
        """
        state = self.state()
        found: list[str] = []

        def same(what: str, is_now: object, should_be: object) -> None:
            if is_now != should_be:
                found.append(f"{what}: {is_now}, should be {should_be}")

        roles = {one["RoleName"]: one["Tags"] for one in state["roles"]}
        declared_roles = {FOREIGN_ROLE, *TEAM_ROLES, *(role.name for role in program.roles.values())}
        same("roles", set(roles) - (set(perhaps) - declared_roles), declared_roles)
        for name, role in program.roles.items():
            if not role.foreign and role.name in roles:
                same(f"tags of {role.name}", roles[role.name], {**dict(role.tags), **owner_tags(name)})
                found += self._role_faults(program, role)
        made = {
            **{one.name: (name, dict(one.tags)) for name, one in program.policies.items()},
            **{one.name: (name, {}) for name, one in program.grants.items()},
        }
        marks = self.marks(state)
        declared_policies = {FOREIGN_POLICY, *made}
        same("policies", set(marks) - (set(perhaps) - declared_policies), declared_policies)
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


def owner_tags(resource: str) -> dict[str, str]:
    return {
        "instance-role:project": "proj",
        "instance-role:stack": "dev",
        "instance-role:resource": resource,
    }
