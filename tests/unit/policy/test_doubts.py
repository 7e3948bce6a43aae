"""What is not known in a document is told with its place, with a word that may be meant, and never as a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role import data
from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.policy.canonical import canonical
from pulumi_instance_role.policy.dialect import LANGUAGES
from pulumi_instance_role.policy.document import LATER, complaints, parse, read
from pulumi_instance_role.policy.doubts import doubts, words_of
from pulumi_instance_role.policy.load import shown
from pulumi_instance_role.policy.near import nearest
from pulumi_instance_role.policy.unseen import bare, unseen


def remarks(cloud: str, secret: Any = False, **parts: Any) -> list[str]:
    d = LANGUAGES[cloud]
    statement = {d.effect_key: d.allow, d.action_key: "*", d.resource_key: "*", **parts}
    source = {d.version_key: d.version, d.statement_key: [LATER, statement]}
    assert complaints(source, "permission", d, secret=secret) == []
    document, _ = read(source, "permission", d)
    assert document is not None
    return [str(one) for one in doubts(document, words_of(cloud, data.known_actions), secret=secret)]


Z = "\u200b"
SEEN, BLANK = ', which cannot be seen; is "{}" meant?', ' has white space at an end; is "{}" meant?'
UNSEEN: list[tuple[str, dict[str, Any], list[str]]] = [
    ("alibaba", {"Resource": "acs:oss:*:*:b/my file"}, []),
    ("alibaba", {"Resource": "acs:oss:*:*:b/\u2764\ufe0f"}, []),  # it changes how the character before it looks
    (
        "alibaba",
        {"Resource": ["*", f"acs:oss:*:*:b/{Z}x"]},
        [r'Statement[1].Resource: "acs:oss:*:*:b/\u200bx" holds U+200B' + SEEN.format("acs:oss:*:*:b/x")],
    ),
    (
        "tencent",
        {"resource": [f"qcs::cos:::b{n}/{Z}" for n in range(7)]},
        [
            "statement[1].resource: 7 texts have white space at an end or hold characters that cannot be seen: "
            + ", ".join(rf'"qcs::cos:::b{n}/\u200b"' for n in range(5))
            + " and 2 more; take these out, if they are not meant"
        ],
    ),
    (
        "alibaba",
        {"Condition": {"StringEquals": {"acs:SourceVpc": "vpc-1 "}}},
        ['Statement[1].Condition.StringEquals.acs:SourceVpc: "vpc-1 "' + BLANK.format("vpc-1")],
    ),
    (
        "alibaba",  # it is told once, and not as what is no address besides
        {"Condition": {"IpAddress": {"acs:SourceIp": [" 10.0.0.0/8", "10.1.0.0/16"]}}},
        ['Statement[1].Condition.IpAddress.acs:SourceIp: " 10.0.0.0/8"' + BLANK.format("10.0.0.0/8")],
    ),
    (
        "tencent",
        {"condition": {"string_equal": {"qcs:tag": "env&dev\n"}}},
        [r'statement[1].condition.string_equal.qcs:tag: "env&dev\n" holds U+000A' + SEEN.format("env&dev")],
    ),
    (
        "alibaba",
        {"Condition": {f"StringEquals{Z}": {f"oss:Prefix{Z}": "a"}}},
        [
            r'Statement[1].Condition.StringEquals\u200b: "StringEquals\u200b" holds U+200B'
            + SEEN.format("StringEquals"),
            r'Statement[1].Condition.StringEquals\u200b.oss:Prefix\u200b: "oss:Prefix\u200b" holds U+200B'
            + SEEN.format("oss:Prefix"),
        ],
    ),
    (
        "tencent",
        {"condition": {"string_like": {"cos:prefix ": ["a", 3, True]}}},
        ['statement[1].condition.string_like.cos:prefix : "cos:prefix "' + BLANK.format("cos:prefix")],
    ),
]


@pytest.mark.parametrize(("cloud", "parts", "said"), UNSEEN)
def test_what_cannot_be_seen(cloud: str, parts: dict[str, Any], said: list[str]) -> None:
    assert remarks(cloud, **parts) == said
    told = [one.partition(": ")[2] for one in remarks(cloud, secret=True, **parts)]
    assert told == ["holds white space at an end, or a character that cannot be seen"] * len(said)


@given(st.text(st.sampled_from("a \u200b\u00ad\u202e\ufe0f\n"), max_size=8))
def test_what_is_shown_of_a_text_can_be_seen(text: str) -> None:
    assert json.loads(shown(text)) == text and unseen(shown(text)) == [] == unseen(bare(text))
    assert (bare(text) == text) == (not unseen(text) and text == text.strip())


LISTS = "Statement: {} not in our lists, which are not complete: {}; check the spelling"


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ("oss:GetObject", []),
        ("oss:getobject", []),  # letter case is of no matter here
        (["*", "oss:*", "oss:Get*", "ecs:Describe?nstances", "*:Describe*"], []),
        (
            "oss:GetObjct",
            ['Statement[1].Action: "oss:GetObjct" is not in our list of actions; is "oss:GetObject" meant?'],
        ),
        (
            ["ecs:StartInstanc", "oss:GetObject"],
            ['Statement[1].Action: "ecs:StartInstanc" is not in our list of actions; is "ecs:StartInstance" meant?'],
        ),
        (
            "osss:GetObject",
            ['Statement[1].Action: "osss:GetObject": "osss" is not in our list of services; is "oss" meant?'],
        ),
        (
            "cos:GetObject",
            ['Statement[1].Action: "cos:GetObject": "cos" is a service of Tencent Cloud; check the spelling'],
        ),
        (
            "vpc:Descrbe*",
            ['Statement[1].Action: "vpc:Descrbe*" covers no action in our list; is "vpc:Describe*" meant?'],
        ),
        ("nowhere:DoIt", [LISTS.format("1 action is", "nowhere:DoIt")]),
        (
            [f"nowhere:Do{n}" for n in range(7)],
            [LISTS.format("7 actions are", ", ".join(f"nowhere:Do{n}" for n in range(5)) + " and 2 more")],
        ),
    ],
)
def test_actions(actions: Any, said: list[str]) -> None:
    assert remarks("alibaba", Action=actions) == said


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        (["name/cvm:DescribeInstances", "cvm:DescribeInstances", "cos:PutObject"], []),
        (
            "cvm:describeinstances",
            '"cvm:describeinstances" is not in our list of actions; is "cvm:DescribeInstances" meant?',
        ),
        (
            "name/cvm:DescribInstances",
            '"name/cvm:DescribInstances" is not in our list of actions; is "cvm:DescribeInstances"',
        ),
        ("ecs:StartInstance", '"ecs:StartInstance": "ecs" is a service of Alibaba Cloud'),
    ],
)
def test_actions_of_the_other_cloud(actions: Any, said: str | list[str]) -> None:
    found = remarks("tencent", action=actions)
    assert found == said if isinstance(said, list) else len(found) == 1 and said in found[0]


@pytest.mark.parametrize(
    ("cloud", "condition", "said"),
    [
        ("alibaba", {"StringEquals": {"acs:SourceVpc": "x", "oss:Prefix": "y", "acs:ResourceTag/a": "z"}}, []),
        (
            "alibaba",
            {"stringequals": {"acs:SourceIp": "x"}},
            ['stringequals: is not a known operator of Alibaba Cloud; is "StringEquals" meant?'],
        ),
        (
            "alibaba",
            {"Mystery": {"acs:SourceIP": "x"}},
            [
                "Mystery: is not a known operator of Alibaba Cloud; check the spelling",
                'Mystery.acs:SourceIP: is not a known condition key of Alibaba Cloud; is "acs:SourceIp" meant?',
            ],
        ),
        (
            "alibaba",
            {"ip_equal": {"acs:SourceIp": "x"}},
            ['ip_equal: is an operator of Tencent Cloud; is "IpAddress" meant?'],
        ),
        (
            "alibaba",
            {"StringEquals": {"qcs:ip": "x", "acs:ResourcTag/a": "z", "SourceIp": "x"}},
            [
                'StringEquals.qcs:ip: is a condition key of Tencent Cloud; is "acs:SourceIp" meant?',
                "StringEquals.acs:ResourcTag/a: is not a known condition key of Alibaba Cloud; is "
                '"acs:ResourceTag/a" meant?',
                "StringEquals.SourceIp: is not a known condition key of Alibaba Cloud; check the spelling",
            ],
        ),
        (
            "alibaba",
            {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8", "10.0.0.0/40"]}},
            [
                'IpAddress.acs:SourceIp: "10.0.0.0/40" is not an address or a network, such as 10.0.0.0/8; what the '
                "condition lets through is not known here"
            ],
        ),
        ("tencent", {"for_any_value:string_equal": {"qcs:resource_tag": ["a&b"]}}, []),
        ("tencent", {"string_equal": {"qcs:create_uin": "${uin}"}, "numeric_equal": {"vpc:size": "${uin}"}}, []),
        (
            "tencent",
            {"for_any_value:string_equals": {"qcs:resourcetag": "a&b"}},
            [
                "for_any_value:string_equals: is not a known operator of Tencent Cloud; is "
                '"for_any_value:string_equal" meant?',
                "for_any_value:string_equals.qcs:resourcetag: is not a known condition key of Tencent Cloud; is "
                '"qcs:resource_tag" meant?',
            ],
        ),
        (
            "tencent",
            {"ForAnyValue:StringEquals": {"acs:ResourceTag/a": "b"}},
            [
                'ForAnyValue:StringEquals: is an operator of Alibaba Cloud; is "for_any_value:string_equal" meant?',
                "ForAnyValue:StringEquals.acs:ResourceTag/a: is a condition key of Alibaba Cloud; is "
                '"qcs:resource_tag" meant?',
            ],
        ),
    ],
)
def test_conditions(cloud: str, condition: dict[str, Any], said: list[str]) -> None:
    d = LANGUAGES[cloud]
    path = f"{d.statement_key}[1].{d.condition_key}."
    assert remarks(cloud, **{d.condition_key: condition}) == [path + one for one in said]


def test_a_service_of_another_cloud_is_told() -> None:
    d = LANGUAGES["alibaba"]
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": ["cvm.qcloud.com", "fc.aliyuncs.com"]},
    }
    (one,) = doubts(parse({"Version": "1", "Statement": [statement]}, "trust", d))
    assert (
        str(one) == 'Statement[0].Principal.Service: "cvm.qcloud.com" is a service of Tencent Cloud; check the spelling'
    )
    assert one.speaker == "tencent"


def test_nothing_of_a_secret_document_is_shown() -> None:
    condition = {"hush": {"hush": "x"}, "IpAddress": {"acs:hush": "hush"}}
    found = remarks("alibaba", secret=True, Action=["oss:hush", "hush:GetObject", "oss:GetObjct"], Condition=condition)
    assert len(found) >= 5 and not any("hush" in one or "Objct" in one for one in found)


def test_a_doubted_document_goes_as_it_is() -> None:
    when = {"stringequals": {"acs:SourceIP": ["x"]}, "IpAddress": {"acs:SourceIp": ["10.0.0.0/40"]}}
    source = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["oss:GetObjct"], "Resource": ["*"], "Condition": when}],
    }
    assert canonical(source) == source
    assert allow("oss:GetObjct", on="*", when=when)["Condition"] == when


def test_system_policies_are_hardly_doubted() -> None:
    """What the clouds print themselves is right: whatever is doubted in it shows what our lists lack."""
    found = [
        (name, str(one))
        for cloud, language in LANGUAGES.items()
        for name, policy in data.system_policies(cloud).items()
        for one in doubts(
            parse(json.dumps(policy.document), "permission", language), words_of(cloud, data.known_actions)
        )
    ]
    assert {name for name, _ in found} == {"AliyunOTSReadOnlyAccess", "AliyunYundunAntiDDoSPremiumReadOnlyAccess"}


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("AliyunOSSReadonlyAcess", ("AliyunOSSFullAccess", "AliyunOSSReadOnlyAccess"), "AliyunOSSReadOnlyAccess"),
        ("aliyunossfullaccess", ("AliyunOSSFullAccess",), "AliyunOSSFullAccess"),
        ("GetObjectTagging", ("PutObjectTagging", "GetObject"), None),  # another verb is another action
        ("PtuObjectTagging", ("PutObjectTagging", "GetObject"), "PutObjectTagging"),
        ("quite-another", ("AliyunOSSFullAccess",), None),
        ("x", (), None),
    ],
)
def test_nearest(word: str, known: tuple[str, ...], meant: str | None) -> None:
    assert nearest(word, known) == meant
