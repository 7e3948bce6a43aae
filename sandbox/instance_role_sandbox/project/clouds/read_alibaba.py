"""Looks at an account of Alibaba Cloud, through the classic SDK. Imported when a stack has something there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.clouds.cloud import Held, Policy, Role, trusted_services
from instance_role_sandbox.standin.alibaba.api import Api
from instance_role_sandbox.standin.alibaba.settings import Settings
from instance_role_sandbox.standin.errors import ApiError
from instance_role_sandbox.standin.schema import pick
from pulumi_instance_role.policy.dialect import ALIBABA as DIALECT

_PAGE = 50  # ids in one DescribeInstanceRamRole call


class CloudReader:
    """Looks at an account through the classic SDK."""

    def __init__(self, endpoint: str, account: Account, region: str) -> None:
        products = dict.fromkeys(("Ecs", "Vpc", "Ram"), endpoint)
        self._api = Api(Settings(region, account.key_id, account.key_secret, products, "HTTP"))

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    def instances(self, ids: Sequence[str]) -> Mapping[str, Held]:
        """DescribeInstances and DescribeInstanceRamRole, a page at a time. The second refuses ids that are gone."""
        found = {}
        for start in range(0, len(ids), _PAGE):
            page = {"InstanceIds": json.dumps(list(ids[start : start + _PAGE])), "PageSize": str(_PAGE)}
            described = pick(self._api.call("Ecs", "DescribeInstances", page), "Instances.Instance") or ()
            there = {**page, "InstanceIds": json.dumps([entry["InstanceId"] for entry in described])}
            answer = self._api.call("Ecs", "DescribeInstanceRamRole", there) if described else {}
            held = pick(answer, "InstanceRamRoleSets.InstanceRamRoleSet") or ()
            roles = {entry["InstanceId"]: entry["RamRoleName"] for entry in held}
            for entry in described:
                role = roles.get(entry["InstanceId"]) or None
                found[entry["InstanceId"]] = Held(entry.get("InstanceName", ""), entry.get("Status", ""), role)
        return found

    def role(self, name: str) -> Role | None:
        """GetRole and ListPoliciesForRole."""
        found = self._unless_gone("GetRole", {"RoleName": name})
        if found is None:
            return None
        attached = pick(self._api.call("Ram", "ListPoliciesForRole", {"RoleName": name}), "Policies.Policy") or ()
        policies = [self._policy(entry["PolicyName"], entry["PolicyType"]) for entry in attached]
        trust = json.loads(pick(found, "Role.AssumeRolePolicyDocument") or "{}")
        return Role(
            name,
            pick(found, "Role.Arn") or "",
            trusted_services(trust, DIALECT),
            tuple(policy for policy in policies if policy is not None),
            f":assumed-role/{name}/",
        )

    def policy(self, name: str) -> Policy | None:
        """GetPolicy."""
        return self._policy(name, "Custom")

    def _policy(self, name: str, kind: str) -> Policy | None:
        found = self._unless_gone("GetPolicy", {"PolicyName": name, "PolicyType": kind})
        if found is None:
            return None
        document = pick(found, "DefaultPolicyVersion.PolicyDocument") or ""
        return Policy(name, kind, pick(found, "DefaultPolicyVersion.VersionId") or "", document)

    def _unless_gone(self, action: str, params: dict[str, str]) -> dict[str, Any] | None:
        try:
            return self._api.call("Ram", action, params)
        except ApiError as failed:
            if failed.code.startswith("EntityNotExist."):
                return None
            raise
