"""Rules about who may assume a role."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_instance_role.language import say
from pulumi_instance_role.review.model import Principal, Role
from pulumi_instance_role.review.rules.base import Context, Hit, Rule

TRUST = "https://www.alibabacloud.com/help/en/ram/user-guide/edit-the-trust-policy-of-a-ram-role"


def _anyone(context: Context) -> Iterable[Hit]:
    for role, one in _let_in(context):
        if _open(one):
            text = say("may be assumed by {kind} {name}, which leaves open who it is", kind=one.kind, name=one.name)
            yield _hit(context, role, one, text)


def _other_account(context: Context) -> Iterable[Hit]:
    for role, one in _let_in(context):
        own = context.account(role)
        if one.account is None or one.account == own or _open(one):
            continue
        if own:
            text = say("may be assumed from account {account}: {name}", account=one.account, name=one.name)
        else:
            text = say(
                "may be assumed from account {account} (the role's own is not known here): {name}",
                account=one.account,
                name=one.name,
            )
        yield _hit(context, role, one, text)


def _beyond(context: Context) -> Iterable[Hit]:
    for role, one in _let_in(context):
        service = context.service(role.cloud)
        if one.name.casefold() == service.casefold() or _open(one):
            continue
        if one.account is not None and one.account != context.account(role):
            continue  # said by the rule about other accounts
        text = say(
            "may be assumed by {kind} {name}, not only by {service}", kind=one.kind, name=one.name, service=service
        )
        yield _hit(context, role, one, text)


def _let_in(context: Context) -> Iterable[tuple[Role, Principal]]:
    return ((role, one) for role in context.review.roles for one in role.trust_gained)


def _open(one: Principal) -> bool:
    return "*" in one.name


def _hit(context: Context, role: Role, one: Principal, message: str) -> Hit:
    return Hit(
        role.urn or role.key,
        message,
        (role.key,),
        f"{one.kind} {one.name}",
        cause=f"{role.cloud} {one.kind} {one.name}",
        who=(context.name(role),),
        instances=role.after.instances if role.after else (),
    )


RULES = (
    Rule(
        "trust-anyone", "critical", "Anybody may assume the role",
        "A star in a principal lets in accounts that nobody here knows.",
        "Name the service or the account.",
        TRUST, _anyone,
    ),
    Rule(
        "trust-other-account", "high", "Another account may assume the role",
        "Whoever runs that account decides who of theirs acts as this role here.",
        "Check that the account is yours; narrow it to a role of it, or to conditions.",
        TRUST, _other_account,
    ),
    Rule(
        "trust-beyond-instances", "medium", "Others than instances may assume the role",
        "An instance role has the rights of a program on an instance; more users of it make it grow.",
        "Give each user a role of its own, and this one the default trust.",
        TRUST, _beyond,
    ),
)  # fmt: skip
