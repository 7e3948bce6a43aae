"""What each action asks permission for: its parameters in the test, and the resources a policy has to name.

Written from the clouds' pages on authorization (facts: sections "Authorization" and "Permissions"), not from the code.
What the rows name does not exist, so that a call that is allowed changes nothing: it ends in the action's own error.
``{me}`` is the account's number, ``{at}`` the region.
"""

from __future__ import annotations

import json
from typing import Any

Row = tuple[dict[str, Any], tuple[str, ...]]

ANY = ("*",)
_RAM = "acs:ram:*:{me}:"
_ECS = "acs:ecs:{at}:{me}:"
_VPC = "acs:vpc:{at}:{me}:"


def _many(actions: str, params: dict[str, Any], *resources: str) -> dict[str, Row]:
    return dict.fromkeys(actions.split(), (params, resources))


_ROLE, _POLICY = {"RoleName": "ghost"}, {"PolicyName": "ghost", "PolicyType": "Custom"}
_USER, _GROUP = {"UserName": "ghost"}, {"GroupName": "ghost"}
RAM: dict[str, Row] = {
    **_many("CreateRole ListRoles", {}, f"{_RAM}role/*"),
    **_many("GetRole UpdateRole DeleteRole ListPoliciesForRole", _ROLE, f"{_RAM}role/ghost"),
    **_many("CreatePolicy ListPolicies", {}, f"{_RAM}policy/*"),
    **_many(
        "GetPolicy DeletePolicy UpdatePolicyDescription CreatePolicyVersion GetPolicyVersion ListPolicyVersions"
        " SetDefaultPolicyVersion DeletePolicyVersion ListEntitiesForPolicy",
        _POLICY,
        f"{_RAM}policy/ghost",
    ),
    **_many("AttachPolicyToRole DetachPolicyFromRole", _POLICY | _ROLE, f"{_RAM}role/ghost", f"{_RAM}policy/ghost"),
    **_many("AttachPolicyToUser DetachPolicyFromUser", _POLICY | _USER, f"{_RAM}user/ghost", f"{_RAM}policy/ghost"),
    **_many("AttachPolicyToGroup DetachPolicyFromGroup", _POLICY | _GROUP, f"{_RAM}group/ghost", f"{_RAM}policy/ghost"),
    **_many("CreateUser ListUsers", {}, f"{_RAM}user/*"),
    **_many(
        "GetUser UpdateUser DeleteUser ListPoliciesForUser ListGroupsForUser CreateAccessKey ListAccessKeys"
        " UpdateAccessKey DeleteAccessKey",
        _USER,
        f"{_RAM}user/ghost",
    ),
    **_many("CreateGroup ListGroups", {}, f"{_RAM}group/*"),
    **_many("GetGroup UpdateGroup DeleteGroup ListPoliciesForGroup ListUsersForGroup", _GROUP, f"{_RAM}group/ghost"),
    **_many("AddUserToGroup RemoveUserFromGroup", _USER | _GROUP, f"{_RAM}user/ghost", f"{_RAM}group/ghost"),
    **_many(
        "TagResources UntagResources ListTagResources",
        {"ResourceType": "role", "ResourceNames": '["ghost"]'},
        f"{_RAM}role/ghost",
    ),
}
SYSTEM_POLICY: Row = (
    {"PolicyName": "ReadOnlyAccess", "PolicyType": "System"},
    ("acs:ram:*:system:policy/ReadOnlyAccess",),
)

_INSTANCE = {"InstanceId": "i-ghost"}
_BOTH = json.dumps(["i-ghost", "i-spook"])
ECS: dict[str, Row] = {
    "AttachInstanceRamRole": (
        {"RamRoleName": "ghost", "InstanceIds": _BOTH},
        (f"{_ECS}instance/i-ghost", f"{_ECS}instance/i-spook", f"{_RAM}role/ghost"),
    ),
    **_many("DetachInstanceRamRole", {"InstanceIds": _BOTH}, *ANY),
    **_many("RunInstances", {}, *ANY),
    **_many("DeleteInstances", {"InstanceId": ["i-ghost"]}, f"{_ECS}instance/i-ghost"),
    **_many(
        "StartInstance StopInstance RebootInstance DeleteInstance DescribeInstanceAttribute DescribeUserData"
        " ModifyInstanceAttribute ModifyInstanceMetadataOptions ModifyInstanceSpec ModifyInstanceNetworkSpec"
        " AllocatePublicIpAddress ModifyInstanceAutoReleaseTime ModifyInstanceVpcAttribute JoinSecurityGroup"
        " LeaveSecurityGroup ReplaceSystemDisk",
        _INSTANCE,
        f"{_ECS}instance/i-ghost",
    ),
    **_many("ModifyDiskAttribute ResizeDisk", {"DiskId": "d-ghost"}, f"{_ECS}disk/d-ghost"),
    **_many(
        "ModifySecurityGroupAttribute ModifySecurityGroupPolicy DeleteSecurityGroup DescribeSecurityGroupAttribute"
        " AuthorizeSecurityGroup AuthorizeSecurityGroupEgress RevokeSecurityGroup RevokeSecurityGroupEgress"
        " ModifySecurityGroupRule ModifySecurityGroupEgressRule",
        {"SecurityGroupId": "sg-ghost"},
        f"{_ECS}securitygroup/sg-ghost",
    ),
    **_many(
        "TagResources UntagResources",
        {"ResourceType": "instance", "ResourceId": ["i-ghost"]},
        f"{_ECS}instance/i-ghost",
    ),
    **_many(
        "JoinResourceGroup",
        {"ResourceType": "instance", "ResourceId": "i-ghost", "ResourceGroupId": "rg-1"},
        f"{_ECS}instance/i-ghost",
    ),
}

