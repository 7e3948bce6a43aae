"""What is said of resources by name: no exemption that only a name with other fields' colons in it could meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.policy.build import allow, deny
from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT
from pulumi_instance_role.policy.difference import Entry, gained
from pulumi_instance_role.policy.document import parse
from pulumi_instance_role.policy.evaluate import Request
from pulumi_instance_role.policy.fields import named_apart
from pulumi_instance_role.policy.grants import Holdings, holdings
from tests.support.examples import examples

PATTERNS = (
    "*", "acs:*", "acs:oss:*", "acs:oss:*:*:assets/*", "acs:oss:*:*:assets/a*", "acs:oss:*:*:reports/*",
    "acs:oss:*:1:reports", "acs:oss:cn-*:*:*/a", "acs:oss:cn-hangzhou:1:*", "acs:*:*:*:assets/*",
    "acs:oss:*:*:?ssets/b", "acs:oss:*:assets/*", "acs:oss:*:*:reports/*:assets/*",
)  # fmt: skip
PATHS = ("assets", "reports", "assets/a", "assets/b", "reports/a", "reports/assets/a")
PLACES = ("cn-hangzhou:1", "cn-hangzhou:2", "cn-beijing:1", "*:2", ":")
PLAIN = [f"acs:oss:{place}:{path}" for place in PLACES for path in PATHS]
ODD = [one + more for one in PLAIN for more in (":1:assets/a", "/x:y:assets/b", ":cn-hangzhou:1:reports", ":")]


def held(statements: Sequence[tuple[bool, str]]) -> Holdings:
    """What statements about one action say."""
    document = {"Version": "1", "Statement": [(allow if one else deny)("oss:Get", on=on) for one, on in statements]}
    return holdings([("p", parse(document, "permission"))], ALIBABA)


def shown(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the exemptions that are said."""
    return [replace(one, exempt=one.told(ALIBABA)) for one in entries]


SIDE = st.lists(st.tuples(st.sampled_from((True, True, False)), st.sampled_from(PATTERNS)), min_size=1, max_size=4)


@settings(max_examples=examples(50))
@given(SIDE, SIDE)
def test_of_names_without_more_colons_what_is_said_is_exact_and_of_others_never_less(
    before: list[tuple[bool, str]], after: list[tuple[bool, str]]
) -> None:
    entries = gained(held(before), held(after))
    for exact, said in zip(entries, shown(entries), strict=True):
        for name in PLAIN:
            request = Request("oss:Get", name)
            assert said.covers(request, ALIBABA) == exact.covers(request, ALIBABA), name
        for name in ODD:
            request = Request("oss:Get", name)
            assert said.covers(request, ALIBABA) or not exact.covers(request, ALIBABA), name


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("acs:oss:*:*:shop-assets/*", "acs:oss:*:*:shop-reports/*", True),
        ("acs:oss:*:*:shop-assets/*", "acs:oss:*:*:shop-*", False),
        ("acs:oss:*:*:shop-assets/*", "acs:oss:*:*:*/reports", False),
        ("acs:oss:*:1:a/*", "acs:oss:*:2:*", True),
        ("acs:oss:cn-hangzhou:*:a/*", "acs:oss:cn-beijing:*:*", True),
        ("acs:oss:*:*:a/*", "acs:ecs:*:*:*", True),
        ("acs:oss:*:*:a", "acs:oss:*:*:ab", True),
        ("acs:oss:*:*:a*", "acs:oss:*:*:ab", False),
        ("acs:oss:*:*:a?", "acs:oss:*:*:ab", False),
        ("acs:oss:*", "acs:oss:*:*:b/*", False),
        ("acs:oss:*:a/*", "acs:oss:*:*:b/*", False),
        ("*", "acs:oss:*:*:b/*", False),
        ("acs:oss:*:*:a", "acs:oss:*:*:a", False),
    ],
)
def test_patterns_that_no_name_matches_both_of(one: str, other: str, apart: bool) -> None:
    assert named_apart(one, other, ALIBABA) is named_apart(other, one, ALIBABA) is apart


def test_where_fields_are_compared_by_themselves_nothing_is_left_to_say() -> None:
    assert not named_apart("qcs::cos:::a/*", "qcs::cos:::b/*", TENCENT)


def test_two_buckets_are_no_exceptions_of_each_other() -> None:
    assets, reports = "acs:oss:*:*:shop-assets-1250000000/*", "acs:oss:*:*:shop-reports-1250000000/*"
    (lost,) = gained(held([(True, reports)]), held([(True, assets), (True, reports)]))
    assert [one.box.resources[0].text for one in lost.exempt] == [reports]
    assert lost.told(ALIBABA) == ()
    (lost,) = gained(held([(True, "acs:oss:*:*:*/a")]), held([(True, assets)]))
    assert lost.told(ALIBABA) == lost.exempt != ()
