"""What a deploying principal needs, from a table of actions for each resource to the documents that allow just that.

A cloud's table says, resource by resource, which actions its adapter calls during up, refresh and destroy, and on which
resources. Resources are forms with holes (``acs:ram:*:{account}:role/{role}``); a :class:`Subject` is one resource of a
stack with the values for the holes. A form whose hole has no value does not concern the resource and falls away; a
value that nobody knows yet is ``*``.

Limits: actions on things of other packages, and what the cloud asks for of itself on top (a resource group's policy, a
second factor), are not known here.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from itertools import product
from typing import Any

from pulumi_instance_role.policy.build import allow, policy_document
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.when import Conditions
from pulumi_instance_role.policy.wildcard import matches
from pulumi_instance_role.records import dataclass

ANY = "*"
GRANTING = "whoever may put policies on principals can give itself any right: keep grants in a stack of the owner's own"
"""To be said of a PassRoleGrant on every cloud."""


@dataclass(frozen=True)
class Need:
    """Actions, and every resource that each of them is asked for on.

    ``given``: only for resources that have this property set. ``why``: where a form is wider than the resource, the
    reason.
    """

    actions: tuple[str, ...]
    on: tuple[str, ...]
    given: str = ""
    why: str = ""


Needs = Mapping[str, tuple[Need, ...]]
"""Resource -> what it needs."""


@dataclass(frozen=True)
class Subject:
    """One resource as a stack has it: its values for the holes, and which of its flags are set."""

    kind: str
    values: Mapping[str, tuple[str, ...]]
    flags: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Narrowed:
    """Actions on resources that are allowed only where a condition holds: operator -> key -> values."""

    needed: Mapping[str, Iterable[str]]
    when: Conditions


def apart(needs: Needs, hole: str) -> tuple[Needs, Needs]:
    """The table without the forms that have that hole, and the table of these forms alone."""

    def only(having: bool) -> Needs:
        def forms(need: Need) -> tuple[str, ...]:
            return tuple(form for form in need.on if (hole in _holes(form)) is having)

        return {kind: tuple(replace(need, on=forms(need)) for need in rows) for kind, rows in needs.items()}

    return only(False), only(True)


def least(needs: Needs, subjects: Iterable[Subject]) -> tuple[dict[str, set[str]], list[str]]:
    """Action -> the resources it is needed on, for all subjects together; and why some of them are wide."""
    found: dict[str, set[str]] = {}
    why: dict[str, None] = {}
    for subject in subjects:
        for need in needs[subject.kind]:
            resources = {one for form in need.on for one in _filled(form, subject.values)}
            if not resources or (need.given and need.given not in subject.flags):
                continue
            for action in need.actions:
                found.setdefault(action, set()).update(resources)
            if need.why:
                why[need.why] = None
    return {action: _widest(on) for action, on in found.items()}, list(why)


def documents(
    needed: Mapping[str, Iterable[str]], dialect: Dialect, longest: int, narrowed: Narrowed | None = None
) -> list[dict[str, Any]]:
    """Documents that together allow just that, each within ``longest`` characters (white space not counted).

    Actions with the same resources share a statement. One resource that alone is too long stands alone.
    """
    statements = [_Statement(actions, resources) for actions, resources in _together(needed)]
    if narrowed is not None:
        statements += [_Statement(actions, on, narrowed.when) for actions, on in _together(narrowed.needed)]
    found: list[list[_Statement]] = [[]]
    for statement in statements:
        # Where there is more than fits, a statement goes on in the next document with the resources that are left.
        found[-1].append(replace(statement, on=[]))
        for resource in statement.on:
            found[-1][-1].on.append(resource)
            if _length(found[-1], dialect) > longest and (len(found[-1]) > 1 or len(found[-1][-1].on) > 1):
                found[-1][-1].on.pop()
                if not found[-1][-1].on:
                    found[-1].pop()
                found.append([replace(statement, on=[resource])])
    return [_document(some, dialect) for some in found if some]


@dataclass(frozen=True)
class _Statement:
    actions: Sequence[str]
    on: list[str]
    when: Conditions | None = None


def _together(needed: Mapping[str, Iterable[str]]) -> list[tuple[list[str], list[str]]]:
    """The actions that have the same resources, with these."""
    found: dict[tuple[str, ...], list[str]] = {}
    for action, on in sorted(needed.items()):
        found.setdefault(tuple(sorted(on)), []).append(action)
    return [(actions, list(resources)) for resources, actions in sorted(found.items(), key=lambda item: item[1])]


def _widest(resources: set[str]) -> set[str]:
    """The resources without those that a wider one of them covers."""
    wide = [one for one in resources if one.endswith(ANY)]
    return {one for one in resources if not any(other != one and matches(other, one) for other in wide)}


def _document(statements: Sequence[_Statement], dialect: Dialect) -> dict[str, Any]:
    made = (allow(*one.actions, on=one.on, when=one.when, dialect=dialect) for one in statements)
    return policy_document(*made, dialect=dialect)


def _length(statements: Sequence[_Statement], dialect: Dialect) -> int:
    """How long the document is without white space; not checked yet, because it is asked for each resource."""
    d = dialect
    listed = [
        {d.effect_key: d.allow, d.action_key: one.actions, d.resource_key: one.on}
        | ({d.condition_key: one.when} if one.when else {})
        for one in statements
    ]
    document = {d.version_key: d.version, d.statement_key: listed}
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def _holes(form: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(form) if name})


def _filled(form: str, values: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """The form with every combination of values in its holes; nothing when a hole has no value."""
    holes = _holes(form)
    for chosen in product(*(values.get(hole, ()) for hole in holes)):
        yield form.format(**dict(zip(holes, chosen, strict=True)))
