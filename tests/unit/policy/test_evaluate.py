"""The table cites the page each row follows; rows without one are the choices named in the dialect."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from pulumi_instance_role.policy.build import When, allow, deny, policy_document
from pulumi_instance_role.policy.document import Condition
from pulumi_instance_role.policy.evaluate import Decision, Request, condition_holds, evaluate
from tests.unit.policy.documents import documents, requests

ELEMENTS = "https://www.alibabacloud.com/help/en/ram/policy-elements"
OPERATORS = "https://www.alibabacloud.com/help/en/ram/conditional-operator"
OVERVIEW = "https://www.alibabacloud.com/help/en/ram/policy-overview"
BILLING = (
    "https://www.alibabacloud.com/help/en/ram/user-guide/"
    "manage-information-about-all-resources-within-an-alibaba-cloud-account-except-billing-information"
)
READ_BUCKET = "https://www.alibabacloud.com/help/en/ram/list-and-read-resources-in-a-bucket"
POWER_USER = "https://www.alibabacloud.com/help/en/ram/developer-reference/poweruseraccess"
NO_BILLING = [allow("*", on="*"), deny("bss:*", "bssapi:*", "efc:*", on="*")]
PHOTOS = [allow("oss:ListObjects", on="acs:oss:*:*:photos"), allow("oss:GetObject", on="acs:oss:*:*:photos/*")]
PHOTO = "acs:oss:oss-cn-hangzhou:1:photos/2026/a.jpg"

INSTANCE = "acs:ecs:cn-hangzhou:123:instance/i-1"
YES, NO, FORBIDDEN = Decision(True), Decision(False), Decision(False, explicit_deny=True)


@pytest.mark.parametrize(
    ("statements", "request_", "decision", "page"),
    [
        ([allow("ecs:StartInstance", on="*")], Request("ecs:StartInstance", INSTANCE), YES, ELEMENTS),
        ([allow("ecs:StartInstance", on="*")], Request("ecs:StopInstance", INSTANCE), NO, ELEMENTS),
        ([allow("ecs:Describe*", on="*")], Request("ecs:DescribeInstances", INSTANCE), YES, ELEMENTS),
        ([allow("*", on="*")], Request("oss:GetObject", "acs:oss:cn-hangzhou:1:b/o"), YES, ELEMENTS),
        ([allow("ecs:?topInstance", on="*")], Request("ecs:StopInstance", INSTANCE), YES, ELEMENTS),
        ([allow("ECS:startinstance", on="*")], Request("ecs:StartInstance", INSTANCE), YES, ELEMENTS),
        ([allow("ecs:*", on="acs:ecs:*:*:instance/i-1")], Request("ecs:StartInstance", INSTANCE), YES, ELEMENTS),
        ([allow("ecs:*", on="acs:ecs:*:*:instance/i-2")], Request("ecs:StartInstance", INSTANCE), NO, ELEMENTS),
        ([allow("ecs:*", on="acs:ecs:*:*:INSTANCE/i-1")], Request("ecs:StartInstance", INSTANCE), NO, ""),
        ([allow("ecs:*", on="*"), deny("ecs:Delete*", on="*")], Request("ecs:DeleteInstance"), FORBIDDEN, ELEMENTS),
        ([deny("ecs:*", on="*"), allow("ecs:*", on="*")], Request("ecs:StartInstance"), FORBIDDEN, ELEMENTS),
        (
            [{"Effect": "Allow", "NotAction": "ram:*", "Resource": "*"}],
            Request("ecs:StartInstance", INSTANCE),
            YES,
            ELEMENTS,
        ),
        ([{"Effect": "Allow", "NotAction": ["ram:*"], "Resource": "*"}], Request("ram:GetRole"), NO, ELEMENTS),
        ([], Request("ecs:StartInstance"), NO, ELEMENTS),
    ],
)
def test_decision(statements: list[dict[str, Any]], request_: Request, decision: Decision, page: str) -> None:
    sources = [policy_document(*statements)] if statements else []
    assert evaluate(sources, request_) == decision, page


@pytest.mark.parametrize(
    ("operator", "values", "given_", "holds"),
    [
        ("StringEquals", ["web", "db"], "db", True),
        ("StringEquals", ["web"], "Web", False),
        ("StringNotEquals", ["web", "db"], "db", False),
        ("StringNotEquals", ["web", "db"], "app", True),
        ("StringEqualsIgnoreCase", ["web"], "WEB", True),
        ("StringNotEqualsIgnoreCase", ["web"], "WEB", False),
        ("StringNotEqualsIgnoreCase", ["web"], "db", True),
        ("StringLike", ["we?-*"], "web-1", True),
        ("StringLike", ["we?"], "web-1", False),
        ("StringNotLike", ["we*"], "web", False),
        ("StringNotLike", ["we*"], "db", True),
        ("NumericEquals", ["10"], "10.0", True),
        ("NumericNotEquals", ["10"], "10.0", False),
        ("NumericLessThan", ["10"], "9", True),
        ("NumericLessThan", ["10"], "10", False),
        ("NumericLessThanEquals", ["10"], "10", True),
        ("NumericGreaterThan", ["10"], "10", False),
        ("NumericGreaterThan", ["9"], "10", True),  # as numbers; as texts "10" < "9"
        ("NumericGreaterThanEquals", ["10"], "10", True),
        ("NumericEquals", ["10"], "ten", False),
        ("DateEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T08:00:00+08:00", True),
        ("DateNotEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", False),
        ("DateLessThan", ["2026-01-01T00:00:00Z"], "2025-12-31T23:59:59Z", True),
        ("DateLessThanEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", True),
        ("DateGreaterThan", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", False),
        ("DateGreaterThanEquals", ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z", True),
        ("Bool", ["true"], "True", True),
        ("Bool", ["true"], "false", False),
        ("IpAddress", ["10.0.0.0/8"], "10.9.8.7", True),
        ("IpAddress", ["10.1.2.3"], "10.1.2.3", True),
        ("IpAddress", ["10.0.0.0/8"], "11.0.0.1", False),
        ("IpAddress", ["10.0.0.0/8"], "::1", False),
        ("IpAddress", ["2001:db8::/32"], "2001:db8::1", True),
        ("IpAddress", ["10.0.0.0/8"], "no address", False),
        ("NotIpAddress", ["10.0.0.0/8", "192.168.0.0/16"], "192.168.1.1", False),
        ("NotIpAddress", ["10.0.0.0/8", "192.168.0.0/16"], "8.8.8.8", True),
    ],
)
def test_operator(operator: str, values: list[str], given_: str, holds: bool) -> None:
    """https://www.alibabacloud.com/help/en/ram/conditional-operator"""
    condition = Condition(operator, "oss:Key", tuple(values))
    assert condition_holds(condition, {"oss:Key": given_}) is holds
    statement = allow("ecs:*", on="*", when={operator: {"oss:Key": values}})
    assert evaluate([policy_document(statement)], Request("ecs:X", "*", {"oss:Key": given_})).allowed is holds


