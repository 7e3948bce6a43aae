"""Looks at an account of Tencent Cloud, through the official SDK. Imported when a stack has something there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.clouds.cloud import Held, Policy, Role, trusted_services
from instance_role_sandbox.standin.errors import ApiError
from instance_role_sandbox.standin.tencent.api import Api
from instance_role_sandbox.standin.tencent.settings import Settings
from pulumi_instance_role.policy.dialect import TENCENT as DIALECT

_PAGE = 100  # ids in one DescribeInstances call
_NO_ROLE = "InvalidParameter.RoleNotExist"
_ALL = {"Page": 1, "Rp": 200}


class CloudReader:
    """Looks at an account through the official SDK."""

    def __init__(self, endpoint: str, account: Account, region: str) -> None:
        self._api = Api(Settings(region, account.key_id, account.key_secret, endpoint, "HTTP"))

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    def instances(self, ids: Sequence[str]) -> Mapping[str, Held]:
        """DescribeInstances, a page at a time."""
        found = {}
        for start in range(0, len(ids), _PAGE):
            page = {"InstanceIds": list(ids[start : start + _PAGE]), "Limit": _PAGE}
            for entry in self._api.call("cvm", "DescribeInstances", page)["InstanceSet"]:
                held = Held(entry["InstanceName"], entry["InstanceState"], entry["CamRoleName"] or None)
                found[entry["InstanceId"]] = held
        return found

    def role(self, name: str) -> Role | None:
        """GetRole and ListAttachedRolePolicies."""
        try:
            info = self._api.call("cam", "GetRole", {"RoleName": name})["RoleInfo"]
        except ApiError as failed:
            if failed.code == _NO_ROLE:
                return None
            raise
        attached = self._api.call("cam", "ListAttachedRolePolicies", {"RoleName": name, **_ALL})["List"]
        policies = [self._details(entry["PolicyId"], entry["PolicyType"] == "QCS") for entry in attached]
        return Role(
            name,
            info.get("RoleArn") or "",
            trusted_services(json.loads(info["PolicyDocument"]), DIALECT),
            tuple(policies),
            f":assumed-role/{info['RoleId']}/",
        )

    def policy(self, name: str) -> Policy | None:
        """ListPolicies for its number, then GetPolicy."""
        rows = self._api.call("cam", "ListPolicies", {"Scope": "Local", "Keyword": name, **_ALL})["List"]
        number = next((row["PolicyId"] for row in rows if row["PolicyName"] == name), None)
        return None if number is None else self._details(number, preset=False)

    def _details(self, number: int, preset: bool) -> Policy:
        found = self._api.call("cam", "GetPolicy", {"PolicyId": number})
        version = "" if preset else self._version(number)
        return Policy(found["PolicyName"], "System" if preset else "Custom", version, found["PolicyDocument"])

    def _version(self, number: int) -> str:
        versions: list[dict[str, Any]] = self._api.call("cam", "ListPolicyVersions", {"PolicyId": number})["Versions"]
        return next((str(one["VersionId"]) for one in versions if one["IsDefaultVersion"]), "")
