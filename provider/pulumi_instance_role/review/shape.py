"""Where a resource type keeps what a review asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["role", "policy", "attachment", "binding", "instance", "pass_role", "template"]
"""``template``: gives a role to instances that something else starts later, whose ids no preview has."""

Compose = Callable[[Mapping[str, Any]], Any]
"""From a resource's inputs to the value that they make together; ``None`` where they make none."""


@dataclass(frozen=True)
class Shape:
    """Where a resource type keeps what a review asks of it: our word -> its properties, first found."""

    kind: Kind
    cloud: str | None  # None: the resource says so itself
    names: Mapping[str, tuple[str, ...]]
    composed: Mapping[str, Compose] = field(default_factory=dict, compare=False)
    """Our word -> how it is made of inputs, where no property has it whole."""


def shape(kind: Kind, cloud: str | None = None, composed: Mapping[str, Compose] | None = None, **names: str) -> Shape:
    """A shape; each word's properties are given as one text with spaces between."""
    return Shape(kind, cloud, {word: tuple(properties.split()) for word, properties in names.items()}, composed or {})
