"""Comparing documents the way a plan needs it: by meaning, and never failing on what a cloud returns."""

from __future__ import annotations

from pulumi_instance_role.policy.canonical import equivalent
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import PolicyError


def same_document(one: str | None, other: str | None, language: Dialect) -> bool:
    """Whether both grant the same. A text that is no policy (a cloud may return anything) equals only itself."""
    if one is None or other is None or one == other:
        return one == other
    try:
        return equivalent(one, other, language)
    except PolicyError:
        return False
