"""Accounts of any size, made over the wire: roles that differ in what they may do, each held by some instances."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ServerException
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from tests.support.sandbox import Sandbox

AT_ONCE = 100
"""Instances of one call that makes them."""
PER_VPC = 2000


def fill(sandbox: Sandbox, cloud: str, *, instances: int, roles: int, policies: int) -> None:
    """An account with so many of each. The instances are shared out among the roles, the policies likewise; the first
    role may do everything, and each tenth holds a policy of the cloud as well."""
    sandbox.switch(quota_instances=instances, tencent_quota_instances=instances)
    if cloud == "alibaba":
        _alibaba(sandbox, instances, roles, policies)
    else:
        _tencent(sandbox, instances, roles, policies)


def _patiently(sandbox: Sandbox, call: Callable[..., Any], *where: str, **params: Any) -> Any:
    """A call that waits, by the account's clock, where the cloud's rate is used up."""
    for _ in range(50):
        try:
            return call(*where, **params)
        except (ServerException, TencentCloudSDKException) as error:
            code = error.get_error_code() if isinstance(error, ServerException) else error.code
            if not any(word in str(code) for word in ("Throttling", "RequestLimitExceeded")):
                raise
            sandbox.advance(1)
    raise AssertionError(f"still throttled: {where}")


def _alibaba(sandbox: Sandbox, instances: int, roles: int, policies: int) -> None:
    def call(*where: str, **params: Any) -> Any:
        return _patiently(sandbox, sandbox.call, *where, **params)

    for number in range(policies):
        statement = {
            "Effect": "Allow",
            "Action": ["oss:GetObject", "oss:PutObject", "log:Post*"][: 1 + number % 3],
            "Resource": f"acs:oss:*:*:bucket-{number}/*",
        }
        document = json.dumps({"Version": "1", "Statement": [statement]})
        call("Ram", "CreatePolicy", PolicyName=f"policy-{number}", PolicyDocument=document)
    trust = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": ["ecs.aliyuncs.com"]}}
    for number in range(roles):
        document = json.dumps({"Version": "1", "Statement": [trust]})
        call("Ram", "CreateRole", RoleName=f"role-{number}", AssumeRolePolicyDocument=document)
        on = [("Custom", f"policy-{number % policies}")]
        on += [("System", "AdministratorAccess" if number == 0 else "AliyunOSSReadOnlyAccess")] * (number % 10 == 0)
        for kind, name in on:
            call("Ram", "AttachPolicyToRole", PolicyType=kind, PolicyName=name, RoleName=f"role-{number}")
    where = {"RegionId": sandbox.region}
    image = call("Ecs", "DescribeImages", **where)["Images"]["Image"][0]["ImageId"]
    ids: list[str] = []
    for start in range(0, instances, PER_VPC):
        vpc = sandbox.make_vpc()
        made = {"VpcId": vpc["vpc"], "ZoneId": vpc["zone"], "CidrBlock": "10.0.128.0/17"}
        vswitch = call("Vpc", "CreateVSwitch", **where, **made)["VSwitchId"]
        sandbox.advance(30)
        for first in range(start, min(start + PER_VPC, instances), AT_ONCE):
            some = call(
                "Ecs", "RunInstances", **where, ImageId=image, InstanceType="ecs.g6.large", VSwitchId=vswitch,
                SecurityGroupId=vpc["group"], Amount=min(AT_ONCE, instances - first), InstanceName=f"app-{first}",
            )  # fmt: skip
            ids += some["InstanceIdSets"]["InstanceIdSet"]
        sandbox.advance(120)
    for number in range(roles):
        mine = ids[number::roles]
        for first in range(0, len(mine), 100):
            listed = json.dumps(mine[first : first + 100])
            call("Ecs", "AttachInstanceRamRole", **where, RamRoleName=f"role-{number}", InstanceIds=listed)


def _tencent(sandbox: Sandbox, instances: int, roles: int, policies: int) -> None:
    side = sandbox.tencent

    def call(*where: str, **params: Any) -> Any:
        return _patiently(sandbox, side.call, *where, **params)

    for number in range(policies):
        statement = {
            "effect": "allow",
            "action": ["cos:GetObject", "cos:PutObject", "cls:Upload*"][: 1 + number % 3],
            "resource": [f"qcs::cos:::bucket-{number}/*"],
        }
        document = json.dumps({"version": "2.0", "statement": [statement]})
        call("cam", "CreatePolicy", PolicyName=f"policy-{number}", PolicyDocument=document)
    trust = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": {"service": ["cvm.qcloud.com"]}}
    for number in range(roles):
        document = json.dumps({"version": "2.0", "statement": [trust]})
        call("cam", "CreateRole", RoleName=f"role-{number}", PolicyDocument=document)
        names = [f"policy-{number % policies}"]
        names += ["AdministratorAccess" if number == 0 else "QcloudCOSReadOnlyAccess"] * (number % 10 == 0)
        for name in names:
            call("cam", "AttachRolePolicy", PolicyName=name, AttachRoleName=f"role-{number}")
    ids: list[str] = []
    image = call("cvm", "DescribeImages")["ImageSet"][0]["ImageId"]
    for start in range(0, instances, PER_VPC):
        vpc = side.make_vpc()
        made = {"VpcId": vpc["vpc"], "SubnetName": "large", "Zone": vpc["zone"], "CidrBlock": "10.0.128.0/17"}
        subnet = call("vpc", "CreateSubnet", **made)["Subnet"]["SubnetId"]
        for first in range(start, min(start + PER_VPC, instances), AT_ONCE):
            some = call(
                "cvm", "RunInstances", Placement={"Zone": vpc["zone"]}, ImageId=image, SecurityGroupIds=[vpc["group"]],
                VirtualPrivateCloud={"VpcId": vpc["vpc"], "SubnetId": subnet},
                InstanceCount=min(AT_ONCE, instances - first), InstanceName=f"app-{first}",
            )  # fmt: skip
            ids += some["InstanceIdSet"]
        side.settle(60)
    for number in range(roles):
        mine = ids[number::roles]
        for first in range(0, len(mine), 100):
            call("cvm", "ModifyInstancesAttribute", InstanceIds=mine[first : first + 100], CamRoleName=f"role-{number}")
    side.settle(60)


def asks(cloud: str, *, instances: int, roles: int, policies: int) -> Counter[str]:
    """The calls that an inventory of such an account makes, without its keys: pages, and so many for each role."""
    distinct = policies + 2  # those of the cloud that :func:`fill` puts on some roles
    if cloud == "tencent":
        return Counter(
            {
                "GetCallerIdentity": 1,
                "DescribeInstances": -(-instances // 100),
                "DescribeRoleList": -(-roles // 200),
                "ListAttachedRolePolicies": roles,
                "GetPolicy": distinct,
            }
        )
    return Counter(
        {
            "GetCallerIdentity": 1,
            "DescribeInstances": -(-instances // 100),
            "DescribeInstanceRamRole": -(-instances // 50),
            "ListRoles": -(-roles // 1000),
            "ListTagResources": -(-roles // 50) + -(-policies // 50),
            "GetRole": roles,
            "ListPoliciesForRole": roles,
            "GetPolicy": distinct,
        }
    )
