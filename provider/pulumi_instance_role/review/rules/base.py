"""What a rule is, and what it may look at.

A rule looks at the change, not at the state: what was so before and stays so is no finding, or every review would
repeat it and nobody would read it. A role that is given to more instances is a change for them, whatever it may do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from pulumi_instance_role.language import Text, plural, say
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.work import Work, resumed
from pulumi_instance_role.review import words
from pulumi_instance_role.review.declared import Side
from pulumi_instance_role.review.facts import limits
from pulumi_instance_role.review.model import Grant, Instance, Policy, Review, Role, Severity
from pulumi_instance_role.review.permissions import account_in
from pulumi_instance_role.review.preview import Preview
from pulumi_instance_role.review.sizes import COUNTING, Deed, deeds

SYSTEM = say(
    "The cloud owns this policy, and nobody can edit it: attach a narrower one in its place, or write a RolePolicy "
    "with the actions in use."
)
Noun = Literal["role", "instance", "template", "binding"]


@dataclass(frozen=True)
class Hit:
    """One thing that a rule sees. ``subject`` tells apart several on one resource, and stays the same between runs.

    Hits of a rule with the same ``cause`` and message are one finding. Then ``who`` are the names that the message is
    about, and ``noun`` says what they are: ``role web: ...`` and ``role db: ...`` become ``roles db, web: ...``.
    """

    resource: str
    message: str
    about: tuple[str, ...] = ()
    subject: str = ""
    cause: str = ""
    who: tuple[str, ...] = ()
    noun: Noun = "role"
    instances: tuple[str, ...] = ()
    """Keys of the instances that it reaches, as far as the stack has them."""
    policies: tuple[str, ...] = ()
    """Keys of the policies that it comes from; a rule that only repeats what a worse one says of them is left out."""
    url: str = ""
    """The page about this one; the rule's, if empty."""
    fix: str = ""
    """What to do about this one; the rule's, if empty."""


@dataclass(frozen=True)
class Rule:
    """A risk: when it is seen, why it matters, what to do. The texts are in the catalogues of ``language``."""

    id: str
    severity: Severity
    title: str
    rationale: str
    fix: str
    url: str
    check: Callable[[Context], Iterable[Hit]] = field(repr=False)
    repeats: tuple[str, ...] = ()
    """Rules that see only what follows from this one, where both are about the same policies of the same role."""


