"""The one error of this package."""

from __future__ import annotations


class ProjectError(Exception):
    """Something a person can put right. The message is one line: what is wrong, where, and what to do."""
