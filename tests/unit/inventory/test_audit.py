"""The rules on accounts as they are: what each sees, what none sees, and that what was not read is never nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.inventory.audit import NO_LIST, NOT_READ, Audit
from pulumi_instance_role.inventory.forms import as_csv, as_sarif, plain
from pulumi_instance_role.inventory.model import Found
from pulumi_instance_role.inventory.rules import RULES
from pulumi_instance_role.inventory.terminal import MOST_FINDINGS, MOST_ROLES, text
from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.review import encode
from pulumi_instance_role.review.baseline import read as read_baseline
from pulumi_instance_role.review.guardrails import read as read_guardrails
from pulumi_instance_role.review.judge import NOTHING
from pulumi_instance_role.review.rules import BY_ID
from tests.unit.inventory.build import (
    ACCOUNT,
    SCOPE,
    WHOLE,
    document,
    found,
    instance,
    judged,
    key,
    large,
    role,
    unread,
)

WEB = [instance(1, "web"), instance(2, "web")]
OLD, NEW = "2025-01-01T00:00:00Z", "2026-05-20T00:00:00Z"
NARROW = allow("oss:GetObject", on="acs:oss:*:*:shop/*")
OTHERS = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["acs:ram::99:root"]}},
        *trust_document("ecs.aliyuncs.com")["Statement"],
    ],
}


def web(*statements: Any, **more: Any) -> Found:
    """Two instances with a role and one policy."""
    return found(WEB, [role("web", "p")], {"p": document(*statements)}, **more)


def ids(audit: Audit) -> set[str]:
    return {one.rule for one in audit.review.findings}


CASES = {
    "administrator-access": web(allow("*", on="*")),
    "privilege-escalation": web(allow("ram:AttachPolicyToRole", on="acs:ram:*:*:role/x")),
    "acts-as-others": web(allow("ecs:RunCommand", on="acs:ecs:*:*:instance/i-1")),
    "named-role-taken": web(allow("ram:PassRole", on=f"acs:ram::{ACCOUNT}:role/db")),
    "pass-role-any": web(allow("ram:PassRole", on="*")),
    "assume-role-any": web(allow("sts:AssumeRole", on="acs:ram::*:role/*")),
    "full-access-policy": found(WEB, [role("web", "AliyunOSSFullAccess")], {"AliyunOSSFullAccess": document(NARROW)}),
    "wildcard-action": web(allow("oss:*", on="acs:oss:*:*:shop/*")),
    "wildcard-resource": web(allow("oss:PutObject", on="*")),
    "permission-management": web(allow("oss:PutBucketAcl", on="acs:oss:*:*:shop")),
    "trust-anyone": found(WEB, [role("web", trust=json.loads(json.dumps(OTHERS).replace("acs:ram::99:root", "*")))]),
    "trust-other-account": found(WEB, [role("web", trust=OTHERS)]),
    "trust-beyond-instances": found(
        WEB, [role("web", trust=json.loads(json.dumps(OTHERS).replace(":99:", f":{ACCOUNT}:")))]
    ),
    "instances-shut-out": found(WEB, [role("web", trusts=False)]),
    "unknown-gain": found(WEB, [role("web", "p")], {"p": None}),
    "opaque-policy": found([], [role("idle", "p")], {"p": None}),
    "unknown-words": web(allow("oss:GetObjct", on="acs:oss:*:*:shop/*")),
    "role-idle": found([], [role("idle")]),
    "instance-without-role": found([instance(1)]),
    "account-key": found(keys=(key("", NEW, NEW),)),
    "key-idle": found(keys=(key("ci", OLD, ""),)),
    "key-old": found(keys=(key("ci", OLD, NEW),)),
    "keys-not-read": found(unread=(unread("keys", "the list of users"),)),
    "account-not-read": found(roles_known=False, unread=(unread("roles", "the list of roles"),)),
}
NEVER_HERE = {"not-compared"}  # takes documents of a size that no test should have; tests/unit/review has them


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_sees_its_risk(rule: str) -> None:
    assert rule in ids(judged(CASES[rule]))


def test_each_rule_has_a_case() -> None:
    assert {one.id for one in RULES} == CASES.keys() | NEVER_HERE


def test_rules_about_a_change_are_not_here() -> None:
    mine = {one.id for one in RULES}
    changing = {
        "denial-removed",
        "role-lost",
        "roles-lost",
        "binding-replaced",
        "too-many-instances",
        "credential-text",
    }
    assert not mine & changing and mine & BY_ID.keys()
    said = [part for one in RULES for part in (one.title, one.rationale, one.fix)]
    assert not [part for part in said if any(word in part.lower() for word in ("gain", "--live", "the update"))]


CALM = found(
    WEB,
    [role("web", "p"), role("fc", trusts=False)],
    {"p": document(allow("oss:GetObject", "oss:DeleteObject", on="acs:oss:*:*:shop/*"))},
    keys=(key("ci", NEW, ""), key("old", OLD, "", active=False), key("new", NEW, None)),
)


def test_an_account_in_order_has_no_findings() -> None:
    audit = judged(CALM, fail_on=["note"])
    assert (ids(audit), audit.review.verdict) == (set(), "pass")


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("regions", "the list of regions"),
        ("instances", "the instances in cn-hangzhou"),
        ("roles", "the list of roles"),
        ("trust", "role web"),
    ],
)
def test_a_part_that_was_not_read_fails_an_audit(part: str, what: str) -> None:
    audit = judged(replace(CALM, unread=(unread(part, what),)), fail_on=["high"])
    assert (ids(audit), audit.review.verdict) == ({"account-not-read"}, "findings")
    assert what in audit.review.findings[0].message and "not authorized" in audit.review.findings[0].message


def test_a_role_that_was_not_read_may_do_what_nobody_knows() -> None:
    blind = found(WEB, roles_known=False)
    (finding,) = [one for one in judged(blind).review.findings if one.rule == "unknown-gain"]
    assert finding.message.startswith(f"role web: {NO_LIST}") and finding.instances == 2
    may = judged(blind).may(blind, "web")
    assert may is not None and may.lines == [f"not known: {NO_LIST}"]
    half = found(WEB, [role("web", read=False)])
    half_may = judged(half).may(half, "web")
    assert half_may is not None and half_may.lines == [f"not known: {NOT_READ}"]


def test_roles_that_were_not_read_for_one_reason_are_one_finding() -> None:
    blind = found([instance(n, f"role-{n}") for n in range(300)], roles_known=False)
    (finding,) = judged(blind).review.findings
    assert finding.rule == "unknown-gain" and len(finding.resources) == 300 == finding.instances


DOCUMENTS = st.lists(
    st.builds(
        allow,
        st.sampled_from(["oss:GetObject", "oss:*", "ecs:Describe*", "ram:PassRole", "*"]),
        on=st.sampled_from(["*", "acs:oss:*:*:shop/*"]),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(DOCUMENTS, min_size=1, max_size=3), st.integers(0, 2))
def test_what_is_not_read_never_makes_an_account_look_better(documents: list[list[Any]], blank: int) -> None:
    """Of the same account with one policy unread: it fails, and no role is said to do nothing for it."""
    names = [f"p{number}" for number in range(len(documents))]
    read: dict[str, str | None] = {name: document(*one) for name, one in zip(names, documents, strict=True)}
    account = found(WEB, [role("web", *names)], {**read, names[blank % len(names)]: None})
    audit = judged(account, fail_on=["unknown-gain"])
    may = audit.may(account, "web")
    assert audit.review.verdict == "findings"
    assert may is not None and may.unread and may.lines != ["nothing"]


def test_places_say_the_account_and_do_not_change_from_run_to_run() -> None:
    by_rule = {one.rule: one for one in judged(web(allow("oss:*", on="*"))).review.findings}
    assert by_rule["wildcard-action"].resource == f"{SCOPE}:policy/custom/p"
    admin = judged(found(WEB, [role("web", "AdministratorAccess")], {"AdministratorAccess": WHOLE}))
    assert admin.review.findings[0].resource == f"{SCOPE}:role/web"
    again = {one.fingerprint for one in judged(web(allow("oss:*", on="*"))).review.findings}
    assert again == {one.fingerprint for one in by_rule.values()}


def test_two_accounts_are_told_apart() -> None:
    one, two = web(allow("oss:*", on="*")), replace(web(allow("oss:*", on="*")), account_id="99")
    findings = [each for each in judged(one, two).review.findings if each.rule == "wildcard-action"]
    assert {each.resource for each in findings} == {f"{SCOPE}:policy/custom/p", "alibaba(99):policy/custom/p"}
    assert sorted("account 99" in each.message for each in findings) == [False, True]


def test_what_is_accepted_does_not_fail() -> None:
    entry = "accept:\n- {rule: key-idle, resource: '*:key/ci/*', reason: moves in June, expires: 2026-07-01}\n"
    accepted = read_baseline(entry, {one.id for one in RULES}, "inventory")
    audit = judged(CASES["key-idle"], fail_on=["medium"], baseline=accepted)
    assert audit.review.verdict == "pass" and audit.review.findings[0].accepted is not None
    assert judged(CASES["key-idle"], fail_on=["medium"]).review.verdict == "findings"


def test_guardrails_hold_accounts_too() -> None:
    text_ = (
        "guardrails:\n- {id: no-delete, cloud: alibaba, severity: high, reason: backups stay,"
        " never: {actions: ['oss:Delete*']}}\n"
    )
    rails = read_guardrails(text_)
    broken = judged(web(allow("oss:*", on="acs:oss:*:*:shop/*")), rails=rails, fail_on=["high"])
    assert "guardrail:no-delete" in ids(broken) and broken.review.guardrails[0].broken_by == 1
    kept = judged(web(NARROW), rails=rails, fail_on=["high"])
    assert (ids(kept), kept.review.guardrails[0].broken_by) == (set(), 0)
    unknown = judged(CASES["unknown-gain"], rails=rails)
    assert "guardrails-undecided" in ids(unknown)


def test_a_name_that_is_no_rule() -> None:
    with pytest.raises(ValueError, match="inventory --list-rules"):
        judged(CALM, fail_on=["role-lost"])  # a review's
    assert judged(CASES["account-key"], fail_on=[NOTHING]).review.verdict == "pass"


def test_the_schema_says_of_findings_what_a_review_s_does() -> None:
    schema = json.loads((Path(__file__).parents[3] / "docs/inventory.schema.json").read_text(encoding="utf-8"))
    mine = schema["$defs"]
    assert mine and mine == {name: encode.schema()["$defs"][name] for name in mine}


def test_instances_of_which_it_is_not_known_are_not_without_a_role() -> None:
    account = found([instance(1), instance(2, region="cn-beijing")], blind_regions=frozenset({"cn-beijing"}))
    (finding,) = judged(account).review.findings
    assert "i-0001" in finding.message and finding.instances == 1
    sums = plain(judged(account))["figures"]
    assert (sums["without_role"], sums["role_not_known"]) == (1, 1)
    assert "1 holds none, of 1 it is not known" in text(judged(account))


def test_the_terminal_s_form_is_bounded_and_the_worst_comes_first() -> None:
    many = large(2000, 300)
    many = replace(many, unread=tuple(unread("policies", f"policy {n}") for n in range(50)))
    audit = judged(many)
    lines = text(audit, verdict=True).splitlines()
    assert len(lines) < 300 and max(map(len, lines)) <= 80
    findings = [line for line in lines if line.startswith("  critical")]
    assert len(findings) == 1 < MOST_FINDINGS
    roles = [line for line in lines if line.startswith("  role-")]
    assert len(roles) == MOST_ROLES and roles[0].startswith("  role-0:")
    assert any(f"and {300 - MOST_ROLES} more roles" in line for line in lines)


def test_nothing_that_a_terminal_obeys_is_written() -> None:
    evil = "web\x1b[2J\x9b\r"
    account = found([replace(instance(1, evil), name=evil)], [role(evil)])
    assert "web" in text(judged(account)) and not {"\x1b", "\x9b", "\r"} & set(text(judged(account)))


def test_a_spreadsheet_says_what_an_instance_may_do() -> None:
    rows = as_csv(judged(web(allow("oss:GetObject", "oss:PutObject", on="*")))).splitlines()
    assert "may" in rows[0].split(",") and '"oss: 1 write, 1 read (PutObject, GetObject)"' in rows[1]


def test_sarif_has_the_rules_of_an_audit() -> None:
    log = json.loads(as_sarif(judged(CASES["account-key"], fail_on=["high"])))
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "instance-role inventory"
    assert [one["id"] for one in run["tool"]["driver"]["rules"]] == [one.id for one in RULES]
    (result,) = run["results"]
    assert result["ruleId"] == "account-key" and result["properties"]["failing"]
    assert run["automationDetails"]["id"] == f"instance-role-inventory/{SCOPE}/"
