"""The forms of a review: a name, and what writes it down.

A form is a function from a :class:`~pulumi_instance_role.review.model.Review` to text. It is imported when it is asked
for, so that one which needs more than this package brings stands in nobody's way. To add one, put its module here with
a function ``render`` and name it in ``FORMS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, cast

from pulumi_instance_role.review.model import Review

FORMS: Mapping[str, str] = {
    "terminal": "pulumi_instance_role.review.forms.terminal",
    "markdown": "pulumi_instance_role.review.forms.markdown",
    "html": "pulumi_instance_role.review.forms.html",
    "json": "pulumi_instance_role.review.forms.json",
    "sarif": "pulumi_instance_role.review.forms.sarif",
}
"""Name -> the module whose ``render`` writes it."""


class NotInstalled(Exception):
    """The form needs a package that is not there. ``str()`` says how to get it."""


class Render(Protocol):
    """Writes a review down."""

    def __call__(self, review: Review, **options: Any) -> str:
        """The whole text, with a newline at its end. The same review gives the same text.

        ``options`` are the form's own; without any it writes for a file.
        """
        ...


def form(name: str) -> Render:
    """What writes the form of that name.

    ``KeyError`` for a name that is not in ``FORMS``; :class:`NotInstalled` when it lacks a package.
    """
    return cast(Render, load(FORMS[name], name).render)


def load(path: str, name: str) -> ModuleType:
    """The module that writes the form ``name``. :class:`NotInstalled` when it lacks a package."""
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith(__name__.partition(".")[0]):
            raise
        raise NotInstalled(
            f"the form {name} needs {error.name}, which is not installed: pip install 'pulumi-instance-role[review]'"
        ) from None
