from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.policy.wildcard import LABOUR, covers, matches, meet
from pulumi_instance_role.policy.work import TooMuch, Work, apart, resumed, spend, within


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


@settings(deadline=None)
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


@pytest.mark.parametrize("question", [covers, meet])
def test_a_question_takes_so_many_steps_and_no_more(question: Callable[[str, str], bool]) -> None:
    """Each alone, all together, and the same whether the answer was known before or not."""
    hard = ("*a" + "?" * 24, "*a" * 8 + "*")
    counted = []
    for _ in range(2):
        with within(10**9) as work:
            question(*hard)
            counted.append(work.done)
            question(*hard)
            assert work.done == counted[-1] + 1
    assert counted[0] == counted[1] <= 10 * LABOUR
    assert within_gives_up(question, hard) is (question is covers)
    with within(5), pytest.raises(TooMuch):
        question(*hard)


def within_gives_up(question: Callable[[str, str], bool], about: tuple[str, str]) -> bool:
    with within(10**9) as work:
        question(*about)
    return work.gave_up


def test_what_is_inside_has_no_more_than_is_left() -> None:
    with within(100) as outer:
        with within(1_000) as inner:
            assert inner.limit == 100
            spend(60)
        assert outer.done == 60
        with pytest.raises(TooMuch), within(1_000):
            spend(41)
        with apart(1_000):
            spend(500)
    shared = Work(10)
    for _ in range(2):
        with resumed(shared):
            spend(5)
    with pytest.raises(TooMuch), resumed(shared):
        spend(1)
