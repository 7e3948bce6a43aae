"""The baseline: findings that somebody has accepted, why, and until when.

A file of entries, YAML or JSON, under the key ``accept``::

    accept:
      - rule: full-access-policy
        resource: "urn:pulumi:prod::shop::*::audit"
        reason: the auditor needs all of RAM until the new report is there
        expires: 2026-12-31

``resource`` is the URN that the finding names; ``*`` and ``?`` are wildcards. ``expires`` is the last day on which the
entry holds. Each entry needs all four: what is accepted without a reason or for ever is not accepted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

from pulumi_instance_role.review.guardrails import PREFIX, UNDECIDED
from pulumi_instance_role.review.rules import BY_ID
from pulumi_instance_role.review.written import BadFile, load

_KEYS = ("rule", "resource", "reason", "expires")


class BadBaseline(ValueError):
    """The file is no baseline. ``str()`` names the entry and what to write."""


@dataclass(frozen=True)
class Accepted:
    """One entry."""

    rule: str
    resource: str
    reason: str
    expires: date


def read(text: str, rules: Collection[str] = BY_ID, command: str = "review") -> tuple[Accepted, ...]:
    """The entries of a baseline. Raises :class:`BadBaseline`. ``rules`` are those that ``command`` knows, by id."""
    try:
        raw = load(text)
    except BadFile as error:
        raise BadBaseline(str(error)) from None
    if raw is None:
        return ()
    if not isinstance(raw, dict) or set(raw) != {"accept"} or not isinstance(raw["accept"] or [], list):
        raise BadBaseline("must be an object with the one key accept, a list of entries")
    return tuple(_entry(index, one, rules, command) for index, one in enumerate(raw["accept"] or []))


def _entry(index: int, raw: Any, rules: Collection[str], command: str) -> Accepted:
    where = f"accept[{index}]"
    if not isinstance(raw, dict):
        raise BadBaseline(f"{where} must be an object with {', '.join(_KEYS)}")
    missing = [key for key in _KEYS if not raw.get(key)]
    unknown = sorted(str(key) for key in raw if key not in _KEYS)
    if missing or unknown:
        what = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(unknown)}"
        raise BadBaseline(f"{where} {what}; an entry has {', '.join(_KEYS)}")
    if raw["rule"] not in (*rules, UNDECIDED.id) and not str(raw["rule"]).startswith(PREFIX):
        raise BadBaseline(f"{where}: {raw['rule']!r} is not a rule; instance-role {command} --list-rules lists them")
    return Accepted(
        raw["rule"], str(raw["resource"]), " ".join(str(raw["reason"]).split()), _day(where, raw["expires"])
    )


def _day(where: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=timezone.utc).date()
    except ValueError:
        raise BadBaseline(f"{where}: expires must be a day, such as 2026-12-31, not {value!r}") from None
