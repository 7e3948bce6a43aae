"""What the real plugins' schemas refuse, the stand-ins refuse; what they take is let pass."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime import rpc

from instance_role_sandbox.standin.checks import Failure, check, examine
from instance_role_sandbox.standin.limits import Together
from instance_role_sandbox.standin.plugin import CLOUDS, Function, load
from instance_role_sandbox.standin.schema import Property, ResourceType
from tests.unit.sandbox.standin.schemas import MISSING, TOGETHER, VALUES

PLUGINS = [load(name) for name in CLOUDS]
TYPES: dict[str, ResourceType] = {kind: life.table for plugin in PLUGINS for kind, life in plugin.lives.items()}
FUNCTIONS: dict[str, Function] = {name: one for plugin in PLUGINS for name, one in plugin.functions.items()}


def faults(name: str, said: dict[str, Any]) -> list[Failure]:
    if name in TYPES:
        return check(TYPES[name], {}, said)[1]
    one = FUNCTIONS[name]
    return examine(one.arguments, one.together, said, name, "it serves")


def properties(name: str) -> tuple[Property, ...]:
    return TYPES[name].properties if name in TYPES else FUNCTIONS[name].arguments


def together(name: str) -> tuple[Together, ...]:
    return (TYPES.get(name) or FUNCTIONS[name]).together


@pytest.mark.parametrize(("name", "item", "refused", "taken"), VALUES)
def test_values(name: str, item: str, refused: list[Any], taken: list[Any]) -> None:
    for value in refused:
        found = [fault.reason for fault in faults(name, {item: value}) if fault.property == item]
        assert found, value
        assert all(item in reason for reason in found)
    for value in (*taken, rpc.UNKNOWN):
        own = [fault for fault in faults(name, {item: value}) if fault.property == item]
        # A rule about several properties may still want another one.
        assert [fault for fault in own if "excludes" not in fault.reason and "is needed" not in fault.reason] == [], (
            value
        )


@pytest.mark.parametrize(("name", "said", "at_fault"), TOGETHER)
def test_what_excludes_each_other_and_what_is_needed(name: str, said: dict[str, Any], at_fault: str) -> None:
    found = [fault for fault in faults(name, said) if "excludes" in fault.reason or "is needed" in fault.reason]
    assert [fault.property for fault in found] == [at_fault]


@pytest.mark.parametrize(("name", "item"), MISSING)
def test_what_is_required(name: str, item: str) -> None:
    assert item in {fault.property for fault in faults(name, {}) if fault.reason.startswith("missing: ")}


def test_every_limit_has_a_case_here() -> None:
    """So that a limit cannot be there and do nothing."""
    limited = {
        (name, item.name)
        for name in (*TYPES, *FUNCTIONS)
        for item in properties(name)
        if item.limit or item.together or item.most or item.fields
    }
    assert limited == {(name, item) for name, item, _, _ in VALUES}
    ruled = {(name, rule) for name in (*TYPES, *FUNCTIONS) for rule in together(name)}
    broken = {(name, rule) for name, said, _ in TOGETHER for rule in together(name) if rule.broken(said)}
    assert broken == ruled


def test_everything_says_where_its_facts_are_from() -> None:
    for source in (*(one.source for one in TYPES.values()), *(one.source for one in FUNCTIONS.values())):
        assert source.startswith("https://github.com/") and source.endswith(".go")
