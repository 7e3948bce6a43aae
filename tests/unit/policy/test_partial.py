"""A document read as far as it can be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT
from pulumi_instance_role.policy.document import parse
from pulumi_instance_role.policy.partial import read

GOOD = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ODD = {"Effect": "Allow", "Action": ["oss:Get*", "ram:*"], "Resource": "*", "Condition": {"Odd": ["acs:SourceIp"]}}
BAD: list[Any] = [
    ODD,
    {"Effect": "Permit", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": "oss:*"},
    {"Effect": "Allow", "Action": 3, "Resource": "*"},
    "Allow",
    None,
    [],
]


def whole(*statements: Any, **more: Any) -> str:
    return json.dumps({"Version": "1", "Statement": [*statements], **more})


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("place", [0, 1])
def test_one_statement_that_is_not_understood_hides_no_other(bad: Any, place: int) -> None:
    statements = [bad, GOOD] if place == 0 else [GOOD, bad]
    found, left = read(whole(*statements), "permission", ALIBABA)
    assert found is not None and found.statements == parse(whole(GOOD)).statements
    assert [one.place for one in found.statements] == [1 - place]
    (one,) = left
    assert one.place.startswith(f"Statement[{place}]") and one.problem


def test_what_it_says_is_told_as_far_as_it_can_be_seen() -> None:
    _, left = read(whole(ODD), "permission", ALIBABA)
    assert [(one.place, one.says) for one in left] == [
        ("Statement[0].Condition.Odd", "allows oss:Get*, ram:* on *"),
    ]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("no JSON", ""),
        ("[]", ""),
        ('{"Version": "1"}', ""),
        (whole(), "Statement"),
        ({"Statement": 3, "Version": "1"}, "Statement"),
    ],
)
def test_where_there_is_nothing_to_read_the_whole_is_named(source: Any, place: str) -> None:
    found, left = read(source, "permission", ALIBABA)
    assert (found, [one.place for one in left]) == (None, [place])


def test_a_fault_beside_the_statements_is_named_and_they_are_read() -> None:
    found, left = read(whole(GOOD, Version="2"), "permission", ALIBABA)
    assert found is not None and len(found.statements) == 1
    assert [one.place for one in left] == ["Version"]


def test_tencent_cloud_too() -> None:
    source = {"version": "2.0", "statement": [{"effect": "allow", "action": ["cos:*"], "resource": ["*"]}, {}]}
    found, left = read(source, "permission", TENCENT)
    assert found is not None and len(found.statements) == 1 and [one.place for one in left] == ["statement[1]"]


@given(st.lists(st.sampled_from([GOOD, {**GOOD, "Effect": "Deny"}, *BAD]), min_size=1, max_size=6))
def test_every_statement_is_read_or_named(statements: list[Any]) -> None:
    found, left = read(whole(*statements), "permission", ALIBABA)
    good = [one for one in statements if not any(one is bad for bad in BAD)]
    assert len(found.statements if found else ()) == len(good)
    assert len(left) == len(statements) - len(good)
    assert not left or {one.place.partition("]")[0] for one in left} == {
        f"Statement[{index}" for index, one in enumerate(statements) if any(one is bad for bad in BAD)
    }
