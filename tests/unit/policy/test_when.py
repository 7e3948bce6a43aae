"""The types of conditions have the words of the tables, and helpers say whose word a foreign one is."""

from __future__ import annotations

from typing import Any, get_args

import pytest

import pulumi_instance_role as ir
from pulumi_instance_role.policy import when
from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT
from pulumi_instance_role.policy.document import PolicyError


def test_the_types_have_the_words_of_the_tables() -> None:
    assert set(when.AlibabaConditions.__annotations__) == set(ALIBABA.operators)
    assert set(when.TencentConditions.__annotations__) == set(TENCENT.operators)
    assert set(get_args(when.AlibabaKey)) == set(ALIBABA.keys) and set(get_args(when.TencentKey)) == set(TENCENT.keys)


@pytest.mark.parametrize(
    ("call", "place", "says"),
    [
        (
            lambda: ir.allow("oss:GetObject", on="*", when={"ip_equal": {"acs:SourceIp": "10.0.0.0/8"}}),
            "Condition.ip_equal",
            'is an operator of Tencent Cloud; is "IpAddress" meant, or pass cloud="tencent"',
        ),
        (
            lambda: ir.deny("oss:GetObject", on="*", when={"IpAddress": {"qcs:ip": "10.0.0.0/8"}}),
            "Condition.IpAddress.qcs:ip",
            'is a condition key of Tencent Cloud; is "acs:SourceIp" meant, or pass cloud="tencent"',
        ),
        (
            lambda: ir.allow("cos:GetObject", on="*", when={"Bool": {"acs:MFAPresent": True}}, cloud="tencent"),
            "condition.Bool",
            'is an operator of Alibaba Cloud; is "bool_equal" meant, or pass cloud="alibaba"',
        ),
        (
            lambda: ir.allow("cos:GetObject", on="qcs::cos:::bucket/*"),
            "Resource[0]",
            'must be "*" or "acs:service:region:account:path", such as "acs:oss:*:*:bucket/*", not '
            '"qcs::cos:::bucket/*", which is how Tencent Cloud names resources',
        ),
        (
            lambda: ir.allow("name/cos:GetObject", on="*"),
            "Action[0]",
            'must be "*" or "service:ActionName", such as "ecs:DescribeInstances", not "name/cos:GetObject", '
            "which is how Tencent Cloud names actions",
        ),
        (
            lambda: ir.trust_document("cvm.qcloud.com"),
            "Statement[0].Principal.Service",
            '"cvm.qcloud.com" is a service of Tencent Cloud; pass cloud="tencent"',
        ),
    ],
)
def test_the_wrong_clouds_words_say_whose_they_are(call: Any, place: str, says: str) -> None:
    with pytest.raises(PolicyError) as caught:
        call()
    assert (caught.value.path, caught.value.problem) == (place, says)


def test_numbers_and_truth_values_are_values() -> None:
    statement = ir.allow(
        "oss:*", on="*", when={"Bool": {"acs:MFAPresent": True}, "NumericLessThan": {"oss:MaxKeys": [10]}}
    )
    assert statement["Condition"] == {"Bool": {"acs:MFAPresent": [True]}, "NumericLessThan": {"oss:MaxKeys": [10]}}
    tagged = ir.allow(
        "cvm:*", on="*", when={"for_any_value:string_equal": {"qcs:resource_tag": ["game&app"]}}, cloud="tencent"
    )
    assert tagged["condition"] == {"for_any_value:string_equal": {"qcs:resource_tag": ["game&app"]}}
