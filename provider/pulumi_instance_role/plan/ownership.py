"""Whose a role or policy is, as the cloud can tell: tags, or a mark at the end of the description.

Set in the creating call, so that a create that died before its answer arrived finds its own work again. An adopted
thing never gets them: with them it would look like ours and be deleted at the end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_instance_role.records import dataclass

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
    """The resource of a stack that made a thing; ``resource`` as :func:`.names.resource_within` tells it apart.

    ``organization`` is the one that the backend keeps the stack in, empty where it tells none apart. A cloud shows it
    in front of the stack. Marks of older releases lack it, and count as those of any organization.
    """

    project: str
    stack: str
    resource: str
    organization: str = ""

    def fitted(self) -> Owner:
        """This owner as a cloud can carry it; what is compared with what a cloud shows."""
        stack = f"{self.organization}/{self.stack}" if self.organization else self.stack
        return Owner(_fit(self.project), _fit(stack), _fit(self.resource))

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
        stacks = (fitted.stack, _fit(self.stack))
        return other is not None and other.project == fitted.project and other.stack in stacks

    def is_same(self, other: Owner | None) -> bool:
        """Whether ``other`` (as read from a cloud) is this very resource."""
        return other is not None and self.same_stack(other) and other.resource == self.fitted().resource

    def may_have_become(self, other: Owner | None) -> bool:
        """Whether ``other`` is this resource, marked since by a release that names organizations too."""
        if other is None or self.organization:
            return self.is_same(other)
        return self.is_same(other) or self.is_same(replace(other, stack=other.stack.rpartition("/")[2]))

    @property
    def stack_name(self) -> str:
        """The stack as engines name it: ``[organization/]project/stack``."""
        organization, _, stack = self.stack.rpartition("/")
        return "/".join(part for part in (self.organization or organization, self.project, stack) if part)


def may_adopt(kind: str, declared: Mapping[str, Any]) -> bool | None:
    """Whether a resource takes over what exists under its name; ``None`` for a type that cannot be asked to."""
    return None if kind == "PassRoleGrant" else bool(declared.get("adopt"))


def owner_from(values: Mapping[str, Any]) -> Owner:
    """The owner that a program or a state writes down."""
    return Owner(*(str(values.get(key) or "") for key in ("project", "stack", "resource", "organization")))


def owner_of(tags: Mapping[str, str], description: str = "") -> Owner | None:
    """Who the tags, or else the mark in the description, say made it; ``None`` for a thing that nobody marked."""
    if PROJECT_TAG in tags and STACK_TAG in tags and RESOURCE_TAG in tags:
        return Owner(tags[PROJECT_TAG], tags[STACK_TAG], tags[RESOURCE_TAG])
    found = _MARK.search(description)
    return Owner(*found.groups()) if found else None


def unmarked(description: str) -> str:
    """The description as a user wrote it, without the mark."""
    return _MARK.sub("", description)
