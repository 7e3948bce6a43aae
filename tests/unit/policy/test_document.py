from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.policy.build import allow, deny, policy_document
from pulumi_instance_role.policy.document import LATER, Kind, PolicyError, complaints, parse

GOOD: dict[str, Any] = {"Effect": "Allow", "Action": "ecs:StartInstance", "Resource": "*"}
TRUST: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs.aliyuncs.com"}}


def with_parts(**parts: Any) -> dict[str, Any]:
    return {"Version": "1", "Statement": [GOOD, {**GOOD, **parts}]}


def without(key: str) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{k: v for k, v in GOOD.items() if k != key}]}


@pytest.mark.parametrize(
    ("document", "path", "problem"),
    [
        ("{", "", "not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ("[]", "", "must be an object, not []"),
        ('{"Version":"1","Version":"1","Statement":[]}', "", '"Version" is written twice in one object; keep one'),
        ({"Statement": [GOOD]}, "", "Version is missing"),
        ({"Version": "1"}, "", "Statement is missing"),
        (
            {"Version": "2012-10-17", "Statement": [GOOD]},
            "Version",
            'must be the text "1" (Alibaba Cloud), not "2012-10-17"',
        ),
        ({"Version": 1, "Statement": [GOOD]}, "Version", 'must be the text "1" (Alibaba Cloud), not 1'),
        (
            {"Version": "1", "Statement": []},
            "Statement",
            "must be a list with at least one statement, not []",
        ),
        (
            {"Version": "1", "Statement": GOOD},
            "Statement",
            "must be a list of statements; put [ ] around the one statement",
        ),
        (
            {"version": "1", "Statement": [GOOD]},
            "version",
            'is not known to Alibaba Cloud, it is how Tencent Cloud spells it; write "Version"',
        ),
        (
            {"Version": "1", "Statement": [GOOD], "Id": "x"},
            "Id",
            "is not known to Alibaba Cloud; known here: Version, Statement",
        ),
        (with_parts(Effect="allow"), "Statement[1].Effect", 'must be "Allow" or "Deny", not "allow"'),
        (with_parts(Effect=["Allow"]), "Statement[1].Effect", 'must be "Allow" or "Deny", not ["Allow"]'),
        (
            with_parts(Sid="a"),
            "Statement[1].Sid",
            "is not known to Alibaba Cloud; known here: Effect, Resource, Action, NotAction, Condition",
        ),
        (with_parts(ACTION="x:y"), "Statement[1].ACTION", 'is not known to Alibaba Cloud; write "Action"'),
        (
            with_parts(Action="ecs: CreateInstance"),
            "Statement[1].Action",
            'has a space in it: "ecs: CreateInstance"; write "ecs:CreateInstance"',
        ),
        (
            with_parts(Action=["ecs:StartInstance", "StopInstance"]),
            "Statement[1].Action[1]",
            'must be "*" or "service:ActionName", such as "ecs:DescribeInstances", not "StopInstance"',
        ),
        (with_parts(Action=[]), "Statement[1].Action", "must be a text or a list of texts, not []"),
        (with_parts(Action=[1]), "Statement[1].Action[0]", "must be a text, not 1"),
        (with_parts(NotAction="ecs:*"), "Statement[1]", "Action and NotAction cannot both be there; keep one"),
        (without("Action"), "Statement[0]", "Action is missing; name at least one action"),
        (without("Effect"), "Statement[0]", "Effect is missing"),
        (without("Resource"), "Statement[0]", "Resource is missing"),
        (
            with_parts(Resource="bucket/*x"),
            "Statement[1].Resource",
            'must be "*" or "acs:service:region:account:path", such as "acs:oss:*:*:bucket/*", not "bucket/*x"',
        ),
        (
            with_parts(Principal={"Service": "ecs.aliyuncs.com"}),
            "Statement[1].Principal",
            "has no place in a permission policy; it belongs in the role's trust policy",
        ),
        (
            with_parts(Condition={"StringEquals": {" ": "b"}}),
            "Statement[1].Condition.StringEquals. ",
            'is not a condition key; a key is "service:Key", such as "acs:SourceIp"',
        ),
        (with_parts(Condition=[]), "Statement[1].Condition", "must be an object, not []"),
        (
            with_parts(Condition={"StringEquals": "acs:a"}),
            "Statement[1].Condition.StringEquals",
            'must map condition keys to values, not "acs:a"',
        ),
        (
            with_parts(Condition={"IpAddress": {"acs:SourceIp": ["10.0.0.0/8", None]}}),
            "Statement[1].Condition.IpAddress.acs:SourceIp[1]",
            "must be a text, not null",
        ),
        (
            with_parts(Resource="qcs::cos:::bucket/*"),
            "Statement[1].Resource",
            'must be "*" or "acs:service:region:account:path", such as "acs:oss:*:*:bucket/*", '
            'not "qcs::cos:::bucket/*", which is how Tencent Cloud names resources',
        ),
        (
            with_parts(effect="Allow"),
            "Statement[1].effect",
            'is not known to Alibaba Cloud, it is how Tencent Cloud spells it; write "Effect"',
        ),
    ],
)
def test_refused(document: Any, path: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(document)
    assert caught.value.path == path
    assert caught.value.problem.startswith(problem)
    assert str(caught.value) == (f"{path}: {caught.value.problem}" if path else caught.value.problem)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "path", "problem"),
    [
        (
            {"Resource": "*"},
            "Statement[0].Resource",
            "has no place in a trust policy; say who is trusted in Principal",
        ),
        (
            {"Principal": {}},
            "Statement[0].Principal",
            "must name who is trusted, under Service or RAM or Federated",
        ),
        (
            {"Principal": {"AWS": "*"}},
            "Statement[0].Principal.AWS",
            "is not known to Alibaba Cloud; known here: Service, RAM, Federated",
        ),
        (
            {"Principal": {"Service": [""]}},
            "Statement[0].Principal.Service[0]",
            "must not be empty",
        ),
        (
            {"NotAction": "sts:X"},
            "Statement[0].NotAction",
            "is not known to Alibaba Cloud; known here: Effect, Action, Principal, Condition",
        ),
    ],
)
def test_refused_as_trust(parts: dict[str, Any], path: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse({"Version": "1", "Statement": [{**TRUST, **parts}]}, kind="trust")
    assert (caught.value.path, caught.value.problem) == (path, problem)


@pytest.mark.parametrize(
    "parts",
    [
        {"Action": "*"},
        {"Action": ["ecs:*", "mns:Send?essage", "apigateway:/api/x"]},
        {"Resource": ["acs:oss:*:*:b/a:b", "acs:oss:*", "acs:ecs:cn-hangzhou:1:instance/i-1"]},
        {"Condition": {}},
        {"Condition": {"Bool": {"acs:SecureTransport": True}, "NumericEquals": {"oss:MaxKeys": [1, 2.5]}}},
        {"Condition": {"StringEquals": {"ecs:tag/with space": ["", "x"]}}},
        {"Condition": {"StringEqual": {"acs:a": "b"}, "stringequals": {"SourceIp": "b"}}},  # not known: goes as it is
        {
            "Condition": {
                "IpAddress": {"acs:SourceIp": ["10.0.0.0/8", "10.0.0.0/40"]},
                "Bool": {"acs:MFAPresent": "yes"},
            }
        },
        {"Condition": {"ForAllValues:StringEquals": {"ram:TrustedPrincipalTypes": "Service"}}},
    ],
)
def test_accepted(parts: dict[str, Any]) -> None:
    document = with_parts(**parts)
    assert parse(document) == parse(json.dumps(document))


def test_numbers_and_truth_values_become_their_text() -> None:
    when = {"Bool": {"acs:SecureTransport": True}, "NumericEquals": {"oss:MaxKeys": [1, 2.5]}}
    conditions = parse(with_parts(Condition=when)).statements[1].conditions
    assert [condition.values for condition in conditions] == [("true",), ("1", "2.5")]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("Version", "Statement", "Effect", "Action", "Condition", "x")), inner)
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from(("permission", "trust", None)))
def test_nothing_but_a_policy_error_comes_of_bad_input(value: Any, kind: Any) -> None:
    for document in (value, {"Version": "1", "Statement": [value]}, with_parts(Condition=value), json.dumps(value)):
        try:
            parse(document, kind)
        except PolicyError as error:
            assert "\n" not in str(error)


