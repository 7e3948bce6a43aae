"""What a stack's roles, policies and instances look like in the cloud right now.

The stack's state says which ones are its own; everything shown about them is read from the cloud, through the
official SDK and with the sandbox's key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_instance_role.sandbox.project.emulator import Emulator
from pulumi_instance_role.sandbox.standin.api import Api, ApiError
from pulumi_instance_role.sandbox.standin.schema import pick
from pulumi_instance_role.sandbox.standin.settings import Settings

_NOUN = "pulumi-python:dynamic/instance-role:"
_PAGE = 50  # ids in one DescribeInstanceRamRole call


@dataclass(frozen=True)
class Policy:
    """A policy in force. ``document`` is its default version's text."""

    name: str
    kind: str  # Custom or System
    version: str
    document: str


@dataclass(frozen=True)
class Role:
    """A role with the services that may assume it and the policies on it."""

    name: str
    arn: str
    trusted: tuple[str, ...]
    policies: tuple[Policy, ...]


@dataclass(frozen=True)
class Instance:
    """An instance, the name of the role it holds, and of the one that the stack's state says it holds."""

    instance_id: str
    name: str
    status: str
    role: str | None
    declared: str | None = None


@dataclass(frozen=True)
class Inventory:
    """Everything of a stack that can be looked at."""

    roles: tuple[Role, ...]
    policies: tuple[Policy, ...]  # those declared and those attached, each once
    instances: tuple[Instance, ...]

    def role(self, name: str | None) -> Role | None:
        """The role of that name."""
        return next((role for role in self.roles if role.name == name), None)


def resources(deployment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The resources of a deployment that are something in the cloud."""
    found = deployment.get("resources") or ()
    return [item for item in found if item.get("custom") and not item["type"].startswith("pulumi:")]


def look(emulator: Emulator, region: str | None, deployment: Mapping[str, Any]) -> Inventory:
    """Read everything of the stack from the cloud."""
    owned = resources(deployment)
    api = _api(emulator, region)
    instances = _instances(api, _declared(owned))
    names = [*_ids(owned, f"{_NOUN}InstanceRole"), *(item.role for item in instances if item.role)]
    roles = [role for name in dict.fromkeys(names) if (role := _role(api, name)) is not None]
    declared = [policy for name in _ids(owned, f"{_NOUN}RolePolicy") if (policy := _policy(api, name, "Custom"))]
    policies = dict.fromkeys([*declared, *(policy for role in roles for policy in role.policies)])
    return Inventory(
        tuple(sorted(roles, key=lambda role: role.name)),
        tuple(sorted(policies, key=lambda policy: (policy.kind, policy.name))),
        tuple(sorted(instances, key=lambda item: (item.name, item.instance_id))),
    )


def _api(emulator: Emulator, region: str | None) -> Api:
    products = dict.fromkeys(("Ecs", "Vpc", "Ram"), emulator.endpoint)
    return Api(
        Settings(region or emulator.region, emulator.access_key_id, emulator.access_key_secret, products, "HTTP")
    )


def _ids(owned: Iterable[Mapping[str, Any]], kind: str) -> list[str]:
    return [str(item["id"]) for item in owned if item["type"] == kind]


def _declared(owned: list[Mapping[str, Any]]) -> dict[str, str | None]:
    """The stack's instances, and those that it binds a role to; each with its role."""
    found: dict[str, str | None] = {}
    for item in owned:
        inputs = item.get("inputs") or {}
        if item["type"] == "alicloud:ecs/instance:Instance":
            found[str(item["id"])] = found.get(str(item["id"])) or inputs.get("roleName")
        elif item["type"] == f"{_NOUN}InstanceRoleBinding":
            found.update(inputs.get("roles") or {})
    return found


def _instances(api: Api, declared: Mapping[str, str | None]) -> list[Instance]:
    ids, found = list(declared), []
    for start in range(0, len(ids), _PAGE):
        page = {"InstanceIds": json.dumps(ids[start : start + _PAGE]), "PageSize": str(_PAGE)}
        described = pick(api.call("Ecs", "DescribeInstances", page), "Instances.Instance") or ()
        held = pick(api.call("Ecs", "DescribeInstanceRamRole", page), "InstanceRamRoleSets.InstanceRamRoleSet") or ()
        roles = {entry["InstanceId"]: entry["RamRoleName"] for entry in held}
        by_id = {entry["InstanceId"]: entry for entry in described}
        for instance_id in ids[start : start + _PAGE]:
            entry = by_id.get(instance_id, {})
            found.append(
                Instance(
                    instance_id,
                    entry.get("InstanceName", ""),
                    entry.get("Status", "gone"),
                    roles.get(instance_id) or None,
                    declared[instance_id],
                )
            )
    return found


def _role(api: Api, name: str) -> Role | None:
    found = _unless_gone(api, "GetRole", {"RoleName": name})
    if found is None:
        return None
    attached = pick(api.call("Ram", "ListPoliciesForRole", {"RoleName": name}), "Policies.Policy") or ()
    policies = [_policy(api, entry["PolicyName"], entry["PolicyType"]) for entry in attached]
    trust = json.loads(pick(found, "Role.AssumeRolePolicyDocument") or "{}")
    return Role(
        name, pick(found, "Role.Arn") or "", _trusted(trust), tuple(policy for policy in policies if policy is not None)
    )


def _policy(api: Api, name: str, kind: str) -> Policy | None:
    found = _unless_gone(api, "GetPolicy", {"PolicyName": name, "PolicyType": kind})
    if found is None:
        return None
    document = pick(found, "DefaultPolicyVersion.PolicyDocument") or ""
    return Policy(name, kind, pick(found, "DefaultPolicyVersion.VersionId") or "", document)


def _trusted(trust: Mapping[str, Any]) -> tuple[str, ...]:
    names: list[str] = []
    for statement in trust.get("Statement") or ():
        service = (statement.get("Principal") or {}).get("Service") or []
        names += [service] if isinstance(service, str) else service
    return tuple(dict.fromkeys(names))


def _unless_gone(api: Api, action: str, params: dict[str, str]) -> dict[str, Any] | None:
    try:
        return api.call("Ram", action, params)
    except ApiError as failed:
        if failed.code.startswith("EntityNotExist."):
            return None
        raise
