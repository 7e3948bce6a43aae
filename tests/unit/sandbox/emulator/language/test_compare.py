"""The provider's parser and evaluation against the emulator's, which know nothing of each other.

On generated documents, on the clouds' system policies, and on documents that are broken in all sorts of ways.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instance_role_sandbox.emulator.language.decide import Asked, decide, trusting
from instance_role_sandbox.emulator.language.grammar import ALIBABA, TENCENT, check, rules
from instance_role_sandbox.emulator.language.patterns import fits
from instance_role_sandbox.emulator.language.text import Malformed
from instance_role_sandbox.emulator.switches import Switches
from pulumi_instance_role import data
from pulumi_instance_role.policy.dialect import LANGUAGES
from pulumi_instance_role.policy.document import Kind, complaints, parse
from pulumi_instance_role.policy.doubts import doubts
from pulumi_instance_role.policy.evaluate import Request, evaluate
from pulumi_instance_role.policy.trust import trusts_service
from pulumi_instance_role.policy.wildcard import matches
from tests.support.examples import examples
from tests.unit.policy.documents import WRITERS, Writer, documents_of, mutations, rewritings

THEIRS = {"alibaba": ALIBABA, "tencent": TENCENT}
DEFAULT = Switches()
in_both = pytest.mark.parametrize("cloud", LANGUAGES)


def takes(text: str, cloud: str, kind: Kind = "permission") -> str | None:
    """What the emulator has against a document."""
    try:
        check(text, THEIRS[cloud], kind, DEFAULT)
    except Malformed as error:
        return str(error)
    return None


def agree(source: Any, cloud: str, kind: Kind = "permission") -> None:
    """What the provider faults, the emulator refuses; what the emulator refuses, the provider faults or doubts."""
    text = source if isinstance(source, str) else json.dumps(source)
    ours, theirs = complaints(text, kind, LANGUAGES[cloud]), takes(text, cloud, kind)
    if ours:
        assert theirs is not None, (text, ours)
    elif theirs is not None:
        assert doubts(parse(text, kind, LANGUAGES[cloud])), (text, theirs)


@in_both
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=st.data())
def test_generated_documents_mean_the_same_to_both(cloud: str, found: st.DataObject) -> None:
    writer: Writer = WRITERS[cloud]
    document = found.draw(documents_of(writer))
    text = found.draw(rewritings(document, writer))
    assert takes(text, cloud) is None and complaints(text, "permission", writer.dialect) == []
    for request in found.draw(st.lists(writer.requests, min_size=3, max_size=3)):
        context = {key: value for key, value in request.context.items() if isinstance(value, str)}
        ours = evaluate([text], Request(request.action, request.resource, context, ("uin/1",)), writer.dialect)
        theirs = decide([text], Asked(request.action, request.resource, context, "1"), THEIRS[cloud], DEFAULT)
        if ours.known:
            assert (theirs.allowed, theirs.forbidden) == (ours.allowed, ours.explicit_deny), (text, request)


@in_both
def test_system_policies_are_taken_by_both_and_say_the_same(cloud: str) -> None:
    asked = [
        (action, resource)
        for action in (
            "ecs:DescribeInstances",
            "oss:GetObject",
            "cvm:DescribeInstances",
            "cos:PutObject",
            "ram:GetRole",
        )
        for resource in ("*", "acs:ecs:cn-hangzhou:1:instance/i-1", "qcs::cvm:ap-guangzhou:uin/1:instance/ins-1")
    ]
    for policy in data.system_policies(cloud).values():
        text = json.dumps(policy.document)
        assert takes(text, cloud) is None and complaints(text, "permission", LANGUAGES[cloud]) == [], policy.name
        statements = parse(text, "permission", LANGUAGES[cloud]).statements
        theirs = rules(text, THEIRS[cloud], "permission")
        assert [one.actions for one in statements] == [one.actions for one in theirs]
        assert [one.resources for one in statements] == [one.resources for one in theirs]
        for action, resource in asked:
            ours = evaluate([text], Request(action, resource, owners=("uin/1",)), LANGUAGES[cloud])
            answer = decide([text], Asked(action, resource, uin="1"), THEIRS[cloud], DEFAULT)
            assert not ours.known or ours.allowed is answer.allowed, (policy.name, action, resource)


WORDS = (
    *("Version", "Statement", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition", "Service"),
    *("StringEquals", "ip_equal", "1", "2.0", "Allow", "deny", "*", "ecs:*", "name/cvm:X", "acs:oss:*:*:b"),
    *("qcs::cos:::b", "acs:a", "10.0.0.0/40", "${uin}"),
)
_word = st.sampled_from(("", *WORDS, *(word.lower() for word in WORDS)))
broken = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _word,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_word, inner, max_size=4),
    max_leaves=12,
)


@in_both
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=st.data())
def test_broken_documents_are_refused_by_both(cloud: str, found: st.DataObject) -> None:
    writer: Writer = WRITERS[cloud]
    d = writer.dialect
    document = found.draw(mutations(found.draw(documents_of(writer)), writer))
    statement = document[d.statement_key][0]
    part = found.draw(st.sampled_from((*d.elements[2:8], "Sid")))
    place = found.draw(st.sampled_from(("statement", "document", "whole", "without")))
    value = found.draw(broken)
    if place == "statement":
        statement[part] = value
    elif place == "document":
        document[found.draw(st.sampled_from((d.version_key, d.statement_key, "Id")))] = value
    elif place == "without":
        statement.pop(part, None)
    agree(value if place == "whole" else document, cloud, found.draw(st.sampled_from(("permission", "trust"))))


@in_both
@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '"x"', "[" * 5000, '{"a":' * 5000, '{"Version": ' + "9" * 6000 + "}", '{"Version": NaN}',
        '{"Version": "\\ud800"}', '{"Version": "1", "Version": "1"}', '{"Version": 1e999}',
    ],
)  # fmt: skip
def test_texts_that_are_no_document_are_refused_by_both(cloud: str, text: str) -> None:
    assert takes(text, cloud) is not None and complaints(text, "permission", LANGUAGES[cloud])


@in_both
@pytest.mark.parametrize("service", ["ecs.aliyuncs.com", "cvm.qcloud.com", "fc.aliyuncs.com"])
@pytest.mark.parametrize("conditions", [None, {"x": {"acs:a": "b"}}])
@pytest.mark.parametrize("effects", [("allow",), ("deny",), ("allow", "deny")])
def test_trust_is_the_same_to_both(cloud: str, service: str, conditions: Any, effects: tuple[str, ...]) -> None:
    d = LANGUAGES[cloud]
    statements = []
    for effect in effects:
        one: dict[str, Any] = {
            d.effect_key: d.allow if effect == "allow" else d.deny,
            d.action_key: "sts:AssumeRole",
            d.principal_key: {d.service_kind: ["ecs.aliyuncs.com", "cvm.qcloud.com"]},
        }
        statements.append({**one, d.condition_key: conditions} if conditions else one)
    text = json.dumps({d.version_key: d.version, d.statement_key: statements})
    theirs = trusting(text, d.service_kind, {service}, None, THEIRS[cloud], DEFAULT)
    assert trusts_service(text, service, d) is theirs.allowed


@given(st.text("ab*?", max_size=8), st.text("ab*", max_size=8))
def test_wildcards_are_the_same_to_both(pattern: str, text: str) -> None:
    assert matches(pattern, text) is fits(pattern, text)
