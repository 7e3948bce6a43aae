"""The rules of an audit: those of a review that are about what is so, in fitting words, and those about accounts.

Left out of a review's are those about what a change does (a binding that is replaced, a role that is lost), about what
a program says (AccessKeys in inputs, ``adopt``), and ``ending-gained`` and ``writing-gained``: that a program on an
instance writes is what its role is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.clouds.port import CUSTOM
from pulumi_instance_role.inventory.model import Found, KeyFound, Part
from pulumi_instance_role.review import permissions, words
from pulumi_instance_role.review.declared import Where, policy_key, role_key
from pulumi_instance_role.review.judge import failing_rules
from pulumi_instance_role.review.lookup import Lookup
from pulumi_instance_role.review.model import SEVERITIES, Instance, Role, Severity
from pulumi_instance_role.review.rules import BY_ID
from pulumi_instance_role.review.rules.base import Context, Hit, Rule
from pulumi_instance_role.review.rules.change import ATTACH, KEYS
from pulumi_instance_role.review.rules.words import not_looked_up

DAYS = 90
"""After so many days without use a key is idle, and after so many it is old: the three months of the clouds' pages."""
ROTATE = "https://www.alibabacloud.com/help/en/resource-access-management/latest/rotate-accesskey-pairs"
LISTING = "https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-listroles"
COMMAND = "inventory"

_AS_THEY_ARE = (
    "administrator-access", "privilege-escalation", "acts-as-others", "named-role-taken", "pass-role-any",
    "assume-role-any", "full-access-policy", "wildcard-action", "wildcard-resource", "trust-anyone",
    "trust-other-account", "trust-beyond-instances",
)  # fmt: skip
"""Rules of a review whose words hold for what is so as well."""


@dataclass(frozen=True)
class AccountContext(Context):
    """What rules look at when there is no stack: places are keys, and they name the account."""

    accounts: int = 1

    def account(self, role: Role) -> str | None:
        """The account that was asked."""
        return role.key.partition("(")[2].partition(")")[0] or None

    def source(self, role: Role, policies: Iterable[str]) -> str:
        """The custom policy to look at, or the role that has a system policy on it."""
        custom = sorted(key for key in policies if self.policies[key].policy_type == CUSTOM)
        return custom[0] if custom else role.key

    def name(self, one: Role | Instance) -> str:
        """With the account, where there are several."""
        account = one.key.partition("(")[2].partition(")")[0]
        return words.called(one) + (f" of account {account}" if self.accounts > 1 else "")


def failing(names: Sequence[str], more: Mapping[str, Severity] | None = None) -> frozenset[str]:
    """The ids of the rules that fail an audit; see ``review.judge.failing_rules``."""
    return failing_rules(names, more, rules=RULES, command=COMMAND)


def rules_for(found: Sequence[Found], today: date) -> tuple[Rule, ...]:
    """The rules, looking at these accounts on this day."""

    def bound(rule: Rule) -> Rule:
        look = _LOOKS.get(rule.id)
        return rule if look is None else replace(rule, check=lambda context: look(context, found, today))

    return tuple(bound(rule) for rule in RULES)


# -- what a review has, in other words -----------------------------------------------------------------------------
def _unknown_gain(context: Context) -> Iterator[Hit]:
    """Roles of which nothing could be read for the same reason are told together."""
    for hit in BY_ID["unknown-gain"].check(context):
        yield hit if hit.policies else replace(hit, cause=hit.message)


def _opaque(context: Context) -> Iterator[Hit]:
    for hit in BY_ID["opaque-policy"].check(context):
        yield hit if hit.policies else replace(hit, cause=hit.message)


def _uncompared(context: Context) -> Iterator[Hit]:
    for hit in BY_ID["not-compared"].check(context):
        what = hit.message.partition(": not compared")[0]
        yield replace(hit, message=f"{what}: what denials take away from it was not worked out, so all of it counts")


# -- about accounts ------------------------------------------------------------------------------------------------
def _scope(account: Found) -> str:
    return Where(account.cloud, None, account.account_id, None).scope


_PARTS: Mapping[Part, str] = {
    "regions": "which regions there are",
    "instances": "which instances there are and what they hold",
    "roles": "which roles there are",
    "trust": "who may assume roles",
}
"""What bears on what instances may do. Of policies that could not be read ``unknown-gain`` tells."""


