"""Findings, which of them fail, and which a baseline accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from pulumi_instance_role.language import Text, listing, plural, say
from pulumi_instance_role.policy.near import is_meant
from pulumi_instance_role.policy.wildcard import matches
from pulumi_instance_role.review import words
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
from pulumi_instance_role.review.rules.base import Context, Hit, Noun, Rule, fingerprint

DEFAULT_FAIL_ON = ("high",)
NOTHING = "none"


def failing_rules(
    names: Sequence[str],
    more: Mapping[str, Severity] | None = None,
    *,
    rules: Sequence[Rule] = RULES,
    command: str = "review",
) -> frozenset[str]:
    """The ids of the rules that fail. A severity means it and all that are worse. ``ValueError`` for other names.

    ``more`` are ids and severities of rules of this review alone, such as those of guardrails; ``command`` lists
    ``rules``.
    """
    found: set[str] = set()
    by_id = {**{rule.id: rule.severity for rule in rules}, **(more or {})}
    for name in names:
        if name in SEVERITIES:
            worst = SEVERITIES[: SEVERITIES.index(name) + 1]
            found |= {name for name, severity in by_id.items() if severity in worst}
        elif name in by_id:
            found.add(name)
        elif name != NOTHING:
            near = is_meant(name, (*SEVERITIES, *by_id, NOTHING), 0.7)
            raise ValueError(
                f"{name!r} is neither a rule nor a severity; severities: {', '.join(SEVERITIES)}, or {NOTHING}; "
                f"rules: instance-role {command} --list-rules{near and '; ' + near}"
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
    rules: Sequence[Rule] = RULES,
    context: Context | None = None,
) -> Review:
    """The review with findings, what became of the baseline, and the verdict. ``today`` decides what has expired, and
    ``more`` are rules of this review alone. ``context`` is what rules look at, where it is not the review's own."""
    context = context or Context(review, preview, max_instances)
    rules = (*rules, *more)
    findings = [_finding(rule, hits, context, fail_on, also) for rule, hits, also in _found(context, rules)]
    used: set[Accepted] = set()
    for index, finding in enumerate(findings):
        entries = _accepting([one for one in baseline if one.expires >= today], finding)
        if entries:
            used |= entries
            first = min(entries, key=lambda one: (one.expires, one.reason))
            accepted = Acceptance(first.reason, first.expires.isoformat())
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


def _found(context: Context, rules: Sequence[Rule]) -> Iterable[tuple[Rule, list[Hit], tuple[str, ...]]]:
    """Each rule and cause with its hits, and the rules that only repeat what it says."""
    hits = {rule.id: list(rule.check(context)) for rule in rules}
    repeated: dict[tuple[str, str], set[str]] = {}
    for rule in rules:
        said: dict[tuple[str, ...], list[Hit]] = {}
        for worse in hits[rule.id]:
            said.setdefault(worse.who, []).append(worse)
        for name in rule.repeats:
            left = []
            for one in hits.get(name, ()):
                above = [worse for worse in said.get(one.who, ()) if _within(one, worse)]
                for worse in above:
                    repeated.setdefault((rule.id, worse.cause), set()).add(name)
                if not above:
                    left.append(one)
            hits[name] = left
    for rule in rules:
        together: dict[tuple[str, ...], list[Hit]] = {}
        for hit in hits[rule.id]:
            key = (hit.cause, hit.message) if hit.cause else ("", hit.resource, hit.subject)
            together.setdefault(key, []).append(hit)
        for same in together.values():
            yield rule, same, tuple(sorted(repeated.get((rule.id, same[0].cause), ())))


def _within(hit: Hit, worse: Hit) -> bool:
    """Whether a hit is only about policies that the worse one is about as well."""
    return bool(hit.policies) and set(hit.policies) <= set(worse.policies)


def _finding(
    rule: Rule, hits: Sequence[Hit], context: Context, fail_on: frozenset[str], also: tuple[str, ...]
) -> Finding:
    resources = tuple(dict.fromkeys(sorted(one.resource for one in hits)))
    step = context.preview.by_urn.get(resources[0])
    state = (step.new or step.old) if step else None
    reached = sorted({key for one in hits for key in one.instances})
    outside = {key for one in hits for about in one.about for key in _outside(context, about)}
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        title=say(rule.title),
        message=_message(hits, context, reached, len(outside)),
        fix=say(hits[0].fix or rule.fix),
        url=hits[0].url or rule.url,
        resource=resources[0],
        resources=resources,
        location=state.position if state else None,
        about=tuple(dict.fromkeys((*(key for one in hits for key in one.about), *reached))),
        instances=len(reached) + len(outside),
        follows=also,
        fingerprint=fingerprint(rule.id, hits),
        accepted=None,
        failing=not fail_on.isdisjoint((rule.id, *also)),
    )


def _outside(context: Context, about: str) -> tuple[str, ...]:
    role = context.roles.get(about)
    return (role.outside or ()) if role else ()


def _message(hits: Sequence[Hit], context: Context, reached: Sequence[str], outside: int) -> str:
    first = hits[0]
    names = sorted({name for one in hits for name in one.who})
    text = first.message
    if names:
        subject = _subject(first.noun, names)
        if text.startswith("may "):
            text = say("{subject} {message}", subject=subject, message=text)
        else:
            text = say("{subject}: {message}", subject=subject, message=text)
    to_come = first.noun == "role" and any(key in context.to_come for one in hits for key in one.about)
    if first.noun == "instance" or not (reached or outside or to_come):
        return text
    parts = []
    if reached:
        named = words.some([context.name(context.instances[key]) for key in reached])
        parts.append(say("{instances} ({names})", instances=words.instances(len(reached)), names=named))
    if outside:
        parts.append(say("{instances} outside the stack", instances=words.instances(outside)))
    if to_come:
        parts.append(say("instances that are not known yet"))
    return say("{message}; it reaches {instances}", message=text, instances=listing(parts, " and "))


def _subject(noun: Noun, names: Sequence[str]) -> Text:
    """What a message is about, by name."""
    some, number = words.some(names), len(names)
    if noun == "role":
        return plural("role {names}", "roles {names}", number, names=some)
    if noun == "instance":
        return plural("instance {names}", "instances {names}", number, names=some)
    if noun == "binding":
        return plural("binding {names}", "bindings {names}", number, names=some)
    return plural("template {names}", "templates {names}", number, names=some)


def _accepting(baseline: Sequence[Accepted], finding: Finding) -> set[Accepted]:
    """The entries that accept a finding: each of its resources has one. None, where a resource has none."""
    entries = [one for one in baseline if one.rule == finding.rule]
    found = [next((one for one in entries if _names(one.resource, each)), None) for each in finding.resources]
    return {one for one in found if one is not None} if all(found) else set()


def _names(pattern: str, resource: str) -> bool:
    """Whether an entry is about a resource: by its URN, or by its kind and name as they are shown."""
    return matches(pattern, resource) or matches(pattern, words.place(resource))


def _order(one: Finding) -> tuple[object, ...]:
    return (SEVERITIES.index(one.severity), -one.instances, one.rule, one.resource, one.fingerprint)
