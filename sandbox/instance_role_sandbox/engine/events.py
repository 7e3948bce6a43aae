"""What happens in an operation, as data, and the sinks that it is told to.

The JSON form of an event is that of the CLI's engine events
(https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go), so that tools which read those can
read these.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from instance_role_sandbox.engine.report import step_metadata
from instance_role_sandbox.engine.steps import Op, Step
from instance_role_sandbox.engine.values import equal


@dataclass(frozen=True)
class Prelude:
    """The operation begins. ``config``: the stack's configuration, secrets hidden."""

    config: dict[str, str]


@dataclass(frozen=True)
class Began:
    """A step begins."""

    step: Step


@dataclass(frozen=True)
class Ended:
    """A step is over. ``result`` differs from the step's own op for a refresh: same, update or delete."""

    step: Step
    result: Op


@dataclass(frozen=True)
class Registered:
    """A component, or the stack, has told its outputs; its step was over before."""

    step: Step


@dataclass(frozen=True)
class Failed:
    """A step failed; what went wrong is said in a Message."""

    step: Step


@dataclass(frozen=True)
class Message:
    """Something to be said, about a resource or, with no urn, about all."""

    severity: str  # debug, info, info#err, warning, error
    text: str
    urn: str = ""
    detail: str = ""  # the whole of it where text is an excerpt
    logged: bool = False  # a program or a plugin says so; an error of theirs alone fails nothing

    @property
    def prefix(self) -> str:
        """What the text begins with where nothing else tells how bad it is."""
        return f"{self.severity}: " if self.severity in ("error", "warning") else ""


@dataclass(frozen=True)
class Summary:
    """How the operation ended."""

    changes: dict[str, int]
    seconds: float
    preview: bool
    failed: bool


Event = Prelude | Began | Ended | Registered | Failed | Message | Summary


UNCHANGING = ("same", "read", "discard")  # what is read is another's, and stays as it is


class Sink(Protocol):
    """Takes events as they come."""

    def __call__(self, event: Event) -> None:
        """Take one."""


@dataclass
class Tally:
    """Counts changes: one for each resource, a replacement once; default providers are not counted."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: int = 0
    refreshing: bool = False

    def __call__(self, event: Event) -> None:
        """Count what counts."""
        if isinstance(event, Message):
            self.errors += event.severity == "error" and not event.logged
        if not isinstance(event, Ended) or event.step.resource.is_default_provider or not event.step.op.logical:
            return
        if event.step.op is Op.REFRESH and not self.refreshing:
            return
        if event.step.op is Op.READ and not _found_other(event.step):
            return
        self.counts[event.result.value] = self.counts.get(event.result.value, 0) + 1

    @property
    def changed(self) -> int:
        """How many resources are not as before."""
        return sum(n for op, n in self.counts.items() if op not in UNCHANGING)


def _found_other(step: Step) -> bool:
    """Did a read find another thing than the one before?"""
    before, after = step.old, step.new
    return before is not None and after is not None and not equal(before.outputs, after.outputs)


def to_json(event: Event, sequence: int, kind: str) -> dict[str, Any]:
    """The event in the CLI's form. ``kind`` of operation: steps of a refresh end as what they found."""
    stamp = {"sequence": sequence, "timestamp": int(time.time())}
    if isinstance(event, Prelude):
        return {**stamp, "preludeEvent": {"config": event.config}}
    if isinstance(event, Message):
        text = f"{event.detail or event.text}\n"
        said = {"prefix": event.prefix, "message": text, "color": "never", "severity": event.severity}
        return {**stamp, "diagnosticEvent": {k: v for k, v in {"urn": event.urn, **said}.items() if v}}
    if isinstance(event, Summary):
        content = {
            "maybeCorrupt": False,
            "durationSeconds": math.ceil(event.seconds),
            "resourceChanges": event.changes,
            "PolicyPacks": {},
            "isPreview": event.preview,
            "result": "failed" if event.failed else "succeeded",
        }
        return {**stamp, "summaryEvent": content}
    found = isinstance(event, Ended) and (kind == "refresh" or event.step.op is not Op.REFRESH)
    metadata = step_metadata(event.step, event.result if isinstance(event, Ended) and found else event.step.op)
    planning = {"planning": True} if kind == "preview" else {}
    return {**stamp, _STEP_EVENTS[type(event)]: {"metadata": metadata, **planning}}


_STEP_EVENTS = {
    Began: "resourcePreEvent",
    Ended: "resOutputsEvent",
    Registered: "resOutputsEvent",
    Failed: "resOpFailedEvent",
}


def over(sequence: int) -> dict[str, Any]:
    """The last event of all."""
    return {"sequence": sequence, "timestamp": int(time.time()), "cancelEvent": {}}
