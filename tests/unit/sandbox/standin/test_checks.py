"""Check and Diff as pure functions over every table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.standin.checks import check, differences, same
from instance_role_sandbox.standin.plugin import CLOUDS, load
from instance_role_sandbox.standin.schema import Property, ResourceType
from tests.unit.sandbox.standin import schemas

TABLES = {kind: life.table for name in CLOUDS for kind, life in load(name).lives.items()}
ALL = list(TABLES.values())
RESET = {
    ("alicloud:ecs/securityGroupRule:SecurityGroupRule", "description"),
    ("tencentcloud:Security/groupRuleSet:GroupRuleSet", "ingresses"),
    ("tencentcloud:Security/groupRuleSet:GroupRuleSet", "egresses"),
}
"""What code changes in place, and no table."""

WORDS = st.text("abc/-. ", min_size=1, max_size=8)
VALUES: dict[type, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(1, 100),
    bool: st.booleans(),
    list: st.lists(WORDS, min_size=1, max_size=3, unique=True),
    dict: st.dictionaries(WORDS, WORDS, max_size=3),
}


def values_of(table: ResourceType, item: Property) -> st.SearchStrategy[Any]:
    taken = [
        value for name, prop, _, taken in schemas.VALUES if (name, prop) == (table.type, item.name) for value in taken
    ]
    return st.sampled_from(taken) if taken else VALUES[item.kind]


def inputs_of(table: ResourceType) -> st.SearchStrategy[dict[str, Any]]:
    """Good inputs: what is required, and of what excludes each other the first alone."""
    excluded = {name for rule in table.together if rule.kind == "at most one" for name in rule.names[:1]}
    wanted = {name for rule in table.together if rule.kind == "at least one" for name in rule.names} - excluded
    served = {item.name: values_of(table, item) for item in table.properties if item.name not in excluded}
    required = {item.name for item in table.properties if item.required} | wanted
    return st.fixed_dictionaries(
        {name: values for name, values in served.items() if name in required},
        optional={name: values for name, values in served.items() if name not in required},
    )


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.type)
def test_good_inputs_pass_and_are_no_change_of_themselves(table: ResourceType) -> None:
    @given(inputs_of(table))
    def holds(news: dict[str, object]) -> None:
        inputs, failures = check(table, {}, news)
        assert not failures
        assert {name: inputs[name] for name in news} == news
        again, failures = check(table, inputs, inputs)
        assert (again, failures) == (inputs, [])
        assert differences(table, inputs, inputs, inputs) == []

    holds()


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.type)
def test_a_property_left_out_keeps_its_value(table: ResourceType) -> None:
    @given(inputs_of(table))
    def holds(outputs: dict[str, object]) -> None:
        declared = {item.name: outputs[item.name] for item in table.properties if item.required}
        assert differences(table, outputs, declared, declared) == []

    holds()


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.type)
def test_every_property_is_changed_in_place_or_replaces_or_says_that_it_cannot(table: ResourceType) -> None:
    changed = {name for change in table.changes for name in change.properties} | {"tags"}
    for item in table.properties:
        in_place = item.name in changed or (table.type, item.name) in RESET
        assert in_place + item.replaces + item.fixed == 1, item.name


def test_removed_tags_are_taken_away_and_ignored_properties_are_let_be() -> None:
    table = TABLES["alicloud:vpc/network:Network"]
    had = {"vpcName": "a", "tags": {"x": "y"}}
    (gone,) = differences(table, had, had, {"vpcName": "a"})
    assert (gone.property, gone.kind) == ("tags", "delete")
    assert differences(table, had, had, {"vpcName": "b", "tags": {"x": "y"}}, ["vpcName"]) == []


@pytest.mark.parametrize(
    ("had", "wanted", "alike"),
    [
        (["a", "b"], ["b", "a"], True),
        (["a"], ["a", "b"], False),
        (None, {}, True),
        (None, "", True),
        (40, "40", True),
        (40.0, 40, True),
        (None, False, False),
        (True, False, False),
    ],
)
def test_when_two_values_mean_the_same(had: object, wanted: object, alike: bool) -> None:
    assert same(had, wanted) is alike


def test_some_lists_have_an_order() -> None:
    assert same(["a", "b"], ["b", "a"])
    assert not same(["a", "b"], ["b", "a"], ordered=True)
    assert same(["a", "b"], ["a", "b"], ordered=True)
    assert same(None, [], ordered=True)
