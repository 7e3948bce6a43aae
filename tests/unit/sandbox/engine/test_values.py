"""Values, their marks, and their two written forms: on the wire and in a state file."""

from __future__ import annotations

import json

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.engine import wire
from instance_role_sandbox.engine.errors import StateError, Unsupported
from instance_role_sandbox.engine.state import (
    Deployment,
    Pending,
    Resource,
    Text,
    resource_from_json,
    resource_to_json,
    to_json,
)
from instance_role_sandbox.engine.values import (
    UNKNOWN,
    Properties,
    Reference,
    Secret,
    Value,
    copied,
    equal,
    holds_secret,
    holds_unknown,
    keep_marks,
    number,
    plain,
)
from tests.unit.sandbox.engine.strategies import plain_values, properties, thorough, values

URN = "urn:pulumi:dev::p::t:i:T::n"


@thorough
@given(properties)
def test_the_wire_keeps_everything(sent: Properties) -> None:
    assert equal(wire.decode(wire.encode(sent, wire.ALL)), sent)


@thorough
@given(properties)
def test_a_side_without_marks_gets_none(sent: Properties) -> None:
    got = wire.decode(wire.encode(sent, wire.Marks()))
    assert not any(holds_secret(v) or holds_unknown(v) or isinstance(v, Reference) for v in got.values())
    assert set(got) <= set(sent)


@thorough
@given(properties)
def test_a_state_file_keeps_everything_and_secrets_sealed(kept: Properties) -> None:
    shelf: list[str] = []

    def seal(text: str, where: str) -> str:
        shelf.append(text)
        return str(len(shelf) - 1)

    # a Reference is written with its id, an unknown one as an empty text
    resource = Resource(URN, "t:i:T", custom=True, id="i", inputs=kept, outputs=kept)
    text = json.dumps(resource_to_json(resource, seal))
    back = resource_from_json(json.loads(text), lambda sealed, where: shelf[int(sealed)])
    assert equal(back.inputs, kept)
    assert equal(back.outputs, kept)
    if any(holds_secret(v) for v in kept.values()):
        assert shelf


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_json_lacks(value: float) -> None:
    resource = Resource(URN, "t:i:T", custom=True, id="i", inputs={"x": value})
    text = json.dumps(resource_to_json(resource, lambda t, w: t), allow_nan=False)
    assert str(resource_from_json(json.loads(text), lambda t, w: t).inputs["x"]) == str(value)


@thorough
@given(st.lists(properties, max_size=4), st.data())
def test_a_state_is_written_as_it_is_exported_whatever_has_changed(kept: list[Properties], data: st.DataObject) -> None:
    made = [Resource(f"urn:pulumi:dev::p::t:t:T::{n}", "t:t:T", True, inputs=one) for n, one in enumerate(kept)]
    text = Text(lambda text, where: f"{where} {text}")

    def written_equals_exported(pending: list[Pending]) -> None:
        deployment = Deployment(list(made), pending, "salt")
        written = json.loads(text.of(deployment, lambda: "salt"))
        exported = json.loads(json.dumps(to_json(deployment, lambda text, where: f"{where} {text}", lambda: "salt")))
        written["deployment"]["manifest"].pop("time")
        exported["deployment"]["manifest"].pop("time")
        assert written == exported
        assert list(written["deployment"]) == list(exported["deployment"])

    written_equals_exported([])
    for _ in range(3):
        if made:
            one = data.draw(st.sampled_from(made))
            one.outputs = data.draw(properties)
            one.replace_with = data.draw(st.sampled_from([[], [made[0].urn]]))
            one.delete = data.draw(st.booleans())
        written_equals_exported([Pending(one, "updating") for one in made[:1]])


@thorough
@given(plain_values)
def test_copies_are_equal_and_apart(value: Value) -> None:
    twin = copied(value)
    assert equal(twin, value)
    if isinstance(value, dict | list):
        assert twin is not value


