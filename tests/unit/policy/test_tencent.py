"""The same policy language in Tencent Cloud's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import pulumi_instance_role as ir
from pulumi_instance_role.clouds import NAMES, limits_of
from pulumi_instance_role.policy.build import allow, policy_document
from pulumi_instance_role.policy.canonical import canonical, equivalent
from pulumi_instance_role.policy.dialect import LANGUAGES, TENCENT
from pulumi_instance_role.policy.document import PolicyError, parse
from pulumi_instance_role.policy.evaluate import Request, evaluate
from pulumi_instance_role.policy.trust import trust_document, trusts_service

CVM = "cvm.qcloud.com"
INSTANCE = "qcs::cvm:ap-guangzhou:uin/1000:instance/ins-1"


def document(**parts: Any) -> dict[str, Any]:
    statement = {"effect": "allow", "action": "name/cvm:StopInstances", "resource": "*", **parts}
    return {"version": "2.0", "statement": [statement]}


@pytest.mark.parametrize(
    ("parts", "allowed"),
    [
        ({}, True),
        ({"action": "cvm:StopInstances"}, True),
        ({"action": ["name/cvm:*"]}, True),
        ({"action": "cvm:Stop*"}, True),
        ({"action": "*"}, True),
        ({"action": "name/cam:*"}, False),
        ({"action": "cvm:stopinstances"}, False),
        ({"effect": "deny"}, False),
        ({"resource": INSTANCE}, True),
        ({"resource": "qcs::cvm:::instance/*"}, True),  # no region is all of them, no account the policy's own
        ({"resource": "qcs::::uin/1000:*"}, True),  # no service is all of them
        ({"resource": "qcs::cvm:*"}, True),
        ({"resource": "qcs:*:cvm:ap-*:uin/*:instance/*"}, True),
        ({"resource": "qcs::cvm:::*/ins-1"}, True),
        ({"resource": "qcs::cvm:*:instance/ins-1:*:*"}, False),  # a wildcard stays in its field
        ({"resource": "qcs::cvm::uin/1000:instance/*"}, True),
        ({"resource": "qcs::cvm:ap-beijing::instance/*"}, False),
        ({"resource": "qcs::cvm::uin/2000:instance/*"}, False),
        ({"resource": "qcs::cvm:::instance/ins-2"}, False),
        ({"condition": {"ip_equal": {"qcs:ip": ["10.0.0.0/8"]}}}, True),
        ({"condition": {"ip_not_equal": {"qcs:ip": "10.0.0.0/8"}}}, False),
        ({"condition": {"string_equal": {"qcs:resource_tag": "team&web"}}}, False),
        ({"condition": {"date_less_than": {"qcs:current_time": "2030-01-01T00:00:00Z"}}}, True),
        ({"condition": {"date_greater_than_equal": {"qcs:current_time": "2030-01-01T00:00:00Z"}}}, False),
    ],
)
def test_evaluates(parts: dict[str, Any], allowed: bool) -> None:
    context = {"qcs:ip": "10.1.2.3", "qcs:current_time": "2026-01-01T00:00:00Z"}
    request = Request("cvm:StopInstances", INSTANCE, context, ("uin/1000",))
    assert evaluate([document(**parts)], request, TENCENT).allowed is allowed


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ({"Version": "2.0", "statement": []}, "Version"),
        ({"version": "1", "statement": []}, "version"),
        ({"version": "2.0", "statement": []}, "statement"),
        (document(effect="Allow"), "statement[0].effect"),
        (document(action="StopInstances"), "statement[0].action"),
        (document(resource="acs:ecs:*:*:instance/*"), "statement[0].resource"),
        (document(resource="qcs::cvm:instance"), "statement[0].resource"),
        (document(principal={"service": [CVM]}), "statement[0].principal"),
        (document(notAction="x"), "statement[0].notAction"),
    ],
)
def test_complains(source: dict[str, Any], path: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse(source, dialect=TENCENT)
    assert error.value.path == path


def test_the_prefix_of_actions_carries_no_meaning() -> None:
    assert equivalent(document(), document(action=["cvm:StopInstances"]), TENCENT)
    assert not equivalent(document(), document(action="cvm:StartInstances"), TENCENT)


def test_canonical_keeps_the_spelling() -> None:
    assert canonical(json.dumps(document(), indent=3), TENCENT) == document(
        action=["name/cvm:StopInstances"], resource=["*"]
    )


def test_a_program_names_the_cloud() -> None:
    wanted = document(action=["cos:GetObject"], resource=["qcs::cos:::bucket/*"])
    statement = ir.allow("cos:GetObject", on="qcs::cos:::bucket/*", cloud="tencent")
    assert ir.policy_document(statement) == ir.policy_document(statement, cloud="tencent") == wanted
    banned = ir.deny("*", on="*", when={"ip_not_equal": {"qcs:ip": "10.0.0.0/8"}}, cloud="tencent")
    assert banned["effect"] == "deny" and ir.policy_document(statement, banned)["statement"][1] == banned
    assert (
        ir.trust_document(CVM, "tencent") == ir.trust_document([CVM], cloud="tencent") == trust_document(CVM, TENCENT)
    )
    assert ir.allow("oss:GetObject", on="*", cloud="alibaba") == ir.allow("oss:GetObject", on="*")
    assert ir.policy_document(ir.allow("oss:GetObject", on="*"))["Version"] == "1"
    with pytest.raises(PolicyError, match="effect"):
        ir.policy_document(ir.allow("oss:GetObject", on="*"), statement)
    with pytest.raises(PolicyError, match="qcs"):
        ir.allow("cos:GetObject", on="acs:oss:*:*:bucket/*", cloud="tencent")


@pytest.mark.parametrize(
    ("helper", "given"),
    [(ir.allow, {"on": "*"}), (ir.deny, {"on": "*"}), (ir.policy_document, {}), (ir.trust_document, {"services": CVM})],
)
def test_a_cloud_that_there_is_not(helper: Callable[..., object], given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="cloud: must be 'alibaba' or 'tencent', not 'aws'"):
        helper(**given, cloud="aws")


def test_every_cloud_has_its_language() -> None:
    assert {name: limits_of(name).language for name in NAMES} == LANGUAGES


def test_builds() -> None:
    built = policy_document(allow("cos:GetObject", on="qcs::cos:::bucket/*", dialect=TENCENT), dialect=TENCENT)
    assert built == document(action=["cos:GetObject"], resource=["qcs::cos:::bucket/*"])


def test_trust() -> None:
    made = trust_document(CVM, TENCENT)
    assert made == {
        "version": "2.0",
        "statement": [
            {"effect": "allow", "action": "name/sts:AssumeRole", "principal": {"service": [CVM]}},
        ],
    }
    assert trusts_service(made, CVM, TENCENT)
    assert not trusts_service(made, "scf.qcloud.com", TENCENT)
    linked = {"effect": "allow", "action": ["sts:AssumeRole"], "principal": {"service": CVM}}
    assert trusts_service({"version": "2.0", "statement": [linked]}, CVM, TENCENT)
    root = {"effect": "allow", "action": "sts:AssumeRole", "principal": {"qcs": ["qcs::cam::uin/1:root"]}}
    assert not trusts_service({"version": "2.0", "statement": [root]}, CVM, TENCENT)
