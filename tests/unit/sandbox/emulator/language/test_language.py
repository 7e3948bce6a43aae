"""What the emulator decides by itself about documents, and what switches decide."""

from __future__ import annotations

import json
from typing import Any

import pytest

from instance_role_sandbox.emulator.language.decide import Asked, decide
from instance_role_sandbox.emulator.language.grammar import ALIBABA, TENCENT, check
from instance_role_sandbox.emulator.language.text import Malformed
from instance_role_sandbox.emulator.switches import Switches

MINE = Asked("cos:GetObject", "qcs::cos:ap-guangzhou:uin/1:secret/a", uin="1", variables={"uin": "7"})


def tencent(**parts: Any) -> str:
    statement = {"effect": "allow", "action": "cos:*", "resource": "*", **parts}
    return json.dumps({"version": "2.0", "statement": [statement]})


def alibaba(**condition: Any) -> str:
    statement = {"Effect": "Allow", "Action": "oss:*", "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "1", "Statement": [statement]})


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        ("qcs::cos:::secret/*", True),  # no account: the documents' own
        ("qcs::cos::uin/2:secret/*", False),
        ("qcs::cos:ap-beijing::secret/*", False),
        ("qcs::cos:*:ap-guangzhou:secret/*", False),
        ("qcs::cos:::${uin}/*", False),
        ("qcs::cos:*", True),
    ],
)
def test_six_fields(resource: str, allowed: bool) -> None:
    assert decide([tencent(resource=resource)], MINE, TENCENT, Switches()).allowed is allowed


def test_a_wildcard_stays_in_its_field() -> None:
    other = Asked("cos:GetObject", "qcs::cos:ap-guangzhou:uin/1:open:secret/a", uin="1")
    assert not decide([tencent(resource="qcs::cos:::secret/*")], other, TENCENT, Switches()).allowed


def test_variables_stand_for_the_caller() -> None:
    mine = Asked("cos:GetObject", "qcs::cos:ap-guangzhou:uin/1:7/a", uin="1", variables={"uin": "7"})
    assert decide([tencent(resource="qcs::cos:::${uin}/*")], mine, TENCENT, Switches()).allowed


@pytest.mark.parametrize(
    ("condition", "context", "switch", "values"),
    [
        ({"Mystery": {"oss:a": "b"}}, {}, "condition-not-understood", ("unmet", "met")),
        ({"IpAddress": {"acs:SourceIp": "10.0.0.0/40"}}, {"acs:SourceIp": "10.0.0.1"}, "condition-not-understood",
         ("unmet", "met")),
        ({"StringNotEquals": {"oss:a": "b"}}, {}, "condition-negation-of-none", ("unmet", "met")),
        ({"ForAllValues:StringEquals": {"oss:a": "b"}}, {}, "condition-all-of-none", ("unmet", "met")),
    ],
)  # fmt: skip
def test_what_no_page_says_is_a_switch(
    condition: dict[str, Any], context: dict[str, str], switch: str, values: tuple[str, str]
) -> None:
    asked = Asked("oss:GetObject", "acs:oss:oss-cn-hangzhou:1:b/o", context)
    answers = [decide([alibaba(**condition)], asked, ALIBABA, Switches({switch: one})).allowed for one in values]
    assert answers == [False, True]


@pytest.mark.parametrize(
    ("condition", "switch"),
    [
        ({"Mystery": {"oss:a": "b"}}, "document-unknown-operator"),
        ({"stringequals": {"oss:a": "b"}}, "document-unknown-operator"),
        ({"IpAddress": {"acs:SourceIp": "10.0.0.0/40"}}, "document-unreadable-value"),
        ({"NumericLessThan": {"oss:a": "many"}}, "document-unreadable-value"),
    ],
)
def test_what_may_be_malformed_is_a_switch(condition: dict[str, Any], switch: str) -> None:
    with pytest.raises(Malformed) as caught:
        check(alibaba(**condition), ALIBABA, "permission", Switches())
    assert caught.value.element == "condition"
    assert check(alibaba(**condition), ALIBABA, "permission", Switches({switch: "accept"}))


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ({"for_any_value:string_equal": {"qcs:resource_tag": ["a&b"]}}, {"qcs:resource_tag": "a&b"}, True),
        ({"for_any_value:string_equal": {"qcs:resource_tag": ["a&b"]}}, {}, False),
        ({"string_equal_if_exist": {"vpc:region": "sh"}}, {}, True),
        ({"string_equal_if_exist": {"vpc:region": "sh"}}, {"vpc:region": "gz"}, False),
        ({"null_equal": {"qcs:tag/a": "true"}}, {}, True),
        ({"null_equal": {"qcs:tag/a": "false"}}, {}, False),
        ({"string_equal": {"qcs:create_uin": "${uin}"}}, {"qcs:create_uin": "7"}, True),
        ([], {}, True),
    ],
)
def test_conditions(condition: Any, context: dict[str, str], allowed: bool) -> None:
    asked = Asked(MINE.action, MINE.resource, context, MINE.uin, MINE.variables)
    assert decide([tencent(condition=condition)], asked, TENCENT, Switches()).allowed is allowed
