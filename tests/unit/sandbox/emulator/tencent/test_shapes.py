from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.emulator.tencent.errors import ApiError
from instance_role_sandbox.emulator.tencent.products import PRODUCTS
from instance_role_sandbox.emulator.tencent.shapes import shape, unflatten

SHAPE = shape("Name! Ids:[] Count:int Share:float On:bool Tags:[{Key! Value}] Place:{Zone! Number:int} Free:any")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"Name": "a"}, {"Name": "a"}),
        ({"Name": ""}, {"Name": ""}),  # an empty text is there
        ({"Name": 5}, {"Name": "5"}),
        ({"Name": "a", "Count": None}, {"Name": "a"}),  # null is not
        ({"Name": "a", "Count": "7"}, {"Name": "a", "Count": 7}),
        ({"Name": "a", "Count": -7}, {"Name": "a", "Count": -7}),
        ({"Name": "a", "Share": "0.5"}, {"Name": "a", "Share": 0.5}),
        ({"Name": "a", "On": "True"}, {"Name": "a", "On": True}),
        ({"Name": "a", "On": False}, {"Name": "a", "On": False}),
        ({"Name": "a", "Ids": {"1": "y", "0": "x", "10": "z"}}, {"Name": "a", "Ids": ["x", "y", "z"]}),
        ({"Name": "a", "Tags": [{"Key": "k"}]}, {"Name": "a", "Tags": [{"Key": "k"}]}),
        ({"Name": "a", "Place": {"Zone": "z", "Number": "1"}}, {"Name": "a", "Place": {"Zone": "z", "Number": 1}}),
        ({"Name": "a", "Free": {"x": [1, None]}}, {"Name": "a", "Free": {"x": [1, None]}}),
    ],
)
def test_reads(sent: dict[str, Any], read: dict[str, Any]) -> None:
    assert SHAPE.read(sent, "") == read


@pytest.mark.parametrize(
    ("sent", "code", "name"),
    [
        ({}, "MissingParameter", "Name"),
        ({"Name": None}, "MissingParameter", "Name"),
        ({"Name": "a", "Nmae": "b"}, "UnknownParameter", "Nmae"),
        ({"Name": "a", "Tags": [{"Value": "v"}]}, "MissingParameter", "Tags.0.Key"),
        ({"Name": "a", "Tags": [{"Key": "k", "key": "k"}]}, "UnknownParameter", "Tags.0.key"),
        ({"Name": "a", "Place": {}}, "MissingParameter", "Place.Zone"),
        ({"Name": ["a"]}, "InvalidParameter", "Name"),
        ({"Name": True}, "InvalidParameter", "Name"),
        ({"Name": "a", "Ids": "x"}, "InvalidParameter", "Ids"),
        ({"Name": "a", "Ids": ["x", {}]}, "InvalidParameter", "Ids.1"),
        ({"Name": "a", "Count": "many"}, "InvalidParameter", "Count"),
        ({"Name": "a", "Count": 1.5}, "InvalidParameter", "Count"),
        ({"Name": "a", "Count": True}, "InvalidParameter", "Count"),
        ({"Name": "a", "On": "yes"}, "InvalidParameter", "On"),
        ({"Name": "a", "Place": "z"}, "InvalidParameter", "Place"),
    ],
)
def test_refuses(sent: dict[str, Any], code: str, name: str) -> None:
    with pytest.raises(ApiError) as refused:
        SHAPE.read(sent, "")
    assert (refused.value.code, f"`{name}`" in refused.value.message) == (code, True)


leaves = st.text(max_size=5)
trees: Any = st.recursive(
    leaves,
    lambda inner: st.dictionaries(st.from_regex(r"\A[A-Z][a-z]{0,4}\Z"), inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.from_regex(r"\A[A-Z][a-z]{0,4}\Z"), trees, max_size=4))
def test_a_query_becomes_the_tree_it_was_made_of(tree: dict[str, Any]) -> None:
    def flat(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in values.items():
            found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
        return found

    assert unflatten(flat(tree)) == tree


@pytest.mark.parametrize("values", [{"A": "1", "A.B": "2"}, {"A.B": "2", "A": "1"}])
def test_a_name_is_a_value_or_a_structure(values: dict[str, str]) -> None:
    with pytest.raises(ApiError):
        unflatten(values)


def test_no_action_is_in_two_of_the_main_products() -> None:
    """True of these four; `api` has a DescribeZones of its own, which the service that is signed for tells apart."""
    names = [name for product in ("cam", "cvm", "sts", "vpc") for name in PRODUCTS[product].actions]
    assert len(names) == len(set(names)) > 50
