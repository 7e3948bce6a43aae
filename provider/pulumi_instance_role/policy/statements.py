"""The difference between two documents by statement: what a reader has to look at, and nothing of the rest."""

from __future__ import annotations

import json
from typing import Any

from pulumi_instance_role.policy.canonical import canonical
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import PolicyError


def changed_statements(before: str, after: str, language: Dialect) -> tuple[list[str], list[str]] | None:
    """The statements that only ``before`` has and that only ``after`` has, each as JSON in one line.

    Statements are compared in canonical form. ``None`` where one of the two is no document that can be read.
    """
    try:
        old, new = _statements(before, language), _statements(after, language)
    except PolicyError:
        return None
    return [one for one in old if one not in new], [one for one in new if one not in old]


def _statements(document: str, language: Dialect) -> list[str]:
    found: Any = canonical(document, language)
    return [json.dumps(one, ensure_ascii=False) for one in found[language.statement_key]]