@dataclass(frozen=True)
class Context:
    """A review and the preview it comes from."""

    review: Review
    preview: Preview
    max_instances: int | None = None

    @cached_property
    def before(self) -> Side:
        """What the resources of the preview declare before the update."""
        return Side(self.preview, "before")

    @property
    def after(self) -> Side:
        """What they declare after it."""
        return self.before.other

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """Policies by key."""
        return {one.key: one for one in self.review.policies}

    @cached_property
    def _attached_by(self) -> Mapping[tuple[str | None, str | None], str]:
        return {(one.role, one.policy): one.urn for one in self.review.attachments}

    @cached_property
    def given(self) -> Mapping[str, tuple[str, ...]]:
        """Roles (by key) that were there before and are now given to more instances -> these instances.

        So is a role whose trust policy lets instances in again.
        """
        old = {one.key for one in self.review.roles if one.before is not None}
        opened = {one.key for one in self.review.roles if one.before and one.before.shut_out and not _shut_out(one)}
        found: dict[str, tuple[str, ...]] = {}
        for way in self.review.transitions:
            if way.role_after in old and (way.role_before != way.role_after or way.role_after in opened):
                found[way.role_after] = (*found.get(way.role_after, ()), *way.instances)
        return found

    @cached_property
    def to_come(self) -> frozenset[str]:
        """Roles (by key) that the update gives to instances that are not known yet."""
        return frozenset(way.role_after for way in self.review.transitions if way.role_after and not way.instances)

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """Roles by key."""
        return {one.key: one for one in self.review.roles}

    @cached_property
    def instances(self) -> Mapping[str, Instance]:
        """Instances by key."""
        return {one.key: one for one in self.review.instances}

    @cached_property
    def _gains(self) -> Mapping[str, Mapping[Grant, tuple[str, ...]]]:
        """Role (by key) -> each permission that it or an instance with it gains -> these instances."""
        found: dict[str, dict[Grant, set[str]]] = {one.key: {} for one in self.review.roles}
        for role in self.review.roles:
            for grant in role.gained if role.after is not None else ():
                found[role.key].setdefault(grant, set())
        for way in self.review.transitions:
            for grant in way.gained if way.role_after in found else ():
                found[str(way.role_after)].setdefault(grant, set()).update(way.instances)
        return {role: {grant: tuple(sorted(some)) for grant, some in grants.items()} for role, grants in found.items()}

    def gained(self) -> Iterable[tuple[Role, Grant]]:
        """Every permission that a role gains, and those that instances gain with a role that is new to them."""
        for role in self.review.roles:
            yield from ((role, grant) for grant in self._gains[role.key])

    def grants(self, role: Role) -> Iterable[Grant]:
        """Every permission that a role gains, or instances with it."""
        return self._gains[role.key]

    def gaining(self, role: Role, grants: Iterable[Grant]) -> tuple[str, ...]:
        """Keys of the instances that gain any of these permissions with a role."""
        found = self._gains.get(role.key, {})
        return tuple(sorted({key for grant in grants for key in found.get(grant, ())}))

    @cached_property
    def _counted(self) -> Work:
        return Work(COUNTING)

    @cached_property
    def _deeds(self) -> dict[tuple[str, Grant], Mapping[str, frozenset[Deed]]]:
        return {}

    def deeds(self, role: Role, grant: Grant) -> Mapping[str, frozenset[Deed]]:
        """What each pattern of actions in a permission lets a role do; the work is limited for all together."""
        if (role.cloud, grant) not in self._deeds:
            with resumed(self._counted):
                self._deeds[role.cloud, grant] = deeds(grant, role.cloud)
        return self._deeds[role.cloud, grant]

    def hit(
        self, role: Role, policies: Iterable[str], message: str, subject: str, instances: Iterable[str] = ()
    ) -> Hit:
        """A hit about a role because of some policies on it."""
        sources = tuple(sorted(set(policies)))
        return Hit(
            self.source(role, sources),
            message,
            (role.key, *sources),
            f"{role.key} {subject}",
            cause=f"{' '.join(sources) or role.key} {subject}",
            who=(self.name(role),),
            instances=tuple(sorted(set(instances))),
            policies=sources,
        )

    def allowed(
        self,
        role: Role,
        policies: Iterable[str],
        message: str,
        subject: str,
        instances: Iterable[str] = (),
        *,
        fix: str = "",
    ) -> Hit:
        """A hit about what policies allow a role. Nobody can edit a system policy, so it is named, with what to do."""
        found = self.hit(role, policies, message, subject, instances)
        system = [one for one in found.policies if self.policies[one].policy_type == "System"]
        if not system:
            return replace(found, fix=fix)
        names = listed(self.policies[one].name for one in system)
        text = plural(
            "{message}, by the system policy {policies}",
            "{message}, by the system policies {policies}",
            len(system),
            message=message,
            policies=names,
        )
        return replace(found, message=text, fix=SYSTEM if len(system) == len(found.policies) else fix)

    @cached_property
    def clouds(self) -> int:
        """How many clouds the review is about."""
        return len({one.cloud for one in self.review.roles} | {one.cloud for one in self.review.instances})

    def name(self, one: Role | Instance) -> str:
        """What a role or an instance is called, in every finding alike."""
        return words.called(one, cloud=self.clouds > 1)

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


def _shut_out(role: Role) -> bool:
    return role.after is not None and role.after.shut_out


def fingerprint(rule: str, hits: Sequence[Hit]) -> str:
    """The same for the same rule, resource and subject (for several hits: the same cause), whatever else changes."""
    first = hits[0]
    parts = (rule, first.resource, first.subject) if len(hits) == 1 else (rule, first.cause)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def listed(values: Iterable[str], most: int = 3) -> Text:
    """A few values, and how many more there are."""
    return words.some(sorted(set(values)), most)
