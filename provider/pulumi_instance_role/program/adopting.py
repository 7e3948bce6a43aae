"""What an adoption changes in what it finds: said at preview, before it is done. Pure.

It asks the plans that a create uses, so what is said and what is done cannot part. Limits: what hangs on the thing
(attachments, instances) is left as it is and not told here; an adoption in which nothing changes says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from pulumi_instance_role.clouds.port import CUSTOM, Policy, Role
from pulumi_instance_role.plan.calls import TagRole, UpdateRole
from pulumi_instance_role.plan.faults import Fault, Refused, some
from pulumi_instance_role.plan.policy import described
from pulumi_instance_role.plan.role import plan_role
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.difference import Entry, gained
from pulumi_instance_role.policy.document import Document, PolicyError, parse
from pulumi_instance_role.policy.grants import holdings
from pulumi_instance_role.program.judge import Account, Declaration, Finding, World, desired_role
from pulumi_instance_role.program.takeovers import adopts


def adoption_changes(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Iterator[Finding]:
    """One for each thing that is adopted and changed by that, in order of declaration.

    Its fault is none, but says what is alike in the way of faults.
    """
    of: Mapping[str, Callable[[Declaration, World], list[str]]] = {"InstanceRole": _role, "RolePolicy": _policy}
    for one in declared:
        world = worlds.get(one.account) if one.account else None
        changes_of = of.get(one.kind)
        if world is None or changes_of is None or one.exists or not one.known.get("adopt"):
            continue
        changes = changes_of(one, world)
        if changes:
            name = str(one.known.get("name"))
            alike = f"{'roles' if one.kind == 'InstanceRole' else 'policies'} are taken over and changed"
            message = f"takes over {name} and changes it"
            yield Finding(one.kind, one.resource, Fault("adopt", message, "; ".join(changes), name, alike))


def _role(one: Declaration, world: World) -> list[str]:
    observed = world.roles.get(one.known.get("name", ""))
    language = world.limits.language
    if observed is None or not adopts(one, world, observed):
        return []
    desired = desired_role(one, language, observed)
    if not desired.trust_policy:
        desired = replace(desired, trust_policy=observed.trust_policy or "")  # not known yet: taken not to change
    try:
        calls = plan_role(desired, observed, None, world.uses.get(("role", observed.name), ()))
    except Refused:
        return []  # a fault, which preflight says
    said: list[str] = []
    for spec in (call.spec for call in calls if isinstance(call, UpdateRole)):
        if spec.trust_policy is not None:
            said += _trust(observed, spec.trust_policy, language)
        changed = {
            "description": spec.description is not None,
            "max_session_duration": spec.max_session_duration is not None,
            "console_login": spec.console_login is not None,
        }
        said += [f"{name} is set again" for name, differs in changed.items() if differs]
    put = {key for call in calls if isinstance(call, TagRole) for key in call.put}
    return said + ([f"tags are set: {some(put)}"] if put else [])


def _trust(observed: Role, wanted: str, language: Dialect) -> list[str]:
    try:
        before, after = (_trusted(parse(text, "trust", language)) for text in (observed.trust_policy or "", wanted))
    except PolicyError:
        return ["trust policy is replaced"]
    found = []
    if before - after:
        found.append(f"no longer trusted: {some(sorted(before - after))}")
    if after - before:
        found.append(f"newly trusted: {some(sorted(after - before))}")
    return found or ["trust policy is replaced"]


def _trusted(document: Document) -> set[str]:
    return {
        f"{kind} {name}"
        for statement in document.statements
        if statement.allows
        for kind, names in statement.principals.items()
        for name in names
    }


def _policy(one: Declaration, world: World) -> list[str]:
    name, wanted = one.known.get("name", ""), one.known.get("document")
    observed = world.policies.get((name, CUSTOM))
    if observed is None or not adopts(one, world, observed):
        return []
    said = _document(observed, wanted, world.limits.language) if isinstance(wanted, str) else []
    description = one.known.get("description")
    if description is not None and description != described(observed, world.limits):
        said.append("description is set again")
    return said


def _document(observed: Policy, wanted: str, language: Dialect) -> list[str]:
    try:
        before, after = (
            holdings([("", parse(text, "permission", language))], language) for text in (observed.document, wanted)
        )
    except PolicyError:
        return ["document is replaced, and not all of it can be read"]
    less, more = gained(after, before), gained(before, after)
    said = [f"takes away {_actions(less)}"] if less else []
    return said + ([f"adds {_actions(more)}"] if more else [])


def _actions(entries: Sequence[Entry]) -> str:
    return some(sorted({" & ".join(one.text for one in meet) for entry in entries for meet in entry.actions}))
