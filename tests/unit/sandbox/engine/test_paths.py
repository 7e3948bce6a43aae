"""Property paths: their text, what they lead to, and setting ignored ones back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.engine.diff import Kind, changed_keys, detailed
from instance_role_sandbox.engine.paths import Path, contains, parse, reset_ignored, show
from instance_role_sandbox.engine.values import Properties, Secret, copied, equal
from tests.unit.sandbox.engine.strategies import plain_properties, thorough

steps = st.one_of(st.integers(0, 99), st.text(min_size=1, max_size=5).filter(lambda s: s != "*"))


@thorough
@given(st.lists(steps, min_size=1, max_size=4).map(tuple))
def test_text_and_back(path: Path) -> None:
    assert parse(show(path)) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('a["odd.key"][1]', ("a", "odd.key", 1)),
        ('["a \\"b\\""].c', ('a "b"', "c")),
        ("list[*].x", ("list", "*", "x")),
        ("*", ("*",)),
    ],
)
def test_texts(text: str, path: Path) -> None:
    assert parse(text) == path


@pytest.mark.parametrize("text", ["", "a.", "a..b", "a[", "a[x]", 'a["b', 'a["b"', "a[-1]"])
def test_texts_that_are_no_paths(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse(text)


@pytest.mark.parametrize(
    ("outer", "inner", "yes"),
    [
        ("a", "a.b[0]", True),
        ("a.b", "a", False),
        ("a[*].x", "a[3].x", True),
        ("a[*].x", "a[3].y", False),
        ("*", "anything.at.all", True),
        ("a[0]", "a[1]", False),
    ],
)
def test_contains(outer: str, inner: str, yes: bool) -> None:
    assert contains(parse(outer), parse(inner)) is yes


@pytest.mark.parametrize(
    ("old", "new", "ignored", "kept", "failed"),
    [
        ({"a": 1}, {"a": 2, "b": 3}, ["a"], {"a": 1, "b": 3}, []),
        ({}, {"a": 2}, ["a"], {}, []),
        ({"a": 1}, {}, ["a"], {"a": 1}, []),
        ({"l": [1, 2]}, {"l": [3, 4]}, ["l[1]"], {"l": [3, 2]}, []),
        ({"l": [1]}, {"l": [3, 4]}, ["l[1]"], {"l": [3, 4]}, ["l[1]"]),
        ({"l": [1]}, {"l": [3]}, ["l[7]"], {"l": [3]}, []),
        ({"l": [1, 2]}, {"l": [3]}, ["l[*]"], {"l": [1]}, ["l[*]"]),
        ({"a": 1, "b": 2}, {"a": 3, "c": 4}, ["*"], {"a": 1, "b": 2}, []),
        ({"l": [{"x": 1, "y": 1}]}, {"l": [{"x": 2, "y": 2}]}, ["l[*].x"], {"l": [{"x": 1, "y": 2}]}, []),
        ({"o": {"p": 1}}, {"o": 5}, ["o.p"], {"o": 5}, ["o.p"]),
        ({"o": {"p": {"q": 1}}}, {"o": {}}, ["o.p.q"], {"o": {}}, ["o.p.q"]),
        ({"o": 1}, {"o": 2}, ["o.p.q"], {"o": 2}, []),
        ({"o": 1}, {"o": 2}, ["o[0]", "o[0].x", "o.*"], {"o": 2}, ["o.*"]),
        ({"s": Secret({"x": 1})}, {"s": {"x": 2}}, ["s.x"], {"s": {"x": Secret(1)}}, []),
        ({"s": {"x": 1}}, {"s": Secret({"x": 2})}, ["s.x"], {"s": Secret({"x": 1})}, []),
        ({"s": Secret([1])}, {"s": [2]}, ["s[*]"], {"s": [Secret(1)]}, []),
        ({"a": 1}, {"a": 2}, ["a[", "a"], {"a": 1}, []),
    ],
)
def test_ignored_paths(
    old: Properties, new: Properties, ignored: list[str], kept: Properties, failed: list[str]
) -> None:
    before = copied(new)
    got, torn = reset_ignored(new, old, ignored)
    assert equal(got, kept)
    assert torn == failed
    assert equal(new, before), "the inputs themselves are left alone"


@thorough
@given(plain_properties, plain_properties)
def test_ignoring_everything_changes_nothing(old: Properties, new: Properties) -> None:
    got, torn = reset_ignored(new, old, ["*"])
    assert equal(got, old)
    assert torn == []


@thorough
@given(plain_properties, plain_properties)
def test_a_difference_has_paths_and_equality_has_none(old: Properties, new: Properties) -> None:
    found = detailed(old, new)
    assert bool(found) == bool(changed_keys(old, new)) == (not equal(old, new))
    assert detailed(old, old) == {}
    turned = {Kind.ADD: Kind.DELETE, Kind.DELETE: Kind.ADD, Kind.UPDATE: Kind.UPDATE}
    assert detailed(new, old) == {path: turned[kind] for path, kind in found.items()}


def test_a_difference_goes_down_as_far_as_the_shapes_agree() -> None:
    old: Properties = {"l": [1, {"x": 1}], "gone": 1, "kind": [1]}
    new: Properties = {"l": [1, {"x": 2}, 3], "come": 1, "kind": {"a": 1}}
    assert detailed(old, new) == {
        "l[1].x": Kind.UPDATE,
        "l[2]": Kind.ADD,
        "gone": Kind.DELETE,
        "come": Kind.ADD,
        "kind": Kind.UPDATE,
    }


def test_replacement_kinds() -> None:
    for kind in (Kind.ADD, Kind.DELETE, Kind.UPDATE):
        assert not kind.replaces
        assert kind.as_replacement().replaces
        assert kind.as_replacement().as_replacement() is kind.as_replacement()