VPC: dict[str, Row] = {
    **_many("CreateVpc CreateDefaultVpc", {"CidrBlock": "1.1.1.1/1"}, f"{_VPC}vpc/*"),
    **_many("CreateVSwitch", {"VpcId": "vpc-ghost"}, f"{_VPC}vpc/vpc-ghost"),
    **_many(
        "DescribeVpcAttribute ModifyVpcAttribute DeleteVpc AssociateVpcCidrBlock UnassociateVpcCidrBlock"
        " EnableVpcClassicLink DisableVpcClassicLink",
        {"VpcId": "vpc-ghost"},
        f"{_VPC}vpc/vpc-ghost",
    ),
    **_many(
        "DescribeVSwitchAttributes ModifyVSwitchAttribute DeleteVSwitch",
        {"VSwitchId": "vsw-ghost"},
        f"{_VPC}vswitch/vsw-ghost",
    ),
    **_many(
        "TagResources UnTagResources", {"ResourceType": "VPC", "ResourceId": ["vpc-ghost"]}, f"{_VPC}vpc/vpc-ghost"
    ),
    **_many("DescribeVpcs DescribeVSwitches DescribeRegions DescribeZones", {}, *ANY),
}

STS: dict[str, Row] = {
    "AssumeRole": (
        {"RoleArn": "acs:ram::{me}:role/ghost", "RoleSessionName": "me"},
        ("acs:ram::{me}:role/ghost",),
    )
}
ALIBABA = {"Ram": RAM, "Ecs": ECS, "Vpc": VPC, "Sts": STS}

