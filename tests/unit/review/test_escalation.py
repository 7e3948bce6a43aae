"""Each known way to more is seen, in each cloud, by each of its actions and by the wildcards that hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.policy.build import allow, deny
from pulumi_instance_role.policy.dialect import language_of
from pulumi_instance_role.review.model import Finding
from pulumi_instance_role.review.rules.escalation import OTHERS, OWN, WAYS, Way
from tests.unit.review.build import OURS, attach, bind, policy, preview, role, step
from tests.unit.review.test_rules import findings, gains, tencent

EVERY = [(way, action) for way in WAYS for action in way.actions]
RULES = {OWN, OTHERS}


def gained(way: Way, *statements: Any) -> list[Finding]:
    steps = tencent(*statements) if way.cloud == "tencent" else gains(*statements)
    return [one for one in findings(*steps) if one.rule in RULES]


@pytest.mark.parametrize(("way", "action"), EVERY, ids=[f"{way.cloud} {action}" for way, action in EVERY])
def test_each_way_is_seen(way: Way, action: str) -> None:
    (found,) = gained(way, allow(action, on="*", dialect=language_of(way.cloud)))
    assert (found.rule, found.url) == (way.rule, way.page)
    assert f"may {way.gets}" in found.message and action in found.message


@pytest.mark.parametrize("way", [one for one in WAYS if one.actions], ids=lambda one: f"{one.cloud} {one.gets[:24]}")
def test_a_wildcard_that_holds_it_is_seen_and_what_is_denied_is_not(way: Way) -> None:
    dialect = language_of(way.cloud)
    service, _, name = way.actions[0].partition(":")
    wide = allow(f"{service}:{name[:-3]}*", on="*", dialect=dialect)
    assert way.gets in " ".join(one.message for one in gained(way, wide))
    kept_out = [deny(action, on="*", dialect=dialect) for action in way.actions]
    assert way.gets not in " ".join(one.message for one in gained(way, wide, *kept_out))


@pytest.mark.parametrize(
    ("cloud", "name"), [(way.cloud, name) for way in WAYS for name in way.policies], ids=lambda one: str(one)
)
def test_a_system_policy_that_cannot_be_read_is_known_by_its_name(cloud: str, name: str) -> None:
    inputs = {"cloud": cloud, "role": "web", "policy": name, "policy_type": "System"}
    made = step("create", f"{OURS}:RolePolicyAttachment", "a", None, inputs)
    base = {"cloud": cloud, "name": "web"}
    held = step("same", f"{OURS}:InstanceRole", "web", base, base)
    found = [one for one in findings(held, made) if one.rule in (*RULES, "assume-role-any")]
    assert found and all(one.severity in ("high", "critical") for one in found)
    old = step("same", f"{OURS}:RolePolicyAttachment", "a", inputs, inputs)
    assert not [one for one in findings(held, old) if one.rule in RULES]


def test_all_ways_from_one_policy_are_one_finding() -> None:
    found = [one for one in findings(*gains(allow("ecs:*", on="*"))) if one.rule == OTHERS]
    assert len(found) == 1
    assert "run commands on instances" in found[0].message and "more ways" in found[0].message


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (allow("ram:PassRole", on="acs:ram:*:1:role/admin"), "may pass admin, and so act as that"),
        (allow("sts:AssumeRole", on="acs:ram::2:role/audit"), "may assume audit, and so act as that"),
    ],
)
def test_a_role_that_is_named_is_a_way_too(statement: Any, message: str) -> None:
    (found,) = [one for one in findings(*gains(statement)) if one.rule == "named-role-taken"]
    assert message in found.message


def test_what_was_there_before_is_no_finding() -> None:
    risky = [allow("ecs:RunCommand", "ram:AttachPolicyToRole", on="*")]
    held = [role("web"), policy("p", risky), attach("web", "p"), bind("web", "web", ["i-1"])]
    assert not [one for one in findings(*held) if one.rule in RULES]
    assert preview(*held)


def test_the_documentation_has_the_ways() -> None:
    text = Path(__file__).parents[3].joinpath("docs", "review.md").read_text(encoding="utf-8")
    rows = [line for line in text.partition("### Ways to more")[2].splitlines() if line.startswith(("| ali", "| ten"))]
    names = [", ".join(f"`{one}`" for one in (*way.actions, *way.policies)) for way in WAYS]
    assert rows == [
        f"| {way.cloud} | {name} | [{way.gets}]({way.page}) |" for way, name in zip(WAYS, names, strict=True)
    ]


def test_each_way_has_a_page_and_is_of_a_known_cloud() -> None:
    assert {way.cloud for way in WAYS} == {"alibaba", "tencent"}
    for way in WAYS:
        assert way.page.startswith("https://") and (way.actions or way.policies)
    actions = [(way.cloud, action) for way, action in EVERY]
    assert len(actions) == len(set(actions))
