"""The inventory as a comment: what the terminal says, of bounded size, and nothing of it is markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from inspect import signature

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pulumi_instance_role.inventory.audit import Audit
from pulumi_instance_role.inventory.markdown import render
from pulumi_instance_role.inventory.terminal import text
from pulumi_instance_role.review.comment import BREAK, LIMIT
from tests.support.examples import examples
from tests.unit.inventory.build import document, found, instance, judged, key, large, role, unread
from tests.unit.inventory.test_audit import CASES

EVIL = [
    "a|b",
    "`tick`",
    "``",
    "<script>alert(1)</script>",
    "@team",
    "#12",
    "https://x.example",
    "[x](y)",
    "a\nb",
    "-->",
]
MARKER = "<!-- instance-role-inventory: alibaba(1234567890) -->"
PARSER = MarkdownIt("gfm-like", {"linkify": False})


def shown(comment: str) -> str:
    """What a reader of a comment sees, in one line: no markup, and none of the spaces that nobody sees."""
    parts = [child for token in PARSER.parse(comment) for child in token.children or ()]
    words = [" " if one.type in ("softbreak", "html_inline") else one.content for one in parts]
    return " ".join(unescape("".join(words)).replace(BREAK, "").replace("\u2223", "|").split())


def everything(name: str = "web") -> Audit:
    """An account with one of everything, in which others chose the names."""
    account = found(
        [instance(1, name), instance(2)],
        [role(name, f"p-{name}"), role(f"idle-{name}")],
        {f"p-{name}": document({"Effect": "Allow", "Action": "oss:*", "Resource": "*"})},
        keys=(key(name, "2025-01-01T00:00:00Z", ""),),
        unread=(unread("tags", f"the tags of {name}"),),
    )
    return judged(account, fail_on=["high"])


@pytest.mark.parametrize("rule", CASES)
def test_it_says_what_the_terminal_says(rule: str) -> None:
    audit = judged(CASES[rule], fail_on=["high"])
    said = shown(render(audit, verdict=True))
    findings = {word for one in audit.review.findings for word in (one.rule, one.severity, *one.message.split())}
    assert {word for word in findings if word not in said} == set()
    terminal = re.sub(r"--format json has all|policies: |may: |instances?\b", "", text(audit, verdict=True))
    figures_ = {word.strip(",:;()") for line in terminal.splitlines()[1:4] for word in line.split()}
    assert {word for word in figures_ if word not in said} == set()


def test_it_has_a_part_for_everything() -> None:
    comment, audit = render(everything(), verdict=True), everything()
    assert comment.splitlines()[0] == MARKER
    assert comment.count("\n## ") == 1 and "⛔" in comment
    for head in ("findings: 1 high", "roles for instances, most to look at first", "Keys", "Not read"):
        assert re.search(rf"^### .*{head}", comment, re.MULTILINE), head
    for said in ("may", "all of oss", "p-web", "the tags of web", "LTAI...wxyz", "never"):
        assert said in shown(comment)
    assert "⛔" not in render(audit) and "must be dealt with" not in render(audit)  # nobody asked
    assert "✅" in render(judged(), verdict=True)


@pytest.mark.parametrize("name", EVIL)
def test_a_name_is_no_markup(name: str) -> None:
    no_markup(name)


@settings(max_examples=examples(10), deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_any_name_is_no_markup(name: str) -> None:
    no_markup(name)


def no_markup(name: str) -> None:
    """As many lines, cells and heads as with a plain name, and nothing in them that is not there with it."""
    plain, evil = (list(PARSER.parse(render(everything(one)))) for one in ("web", name))
    assert [token.type for token in plain] == [token.type for token in evil]
    children = [[child for token in tokens for child in token.children or ()] for tokens in (plain, evil)]
    kinds = [{child.type for child in some} for some in children]
    assert kinds[1] <= kinds[0] | {"text_special"}
    assert {child.content for child in children[1] if child.type == "html_inline"} == {"<br>"}
    assert {token.content for token in evil if token.type == "html_block"} == {MARKER + "\n"}
    said = "".join(child.content for child in children[1] if child.type == "text")  # not in code, nor our own links
    assert re.search(r"(?:@|#|://)\w", said) is None


def test_a_long_one_is_cut_at_whole_parts_and_says_so() -> None:
    audit = judged(large(40, 30), replace(large(20, 10), account_id="99"))
    whole = render(audit)
    cut = render(audit, limit=len(whole) * 2 // 3)
    assert len(whole) // 3 < len(cut) <= len(whole) * 2 // 3 and cut.splitlines()[:2] == whole.splitlines()[:2]
    assert "**Cut short**" in cut and "**Cut short**" not in whole
    assert all(line in whole.splitlines() for line in cut.splitlines() if line.startswith("|"))
    assert signature(render).parameters["limit"].default == LIMIT == 65_536


def test_what_is_left_out_is_counted() -> None:
    comment = shown(render(judged(large(40, 30))))
    assert "and 10 more roles; --format json has all" in comment
