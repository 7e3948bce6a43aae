"""Whose a role or policy is, as the cloud can tell: tags, or a mark at the end of the description.

Set in the creating call, so that a create that died before its answer arrived finds its own work again. An adopted
thing never gets them: with them it would look like ours and be deleted at the end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

TAG_PREFIX = "instance-role:"
PROJECT_TAG = f"{TAG_PREFIX}project"
STACK_TAG = f"{TAG_PREFIX}stack"
RESOURCE_TAG = f"{TAG_PREFIX}resource"
OWNER_TAGS = 3
"""How many of a cloud's tags per thing ownership takes."""

_VALUE_LENGTH = 100
_MARK = re.compile(r" ?\[instance-role:([^\[\]|]*)\|([^\[\]|]*)\|([^\[\]|]*)\]$")


def _fit(value: str) -> str:
    """``value`` as it fits a tag or a mark on every cloud; long values end in a hash so that they stay apart."""
    plain = re.sub(r"[^\w.@:/ -]", "-", value)
    if plain == value and len(value) <= _VALUE_LENGTH:
        return value
    return f"{plain[: _VALUE_LENGTH - 9]}-{hashlib.sha256(value.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Owner:
    """The resource of a stack that made a thing; ``resource`` as :func:`.names.resource_within` tells it apart."""

    project: str
    stack: str
    resource: str

    def fitted(self) -> Owner:
        """This owner as a cloud can carry it; what is compared with what a cloud shows."""
        return Owner(_fit(self.project), _fit(self.stack), _fit(self.resource))

    def tags(self) -> dict[str, str]:
        """The tags that say so."""
        fitted = self.fitted()
        return {PROJECT_TAG: fitted.project, STACK_TAG: fitted.stack, RESOURCE_TAG: fitted.resource}

    def mark(self, description: str | None) -> str:
        """``description`` with the mark that says so, for what cannot be tagged."""
        fitted = self.fitted()
        mark = f"[instance-role:{fitted.project}|{fitted.stack}|{fitted.resource}]"
        return f"{description} {mark}" if description else mark

    def same_stack(self, other: Owner | None) -> bool:
        """Whether ``other`` (as read from a cloud) belongs to the same project and stack."""
        fitted = self.fitted()
        return other is not None and (other.project, other.stack) == (fitted.project, fitted.stack)

    def is_same(self, other: Owner | None) -> bool:
        """Whether ``other`` (as read from a cloud) is this very resource."""
        return other == self.fitted()


def owner_of(tags: Mapping[str, str], description: str = "") -> Owner | None:
    """Who the tags, or else the mark in the description, say made it; ``None`` for a thing that nobody marked."""
    if PROJECT_TAG in tags and STACK_TAG in tags and RESOURCE_TAG in tags:
        return Owner(tags[PROJECT_TAG], tags[STACK_TAG], tags[RESOURCE_TAG])
    found = _MARK.search(description)
    return Owner(*found.groups()) if found else None


def unmarked(description: str) -> str:
    """The description as a user wrote it, without the mark."""
    return _MARK.sub("", description)
