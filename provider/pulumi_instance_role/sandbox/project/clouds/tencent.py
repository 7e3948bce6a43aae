"""Tencent Cloud: CAM, CVM, VPC and STS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_instance_role.policy.dialect import TENCENT as DIALECT
from pulumi_instance_role.sandbox.project.account import Account
from pulumi_instance_role.sandbox.project.clouds.cloud import (
    INSIDE,
    Cloud,
    Held,
    Policy,
    Probe,
    Role,
    trusted_services,
)
from pulumi_instance_role.sandbox.standin.errors import ApiError
from pulumi_instance_role.sandbox.standin.tencent.api import Api
from pulumi_instance_role.sandbox.standin.tencent.settings import Settings

_PAGE = 100  # ids in one DescribeInstances call
_ROWS = 200  # rows of one page of CAM's lists
_NO_ROLE = "InvalidParameter.RoleNotExist"
_PAGED = {"Page": 1, "Rp": _ROWS}


def _variables(endpoint: str, account: Account, region: str) -> Mapping[str, str]:
    return {
        "TENCENTCLOUD_SECRET_ID": account.key_id,
        "TENCENTCLOUD_SECRET_KEY": account.key_secret,
        "TENCENTCLOUD_REGION": region,
        "TENCENTCLOUD_PROTOCOL": "HTTP",
        # The real plugin puts the product before it, and names under `localhost` are this machine's (RFC 6761).
        "TENCENTCLOUD_DOMAIN": f"localhost:{endpoint.rpartition(':')[2]}",
    }


class TencentReader:
    """Looks at an account through the official SDK."""

    def __init__(self, endpoint: str, account: Account, region: str) -> None:
        self._api = Api(Settings(region, account.key_id, account.key_secret, endpoint, "HTTP"))

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
        attached = self._api.call("cam", "ListAttachedRolePolicies", {"RoleName": name, **_PAGED})["List"]
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
        rows = self._api.call("cam", "ListPolicies", {"Scope": "Local", "Keyword": name, **_PAGED})["List"]
        number = next((row["PolicyId"] for row in rows if row["PolicyName"] == name), None)
        return None if number is None else self._details(number, preset=False)

    def _details(self, number: int, preset: bool) -> Policy:
        found = self._api.call("cam", "GetPolicy", {"PolicyId": number})
        version = "" if preset else self._version(number)
        return Policy(found["PolicyName"], "System" if preset else "Custom", version, found["PolicyDocument"])

    def _version(self, number: int) -> str:
        versions: list[dict[str, Any]] = self._api.call("cam", "ListPolicyVersions", {"PolicyId": number})["Versions"]
        return next((str(one["VersionId"]) for one in versions if one["IsDefaultVersion"]), "")


def _cam(action: str, kind: str) -> Probe:
    resource = f"qcs::cam::uin/{{account}}:{kind}/*"
    return Probe(f"cam:{action}", "cam", "2019-01-16", "cam.tencentcloudapi.com", resource, "List", params=_PAGED)


def _regional(service: str, action: str, kind: str, items: str, hides: bool = False) -> Probe:
    resource, host = f"qcs::{service}:{{region}}:uin/{{account}}:{kind}/*", f"{service}.tencentcloudapi.com"
    return Probe(f"{service}:{action}", service, "2017-03-12", host, resource, items, hides)


TENCENT = Cloud(
    name="tencent",
    title="Tencent Cloud",
    namespace="tencentcloud",
    module="tencentcloud_iac_pulumi",
    leads_out=(
        "secretId",
        "secretKey",
        "securityToken",
        "profile",
        "sharedCredentialsDir",
        "camRoleName",
        "domain",
        "cosDomain",
        "protocol",
        "assumeRole",
        "assumeRoleWithSaml",
        "assumeRoleWithWebIdentity",
        "mfaCertification",
        "enablePodOidc",
    ),
    prefixes=("TENCENTCLOUD_",),
    names=(),
    variables=_variables,
    reader=TencentReader,
    instance="tencentcloud:Instance/instance:Instance",
    role_property="camRoleName",
    dialect=DIALECT,
    address_key="qcs:ip",
    time_key="qcs:current_time",
    secure_key="",
    probes=(
        _cam("DescribeRoleList", "roleName"),
        _regional("vpc", "DescribeVpcs", "vpc", "VpcSet"),
        _regional("vpc", "DescribeSubnets", "subnet", "SubnetSet"),
        _cam("ListPolicies", "policyid"),
        _regional("cvm", "DescribeInstances", "instance", "InstanceSet", hides=True),
    ),
    who={
        "product": "sts",
        "version": "2018-08-13",
        "host": "sts.tencentcloudapi.com",
        "action": "GetCallerIdentity",
    },
    identity="Arn",
    script=INSIDE / "tencent.py",
    state=("tencent",),
    kinds={
        "roles": "RoleName",
        "policies": "PolicyName",
        "vpcs": "VpcId",
        "subnets": "SubnetId",
        "instances": "InstanceId",
        "security_groups": "SecurityGroupId",
    },
)
