"""What a rule is, and what it may look at.

A rule looks at the change, not at the state: what was so before and stays so is no finding, or every review would
repeat it and nobody would read it. A role that is given to more instances is a change for them, whatever it may do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.wildcard import covers, meet
from pulumi_instance_role.policy.work import TooMuch, within
from pulumi_instance_role.review.facts import limits
from pulumi_instance_role.review.model import Grant, Policy, Review, Role, Severity
from pulumi_instance_role.review.permissions import account_in
from pulumi_instance_role.review.preview import Preview

LABOUR = 20_000
"""Steps for one question about one permission; see ``policy.work``."""


@dataclass(frozen=True)
class Hit:
    """One thing that a rule sees. ``subject`` tells apart several on one resource, and stays the same between runs."""

    resource: str
    message: str
    about: tuple[str, ...] = ()
    subject: str = ""
    url: str = ""
    """The page about this one; the rule's, if empty."""


@dataclass(frozen=True)
class Rule:
    """A risk: when it is seen, why it matters, what to do."""

    id: str
    severity: Severity
    title: str
    rationale: str
    fix: str
    url: str
    check: Callable[[Context], Iterable[Hit]] = field(repr=False)


@dataclass(frozen=True)
class Context:
    """A review and the preview it comes from."""

    review: Review
    preview: Preview
    max_instances: int | None = None

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """Policies by key."""
        return {one.key: one for one in self.review.policies}

    @cached_property
    def _attached_by(self) -> Mapping[tuple[str | None, str | None], str]:
        return {(one.role, one.policy): one.urn for one in self.review.attachments}

    @cached_property
    def given(self) -> Mapping[str, tuple[str, ...]]:
        """Roles (by key) that were there before and are now given to more instances -> these instances."""
        old = {one.key for one in self.review.roles if one.before is not None}
        found: dict[str, tuple[str, ...]] = {}
        for way in self.review.transitions:
            if way.role_after in old and way.role_before != way.role_after:
                found[way.role_after] = (*found.get(way.role_after, ()), *way.instances)
        return found

    def gained(self) -> Iterable[tuple[Role, Grant]]:
        """Every permission that a role gains, and those that instances gain with a role that is new to them."""
        given = {one.key: one for one in self.review.roles if one.key in self.given}
        for role in self.review.roles:
            yield from ((role, grant) for grant in role.gained)
        for way in self.review.transitions:
            if way.role_after in given and way.role_before != way.role_after:
                role = given[way.role_after]
                yield from ((role, grant) for grant in way.gained if grant not in role.gained)

    def hit(self, role: Role, policies: Iterable[str], message: str, subject: str) -> Hit:
        """A hit about a role because of some policies on it; the message goes on after its name."""
        sources = tuple(sorted(set(policies)))
        text = f"role {role.name} {message}{self.to(role)}"
        return Hit(self.source(role, sources), text, (role.key, *sources), f"{role.key} {subject}")

    def to(self, role: Role) -> str:
        """Which instances a role that was there before is given to, for a message; often nothing."""
        more = self.given.get(role.key, ())
        return f"; it is given to {listed(one.rpartition('/')[2] for one in more)}" if more else ""

    def source(self, role: Role, policies: Iterable[str]) -> str:
        """The resource to look at for a permission of a role: the policy, its attachment, the role."""
        listed = sorted(policies)
        for key in listed:
            if key in self.policies and self.policies[key].urn:
                return str(self.policies[key].urn)
        for key in listed:
            if (role.key, key) in self._attached_by:
                return self._attached_by[role.key, key]
        return role.urn or role.key

    def account(self, role: Role) -> str | None:
        """The account that a role lives in, where its ARN is known."""
        step = self.preview.by_urn.get(role.urn or "")
        for state in (step.new, step.old) if step else ():
            for name in ("arn", "roleArn"):
                found = account_in(str((state.outputs if state else {}).get(name, "")))
                if found:
                    return found
        return None

    def service(self, cloud: str) -> str:
        """The principal that stands for instances."""
        known = limits(cloud)
        return known.service if known else ""

    def dialect(self, cloud: str) -> Dialect:
        """The cloud's policy language."""
        known = limits(cloud)
        assert known is not None  # permissions of an unknown cloud are never read
        return known.language


def gives(grant: Grant, action: str, dialect: Dialect) -> bool:
    """Whether a gained permission has (part of) this action, as far as it can be told without a request. Yes, where
    that takes too long."""
    try:
        with within(LABOUR):
            return _gives(grant, action, dialect)
    except TooMuch:
        return True


def _gives(grant: Grant, action: str, dialect: Dialect) -> bool:
    target = dialect.fold_action(action)

    def over(pattern: str) -> bool:
        return covers(dialect.fold_action(pattern), target)

    if not any(all(meet(dialect.fold_action(p), target) for p in text.split(" & ")) for text in grant.actions):
        return False
    if any(over(one) for one in grant.not_actions):
        return False
    return not any(
        not one.conditions
        and not one.unless
        and not any(over(pattern) for pattern in one.not_actions)
        and any(all(over(p) for p in text.split(" & ")) for text in one.actions)
        and all(
            any(covers(dialect.resource_pattern(w), dialect.resource_pattern(r)) for w in one.resources)
            for r in grant.resources
        )
        for one in grant.exempt
        if one.why != "listed"
    )


def fingerprint(rule: str, hit: Hit) -> str:
    """The same for the same rule, resource and subject, whatever else changes."""
    return hashlib.sha256("\n".join((rule, hit.resource, hit.subject)).encode()).hexdigest()[:20]


def listed(values: Iterable[str], most: int = 3) -> str:
    """A few values, and how many more there are."""
    found = sorted(set(values))
    rest = len(found) - most
    return ", ".join(found[:most]) + (f" and {rest} more" if rest > 0 else "")