def test_builders() -> None:
    statement = allow(
        "oss:GetObject", "oss:ListObjects", on="acs:oss:*:*:b/*", when={"Bool": {"acs:MFAPresent": "true"}}
    )
    assert statement == {
        "Effect": "Allow",
        "Action": ["oss:GetObject", "oss:ListObjects"],
        "Resource": ["acs:oss:*:*:b/*"],
        "Condition": {"Bool": {"acs:MFAPresent": ["true"]}},
    }
    document = policy_document(statement, deny("ram:*", on="*"))
    assert [item.allows for item in parse(document).statements] == [True, False]


def test_builder_names_the_place_in_the_statement() -> None:
    with pytest.raises(PolicyError) as caught:
        allow("oss: GetObject", on="*")
    assert caught.value.path == "Action[0]"
    with pytest.raises(PolicyError, match=r"^Action: must be a text or a list"):
        allow(on="*")


def test_every_complaint_is_told_with_its_place() -> None:
    source = {
        "Version": "2",
        "Statement": [
            {"effect": "Allow", "Action": ["ecs:*", "Stop", 1], "Resource": "*", "Sid": "a"},
            "no statement",
            {**GOOD, "Action": "ecs:*", "NotAction": "oss:*", "Condition": {"Bool": {"acs:a": "maybe", "b": "true"}}},
            GOOD,
            {"Effect": "Allow", "Principal": {"Service": "a.b"}, "Action": "ecs:*"},
        ],
    }
    assert [one.path for one in complaints(source)] == [
        "Version",
        "Statement[0].effect",
        "Statement[0].Sid",
        "Statement[0].Action[1]",
        "Statement[0].Action[2]",
        "Statement[1]",
        "Statement[2]",
        "Statement[4].Principal",
        "Statement[4]",
    ]
    assert [one.path for one in complaints({"Version": "1", "Statement": [TRUST, GOOD]}, "trust")] == [
        "Statement[1].Resource",
        "Statement[1]",
    ]
    assert complaints({"Version": "1", "Statement": [GOOD]}) == []
    with pytest.raises(PolicyError, match=r"^Version: must be"):
        parse(source)


