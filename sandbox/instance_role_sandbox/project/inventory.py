"""What a stack's roles, policies and instances look like in the clouds right now.

The stack's state says which ones are its own; everything shown about them is read from the cloud, through its
official SDK and with the sandbox's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.clouds.cloud import Cloud, Held, Policy, Reader, Role
from instance_role_sandbox.project.emulator import Emulator
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.standin.errors import ApiError

_KIND = "pulumi-python:dynamic/instance-role:"


@dataclass(frozen=True)
class Instance:
    """An instance, the name of the role it holds, and of the one that the stack's state says it holds.

    ``region`` is ``None`` where it is the stack's own.
    """

    instance_id: str
    name: str
    status: str
    role: str | None
    declared: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Inventory:
    """Everything that a stack has in one cloud and that can be looked at."""

    cloud: Cloud
    roles: tuple[Role, ...]
    policies: tuple[Policy, ...]  # those declared and those attached, each once
    instances: tuple[Instance, ...]

    def role(self, name: str | None) -> Role | None:
        """The role of that name."""
        return next((role for role in self.roles if role.name == name), None)


def resources(deployment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The resources of a deployment that are something in a cloud."""
    found = deployment.get("resources") or ()
    return [item for item in found if item.get("custom") and not item["type"].startswith("pulumi:")]


def account_of(item: Mapping[str, Any]) -> str | None:
    """The profile or role by which a resource is in another account; ``None`` for one in the account of the keys."""
    inputs = item.get("inputs") or {}
    return inputs.get("assume_role_arn") or inputs.get("profile") or None


def why_it_stays(item: Mapping[str, Any]) -> str | None:
    """Why a destroy leaves a resource of a deployment where it is; ``None`` for one that it deletes."""
    if item.get("external"):
        return "only read by the stack, never its own"
    if item.get("retainOnDelete"):
        return "retain_on_delete is set"
    # A binding says which instances it adopted, with a list: the binding itself goes.
    return "adopted: there before the stack" if (item.get("outputs") or {}).get("adopted") is True else None


def look(emulator: Emulator, regions: Mapping[str, str], deployment: Mapping[str, Any]) -> list[Inventory]:
    """Read everything of the stack, cloud by cloud; clouds that it has nothing in are left out, and other accounts.

    ProjectError where a cloud does not answer: what was done before is done, and its outcome alone is not shown.
    """
    owned = [item for item in resources(deployment) if account_of(item) is None]
    try:
        return [
            _look(cloud, emulator, regions.get(cloud.name), own)
            for cloud in CLOUDS
            if (own := [item for item in owned if _is_of(cloud, item)])
        ]
    except ApiError as failed:
        raise ProjectError(
            f"the stack's roles and instances cannot be shown: {failed}. Look again with: "
            "instance-role sandbox project status"
        ) from None


def _look(cloud: Cloud, emulator: Emulator, region: str | None, owned: list[Mapping[str, Any]]) -> Inventory:
    account = emulator.accounts[cloud.name]
    with ExitStack() as stack:

        def reader_of(place: str) -> Reader:
            return stack.enter_context(closing(cloud.read(emulator.endpoint, account, place)))

        reader = reader_of(region or account.region)
        instances = []
        for place, declared in _declared(cloud, owned).items():
            there = reader_of(place) if place else reader
            held = there.instances(list(declared))
            for instance_id, role_name in declared.items():
                seen = held.get(instance_id, Held())
                instances.append(Instance(instance_id, seen.name, seen.status, seen.role, role_name, place))
        names = [*_ids(owned, f"{_KIND}InstanceRole"), *(item.role for item in instances if item.role)]
        roles = [role for name in dict.fromkeys(names) if (role := reader.role(name)) is not None]
        own = [policy for name in _ids(owned, f"{_KIND}RolePolicy") if (policy := reader.policy(name)) is not None]
    policies = dict.fromkeys([*own, *(policy for role in roles for policy in role.policies)])
    return Inventory(
        cloud,
        tuple(sorted(roles, key=lambda role: role.name)),
        tuple(sorted(policies, key=lambda policy: (policy.kind, policy.name))),
        tuple(sorted(instances, key=lambda item: (item.name, item.instance_id))),
    )


def _is_of(cloud: Cloud, item: Mapping[str, Any]) -> bool:
    """Whether a resource is of that cloud: by its package, or by what a resource of this project says."""
    if str(item["type"]).startswith(_KIND):
        return (item.get("inputs") or {}).get("cloud") == cloud.name
    return str(item["type"]).startswith(f"{cloud.namespace}:")


def _ids(owned: Iterable[Mapping[str, Any]], kind: str) -> list[str]:
    return [str(item["id"]) for item in owned if item["type"] == kind]


def _declared(cloud: Cloud, owned: list[Mapping[str, Any]]) -> dict[str | None, dict[str, str | None]]:
    """The stack's instances, and those that it binds a role to, by region; each with its role.

    The region is ``None``, the stack's own, for an instance that no binding has: its resource does not say it.
    """
    made: dict[str, str | None] = {}
    found: dict[str | None, dict[str, str | None]] = {}
    for item in owned:
        inputs = item.get("inputs") or {}
        if item["type"] == cloud.instance:
            made[str(item["id"])] = inputs.get(cloud.role_property)
        elif item["type"] == f"{_KIND}InstanceRoleBinding":
            found.setdefault(inputs.get("region"), {}).update(inputs.get("roles") or {})
    bound = {instance for there in found.values() for instance in there}
    own = {instance: role for instance, role in made.items() if instance not in bound}
    return {**found, None: own | found.get(None, {})}
