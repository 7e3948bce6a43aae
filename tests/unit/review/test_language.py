"""A review in Chinese: the same review, every word of ours translated, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from gettext import NullTranslations
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pulumi_instance_role.cli.review import review as command
from pulumi_instance_role.language.spoken import LANGUAGES
from pulumi_instance_role.language.text import CATALOGUE
from pulumi_instance_role.review.comment import LIMIT
from pulumi_instance_role.review.encode import to_json
from pulumi_instance_role.review.forms import FORMS, form, html, markdown, sarif, terminal
from pulumi_instance_role.review.forms.terminal import _breaks
from pulumi_instance_role.review.model import Review
from pulumi_instance_role.review.rules import RULES
from tests.unit.review.build import attach, bind, policy, preview, role
from tests.unit.review.test_forms import ACCEPTED, BUSY, REVIEWS, reviewed
from tests.unit.review.test_recorded import RECORDED

RECORDINGS = [
    "alibaba-04-swap", "alibaba-05-system-policy", "alibaba-06-unbound", "alibaba-07-role-renamed",
    "alibaba-11f-native-unbound", "alibaba-16-deny-added", "alibaba-17-everything-gone", "both-12b-identity-edited",
    "tencent-05-system-policy",
]  # fmt: skip
ODD = [
    {"Effect": "allow", "Action": "oss:*", "Resource": "*"},
    {"Effect": "Allow", "Action": ["oss:Get Object"], "Resource": "*"},
    {"Effect": "Deny", "Action": ["name/cos:GetObject"], "Resource": ["*"]},
    {"Effect": "Allow", "Action": ["oss:GetObjct", "nothing:AtAll"], "Resource": ["acs:oss:*:*:shop/*"]},
    {
        "Effect": "Allow",
        "Action": ["oss:GetObject"],
        "Resource": ["*"],
        "Condition": {"IpAdress": {"acs:SourceIP": ["10.0.0.0/8"]}, "Bool": {"qcs:mfa": ["yes"]}},
    },
    {"Effect": "Allow", "Action": "oss:Get*", "Resource": "qcs::cos:::b/*", "Principal": {"Service": ["x"]}},
    {"Effect": "Allow", "Acton": "oss:Get*", "Resource": [1, ""]},
    {"Effect": "Allow", "NotAction": ["a:B", "c:D", "e:F", "g:H"], "Action": "x:Y", "Resource": "*", "effect": "Deny"},
]
BROKEN = preview(
    role("web", "create"),
    *(policy(f"p{index}", [one], "create") for index, one in enumerate(ODD)),
    *(attach("web", f"p{index}", "create") for index in range(len(ODD))),
    *(attach("web", name, "create", kind="System") for name in ("AliyunOSSReadOnlyAcces", "AliyunECSFullAccess")),
    bind("web", "web", ["i-1"], "create"),
)
"""Documents with all that the grammar refuses, and words that are in no list."""
RECORDED_REVIEWS = {one: (RECORDED / f"{one}.json").read_text(encoding="utf-8") for one in RECORDINGS}
SOURCES = {**REVIEWS, **RECORDED_REVIEWS, "broken": BROKEN}
_PLACEHOLDER = re.compile(r"\{\w+\}")
_ENGLISH = re.compile(r"(?<![\w.:/-])[a-z]{2,} [a-z]{2,}")
"""Two words; a kind and a name (``RolePolicy web``) are not two words."""


class Mute(NullTranslations):
    """A language without words: what is left of a text are its parts."""

    def gettext(self, message: str) -> str:
        return "|".join(_PLACEHOLDER.findall(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid2)


@contextmanager
def mute() -> Iterator[None]:
    token = CATALOGUE.set(Mute())
    try:
        yield
    finally:
        CATALOGUE.reset(token)


def of(name: str) -> Review:
    """A review without what others said, in their language."""
    accepted = replace(ACCEPTED, reason="-")
    return replace(reviewed(SOURCES[name], accepted), diagnostics=())


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_of_ours_is_said_without_the_catalogue(name: str) -> None:
    found = of(name)
    with mute():
        page = html._rendered(found, "x")
        comment = markdown._rendered(found, LIMIT)
        log = sarif._log(found)
    page = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    shown = unescape(re.sub(r"<[^>]*>", "|", page))
    labels = re.findall(r'(?:aria-label|placeholder|data-\w+|title)="([^"]*)"', page)
    assert _ENGLISH.findall(f"{shown}{'|'.join(labels)}") == []
    assert _ENGLISH.findall(re.sub(r"\]\(\S+\)", "", comment.partition("\n")[2])) == []
    texts = json.dumps([log["runs"][0]["results"], log["runs"][0]["properties"]["figures"]])
    assert _ENGLISH.findall(texts) == []


@pytest.mark.parametrize("name", SOURCES)
def test_a_terminal_in_chinese_says_nothing_in_english_and_keeps_its_width(name: str) -> None:
    found = of(name)
    for width in (60, 80):
        lines = terminal.render(found, language="zh", width=width).splitlines()
        assert max(map(cell_len, lines)) <= width
        assert [line for line in lines if _ENGLISH.search(line)] == []
        assert [line for line in lines if re.match(r"\s*[，。；：、）]", line)] == []


@pytest.mark.parametrize("name", ["busy", "alibaba-change"])
def test_sarif_differs_in_texts_for_people_only(name: str) -> None:
    english, chinese = (json.loads(sarif.render(of(name), language=one)) for one in LANGUAGES)
    run = chinese["runs"][0]
    assert run.pop("language") == run["tool"]["driver"].pop("language") == "zh-CN"
    assert english != chinese
    assert _without_texts(english) == _without_texts(chinese)


def _without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        told = ("text", "justification", "figures")
        return {key: None if key in told else _without_texts(one) for key, one in value.items()}
    return [_without_texts(one) for one in value] if isinstance(value, list) else value


def test_a_page_names_its_language() -> None:
    assert '<html lang="en">' in html.render(of("busy"))
    page = html.render(of("busy"), language="zh")
    assert '<html lang="zh-CN">' in page
    assert 'data-text="显示 {number} / {all} 项"' in page


def test_rendering_in_chinese_leaves_the_review_as_it_is() -> None:
    found = of("busy")
    before = to_json(found)
    for name in FORMS:
        options = {} if name == "json" else {"language": "zh"}
        form(name)(found, **options)
    assert to_json(found) == before == form("json")(found)


TEXTS = st.text(st.sampled_from("实例角色，。（）：abc-:* "), max_size=80)


@given(TEXTS, st.integers(min_value=6, max_value=30))
def test_lines_with_chinese_break_where_they_may(text: str, room: int) -> None:
    at = [0, *_breaks(text, room), len(text)]
    lines = [text[start:end] for start, end in pairwise(at)]
    assert "".join(lines) == text
    for line, following in pairwise(lines):
        assert line
        assert following[0] not in "，。：）" or line[-1] == " "
        assert not line.endswith("（")
    for line in lines:
        # A line is wider than it may be where nothing in it can be broken.
        assert cell_len(line.rstrip()) <= room or len(re.findall("[一-龥]", line)) <= 1


# -- the command ---------------------------------------------------------------------------------------------------
CHINESE = {"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""}


def run(*arguments: str, locale: dict[str, str]) -> str:
    found = CliRunner().invoke(command, [*arguments, "-"], input=BUSY, env=locale)
    assert found.exit_code == 2, found.output
    return found.stdout


@pytest.mark.parametrize(
    ("name", "arguments", "locale", "chinese"),
    [
        ("terminal", [], CHINESE, True),
        ("markdown", [], CHINESE, True),
        ("html", [], CHINESE, True),
        ("json", [], CHINESE, False),
        ("sarif", [], CHINESE, False),
        ("terminal", [], {**CHINESE, "LC_ALL": "C"}, False),
        ("terminal", ["--language", "en"], CHINESE, False),
        ("terminal", ["--language", "auto"], CHINESE, True),
        ("terminal", ["--language", "zh"], {**CHINESE, "LC_ALL": "C"}, True),
        ("json", ["--language", "zh"], CHINESE, False),
    ],
)
def test_the_language_is_that_of_the_locale_unless_it_is_named(
    name: str, arguments: list[str], locale: dict[str, str], chinese: bool
) -> None:
    found = run("--format", name, *arguments, locale=locale)
    assert bool(re.search("[一-龥]", found)) is chinese


def test_sarif_is_chinese_when_it_is_asked_for() -> None:
    found = json.loads(run("--format", "sarif", "--language", "zh", locale={**CHINESE, "LC_ALL": "C"}))
    assert "可以" in json.dumps(found, ensure_ascii=False)


def test_the_rules_are_listed_in_the_language_with_the_same_names() -> None:
    english, chinese = (
        CliRunner().invoke(command, ["--list-rules", "--language", one]).stdout.splitlines() for one in LANGUAGES
    )
    assert [line.split()[:2] for line in english] == [line.split()[:2] for line in chinese]
    assert len(chinese) == len(RULES)
    assert all(re.search("[一-龥]", line) for line in chinese)
