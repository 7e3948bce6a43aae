"""Rules about roles that can get more than they are given: known ways, as a table, each with the page that tells of it.

A way is open when a role gains one of its actions on anything. Whether it leads somewhere depends on what there is in
the account (another instance with a stronger role, a function with one), which a preview does not say.

Limits: ways that nobody wrote down are not here. Where a system policy's document cannot be read, its name decides, for
the few that are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from pulumi_instance_role.language import listing, pair, plural, say
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.wildcard import literal
from pulumi_instance_role.review.model import Grant, Role
from pulumi_instance_role.review.rules.base import Context, Hit, Rule, listed
from pulumi_instance_role.review.rules.permissions import any_role, new_holders
from pulumi_instance_role.review.sizes import gives, service_in

OWN, OTHERS = "privilege-escalation", "acts-as-others"
_A = "https://www.alibabacloud.com/help/en"
_T = "https://www.tencentcloud.com/document/product"
_RAM = f"{_A}/ram/developer-reference/api-ram-2015-05-01-ram"
_IMS = f"{_A}/ram/developer-reference/api-ims-2019-08-15-ram"
_ASSISTANT = f"{_A}/ecs/user-guide/use-ram-to-implement-permission-control"
_ECS = f"{_A}/ecs/developer-reference/api-ecs-2014-05-26-ram"


@dataclass(frozen=True)
class Way:
    """A way to more: any of ``actions`` opens it. ``gets`` goes on from "may"."""

    rule: str
    cloud: str
    gets: str
    actions: tuple[str, ...]
    page: str
    policies: tuple[str, ...] = ()
    """System policies that open it, known by name where their documents are not."""


WAYS: tuple[Way, ...] = (
    Way(OWN, "alibaba", "put another document in force in a policy that it holds",
        ("ram:CreatePolicyVersion", "ram:SetDefaultPolicyVersion"), _RAM),
    Way(OWN, "alibaba", "put any policy on itself or on another that it controls",
        ("ram:AttachPolicyToUser", "ram:AttachPolicyToGroup", "ram:AttachPolicyToRole", "ram:AttachPolicy",
         "resourcemanager:AttachPolicy"), _RAM),
    Way(OWN, "alibaba", "take off a policy that denies it something", ("ram:DetachPolicyFromRole",), _RAM),
    Way(OWN, "alibaba", "change who may assume a role", ("ram:UpdateRole",), _RAM),
    Way(OWN, "alibaba", "put users into groups", ("ram:AddUserToGroup", "ims:AddUserToGroup"), _RAM),
    Way(OWN, "alibaba", "make keys for users", ("ram:CreateAccessKey", "ims:CreateAccessKey"), _RAM),
    Way(OWN, "alibaba", "set passwords of users",
        ("ram:CreateLoginProfile", "ram:UpdateLoginProfile", "ims:CreateLoginProfile", "ims:UpdateLoginProfile"),
        _RAM),
    Way(OWN, "alibaba", "change which identity provider is trusted",
        ("ims:UpdateSAMLProvider", "ims:UpdateOIDCProvider", "ims:AddFingerprintToOIDCProvider",
         "ims:AddClientIdToOIDCProvider"), _IMS),
    Way(OTHERS, "alibaba", "run commands on instances, with the rights of the roles that these hold",
        ("ecs:RunCommand", "ecs:InvokeCommand", "ecs:CreateCommand", "ecs:ModifyCommand"), _ASSISTANT,
        ("AliyunECSAssistantFullAccess", "AliyunCloudAssistantFullAccess")),
    Way(OTHERS, "alibaba", "put files on instances, or open a session on them",
        ("ecs:SendFile", "ecs:StartTerminalSession"), _ASSISTANT),
    Way(OTHERS, "alibaba", "change passwords, keys or user data of instances",
        ("ecs:ModifyInstanceAttribute", "ecs:AttachKeyPair"), _ECS),
    Way(OTHERS, "alibaba", "give instances another role", ("ecs:AttachInstanceRamRole",),
        f"{_A}/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance"),
    Way(OTHERS, "alibaba", "change launch templates, which carry a role and what runs at the start",
        ("ecs:CreateLaunchTemplateVersion", "ecs:ModifyLaunchTemplateDefaultVersion"), _ECS),
    Way(OTHERS, "alibaba", "change scaling configurations, which carry a role and what runs at the start",
        ("ess:CreateScalingConfiguration", "ess:ModifyScalingConfiguration", "ess:CreateEciScalingConfiguration",
         "ess:ModifyEciScalingConfiguration"), f"{_A}/auto-scaling/developer-reference/api-ess-2022-02-22-ram"),
    Way(OTHERS, "alibaba", "change functions, which run with a role",
        ("fc:CreateFunction", "fc:UpdateFunction"),
        f"{_A}/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-ram"),
    Way(OTHERS, "alibaba", "have stacks made or changed with the role of the stack",
        ("ros:CreateStack", "ros:UpdateStack", "ros:ExecuteChangeSet", "ros:CreateStackInstances"),
        "https://help.aliyun.com/en/ros/developer-reference/api-ros-2019-09-10-createstack"),
    Way(OTHERS, "alibaba", "run or change automation templates, which run with a role",
        ("oos:StartExecution", "oos:TriggerExecution", "oos:CreateTemplate", "oos:UpdateTemplate"),
        f"{_A}/operation-orchestration-service/latest/ram-authorization-policies"),
    Way(OTHERS, "alibaba", "get a cluster's kubeconfig",
        ("cs:DescribeClusterUserKubeconfig", "cs:DescribeClusterV2UserKubeconfig"),
        "https://www.alibabacloud.com/help/doc-detail/183915.htm"),
    Way(OTHERS, "alibaba", "assume roles", (), f"{_A}/ram/developer-reference/api-sts-2015-04-01-assumerole",
        ("AliyunSTSAssumeRoleAccess",)),
    Way(OWN, "tencent", "put another document in force in a policy that it holds",
        ("cam:UpdatePolicy", "cam:CreatePolicyVersion", "cam:SetDefaultPolicyVersion"), f"{_T}/598/34578"),
    Way(OWN, "tencent", "put any policy on itself or on another that it controls",
        ("cam:AttachUserPolicy", "cam:AttachGroupPolicy", "cam:AttachRolePolicy", "cam:AttachUserPolicies"),
        f"{_T}/598/34579"),
    Way(OWN, "tencent", "take off what limits it",
        ("cam:DetachRolePolicy", "cam:DeleteRolePermissionsBoundary", "cam:PutRolePermissionsBoundary"),
        f"{_T}/598/33562"),
    Way(OWN, "tencent", "change who may assume a role", ("cam:UpdateAssumeRolePolicy",), f"{_T}/598/33561"),
    Way(OWN, "tencent", "put users into groups", ("cam:AddUserToGroup",), f"{_T}/598/32254"),
    Way(OWN, "tencent", "make keys for users, or set their passwords", ("cam:CreateAccessKey", "cam:UpdateUser"),
        f"{_T}/598/32254"),
    Way(OWN, "tencent", "change which identity provider is trusted",
        ("cam:UpdateSAMLProvider", "cam:UpdateOIDCConfig", "cam:UpdateUserSAMLConfig", "cam:UpdateUserOIDCConfig"),
        f"{_T}/598/32254"),
    Way(OTHERS, "tencent", "run commands on instances, with the rights of the roles that these hold",
        ("tat:RunCommand", "tat:InvokeCommand", "tat:CreateCommand", "tat:ModifyCommand", "tat:CreateInvoker",
         "tat:ModifyInvoker"), f"{_T}/1147/46037", ("QcloudTATFullAccess",)),
    Way(OTHERS, "tencent", "give instances another role", ("cvm:ModifyInstancesAttribute",), f"{_T}/213/15739"),
    Way(OTHERS, "tencent", "change launch templates, which carry a role and what runs at the start",
        ("cvm:CreateLaunchTemplateVersion", "cvm:ModifyLaunchTemplateDefaultVersion"), f"{_T}/213/45361"),
    Way(OTHERS, "tencent", "change launch configurations, which carry a role and what runs at the start",
        ("as:CreateLaunchConfiguration", "as:ModifyLaunchConfigurationAttributes", "as:UpgradeLaunchConfiguration"),
        f"{_T}/377/31001"),
    Way(OTHERS, "tencent", "change functions, which run with a role",
        ("scf:CreateFunction", "scf:UpdateFunctionCode", "scf:UpdateFunctionConfiguration", "scf:CopyFunction"),
        f"{_T}/583/38176"),
    Way(OTHERS, "tencent", "become the administrator of a cluster", ("tke:AcquireClusterAdminRole",),
        f"{_T}/457/38530"),
)  # fmt: skip
"""Known ways. The first page of several that tell of one is given."""

_PASS = pair("may pass {roles}, and so act as that", "may pass {roles}, and so act as those")
_ASSUME = pair("may assume {roles}, and so act as that", "may assume {roles}, and so act as those")
TAKING: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "alibaba": {"ram:PassRole": _PASS, "sts:AssumeRole": _ASSUME},
    "tencent": {"cam:PassRole": _PASS, "sts:AssumeRole": _ASSUME},
}
"""Actions that are about one role each, named in their resource -> what to say of a role that may do them."""


def _own(context: Context) -> Iterable[Hit]:
    yield from _open(context, OWN)


def _others(context: Context) -> Iterable[Hit]:
    yield from _open(context, OTHERS)


def _open(context: Context, rule: str) -> Iterator[Hit]:
    """One hit for all ways that a role gains from the same policies."""
    for role in context.review.roles:
        found: dict[tuple[str, ...], dict[Way, set[str]]] = {}
        reached: dict[tuple[str, ...], set[str]] = {}
        for grant in context.grants(role):
            for way, action in _ways(grant, role.cloud, rule, context.dialect(role.cloud)):
                found.setdefault(grant.policies, {}).setdefault(way, set()).add(action)
                reached.setdefault(grant.policies, set()).update(context.gaining(role, (grant,)))
        for way, policy in _by_name(context, role, rule):
            found.setdefault((policy,), {}).setdefault(way, set()).add(context.policies[policy].name)
            reached.setdefault((policy,), set()).update(new_holders(context, role, {policy}))
        for policies, ways in found.items():
            said = [
                say("{way} ({actions})", way=say(way.gets), actions=listed(ways[way])) for way in WAYS if way in ways
            ]
            subject = listed((action for actions in ways.values() for action in actions), 99)
            message = say("may {ways}", ways=listing(said[:3], "; "))
            if len(said) > 3:
                message = plural(
                    "{message}; and {number} more way",
                    "{message}; and {number} more ways",
                    len(said) - 3,
                    message=message,
                )
            page = next(way.page for way in WAYS if way in ways)
            yield replace(context.allowed(role, policies, message, subject, reached[policies]), url=page)


def _ways(grant: Grant, cloud: str, rule: str, dialect: Dialect) -> Iterator[tuple[Way, str]]:
    """The ways that a permission opens, and by which action. A statement may name hundreds: few are looked at."""
    table = _table(cloud, rule, dialect)
    near: dict[str, list[str]] = {}
    for text in grant.actions:
        patterns = [dialect.fold_action(one) for one in text.split(" & ")]
        exact = next((one for one in patterns if not ("*" in one or "?" in one)), None)
        start = max((literal(one) for one in patterns), key=len)
        for action in [exact] if exact is not None else [one for one in table if one.startswith(start)]:
            near.setdefault(action, []).append(text)
    for action, texts in near.items():
        if action in table and gives(replace(grant, actions=tuple(texts)), table[action][1], dialect):
            yield table[action]


@cache
def _table(cloud: str, rule: str, dialect: Dialect) -> dict[str, tuple[Way, str]]:
    mine = [way for way in WAYS if (way.cloud, way.rule) == (cloud, rule)]
    return {dialect.fold_action(action): (way, action) for way in mine for action in way.actions}


def _by_name(context: Context, role: Role, rule: str) -> Iterator[tuple[Way, str]]:
    """Ways that are known from the name of a policy that is new on a role and cannot be read."""
    old = set(role.before.policies) if role.before and role.key not in context.given else set()
    names = {
        name.casefold(): way for way in WAYS if (way.cloud, way.rule) == (role.cloud, rule) for name in way.policies
    }
    for key in role.after.opaque if role.after else ():
        policy = context.policies[key]
        if key not in old and policy.policy_type == "System" and policy.name.casefold() in names:
            yield names[policy.name.casefold()], key


def _named(context: Context) -> Iterable[Hit]:
    for role, grant in context.gained():
        for action, texts in TAKING.get(role.cloud, {}).items():
            named = [one for one in grant.resources if _of_roles(one)]
            if named and gives(grant, action, context.dialect(role.cloud)):
                roles = {one.rpartition("/")[2] for one in named}
                message = plural(*texts, len(roles), roles=listed(roles))
                instances = context.gaining(role, (grant,))
                yield context.allowed(role, grant.policies, message, f"{action} {listed(named, 99)}", instances)


def _of_roles(resource: str) -> bool:
    """Whether a resource pattern has roles in it. One that has every role is told by a worse rule."""
    return service_in(resource) in ("", "ram", "cam", "sts") and ("/" in resource or any_role(resource))


RULES = (
    Rule(
        OWN, "critical", "The role can give itself more",
        "A holder that may attach policies, put another version in force, change a trust policy or make keys for users "
        "has every permission that these lead to.",
        "Leave the management of identities to a deploying principal; take these actions out of instance roles.",
        _RAM, _own,
    ),
    Rule(
        OTHERS, "high", "The role gets the rights of others",
        "Whoever may run commands on instances, or change functions, templates and stacks that run with a role, may do "
        "what those roles may.",
        "Leave these to a deploying principal; else name the instances, functions or templates in Resource.",
        _ASSISTANT, _others,
    ),
    Rule(
        "named-role-taken", "medium", "Named roles can be passed or assumed",
        "Passing a role to a service, or assuming it, is acting as that role.",
        "Check that the named roles may no more than this one should.",
        f"{_A}/ram/use-cases/grant-the-permissions-to-pass-a-ram-role-to-a-cloud-service", _named,
    ),
)  # fmt: skip