def test_what_is_not_known_yet_passes_for_anything() -> None:
    later: list[dict[str, Any]] = [
        {"Version": LATER, "Statement": LATER},
        {"Version": "1", "Statement": [LATER, {**GOOD, "Effect": LATER, "Action": LATER, "Resource": [LATER]}]},
        {"Version": "1", "Statement": [{**GOOD, "Condition": LATER}, {**GOOD, "Condition": {"Bool": LATER}}]},
        {"Version": "1", "Statement": [{**GOOD, "Condition": {"Bool": {"acs:a": LATER, "acs:b": [LATER, "true"]}}}]},
    ]
    for source in later:
        assert complaints(source) == []
    assert complaints({"Version": "1", "Statement": [{**TRUST, "Principal": LATER}]}, "trust") == []
    assert complaints({"Version": "1", "Statement": [{**TRUST, "Principal": {"Service": LATER}}]}, "trust") == []
    partly = {"Version": "1", "Statement": [LATER, {**GOOD, "Resource": [LATER, "bucket"], "Effect": "Maybe"}]}
    assert [one.path for one in complaints(partly)] == ["Statement[1].Effect", "Statement[1].Resource[1]"]


@pytest.mark.parametrize("kind", ["permission", "trust"])
def test_a_secret_document_is_not_shown(kind: Kind) -> None:
    word = "hush"
    places: list[Any] = [
        f'{{"{word}": 1, "{word}": 2}}',
        f'{{"Version": "{word}", "Statement": "{word}", "{word}": 1}}',
        with_parts(**{word: 1, "Effect": word, "Action": [word, f"{word}: x"], "Resource": word, "Condition": word}),
        with_parts(Condition={word: {}, "Bool": {word: word, f"acs:{word}": word}, "IpAddress": word}),
        {"Version": "1", "Statement": [word, {**TRUST, "Principal": {word: word}}, {**TRUST, "Principal": word}]},
    ]
    for source in places:
        found = complaints(source, kind, secret=True)
        assert found and not any(word in str(one) for one in found)
        assert len(found) == len(complaints(source, kind))
