"""English texts that know what they are made of, so that they can be said in another language at the end.

A :class:`Text` is a ``str``: the English one. It is compared, sorted, hashed and written as JSON as that. Only
:func:`tell`, which a form for people calls where it writes, makes another language of it, from the template and the
parts that it was made of. What is put together in another way (an f-string, ``+``) is plain English and stays so; a
test looks for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from gettext import NullTranslations
from typing import Protocol

from pulumi_instance_role.records import dataclass

CATALOGUE: ContextVar[NullTranslations | None] = ContextVar("catalogue", default=None)
"""What is spoken; ``None``: English, as it is written here."""


class _Made(Protocol):
    """What a text is made of."""

    def said(self, catalogue: NullTranslations) -> str: ...


class Text(str):
    """An English text that can be said in other languages."""

    __slots__ = ("_made",)
    _made: _Made

    @classmethod
    def of(cls, made: _Made) -> Text:
        """The text of what it is made of."""
        text = cls(made.said(_ENGLISH))
        text._made = made
        return text

    def said(self, catalogue: NullTranslations) -> str:
        """The text in the language of a catalogue."""
        return self._made.said(catalogue)


def say(template: str, /, **parts: object) -> Text:
    """A sentence, or a part of one. ``template`` has a ``{name}`` for each of ``parts``; texts among them are said in
    the same language. Without parts a text is said as it is; one that is a :class:`Text` already stays what it is."""
    return template if isinstance(template, Text) and not parts else Text.of(_Sentence(template, parts))


def plural(one: str, many: str, number: int, /, **parts: object) -> Text:
    """:func:`say` for a number of things: ``one`` is for a single one. Both may have ``{number}``."""
    return Text.of(_Plural(one, many, number, parts))


def listing(values: Iterable[str], separator: str = ", ") -> Text:
    """Some texts with a separator between them; that of a sentence each language writes in its way."""
    return Text.of(_Listing(tuple(values), separator))


def template(text: str) -> str:
    """Marks a template that :func:`say` is given later, for the catalogues."""
    return text


def pair(one: str, many: str) -> tuple[str, str]:
    """Marks two templates that :func:`plural` is given later, for the catalogues."""
    return one, many


def tell(text: str) -> str:
    """A text in the language that is spoken; see :func:`~.spoken.speaking`. What is no :class:`Text` stays as it is."""
    catalogue = CATALOGUE.get()
    return text.said(catalogue) if catalogue is not None and isinstance(text, Text) else text


_ENGLISH = NullTranslations()
_SEPARATORS = (template(", "), template("; "), template(" and "), template(" or "))


@dataclass(frozen=True)
class _Sentence:
    template: str
    parts: Mapping[str, object]

    def said(self, catalogue: NullTranslations) -> str:
        return _filled(_translated(catalogue, self.template), self.parts, catalogue)


@dataclass(frozen=True)
class _Plural:
    one: str
    many: str
    number: int
    parts: Mapping[str, object]

    def said(self, catalogue: NullTranslations) -> str:
        found = catalogue.ngettext(self.one, self.many, self.number)
        return _filled(found, {"number": self.number, **self.parts}, catalogue)


@dataclass(frozen=True)
class _Listing:
    values: tuple[str, ...]
    separator: str

    def said(self, catalogue: NullTranslations) -> str:
        return _translated(catalogue, self.separator).join(_part(one, catalogue) for one in self.values)


def _translated(catalogue: NullTranslations, text: str) -> str:
    return catalogue.gettext(text) if text else ""  # gettext has its own header under the empty text


def _filled(text: str, parts: Mapping[str, object], catalogue: NullTranslations) -> str:
    return text.format_map({name: _part(one, catalogue) for name, one in parts.items()}) if parts else text


def _part(value: object, catalogue: NullTranslations) -> str:
    return value.said(catalogue) if isinstance(value, Text) else str(value)