def test_all_conditions_must_hold_and_any_value_is_enough() -> None:
    when: When = {"StringEquals": {"ecs:tag/team": ["web", "db"]}, "Bool": {"acs:SecureTransport": "true"}}
    document = policy_document(allow("ecs:*", on="*", when=when))

    def ask(**context: str) -> bool:
        named = {"ecs:tag/team": context["team"], "acs:SecureTransport": context["tls"]}
        return evaluate([document], Request("ecs:StartInstance", INSTANCE, named)).allowed

    assert ask(team="db", tls="true")
    assert not ask(team="db", tls="false")
    assert not ask(team="app", tls="true")


def test_request_key_with_several_values() -> None:
    like = Condition("StringEquals", "ram:Tags", ("a", "b"))
    unlike = Condition("StringNotEquals", "ram:Tags", ("a", "b"))
    assert condition_holds(like, {"ram:Tags": ["x", "b"]})
    assert not condition_holds(unlike, {"ram:Tags": ["x", "b"]})
    assert condition_holds(unlike, {"ram:Tags": ["x", "y"]})


@given(documents, documents, requests)
def test_more_documents_only_add_and_deny_wins(one: dict[str, Any], two: dict[str, Any], request: Request) -> None:
    first, second, both = evaluate([one], request), evaluate([two], request), evaluate([one, two], request)
    assert both == evaluate([two, one], request)
    assert both.explicit_deny == (first.explicit_deny or second.explicit_deny)
    assert both.allowed == ((first.allowed or second.allowed) and not both.explicit_deny)
