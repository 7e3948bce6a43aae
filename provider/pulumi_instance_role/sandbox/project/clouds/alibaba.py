"""Alibaba Cloud: RAM, ECS, VPC and STS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_instance_role.policy.dialect import ALIBABA as DIALECT
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
from pulumi_instance_role.sandbox.standin.alibaba.api import Api
from pulumi_instance_role.sandbox.standin.alibaba.settings import Settings
from pulumi_instance_role.sandbox.standin.errors import ApiError
from pulumi_instance_role.sandbox.standin.schema import pick

_PRODUCTS = ("ECS", "VPC", "RAM", "STS", "LOCATION", "BSSOPENAPI")
_PAGE = 50  # ids in one DescribeInstanceRamRole call


def _variables(endpoint: str, account: Account, region: str) -> Mapping[str, str]:
    return {
        **{f"ALIBABA_CLOUD_ENDPOINT_{product}": endpoint for product in _PRODUCTS},
        "ALICLOUD_ACCESS_KEY": account.key_id,
        "ALICLOUD_SECRET_KEY": account.key_secret,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": account.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": account.key_secret,
        "ALICLOUD_REGION": region,
        "ALIBABA_CLOUD_REGION": region,
        "ALICLOUD_ACCOUNT_ID": account.account_id,
        "ALIBABA_CLOUD_ACCOUNT_TYPE": "Domestic",  # else the real plugin asks the billing API at every start
    }


class AlibabaReader:
    """Looks at an account through the classic SDK."""

    def __init__(self, endpoint: str, account: Account, region: str) -> None:
        products = dict.fromkeys(("Ecs", "Vpc", "Ram"), endpoint)
        self._api = Api(Settings(region, account.key_id, account.key_secret, products, "HTTP"))

    def instances(self, ids: Sequence[str]) -> Mapping[str, Held]:
        """DescribeInstances and DescribeInstanceRamRole, a page at a time."""
        found = {}
        for start in range(0, len(ids), _PAGE):
            page = {"InstanceIds": json.dumps(list(ids[start : start + _PAGE])), "PageSize": str(_PAGE)}
            described = pick(self._api.call("Ecs", "DescribeInstances", page), "Instances.Instance") or ()
            answer = self._api.call("Ecs", "DescribeInstanceRamRole", page)
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


def _ram(action: str, kind: str, items: str) -> Probe:
    return Probe(f"ram:{action}", "Ram", "2015-05-01", "ram.aliyuncs.com", f"acs:ram:*:{{account}}:{kind}/*", items)


def _regional(product: str, version: str, action: str, kind: str, items: str, hides: bool = False) -> Probe:
    service = product.lower()
    resource = f"acs:{service}:{{region}}:{{account}}:{kind}/*"
    return Probe(f"{service}:{action}", product, version, f"{service}.aliyuncs.com", resource, items, hides)


ALIBABA = Cloud(
    name="alibaba",
    title="Alibaba Cloud",
    namespace="alicloud",
    module="pulumi_alicloud",
    leads_out=(
        "accessKey",
        "secretKey",
        "securityToken",
        "profile",
        "sharedCredentialsFile",
        "endpoints",
        "assumeRole",
    ),
    prefixes=("ALICLOUD_", "ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALIYUN_"),
    names=tuple(f"{product}_ENDPOINT" for product in _PRODUCTS),
    variables=_variables,
    reader=AlibabaReader,
    instance="alicloud:ecs/instance:Instance",
    role_property="roleName",
    dialect=DIALECT,
    address_key="acs:SourceIp",
    time_key="acs:CurrentTime",
    secure_key="acs:SecureTransport",
    # In this order: those whose refusal is an error come first.
    probes=(
        _ram("ListRoles", "role", "Roles.Role"),
        _regional("Vpc", "2016-04-28", "DescribeVpcs", "vpc", "Vpcs.Vpc"),
        _regional("Vpc", "2016-04-28", "DescribeVSwitches", "vswitch", "VSwitches.VSwitch"),
        _ram("ListPolicies", "policy", "Policies.Policy"),
        _regional("Ecs", "2014-05-26", "DescribeInstances", "instance", "Instances.Instance", hides=True),
    ),
    who={"product": "Sts", "version": "2015-04-01", "host": "sts.aliyuncs.com", "action": "GetCallerIdentity"},
    identity="Arn",
    script=INSIDE / "alibaba.py",
    state=(),
    kinds={
        "roles": "RoleName",
        "policies": "PolicyName",
        "vpcs": "VpcId",
        "vswitches": "VSwitchId",
        "instances": "InstanceId",
        "security_groups": "SecurityGroupId",
    },
)
