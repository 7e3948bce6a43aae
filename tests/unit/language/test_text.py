"""Texts that know what they are made of."""

from __future__ import annotations

import json
from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.language import Text, listing, plural, say, tell
from pulumi_instance_role.language.spoken import Language, of_locale, speaking
from pulumi_instance_role.language.text import CATALOGUE

NAMES = st.text(st.characters(exclude_categories=["Cs"]))


class Loud(NullTranslations):
    """A language in which every template is framed."""

    def gettext(self, message: str) -> str:
        return f"<{message}>"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"<{msgid1 if n % 10 == 1 else msgid2}>"


def loudly(text: str) -> str:
    token = CATALOGUE.set(Loud())
    try:
        return tell(text)
    finally:
        CATALOGUE.reset(token)


@pytest.mark.parametrize(
    ("text", "english", "loud"),
    [
        (say("no changes"), "no changes", "<no changes>"),
        (say("role {role}", role="web"), "role web", "<role web>"),
        (
            say("a {literal} brace"),
            "a {literal} brace",
            "<a {literal} brace>",
        ),
        (plural("{number} role", "{number} roles", 1), "1 role", "<1 role>"),
        (plural("{number} role", "{number} roles", 21), "21 roles", "<21 role>"),
        (listing(["a", say("b")]), "a, b", "a<, ><b>"),
        (listing([]), "", ""),
        (say("{a}: {b}", a=say("x {y}", y=2), b=listing([say("z")])), "x 2: z", "<<x 2>: <z>>"),
        (say(say("once {n}", n=1)), "once 1", "<once 1>"),
        ("a plain text", "a plain text", "a plain text"),
    ],
)
def test_a_text_is_english_and_is_said_in_the_language_that_is_spoken(text: str, english: str, loud: str) -> None:
    assert text == english == tell(text)
    assert loudly(text) == loud
    assert hash(text) == hash(english)
    assert json.dumps(text) == json.dumps(english)


@given(NAMES, NAMES, st.integers())
def test_names_are_never_taken_for_templates(one: str, other: str, number: int) -> None:
    parts = plural("{number} of {name}", "{number} of {name}", number, name=one)
    text = say("{parts} and {other}", parts=parts, other=other)
    assert text == f"{number} of {one} and {other}"
    assert loudly(text) == f"<<{number} of {one}> and {other}>"


def test_what_is_put_together_in_another_way_is_english() -> None:
    assert not isinstance(f"{say('no changes')}!", Text)
    assert loudly(f"{say('no changes')}!") == "no changes!"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "zh_SG"}, "zh"),
        ({"LANG": "zh-Hans-CN"}, "zh"),
        ({"LANG": "zh_CN@pinyin"}, "zh"),
        ({"LANG": "zh_TW.UTF-8"}, "en"),
        ({"LANG": "zh_HK"}, "en"),
        ({"LANG": "zhuang"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB", "LC_MESSAGES": "zh_CN", "LC_ALL": "de_DE"}, "en"),
        ({"LANG": "de_DE", "LC_CTYPE": "zh_CN"}, "en"),
    ],
)
def test_the_locale_decides_the_language(environment: dict[str, str], language: Language) -> None:
    assert of_locale(environment) == language


def test_a_language_is_spoken_within_its_block_only() -> None:
    text = plural("{number} role", "{number} roles", 1)
    with speaking("zh"):
        assert tell(text) == "1 个角色"
        with speaking("en"):
            assert tell(text) == "1 role"
        assert tell(text) == "1 个角色"
    assert tell(text) == "1 role"
