from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.policy.wildcard import covers, matches, meet


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_agrees_with_the_regular_expression(pattern: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    assert matches(pattern, text) == bool(re.fullmatch(expression, text, re.DOTALL))


@pytest.mark.timeout(5)
def test_hostile_pattern_takes_no_time() -> None:
    assert not matches("a*" * 2_000 + "b", "a" * 2_000)


_PATTERNS = st.text("ab*?", max_size=4)
_LONGER = st.text("ab*?", max_size=9)
_TEXTS = ["".join(found) for length in range(7) for found in itertools.product("abz", repeat=length)]


@given(_PATTERNS, _PATTERNS)
def test_covers_and_meet_agree_with_all_short_texts(one: str, other: str) -> None:
    """For patterns of four characters, texts of six over their letters and another one tell all there is to tell."""
    in_one = {text for text in _TEXTS if matches(one, text)}
    in_other = {text for text in _TEXTS if matches(other, text)}
    assert covers(one, other) == (in_other <= in_one)
    assert meet(one, other) == bool(in_one & in_other)


@given(_LONGER, _LONGER, st.text("abz", max_size=12))
def test_covers_is_kept_by_every_text(wide: str, narrow: str, text: str) -> None:
    if covers(wide, narrow) and matches(narrow, text):
        assert matches(wide, text)
    if matches(wide, text) and matches(narrow, text):
        assert meet(wide, narrow)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("?*" * 2_000 + "a", "*b" * 2_000),
        ("*a?" * 2_000, "*a*a?" * 2_000),
        ("?*" * 70, "*b" * 70),
        ("*" * 5_000, "?" * 5_000),
    ],
)
def test_hostile_pairs_take_no_time_and_err_on_the_safe_side(one: str, other: str) -> None:
    held = covers(one, other) or covers(other, one)
    assert meet(one, other) == meet(other, one)
    assert meet(one, other) or not held  # what holds another has something in common with it
