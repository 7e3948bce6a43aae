"""Files that people write beside a review, as YAML or JSON."""

from __future__ import annotations

import json
from typing import Any


class BadFile(ValueError):
    """The file cannot be read. ``str()`` says why, and goes on from its name."""


def load(text: str) -> Any:
    """What a file says; ``None`` for an empty one. Raises :class:`BadFile`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if text.lstrip().startswith("{"):
            raise BadFile("begins like JSON, but is not JSON") from None
    try:
        import yaml
    except ModuleNotFoundError:
        raise BadFile(
            "is not JSON, and YAML needs a package that is not installed: pip install 'pulumi-instance-role[review]'"
        ) from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise BadFile(f"is neither JSON nor YAML{where}") from None
