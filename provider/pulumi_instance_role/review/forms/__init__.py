"""The forms of a review: a name, and what writes it down.

A form is a function from a :class:`~pulumi_instance_role.review.model.Review` to text. It is imported when it is asked
for, so that one which needs more than this package brings stands in nobody's way. To add one, put its module here with
a function ``render`` and name it in ``FORMS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from pulumi_instance_role.review.model import Review

FORMS: Mapping[str, str] = {
    "terminal": "pulumi_instance_role.review.forms.terminal",
    "markdown": "pulumi_instance_role.review.forms.markdown",
    "json": "pulumi_instance_role.review.forms.json",
    "sarif": "pulumi_instance_role.review.forms.sarif",
}
"""Name -> the module whose ``render`` writes it."""


class Render(Protocol):
    """Writes a review down."""

    def __call__(self, review: Review, **options: Any) -> str:
        """The whole text, with a newline at its end. The same review gives the same text.

        ``options`` are the form's own; without any it writes for a file.
        """
        ...


def form(name: str) -> Render:
    """What writes the form of that name. ``KeyError`` for a name that is not in ``FORMS``."""
    return cast(Render, import_module(FORMS[name]).render)
