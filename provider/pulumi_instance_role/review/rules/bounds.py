"""A rule about what the review itself could not do."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_instance_role.language import say
from pulumi_instance_role.review.model import Grant
from pulumi_instance_role.review.rules.base import Context, Hit, Rule, listed


def _uncompared(context: Context) -> Iterable[Hit]:
    for role in context.review.roles:
        found: dict[tuple[str, ...], list[Grant]] = {}
        for grant in context.grants(role):
            if not grant.compared:
                found.setdefault(grant.policies, []).append(grant)
        for policies, grants in found.items():
            actions = listed(action for grant in grants for action in grant.actions)
            resources = listed(resource for grant in grants for resource in grant.resources)
            message = say(
                "may do {actions} on {resources}: not compared with before, so all of it counts as gained",
                actions=actions,
                resources=resources,
            )
            yield context.hit(role, policies, message, "compared", context.gaining(role, grants))


RULES = (
    Rule(
        "not-compared", "high", "Permissions that could not be compared",
        "Comparing these documents takes longer than a review may: they are very large, or their wildcards and "
        "exceptions overlap in very many ways. What could not be compared is taken as gained whole.",
        "Write actions and resources with fewer wildcards, or split the change.",
        "https://www.alibabacloud.com/help/en/ram/policy-elements", _uncompared,
    ),
)  # fmt: skip
