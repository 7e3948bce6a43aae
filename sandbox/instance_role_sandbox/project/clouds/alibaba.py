"""Alibaba Cloud: RAM, ECS, VPC and STS."""

from __future__ import annotations

from collections.abc import Mapping

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.clouds.cloud import INSIDE, Cloud, Probe
from pulumi_instance_role.policy.dialect import ALIBABA as DIALECT

_PRODUCTS = ("ECS", "VPC", "RAM", "STS", "LOCATION", "BSSOPENAPI")


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
    reader="instance_role_sandbox.project.clouds.read_alibaba",
    maker="instance_role_sandbox.project.clouds.make_alibaba",
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
