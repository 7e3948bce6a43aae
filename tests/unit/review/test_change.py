"""What changes for instances: whatever the reason, known or not, and told once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.policy.build import allow, deny
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.review import words
from pulumi_instance_role.review.forms import form
from pulumi_instance_role.review.judge import failing_rules, judge
from pulumi_instance_role.review.model import Review
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import UNKNOWN, read
from pulumi_instance_role.review.roles import Live
from tests.unit.review.build import attach, bind, change, policy, preview, role, step
from tests.unit.review.test_rules import tencent_gains

OSS = "acs:oss:*:*:shop/*"
GET, PUT, ALL = (allow(name, on=OSS) for name in ("oss:GetObject", "oss:PutObject", "oss:*"))
ODDLY_DENIED = {**deny("oss:Delete*", on=OSS), "Condition": {"Odd": {"acs:SourceIp": "1"}}}
IDS = [f"i-{number}" for number in range(30)]
WEB, DB = role("web"), role("db")
HOLD = bind("b", "web", IDS)
SECRET = "[secret]"


def reviewed(*steps: Any, most: int | None = None, live: Live | None = None) -> Review:
    found = read(preview(*steps))
    picture = Picture(found, live).review()
    return judge(picture, found, fail_on=failing_rules(["high"]), today=date(2026, 1, 1), max_instances=most)


def figures(review: Review) -> tuple[int, int, int, int, int]:
    """Touched, gaining, losing, gaining what is not known, having had what is not known."""
    one = review.blast
    return (
        one.instances_touched,
        one.instances_gaining,
        one.instances_losing,
        one.instances_gaining_unknown,
        one.instances_losing_unknown,
    )


def rules(review: Review) -> set[str]:
    return {one.rule for one in review.findings}


def drifted(step: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    """A step whose old outputs say what the last refresh saw."""
    step["oldState"]["outputs"].update(outputs)
    return step


ECS, FC, ALSO_FC, ANY = (
    trust_document(one) for one in ("ecs.aliyuncs.com", "fc.aliyuncs.com", ["ecs.aliyuncs.com", "fc.aliyuncs.com"], "*")
)
ODD = {**FC, "Statement": [*FC["Statement"], {**ECS["Statement"][0], "Condition": {"Odd": {"acs:SourceIp": "1"}}}]}
SWAP = [WEB, DB, policy("p", [GET]), policy("q", [PUT]), attach("web", "p"), attach("db", "q")]
MACHINE, NAMED = "alicloud:ecs/instance:Instance", {"instanceName": "m"}
OWN_GIVEN = change("update", MACHINE, "m", {**NAMED, "roleName": "web"}, {**NAMED, "roleName": "db"}, id_="i-1")
SWAP.append(bind("b", "db", IDS[:29], "update", was=("web", IDS[:29])))
DOUBTED = "a trust policy that cannot be read in full"
"""What may be gained with it can be read, and is judged as what is."""
REASONS = {
    "another role": (SWAP, (29, 29, 29, 0, 0), "b gives role db in place of web"),
    "an edited document": (
        [WEB, policy("p", [GET, PUT], "update", was=[GET]), attach("web", "p"), HOLD],
        (30, 30, 0, 0, 0),
        "policy p is edited",
    ),
    "another policy": (
        [WEB, policy("p", [GET]), attach("web", "p", "create"), HOLD],
        (30, 30, 0, 0, 0),
        "policy p is put on role web",
    ),
    "a policy taken off": (
        [WEB, policy("p", [GET]), attach("web", "p", "delete"), HOLD],
        (30, 0, 30, 0, 0),
        "policy p is taken off role web",
    ),
    "a policy that others took off is put back": (
        [WEB, policy("p", [GET]), drifted(attach("web", "p", "update"), drift="policy_detached"), HOLD],
        (30, 30, 0, 0, 0),
        "policy p is put back on role web",
    ),
    "a document that others changed is put right": (
        [WEB, drifted(policy("p", [GET], "update", was=[ALL]), drift="document_changed"), attach("web", "p"), HOLD],
        (30, 0, 30, 0, 0),
        "what others changed in policy p is put right",
    ),
    "a role that others swapped is put right": (
        [*SWAP[:-1], bind("b", "db", ["i-1"], "update", was=("db", ["i-1"]), held={"i-1": "web"})],
        (1, 1, 1, 0, 0),
        "b gives role db in place of web",
    ),
    "a role that others took off is given back": (
        [*SWAP[:-1], bind("b", "db", ["i-1"], "update", was=("db", ["i-1"]), held={})],
        (1, 1, 0, 0, 0),
        "b gives role db",
    ),
    "a role lost": (
        [WEB, policy("p", [GET]), attach("web", "p"), bind("b", "web", IDS, "delete")],
        (30, 0, 30, 0, 0),
        "b takes role web off",
    ),
    "a system policy of which no page prints the document": (
        [WEB, attach("web", "AliyunRDSFullAccess", "create", kind="System"), HOLD],
        (30, 0, 0, 30, 0),
        "policy AliyunRDSFullAccess is put on role web",
    ),
    "a document that the update decides": (
        [WEB, policy("p", [], "update", was=[GET]), attach("web", "p"), HOLD],
        (30, 0, 0, 30, 0),
        "policy p is edited",
    ),
    "a policy that the update decides": (
        [WEB, attach("web", UNKNOWN, "create"), HOLD],
        (30, 0, 0, 30, 0),
        "",
    ),
    "a role that the update decides": (
        [WEB, policy("p", [GET]), attach("web", "p"), bind("b", UNKNOWN, IDS, "update", was=("web", IDS))],
        (30, 0, 0, 30, 0),
        "b gives a role that is not known yet",
    ),
    "a statement that is not understood": (
        [
            WEB,
            policy("p", [GET, {**PUT, "Condition": {"Odd": {"acs:SourceIp": "1"}}}], "update", was=[GET]),
            attach("web", "p"),
            HOLD,
        ],
        (30, 0, 0, 30, 0),
        "policy p is edited",
    ),
    "a trust policy that shuts instances out": (
        [role("web", "update", trust=FC, was=ECS), policy("p", [GET]), attach("web", "p"), HOLD],
        (30, 0, 30, 0, 0),
        "the trust policy of role web no longer lets instances assume it",
    ),
    "a trust policy that lets instances in": (
        [role("web", "update", trust=ECS, was=FC), policy("p", [GET]), attach("web", "p"), HOLD],
        (30, 30, 0, 0, 0),
        "the trust policy of role web now lets instances assume it",
    ),
    "a trust policy of others that shut instances out is put right": (
        [
            role("web", "update", was=FC, outputs={"drift": "trust_changed"}),
            policy("p", [GET]),
            attach("web", "p"),
            HOLD,
        ],
        (30, 30, 0, 0, 0),
        "the trust policy of role web now lets instances assume it",
    ),
    "a role that shuts instances out in place of another": (
        [role("shut", trust=FC), *SWAP[:-1], attach("shut", "q"), bind("b", "shut", IDS, "update", was=("web", IDS))],
        (30, 0, 30, 0, 0),
        "b gives role shut in place of web",
    ),
    "a trust policy that names other services": (
        [role("web", "update", trust=ALSO_FC, was=ECS), policy("p", [GET]), attach("web", "p"), HOLD],
        (0, 0, 0, 0, 0),
        "",
    ),
    "a trust policy with a star for services": (
        [role("web", "update", trust=ANY, was=ECS), policy("p", [GET]), attach("web", "p"), HOLD],
        (0, 0, 0, 0, 0),
        "",
    ),
    DOUBTED: (
        [
            role("web", "update", trust=ODD, was=ECS),
            policy("p", [GET, PUT], "update", was=[GET]),
            attach("web", "p"),
            HOLD,
        ],
        (30, 0, 0, 30, 0),
        "policy p is edited",
    ),
    "a denial that is not understood is taken away": (
        [WEB, policy("p", [ALL], "update", was=[ALL, ODDLY_DENIED]), attach("web", "p"), HOLD],
        (30, 0, 0, 30, 0),
        "policy p is edited",
    ),
    "a denial that is not understood is put in": (
        [WEB, policy("p", [ALL, ODDLY_DENIED], "update", was=[ALL]), attach("web", "p"), HOLD],
        (30, 0, 0, 0, 30),
        "policy p is edited",
    ),
    "a resource that changes beside one that does not": (
        [*SWAP[:-1], OWN_GIVEN, bind("b", "web", ["i-1"])],
        (1, 1, 1, 0, 0),
        "m gives role db in place of web",
    ),
    "a binding that is new beside one that does not change": (
        [*SWAP[:-1], bind("a", "db", ["i-1"], "create"), bind("b", "web", ["i-1"])],
        (1, 1, 1, 0, 0),
        "a gives role db in place of web",
    ),
    "nothing": ([WEB, policy("p", [GET]), attach("web", "p"), HOLD], (0, 0, 0, 0, 0), ""),
    "the same in other words": (
        [WEB, policy("p", [GET, PUT], "update", was=[PUT, GET]), attach("web", "p"), HOLD],
        (0, 0, 0, 0, 0),
        "",
    ),
    "an opaque policy that stays": (
        [WEB, attach("web", "AliyunRDSFullAccess", kind="System"), HOLD],
        (0, 0, 0, 0, 0),
        "",
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_instances_are_counted_whatever_the_reason(name: str) -> None:
    steps, expected, why = REASONS[name]
    found = reviewed(*steps)
    assert figures(found) == expected
    assert len(found.groups) == (1 if expected[0] else 0)  # all alike
    if why:
        assert why in [one.text for one in found.groups[0].causes]


@pytest.mark.parametrize("name", REASONS)
def test_the_limit_counts_all_that_are_touched(name: str) -> None:
    steps, (touched, *_), _ = REASONS[name]
    assert "too-many-instances" not in rules(reviewed(*steps, most=touched))
    if touched:
        (one,) = [one for one in reviewed(*steps, most=touched - 1).findings if one.rule == "too-many-instances"]
        assert f"touches {words.instances(touched)}; " in one.message


@pytest.mark.parametrize("name", [name for name, (_, found, _) in REASONS.items() if found[3] and name != DOUBTED])
def test_what_is_not_known_stops_the_change(name: str) -> None:
    found = reviewed(*REASONS[name][0])
    assert found.verdict == "findings"
    (one,) = [one for one in found.findings if one.failing]
    assert "unknown-gain" in (one.rule, *one.follows) and one.instances == 30


def test_what_a_role_allows_is_judged_when_instances_are_let_in() -> None:
    open_, full = policy("p", [allow("oss:*", on="*")]), attach("web", "AliyunECSFullAccess", kind="System")
    found = reviewed(role("web", "update", trust=ECS, was=FC), open_, attach("web", "p"), full, HOLD)
    assert found.verdict == "findings" and {"wildcard-action", "full-access-policy"} <= rules(found)
    assert all(one.instances == 30 for one in found.findings if one.failing)


@pytest.mark.parametrize("op", ["same", "create"])
def test_instances_that_are_given_a_role_that_shuts_them_out_are_named(op: str) -> None:
    found = reviewed(role("shut", op, trust=FC), bind("b", "shut", IDS, "create"))
    (one,) = [one for one in found.findings if one.rule == "instances-shut-out"]
    assert one.instances == 30 and "its trust policy does not let ecs.aliyuncs.com assume it" in one.message


TEMPLATE, SET = "alicloud:ecs/ecsLaunchTemplate:EcsLaunchTemplate", "alicloud:ecs/ecsInstanceSet:EcsInstanceSet"
SEEN = {"instanceIds": ["i-1", "i-2"]}
TO_COME = {
    "a template gives it": (step("create", TEMPLATE, "t", None, {"ramRoleName": "db"}), 0),
    "a template gives it in place of another": (
        step("update", TEMPLATE, "t", {"ramRoleName": "web"}, {"ramRoleName": "db"}),
        0,
    ),
    "a binding gives it to what is not known": (bind("b", "db", [UNKNOWN, UNKNOWN], "create"), 2),
    "a set grows": (
        step("update", SET, "s", {"ramRoleName": "db", "amount": 2}, {"ramRoleName": "db", "amount": 9}, outputs=SEEN),
        7,
    ),
}


@pytest.mark.parametrize("name", TO_COME)
def test_a_role_that_is_given_to_instances_to_come_is_judged(name: str) -> None:
    given_, unknown = TO_COME[name]
    found = reviewed(WEB, DB, policy("q", [allow("oss:*", on="*")]), attach("db", "q"), given_)
    (one,) = [one for one in found.findings if one.rule == "wildcard-action"]
    assert "it reaches instances that are not known yet" in one.message and "writing-gained" in one.follows
    assert found.verdict == "findings" and found.blast.instances_unknown == unknown


@pytest.mark.parametrize("policy_", ["", "AliyunRDSFullAccess"])
def test_what_instances_to_come_get_that_is_not_known_stops_the_change(policy_: str) -> None:
    there = [attach("db", policy_, kind="System")] if policy_ else []
    template_ = step("create", TEMPLATE, "t", None, {"ramRoleName": "db" if policy_ else UNKNOWN})
    found = reviewed(DB, *there, template_)
    assert "unknown-gain" in {name for one in found.findings if one.failing for name in (one.rule, *one.follows)}


@pytest.mark.parametrize(
    "steps",
    [
        [step("same", TEMPLATE, "t", {"ramRoleName": "db"}, {"ramRoleName": "db"})],
        [step("update", TEMPLATE, "t", {"ramRoleName": "db", "a": 1}, {"ramRoleName": "db", "a": 2})],
        [step("update", SET, "s", {"ramRoleName": "db", "amount": 2}, {"ramRoleName": "db"}, outputs=SEEN)],
        [bind("b", "db", ["i-1", UNKNOWN], "update", was=("db", ["i-1", "i-2"]))],
    ],
)
def test_no_role_is_new_to_instances_to_come_that_stays_as_it_is(steps: list[Any]) -> None:
    found = reviewed(DB, policy("q", [allow("oss:*", on="*")]), attach("db", "q"), *steps)
    assert "wildcard-action" not in rules(found)


EVERY = policy("q", [allow("oss:*", on="*")])
TWICE = [
    step("create", TEMPLATE, "t2", None, {"ramRoleName": "db"}),
    step("update", TEMPLATE, "t1", {"ramRoleName": "web"}, {"ramRoleName": "db"}),
    bind("b", "web", [UNKNOWN], "update", was=("db", ["i-1"])),
]
ORDERED = [WEB, DB, EVERY, attach("web", "q"), attach("db", "q"), *TWICE]


@given(st.permutations(ORDERED))
@settings(max_examples=20)
def test_the_order_of_the_steps_decides_nothing(steps: list[Any]) -> None:
    assert reviewed(*steps) == reviewed(*ORDERED)


@pytest.mark.parametrize("given_", [*permutations(TWICE[:2])])
def test_a_role_is_new_to_what_one_template_starts_and_not_to_what_another_does(given_: tuple[Any, ...]) -> None:
    found = reviewed(*ORDERED[:-3], *given_)
    assert found.verdict == "findings" and "wildcard-action" in rules(found)
    assert [(one.role_before, one.role_after) for one in found.transitions] == [
        (None, "alibaba:role/db"),
        ("alibaba:role/web", "alibaba:role/db"),
    ]


@pytest.mark.parametrize(
    ("given_", "many"),
    [
        (bind("b", UNKNOWN, [UNKNOWN], "create"), 1),
        (bind("b", UNKNOWN, [UNKNOWN, "i-1"], "create"), 1),
        (bind("b", UNKNOWN, [UNKNOWN], "update", was=("web", [])), 1),
        (step("create", SET, "b", None, {"ramRoleName": UNKNOWN, "amount": 3}), 3),
    ],
)
def test_a_role_that_is_not_known_for_instances_that_are_not_known_stops_the_change(given_: Any, many: int) -> None:
    found = reviewed(WEB, given_)
    assert found.verdict == "findings" and found.blast.instances_unknown >= many
    said = [one.message for one in found.findings if one.rule == "unknown-gain" and one.failing]
    assert "binding b: the role that its instances will hold is not known before the update" in said


@pytest.mark.parametrize(
    "steps", [[bind("b", UNKNOWN, [], "create")], [bind("b", "web", [UNKNOWN], "create")], [bind("b", "web", ["i-1"])]]
)
def test_a_binding_of_which_enough_is_known_does_not_give_what_is_not_known(steps: list[Any]) -> None:
    assert "unknown-gain" not in rules(reviewed(WEB, *steps))


KEPT = step("same", TEMPLATE, "t", {"ramRoleName": "web"}, {"ramRoleName": "web"})
EDITED = step("update", TEMPLATE, "t", {"ramRoleName": "web", "a": 1}, {"ramRoleName": "web", "a": 2})
LETS_IN = [role("web", "update", trust=ECS, was=FC), EVERY, attach("web", "q")]


@pytest.mark.parametrize("template_", [KEPT, EDITED])
def test_a_trust_policy_that_lets_in_what_a_template_starts_is_judged(template_: dict[str, Any]) -> None:
    found = reviewed(*LETS_IN, template_)
    (one,) = [one for one in found.findings if one.rule == "wildcard-action"]
    assert found.verdict == "findings" and "it reaches instances that are not known yet" in one.message
    assert "wildcard-action" not in rules(reviewed(role("web", trust=ECS), *LETS_IN[1:], template_))
    assert "wildcard-action" not in rules(reviewed(*LETS_IN))  # nobody holds it


def test_what_a_template_starts_gets_what_cannot_be_read_like_any_instance() -> None:
    opaque = attach("web", "AliyunRDSFullAccess", "create", kind="System")
    found = reviewed(WEB, opaque, KEPT)
    assert found.verdict == "findings" and "opaque-policy" not in rules(found)
    assert "unknown-gain" in {name for one in found.findings if one.failing for name in (one.rule, *one.follows)}


SHUTS_OUT = role("web", "update", trust=FC, was=ECS)
STARTED = {
    "a new template": ([role("web", trust=FC), step("create", TEMPLATE, "t", None, {"ramRoleName": "web"})], False),
    "a new binding": ([role("web", trust=FC), bind("b", "web", [UNKNOWN], "create")], False),
    "a template that stays": ([SHUTS_OUT, KEPT], True),
    "a template that stays, and before is not known": ([role("web", "update", trust=FC, was=ANY), KEPT], False),
}


@pytest.mark.parametrize("name", STARTED)
def test_instances_to_come_that_are_shut_out_are_named(name: str) -> None:
    steps, lost = STARTED[name]
    (one,) = [one for one in reviewed(*steps).findings if one.rule == "instances-shut-out"]
    assert ("no longer lets" in one.message) is lost and ("does not let" in one.message) is not lost
    assert "it reaches instances that are not known yet" in one.message


@pytest.mark.parametrize("op", ["same", "create"])
def test_instances_to_come_that_stay_shut_out_are_nothing_new(op: str) -> None:
    found = reviewed(role("web", trust=FC), policy("p", [GET], op), attach("web", "p", op), KEPT)
    assert "instances-shut-out" not in rules(found)


@pytest.mark.parametrize("was", [ANY, ODD, "not a policy"])
def test_who_was_let_in_before_is_not_claimed_where_it_is_not_known(was: Any) -> None:
    found = reviewed(role("web", "update", trust=FC, was=was), policy("p", [GET]), attach("web", "p"), HOLD)
    (one,) = [one for one in found.findings if one.rule == "instances-shut-out"]
    assert one.instances == 30 and "does not let ecs.aliyuncs.com assume it" in one.message
    assert figures(found) == (30, 0, 0, 0, 30)
    (group,) = found.groups
    assert [cause.text for cause in group.causes] == ["the trust policy of role web does not let instances assume it"]
    assert [one.text for one in group.lost_unknown] == [
        "whether the trust policy of role web let instances assume it before is not known"
    ]


@pytest.mark.parametrize("trust", [ANY, ODD])
def test_who_is_let_in_after_is_not_claimed_where_it_is_not_known(trust: Any) -> None:
    found = reviewed(role("web", "update", trust=trust, was=FC), policy("p", [GET]), attach("web", "p"), HOLD)
    assert [cause.text for cause in found.groups[0].causes] == [
        "the trust policy of role web may now let instances assume it"
    ]


GRANTED = [policy("p", [ALL]), attach("web", "p")]
MAY_GAIN = {
    "its trust policy changes": lambda trust: [role("web", "update", trust=trust, was=FC), *GRANTED, HOLD],
    "a policy is put on it": lambda trust: [role("web", trust=trust), GRANTED[0], attach("web", "p", "create"), HOLD],
    "it is given": lambda trust: [role("web", trust=trust), *GRANTED, bind("b", "web", IDS, "create")],
    "it is given in place of another": lambda trust: [
        *(role("web", trust=trust), *GRANTED, DB, bind("b", "web", IDS, "update", was=("db", IDS)))
    ],
}
FORMS_FOR_PEOPLE = ("terminal", "markdown", "html")


@pytest.mark.parametrize("trust", [ANY, ODD])
@pytest.mark.parametrize("name", MAY_GAIN)
def test_nothing_is_surely_gained_by_a_trust_policy_of_which_nobody_knows(name: str, trust: Any) -> None:
    """Only the words are others: what may be gained is judged as what is."""
    found, surely = reviewed(*MAY_GAIN[name](trust)), reviewed(*MAY_GAIN[name](ECS))
    (group,) = found.groups
    assert [(one.why, one.text) for one in group.gained_unknown] == [
        ("trust", "whether the trust policy of role web lets instances assume it is not known")
    ]
    assert (group.gained, group.gained_size) == (surely.groups[0].gained, surely.groups[0].gained_size)
    assert (figures(found), figures(surely)) == ((30, 0, 0, 30, 0), (30, 30, 0, 0, 0))
    about_trust = {"trust-anyone", "unknown-words"}
    assert found.verdict == surely.verdict == "findings" and rules(found) - about_trust == rules(surely)
    assert "may gain permissions" in words.group(group) and "gain permissions" in words.group(surely.groups[0])
    assert "30 may gain permissions" in words.radius(found)[0] and "gain what" not in words.radius(found)[0]
    for one in FORMS_FOR_PEOPLE:
        assert "ay gain permissions: whether the trust policy of role web" in form(one)(found), one
        assert "may gain permissions" not in form(one)(surely) and "s what is not known" not in form(one)(found), one


MAY_LOSE = {
    "it is taken off": [bind("b", "web", IDS, "delete")],
    "another is given in its place": [DB, bind("b", "db", IDS, "update", was=("web", IDS))],
    "a policy is taken off it": [HOLD],
}


@pytest.mark.parametrize("trust", [ANY, ODD])
@pytest.mark.parametrize("name", MAY_LOSE)
def test_nothing_is_surely_lost_with_a_trust_policy_of_which_nobody_knows(name: str, trust: Any) -> None:
    tie = attach("web", "p", "delete" if name.startswith("a policy") else "same")
    found, surely = (reviewed(role("web", trust=one), GRANTED[0], tie, *MAY_LOSE[name]) for one in (trust, ECS))
    (group,) = found.groups
    assert [(one.why, one.text) for one in group.lost_unknown] == [
        ("trust", "whether the trust policy of role web let instances assume it before is not known")
    ]
    assert group.lost == surely.groups[0].lost != ()
    assert (figures(found), figures(surely)) == ((30, 0, 0, 0, 30), (30, 0, 30, 0, 0))
    assert (found.verdict, rules(found)) == (surely.verdict, rules(surely))
    assert "may lose permissions" in words.group(group) and "30 may lose permissions" in words.radius(found)[0]


def star(was: str, now: str, effect: str = "Allow") -> Review:
    """The review of one statement that is about ``was`` and becomes one about ``now``."""
    old, new = ({"Effect": effect, "Action": ["oss:PutObject"], "Resource": [one]} for one in (was, now))
    return reviewed(WEB, policy("p", [new], "update", was=[old]), attach("web", "p"), HOLD)


@pytest.mark.parametrize("named", ["acs:*:*:*:*", "acs:*", "acs:*:*:*"])
def test_a_star_in_place_of_every_name_may_allow_more(named: str) -> None:
    """No page says that they are the same, nor what has no name: it is a gain, and only may be one."""
    found = star(named, "*")
    (group,) = found.groups
    assert [(one.resources, one.named) for one in group.gained] == [(("*",), False)]
    assert [one.why for one in group.gained_unknown] == ["unnamed"] and group.gained_size.services == ()
    assert figures(found) == (30, 0, 0, 30, 0) and "wildcard-resource" in rules(found)
    assert "unknown-gain" not in rules(found) and "keep their role and may gain permissions" in words.group(group)
    for one in FORMS_FOR_PEOPLE:
        assert "resources without a name alone" in form(one)(found), one
    assert "1 role changed: 1 may gain permissions, 0 lose permissions, 0 can be assumed by more" in words.radius(found)
    (lost,) = star("*", named).groups
    assert [(one.resources, one.named) for one in lost.lost] == [(("*",), False)] and not lost.gained
    assert "keep their role and may lose permissions" in words.group(lost)


@pytest.mark.parametrize("was", ["acs:oss:*:*:*", "acs:*:cn-hangzhou:*:*", "acs:*:*:*:shop", "acs:*:*:1:*"])
def test_a_star_in_place_of_some_names_allows_more(was: str) -> None:
    (group,) = star(was, "*").groups
    assert [one.named for one in group.gained] == [True] and group.gained_unknown == ()


def test_a_star_in_place_of_every_name_is_all_that_only_may_be_gained() -> None:
    old, new = allow("oss:PutObject", on="acs:*:*:*:*"), allow("oss:*", on="*")
    found = reviewed(WEB, policy("p", [new], "update", was=[old]), attach("web", "p"), HOLD)
    assert [one.named for one in found.groups[0].gained] == [True] and figures(found) == (30, 30, 0, 0, 0)
    denied = deny("oss:PutObject", on="acs:*:*:*:shop")
    steps = [policy("p", [allow("oss:PutObject", on="*")], "update", was=[old, denied]), attach("web", "p")]
    assert [one.named for one in reviewed(WEB, *steps, HOLD).groups[0].gained] == [True]


def test_instances_of_a_binding_that_are_not_known_any_more_are_not_lost() -> None:
    binding = bind("b", "web", ["i-0", UNKNOWN], "update", was=("web", IDS))
    found = reviewed(WEB, policy("p", [GET]), attach("web", "p"), binding, bind("c", "web", ["i-1"], "create"))
    assert figures(found) == (28, 0, 0, 28, 0) and found.blast.instances_unknown == 29
    assert found.verdict == "findings" and "roles-lost" not in rules(found)


def test_everything_beside_what_is_not_understood_is_read() -> None:
    odd = {**allow("oss:*", on="*"), "Condition": {"Odd": {"acs:SourceIp": "1"}}}
    found = reviewed(WEB, policy("p", [allow("ecs:*", on="*"), odd], "create"), attach("web", "p", "create"), HOLD)
    (one,) = [one for one in found.findings if one.rule == "wildcard-action" and "ecs:*" in one.message]
    assert one.instances == 30 and "unknown-gain" in {each.rule for each in found.findings} | set(one.follows)
    assert (found.blast.instances_gaining, found.blast.instances_gaining_unknown) == (30, 30)
    (unread,) = found.groups[0].gained_unknown
    assert (unread.why, unread.place) == ("part", "Statement[1].Condition.Odd")
    assert "(it allows oss:* on *)" in unread.text


def test_a_policy_that_is_not_known_any_more_is_not_lost() -> None:
    found = reviewed(*REASONS["a document that the update decides"][0])
    assert found.groups[0].lost == () and found.roles[0].lost == ()


# -- secrets ---------------------------------------------------------------------------------------------------
def hidden(step: dict[str, Any], *sides: str, outputs_only: bool = False) -> dict[str, Any]:
    for side in sides:
        bags = ("outputs",) if outputs_only else ("inputs", "outputs")
        for bag in bags:
            step[side][bag] = {**step[side][bag], "document": SECRET}
    return step


@pytest.mark.parametrize("sides", [["oldState"], ["newState"], ["oldState", "newState"]])
def test_becoming_secret_or_plain_changes_nothing(sides: list[str]) -> None:
    found = reviewed(WEB, hidden(policy("p", [GET]), *sides), attach("web", "p"), HOLD)
    assert figures(found) == (0, 0, 0, 0, 0) and found.verdict == "pass"


def test_a_masked_output_is_read_from_the_input() -> None:
    masked = hidden(policy("p", [GET, PUT], "update", was=[GET]), "oldState", outputs_only=True)
    assert figures(reviewed(WEB, masked, attach("web", "p"), HOLD)) == (30, 30, 0, 0, 0)


@pytest.mark.parametrize("reasons", [[], ["document"]])
def test_a_secret_document_that_is_edited_is_not_known(reasons: list[str]) -> None:
    edited = hidden(policy("p", [GET, PUT], "update", was=[GET], diffReasons=reasons), "oldState", "newState")
    found = reviewed(WEB, edited, attach("web", "p"), HOLD)
    assert figures(found) == (30, 0, 0, 30, 30)
    assert "because its document is secret" in found.groups[0].gained_unknown[0].text
    beside = hidden(policy("p", [GET], "update", diffReasons=["description"]), "oldState", "newState")
    assert figures(reviewed(WEB, beside, attach("web", "p"), HOLD)) == (0, 0, 0, 0, 0)


# -- renames ---------------------------------------------------------------------------------------------------
def renamed(step: dict[str, Any], name: str) -> dict[str, Any]:
    for bag in ("inputs", "outputs"):
        step["newState"][bag] = {**step["newState"][bag], "name": name}
    return step


def test_a_role_of_another_name_with_the_same_permissions_is_that() -> None:
    tie = attach("web", "p", "replace")
    for bag in ("inputs", "outputs"):
        tie["newState"][bag] = {**tie["newState"][bag], "role": "web2"}
    steps = [renamed(role("web", "replace"), "web2"), policy("p", [GET]), tie]
    found = reviewed(*steps, bind("b", "web2", IDS, "update", was=("web", IDS)))
    assert figures(found) == (30, 0, 0, 0, 0)
    (one,) = found.roles
    assert (one.name, one.renamed_from, one.gained, one.lost) == ("web2", "alibaba:role/web", (), ())
    assert [cause.text for cause in found.groups[0].causes] == ["role web is replaced by web2"]
    assert rules(found) == {"credential-gap"}
    # An instance that nothing moves is left with a role that is gone.
    left = reviewed(*steps, bind("b", "web", IDS))
    assert "role-deleted-in-use" in rules(left)


def test_a_policy_of_another_name_with_the_same_permissions_changes_nothing() -> None:
    tie = attach("web", "p", "replace")
    for bag in ("inputs", "outputs"):
        tie["newState"][bag] = {**tie["newState"][bag], "policy": "p2"}
    found = reviewed(WEB, renamed(policy("p", [GET], "replace"), "p2"), tie, HOLD)
    assert figures(found) == (0, 0, 0, 0, 0) and found.findings == ()


# -- adoption --------------------------------------------------------------------------------------------------
ADOPT = [role("web", "create", adopt=True), policy("p", [GET], "create", adopt=True), attach("web", "p", "create")]
ADOPT.append(bind("b", "web", IDS, "create"))


def test_what_was_there_before_an_adoption_is_not_known() -> None:
    found = reviewed(*ADOPT)
    assert {(one.move, one.before_unknown) for one in found.instances} == {("same", True)}
    (one,) = found.roles
    assert one.before is not None and [each.why for each in one.before.unread] == ["adopted"]
    assert figures(found) == (30, 30, 0, 30, 30)
    assert {"foreign-adopted", "unknown-gain"} <= rules(found)


def test_the_cloud_knows_what_was_there_before_an_adoption() -> None:
    key = "alibaba:role/web"
    wider = trust_document(["ecs.aliyuncs.com", "fc.aliyuncs.com"])
    where = Picture(read(preview(*ADOPT))).after.places["alibaba:instance/i-0"]
    live = Live(
        documents={"alibaba:policy/custom/p": json.dumps({"Version": "1", "Statement": [ALL]})},
        attachments={key: (("Custom", "p"),)},
        trust={key: json.dumps(wider)},
        holders={key: (*IDS, "i-elsewhere")},
        held={f"alibaba:instance/{one}": (where, "web") for one in IDS},
    )
    found = reviewed(*ADOPT, live=live)
    assert figures(found) == (30, 0, 30, 0, 0)
    (one,) = found.roles
    assert [each.name for each in one.trust_lost] == ["fc.aliyuncs.com"]
    assert (one.foreign, one.outside) == ((), ("i-elsewhere",))
    assert not any(each.before_unknown for each in found.instances)
    assert [cause.text for cause in found.groups[0].causes] == ["policy p is edited", "role web is taken over"]


# -- roles that are declared elsewhere -------------------------------------------------------------------------
ELSEWHERE = [WEB, policy("p", [GET]), attach("web", "p")]


def test_what_a_role_of_others_allows_is_not_known_on_either_side() -> None:
    to = reviewed(*ELSEWHERE, bind("b", "web", IDS[:2], "update", was=("someone", IDS[:2])))
    assert (to.blast.instances_gaining, to.blast.instances_losing_unknown) == (2, 2)
    assert words.radius(to)[0] == ("2 of 2 instances touched: 2 gain permissions, 2 may lose what is not known")
    back = reviewed(*ELSEWHERE, bind("b", "someone", IDS[:2], "update", was=("web", IDS[:2])))
    assert words.radius(back)[0] == "2 of 2 instances touched: 2 lose permissions, 2 gain what is not known"
    (one,) = [one for one in back.findings if one.rule == "unknown-gain"]
    assert one.failing and "what role someone allows is not known here" in one.message


def test_a_role_of_others_that_stays_changes_nothing() -> None:
    assert figures(reviewed(bind("b", "someone", IDS))) == (0, 0, 0, 0, 0)


def test_the_cloud_tells_what_a_role_of_others_allows() -> None:
    live = Live(attachments={"alibaba:role/someone": ()}, trust={"alibaba:role/someone": "{}"})
    moved = bind("b", "web", IDS[:2], "update", was=("someone", IDS[:2]))
    found = reviewed(*ELSEWHERE, moved, live=live)
    assert (found.blast.instances_gaining, found.blast.instances_losing_unknown) == (2, 0)


OTHERS: dict[str, tuple[dict[str, Any], Any, tuple[int, ...]]] = {
    "changed a document": (
        {"documents": {"alibaba:policy/custom/p": json.dumps({"Version": "1", "Statement": [ALL]})}},
        policy("p", [GET], "update"),
        (30, 0, 30, 0, 0),
    ),
    "changed a trust policy": (
        {"trust": {"alibaba:role/web": json.dumps(FC)}},
        role("web", "update"),
        (30, 30, 0, 0, 0),
    ),
    "took a policy off": (
        {"attachments": {"alibaba:role/web": ()}},
        attach("web", "p", "update"),
        (30, 30, 0, 0, 0),
    ),
    "took a role off": (
        {"held": {"alibaba:instance/i-0": None}},
        bind("b", "web", IDS, "update"),
        (1, 1, 0, 0, 0),
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_update_puts_right_only_what_it_changes(name: str) -> None:
    seen, changed, expected = OTHERS[name]
    steps = [WEB, policy("p", [GET]), attach("web", "p"), HOLD]
    where = Picture(read(preview(*steps))).after.places["alibaba:instance/i-0"]
    held = {key: (where, one) for key, one in seen.get("held", {}).items()}
    live = Live(**{**seen, "held": held})
    assert figures(reviewed(*steps, live=live)) == (0, 0, 0, 0, 0)
    put_right = [changed if one["urn"] == changed["urn"] else one for one in steps]
    assert figures(reviewed(*put_right, live=live)) == expected


def test_roles_that_are_declared_elsewhere_are_named_once_with_their_cloud() -> None:
    other = bind("t", "someone", ["ins-1"])
    for side in ("oldState", "newState"):
        for bag in ("inputs", "outputs"):
            other[side][bag] = {**other[side][bag], "cloud": "tencent", "region": "ap-guangzhou"}
    found = reviewed(bind("b", "someone", IDS[:1]), other)
    (note,) = [one for one in found.notes if one.startswith("Declared elsewhere")]
    assert note == ("Declared elsewhere, so known in part: someone on Alibaba Cloud, someone on Tencent Cloud.")


# -- instances that are gone -----------------------------------------------------------------------------------
@pytest.mark.parametrize("by", ["refresh", "live"])
def test_an_instance_that_is_known_to_be_gone_loses_no_role(by: str) -> None:
    left = bind("b", "web", IDS[:1], "update", was=("web", IDS[:2]))
    if by == "refresh":
        drifted(left, drift={"i-1": "instance_gone"})
    found = reviewed(WEB, left, live=Live(gone=frozenset({"alibaba:instance/i-1"})) if by == "live" else None)
    assert (found.blast.instances_gone, found.blast.instances_losing_role) == (1, 0)
    assert {"role-lost", "roles-lost"}.isdisjoint(rules(found))
    (one,) = [one for one in found.findings if one.rule == "instance-gone"]
    assert one.message == "instance i-1: not in the cloud any more, and no longer declared"
    (group,) = found.groups
    assert words.group(group) == "1 instance is gone"
    assert [cause.text for cause in group.causes] == ["i-1 not in the cloud any more"]


def test_what_a_refresh_found_gone_may_be_there_again() -> None:
    left = drifted(bind("b", "web", IDS[:1], "update", was=("web", IDS[:2])), drift={"i-1": "instance_gone"})
    where = Picture(read(preview(WEB, left))).before.places["alibaba:instance/i-1"]
    found = reviewed(WEB, left, live=Live(held={"alibaba:instance/i-1": (where, "web")}))
    assert (found.blast.instances_gone, found.blast.instances_losing_role) == (0, 1)


def test_a_search_without_a_result_names_the_property_and_what_guards_it() -> None:
    found = reviewed(WEB, bind("b", "web", [], "update", was=("web", IDS)))
    (one,) = [one for one in found.findings if one.rule == "roles-lost"]
    assert "instance_ids of binding b has 0 instances now, and had 30" in one.message
    assert "at_least=" in one.message and one.instances == 30
    gone = reviewed(WEB, bind("b", "web", IDS, "delete"))
    assert "instance_ids" not in next(one.message for one in gone.findings if one.rule == "roles-lost")


# -- a preview that failed -------------------------------------------------------------------------------------
def test_a_preview_that_failed_does_not_say_that_nothing_changes() -> None:
    found = replace(reviewed(WEB, bind("b", "web", IDS)), result="failed", verdict="error")
    for form_ in ("terminal", "markdown", "html"):
        text = form(form_)(found)
        assert "no changes" not in text and "Nothing changes" not in text, form_
        assert "the preview failed after 2 resources were seen" in " ".join(text.split()), form_


# -- findings --------------------------------------------------------------------------------------------------
def test_one_cause_is_one_finding() -> None:
    names = [f"r{number}" for number in range(30)]
    steps = [*(role(name) for name in names), *(bind(f"b-{name}", name, [f"i-{name}"]) for name in names)]
    steps += [attach(name, "AdministratorAccess", "create", kind="System") for name in names]
    (one,) = reviewed(*steps).findings
    assert (one.rule, one.instances, len(one.resources)) == ("administrator-access", 30, 30)
    assert one.message.startswith("roles r0, r1, r10 and 27 more may do everything on everything (AdministratorAccess)")
    assert one.message.endswith("it reaches 30 instances (i-r0, i-r1, i-r10 and 27 more)")
    assert set(one.follows) >= {"privilege-escalation", "wildcard-action", "wildcard-resource", "pass-role-any"}


def test_swaps_are_one_finding_for_each_cloud() -> None:
    steps = [WEB, DB, *(bind(f"b{one}", "db", [one], "update", was=("web", [one])) for one in IDS)]
    (one,) = reviewed(*steps).findings
    assert (one.rule, one.instances) == ("credential-gap", 30)


def test_what_could_not_be_compared_is_counted_as_not_known() -> None:
    wide, narrow = allow("oss:" + "*a" * 8 + "*", on="*"), allow("oss:*a" + "?" * 24, on="*")
    found = reviewed(WEB, policy("p", [narrow], "update", was=[wide]), attach("web", "p"), HOLD)
    (group,) = found.groups
    assert [one.compared for one in group.gained] == [False]
    assert [one.why for one in group.gained_unknown] == ["uncompared"]
    assert (found.blast.instances_gaining, found.blast.instances_gaining_unknown) == (0, 30)
    (one,) = [one for one in found.findings if one.rule == "not-compared"]
    assert one.failing and one.instances == 30


def test_worse_comes_first_and_more_instances_before_fewer() -> None:
    steps = [
        WEB,
        DB,
        policy("p", [PUT], "create"),
        policy("q", [allow("rds:ModifyDBInstanceSpec", on="acs:rds:*:*:x")], "create"),
    ]
    steps += [
        attach("web", "p", "create"),
        attach("db", "q", "create"),
        bind("b", "web", IDS[:2]),
        bind("c", "db", IDS[2:]),
    ]
    found = reviewed(*steps)
    assert [(one.rule, one.instances) for one in found.findings] == [("writing-gained", 28), ("writing-gained", 2)]


def test_clouds_are_named_where_there_are_two() -> None:
    ours = [role("ali"), policy("ours", [ALL], "create"), attach("ali", "ours", "create"), bind("all", "ali", IDS)]
    found = reviewed(*ours, *tencent_gains({"effect": "allow", "action": ["cos:*"], "resource": ["*"]}))
    said = sorted(one.message.partition(" may ")[0] for one in found.findings if one.rule == "wildcard-action")
    assert said == ["role ali on Alibaba Cloud", "role web on Tencent Cloud"]
