"""What Check and Diff answer, from a type's table alone. No I/O.

A property that a program leaves out keeps whatever value it has: the real plugin's schema calls these optional and
computed. Tags are the exception, there as here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from instance_role_sandbox.standin.schema import Property, ResourceType
from instance_role_sandbox.standin.wire import Values, is_unknown

_KINDS = {
    str: "text",
    int: "a number",
    bool: "true or false",
    list: "a list of texts",
    tuple: "a list of maps of texts",
    dict: "a map of texts",
}


@dataclass(frozen=True)
class Failure:
    """One fault of a resource's inputs."""

    property: str
    reason: str


@dataclass(frozen=True)
class Difference:
    """One property that is not as declared. ``kind`` is "add", "delete" or "update"."""

    property: str
    kind: str
    replaces: bool


def check(table: ResourceType, olds: Values, news: Values) -> tuple[Values, list[Failure]]:
    """The inputs with defaults put in, and everything that is wrong with them."""
    inputs = {name: value for name, value in news.items() if not name.startswith("__")}
    failures = []
    for name in sorted(set(inputs) - {item.name for item in table.properties}):
        served = ", ".join(sorted(item.name for item in table.properties))
        failures.append(Failure(name, f"the stand-in for {table.namespace} serves of {table.type} only: {served}"))
    for item in table.properties:
        if item.name not in inputs and item.default is not None:
            inputs[item.name] = item.default
        if item.empty_is_unsaid and inputs.get(item.name) == "":
            del inputs[item.name]
        value = inputs.get(item.name)
        if value is None:
            if item.required:
                failures.append(Failure(item.name, f"missing: {table.title} needs {item.name}"))
        elif not is_unknown(value) and not _fits(item, value):
            only = f" with nothing but {', '.join(item.fields)}" if item.fields else ""
            failures.append(Failure(item.name, f"{item.name} must be {_KINDS[item.kind]}{only}, not {value!r}"))
        elif item.fixed and item.name in olds and not same(olds[item.name], value, item.ordered):
            failures.append(
                Failure(
                    item.name,
                    f"the stand-in for {table.namespace} cannot change {item.name} of an existing {table.title} in "
                    "place as the real plugin does; keep it, destroy the stack first, or use the real plugin",
                )
            )
    return inputs, failures


def differences(
    table: ResourceType, outputs: Values, old_inputs: Values, news: Values, ignored: Sequence[str] = ()
) -> list[Difference]:
    """What of the declared properties is not what the resource has (``outputs``: as last read)."""
    found = []
    for item in table.properties:
        if item.name in ignored:
            continue
        had = outputs.get(item.name, old_inputs.get(item.name))
        wanted = news.get(item.name)
        if wanted is None and item.kind is dict and item.name in old_inputs:
            wanted = {}
        if wanted is None or same(had, wanted, item.ordered):
            continue
        kind = "add" if had is None else "delete" if wanted == {} else "update"
        found.append(Difference(item.name, kind, item.replaces and had is not None))
    return found


def same(had: Any, wanted: Any, ordered: bool = False) -> bool:
    """Whether two values mean the same. Lists are sets unless ``ordered``; an absent map or text is an empty one."""
    if is_unknown(wanted) or is_unknown(had):
        return False
    if isinstance(wanted, list) and not ordered:
        return isinstance(had, list) and sorted(map(str, had)) == sorted(map(str, wanted))
    if isinstance(wanted, (Mapping, list)) or wanted == "":
        return bool((had or type(wanted)()) == wanted)
    return bool(had == wanted) or (not isinstance(wanted, bool) and had is not None and str(had) == str(wanted))


def _fits(item: Property, value: Any) -> bool:
    if item.kind is list:
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    if item.kind is tuple:
        return isinstance(value, list) and all(
            isinstance(entry, Mapping)
            and set(entry) <= set(item.fields)
            and all(isinstance(text, str) for text in entry.values())
            for entry in value
        )
    if item.kind is dict:
        return isinstance(value, Mapping) and all(isinstance(entry, str) for entry in value.values())
    if item.kind is int:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, item.kind)
