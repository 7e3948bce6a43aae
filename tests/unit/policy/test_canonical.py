from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.policy.canonical import canonical, canonical_text, comparable, equivalent
from pulumi_instance_role.policy.document import parse
from pulumi_instance_role.policy.evaluate import Request, evaluate
from tests.unit.policy.documents import documents, requests, rewritings, statements


@given(documents)
def test_canonical_form_of_a_canonical_form_is_itself(document: dict[str, Any]) -> None:
    once = canonical_text(document)
    assert canonical_text(once) == once
    assert canonical(canonical(document)) == canonical(document)
    assert canonical(parse(document)) == canonical(document)


@given(st.data(), documents)
def test_rewriting_is_no_change(data: st.DataObject, document: dict[str, Any]) -> None:
    again = data.draw(rewritings(document))
    assert equivalent(document, again)
    assert comparable(document) == comparable(again)


@given(st.data(), documents, st.lists(requests, min_size=3, max_size=3))
def test_change_of_meaning_is_a_change(data: st.DataObject, document: dict[str, Any], asked: list[Request]) -> None:
    other = data.draw(mutations(document))
    if any(evaluate([document], request) != evaluate([other], request) for request in asked):
        assert not equivalent(document, other)


@given(documents)
def test_the_callers_document_is_left_alone(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    canonical(document)["Statement"].clear()
    assert document == before


@st.composite
def mutations(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(document))
    items = changed["Statement"]
    index = draw(st.integers(0, len(items) - 1))
    match draw(st.sampled_from(("effect", "drop", "add", "condition", "resource"))):
        case "effect":
            items[index]["Effect"] = "Deny" if items[index]["Effect"] == "Allow" else "Allow"
        case "drop" if len(items) > 1:
            del items[index]
        case "condition":
            if items[index].pop("Condition", None) is None:
                items[index]["Condition"] = {"Bool": {"acs:SecureTransport": "true"}}
        case "resource":
            items[index]["Resource"] = draw(st.sampled_from(("*", "acs:oss:*:*:other")))
        case _:
            items.append(draw(statements()))
    return changed


def test_form_and_spelling() -> None:
    text = """
      { "Statement": [ {"Resource": "*", "Action": ["ecs:StartInstance", "ECS:startinstance", "ecs:Describe*"],
                        "Condition": {"Bool": {"acs:SecureTransport": true}}, "Effect": "Allow"} ], "Version": "1" }
    """
    assert canonical_text(text) == (
        '{"Statement":[{"Action":["ecs:Describe*","ECS:startinstance"],'
        '"Condition":{"Bool":{"acs:SecureTransport":["true"]}},"Effect":"Allow","Resource":["*"]}],"Version":"1"}'
    )


def test_trust_documents() -> None:
    one = {"Version": "1", "Statement": [_trusting({"Service": "ecs.aliyuncs.com"}, "sts:AssumeRole")]}
    two = {"Version": "1", "Statement": [_trusting({"Service": ["ecs.aliyuncs.com"]}, ["sts:AssumeRole"])]}
    three = {"Version": "1", "Statement": [_trusting({"Service": ["rds.aliyuncs.com"]}, ["sts:AssumeRole"])]}
    assert equivalent(one, json.dumps(two, indent=2))
    assert not equivalent(one, three)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"Resource": "acs:oss:*:*:Bucket"}, {"Resource": "acs:oss:*:*:bucket"}),
        ({"Condition": {"StringEquals": {"ecs:tag/a": "X"}}}, {"Condition": {"StringEquals": {"ecs:tag/a": "x"}}}),
    ],
)
def test_case_that_matters_is_kept(one: dict[str, Any], two: dict[str, Any]) -> None:
    base = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}
    left, right = ({"Version": "1", "Statement": [base | part]} for part in (one, two))
    assert not equivalent(left, right)


def _trusting(principal: dict[str, Any], action: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Principal": principal}
