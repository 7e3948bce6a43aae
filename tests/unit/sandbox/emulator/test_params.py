"""Parameters, in the spellings that SDKs use."""

from __future__ import annotations

import pytest

from instance_role_sandbox.emulator.alibaba.errors import ApiError
from instance_role_sandbox.emulator.alibaba.params import Params


def test_lists_and_structures_come_in_the_order_of_their_numbers() -> None:
    params = Params(
        {
            "Id.10": "c",
            "Id.2": "b",
            "Id.1": "a",
            "Id.x": "-",
            "Ids.1": "-",
            "Tag.2.Key": "k2",
            "Tag.1.Key": "k1",
            "Tag.1.Value": "v1",
        }
    )
    assert params.numbered("Id") == ["a", "b", "c"]
    assert params.structures("Tag") == [{"Key": "k1", "Value": "v1"}, {"Key": "k2"}]
    assert params.numbered("None") == []


@pytest.mark.parametrize(("text", "value"), [("True", True), ("false", False), ("TRUE", True), ("", False)])
def test_booleans_in_any_case(text: str, value: bool) -> None:
    assert Params({"Force": text}).boolean("Force") is value


@pytest.mark.parametrize("text", ["0", "51", "1.5", "x", "-1", "9" * 30])
def test_numbers_out_of_range(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        Params({"PageSize": text}).integer("PageSize", 10, 1, 50, code="InvalidPageSize")
    assert (caught.value.code, caught.value.status) == ("InvalidPageSize", 400)


@pytest.mark.parametrize("text", ["i-1", '"i-1"', "[1]", '{"a": 1}', "["])
def test_json_lists_hold_texts(text: str) -> None:
    error = ApiError("InvalidInstanceIds.Malformed", 400, "m")
    with pytest.raises(ApiError) as caught:
        Params({"InstanceIds": text}).json_texts("InstanceIds", error)
    assert caught.value is error


@pytest.mark.parametrize("values", [{}, {"RoleName": ""}])
def test_what_is_required_has_to_be_there(values: dict[str, str]) -> None:
    with pytest.raises(ApiError) as caught:
        Params(values).required("RoleName")
    error = caught.value
    assert (error.code, error.status, error.message) == (
        "MissingRoleName",
        400,
        "RoleName is mandatory for this action.",
    )