def _account_not_read(_: Context, found: Sequence[Found], _today: date) -> Iterator[Hit]:
    for account in found:
        for part, what in _PARTS.items():
            yield from _not_read(account, part, f"not known: {what}")


def _keys_not_read(_: Context, found: Sequence[Found], _today: date) -> Iterator[Hit]:
    for account in found:
        yield from _not_read(account, "keys", "not known: which AccessKeys there are, or when they were last used")


def _not_read(account: Found, part: Part, text: str) -> Iterator[Hit]:
    unread = [one for one in account.unread if one.part == part]
    if unread:
        named = words.some([one.what for one in unread])
        message = f"{text} ({named} could not be read: {unread[0].why.rstrip('.')})"
        yield Hit(f"{_scope(account)}:unread/{part}", message, (), part)


def _idle(_: Context, found: Sequence[Found], _today: date) -> Iterator[Hit]:
    for account in found:
        where = words.some(account.regions)
        but = "; instances of some regions could not be read" if account.blind_regions else ""
        for one in account.idle_roles():
            key = role_key(_scope(account), one.role.name)
            message = f"open to instances, and held by none in {where}{but}"
            yield Hit(key, message, (key,), key, cause=_scope(account), who=(one.role.name,))


def _without(context: Context, found: Sequence[Found], _today: date) -> Iterator[Hit]:
    for account in found:
        for one in account.without_role():
            key = f"{_scope(account)}:instance/{one.instance_id}"
            called = context.name(context.instances[key])
            message = "no role is held"
            cause = f"{_scope(account)} {one.region}"
            yield Hit(key, message, (key,), key, cause, (called,), "instance", (key,))


def _shut_out(context: Context, found: Sequence[Found], _today: date) -> Iterator[Hit]:
    for account in found:
        service = limits_of(account.cloud).service
        for name, held in account.roles.items():
            role = context.roles.get(role_key(_scope(account), name))
            holders = role.after.instances if role and role.after else ()
            if role is not None and holders and held.trusts is False:
                message = f"its trust policy does not let {service} assume it, so instances get no credentials"
                yield Hit(role.key, message, (role.key,), role.key, role.key, (context.name(role),), "role", holders)


def _of_account(_: Context, found: Sequence[Found], _today: date) -> Iterator[Hit]:
    for account, one in _active(found):
        if not one.key.user:
            yield _key(account, one, "the account itself has a key that works")


def _idle_keys(_: Context, found: Sequence[Found], today: date) -> Iterator[Hit]:
    for account, one in _active(found):
        if _is_idle(one, today):
            used = f"last used {one.last_used}" if one.last_used else "never used"
            yield _key(account, one, f"active, and {used}")


def _old_keys(_: Context, found: Sequence[Found], today: date) -> Iterator[Hit]:
    for account, one in _active(found):
        if _before(one.key.created, today) and not _is_idle(one, today):
            yield _key(account, one, f"active, and made {one.key.created}")


def _active(found: Sequence[Found]) -> Iterator[tuple[Found, KeyFound]]:
    return ((account, one) for account in found for one in account.keys or () if one.key.active)


def _is_idle(one: KeyFound, today: date) -> bool:
    """Whether it has not been used for long. One that was never used is idle when it is not new."""
    if one.last_used is None:
        return False  # not known
    return _before(one.last_used or one.key.created, today, unknown=one.last_used == "")


def _before(day: str, today: date, *, unknown: bool = False) -> bool:
    """Whether a day is long ago; ``unknown`` for a text that is no day."""
    try:
        return date.fromisoformat(day[:10]) < today - timedelta(days=DAYS)
    except ValueError:
        return unknown


def _key(account: Found, one: KeyFound, message: str) -> Hit:
    whose = f"user {one.key.user}" if one.key.user else "the account"
    resource = f"{_scope(account)}:key/{one.key.user or 'account'}/{one.shown}"
    return Hit(resource, f"key {one.shown} of {whose}: {message}", (), resource)


def _words(_: Context, found: Sequence[Found], _today: date) -> Iterator[Hit]:
    lookup = Lookup()
    for account in found:
        language = limits_of(account.cloud).language
        for (kind, name), policy in account.policies.items():
            if kind != CUSTOM or policy is None:
                continue
            read, _left = permissions.in_part(policy.document, "permission", language)
            key = policy_key(_scope(account), kind, name)
            for remark in dict.fromkeys(map(str, lookup.remarks(key, read, account.cloud)) if read else ()):
                yield Hit(key, f"policy {name}: {remark}", (), remark)
    yield from not_looked_up(lookup, "/")


