"""What a person is shown: every difference, and nothing that acts on the terminal."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from instance_role_sandbox.engine.diff import Kind
from instance_role_sandbox.engine.differences import MOST, differences
from instance_role_sandbox.engine.display import Display, show_outputs
from instance_role_sandbox.engine.events import Ended, Failed, Message
from instance_role_sandbox.engine.state import Resource
from instance_role_sandbox.engine.steps import Compared, Op, Step
from instance_role_sandbox.engine.values import UNKNOWN, Secret, Value
from instance_role_sandbox.printable import printable, printable_lines
from tests.unit.sandbox.engine.strategies import thorough

HOSTILE = "a\x1b[2J\x1b]0;title\x07b\u202ec\u2066d\u200be\rf\x9bg\u2028h"


def lines(before: Value, after: Value) -> list[str]:
    return [f"{d.sign} {d.path}: {d.text}" for d in differences("p", before, after, repr)]


def statement(*actions: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": ["acs:oss:*:*:shop-assets"]}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)})


READ = statement("oss:GetObject", "oss:ListObjects")
OTHER = statement("vpc:DescribeVpcs", "vpc:DescribeVSwitches")


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (1, 2, ["~ p: 1 => 2"]),
        ("a", "b", ["~ p: 'a' => 'b'"]),
        (
            document(READ, OTHER),
            document(statement("oss:GetObject", "oss:PutObject"), OTHER),
            ["- p.Statement[0].Action: 'oss:ListObjects'", "+ p.Statement[0].Action: 'oss:PutObject'"],
        ),
        (
            document(READ, OTHER),
            document(statement("a:First", "oss:GetObject", "oss:ListObjects"), OTHER),
            ["+ p.Statement[0].Action: 'a:First'"],
        ),
        (
            document(READ, OTHER),
            document(statement("oss:*", effect="Deny"), READ, OTHER),
            [f"+ p.Statement: {statement('oss:*', effect='Deny')!r}"],
        ),
        (document(READ), json.dumps(json.loads(document(READ)), indent=2), None),
        (
            "x" * 100 + "one" + "y" * 100,
            "x" * 100 + "two" + "y" * 100,
            [f"~ p: '…{'x' * 20}one{'y' * 20}…' => '…{'x' * 20}two{'y' * 20}…'"],
        ),
        ("x" * 100, "x" * 101, [f"~ p: '…{'x' * 20}' => '…{'x' * 21}'"]),
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, ["- p.a: 1", "~ p.b: 2 => 3", "+ p.c: 4"]),
        ({"a": UNKNOWN}, {"a": 1}, ["~ p.a: UNKNOWN => 1"]),
        ("{not JSON", "[not JSON", ["~ p: '{not JSON' => '[not JSON'"]),
    ],
)
def test_what_differs_is_shown_and_nothing_else(before: Value, after: Value, shown: list[str] | None) -> None:
    assert lines(before, after) == (shown or [f"~ p: {after!r} (as before, in another form)"])


def test_many_differences_end_somewhere() -> None:
    found = lines([{"a": one} for one in range(100)], [{"a": one} for one in range(100, 200)])
    assert (len(found), found[-1]) == (MOST + 1, f"~ p: ... and {100 - MOST} more lines")


def test_a_change_of_20_in_60_is_a_line() -> None:
    ids: list[Value] = [f"i-{number:02}" for number in range(60)]
    roles: dict[str, Value] = {str(one): "web" for one in ids}
    few = "'i-00', 'i-01', 'i-02' and 17 more"
    assert lines(ids, ids[20:]) == [f"- p: 20: {few}"]
    assert lines(ids[20:], ids) == [f"+ p: 20: {few}"]
    assert lines(roles, {**roles, **{str(one): "db" for one in ids[:20]}}) == [
        "~ p: 'web' => 'db' for 20: i-00, i-01, i-02 and 17 more"
    ]
    assert lines(roles, {str(one): "web" for one in ids[20:]}) == ["- p: 'web' for 20: i-00, i-01, i-02 and 17 more"]
    made = Resource("urn:pulumi:dev::p::t:i:B::b", "t:i:B", custom=True, inputs={"ids": [*ids]})
    assert "+ ids: [i-00, i-01, i-02 and 57 more]\n" in _screen(
        lambda console: Display(console, "preview")(Ended(Step(Op.CREATE, None, made), Op.CREATE))
    )
    assert lines(ids[:4], ids[1:5]) == ["- p: 'i-00'", "+ p: 'i-04'"]


@pytest.mark.parametrize("detailed", [True, False], ids=["of the plugin", "of the engine"])
def test_a_list_that_lost_its_first_is_told_as_that(detailed: bool) -> None:
    """Each of the others has another place then, and stays what it was."""
    ids = [f"i-{number:02}" for number in range(60)]
    paths = [*(f"ids[{number}]" for number in range(60)), *(f"roles.{one}" for one in ids[:4])]
    urn = "urn:pulumi:dev::p::t:i:B::b"
    sides: list[dict[str, Any]] = [{}, {}]
    for inputs, kept in zip(sides, (ids, ids[1:]), strict=True):
        inputs.update(ids=[*kept], roles=dict.fromkeys(ids, "web"), few={"a": kept[0]})
    sides[1]["roles"].update(dict.fromkeys(ids[:4], "db"))
    old, new = (Resource(urn, "t:i:B", custom=True, inputs=one, outputs={}) for one in sides)
    found = {**dict.fromkeys(paths, Kind.UPDATE), "few.a": Kind.UPDATE} if detailed else None
    step = Step(Op.UPDATE, old, new, Compared(True, detailed=found))
    shown = _screen(lambda console: Display(console, "preview")(Ended(step, Op.UPDATE))).splitlines()[1:]
    assert [line.strip() for line in shown] == [
        '~ few.a: "i-00" => "i-01"',
        '- ids: "i-00"',
        '~ roles: "web" => "db" for 4: i-00, i-01, i-02 and 1 more',
    ]


def test_a_refresh_shows_the_outputs_that_it_takes_over() -> None:
    """Inputs may be what they were: somebody put a policy on a role, say."""
    urn = "urn:pulumi:dev::p::t:i:R::r"
    outputs: list[dict[str, Value]] = [{"drift": name, "word": Secret(name)} for name in ("in_sync", "policy_foreign")]
    old, new = (Resource(urn, "t:i:R", custom=True, inputs={"name": "r"}, outputs=one) for one in outputs)
    shown = _screen(lambda console: Display(console, "refresh")(Ended(Step(Op.REFRESH, old, new), Op.UPDATE)))
    assert [line.strip() for line in shown.splitlines()[1:]] == [
        '~ drift: "in_sync" => "policy_foreign"',
        "~ word: [secret] (changed)",
    ]


def test_a_secret_among_many_is_told_apart_and_not_shown() -> None:
    """A map of which one value is secret is told value by value: a changed secret looks like the one before."""
    urn = "urn:pulumi:dev::p::t:i:B::b"
    many: list[dict[str, Value]] = [{str(key): f"{side}{key}" for key in range(5)} for side in "ab"]
    old, new = (
        Resource(urn, "t:i:B", custom=True, inputs={"m": {**values, "s": Secret(values["0"])}}) for values in many
    )
    step = Step(
        Op.UPDATE, old, new, Compared(True, detailed=dict.fromkeys([*(f"m.{n}" for n in "01234"), "m.s"], Kind.UPDATE))
    )
    shown = _screen(lambda console: Display(console, "preview")(Ended(step, Op.UPDATE)))
    assert "m.s: [secret] (changed)" in shown and 'm.4: "a4" => "b4"' in shown


words = st.text("abc ", max_size=6)
values = st.recursive(
    words | st.integers(0, 3) | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)


@thorough
@given(values, values, st.text("xy", max_size=200), st.text("xy", max_size=200))
def test_two_values_never_look_alike(before: Value, after: Value, head: str, tail: str) -> None:
    for one, other in ((before, after), (json.dumps(before), json.dumps(after)), (f"{head}1{tail}", f"{head}2{tail}")):
        for line in differences("p", one, other, repr):
            first, arrow, second = line.text.partition(" => ")
            assert not arrow or first != second or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert lines(f"{head}1{tail}", f"{head}2{tail}")


@thorough
@given(st.text())
def test_printable_text_acts_on_nothing(text: str) -> None:
    assert printable(text).isprintable() or not text
    assert all(part.isprintable() for line in printable_lines(text) for part in line.split("\t") if part)
    if text.isprintable():
        assert printable(text) == text


def test_colours_of_a_program_are_dropped_and_other_codes_shown() -> None:
    assert printable_lines("\x1b[31mred\x1b[0m\tand\r\nmore \x1b[2J") == ["red\tand", "more \\x1b[2J"]


def _screen(show: Any) -> str:
    written = io.StringIO()
    show(Console(file=written, width=200, highlight=False))
    return written.getvalue()


def _harmless(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n")) and "\\u202e" in text


def test_names_values_and_messages_reach_the_terminal_harmless() -> None:
    urn = f"urn:pulumi:dev::p::t:i:{HOSTILE}::{HOSTILE}"
    old = Resource(urn, f"t:i:{HOSTILE}", custom=True, inputs={HOSTILE: HOSTILE, "doc": "x" * 99 + HOSTILE})
    new = Resource(urn, f"t:i:{HOSTILE}", custom=True, inputs={HOSTILE: HOSTILE * 2, "doc": "y" * 99 + HOSTILE})
    changed = Compared(True, detailed={HOSTILE: Kind.UPDATE, "doc": Kind.UPDATE})

    def show(console: Console) -> None:
        display = Display(console, "preview")
        display(Ended(Step(Op.UPDATE, old, new, changed), Op.UPDATE))
        display(Ended(Step(Op.CREATE, None, new), Op.CREATE))
        display(Failed(Step(Op.DELETE, old)))
        for severity in ("error", "warning", "info", "info#err"):
            display(Message(severity, HOSTILE, urn))
        show_outputs(console, {HOSTILE: HOSTILE, "nested": {HOSTILE: [HOSTILE]}})

    shown = _screen(show)
    assert _harmless(shown), shown


def test_a_changed_secret_is_said_to_be_changed() -> None:
    urn = "urn:pulumi:dev::p::t:i:T::a"
    old = Resource(urn, "t:i:T", custom=True, inputs={"word": Secret("one"), "nested": {"x": Secret(1), "y": 1}})
    new = Resource(urn, "t:i:T", custom=True, inputs={"word": Secret("two"), "nested": {"x": Secret(2), "y": 1}})
    shown = _screen(lambda console: Display(console, "preview")(Ended(Step(Op.UPDATE, old, new), Op.UPDATE)))
    assert "~ word: [secret] (changed)" in shown
    assert "~ nested.x: [secret] (changed)" in shown
