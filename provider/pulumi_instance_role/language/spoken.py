"""Which language is spoken, and its catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Literal, get_args

from pulumi_instance_role.language.text import CATALOGUE

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
AUTO = "auto"
"""Asks for the language of the locale."""
TAGS: Mapping[Language, str] = {"en": "en", "zh": "zh-CN"}
"""As a page names its language (https://www.rfc-editor.org/info/bcp47)."""
DOMAIN = "review"
FOLDER = Path(__file__).parent
# The first that is set decides: https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_CHINESE = re.compile(r"zh(?:[_-](?:CN|SG|Hans[\w-]*))?(?:[.@].*)?", re.IGNORECASE)


def of_locale(environment: Mapping[str, str]) -> Language:
    """The language of the people at this terminal, by the locale that these variables name. Simplified Chinese is
    spoken here; any other locale gets English."""
    named = next((environment[one] for one in _VARIABLES if environment.get(one)), "")
    return "zh" if _CHINESE.fullmatch(named) else "en"


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Within it, :func:`~.text.tell` speaks the language."""
    token = CATALOGUE.set(_catalogue(language))
    try:
        yield
    finally:
        CATALOGUE.reset(token)


@cache
def _catalogue(language: Language) -> NullTranslations | None:
    """``None`` for English, which the source is written in. ``OSError`` when a catalogue is not there."""
    return None if language == "en" else translation(DOMAIN, FOLDER, [language])
