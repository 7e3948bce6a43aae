"""What a deploying principal needs on Tencent Cloud, resource by resource. Data only: importing this needs no SDK.

https://www.tencentcloud.com/document/product/598/10606 says how resources are named; that the rights to handle roles,
policies and users can be given for single ones is taken from how they are named there. Policies, users and groups go
by numbers that nothing knows beforehand, so they are asked for as all of a kind. Whether CVM asks for ``cam:PassRole``
is not published; it is listed, because other products of this cloud do. GetCallerIdentity asks for nothing.

Left out as not needed: ``cam:DescribeRoleList``, with which a preview counts against the quota of roles, and looks many
up at once.
"""

from __future__ import annotations

from pulumi_instance_role.policy.needs import GRANTING, Need, Needs

_ANY_ROLE = "qcs::cam::uin/{account}:roleName/*"
_ROLE = "qcs::cam::uin/{account}:roleName/{role}"
_POLICIES = "qcs::cam::uin/{account}:policyid/*"
_USERS = "qcs::cam::uin/{account}:uin/*"
_GROUPS = "qcs::cam::uin/{account}:groupid/*"
_INSTANCES = "qcs::cvm:{region}:uin/{account}:instance/*"
_INSTANCE = "qcs::cvm:{region}:uin/{account}:instance/{instance}"

_CREATING = "what is to be created is asked for as roleName/*: CAM knows nothing narrower"
_NUMBERS = "CAM names policies, users and groups by number, and a number is not known before the thing is made"
_SCANNING = "which instances hold a role is found by looking at all of a region: CVM knows no such question"

_FINDS_POLICY = Need(("cam:ListPolicies", "cam:ListEntitiesForPolicy"), (_POLICIES,), why=_NUMBERS)
_KEEPS_POLICY = Need(
    ("cam:CreatePolicy", "cam:GetPolicy", "cam:UpdatePolicy", "cam:DeletePolicy"), (_POLICIES,), why=_NUMBERS
)
_SEES_INSTANCES = Need(("cvm:DescribeInstances",), (_INSTANCES,), why=_SCANNING)

NEEDS: Needs = {
    "InstanceRole": (
        Need(("cam:CreateRole",), (_ANY_ROLE,), why=_CREATING),
        Need(
            (
                "cam:GetRole",
                "cam:TagRole",
                "cam:UntagRole",
                "cam:UpdateAssumeRolePolicy",
                "cam:UpdateRoleDescription",
                "cam:UpdateRoleSessionDuration",
                "cam:ListAttachedRolePolicies",
                "cam:DeleteRole",
            ),
            (_ROLE,),
        ),
        _SEES_INSTANCES,
        Need(("cam:DetachRolePolicy",), (_ROLE,), given="force_detach"),
        Need(("cam:ListPolicies",), (_POLICIES,), given="force_detach", why=_NUMBERS),
        Need(("cvm:ModifyInstancesAttribute",), (_INSTANCES,), given="force_detach", why=_SCANNING),
    ),
    "RolePolicy": (_FINDS_POLICY, _KEEPS_POLICY),
    "RolePolicyAttachment": (
        _FINDS_POLICY,
        Need(("cam:AttachRolePolicy", "cam:DetachRolePolicy", "cam:ListAttachedRolePolicies", "cam:GetRole"), (_ROLE,)),
    ),
    "InstanceRoleBinding": (
        _SEES_INSTANCES,
        Need(("cam:GetRole", "cam:PassRole"), (_ROLE,)),
        Need(("cvm:ModifyInstancesAttribute",), (_INSTANCE,)),
    ),
    "PassRoleGrant": (
        _FINDS_POLICY,
        Need(_KEEPS_POLICY.actions, _KEEPS_POLICY.on, why=GRANTING),
        Need(
            ("cam:GetUser", "cam:ListAttachedUserPolicies", "cam:AttachUserPolicy", "cam:DetachUserPolicy"),
            (_USERS,),
            given="user",
            why=_NUMBERS,
        ),
        Need(
            (
                "cam:ListGroups",
                "cam:GetGroup",
                "cam:ListAttachedGroupPolicies",
                "cam:AttachGroupPolicy",
                "cam:DetachGroupPolicy",
            ),
            (_GROUPS,),
            given="group",
            why=_NUMBERS,
        ),
        Need(
            ("cam:GetRole", "cam:ListAttachedRolePolicies", "cam:AttachRolePolicy", "cam:DetachRolePolicy"),
            (_ROLE,),
            given="role",
        ),
    ),
}
