"""Lines and tables that fit: properties over any text, and the shapes that a reader sees."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pulumi_instance_role.lines import PIPED, fitted, table

ARN = "acs:ram::1234567890123456:role/" + "a" * 64
WORDS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="|"), max_size=12),
    st.sampled_from([ARN, "i-bp1hygp5b04o56l0abcd", "oss:GetObject", "实例角色与权限策略" * 12, "\x1b[31m", "\u202e"]),
)
TEXTS = st.lists(WORDS, max_size=30).map(" ".join)


def unfit(lines: Iterable[str], width: int) -> list[str]:
    """Lines that are too wide; one word of ASCII (an id, an ARN) may be wider than the line and stays whole."""
    wide = [line for line in lines if cell_len(line) > width]
    return [line for line in wide if len(line.split()) != 1 or not line.strip().isascii()]


@given(TEXTS, st.integers(30, 120), st.integers(0, 6), st.integers(0, 4))
def test_every_line_fits_and_no_word_is_lost(text: str, width: int, indent: int, hanging: int) -> None:
    lines = list(fitted(text, width, indent, hanging))
    assert unfit(lines, width) == []
    assert all(line.isprintable() for line in lines)
    assert [word for word in text.split() if word.isascii() and word.isprintable()] == [
        word for line in lines for word in line.split() if word.isascii() and word in text.split()
    ]


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=5), st.integers(40, 120))
def test_a_table_fits_and_keeps_every_id(rows: list[tuple[str, str, str]], width: int) -> None:
    lines = list(table(("role", "instances", "policies"), rows, width))
    assert unfit(lines, width) == []
    shown = {word for line in lines for word in line.split()}
    for row in rows:
        assert {word for cell in row for word in cell.split() if word.isascii() and word.isprintable()} <= shown


def test_what_a_reader_sees() -> None:
    columns = ("role", "instances", "policies")
    assert list(table(columns, [("web", "3", "read, write")])) == [
        "+------+-----------+-------------+",
        "| role | instances | policies    |",
        "+------+-----------+-------------+",
        "| web  | 3         | read, write |",
        "+------+-----------+-------------+",
    ]
    wrapped = list(table(columns, [("实例角色", "3", "AliyunOSSReadOnlyAccess, " * 3 + "x")]))
    assert {cell_len(line) for line in wrapped} == {PIPED}  # a Chinese character takes two columns
    assert list(table(columns, [(ARN, "3", "")])) == [ARN, "  instances: 3"]
