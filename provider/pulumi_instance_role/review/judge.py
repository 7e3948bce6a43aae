"""Findings, which of them fail, and which a baseline accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from pulumi_instance_role.policy.wildcard import matches
from pulumi_instance_role.review.baseline import Accepted
from pulumi_instance_role.review.model import (
    SEVERITIES,
    Acceptance,
    BaselineEntry,
    Finding,
    Review,
    Severity,
)
from pulumi_instance_role.review.preview import Preview
from pulumi_instance_role.review.rules import RULES
from pulumi_instance_role.review.rules.base import Context, Hit, Rule, fingerprint

DEFAULT_FAIL_ON = ("high",)
NOTHING = "none"


def failing_rules(names: Sequence[str], more: Mapping[str, Severity] | None = None) -> frozenset[str]:
    """The ids of the rules that fail. A severity means it and all that are worse. ``ValueError`` for other names.

    ``more`` are ids and severities of rules of this review alone, such as those of guardrails.
    """
    found: set[str] = set()
    by_id = {**{rule.id: rule.severity for rule in RULES}, **(more or {})}
    for name in names:
        if name in SEVERITIES:
            worst = SEVERITIES[: SEVERITIES.index(name) + 1]
            found |= {name for name, severity in by_id.items() if severity in worst}
        elif name in by_id:
            found.add(name)
        elif name != NOTHING:
            raise ValueError(
                f"{name!r} is no rule and no severity; severities: {', '.join(SEVERITIES)}, or {NOTHING}; "
                "rules: instance-role review --list-rules"
            )
    return frozenset(found)


def judge(
    review: Review,
    preview: Preview,
    *,
    fail_on: frozenset[str],
    baseline: Sequence[Accepted] = (),
    today: date,
    max_instances: int | None = None,
    more: Sequence[Rule] = (),
) -> Review:
    """The review with findings, what became of the baseline, and the verdict. ``today`` decides what has expired, and
    ``more`` are rules of this review alone."""
    context = Context(review, preview, max_instances)
    findings = [_finding(rule, hit, context, fail_on) for rule in (*RULES, *more) for hit in _distinct(rule, context)]
    used: set[Accepted] = set()
    for index, finding in enumerate(findings):
        entry = next((one for one in baseline if _accepts(one, finding) and one.expires >= today), None)
        if entry is not None:
            used.add(entry)
            accepted = Acceptance(entry.reason, entry.expires.isoformat())
            findings[index] = replace(finding, accepted=accepted, failing=False)
    left = [
        BaselineEntry(
            one.rule,
            one.resource,
            one.reason,
            one.expires.isoformat(),
            "expired" if one.expires < today else "unmatched",
        )
        for one in baseline
        if one not in used
    ]
    verdict = "findings" if any(one.failing for one in findings) else "pass"
    return replace(
        review,
        findings=tuple(sorted(findings, key=_order)),
        baseline=tuple(sorted(left, key=lambda one: (one.problem, one.rule, one.resource, one.reason))),
        verdict="error" if preview.failed else verdict,  # type: ignore[arg-type]  # one of the literals
    )


def _distinct(rule: Rule, context: Context) -> Iterable[Hit]:
    """The hits of a rule, one for each fingerprint."""
    return {fingerprint(rule.id, hit): hit for hit in rule.check(context)}.values()


def _finding(rule: Rule, hit: Hit, context: Context, fail_on: frozenset[str]) -> Finding:
    step = context.preview.by_urn.get(hit.resource)
    state = (step.new or step.old) if step else None
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        title=rule.title,
        message=hit.message,
        fix=rule.fix,
        url=hit.url or rule.url,
        resource=hit.resource,
        location=state.position if state else None,
        about=tuple(dict.fromkeys(hit.about)),
        fingerprint=fingerprint(rule.id, hit),
        accepted=None,
        failing=rule.id in fail_on,
    )


def _accepts(entry: Accepted, finding: Finding) -> bool:
    return entry.rule == finding.rule and matches(entry.resource, finding.resource)


def _order(one: Finding) -> tuple[object, ...]:
    return (SEVERITIES.index(one.severity), one.rule, one.resource, one.fingerprint)
