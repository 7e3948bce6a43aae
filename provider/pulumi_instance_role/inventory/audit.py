"""What was found, judged by the rules of a review: an audit of live accounts.

The account becomes a picture with nothing before it (``review.state``), so that what roles may do is worked out,
counted and judged as a review does. What could not be read stays a blank in it, and is never taken for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from pulumi_instance_role.clouds.port import Instance
from pulumi_instance_role.inventory.model import Found, RoleFound
from pulumi_instance_role.inventory.rules import AccountContext, failing, rules_for
from pulumi_instance_role.review import guardrails, words
from pulumi_instance_role.review.baseline import Accepted
from pulumi_instance_role.review.declared import Where, policy_key, role_key
from pulumi_instance_role.review.judge import judge
from pulumi_instance_role.review.model import SEVERITIES, Finding, Review, Role, Size, Unread
from pulumi_instance_role.review.roles import Live
from pulumi_instance_role.review.sizes import size
from pulumi_instance_role.review.state import NOTHING, Standing, State

NO_LIST = "what it may do is not known: the list of roles could not be read"
NOT_LISTED = "what it may do is not known: the account's list of roles does not have it"
NOT_READ = "what it may do is not known: its policies could not be read"


@dataclass(frozen=True)
class May:
    """What the instances with one role may do: how much it is as far as it can be read, and what cannot be."""

    size: Size
    unread: tuple[str, ...]

    @property
    def known(self) -> list[str]:
        """What can be read, in words: a line for each service, the most harmful first."""
        return words.amounts(self.size)

    @property
    def lines(self) -> list[str]:
        """All of it in words; what is not known first, since it may be everything."""
        return [*(f"not known: {one}" for one in self.unread), *self.known] or ["nothing"]


@dataclass(frozen=True)
class Audit:
    """Accounts as they are, and what the rules find in them."""

    found: tuple[Found, ...]
    review: Review

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """The roles that were looked at, by key."""
        return {one.key: one for one in self.review.roles}

    def may(self, account: Found, role: str) -> May | None:
        """What instances with a role may do; ``None`` for a role that instances neither hold nor may hold."""
        return self._may.get(role_key(scope(account), role))

    @cached_property
    def _may(self) -> Mapping[str, May]:
        return {
            one.key: May(size(words.sure(one.gained), one.cloud), tuple(unread.text for unread in one.gained_unknown))
            for one in self.review.roles
        }

    @cached_property
    def worst(self) -> Mapping[str, int]:
        """Key of a role, policy or instance -> the worst severity found about it, as an index into ``SEVERITIES``."""
        seen: dict[str, int] = {}
        for one in self.review.findings:
            for key in (*one.resources, *one.about):
                seen[key] = min(seen.get(key, len(SEVERITIES)), SEVERITIES.index(one.severity))
        return seen

    def ranked(self, account: Found) -> list[tuple[str, list[Instance], RoleFound | None]]:
        """The roles that instances hold or may hold, each with its instances: worst found first, then most held."""
        held: dict[str, list[Instance]] = {}
        for name, instances in account.holders().items():
            held.setdefault(name.casefold(), []).extend(instances)
        names = [*held, *(one.role.name.casefold() for one in account.idle_roles())]

        def rank(name: str) -> tuple[int, int, str]:
            worst = self.worst.get(role_key(scope(account), name), len(SEVERITIES))
            return worst, -len(held.get(name, ())), name

        return [(name, held.get(name, []), account.role(name)) for name in sorted(dict.fromkeys(names), key=rank)]

    def failing(self) -> list[Finding]:
        """The findings that decide the exit code."""
        return [one for one in self.review.findings if one.failing]


def audit(
    found: Sequence[Found],
    *,
    today: date,
    fail_on: Sequence[str] = (),
    baseline: Sequence[Accepted] = (),
    rails: Sequence[guardrails.Rail] = (),
) -> Audit:
    """Work out what roles may do, and judge it. ``ValueError`` for names in ``fail_on`` that are none."""
    fails = failing(fail_on, guardrails.severities(rails))
    state = State(standing(found))
    more, said = guardrails.checked(state, rails) if rails else ((), ())
    review = replace(state.review(), guardrails=said)
    accounts = len({scope(one) for one in found})
    judged = judge(
        review,
        NOTHING,
        fail_on=fails,
        baseline=baseline,
        today=today,
        more=more,
        rules=rules_for(found, today),
        context=AccountContext(review, NOTHING, accounts=accounts),
    )
    return Audit(tuple(found), judged)


def scope(account: Found) -> str:
    """The account in keys; see ``review.declared.Where.scope``."""
    return _where(account).scope


def _where(account: Found, region: str | None = None) -> Where:
    return Where(account.cloud, region, account.account_id, None)


def standing(found: Sequence[Found]) -> Standing:
    """Accounts as the picture of a review takes them."""
    documents: dict[str, str] = {}
    attachments: dict[str, tuple[tuple[str, str], ...]] = {}
    trust: dict[str, str] = {}
    held: dict[str, tuple[Where, str | None]] = {}
    roles: dict[str, tuple[Where, str]] = {}
    unread: dict[str, dict[str, Unread]] = {}
    called: dict[str, str] = {}
    for account in found:
        where = _where(account)
        for (kind, name), policy in account.policies.items():
            if policy is not None:
                documents[policy_key(where.scope, kind, name)] = policy.document
        for one in account.instances:
            key = f"{where.scope}:instance/{one.instance_id}"
            called[key] = one.name
            held[key] = (_where(account, one.region), one.role)
            if one.role:
                roles.setdefault(role_key(where.scope, one.role), (where, one.role))
        for name, role in account.roles.items():
            key = role_key(where.scope, name)
            if key in roles or (role.trusts is not False and not role.role.service_linked):
                roles[key] = (where, role.role.name)
        for key, (_, name) in roles.items():
            if not key.startswith(f"{where.scope}:"):
                continue
            known = account.role(name)
            if known is None or known.policies is None:
                text = NOT_READ if known else NOT_LISTED if account.roles_known else NO_LIST
                unread[key] = {f"{key} unread": Unread("opaque", None, "", text)}
            else:
                attachments[key] = tuple((each.policy_type, each.policy) for each in known.policies)
            if known is not None and known.role.trust_policy:
                trust[key] = known.role.trust_policy
    return Standing(Live(documents, attachments, trust, {}, held), roles, unread, called)
