"""The catalogues of translations have every text of the source, and nothing else."""

from __future__ import annotations

import ast
import re
from collections import Counter
from string import Formatter

import pytest
from babel.messages.catalog import Message
from docs.catalogues.__main__ import KEYWORDS, SOURCE, brought_up_to_date, compiled, file_of, missing, read, written

from pulumi_instance_role.language.spoken import LANGUAGES

OTHERS = [one for one in LANGUAGES if one != "en"]


def _texts(message: Message) -> tuple[list[str], list[str]]:
    ids, strings = message.id, message.string
    return ([ids] if isinstance(ids, str) else list(ids)), (
        [strings] if isinstance(strings, str) else list(strings or ())
    )


def _marked() -> set[str]:
    """The texts that calls in the source mark, found by Python's own parser."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "pulumi_instance_role.language" in text else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(str(first.value))
                else:
                    assert not isinstance(first, (ast.JoinedStr, ast.BinOp)), f"{path}:{node.lineno} is no template"
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_that_of_the_source(language: str) -> None:
    """`make pages` writes it anew."""
    catalogue = brought_up_to_date(language)
    assert missing(catalogue) == []
    assert not read(language).obsolete
    assert [one.id for one in read(language) if one.fuzzy and one.id] == []
    assert file_of(language).read_bytes() == written(catalogue)
    assert file_of(language).with_suffix(".mo").read_bytes() == compiled(catalogue)


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_of_the_source_is_overlooked(language: str) -> None:
    known = {text for message in read(language) for text in _texts(message)[0]}
    marked = _marked()
    assert len(marked) > 200
    assert marked - known == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_placeholders_and_marks(language: str) -> None:
    wrong = []
    for message in read(language):
        ids, strings = _texts(message)
        for text in strings if message.id else ():
            original = ids[-1]
            names = [Counter(name for _, name, _, _ in Formatter().parse(one) if name) for one in (original, text)]
            # A number may go unsaid where it is one.
            allowed = [names[0], *(Counter(n for _, n, _, _ in Formatter().parse(one) if n) for one in ids)]
            codes = [sorted(re.findall(r"`[^`]+`|--[a-z-]+|[a-z_]+=\w+|\*\*", one)) for one in (original, text)]
            if names[1] not in allowed or codes[0] != codes[1]:
                wrong.append(original)
    assert wrong == []


def test_what_has_words_is_translated() -> None:
    same = [
        text
        for message in read("zh")
        for text, said in zip(*_texts(message), strict=False)
        if message.id and re.search("[a-z]{2}", re.sub(r"\{\w+\}", "", text)) and text == said
    ]
    assert same == []
