"""Rules about what a role may do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from pulumi_instance_role.language import Text, plural, say, template
from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import Grant, Role, Unread
from pulumi_instance_role.review.rules.base import Context, Hit, Rule, listed
from pulumi_instance_role.review.rules.change import ATTACH
from pulumi_instance_role.review.sizes import Deed, gives, service_in, whole

LEAST = "https://www.alibabacloud.com/help/en/ram/policy-overview"
ELEMENTS = "https://www.alibabacloud.com/help/en/ram/policy-elements"
PASS_ROLE = (
    "https://www.alibabacloud.com/help/en/ram/use-cases/grant-the-permissions-to-pass-a-ram-role-to-a-cloud-service"  # noqa: S105 - an address
)

PASSING = {"alibaba": "ram:PassRole", "tencent": "cam:PassRole"}
ASSUMING = {"alibaba": "sts:AssumeRole", "tencent": "sts:AssumeRole"}
EXAMPLE = {"alibaba": "oss:Get*", "tencent": "cos:Get*"}
# Most actions of these kinds work on whole accounts and take no other resource than "*".
_LOOKING = re.compile(r"(?:[^:]*:)(?:Describe|List|Query|Inquiry|Inquire|Lookup|Check|Head)[^:]*", re.IGNORECASE)
_OPERATORS = {"user": template("user {name}"), "group": template("group {name}"), "role": template("role {name}")}
_GIVERS: tuple[Literal["template", "binding"], ...] = ("template", "binding")
"""What may give a role to instances that are not known yet."""
_FULL = re.compile(r"(?:administratoraccess|.*fullaccess)", re.IGNORECASE)


def _everything(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        if role.after is None:
            continue
        old = _old(context, role)
        named = {
            key
            for key in role.after.policies
            if key not in old
            and context.policies[key].policy_type == "System"
            and context.policies[key].name.casefold() == "administratoraccess"
        }
        whole = [
            grant
            for grant in context.grants(role)
            if any(one in ("*", "*:*") for one in grant.actions)
            and any(_every(one) and not service_in(one) for one in grant.resources)
            and not grant.conditions
        ]
        sources = {key for grant in whole for key in grant.policies} | named
        if sources:
            names = listed(_names(context, sources))
            instances = context.gaining(role, whole) or (new_holders(context, role, named) if named else ())
            left = [text for grant in whole for text in grant.not_actions] if not named else []
            if left:
                others = listed(left)
                text = say("may do everything but {others} on everything ({policies})", others=others, policies=names)
            else:
                text = say("may do everything on everything ({policies})", policies=names)
            yield context.hit(role, sources, text, "", instances)


def _full_access(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        old = _old(context, role)
        for key in role.after.policies if role.after else ():
            policy = context.policies[key]
            if key not in old and policy.policy_type == "System" and _FULL.fullmatch(policy.name):
                message = say("may do all that the system policy {policy} allows", policy=policy.name)
                yield context.hit(role, (key,), message, "", new_holders(context, role, {key}))


def _wildcard_action(context: Context) -> Iterable[Hit]:
    for role, grant in context.gained():
        dialect = context.dialect(role.cloud)
        wide = [one for one in grant.actions if whole(one, dialect)]
        if wide:
            message = say("may do {what}", what=_what(grant, wide))
            subject = f"{listed(wide, 99)} {listed(grant.resources, 99)}"
            fix = say("List the actions, or a prefix such as {example}.", example=EXAMPLE[role.cloud])
            yield context.allowed(role, grant.policies, message, subject, context.gaining(role, (grant,)), fix=fix)


def _wildcard_resource(context: Context) -> Iterable[Hit]:
    for role, grant in context.gained():
        broad = [one for one in grant.actions if not _LOOKING.fullmatch(one.removeprefix("name/"))]
        if broad and any(map(_every, grant.resources)):
            message = say("may do {actions} on every resource", actions=_but(grant, broad))
            yield context.allowed(role, grant.policies, message, listed(broad, 99), context.gaining(role, (grant,)))


def _pass_role(context: Context) -> Iterable[Hit]:
    yield from _roles_at_will(context, PASSING, say("may pass any role to a service"))


def _assume_role(context: Context) -> Iterable[Hit]:
    yield from _roles_at_will(context, ASSUMING, say("may assume any role that trusts its account"))


def _roles_at_will(context: Context, actions: dict[str, str], text: Text) -> Iterable[Hit]:
    for role, grant in context.gained():
        wide = [one for one in grant.resources if any_role(one)]
        action = actions.get(role.cloud)
        if action and wide and gives(grant, action, context.dialect(role.cloud)):
            what = text
            if grant.conditions:
                held = listed(say("{key} is {values}", key=c.key, values=listed(c.values)) for c in grant.conditions)
                what = say("{what} when {conditions}", what=what, conditions=held)
            message = say("{what}: {action} on {resources}", what=what, action=action, resources=listed(wide))
            yield context.allowed(role, grant.policies, message, listed(wide, 99), context.gaining(role, (grant,)))


def _deciding(context: Context) -> Iterable[Hit]:
    yield from _gained_actions(
        context, "permissions", template("may decide who may do what with {actions} on {resources}")
    )


def _ending(context: Context) -> Iterable[Hit]:
    yield from _gained_actions(context, "end", template("may end things with {actions} on {resources}"))


def _writing(context: Context) -> Iterable[Hit]:
    yield from _gained_actions(context, "write", template("may write with {actions} on {resources}"))


def _gained_actions(context: Context, deed: Deed, text: str) -> Iterable[Hit]:
    """Actions that do something and that instances gain, by role and policy: one hit for all statements of a policy."""
    for role in context.review.roles:
        by_policy: dict[tuple[str, ...], dict[str, list[Grant]]] = {}
        for grant in context.grants(role):
            for action, found in context.deeds(role, grant).items():
                if deed in found:
                    by_policy.setdefault(grant.policies, {}).setdefault(action, []).append(grant)
        for policies, actions in by_policy.items():
            grants = [grant for some in actions.values() for grant in some]
            resources = {text for grant in grants for text in grant.resources}
            message = say(text, actions=listed(actions), resources=listed(resources))
            instances = context.gaining(role, grants)
            if instances or role.outside or role.key in context.to_come:
                kind = "permissions" if deed == "permissions" else "write"
                yield context.allowed(role, policies, message, f"{kind} {listed(actions, 99)}", instances)


def _denial(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        if role.before is None or role.after is None:
            continue
        kept = {(g.actions, g.not_actions, g.resources, g.conditions) for g in role.after.grants if g.effect == "deny"}
        unsure = {one.policy for one in _unreadable(role.gained_unknown)}
        for grant in role.before.grants:
            says = (grant.actions, grant.not_actions, grant.resources, grant.conditions)
            if grant.effect == "deny" and says not in kept and not unsure & set(grant.policies):
                message = say("no longer denied {what}", what=_what(grant, grant.actions))
                yield context.hit(role, grant.policies, message, str(says), role.after.instances)


def _unknown_gain(context: Context) -> Iterable[Hit]:
    """What instances gain and cannot be read; once for each cause."""
    for role in context.review.roles:
        found: dict[Unread, set[str]] = {}
        for way in context.review.transitions:
            if way.role_after == role.key:
                for one in _unreadable(way.gained_unknown):
                    found.setdefault(one, set()).update(way.instances)
        for one, instances in found.items():
            sources = (one.policy,) if one.policy else ()
            yield context.hit(role, sources, one.text, f"{one.why} {one.place}", instances)
    for way in context.review.transitions:
        if way.role_after is None and way.gained_unknown:
            for key in way.instances:
                one_ = context.instances[key]
                yield Hit(
                    one_.bindings[0] if one_.bindings else one_.urn or key,
                    way.gained_unknown[0].text,
                    (key,),
                    key,
                    cause=one_.bindings[0] if one_.bindings else key,
                    who=(context.name(one_),),
                    noun="instance",
                    instances=(key,),
                )
    text = say("the role that its instances will hold is not known before the update")
    for kind in _GIVERS:
        for giver in context.after.of(kind):
            # Instances of a binding whose ids are known have been told above.
            open_ = kind == "template" or context.after.instances_of(giver)[1]
            decided = giver.unknown("role") and context.after.role_of(giver) is None
            if open_ and decided and giver.edited("role", "instances"):
                yield Hit(giver.step.urn, text, (), "role", who=(giver.step.name,), noun=kind)


def _unreadable(found: Iterable[Unread]) -> Iterable[Unread]:
    """Without what was only not compared, which has a rule of its own, and without what may be gained and can be read:
    that is judged as what is."""
    return (one for one in found if one.why not in ("uncompared", *words.DOUBTS))


def _opaque(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        held = (role.after is not None and role.after.instances) or role.key in context.to_come
        for one in _unreadable(role.gained_unknown) if not held else ():
            sources = (one.policy,) if one.policy else ()
            yield context.hit(role, sources, one.text, f"{one.why} {one.place}")


def _unknown(context: Context) -> Iterable[Hit]:
    said = {
        context.policies[one.policy].urn
        for role in context.review.roles
        for one in role.gained_unknown
        if one.policy is not None and one.policy in context.policies
    }
    for one in context.review.unknowns:
        step = context.preview.by_urn.get(one.urn)
        if (step is None or step.op != "same") and one.urn not in said:
            name = one.urn.rpartition("::")[2]
            yield Hit(one.urn, say("{name}: {message}", name=name, message=one.message), (), one.property)


def _foreign(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        for key in role.foreign or ():
            policy = context.policies[key]
            if role.after is None or key not in role.after.policies:
                text = template("the policy {policy} was not put there by this stack, and the update takes it off")
            else:
                text = template("the policy {policy} was not put there by this stack, and it stays there")
            holders = role.before.instances if role.before else ()
            yield context.hit(role, (key,), say(text, policy=policy.name), "", holders)


def _held_outside(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        if role.outside and role.urn is not None:
            yield Hit(
                role.urn,
                plural(
                    "an instance outside the stack holds it: {instances}",
                    "instances outside the stack hold it: {instances}",
                    len(role.outside),
                    instances=listed(role.outside),
                ),
                (role.key,),
                role.key,
                cause=role.key,
                who=(context.name(role),),
            )


def _granted(context: Context) -> Iterable[Hit]:
    for step in context.preview.steps:
        if not step.type.endswith(":PassRoleGrant") or step.op not in ("create", "update", "replace") or not step.new:
            continue
        inputs = step.new.inputs
        who = next(
            (say(text, name=inputs[kind]) for kind, text in _OPERATORS.items() if inputs.get(kind)), say("somebody")
        )
        roles = inputs.get("roles")
        names = listed(str(one) for one in roles) if isinstance(roles, list) else say("roles not known yet")
        text = plural(
            "{who} may pass {roles} to instances, and so act as that",
            "{who} may pass {roles} to instances, and so act as those",
            len(set(map(str, roles))) if isinstance(roles, list) else 2,
            who=who,
            roles=names,
        )
        yield Hit(step.urn, text, (), who)


def _old(context: Context, role: Role) -> set[str]:
    """The policies that are nothing new: those that were on the role, unless it is given to more instances."""
    return set() if role.before is None or role.key in context.given else set(role.before.policies)


def new_holders(context: Context, role: Role, policies: set[str]) -> tuple[str, ...]:
    """The instances to which policies of a role are new: all that hold it, or those that it is given to."""
    after = role.after.instances if role.after else ()
    if role.before is not None and policies <= set(role.before.policies):
        return context.given.get(role.key, ())
    return after


def _every(resource: str) -> bool:
    """Whether a resource pattern has every resource, or every one of a service: nothing but the service narrows it."""
    parts = resource.split(":")
    narrowing = parts[1:2] + parts[3:] if parts[0] == "qcs" else parts[2:]
    wide = parts[-1] == "*" and all(one in ("", "*") for one in narrowing)
    return resource == "*" or (parts[0] in ("acs", "qcs") and len(parts) > 1 and wide)


def any_role(resource: str) -> bool:
    """Whether a resource pattern takes in every role: nothing after ``role/`` (or ``roleName/``) narrows it."""
    found = re.search(r"role(?:Name)?/(.*)", resource)
    if found:
        return found.group(1) == "*"
    return resource.endswith("*") and "/" not in resource.rpartition(":")[2].removeprefix("uin/")


def _but(grant: Grant, actions: Iterable[str]) -> Text:
    """Some actions of a permission, and those that are left out."""
    if not grant.not_actions:
        return listed(actions)
    return say("{actions} but {others}", actions=listed(actions), others=listed(grant.not_actions))


def _what(grant: Grant, actions: Iterable[str]) -> Text:
    return say("{actions} on {resources}", actions=_but(grant, actions), resources=listed(grant.resources))


def _names(context: Context, keys: Iterable[str]) -> list[str]:
    return [context.policies[key].name for key in keys if key in context.policies]


RULES = (
    Rule(
        "administrator-access", "critical", "Everything on everything",
        "Whoever reaches one instance with this role owns the account.",
        "Allow the actions that the program on the instance calls, on the resources it calls them for.",
        LEAST, _everything,
        (
            "privilege-escalation", "acts-as-others", "pass-role-any", "assume-role-any", "full-access-policy",
            "wildcard-action", "wildcard-resource", "unknown-gain", "permission-management", "ending-gained",
            "writing-gained", "opaque-policy", "named-role-taken",
        ),
    ),
    Rule(
        "pass-role-any", "high", "Any role can be passed",
        "Passing a role to a service is acting as that role: with every role to choose from, the strongest counts.",
        "Name the roles that may be passed in Resource; PassRoleGrant writes the document.",
        PASS_ROLE, _pass_role, ("named-role-taken",),
    ),
    Rule(
        "assume-role-any", "high", "Any role can be assumed",
        "sts:AssumeRole on every role reaches all roles whose trust policy names the account.",
        "Name the roles in Resource.",
        "https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole", _assume_role,
        ("named-role-taken",),
    ),
    Rule(
        "full-access-policy", "high", "A full-access system policy",
        "It allows everything a service can do, deleting included, and grows with the service.",
        "Write a RolePolicy with the actions in use, or take the ReadOnlyAccess policy of the service.",
        LEAST, _full_access,
        (
            "wildcard-action", "wildcard-resource", "unknown-gain", "permission-management", "ending-gained",
            "writing-gained", "opaque-policy",
        ),
    ),
    Rule(
        "wildcard-action", "high", "All actions of a service",
        "A star for the action allows what the service will invent as well, and deleting with reading.",
        "List the actions, or a prefix such as oss:Get* or cos:Get*.",
        ELEMENTS, _wildcard_action, ("wildcard-resource", "permission-management", "ending-gained", "writing-gained"),
    ),
    Rule(
        "wildcard-resource", "medium", "Every resource",
        "A star for the resource takes in those of other applications in the account. Actions that only list or "
        "describe are left out: most of them take no other resource.",
        "Name buckets, instances or paths in Resource.",
        ELEMENTS, _wildcard_resource, ("writing-gained",),
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
        "unknown-gain", "high", "Instances gain what is not known",
        "A policy, or a statement of one, that cannot be read here may allow everything. It counts for every instance "
        "that gets it.",
        "Run with --live, give documents as plain values, or correct the statement that is named.",
        LEAST, _unknown_gain,
    ),
    Rule(
        "permission-management", "medium", "Instances gain a say in who may do what",
        "Actions that change policies, access lists or grants of a service let others in.",
        "Leave the management of permissions to a deploying principal.",
        LEAST, _deciding,
    ),
    Rule(
        "ending-gained", "medium", "Instances gain actions that end things",
        "What is deleted or released is not there any more for anybody; a program with a fault needs one call for it.",
        "Leave these actions out where the program does not need them, or narrow the resources.",
        LEAST, _ending,
    ),
    Rule(
        "writing-gained", "low", "Instances gain actions that write",
        "Instances may change what they could not change before.",
        "Check that the program needs it, on these resources.",
        LEAST, _writing,
    ),
    Rule(
        "policy-foreign", "medium", "A policy that others put on a role",
        "Whatever it allows, every instance with the role may do, and this stack does not know of it.",
        "Ask who put it there; declare it, take it off, or say exclusive=True on the InstanceRole.",
        LEAST, _foreign,
    ),
    Rule(
        "role-held-outside", "low", "Instances outside the stack hold a role",
        "What this stack does to the role happens to them, too.",
        "Bind them in this stack, or give them a role of their own.",
        ATTACH, _held_outside,
    ),
    Rule(
        "opaque-policy", "low", "A policy that cannot be read here",
        "Its document is neither in this stack nor published; the review does not guess. No instance here has it.",
        "Run with --live, or use a RolePolicy.",
        LEAST, _opaque,
    ),
)  # fmt: skip
