"""Words agree with how many things they are about: each text of the catalogues, and what one and two things print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from docs.catalogues.__main__ import texts

from pulumi_instance_role.cli.policies import _count
from pulumi_instance_role.drift.around import Shift
from pulumi_instance_role.drift.stack import Report
from pulumi_instance_role.drift.told import told
from pulumi_instance_role.inventory.html.view import page
from pulumi_instance_role.inventory.terminal import text
from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.program.changes import Adoption, RoleChange, RoleLoss
from pulumi_instance_role.review.forms import form
from tests.unit.inventory.build import WHOLE, found, instance, judged, key, role, unread
from tests.unit.review.build import attach, bind, policy
from tests.unit.review.build import role as declared
from tests.unit.review.test_change import ANY, ECS, FC, reviewed

NEUTRAL = frozenset(("of", "to", "times", "more", "outside", "may", "can", "digits", "texts"))
"""What may stand behind a number in a text that has no form for one: it is the same for one and for several, or the
number is never one. ``1 of 3 instances`` is about three."""
ONE = "role|policy|instance|binding|template|guardrail|finding|account|region|key|part|resource|line|document"
MANY = "roles|policies|instances|bindings|templates|guardrails|findings|accounts|regions|keys|parts|resources|lines"
VERBS_OF_ONE = "is|has|was|does|holds|gives|takes|gains|loses|gets|swaps|keeps|ends|allows|lets"
VERBS_OF_MANY = "are|have|were|do|hold|give|take|gain|lose|get|swap|keep|end|allow|let"
WRONG = re.compile(
    rf"\b1 (?:(?!that |by )[a-z]+ )?(?:{MANY}|AccessKeys)\b(?! touched)|\b1 (?:{VERBS_OF_MANY})\b"
    rf"|\b[2-9] (?:{ONE}|{VERBS_OF_ONE})\b"
    rf"|a1, [\w-]*b2 (?:{VERBS_OF_ONE})\b|\b(?:{ONE}) [\w-]*a1, [\w-]*b2\b"
)
"""What no text may say of one thing, or of two: a number, or the names of :data:`NAMES`."""
NAMES = ["a1", "b2"]
NUMBER = re.compile(r"\{(?:number|left)\} (\w+)")


def test_a_text_with_a_number_has_a_form_for_one() -> None:
    every = [one.id for one in texts() if one.id]
    alone = [one for one in every if isinstance(one, str)]
    assert len(alone) > 300 and len(every) - len(alone) > 60
    assert [one for one in alone if any(word not in NEUTRAL for word in NUMBER.findall(one))] == []


def _change(number: int) -> Sequence[Any]:
    """Several roles, policies and bindings of each kind that one sentence is about."""
    names = NAMES[:number]
    shut = [f"s-{one}" for one in names]
    gets = [allow("oss:PutObject", on="acs:oss:*:*:shop/*")]
    return [
        declared("web"),
        *(declared(one, "update", trust=FC, was=ECS) for one in shut),
        *(policy(one, gets, "update", was=[allow("oss:GetObject", on="*")]) for one in names),
        *(attach("web", one) for one in names),
        *(attach(one, "a1") for one in shut),
        *(bind(f"b-{one}", "web", [f"i-{one}"], "create") for one in names),
        *(bind(f"h-{one}", one, [f"j-{one}"]) for one in shut),
        bind("stays", "web", [f"k-{one}" for one in names]),
    ]


def _lost(number: int) -> Sequence[Any]:
    names = NAMES[:number]
    opaque = [attach(f"r-{one}", "AliyunRDSFullAccess", "create", kind="System") for one in names]
    gone = [bind(f"b-{one}", f"r-{one}", [f"i-{one}"], "delete") for one in names]
    passes = [allow("ram:PassRole", on=[f"acs:ram::*:role/{one}" for one in names])]
    return [
        *(declared(f"r-{one}", "same" if number == 1 else "update", trust=ANY, was=ECS) for one in names),
        *opaque,
        *gone,
        declared("passer"),
        policy("passing", passes, "create"),
        attach("passer", "passing", "create"),
        bind("held", "passer", [f"n-{one}" for one in names]),
    ]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("made", [_change, _lost])
def test_a_review_agrees_with_how_many_it_is_about(made: Any, number: int) -> None:
    review = reviewed(*made(number), most=0)
    for name in ("terminal", "markdown", "html"):
        shown = re.sub(r"<[^>]*>|\\|\s+", " ", form(name)(review))
        assert len(shown) > 400 and WRONG.findall(" ".join(shown.split())) == [], name
    said = [cause.text for group in review.groups for cause in group.causes]
    assert said and [one for one in said if WRONG.search(one)] == []
    if made is _change:
        assert ("policies a1, b2 are edited" in said) is (number == 2)
        assert ("policy a1 is edited" in said) is (number == 1)


@pytest.mark.parametrize("number", [1, 2])
def test_an_inventory_agrees_with_how_many_it_is_about(number: int) -> None:
    instances = [instance(n, f"r{n}") for n in range(number)] + [instance(10 + n) for n in range(number)]
    account = found(
        [*instances, *(instance(20 + n, region="cn-beijing") for n in range(number))],
        [*(role(f"r{n}", f"p{n}") for n in range(number)), *(role(f"idle{n}") for n in range(number))],
        {f"p{n}": WHOLE for n in range(number)},
        keys=tuple(key(f"u{n}", "2025-01-01T00:00:00Z", "") for n in range(number)),
        unread=tuple(unread("keys", f"part {n}") for n in range(number)),
        blind_regions=frozenset({"cn-beijing"}),
    )
    audit = judged(account, fail_on=["high"])
    tiles = [f"{one.number} {one.label}; {one.number} {one.detail}" for one in page(audit, verdict=True).tiles]
    for shown in (" ".join(text(audit, verdict=True).split()), "; ".join(tiles)):
        assert WRONG.findall(shown) == []


@pytest.mark.parametrize("number", [1, 2])
def test_drift_and_preflight_agree_with_how_many_they_are_about(number: int) -> None:
    ids = tuple(f"i-{n}" for n in range(number))
    lines = [one.text for one in told("dev", Report((), (Shift("alibaba", "web", "other", ids, ("x",), (), ()),)))]
    lines += [str(RoleChange("b", "web", "db", ids, gap)) for gap in (True, False)]
    lines += [str(RoleLoss("b", "web", ids, True)), str(Adoption("b", "web", ids))]
    lines.append(_count([{"url": "x"}] * number))
    lone = number == 1
    assert [one for one in lines if WRONG.search(one)] == []
    assert [one for one in lines if re.search(r"\bthey\b" if lone else r"\bit is\b", one)] == []
