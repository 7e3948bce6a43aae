"""Accounts: how a resource reaches its own, and what a review says when that changes."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import pytest

from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.review.model import Review
from tests.unit.review.build import attach, bind, instance, policy, role
from tests.unit.review.test_change import IDS, OSS, figures, reviewed

GET, PUT = (allow(name, on=OSS) for name in ("oss:GetObject", "oss:PutObject"))
STACK = [role("web"), policy("p", [GET]), attach("web", "p"), bind("b", "web", IDS)]
ROLE, POLICY, ATTACHMENT, BINDING = STACK
OURS, THEIRS = "acs:ram::1000000000000001:role/deployer", "acs:ram::1000000000000002:role/deployer"


def lives(step: dict[str, Any], side: str = "both", op: str | None = None, **where: str) -> dict[str, Any]:
    """A step whose resource is reached with a profile, or a role to assume, on one side or both."""
    found = copy.deepcopy(step)
    found["op"] = op or found["op"]
    for name in ("oldState", "newState"):
        if side in ("both", name) and name in found:
            found[name]["inputs"] |= where
            found[name]["outputs"] |= where
    return found


def moved(*steps: dict[str, Any], was: dict[str, str] | None = None, **where: str) -> list[dict[str, Any]]:
    """The steps, updated in place: only how they reach their account changes."""
    return [lives(lives(one, "oldState", **(was or {})), "newState", "update", **where) for one in steps]


def named(number: int, name: str, step: dict[str, Any]) -> dict[str, Any]:
    """A step of another resource, for what has the same name in another account."""
    return {**step, "urn": f"{step['urn']}-{name}{number}"}


def others(steps: Iterable[dict[str, Any]], **where: str) -> list[dict[str, Any]]:
    """The same declared once more, in another account."""
    return [named(index, "twin", lives(one, **where)) for index, one in enumerate(steps)]


def seen(review: Review) -> list[tuple[str, str]]:
    """Rules and messages of the findings about connections."""
    return [(one.severity, one.message) for one in review.findings if one.rule == "connection-changed"]


def only_said(review: Review) -> str:
    """What is said of the connection, where nothing else is found and nothing changes for anybody."""
    assert [one.rule for one in review.findings] == ["connection-changed"]
    assert (figures(review), review.blast.instances) == ((0, 0, 0, 0, 0), 30)
    assert {one.move for one in review.instances} == {"same"} and review.groups == ()
    assert [(one.gained, one.lost) for one in review.roles] == [((), ())]
    return review.findings[0].message


UNDECIDED: dict[str, list[dict[str, Any]]] = {
    "binding, with a profile": [ROLE, POLICY, ATTACHMENT, *moved(BINDING, profile="prod")],
    "binding, with a role to assume": [ROLE, POLICY, ATTACHMENT, *moved(BINDING, assume_role_arn=OURS)],
    "binding, without its profile": [ROLE, POLICY, ATTACHMENT, *moved(BINDING, was={"profile": "prod"})],
    "binding, from profile to profile": [
        *(lives(one, profile="a") for one in STACK[:3]),
        *moved(BINDING, was={"profile": "a"}, profile="b"),
    ],
    "attachment": [ROLE, POLICY, *moved(ATTACHMENT, profile="prod"), BINDING],
    "all": moved(*STACK, profile="prod"),
    "all, from a role to another": moved(*STACK, was={"assume_role_arn": OURS}, profile="prod"),
    "to where its role is": [*(lives(one, profile="prod") for one in STACK[:3]), *moved(BINDING, profile="prod")],
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_another_connection_is_told_as_that_and_takes_nothing_away(name: str) -> None:
    said = only_said(reviewed(*UNDECIDED[name]))
    assert "whether that is another account is not known here" in said


def test_many_connections_are_one_finding_with_a_few_names() -> None:
    bindings = [bind(f"b{number}", "web", [one]) for number, one in enumerate(IDS)]
    review = reviewed(*moved(ROLE, POLICY, ATTACHMENT, *bindings, profile="prod"))
    assert only_said(review).startswith("b0, b1, b10") and len(review.findings[0].resources) == 33
    assert review.findings[0].severity == "low"


def test_a_role_to_assume_in_the_same_account_is_no_other() -> None:
    review = reviewed(*moved(*STACK, was={"assume_role_arn": OURS}, assume_role_arn=f"{OURS}-2"))
    assert (review.findings, figures(review), review.blast.instances) == ((), (0, 0, 0, 0, 0), 30)


def test_a_role_that_the_update_decides_to_assume_is_not_known() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert "not known here" in only_said(reviewed(*moved(*STACK, assume_role_arn=unknown)))


def test_what_changes_beside_the_connection_is_said() -> None:
    """A document is edited, and a new resource goes the new way from the start."""
    edited = lives(policy("p", [GET, PUT], "update", was=[GET]), "newState", profile="prod")
    review = reviewed(*moved(ROLE, ATTACHMENT, BINDING, profile="prod"), edited)
    assert figures(review) == (30, 30, 0, 0, 0)
    more = [policy("q", [PUT], "create"), attach("web", "q", "create")]
    review = reviewed(*moved(*STACK, profile="prod"), *(lives(one, profile="prod") for one in more))
    assert figures(review) == (30, 30, 0, 0, 0)


@pytest.mark.parametrize(
    "steps",
    [
        [
            *(lives(one, assume_role_arn=OURS) for one in STACK[:3]),
            *moved(BINDING, was={"assume_role_arn": OURS}, assume_role_arn=THEIRS),
        ],
        [*STACK[:3], *others(STACK[:3], profile="other"), *moved(BINDING, profile="other")],
        [*STACK[:3], *others(STACK[:1], profile="other"), *moved(BINDING, profile="other")],
    ],
    ids=["by its number", "by what is declared in both", "by one role"],
)
def test_another_account_is_another_and_its_instances_are_told_once(steps: list[dict[str, Any]]) -> None:
    review = reviewed(*steps)
    assert [one.move for one in review.instances] == ["swapped"] * 30
    assert seen(review) == [("low", "b: profile or assume_role_arn changes, and that is another account")]


def test_roles_of_one_name_in_two_accounts_at_once_are_two() -> None:
    twin = lives(bind("d", "web", ["i-y"]), profile="other")
    review = reviewed(*STACK, *others(STACK[:3], profile="other"), bind("c", "web", ["i-x"]), twin)
    assert [one.key for one in review.roles] == ["alibaba(other):role/web", "alibaba:role/web"]
    held = {one.instance_id: one.role_after for one in review.instances}
    assert (held["i-x"], held["i-y"]) == ("alibaba:role/web", "alibaba(other):role/web")


def test_one_instance_is_one_whoever_names_it() -> None:
    """Its own resource does not say which account it is in; the binding does. And a binding of another name."""
    review = reviewed(
        *(lives(one, profile="prod") for one in (*STACK[:3], bind("b", "web", ["i-1"]))),
        instance("m", "i-1", role_="web"),
    )
    assert [(one.name, one.move) for one in review.instances] == [("m", "same")]
    assert (review.findings, len(review.roles)) == ((), 1)
    again = lives(bind("again", "web", IDS, "create"), profile="prod")
    review = reviewed(*STACK[:3], bind("b", "web", IDS, "delete"), again)
    assert (figures(review), {one.move for one in review.instances}) == ((0, 0, 0, 0, 0), {"same"})
