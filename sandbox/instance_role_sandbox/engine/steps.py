"""The planner's vocabulary: what a program asks for, what the planner asks providers, and the steps it decides on."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from instance_role_sandbox.engine.diff import Detailed
from instance_role_sandbox.engine.errors import EngineError
from instance_role_sandbox.engine.state import Resource
from instance_role_sandbox.engine.values import Properties, Value

TIMEOUTS = ("create", "update", "delete")
_DURATION = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Op(enum.Enum):
    """What a step does. The values are Pulumi's names."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REFRESH = "refresh"

    @property
    def logical(self) -> bool:
        """Does it stand for a whole change? The parts of a replacement don't; the replacement does."""
        return self not in (
            Op.CREATE_REPLACEMENT,
            Op.DELETE_REPLACED,
            Op.REMOVE_PENDING_REPLACE,
            Op.READ_REPLACEMENT,
            Op.DISCARD_REPLACED,
        )


@dataclass(frozen=True)
class Alias:
    """A name under which the state may know the resource. ``urn`` says all; else what is empty is as now."""

    urn: str = ""
    name: str = ""
    type: str = ""
    parent: str = ""
    no_parent: bool = False
    project: str = ""
    stack: str = ""


@dataclass
class Goal:
    """A resource as the program wants it."""

    type: str
    name: str
    custom: bool
    inputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=list)
    replacement_trigger: Value = None
    delete_before_replace: bool | None = None
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    hide_diff: list[str] = field(default_factory=list)
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    timeouts: dict[str, str] = field(default_factory=dict)  # as Go writes durations

    def resource(self, urn: str, alias: str, old: Resource | None) -> Resource:
        """The state that this goal leads to, before anything was done. EngineError when a timeout is none."""
        return Resource(
            urn=urn,
            type=self.type,
            custom=self.custom,
            inputs=self.inputs,
            parent=self.parent,
            provider=self.provider,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            protect=bool(self.protect),
            retain_on_delete=bool(self.retain_on_delete),
            deleted_with=self.deleted_with,
            replace_with=self.replace_with,
            replacement_trigger=self.replacement_trigger,
            additional_secret_outputs=self.additional_secret_outputs,
            ignore_changes=self.ignore_changes,
            replace_on_changes=self.replace_on_changes,
            hide_diff=self.hide_diff,
            timeouts={what: _seconds(text) for what, text in self.timeouts.items()},
            created=old.created if old else "",
            modified=old.modified if old else "",
            alias=alias,
        )


def _seconds(text: str) -> float:
    """A Go duration, such as 1h30m, in seconds."""
    parts = _DURATION.findall(text)
    if "".join(n + unit for n, unit in parts) != text:
        raise EngineError(f"custom timeout {text!r} is no duration such as 30s, 5m or 1h30m")
    return float(sum(float(n) * _UNITS[unit] for n, unit in parts))


@dataclass(frozen=True)
class Check:
    """Ask a provider: are these inputs right, and what are they with your defaults?"""

    urn: str
    provider: str  # reference; empty for a provider itself
    olds: Properties
    news: Properties
    unknowns: bool


@dataclass(frozen=True)
class Checked:
    """The answer to Check. Failures are (property, reason)."""

    inputs: Properties
    failures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Compare:
    """Ask a provider: what has to be done to get from this old resource to these inputs?"""

    old: Resource
    provider: str
    news: Properties
    unknowns: bool
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CompareProviders:
    """Ask a new provider: does taking over from the old one replace what that made?"""

    old: str  # references
    new: str


@dataclass(frozen=True)
class Compared:
    """The answer to Compare. ``changes`` None: the provider leaves it to the engine to compare the inputs."""

    changes: bool | None
    replaces: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    detailed: Detailed | None = None
    of_inputs: frozenset[str] = frozenset()  # paths of ``detailed`` that differ from the old inputs, not the outputs
    delete_first: bool = False

    @property
    def replacing(self) -> bool:
        """Does it ask for a replacement?"""
        return bool(self.replaces) or any(kind.replaces for kind in (self.detailed or {}).values())


Ask: TypeAlias = "Check | Compare | CompareProviders"
Answer: TypeAlias = "Checked | Compared"


@dataclass(eq=False)
class Step:
    """One thing to do. ``old`` and ``new`` are the state before and after; each may be none."""

    op: Op
    old: Resource | None = None
    new: Resource | None = None
    diff: Compared | None = None
    delete_first: bool = False  # the delete of a replacement that deletes before it creates

    @property
    def resource(self) -> Resource:
        """What it is about: the new state, else the old."""
        found = self.new or self.old
        if found is None:
            raise ValueError("a step without a resource")
        return found

    @property
    def urn(self) -> str:
        """Of what it is about."""
        return self.resource.urn


@dataclass(frozen=True)
class Note:
    """Something the planner wants said."""

    severity: str  # info, warning, error
    urn: str
    message: str