@thorough
@given(values)
def test_plain_has_no_secret(value: Value) -> None:
    assert not holds_secret(plain(value))
    assert equal(plain(Secret(value)), plain(value))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (True, 1, False),
        (1, 1.0, True),
        ({"a": [True]}, {"a": [1]}, False),
        (Secret(1), 1, False),
        (Secret(True), Secret(1), False),
        ({"a": None}, {}, True),
        ({"a": {"b": None, "c": 1}}, {"a": {"c": 1}}, True),
        ({"a": None}, {"a": 1}, False),
        ({"a": Secret(None)}, {}, False),
        ([None], [], False),
        (UNKNOWN, "UNKNOWN", False),
        ([1, 2], [2, 1], False),
    ],
)
def test_equality(a: Value, b: Value, same: bool) -> None:
    assert equal(a, b) is same
    assert equal(b, a) is same


@pytest.mark.parametrize(
    ("given_", "kept"), [(1.0, "1"), (2.5, "2.5"), (-0.0, "0"), (1e22, "1e+22"), (2.0**53, "9007199254740992")]
)
def test_whole_numbers_are_written_as_such(given_: float, kept: str) -> None:
    assert json.dumps(number(given_)) == kept


@pytest.mark.parametrize(
    ("returned", "sent", "kept"),
    [
        ({"a": "x"}, {"a": Secret("x")}, {"a": Secret("x")}),
        ({"a": "other"}, {"a": Secret("x")}, {"a": Secret("other")}),
        ({"a": [1, "x"]}, {"a": [1, Secret("x")]}, {"a": Secret([1, "x"])}),
        ({"a": {"in": "x", "out": 1}}, {"a": {"in": Secret("x"), "out": 1}}, {"a": {"in": Secret("x"), "out": 1}}),
        ({"b": "x"}, {"a": Secret("x")}, {"b": "x"}),
        ({"a": Secret("x")}, {"a": Secret("x")}, {"a": Secret("x")}),
    ],
)
def test_marks_are_put_back_by_key(returned: Properties, sent: Properties, kept: Properties) -> None:
    keep_marks(returned, sent)
    assert equal(returned, kept)


def _struct(content: object) -> struct_pb2.Struct:
    return json_format.ParseDict({"x": content}, struct_pb2.Struct())


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ({wire.SIGNATURE: wire.OUTPUT}, UNKNOWN),
        ({wire.SIGNATURE: wire.OUTPUT, "value": 1, "secret": True}, Secret(1)),
        ({wire.SIGNATURE: wire.SECRET, "value": None}, Secret(None)),
        ({wire.SIGNATURE: wire.REFERENCE, "urn": URN, "id": ""}, Reference(URN, UNKNOWN)),
        ({wire.SIGNATURE: wire.REFERENCE, "urn": URN}, Reference(URN)),
        ({"a": None, "b": [None]}, {"b": [None]}),
        ("6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", UNKNOWN),
    ],
)
def test_marks_of_other_sides(content: object, value: Value) -> None:
    assert equal(wire.decode(_struct(content))["x"], value)


@pytest.mark.parametrize("signature", [wire.ASSET, wire.ARCHIVE, "something newer"])
def test_values_left_out(signature: str) -> None:
    with pytest.raises(Unsupported, match="is not supported; run this program with"):
        wire.decode(_struct({wire.SIGNATURE: signature}))
    entry = {"urn": URN, "custom": False, "inputs": {"x": {wire.SIGNATURE: signature}}}
    with pytest.raises(StateError, match=r"inputs\.x"):
        resource_from_json(entry, lambda text, where: text)


def test_references_for_a_side_without_them() -> None:
    sent: Properties = {"a": Reference(URN, "id-1"), "b": Reference(URN), "c": Reference(URN, UNKNOWN)}
    assert wire.decode(wire.encode(sent, wire.Marks())) == {"a": "id-1", "b": URN}


def test_secrets_do_not_show_in_their_text() -> None:
    assert "hush" not in f"{Secret('hush')} {Secret('hush')!r} {[Secret('hush')]}"