Look = Callable[[Context, Sequence[Found], date], Iterable[Hit]]
_LOOKS: Mapping[str, Look] = {
    "account-not-read": _account_not_read,
    "keys-not-read": _keys_not_read,
    "role-idle": _idle,
    "instance-without-role": _without,
    "instances-shut-out": _shut_out,
    "account-key": _of_account,
    "key-idle": _idle_keys,
    "key-old": _old_keys,
    "unknown-words": _words,
}


def _unbound(_: Context) -> tuple[Hit, ...]:
    """A rule about accounts that has not been given any: see :func:`rules_for`."""
    return ()


_REWORDED = (
    replace(
        BY_ID["unknown-gain"],
        title="What instances may do is not known",
        rationale="A policy, or a statement of one, that could not be read may allow everything. It counts for every "
        "instance that holds it.",
        fix="Give the caller the right to read it, or correct the statement that is named.",
        check=_unknown_gain,
    ),
    replace(
        BY_ID["opaque-policy"],
        title="A policy that could not be read",
        rationale="Nobody holds the role now; whoever gets it may do what the policy allows.",
        fix="Give the caller the right to read it.",
        check=_opaque,
    ),
    replace(
        BY_ID["permission-management"],
        title="Instances have a say in who may do what",
        rationale="Actions that change policies, access lists or grants of a service let others in.",
    ),
    replace(
        BY_ID["not-compared"],
        title="Permissions that could not be worked out",
        rationale="These documents are very large, or their wildcards and exceptions overlap in very many ways. All "
        "that they allow counts, whatever they deny.",
        fix="Write actions and resources with fewer wildcards.",
        check=_uncompared,
    ),
    replace(
        BY_ID["instances-shut-out"],
        title="Instances without credentials",
        rationale="Instances get credentials only while the role's trust policy lets the cloud's instance service "
        "assume it.",
        fix="Name the service in the trust policy, or give the instances another role.",
        check=_unbound,
    ),
    replace(BY_ID["unknown-words"], check=_unbound),
)

_ACCOUNT = (
    Rule(
        "account-not-read", "high", "A part of the account could not be read",
        "What was not read may hold any risk: an audit without it does not say that the account is in order.",
        "Give the caller the right to read it (docs/inventory.md), or leave the region out.",
        LISTING, _unbound,
    ),
    Rule(
        "account-key", "high", "The account itself has an AccessKey",
        "Whoever has it may do everything, and no policy takes anything away from it.",
        "Move what uses it to a role or to a user with few rights; then disable it, wait, and delete it.",
        KEYS, _unbound,
    ),
    Rule(
        "key-idle", "medium", "An AccessKey that nobody uses",
        f"It works, and for {DAYS} days nothing was done with it: a leak of it would be noticed by nobody.",
        "Disable it, wait, and delete it.",
        ROTATE, _unbound,
    ),
    Rule(
        "key-old", "low", "An AccessKey that is old",
        f"It is older than {DAYS} days. The longer a key lives, the more places have a copy of it.",
        "Give what uses it an instance role in its place, or make a new key and delete this one.",
        ROTATE, _unbound,
    ),
    Rule(
        "role-idle", "low", "A role that no instance holds",
        "Whoever may pass it to an instance of theirs gets what it may do, and nobody misses it. Instances in regions "
        "that were not asked for, and those that are started later, may need it.",
        "Delete it, if no region and no template uses it.",
        ATTACH, _unbound,
    ),
    Rule(
        "keys-not-read", "low", "AccessKeys that could not be read",
        "How many there are, and whether anybody uses them, is not known.",
        "Give the caller the right to read them, or leave them out with --no-keys.",
        KEYS, _unbound,
    ),
    Rule(
        "instance-without-role", "note", "An instance without a role",
        "If a program on it calls the cloud, it does so with a key that lies somewhere.",
        "Bind a role to it, or leave it, if nothing on it calls the cloud.",
        ATTACH, _unbound,
    ),
)  # fmt: skip


RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*(BY_ID[name] for name in _AS_THEY_ARE), *_REWORDED, *_ACCOUNT),
        key=lambda one: (SEVERITIES.index(one.severity), one.id),
    )
)
"""All rules of an audit, worst first. Those about accounts see nothing until :func:`rules_for` has bound them."""
IDS = frozenset(one.id for one in RULES)
