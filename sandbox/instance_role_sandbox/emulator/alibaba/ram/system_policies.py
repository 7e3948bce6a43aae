"""System policies: the names are Alibaba Cloud's, the documents are the emulator's own.

They say what the name promises and no more; the real ones are longer and change over time. A name that is not here
does not exist in the emulator.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

CREATED = "2015-04-28T17:38:49Z"


@dataclass(frozen=True)
class SystemPolicy:
    """One policy that every account has."""

    name: str
    description: str
    document: str


def _policy(name: str, description: str, *statements: tuple[list[str] | str, str]) -> SystemPolicy:
    """A policy that allows each of the given actions on a resource pattern."""
    document = {
        "Version": "1",
        "Statement": [{"Action": actions, "Resource": resource, "Effect": "Allow"} for actions, resource in statements],
    }
    return SystemPolicy(name, description, json.dumps(document))


_ALL = (
    _policy("AdministratorAccess", "Full access to all resources of the account.", ("*", "*")),
    _policy(
        "ReadOnlyAccess",
        "Read access to all resources of the account.",
        (["*:Describe*", "*:List*", "*:Get*", "*:BatchGet*", "*:Query*", "*:BatchQuery*"], "*"),
    ),
    _policy(
        "AliyunECSFullAccess", "Full access to ECS.", (["ecs:*", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"], "*")
    ),
    _policy(
        "AliyunECSReadOnlyAccess",
        "Read access to ECS.",
        (["ecs:Describe*", "ecs:List*", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"], "*"),
    ),
    _policy("AliyunVPCFullAccess", "Full access to VPC.", ("vpc:*", "*")),
    _policy("AliyunVPCReadOnlyAccess", "Read access to VPC.", (["vpc:Describe*", "vpc:List*", "vpc:Get*"], "*")),
    _policy("AliyunRAMFullAccess", "Full access to RAM.", ("ram:*", "*")),
    _policy("AliyunRAMReadOnlyAccess", "Read access to RAM.", (["ram:Get*", "ram:List*"], "*")),
    _policy("AliyunSTSAssumeRoleAccess", "May assume roles.", ("sts:AssumeRole", "*")),
    _policy("AliyunOSSFullAccess", "Full access to OSS.", ("oss:*", "*")),
    _policy("AliyunOSSReadOnlyAccess", "Read access to OSS.", (["oss:Get*", "oss:List*"], "*")),
    _policy("AliyunLogFullAccess", "Full access to Log Service.", ("log:*", "*")),
    _policy("AliyunLogReadOnlyAccess", "Read access to Log Service.", (["log:Get*", "log:List*", "log:Query*"], "*")),
    _policy("AliyunRDSFullAccess", "Full access to RDS.", ("rds:*", "*")),
    _policy("AliyunRDSReadOnlyAccess", "Read access to RDS.", ("rds:Describe*", "*")),
    _policy("AliyunSLBFullAccess", "Full access to SLB.", ("slb:*", "*")),
    _policy("AliyunSLBReadOnlyAccess", "Read access to SLB.", ("slb:Describe*", "*")),
    _policy("AliyunCloudMonitorFullAccess", "Full access to CloudMonitor.", ("cms:*", "*")),
    _policy("AliyunKMSFullAccess", "Full access to KMS.", ("kms:*", "*")),
    _policy("AliyunContainerRegistryFullAccess", "Full access to Container Registry.", ("cr:*", "*")),
    _policy(
        "AliyunContainerRegistryReadOnlyAccess", "Read access to Container Registry.", (["cr:Get*", "cr:List*"], "*")
    ),
)

SYSTEM_POLICIES: dict[str, SystemPolicy] = {policy.name: policy for policy in _ALL}
