"""The picture of an inventory: policies, the roles they are on, the instances that hold those, as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pulumi_instance_role.inventory.audit import Audit, scope
from pulumi_instance_role.inventory.words import count
from pulumi_instance_role.review.declared import role_key
from pulumi_instance_role.review.forms.html.diagram import Diagram, Mark, Thing, arrange
from pulumi_instance_role.review.model import Instance, Policy, Role
from pulumi_instance_role.review.words import called

_SOURCES = {"opaque": "could not be read", "published": "as published", "live": "as the account has it"}


def draw(audit: Audit) -> Diagram:
    """The picture: the roles first about which the worst is found, then those that most instances hold."""
    review = audit.review
    places = {
        f"{scope(account)}:instance/{one.instance_id}": one.vpc_id or "no VPC"
        for account in audit.found
        for one in account.instances
    }
    held = {role_key(scope(one), name): len(some) for one in audit.found for name, some in one.holders().items()}
    roles = {one.key: _role(one, held.get(one.key, 0)) for one in review.roles}
    policies = {one.key: _policy(one) for one in review.policies}
    instances, ties = _instances(review.instances, places)
    ties |= {(role, one.key): "same" for one in review.policies for role in one.roles_after}
    return arrange(review.findings, roles, policies, instances, ties)


def _role(one: Role, instances: int) -> Thing:
    unread = bool(one.gained_unknown)
    note = f"on {count(instances, 'instance')}" + (", not all of it could be read" if unread else "")
    return Thing(one.key, one.name, note, "same", unread, stands_for=instances)


def _policy(one: Policy) -> Thing:
    note = f"{one.policy_type.lower()} policy, {_SOURCES.get(one.source, 'not known')}"
    return Thing(one.key, one.name, note, "same", one.source in ("opaque", "unknown"))


def _instances(
    found: Iterable[Instance], places: Mapping[str, str]
) -> tuple[dict[str, Thing], dict[tuple[str, str], Mark]]:
    """A box for the instances of each role and VPC."""
    together: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for one in found:
        if one.role_after:
            together[one.role_after, places[one.key]].append(one)
    things: dict[str, Thing] = {}
    ties: dict[tuple[str, str], Mark] = {}
    for (role, vpc), members in together.items():
        first = members[0]
        alone = len(members) == 1
        own = first.instance_id or "" if alone and first.instance_id != first.name else ""
        things[first.key] = Thing(
            first.key,
            called(first) if alone else count(len(members), "instance"),
            f"{vpc} in {first.region}",
            "same",
            stands_for=len(members),
            keys=tuple(one.key for one in members),
            id=own,
        )
        ties[role, first.key] = "same"
    return things, ties
