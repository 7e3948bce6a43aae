"""Every operator against an evaluator that was written apart from the pages, and what is not known."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import pytest

from pulumi_instance_role.policy.build import allow, deny, policy_document
from pulumi_instance_role.policy.dialect import ALIBABA, LANGUAGES, TENCENT, Dialect
from pulumi_instance_role.policy.document import Condition, complaints, parse
from pulumi_instance_role.policy.evaluate import Decision, Request, condition_holds, evaluate
from tests.unit.policy import apart

WANTED = {
    "String": ("web", "Web", "we*", "w?b", "*", "", "a*b"),
    "Binary": ("d2Vi", "web"),
    "Numeric": ("1", "5", "5.0", "-3", "many"),
    "Date": ("2026-01-01T00:00:00Z", "2026-01-01T08:00:00+08:00", "2027-01-01T 00:00:00Z", "tomorrow"),
    "Bool": ("true", "False", "maybe"),
    "Null": ("true", "false", "maybe"),
    "Ip": ("10.0.0.0/8", "10.1.2.3/24", "10.1.2.3", "2001:db8::/32", "10.0.0.0/40"),
}
GIVEN = {
    **WANTED,
    "String": ("web", "WEB", "wob", "acb", ""),
    "Date": ("2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2027-06-01T00:00:00Z", "soon"),
    "Ip": ("10.1.2.3", "10.1.2.200", "11.0.0.1", "2001:db8::1", "none"),
    "Null": ("", "x"),
}


def _pool(table: dict[str, tuple[str, ...]], means: str) -> tuple[str, ...]:
    return next(values for family, values in table.items() if family in means)


@pytest.mark.parametrize("cloud", LANGUAGES)
def test_every_operator_is_as_the_pages_say(cloud: str) -> None:
    """One value and two, of the document and of the request, in all combinations; no value; no key."""
    dialect = LANGUAGES[cloud]
    for name, operator in dialect.operators.items():
        assert operator.page.startswith("https://")
        asked = [None, *_some(_pool(GIVEN, operator.means), 0)]
        for wanted in _some(_pool(WANTED, operator.means), 1):
            condition = Condition(name, "oss:Key", wanted)
            for given in asked:
                context: dict[str, Any] = {} if given is None else {"oss:Key": given}
                found = condition_holds(condition, context, dialect)
                assert found is apart.answer(name, wanted, given), (name, wanted, given)
        when = {dialect.condition_key: {name: {"oss:Key": list(_pool(WANTED, operator.means))}}}
        assert complaints(_document(dialect, **when), "permission", dialect) == []


def _some(values: tuple[str, ...], least: int) -> list[tuple[str, ...]]:
    return [chosen for count in range(least, 3) for chosen in combinations(values, count)]


def test_all_that_the_pages_list_is_there_in_all_combinations() -> None:
    orders = ("equal", "not_equal", "less_than", "less_than_equal", "greater_than", "greater_than_equal")
    listed = {f"{family}_{order}" for family in ("numeric", "date") for order in orders}
    listed |= {f"string_{sign}equal{case}" for sign in ("", "not_") for case in ("", "_ignore_case")}
    listed |= {"string_like", "string_not_like", "bool_equal", "binary_equal", "ip_equal", "ip_not_equal"}
    lenient = listed | {f"{name}_if_exist" for name in listed} | {"null_equal"}
    qualifiers = ("", "for_all_value:", "for_any_value:")
    assert set(TENCENT.operators) == {qualifier + name for qualifier in qualifiers for name in lenient}
    orders = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    listed = {f"{family}{order}" for family in ("Numeric", "Date") for order in orders}
    listed |= {f"String{sign}{test}" for sign in ("", "Not") for test in ("Equals", "EqualsIgnoreCase", "Like")}
    listed |= {"Bool", "IpAddress", "NotIpAddress"}
    qualifiers = ("", "ForAllValues:", "ForAnyValue:")
    assert set(ALIBABA.operators) == {qualifier + name for qualifier in qualifiers for name in listed}


TAGS = {"for_any_value:string_equal": {"qcs:resource_tag": ["game&webpage", "game&app"]}}


def _document(dialect: Dialect, *others: dict[str, Any], **parts: Any) -> dict[str, Any]:
    statement = {dialect.effect_key: dialect.allow, dialect.action_key: "*", dialect.resource_key: "*", **parts}
    return {dialect.version_key: dialect.version, dialect.statement_key: [statement, *others]}


@pytest.mark.parametrize(
    ("dialect", "source"),
    [
        (TENCENT, _document(TENCENT, condition=TAGS)),
        (TENCENT, _document(TENCENT, condition=[])),
        (TENCENT, {**_document(TENCENT), "statement": _document(TENCENT)["statement"][0]}),
        (TENCENT, _document(TENCENT, condition={"string_equal_if_exist": {"vpc:region": "sh"}})),
        (TENCENT, _document(TENCENT, condition={"numeric_equal": {"mfa": 1}, "null_equal": {"qcs:tag/a": "true"}})),
        (TENCENT, _document(TENCENT, condition={"bool_equal": {"cos:secure-transport": True}})),
        (TENCENT, _document(TENCENT, resource="qcs::cmqqueue::uin/1:queueName/uin/${uin}/*")),
        (
            ALIBABA,
            _document(ALIBABA, Condition={"ForAllValues:StringEquals": {"ram:TrustedPrincipalTypes": "Service"}}),
        ),
        (ALIBABA, _document(ALIBABA, Condition={"Mystery": {"acs:Nowhere": ["x"]}})),
    ],
)
def test_what_the_clouds_take_is_taken(dialect: Dialect, source: dict[str, Any]) -> None:
    assert complaints(source, "permission", dialect) == []


def test_one_statement_alone_is_the_same_document_and_no_conditions_are_none() -> None:
    whole = _document(TENCENT)
    assert parse({**whole, "statement": whole["statement"][0]}, "permission", TENCENT) == parse(whole, None, TENCENT)
    assert parse(_document(TENCENT, condition=[]), None, TENCENT) == parse(whole, None, TENCENT)


MYSTERY = {"Mystery": {"oss:a": "b"}}
YES, NO, UNKNOWN = Decision(True), Decision(False), Decision(False, known=False)
BAD_VALUE = {"IpAddress": {"acs:SourceIp": ["10.0.0.0/40"]}}


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([allow("oss:*", on="*", when=MYSTERY)], UNKNOWN),
        ([allow("oss:*", on="*", when=MYSTERY), allow("oss:Get*", on="*")], YES),
        ([allow("oss:*", on="*"), deny("oss:*", on="*", when=MYSTERY)], UNKNOWN),
        ([deny("oss:*", on="*", when=MYSTERY)], NO),
        ([allow("ecs:*", on="*", when=MYSTERY)], NO),
        ([allow("oss:*", on="*", when={**MYSTERY, "Bool": {"acs:SecureTransport": "false"}})], NO),
        ([allow("oss:*", on="*", when=MYSTERY), deny("oss:*", on="*")], Decision(False, explicit_deny=True)),
        ([allow("oss:*", on="*", when=BAD_VALUE)], UNKNOWN),
        ([allow("oss:*", on="*", when={"IpAddress": {"acs:SourceIp": ["10.0.0.0/40", "10.0.0.0/8"]}})], YES),
        ([allow("oss:*", on="*", when={"StringNotEquals": {"acs:Nowhere": "x"}})], UNKNOWN),
        ([allow("oss:*", on="*", when={"StringNotEquals": {"acs:ResourceTag/a": "x"}})], YES),
        ([allow("oss:*", on="*", when={"ForAllValues:StringEquals": {"ram:Kinds": "x"}})], UNKNOWN),
    ],
)
def test_what_is_not_understood_is_neither_allowed_nor_refused(
    statements: Iterable[dict[str, Any]], decision: Decision
) -> None:
    context = {"acs:SourceIp": "10.1.2.3", "acs:SecureTransport": "true"}
    request = Request("oss:GetObject", "acs:oss:oss-cn-hangzhou:1:b/o", context)
    assert evaluate([policy_document(*statements)], request) == decision


MINE, THEIRS = "qcs::cos:ap-guangzhou:uin/1:secret/a", "qcs::cos:ap-guangzhou:uin/2:secret/a"


@pytest.mark.parametrize(
    ("pattern", "resource", "owners", "decision"),
    [
        ("qcs::cos:::secret/*", MINE, ("uin/1", "uid/9"), YES),
        ("qcs::cos:::secret/*", THEIRS, ("uin/1", "uid/9"), NO),
        ("qcs::cos:::secret/*", "qcs::cos:ap-guangzhou:uid/9:secret/a", ("uin/1", "uid/9"), YES),
        ("qcs::cos:::secret/*", MINE, (), UNKNOWN),
        ("qcs::cos:::other/*", MINE, (), NO),
        ("qcs::cos:::secret/*", "qcs::cos:ap-guangzhou:uin/1:open:secret/a", ("uin/1",), NO),  # of another bucket
        ("qcs::cos::uin/1:open:*", "qcs::cos:ap-guangzhou:uin/1:open:secret/a", (), YES),
        ("qcs::cos::*:secret/*", THEIRS, (), YES),
        ("qcs::cos::uin/2:secret/*", "qcs::cos:ap-guangzhou::secret/a", ("uin/1",), NO),
        ("qcs::cos::uin/2:secret/*", "qcs::cos:ap-guangzhou::secret/a", (), UNKNOWN),
        ("qcs::cos:ap-beijing::secret/*", MINE, ("uin/1",), NO),
        ("qcs::cvm:::secret/*", MINE, ("uin/1",), NO),
        ("qcs::cos:::${uin}/*", MINE, ("uin/1",), UNKNOWN),
        ("qcs::cos:::${uin}/*", "qcs::cvm:ap-guangzhou:uin/1:x/y", ("uin/1",), NO),
        ("qcs::cos:*", MINE, (), YES),
        ("qcs::cos:::secret/*", "*", ("uin/1",), NO),
    ],
)
def test_the_fields_of_a_resource_are_matched_one_by_one(
    pattern: str, resource: str, owners: tuple[str, ...], decision: Decision
) -> None:
    """https://www.tencentcloud.com/document/product/598/10606 and 598/10607"""
    request = Request("cos:GetObject", resource, owners=owners)
    assert evaluate([_document(TENCENT, resource=pattern)], request, TENCENT) == decision


@pytest.mark.parametrize("dialect", LANGUAGES.values(), ids=list(LANGUAGES))
def test_a_row_of_the_table_decides_alone(dialect: Dialect) -> None:
    """Taking a row out makes its conditions not understood: nothing else knows the operator."""
    for name in dialect.operators:
        without = {other: one for other, one in dialect.operators.items() if other != name}
        poorer = dataclasses.replace(dialect, operators=without)
        assert condition_holds(Condition(name, "oss:Key", ("1",)), {"oss:Key": "1"}, poorer) is None
