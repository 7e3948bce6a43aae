"""What the engines' state files say: which stack is deployed, by which engine, with what.

Both engines keep version 3 of Pulumi's deployment format, the CLI inside a checkpoint
(https://www.pulumi.com/docs/iac/concepts/state-and-backends/). It is read from the files: asking an engine takes a
process each time, and says no more. Secrets stay encrypted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.place import Place

_KEPT_IN = {"embedded": "stacks", "pulumi": "pulumi/.pulumi/stacks"}


def file_of(place: Place, engine: str) -> Path:
    """Where an engine keeps the stack's state."""
    return _folder(place, engine) / f"{place.stack}.json"


def deployment(place: Place, engine: str) -> dict[str, Any]:
    """The stack's deployment with this engine; empty where there is none."""
    return _read(file_of(place, engine))


def holder(place: Place) -> str | None:
    """The engine whose state has resources of this stack."""
    return next((engine for engine in _KEPT_IN if _owns(file_of(place, engine))), None)


def deployed(place: Place) -> bool:
    """Whether any stack of the project has resources, with either engine."""
    return any(_owns(file) for engine in _KEPT_IN for file in _folder(place, engine).glob("*.json"))


def _folder(place: Place, engine: str) -> Path:
    return place.sandbox / _KEPT_IN[engine] / place.project


def _owns(file: Path) -> bool:
    """Has it anything that is in a cloud? A first update that failed leaves the stack and its providers alone."""
    return any(
        item.get("custom") and not str(item.get("type")).startswith("pulumi:providers:")
        for item in _read(file).get("resources") or ()
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        latest = found.get("deployment") or (found.get("checkpoint") or {}).get("latest") or {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as damaged:
        raise ProjectError(
            f"the stack's state cannot be read: {file}: {damaged}; put back a copy, or remove it and start anew"
        ) from None
    return latest if isinstance(latest, dict) else {}
