"""What fails a review: rules, severities, and a baseline with reasons and days."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.review import baseline, words
from pulumi_instance_role.review.baseline import Accepted, BadBaseline
from pulumi_instance_role.review.judge import DEFAULT_FAIL_ON, failing_rules, judge
from pulumi_instance_role.review.model import SEVERITIES, Acceptance, Finding, Review
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import read
from pulumi_instance_role.review.rules import RULES
from tests.unit.review.build import attach, bind, policy, preview, role

TODAY = date(2026, 6, 15)
STEPS = [
    role("web"),
    policy("p", [allow("oss:*", on="*")], "create"),
    attach("web", "p", "create"),
    bind("web", "web", ["i-2"], "update", was=("web", ["i-1", "i-2"])),
]
WHERE = "urn:pulumi:dev::shop::*::p"


def judged(*accepted: Accepted, fail_on: tuple[str, ...] = DEFAULT_FAIL_ON, failed: bool = False) -> Review:
    found = read(preview(*STEPS, result="failed" if failed else "succeeded"))
    return judge(Picture(found).review(), found, fail_on=failing_rules(fail_on), baseline=accepted, today=TODAY)


@pytest.mark.parametrize(
    ("fail_on", "verdict", "failing"),
    [
        (("high",), "findings", {"wildcard-action"}),
        (("critical",), "pass", set()),
        (("medium",), "findings", {"wildcard-action", "role-lost"}),
        (("note",), "findings", {"wildcard-action", "role-lost"}),
        (("wildcard-resource",), "findings", {"wildcard-action"}),  # what follows from a finding fails with it
        (("role-lost",), "findings", {"role-lost"}),
        (("critical", "role-lost"), "findings", {"role-lost"}),
        (("none",), "pass", set()),
        ((), "pass", set()),
    ],
)
def test_fail_on(fail_on: tuple[str, ...], verdict: str, failing: set[str]) -> None:
    found = judged(fail_on=fail_on)
    assert (found.verdict, {one.rule for one in found.findings if one.failing}) == (verdict, failing)


def test_a_failed_preview_is_an_error_whatever_is_found() -> None:
    assert judged(failed=True).verdict == "error"
    assert judged(fail_on=("none",), failed=True).verdict == "error"


@pytest.mark.parametrize("name", ["hihg", "", "wildcard"])
def test_fail_on_knows_only_rules_and_severities(name: str) -> None:
    with pytest.raises(ValueError, match=rf"'{name}' is neither a rule nor a severity; severities: critical, high"):
        failing_rules([name])


def test_a_severity_means_all_that_are_worse() -> None:
    for place, severity in enumerate(SEVERITIES):
        assert failing_rules([severity]) == {one.id for one in RULES if one.severity in SEVERITIES[: place + 1]}


def entry(rule: str = "wildcard-action", resource: str = WHERE, expires: date = TODAY) -> Accepted:
    return Accepted(rule, resource, "known", expires)


def test_the_baseline_accepts_until_its_last_day() -> None:
    found = judged(entry())
    assert found.verdict == "pass"
    (one,) = [one for one in found.findings if one.rule == "wildcard-action"]
    assert one.accepted is not None and (one.accepted.reason, one.accepted.expires) == ("known", "2026-06-15")
    assert found.baseline == ()


def test_an_entry_may_name_a_place_as_it_is_shown() -> None:
    assert judged(entry(resource=words.place(WHERE))).verdict == "pass"
    assert judged(entry(resource=words.place(WHERE).replace(" ", " not-"))).verdict == "findings"


def test_a_finding_of_several_places_is_accepted_when_each_has_an_entry() -> None:
    """With one left out nothing is accepted; the first last day counts."""
    roles = [role("web"), role("db")]
    ties = [attach(name, "AdministratorAccess", "create", kind="System") for name in ("web", "db")]
    found = read(preview(*roles, *ties, bind("a", "web", ["i-1"]), bind("b", "db", ["i-2"])))

    rule = "administrator-access"

    def review(*entries: Accepted) -> Finding:
        picture = Picture(found).review()
        seen = judge(picture, found, fail_on=failing_rules(["high"]), baseline=entries, today=TODAY)
        (one,) = [one for one in seen.findings if one.rule == rule]
        assert seen.baseline == () or one.failing
        return one

    finding = review()
    assert len(finding.resources) == 2
    first, second = (entry(rule, words.place(one)) for one in finding.resources)
    assert review(first).failing and review(second).failing
    later = replace(second, expires=date(2026, 7, 1), reason="later")
    assert review(later, first).accepted == Acceptance("known", "2026-06-15")


@pytest.mark.parametrize(
    ("accepted", "problem"),
    [
        (entry(expires=date(2026, 6, 14)), "expired"),
        (entry(rule="wildcard-resource", resource="urn:pulumi:prod::*"), "unmatched"),
        (entry(rule="trust-anyone"), "unmatched"),
    ],
)
def test_what_accepts_nothing_is_told(accepted: Accepted, problem: str) -> None:
    found = judged(accepted)
    assert found.verdict == "findings"
    assert [one.problem for one in found.baseline] == [problem]


def test_fingerprints_follow_the_finding_and_nothing_else() -> None:
    one, two = judged(), judged(entry(), fail_on=("none",))
    assert [f.fingerprint for f in one.findings] == [f.fingerprint for f in two.findings]
    assert len({f.fingerprint for f in one.findings}) == len(one.findings)


GOOD = {"rule": "role-lost", "resource": "*", "reason": "moving\n house", "expires": "2026-12-31"}
YAML = """
accept:
  - rule: role-lost
    resource: "*"
    reason: |
      moving
      house
    expires: 2026-12-31
