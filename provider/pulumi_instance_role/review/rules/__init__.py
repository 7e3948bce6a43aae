"""The risk rules. One rule is one function; each module lists its own, and ``RULES`` has them all, worst first."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_instance_role.review.model import SEVERITIES
from pulumi_instance_role.review.rules import bounds, change, connection, escalation, native, permissions, trust, words
from pulumi_instance_role.review.rules.base import Rule

_ALL = (
    *bounds.RULES,
    *change.RULES,
    *connection.RULES,
    *escalation.RULES,
    *native.RULES,
    *permissions.RULES,
    *trust.RULES,
    *words.RULES,
)
RULES: tuple[Rule, ...] = tuple(sorted(_ALL, key=lambda one: (SEVERITIES.index(one.severity), one.id)))
BY_ID: Mapping[str, Rule] = {one.id: one for one in RULES}
