"""Tencent Cloud: CAM, CVM, VPC and STS."""

from __future__ import annotations

from collections.abc import Mapping

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.clouds.cloud import INSIDE, Cloud, Probe
from pulumi_instance_role.policy.dialect import TENCENT as DIALECT

_ROWS = 200  # rows of one page of CAM's lists
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
    reader="instance_role_sandbox.project.clouds.read_tencent",
    maker="instance_role_sandbox.project.clouds.make_tencent",
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
    behind_proxy="TENCENTCLOUD_DOMAIN",
)
