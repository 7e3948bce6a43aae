"""What Check and Diff answer, from a type's table alone. No I/O.

A property that a program leaves out keeps whatever value it has: the real plugin's schema calls these optional and
computed. Tags are the exception, there as here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from instance_role_sandbox.standin.limits import Together
from instance_role_sandbox.standin.schema import Property, ResourceType
from instance_role_sandbox.standin.wire import UNKNOWN, Values, is_unknown

_KINDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of texts",
    tuple: "a list of maps",
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
    for item in table.properties:
        if item.name not in inputs and item.default is not None:
            inputs[item.name] = item.default
        if item.empty_is_unsaid and inputs.get(item.name) == "":
            del inputs[item.name]
    whose = f"the stand-in for {table.namespace}"
    failures = examine(table.properties, table.together, inputs, table.title, f"{whose} serves of {table.type}")
    failures += [
        Failure(
            item.name,
            f"{whose} cannot change {item.name} of an existing {table.title} in place as the real plugin does; "
            "keep it, destroy the stack first, or use the real plugin",
        )
        for item in table.properties
        if item.fixed
        and item.name in olds
        and inputs.get(item.name) is not None
        and not is_unknown(inputs[item.name])
        and not same(olds[item.name], inputs[item.name], item.ordered)
    ]
    return inputs, failures


def examine(
    known: Sequence[Property], together: Sequence[Together], said: Values, what: str, serves: str
) -> list[Failure]:
    """Everything that is wrong with these values of a type or function: strange, missing, of another kind, not
    allowed by the real plugin's schema. ``what`` needs them; ``serves`` begins the sentence about strange ones."""
    failures = [
        Failure(name, f"{serves} only: {', '.join(sorted(item.name for item in known))}")
        for name in sorted(set(said) - {item.name for item in known})
    ]
    for item in known:
        failures += [Failure(item.name, reason) for reason in _faults(item, said.get(item.name), what)]
    broken = [rule.broken(said) for rule in together]
    return failures + [Failure(*fault) for fault in broken if fault]


def _faults(item: Property, value: Any, what: str) -> list[str]:
    if value is None:
        return [f"missing: {what} needs {item.name}"] if item.required else []
    if is_unknown(value) and not isinstance(value, list):
        return []
    if not _fits(item, value):
        only = f" with nothing but {', '.join(field.name for field in item.fields)}" if item.fields else ""
        return [f"{item.name} must be {_KINDS[item.kind]}{only}, not {value!r}"]
    entries = value if isinstance(value, list) else [value]
    if item.most and len(entries) > item.most:
        return [f"{item.name} has {len(entries)} entries; {item.most} are the most"]
    if item.kind is tuple:
        return [fault for number, entry in enumerate(entries) for fault in _entry_faults(item, number, entry)]
    limit = item.limit
    if limit is None:
        return []
    return [
        f"{item.name} must be {limit}, not {entry!r}"
        for entry in entries
        if not is_unknown(entry) and not limit.holds(entry)
    ]


def _entry_faults(item: Property, number: int, entry: Any) -> list[str]:
    """What is wrong with one map of a list of maps."""
    if is_unknown(entry) and not isinstance(entry, Mapping):
        return []
    place = f"{item.name}[{number}]"
    found = [fault for field in item.fields for fault in _faults(field, entry.get(field.name), "each entry")]
    found += [fault[1] for rule in item.together if (fault := rule.broken(entry))]
    return [f"{place}: {fault}" for fault in found]


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
        names = {field.name for field in item.fields}
        return isinstance(value, list) and all(
            entry == UNKNOWN or (isinstance(entry, Mapping) and set(entry) <= names) for entry in value
        )
    if item.kind is dict:
        return isinstance(value, Mapping) and all(isinstance(entry, str) for entry in value.values())
    if item.kind in (int, float):
        return isinstance(value, (int, item.kind)) and not isinstance(value, bool)
    return isinstance(value, item.kind)
