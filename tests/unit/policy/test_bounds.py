"""What no document can hold is a clear fault with its place, however it was made."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.policy import fields
from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.policy.document import PolicyError, complaints, parse
from pulumi_instance_role.policy.load import DEEPEST, shown
from pulumi_instance_role.policy.wildcard import LABOUR
from pulumi_instance_role.policy.work import TooMuch, within

GOOD: dict[str, Any] = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}
CIRCLE: dict[str, Any] = {}
CIRCLE["Statement"] = [CIRCLE]
HALF = "holds half of a character (a lone surrogate), which cannot be sent; write the whole character"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("ask", [fields.covers, fields.meet])
def test_hostile_fields_are_bounded(ask: Callable[[str, str], bool]) -> None:
    """Fields are patterns as well: a resource of six of them has its share of the work, and no more."""
    hard, other = "*a" * 30 + "?" * 12 + "*b", "*?a" * 60 + "*c"
    with within(LABOUR) as work, pytest.raises(TooMuch):
        for index in range(200):
            keys = [fields.key_of(":".join(["qcs", *[f"{one}{index}"] * 5]), TENCENT) for one in (hard, other)]
            ask(*keys)
    assert work.done > LABOUR


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def wide(levels: int) -> Any:
    """Few objects, each in the next one twice: many values."""
    value: Any = ["x"]
    for _ in range(levels):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("source", "path", "problem"),
    [
        ("[" * 100_000, "", f"not a policy document: nested more than {DEEPEST} deep at line 1, column 65"),
        ('{"a":\n' * 5000, "", f"not a policy document: nested more than {DEEPEST} deep at line 65, column 1"),
        ('{"Version": ' + "9" * 10_000 + "}", "Version", "is a number of 10000 digits; 100 is the most that is read"),
        (
            '{"Version": -0.' + "9" * 10_000 + "}",
            "Version",
            "is a number of 10002 digits; 100 is the most that is read",
        ),
        ('{"Version": 1e999}', "Version", "is not a number that JSON has"),
        ('{"Version": NaN}', "Version", "is not a number that JSON has"),
        ('{"Version": "\\ud800"}', "Version", HALF),
        ('{"Statement": [{"Action": ["a", "\\udfff"]}]}', "Statement[0].Action[1]", HALF),
        ('{"Statement": [{"\\ud800": 1}]}', "Statement[0]", f'the key "\\ud800" {HALF}'),
        ('{"\\ud800": 1, "\\ud800": 1}', "", '"\\ud800" is written twice in one object; keep one'),
        ({"Version": 10**5000}, "Version", "is a number of more than 100 digits, which is the most that is read"),
        ({"Version": float("inf")}, "Version", "is not a number that JSON has"),
        ({"Statement": [{**GOOD, "Resource": "acs:oss:*:*:\ud800"}]}, "Statement[0].Resource", HALF),
        ({"Statement": deep(3000)}, "Statement[0][0][0]", f"not a policy document: nested more than {DEEPEST} deep"),
        (CIRCLE, "Statement[0].Statement[0]", f"not a policy document: nested more than {DEEPEST} deep"),
        ({"Statement": wide(40)}, "", "not a policy document: it has more than 100000 values"),
    ],
)
@pytest.mark.parametrize("secret", [False, True])
def test_what_no_document_holds_is_told_with_its_place(source: Any, path: str, problem: str, secret: bool) -> None:
    (found,) = complaints(source, secret=secret)
    if not secret:
        assert (found.path, found.problem) == (path, problem)
    str(found).encode()
    with pytest.raises(PolicyError):
        parse(source)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_whatever_is_said_can_be_sent(value: Any) -> None:
    for source in (value, {"Version": "1", "Statement": [value]}, json.dumps(value)):
        for one in complaints(source):
            assert "\n" not in str(one)
            str(one).encode()
    assert len(shown(value)) <= 60
