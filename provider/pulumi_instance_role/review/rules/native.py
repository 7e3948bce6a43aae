"""Rules about what the clouds' own resources do: trust that is lost, roles at odds, templates, what is not read."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_instance_role.language import listing, say, template
from pulumi_instance_role.review.declared import Declared
from pulumi_instance_role.review.native import passed_over
from pulumi_instance_role.review.rules.base import Context, Hit, Rule

ATTACH = "https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance"
TRUST = "https://www.alibabacloud.com/help/en/ram/user-guide/edit-the-trust-policy-of-a-ram-role"


def _shut_out(context: Context) -> Iterable[Hit]:
    given: dict[str, list[str]] = {}
    for way in context.review.transitions:
        if way.role_after is not None and way.role_before != way.role_after:
            given.setdefault(way.role_after, []).extend(way.instances)
    for role in context.review.roles:
        if role.after is None or not role.after.shut_out:
            continue
        new = role.before is not None and not role.before.shut_out
        holders = role.after.instances if new else tuple(given.get(role.key, ()))
        told = holders or role.outside or role.key in context.to_come if new else role.key in given
        if not told:
            continue
        if role.before is not None and role.before.let_in:
            text = template("its trust policy no longer lets {service} assume it, so instances end without credentials")
        else:
            text = template("its trust policy does not let {service} assume it, so instances end without credentials")
        yield Hit(
            role.urn or role.key,
            say(text, service=context.service(role.cloud)),
            (role.key, *holders),
            role.key,
            cause=role.key,
            who=(context.name(role),),
            instances=holders,
        )


def _at_odds(context: Context) -> Iterable[Hit]:
    """Instances that several resources give different roles; said when one of these changes."""
    side = context.after
    said: dict[str, dict[str, list[Declared]]] = {}
    for one in side.of("instance"):
        asks = any(one.state.inputs.get(name) for name in one.shape.names["role"])
        if asks and (role := side.role_of(one)) is not None:
            said.setdefault(side.instance_key(one), {}).setdefault(role, []).append(one)
    for one in side.of("binding"):
        role = side.role_of(one)
        for key in side.instances_of(one)[0] if role is not None else ():
            said.setdefault(key, {}).setdefault(str(role), []).append(one)
    for key, roles in said.items():
        declared = [one for ones in roles.values() for one in ones]
        if len(roles) > 1 and any(one.step.op != "same" for one in declared):
            ways = [
                say(
                    "{role} by {resources}",
                    role=role.rpartition("/")[2],
                    resources=listing(one.step.name for one in ones),
                )
                for role, ones in sorted(roles.items())
            ]
            known = context.instances.get(key)
            name = context.name(known) if known else key
            resource = next(one.step.urn for one in declared if one.step.op != "same")
            message = say("{instance} is given {roles}", instance=name, roles=listing(ways, " and "))
            yield Hit(resource, message, (key, *roles), key, noun="instance", instances=(key,) if known else ())


def _templates(context: Context) -> Iterable[Hit]:
    before, after = context.before, context.after
    for one in after.of("template"):
        old = before.get(one.step.urn)
        was = before.role_of(old) if old is not None and "role" in old.values else None
        role = after.role_of(one) if "role" in one.values else None
        if one.step.op not in ("same", "read", "refresh") and role != was and "role" in one.values:
            named = role.rpartition("/")[2] if role else say("a role that is not known yet")
            message = say("instances that are started from {name} get role {role}", name=one.step.name, role=named)
            if was:
                message = say("{message}, in place of {role}", message=message, role=was.rpartition("/")[2])
            about = (role,) if role else ()
            yield Hit(one.step.urn, message, about, one.step.urn, noun="template")


def _not_read(context: Context) -> Iterable[Hit]:
    for step, what in passed_over(context.preview):
        if step.op not in ("same", "read", "refresh"):
            yield Hit(step.urn, say("{name} is not read here: {what}", name=step.name, what=what))


RULES = (
    Rule(
        "instances-shut-out", "high", "Instances end without credentials",
        "Instances get credentials only while the role's trust policy lets the cloud's instance service assume it.",
        "Keep the service in the trust policy, or bind the instances to another role first.",
        TRUST, _shut_out,
    ),
    Rule(
        "contradictory-roles", "high", "One instance is given two roles",
        "An instance holds one role. Two resources that give it different ones undo each other's work at every update.",
        "Leave the role to one of them: the binding, or the instance's own property.",
        ATTACH, _at_odds,
    ),
    Rule(
        "template-role", "medium", "Instances to come get another role",
        "Launch templates, scaling configurations and node pools give their role to every instance that they start. "
        "How many that will be is not known.",
        "Check that the role allows what those instances do, and no more.",
        ATTACH, _templates,
    ),
    Rule(
        "not-read", "medium", "A change that is passed over",
        "The resource bears on roles, and this review does not read its type.",
        "Look at the change itself, or use a resource that is read.",
        "https://www.pulumi.com/registry/packages/alicloud/api-docs/ram/", _not_read,
    ),
)  # fmt: skip
