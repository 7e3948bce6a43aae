"""The review as one web page that needs nothing but itself.

Style and script stand in the page, and its content security policy names them by their hashes and allows nothing else:
what a preview smuggles in can neither run nor call home. Everything is shown without the script; the script filters.
The picture is drawn from the review as SVG; where it would be too small to read, and for screen readers, a list says
the same.

Needs jinja2, which the extra ``review`` brings.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from rich.cells import cell_len

from pulumi_instance_role.language import listing, plural, say, tell
from pulumi_instance_role.language.spoken import TAGS, Language, speaking
from pulumi_instance_role.review import words
from pulumi_instance_role.review.forms.html.view import page
from pulumi_instance_role.review.model import Review

_HERE = Path(__file__).parent


def render(review: Review, *, language: Language = "en") -> str:
    """The page."""
    with speaking(language):
        return _rendered(review, TAGS[language])


def _rendered(review: Review, tag: str) -> str:
    return fill("page.html.j2", page(review), tag=tag)


def fill(name: str, shown: Any, *folders: Path, tag: str = "en") -> str:
    """A page from a template, here or in one of ``folders``: it may extend the page of a review and use its parts.
    ``tag`` is the language that it is in."""
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    template = _environment(folders).get_template(name)
    return template.render(
        page=shown,
        tag=tag,
        words=words,
        policy=policy,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
    )


def clean(value: Any) -> Any:
    """Text in the language that is spoken, without what cannot be shown, or would turn the text around it: names come
    from other people."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in tell(value))


@cache
def _environment(folders: tuple[Path, ...]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([*folders, _HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(say=say, plural=plural, listing=listing, tell=tell, width=cell_len)
    return environment


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a content security policy writes it (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
