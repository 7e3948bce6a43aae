from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_instance_role.policy import partial
from pulumi_instance_role.policy.dialect import ALIBABA
from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.trust import lets_in, shuts_out, trust_document, trusts_service

ECS = "ecs.aliyuncs.com"


def statement(effect: str = "Allow", action: Any = "sts:AssumeRole", **parts: Any) -> dict[str, Any]:
    principal = parts.pop("principal", {"Service": [ECS]})
    return {"Effect": effect, "Action": action, "Principal": principal, **parts}


@pytest.mark.parametrize(
    ("statements", "trusted"),
    [
        ([statement()], True),
        ([statement(principal={"Service": ECS})], True),
        ([statement(principal={"Service": ["rds.aliyuncs.com", "ECS.aliyuncs.com"]})], True),
        ([statement(action=["sts:AssumeRole"])], True),  # aliyun/terraform-provider-alicloud issue 7421
        ([statement(action=["sts:GetCallerIdentity", "sts:*"])], True),
        ([statement(action="sts:GetCallerIdentity")], False),
        ([statement(principal={"RAM": ["acs:ram::1:root"]})], False),
        ([statement(principal={"RAM": ["acs:ram::1:root"]}), statement()], True),
        ([statement(principal={"RAM": ["acs:ram::1:root"], "Service": [ECS]})], True),
        ([statement(principal={"Service": ["ecs.aliyuncs.com.example"]})], False),
        ([statement(), statement("Deny")], False),
        ([statement("Deny"), statement()], False),
        ([statement(), statement("Deny", Condition={"Bool": {"acs:SecureTransport": "false"}})], True),
        ([statement("Deny")], False),
    ],
)
def test_trust(statements: list[dict[str, Any]], trusted: bool) -> None:
    document = {"Version": "1", "Statement": statements}
    assert trusts_service(document, ECS) is trusted
    assert trusts_service(json.dumps(document), ECS) is trusted
    seen = *partial.read(json.dumps(document), "trust", ALIBABA), ECS, ALIBABA
    assert shuts_out(*seen) is not trusted
    assert lets_in(*seen) is (trusted and not any(one["Effect"] == "Deny" for one in statements))


@pytest.mark.parametrize(
    "document",
    [
        "no document",
        {"Version": "1", "Statement": [statement(principal={"Service": ["*"]})]},
        {"Version": "1", "Statement": [statement(Condition={"Odd": {"acs:SourceIp": "1"}})]},
        {"Version": "1", "Statement": [statement(Condition={"Bool": {"acs:SecureTransport": "true"}})]},
        {"Version": "1", "Statement": [statement(Odd=1)]},
        {"Version": "1", "Statement": [statement(), statement(Odd=1)]},
        {"Version": "1", "Statement": [statement(), statement("Deny", principal={"Service": ["*.aliyuncs.com"]})]},
    ],
)
def test_what_cannot_be_told_of_a_trust_policy_shuts_nobody_out(document: Any) -> None:
    assert not shuts_out(*partial.read(document, "trust", ALIBABA), ECS, ALIBABA)
    assert not lets_in(*partial.read(document, "trust", ALIBABA), ECS, ALIBABA)


def test_document_of_services() -> None:
    assert trust_document(ECS) == {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [ECS]}}],
    }
    document = trust_document(["rds.aliyuncs.com", ECS, ECS])
    assert document["Statement"][0]["Principal"] == {"Service": [ECS, "rds.aliyuncs.com"]}
    assert trusts_service(document, ECS)
    assert not trusts_service(document, "vpc.aliyuncs.com")


def test_nobody_to_trust() -> None:
    with pytest.raises(PolicyError, match=r"Statement\[0\].Principal.Service: must be a text or a list of texts"):
        trust_document([])
