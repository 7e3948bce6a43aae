"""The findings as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

One run, all rules (those without a result too: a reader sees what was looked for), one result for each finding. A
result's place is the resource's URN, and the file and line of the program where the preview says so; code scanning on
GitHub shows only results with a file, so the project's ``Pulumi.yaml`` stands in. Accepted findings carry a
suppression, as SARIF has it for what was reviewed and let be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pulumi_instance_role.language import listing, say, tell
from pulumi_instance_role.language.spoken import TAGS, Language, speaking
from pulumi_instance_role.review import words
from pulumi_instance_role.review.guardrails import UNDECIDED, rule_of
from pulumi_instance_role.review.model import Finding, Review, Severity
from pulumi_instance_role.review.rules import RULES
from pulumi_instance_role.review.rules.base import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "note": "note",
}
# The scale on which GitHub sorts security results: https://docs.github.com/en/code-security/code-scanning/
_SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "note": "1.0"}
_FALLBACK = "Pulumi.yaml"
_MOST = 20  # resources of one result


def render(review: Review, *, language: Language = "en") -> str:
    """The log as JSON text. ``language`` is that of its messages; ids, keys and levels are the same in each."""
    with speaking(language):
        found = _log(review)
    if language != "en":  # which a reader takes it for where nothing is said
        for run in found["runs"]:
            run["language"] = run["tool"]["driver"]["language"] = TAGS[language]
    return text(found)


def _log(review: Review) -> dict[str, Any]:
    about = f"instance-role-review/{review.project}/{review.stack}/"
    figures = [tell(line) for line in words.radius(review)]
    return log(review, RULES, command="review", about=about, figures=figures)


def text(found: dict[str, Any]) -> str:
    """A log as it is written."""
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def log(review: Review, known: Sequence[Rule], *, command: str, about: str, figures: Sequence[str]) -> dict[str, Any]:
    """The log of what ``command`` found by the rules that it knows; ``about`` keeps runs over other things apart."""
    rails = [rule_of(one.id, one.cloud, one.severity, one.reason) for one in review.guardrails]
    rules = [_rule(rule) for rule in (*known, *rails, *([UNDECIDED] if rails else []))]
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {
        "name": f"instance-role {command}",
        "semanticVersion": version("pulumi-instance-role"),
        "rules": rules,
    }
    errors = [one for one in review.diagnostics if one.severity == "error"]
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": about},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": review.result == "succeeded",
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": "\n".join((one.message, *one.details))}} for one in errors
                ],
            }
        ],
        "properties": {"verdict": review.verdict, "figures": [*figures]},
        "results": [_result(one, index[one.rule]) for one in review.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in re.split(r"\W+", rule.id)),
        "shortDescription": {"text": tell(say(rule.title))},
        "fullDescription": {"text": tell(say(rule.rationale))},
        "help": {"text": tell(listing((say(rule.rationale), say(rule.fix)), " "))},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"security-severity": _SCORES[rule.severity], "tags": ["security", "identity"]},
    }


def _result(one: Finding, index: int) -> dict[str, Any]:
    file, _, line = (one.location or "").rpartition(":")
    physical: dict[str, Any] = {"artifactLocation": {"uri": _FALLBACK}, "region": {"startLine": 1}}
    if file and line.isdigit() and int(line) > 0:
        physical = {"artifactLocation": {"uri": file}, "region": {"startLine": int(line)}}
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": tell(say("{message}. {fix}", message=one.message, fix=one.fix))},
        "locations": [
            {
                "physicalLocation": physical,
                "logicalLocations": [
                    {"name": urn.rpartition("::")[2], "fullyQualifiedName": urn, "kind": "resource"}
                    for urn in one.resources[:_MOST]
                ],
            }
        ],
        "partialFingerprints": {"instanceRoleReview/v1": one.fingerprint},
        "properties": {
            "severity": one.severity,
            "failing": one.failing,
            "instances": one.instances,
            "follows": list(one.follows),
        },
    }
    if one.accepted:
        why = say("{reason} (until {day})", reason=one.accepted.reason, day=one.accepted.expires)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": tell(why)}]
    return result
