from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.policy.canonical import canonical, canonical_text, comparable, equivalent
from pulumi_instance_role.policy.document import parse
from pulumi_instance_role.policy.evaluate import evaluate
from tests.unit.policy.documents import WRITERS, Writer, documents, documents_of, mutations, rewritings

in_both = pytest.mark.parametrize("writer", WRITERS.values(), ids=list(WRITERS))


@in_both
@given(data=st.data())
def test_canonical_form_of_a_canonical_form_is_itself(writer: Writer, data: st.DataObject) -> None:
    document, d = data.draw(documents_of(writer)), writer.dialect
    once = canonical_text(document, d)
    assert canonical_text(once, d) == once
    assert canonical(canonical(document, d), d) == canonical(document, d)
    assert canonical(parse(document, "permission", d), d) == canonical(document, d)


@in_both
@given(data=st.data())
def test_rewriting_is_no_change(writer: Writer, data: st.DataObject) -> None:
    document, d = data.draw(documents_of(writer)), writer.dialect
    again = data.draw(rewritings(document, writer))
    assert equivalent(document, again, d)
    assert comparable(document, d) == comparable(again, d)


@in_both
@given(data=st.data())
def test_change_of_meaning_is_a_change(writer: Writer, data: st.DataObject) -> None:
    document, d = data.draw(documents_of(writer)), writer.dialect
    other = data.draw(mutations(document, writer))
    asked = data.draw(st.lists(writer.requests, min_size=3, max_size=3))
    if any(evaluate([document], request, d) != evaluate([other], request, d) for request in asked):
        assert not equivalent(document, other, d)


@given(documents)
def test_the_callers_document_is_left_alone(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    canonical(document)["Statement"].clear()
    assert document == before


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