_CAM = "qcs::cam::uin/{me}:"
_CVM = "qcs::cvm:{at}:uin/{me}:"
_NET = "qcs::vpc:{at}:uin/{me}:"
_PAGE = {"Page": 1, "Rp": 20}
CAM: dict[str, Row] = {
    **_many("GetRole DeleteRole", _ROLE, f"{_CAM}roleName/ghost"),
    "CreateRole": ({**_ROLE, "PolicyDocument": "x"}, (f"{_CAM}roleName/ghost",)),
    "UpdateAssumeRolePolicy": ({**_ROLE, "PolicyDocument": "x"}, (f"{_CAM}roleName/ghost",)),
    "UpdateRoleDescription": ({**_ROLE, "Description": "x"}, (f"{_CAM}roleName/ghost",)),
    "UpdateRoleConsoleLogin": ({**_ROLE, "ConsoleLogin": 0}, (f"{_CAM}roleName/ghost",)),
    "UpdateRoleSessionDuration": ({**_ROLE, "SessionDuration": 1}, (f"{_CAM}roleName/ghost",)),
    "TagRole": ({**_ROLE, "Tags": [{"Key": "a", "Value": "b"}]}, (f"{_CAM}roleName/ghost",)),
    "UntagRole": ({**_ROLE, "TagKeys": ["a"]}, (f"{_CAM}roleName/ghost",)),
    "AttachRolePolicy": ({"AttachRoleName": "ghost", "PolicyId": 5}, (f"{_CAM}roleName/ghost",)),
    "DetachRolePolicy": ({"DetachRoleName": "ghost", "PolicyId": 5}, (f"{_CAM}roleName/ghost",)),
    "ListAttachedRolePolicies": ({**_ROLE, **_PAGE}, (f"{_CAM}roleName/ghost",)),
    "DeleteServiceLinkedRole": (_ROLE, (f"{_CAM}roleName/ghost",)),
    "DescribeRoleList": (_PAGE, (f"{_CAM}roleName/*",)),
    "CreatePolicy": ({"PolicyName": "ghost", "PolicyDocument": "x"}, (f"{_CAM}policyid/*",)),
    **_many("ListPolicies", {}, f"{_CAM}policyid/*"),
    **_many("GetPolicy ListPolicyVersions ListEntitiesForPolicy", {"PolicyId": 5}, f"{_CAM}policyid/5"),
    "UpdatePolicy": ({"PolicyId": 5, "Description": "x"}, (f"{_CAM}policyid/5",)),
    "DeletePolicy": ({"PolicyId": [5, 6]}, (f"{_CAM}policyid/5", f"{_CAM}policyid/6")),
    "CreatePolicyVersion": ({"PolicyId": 5, "PolicyDocument": "x", "SetAsDefault": True}, (f"{_CAM}policyid/5",)),
    **_many("GetPolicyVersion SetDefaultPolicyVersion", {"PolicyId": 5, "VersionId": 1}, f"{_CAM}policyid/5"),
    "DeletePolicyVersion": ({"PolicyId": 5, "VersionId": [1]}, (f"{_CAM}policyid/5",)),
    "AddUser": ({"Name": "a b"}, (f"{_CAM}uin/*",)),
    **_many("ListUsers", {}, f"{_CAM}uin/*"),
    "AttachUserPolicy": ({"AttachUin": 7, "PolicyId": 5}, (f"{_CAM}uin/7",)),
    "DetachUserPolicy": ({"DetachUin": 7, "PolicyId": 5}, (f"{_CAM}uin/7",)),
    "ListAttachedUserPolicies": ({"TargetUin": 7}, (f"{_CAM}uin/7",)),
    "ListAttachedUserAllPolicies": ({"TargetUin": 7, "AttachType": 0, **_PAGE}, (f"{_CAM}uin/7",)),
    "ListGroupsForUser": ({"SubUin": 7}, (f"{_CAM}uin/7",)),
    **_many("CreateAccessKey ListAccessKeys", {"TargetUin": 7}, f"{_CAM}uin/7"),
    "UpdateAccessKey": ({"TargetUin": 7, "AccessKeyId": "x", "Status": "Active"}, (f"{_CAM}uin/7",)),
    "DeleteAccessKey": ({"TargetUin": 7, "AccessKeyId": "x"}, (f"{_CAM}uin/7",)),
    "CreateGroup": ({"GroupName": ""}, (f"{_CAM}groupid/*",)),
    **_many("ListGroups", {}, f"{_CAM}groupid/*"),
    **_many("GetGroup UpdateGroup DeleteGroup ListUsersForGroup", {"GroupId": 8}, f"{_CAM}groupid/8"),
    "AttachGroupPolicy": ({"AttachGroupId": 8, "PolicyId": 5}, (f"{_CAM}groupid/8",)),
    "DetachGroupPolicy": ({"DetachGroupId": 8, "PolicyId": 5}, (f"{_CAM}groupid/8",)),
    "ListAttachedGroupPolicies": ({"TargetGroupId": 8}, (f"{_CAM}groupid/8",)),
    **_many(
        "AddUserToGroup RemoveUserFromGroup",
        {"Info": [{"GroupId": 8, "Uin": 7}]},
        f"{_CAM}groupid/8",
        f"{_CAM}uin/7",
    ),
}
_TWO = ["ins-ghost001", "ins-ghost002"]
CVM: dict[str, Row] = {
    "ModifyInstancesAttribute": (
        {"InstanceIds": _TWO, "CamRoleName": ""},
        (f"{_CVM}instance/ins-ghost001", f"{_CVM}instance/ins-ghost002"),
    ),
    **_many(
        "StartInstances StopInstances RebootInstances TerminateInstances DescribeInstances DescribeInstancesStatus",
        {"InstanceIds": _TWO},
        f"{_CVM}instance/ins-ghost001",
        f"{_CVM}instance/ins-ghost002",
    ),
    **_many("RunInstances", {}, f"{_CVM}instance/*"),
    **_many("DescribeRegions DescribeZones DescribeImages DescribeInstanceTypeConfigs", {}, *ANY),
}
NET: dict[str, Row] = {
    "CreateVpc": ({"VpcName": ""}, (f"{_NET}vpc/*",)),
    **_many("DescribeVpcs", {}, f"{_NET}vpc/*"),
    "DeleteVpc": ({"VpcId": "vpc-ghost"}, (f"{_NET}vpc/vpc-ghost",)),
    "CreateSubnet": (
        {"VpcId": "vpc-ghost", "SubnetName": "x", "Zone": "x", "CidrBlock": "x"},
        (f"{_NET}vpc/vpc-ghost",),
    ),
    **_many("DescribeSubnets", {}, f"{_NET}subnet/*"),
    "DeleteSubnet": ({"SubnetId": "subnet-ghost"}, (f"{_NET}subnet/subnet-ghost",)),
    "CreateSecurityGroup": ({"GroupName": "", "GroupDescription": ""}, (f"{_NET}sg/*",)),
    **_many("DescribeSecurityGroups", {}, f"{_NET}sg/*"),
    "DeleteSecurityGroup": ({"SecurityGroupId": "sg-ghost"}, (f"{_NET}sg/sg-ghost",)),
}
TOKENS: dict[str, Row] = {
    "AssumeRole": (
        {"RoleArn": "qcs::cam::uin/{me}:roleName/ghost", "RoleSessionName": "me"},
        ("qcs::cam::uin/{me}:roleName/ghost",),
    )
}
TENCENT = {"cam": CAM, "cvm": CVM, "vpc": NET, "sts": TOKENS}
