"""The Chinese pages say what the English ones say: the same structure, commands, code and addresses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pulumi_instance_role.language import say, tell
from pulumi_instance_role.language.spoken import speaking
from pulumi_instance_role.review.rules import RULES
from pulumi_instance_role.review.rules.escalation import WAYS
from pulumi_instance_role.review.words import SEVERITIES

ROOT = Path(__file__).parents[3]
PAGES = {ROOT / "README.zh-CN.md": ROOT / "README.md"} | {
    page: ROOT / "docs" / page.name for page in sorted((ROOT / "docs" / "zh").glob("*.md"))
}
READ = MarkdownIt("commonmark").enable("table")
pages = pytest.mark.parametrize(("chinese", "english"), PAGES.items(), ids=[one.name for one in PAGES])


def _tokens(page: Path) -> list[Token]:
    return READ.parse(page.read_text(encoding="utf-8"))


def _headings(page: Path) -> Iterator[tuple[str, str]]:
    """Level and text of each heading."""
    tokens = _tokens(page)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            yield opening.tag, inline.content


def _blocks(page: Path) -> list[tuple[str, str]]:
    return [(one.info, one.content) for one in _tokens(page) if one.type == "fence"]


def _cells(page: Path) -> list[list[Counter[str]]]:
    """The rows of all tables: for each cell, what is written in it as code."""
    rows: list[list[Counter[str]]] = []
    for opening, inline in pairwise(_tokens(page)):
        if opening.type == "tr_open":
            rows.append([])
        if opening.type in ("td_open", "th_open"):
            rows[-1].append(Counter(one.content for one in inline.children or () if one.type == "code_inline"))
    return rows


def _links(page: Path) -> list[str]:
    inlines = (child for token in _tokens(page) for child in token.children or ())
    found = (one.attrs.get("href") or one.attrs.get("src") for one in inlines if one.type in ("link_open", "image"))
    return [unquote(str(one)) for one in found]


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", bare.lower()).replace(" ", "-")


def test_there_are_chinese_pages() -> None:
    wanted = {"README.zh-CN.md", "migrate.md", "review.md", "settings.md", "start.md"}
    assert {one.name for one in PAGES} == wanted


@pages
def test_each_page_links_to_its_twin(chinese: Path, english: Path) -> None:
    twins = [(page.parent / link).resolve() for page in (chinese, english) for link in _links(page) if "#" not in link]
    assert english in twins and chinese in twins


@pages
def test_headings_correspond(chinese: Path, english: Path) -> None:
    assert [level for level, _ in _headings(chinese)] == [level for level, _ in _headings(english)]


@pages
def test_blocks_of_code_are_the_same(chinese: Path, english: Path) -> None:
    assert _blocks(chinese) == _blocks(english)


@pages
def test_tables_have_the_same_code_in_each_cell(chinese: Path, english: Path) -> None:
    assert _cells(chinese) == _cells(english)


@pages
def test_addresses_are_the_same(chinese: Path, english: Path) -> None:
    found, wanted = (Counter(one for one in _links(page) if "://" in one) for page in (chinese, english))
    assert found == wanted


@pages
def test_links_lead_to_pages_and_headings_that_are_there(chinese: Path, english: Path) -> None:
    lost = []
    for link in _links(chinese):
        path, _, anchor = link.partition("#")
        target = (chinese.parent / path).resolve() if path else chinese
        if "://" in link:
            continue
        # A page that is there in Chinese is what a Chinese page leads to.
        twin = ROOT / "docs" / "zh" / target.name
        elsewhere = target.parent == ROOT / "docs" and twin.exists() and target != english
        if (
            not target.exists()
            or elsewhere
            or (anchor and anchor not in {_anchor(one) for _, one in _headings(target)})
        ):
            lost.append(link)
    assert lost == []


def test_the_page_has_the_rules_in_chinese() -> None:
    rows = _rows("## 规则", "| `")
    with speaking("zh"):
        assert rows == [
            [
                f"`{one.id}`",
                tell(SEVERITIES[one.severity]),
                f"[{tell(say(one.title))}]({one.url})",
                tell(say(one.rationale)) + tell(say(one.fix)),
            ]
            for one in RULES
        ]


def test_the_page_has_the_ways_in_chinese() -> None:
    rows = _rows("### 提权途径", ("| ali", "| ten"))
    with speaking("zh"):
        assert rows == [
            [
                one.cloud,
                "、".join(f"`{name}`" for name in (*one.actions, *one.policies)),
                f"[{tell(say(one.gets))}]({one.page})",
            ]
            for one in WAYS
        ]


def _rows(heading: str, starts: str | tuple[str, ...]) -> list[list[str]]:
    text = (ROOT / "docs" / "zh" / "review.md").read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    text = text.partition("\n#")[0]
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines() if row.startswith(starts)]
