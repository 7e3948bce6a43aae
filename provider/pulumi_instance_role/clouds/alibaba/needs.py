"""What a deploying principal needs on Alibaba Cloud, resource by resource. Data only: importing this needs no SDK.

The pages of the operations that :mod:`.roles`, :mod:`.policies`, :mod:`.grants`, :mod:`.instances` and :mod:`.binding`
name say what is asked for; in short https://www.alibabacloud.com/help/en/ram/developer-reference/ram-authentication-rules
and https://www.alibabacloud.com/help/en/ecs/developer-reference/authorization-rules-for-ram-users. Where an operation
knows nothing narrower than ``*``, the reason stands beside it. GetCallerIdentity asks for nothing.

Left out as not needed: ``ram:ListRoles`` and ``ram:ListPolicies``, with which a preview counts against the quotas, and
looks many up at once.
"""

from __future__ import annotations

from pulumi_instance_role.policy.needs import GRANTING, Need, Needs

_ANY_ROLE = "acs:ram:*:{account}:role/*"
_ROLE = "acs:ram:*:{account}:role/{role}"
_ANY_POLICY = "acs:ram:*:{account}:policy/*"
_POLICY = "acs:ram:*:{account}:policy/{policy}"
_EITHER_POLICY = "acs:ram:*:{policy_owner}:policy/{policy}"  # a system policy belongs to the account "system"
_INSTANCE = "acs:ecs:{region}:{account}:instance/{instance}"

_CREATING = "what is to be created is asked for as role/* and policy/*: RAM knows nothing narrower"
_READING = "ECS knows no permission to describe single instances"
_TAKING_AWAY = "ecs:DetachInstanceRamRole knows no single instances: it can take any role off any instance"

_SEES_INSTANCES = Need(
    ("ecs:DescribeInstances", "ecs:DescribeInstanceAttribute", "ecs:DescribeInstanceRamRole"), ("*",), why=_READING
)
_TAKES_AWAY = ("ecs:DetachInstanceRamRole",)
_MAKES_POLICY = Need(("ram:CreatePolicy",), (_ANY_POLICY,), why=_CREATING)
_KEEPS_POLICY = (
    "ram:GetPolicy",
    "ram:ListTagResources",
    "ram:TagResources",
    "ram:ListPolicyVersions",
    "ram:GetPolicyVersion",
    "ram:CreatePolicyVersion",
    "ram:SetDefaultPolicyVersion",
    "ram:DeletePolicyVersion",
    "ram:ListEntitiesForPolicy",
    "ram:DeletePolicy",
)


def _holding(kind: str, called: str) -> tuple[Need, ...]:
    """What putting a policy on that kind of principal needs."""
    principal = f"acs:ram:*:{{account}}:{kind}/{{{kind}}}"
    return (
        Need(
            (f"ram:AttachPolicyTo{called}", f"ram:DetachPolicyFrom{called}"),
            (principal, _POLICY),
            given=kind,
            why=GRANTING,
        ),
        Need((f"ram:ListPoliciesFor{called}",), (principal,), given=kind),
    )


NEEDS: Needs = {
    "InstanceRole": (
        Need(("ram:CreateRole",), (_ANY_ROLE,), why=_CREATING),
        Need(
            (
                "ram:GetRole",
                "ram:ListTagResources",
                "ram:TagResources",
                "ram:UntagResources",
                "ram:UpdateRole",
                "ram:ListPoliciesForRole",
                "ram:DeleteRole",
            ),
            (_ROLE,),
        ),
        _SEES_INSTANCES,  # a role that instances hold is not deleted
        Need(
            ("ram:DetachPolicyFromRole",),
            (_ROLE, _ANY_POLICY, "acs:ram:*:system:policy/*"),
            given="force_detach",
            why="force_detach takes off whatever policy others put on the role",
        ),
        Need(_TAKES_AWAY, ("*",), given="force_detach", why=_TAKING_AWAY),
    ),
    "RolePolicy": (
        _MAKES_POLICY,
        Need((*_KEEPS_POLICY, "ram:UntagResources", "ram:UpdatePolicyDescription"), (_POLICY,)),
    ),
    "RolePolicyAttachment": (
        Need(("ram:AttachPolicyToRole", "ram:DetachPolicyFromRole"), (_ROLE, _EITHER_POLICY)),
        Need(("ram:ListPoliciesForRole", "ram:GetRole", "ram:ListTagResources"), (_ROLE,)),
        Need(("ram:ListEntitiesForPolicy", "ram:GetPolicy", "ram:ListTagResources"), (_EITHER_POLICY,)),
    ),
    "InstanceRoleBinding": (
        _SEES_INSTANCES,
        Need(("ram:GetRole", "ram:ListTagResources", "ram:PassRole"), (_ROLE,)),
        Need(("ecs:AttachInstanceRamRole",), (_INSTANCE, _ROLE)),
        Need(_TAKES_AWAY, ("*",), why=_TAKING_AWAY),
    ),
    "PassRoleGrant": (
        _MAKES_POLICY,
        Need(_KEEPS_POLICY, (_POLICY,)),
        *_holding("user", "User"),
        *_holding("group", "Group"),
        *_holding("role", "Role"),
    ),
}