"""


@pytest.mark.parametrize("text", [json.dumps({"accept": [GOOD]}), YAML])
def test_a_baseline_in_either_form(text: str) -> None:
    assert baseline.read(text) == (Accepted("role-lost", "*", "moving house", date(2026, 12, 31)),)


@pytest.mark.parametrize("text", ["", "accept:\n", '{"accept": []}'])
def test_an_empty_baseline(text: str) -> None:
    assert baseline.read(text) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"accept": [', "begins like JSON, but is not JSON"),
        ("accept: [a: b: c", "is neither JSON nor YAML at line 1"),
        ("[]", "must be an object with the one key accept"),
        ('{"accept": {}, "x": 1}', "must be an object with the one key accept"),
        ('{"accept": 3}', "must be an object with the one key accept"),
        ('{"accept": ["x"]}', r"accept\[0\] must be an object with rule, resource, reason, expires"),
        (json.dumps({"accept": [{**GOOD, "reason": ""}]}), r"accept\[0\] lacks reason"),
        (json.dumps({"accept": [GOOD, {**GOOD, "until": "x"}]}), r"accept\[1\] has until"),
        (json.dumps({"accept": [{**GOOD, "rule": "nope"}]}), "'nope' is not a rule"),
        (
            json.dumps({"accept": [{**GOOD, "expires": "soon"}]}),
            "expires must be a day, such as 2026-12-31, not 'soon'",
        ),
        (json.dumps({"accept": [{**GOOD, "expires": 20261231}]}), "expires must be a day"),
    ],
)
def test_what_is_no_baseline(text: str, says: str) -> None:
    with pytest.raises(BadBaseline, match=says):
        baseline.read(text)


def test_the_documentation_has_the_rules() -> None:
    text = Path(__file__).parents[3].joinpath("docs", "review.md").read_text(encoding="utf-8")
    rows = [line for line in text.partition("## Rules")[2].splitlines() if line.startswith("| `")]
    said = {row.split("|")[1].strip().strip("`"): [cell.strip() for cell in row.split("|")[2:-1]] for row in rows}
    wanted = {one.id: [one.severity, f"[{one.title}]({one.url})", f"{one.rationale} {one.fix}"] for one in RULES}
    assert said == wanted
