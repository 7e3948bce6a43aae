"""What the forms of an inventory share: figures, roles and keys in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pulumi_instance_role.inventory.model import Found, KeyFound, RoleFound
from pulumi_instance_role.inventory.model import figures as counted
from pulumi_instance_role.review.model import SEVERITIES, Finding
from pulumi_instance_role.review.words import CLOUDS, joined, some

NOT_KNOWN = "not known"
_NAMED = 3
"""Instances that a line names."""


def agree(number: int, one: str, many: str) -> str:
    """``one`` for a single thing, ``many`` for none and several."""
    return one if number == 1 else many


def count(number: int, noun: str) -> str:
    """``1 role``, ``2 roles``."""
    return f"{number} {agree(number, noun, f'{noun}s')}"


def title(one: Found) -> str:
    """Which account, and where."""
    profile = f", profile {one.profile}" if one.profile else ""
    return f"{CLOUDS.get(one.cloud, one.cloud)}, account {one.account_id}{profile}, {count(len(one.regions), 'region')}"


def shared(one: Found) -> list[str]:
    """That several profiles lead to an account, in one line; nothing where one does."""
    if not one.also:
        return []
    names = joined([str(one.profile), *one.also])
    return [f"Profiles {names} lead to account {one.account_id}: it is counted once, read with profile {one.profile}"]


def figures(one: Found) -> list[str]:
    """What is counted first, one statement a line."""
    sums = counted([one])
    held = agree(sums.with_role, "holds", "hold"), agree(sums.without_role, "holds", "hold")
    parts = [f"{sums.with_role} {held[0]} a role", f"{sums.without_role} {held[1]} none"]
    parts += [f"of {sums.role_not_known} it is not known"] if sums.role_not_known else []
    blind = " (not read everywhere)" if one.blind_regions else ""
    lines = [*shared(one), f"{count(sums.instances, 'instance')}: {', '.join(parts)}{blind}"]
    lines.append(f"{count(sums.roles_held, 'role')} held{_idle(one, sums.roles_idle)}")
    if one.keys is not None:
        active = sum(1 for key in one.keys if key.key.active)
        dark = f", of {sums.keys_use_not_known} it is not known" if sums.keys_use_not_known else ""
        lines.append(f"{count(len(one.keys), 'AccessKey')} read, {active} active, {sums.keys_idle} never used{dark}")
    without = one.without_role()
    if without:
        lines.append(f"Without a role: {some([each.instance_id for each in without], _NAMED)}")
    return lines


def _idle(one: Found, number: int | None) -> str:
    if number is None:
        return "; the list of roles was not read"
    where = " where instances could be read" if one.blind_regions else ""
    dark = sum(1 for role in one.roles.values() if role.trusts is None)
    return f", {number} that instances may hold and nobody does{where}" + (
        f", of {dark} it is not known" if dark else ""
    )


def findings(found: Sequence[Finding]) -> str:
    """How many, by severity: ``3 findings: 1 critical and 2 low``."""
    sums = Counter(one.severity for one in found)
    said = [f"{sums[severity]} {severity}" for severity in SEVERITIES if sums[severity]]
    return f"{count(len(found), 'finding')}: {joined(said)}" if said else "No findings"


def verdict(found: Sequence[Finding]) -> str:
    """What comes of an audit that was asked for one."""
    failing = sum(one.failing for one in found)
    if failing:
        return f"{count(failing, 'finding')} must be dealt with."
    return f"Nothing that fails it; {count(len(found), 'finding')} to know of." if found else "No findings."


def ranking(one: Found, roles: int, accounts: int) -> str:
    """What stands above the roles of an account."""
    of = f" of account {one.account_id}" if accounts > 1 else ""
    return f"{count(roles, 'role')}{of} for instances, most to look at first"


def left_out(found: Sequence[object], most: int, noun: str) -> str:
    """How many of them a form does not show; nothing where it shows all."""
    rest = len(found) - most
    return f"and {count(rest, f'more {noun}')}; --format json has all" if rest > 0 else ""


def policies(role: RoleFound | None) -> str:
    """The names of the policies on a role."""
    if role is None or role.policies is None:
        return NOT_KNOWN
    return ", ".join(sorted(one.policy for one in role.policies)) or "none"


def stack(role: RoleFound | None) -> str:
    """The stack that made a role, by its tags; what nobody marked is no stack's of this project."""
    if role is None:
        return NOT_KNOWN
    return f"{role.owner.project}/{role.owner.stack}" if role.owner else "none"


def key(one: KeyFound) -> tuple[str, str, str, str]:
    """A key: its shortened id, whose it is, whether it works, and when it was last used."""
    used = {"": "never", None: NOT_KNOWN}.get(one.last_used, one.last_used)
    return one.shown, one.key.user or "(the account)", "active" if one.key.active else "disabled", used or NOT_KNOWN


KEY = ("key", "user", "state", "last used")
"""What :func:`key` says, in a word each."""


def by_use(keys: Sequence[KeyFound]) -> list[KeyFound]:
    """Keys, those first that work and that nobody uses."""
    return sorted(keys, key=lambda one: (not one.key.active, one.last_used is None, one.last_used or "", one.shown))
