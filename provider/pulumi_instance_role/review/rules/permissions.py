"""Rules about what a role may do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pulumi_instance_role.review.model import Grant, Role
from pulumi_instance_role.review.rules.base import Context, Hit, Rule, gives, listed

LEAST = "https://www.alibabacloud.com/help/en/ram/policy-overview"
ELEMENTS = "https://www.alibabacloud.com/help/en/ram/policy-elements"
PASS_ROLE = (
    "https://www.alibabacloud.com/help/en/ram/use-cases/grant-the-permissions-to-pass-a-ram-role-to-a-cloud-service"  # noqa: S105 - an address
)

PASSING = {"alibaba": "ram:PassRole", "tencent": "cam:PassRole"}
ASSUMING = {"alibaba": "sts:AssumeRole", "tencent": "sts:AssumeRole"}
# Most actions of these kinds work on whole accounts and take no other resource than "*".
_LOOKING = re.compile(r"(?:[^:]*:)(?:Describe|List|Query|Inquiry|Inquire|Lookup|Check|Head)[^:]*", re.IGNORECASE)
_FULL = re.compile(r"(?:administratoraccess|.*fullaccess)", re.IGNORECASE)


def _everything(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        if role.after is None:
            continue
        old = _old(context, role)
        named = [
            key
            for key in role.after.policies
            if key not in old
            and context.policies[key].policy_type == "System"
            and context.policies[key].name.casefold() == "administratoraccess"
        ]
        gained = [grant for one, grant in context.gained() if one.key == role.key]
        whole = [grant for grant in gained if "*" in grant.actions and _any(grant) and not grant.conditions]
        sources = {key for grant in whole for key in grant.policies} | set(named)
        if sources:
            names = listed(_names(context, sources))
            yield Hit(
                context.source(role, sources),
                f"role {role.name} may do everything on everything ({names}){context.to(role)}",
                (role.key, *sorted(sources)),
                role.key,
            )


def _full_access(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        old = _old(context, role)
        for key in role.after.policies if role.after else ():
            policy = context.policies[key]
            if key not in old and policy.policy_type == "System" and _FULL.fullmatch(policy.name):
                yield Hit(
                    context.source(role, (key,)),
                    f"role {role.name} has the system policy {policy.name}{context.to(role)}",
                    (role.key, key),
                    f"{role.key} {key}",
                )


def _wildcard_action(context: Context) -> Iterable[Hit]:
    for role, grant in context.gained():
        wide = [one for one in grant.actions if one.rpartition(":")[2] == "*" and " & " not in one]
        if wide:
            yield Hit(
                context.source(role, grant.policies),
                f"role {role.name} may do {listed(wide)}{_but(grant)} on {listed(grant.resources)}{context.to(role)}",
                (role.key, *grant.policies),
                f"{role.key} {listed(wide, 99)} {listed(grant.resources, 99)}",
            )


def _wildcard_resource(context: Context) -> Iterable[Hit]:
    for role, grant in context.gained():
        broad = [one for one in grant.actions if not _LOOKING.fullmatch(one.removeprefix("name/"))]
        if broad and _any(grant):
            yield Hit(
                context.source(role, grant.policies),
                f"role {role.name} may do {listed(broad)} on every resource{context.to(role)}",
                (role.key, *grant.policies),
                f"{role.key} {listed(broad, 99)}",
            )


def _pass_role(context: Context) -> Iterable[Hit]:
    yield from _roles_at_will(context, PASSING, "may pass any role to a service")


def _assume_role(context: Context) -> Iterable[Hit]:
    yield from _roles_at_will(context, ASSUMING, "may assume any role that trusts its account")


def _roles_at_will(context: Context, actions: dict[str, str], what: str) -> Iterable[Hit]:
    for role, grant in context.gained():
        wide = [one for one in grant.resources if _any_role(one)]
        action = actions.get(role.cloud)
        if action and wide and gives(grant, action, context.dialect(role.cloud)):
            limit = (
                f" when {listed(f'{c.key} is {listed(c.values)}' for c in grant.conditions)}"
                if grant.conditions
                else ""
            )
            yield Hit(
                context.source(role, grant.policies),
                f"role {role.name} {what}{limit}: {action} on {listed(wide)}{context.to(role)}",
                (role.key, *grant.policies),
                f"{role.key} {listed(wide, 99)}",
            )


def _denial(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        if role.before is None or role.after is None:
            continue
        kept = {(g.actions, g.not_actions, g.resources, g.conditions) for g in role.after.grants if g.effect == "deny"}
        for grant in role.before.grants:
            says = (grant.actions, grant.not_actions, grant.resources, grant.conditions)
            if grant.effect == "deny" and says not in kept:
                yield Hit(
                    context.source(role, grant.policies),
                    f"role {role.name} is no longer denied {listed(grant.actions)}{_but(grant)} on "
                    f"{listed(grant.resources)}",
                    (role.key, *grant.policies),
                    f"{role.key} {says}",
                )


def _opaque(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        old = set(role.before.policies) if role.before else set()
        for key in role.after.opaque if role.after else ():
            policy = context.policies[key]
            if key not in old and policy.source == "opaque":
                kind = f"{policy.policy_type} policy" if policy.policy_type else "policy"
                yield Hit(
                    context.source(role, (key,)),
                    f"what the {kind} {policy.name} lets role {role.name} do is not known here",
                    (role.key, key),
                    f"{role.key} {key}",
                )


def _unknown(context: Context) -> Iterable[Hit]:
    for one in context.review.unknowns:
        step = context.preview.by_urn.get(one.urn)
        if step is None or step.op != "same":
            name = one.urn.rpartition("::")[2]
            yield Hit(one.urn, f"{name}: {one.message}", (), one.property)


def _granted(context: Context) -> Iterable[Hit]:
    for step in context.preview.steps:
        if not step.type.endswith(":PassRoleGrant") or step.op not in ("create", "update", "replace") or not step.new:
            continue
        inputs = step.new.inputs
        who = next((f"{kind} {inputs[kind]}" for kind in ("user", "group", "role") if inputs.get(kind)), "somebody")
        roles = inputs.get("roles")
        names = listed(str(one) for one in roles) if isinstance(roles, list) else "roles not known yet"
        yield Hit(step.urn, f"{who} may pass {names} to instances, and so act as them", (), who)


def _old(context: Context, role: Role) -> set[str]:
    """The policies that are nothing new: those that were on the role, unless it is given to more instances."""
    return set() if role.before is None or role.key in context.given else set(role.before.policies)


def _any(grant: Grant) -> bool:
    return "*" in grant.resources


def _any_role(resource: str) -> bool:
    """Whether a resource pattern takes in every role: nothing after ``role/`` (or ``roleName/``) narrows it."""
    found = re.search(r"role(?:Name)?/(.*)", resource)
    return found.group(1) == "*" if found else resource.endswith("*") and "/" not in resource


def _but(grant: Grant) -> str:
    return f" but {listed(grant.not_actions)}" if grant.not_actions else ""


def _names(context: Context, keys: Iterable[str]) -> list[str]:
    return [context.policies[key].name for key in keys if key in context.policies]


RULES = (
    Rule(
        "administrator-access", "critical", "Everything on everything",
        "Whoever reaches one instance with this role owns the account.",
        "Allow the actions that the program on the instance calls, on the resources it calls them for.",
        LEAST, _everything,
    ),
    Rule(
        "pass-role-any", "high", "Any role can be passed",
        "Passing a role to a service is acting as that role: with every role to choose from, the strongest counts.",
        "Name the roles that may be passed in Resource; PassRoleGrant writes the document.",
        PASS_ROLE, _pass_role,
    ),
    Rule(
        "assume-role-any", "high", "Any role can be assumed",
        "sts:AssumeRole on every role reaches all roles whose trust policy names the account.",
        "Name the roles in Resource.",
        "https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole", _assume_role,
    ),
    Rule(
        "full-access-policy", "high", "A full-access system policy",
        "It allows everything a service can do, deleting included, and grows with the service.",
        "Write a RolePolicy with the actions in use, or take the ReadOnlyAccess policy of the service.",
        LEAST, _full_access,
    ),
    Rule(
        "wildcard-action", "high", "All actions of a service",
        "A star for the action allows what the service will invent as well, and deleting with reading.",
        "List the actions, or a prefix such as oss:Get*.",
        ELEMENTS, _wildcard_action,
    ),
    Rule(
        "wildcard-resource", "medium", "Every resource",
        "A star for the resource takes in those of other applications in the account. Actions that only list or "
        "describe are left out: most of them take no other resource.",
        "Name buckets, instances or paths in Resource.",
        ELEMENTS, _wildcard_resource,
    ),
    Rule(
        "denial-removed", "medium", "A denial is taken away",
        "A denial holds against every other policy, also against those that come later; without it they count.",
        "Keep it, or say in the change why what it kept out may come in.",
        ELEMENTS, _denial,
    ),
    Rule(
        "pass-role-granted", "medium", "Somebody may pass these roles",
        "Whoever passes a role to an instance that they control may do all that the role may.",
        "Grant it to deployers, from a stack of the account's owner, for as few roles as will do.",
        PASS_ROLE, _granted,
    ),
    Rule(
        "unknown-permissions", "medium", "Permissions not known before the update",
        "What is not known cannot be reviewed: the update decides it.",
        "Give names and documents as plain values, or review again after a first update.",
        "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/", _unknown,
    ),
    Rule(
        "opaque-policy", "low", "A policy that cannot be read here",
        "Its document is neither in this stack nor published; the review does not guess.",
        "Run with --live, or use a RolePolicy.",
        LEAST, _opaque,
    ),
)  # fmt: skip
