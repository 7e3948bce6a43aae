"""The shape of a preview: which members its objects have and of which type, in either of the CLI's two forms.

`python -m tests.parity.shapes FOLDER` reads the previews in a folder, recorded with the real CLI (`*.json`, and
`stream-*.jsonl`), and writes their shapes to previews/shapes.json. Values are not in it: what an instance is called
differs, what a step consists of does not.

An object's shape depends on what it is about, its context: a step of this operation on a custom resource, or on a
component; a diagnostic of this severity; and so on. A member is `always` there or only in some.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

HERE = Path(__file__).parent / "previews"
SHAPES = HERE / "shapes.json"
OPEN = {"inputs", "outputs", "config", "propertyDependencies", "changeSummary", "resourceChanges"}  # keys are data

Members: TypeAlias = "dict[str, str]"  # path -> type
Table: TypeAlias = "dict[str, dict[str, dict[str, Any]]]"  # context -> path -> types, always


def _type(value: Any) -> str:
    return {str: "string", bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}.get(
        type(value), "null"
    )


def members(value: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every member, with what is inside of it."""
    for key, inner in value.items():
        at = f"{path}.{key}" if path else key
        yield at, _type(inner)
        if key in OPEN or at in ("steps", "diagnostics"):
            continue
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict) and key == "detailedDiff":
                for one in item.values():
                    yield from members(one, f"{at}.*")
            elif isinstance(item, dict):
                yield from members(item, at)


def _about(*states: dict[str, Any] | None) -> str:
    return "custom" if any(state and state.get("custom") for state in states) else "component"


def of_digest(document: dict[str, Any]) -> Iterator[tuple[str, Members]]:
    """The objects of `preview --json`, each with its context."""
    yield "document", dict(members(document))
    for step in document.get("steps", []):
        about = _about(step.get("oldState"), step.get("newState"))
        yield f"step {step['op']} {about}", dict(members(step))
    for diagnostic in document.get("diagnostics", []):
        yield f"diagnostic {diagnostic['severity']}", dict(members(diagnostic))


def of_stream(events: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Members]]:
    """The events of the other form, each with its context."""
    for event in events:
        (kind,) = (key for key in event if key.endswith("Event"))
        content = event[kind]
        about = content.get("severity", "")
        if "metadata" in content:
            found = content["metadata"]
            about = f"{found['op']} {_about(found['old'], found['new'])}"
        yield f"{kind} {about}".strip(), dict(members(event))


def table(objects: Iterable[tuple[str, Members]]) -> Table:
    """What the objects of each context have in common, and what only some have."""
    found: Table = {}
    counts: dict[str, int] = {}
    for context, shape in objects:
        counts[context] = counts.get(context, 0) + 1
        known = found.setdefault(context, {})
        for path, kind in shape.items():
            entry = known.setdefault(path, {"types": [], "seen": 0})
            entry["seen"] += 1
            entry["types"] = sorted({*entry["types"], kind})
    return {
        context: {
            path: {"types": entry["types"], "always": entry["seen"] == counts[context]}
            for path, entry in sorted(paths.items())
        }
        for context, paths in sorted(found.items())
    }


def differences(recorded: Table, objects: Iterable[tuple[str, Members]]) -> set[str]:
    """How objects differ from what was recorded, as lines `<context>: <member>: <how>`."""
    found = set()
    seen = set()
    for context, shape in objects:
        seen.add(context)
        known = recorded.get(context)
        if known is None:
            found.add(f"{context}: never recorded")
            continue
        for path, kind in shape.items():
            if path not in known:
                found.add(f"{context}: {path}: never recorded")
            elif kind not in known[path]["types"]:
                found.add(f"{context}: {path}: is {kind}, recorded {'/'.join(known[path]['types'])}")
        inside = {path.rpartition(".")[0] for path in shape} | set(shape)
        for path, entry in known.items():
            above = path.rpartition(".")[0]
            if entry["always"] and path not in shape and (not above or above in inside):
                found.add(f"{context}: {path}: missing")
    return found | {f"{context}: never seen" for context in recorded.keys() - seen}


def events_of(text: str) -> list[dict[str, Any]]:
    """The events of a stream's text."""
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def main(folder: Path) -> None:
    """Write the shapes of the previews in a folder."""
    digests = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    streams = [events_of(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("stream-*.jsonl"))]
    shapes = {
        "digest": table(pair for document in digests for pair in of_digest(document)),
        "stream": table(pair for events in streams for pair in of_stream(events)),
    }
    SHAPES.write_text(_tidy(shapes, 3) + "\n", encoding="utf-8")


def _tidy(value: Any, levels: int) -> str:
    """JSON with a member a line, so that a change of shape is a change of one line."""
    if levels == 0:
        return json.dumps(value)
    lines = (f"{json.dumps(key)}: {_tidy(inner, levels - 1)}" for key, inner in value.items())
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
