"""Arguments of the wrong kind: each is told with what it is, and with the last step that puts it right."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pulumi
import pytest

import pulumi_instance_role as ir
from pulumi_instance_role.host.process import HOST
from pulumi_instance_role.host.provider import Checked
from pulumi_instance_role.program.gathered import gathered
from pulumi_instance_role.program.judge import Finding
from pulumi_instance_role.resources.attachment import RolePolicyAttachmentProvider
from pulumi_instance_role.resources.binding import InstanceRoleBindingProvider
from pulumi_instance_role.resources.grant import PassRoleGrantProvider
from pulumi_instance_role.resources.policy import RolePolicyProvider
from pulumi_instance_role.resources.role import InstanceRoleProvider
from tests.unit.resources.test_arguments import DOCUMENT, binding, bond, engine, identity, in_program, policy, role

assert engine  # the fixture, for this module too

PROVIDERS: dict[str, Any] = {
    "InstanceRole": InstanceRoleProvider(),
    "RolePolicy": RolePolicyProvider(),
    "RolePolicyAttachment": RolePolicyAttachmentProvider(),
    "InstanceRoleBinding": InstanceRoleBindingProvider(),
    "PassRoleGrant": PassRoleGrantProvider(),
}
REGION = {"alibaba": "cn-hangzhou", "tencent": "ap-guangzhou"}
GOOD: dict[str, dict[str, Any]] = {
    "InstanceRole": {"name": "web"},
    "RolePolicy": {"name": "read"},
    "RolePolicyAttachment": {"role": "web", "policy": "read", "policy_type": "Custom"},
    "InstanceRoleBinding": {"role": "web", "instance_ids": []},
    "PassRoleGrant": {"name": "grant", "roles": ["web"], "user": "ops"},
}
OWNER = {"project": "p", "stack": "s", "resource": "r"}
NO_ID = "not an instance id of this cloud"
NO_IDS = "not instance ids of this cloud"
BLANKS = "take white space and control characters out"


def told(kind: str, given: dict[str, Any], cloud: str = "alibaba") -> list[tuple[str, str]]:
    """What the provider's own check says: property and reason."""
    texts = {
        "alibaba": '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Get*","Resource":"*"}]}',
        "tencent": '{"version":"2.0","statement":[{"effect":"allow","action":["cos:*"],"resource":["*"]}]}',
    }
    document = {"document": texts[cloud]} if kind == "RolePolicy" else {}
    news = {"cloud": cloud, "region": REGION[cloud], "owner": OWNER, **document, **GOOD[kind], **given}
    return [(one.property, one.reason) for one in PROVIDERS[kind].check({}, news).failures]


WRONG: list[tuple[str, str, dict[str, Any], str, str]] = [
    # -- an ARN in the place of a name
    ("InstanceRole", "alibaba", {"name": "acs:ram::1:role/web"}, "name", "'acs:ram::1:role/web' is an ARN; give the "),
    ("InstanceRole", "tencent", {"name": "qcs::cam::uin/1:roleName/web"}, "name", "give the name alone, 'web'"),
    ("InstanceRole", "tencent", {"name": "qcs::cam::uin/1:role/4611"}, "name", "is an ARN; give the name alone"),
    ("RolePolicy", "alibaba", {"name": "acs:ram::1:policy/read"}, "name", "give the name alone, 'read'"),
    ("RolePolicyAttachment", "alibaba", {"role": "acs:ram::1:role/web"}, "role", "give the name alone, 'web'"),
    ("RolePolicyAttachment", "tencent", {"role": "qcs::cam::uin/1:roleName/web"}, "role", "give the name alone, 'web'"),
    (
        "RolePolicyAttachment",
        "alibaba",
        {"policy": "acs:ram::system:policy/AliyunOSSReadOnlyAccess", "policy_type": "System"},
        "policy",
        "give the name alone, 'AliyunOSSReadOnlyAccess'",
    ),
    ("InstanceRoleBinding", "alibaba", {"role": "acs:ram::1:role/web"}, "role", "give the name alone, 'web'"),
    (
        "PassRoleGrant",
        "alibaba",
        {"roles": ["acs:ram::1:role/web"]},
        "roles",
        "it is an ARN; give the name alone, 'web'",
    ),
    ("PassRoleGrant", "alibaba", {"user": "acs:ram::1:user/ops"}, "user", "give the name alone, 'ops'"),
    ("PassRoleGrant", "tencent", {"user": "qcs::cam::uin/1:uin/2"}, "user", "is an ARN; give the name alone"),
    # -- a name in the place of an ARN
    (
        "InstanceRole",
        "alibaba",
        {"assume_role_arn": "deployer"},
        "assume_role_arn",
        "write it as acs:ram::<account id>",
    ),
    ("InstanceRole", "tencent", {"assume_role_arn": "deployer"}, "assume_role_arn", "write it as qcs::cam::uin/"),
    # -- ids
    ("InstanceRoleBinding", "alibaba", {"instance_ids": ["i-1 "]}, "instance_ids", f"'i-1 ': {NO_ID}; {BLANKS}"),
    ("InstanceRoleBinding", "alibaba", {"instance_ids": ["i-1\n"]}, "instance_ids", f"'i-1\\n': {NO_ID}; {BLANKS}"),
    (
        "InstanceRoleBinding",
        "alibaba",
        {"instance_ids": ["ins-1a"]},
        "instance_ids",
        f'ins-1a: {NO_ID}, but of Tencent Cloud; give ids of Alibaba Cloud, or say cloud="tencent"',
    ),
    (
        "InstanceRoleBinding",
        "tencent",
        {"instance_ids": ["i-1a"]},
        "instance_ids",
        "but of Alibaba Cloud; give ids of T",
    ),
    (
        "InstanceRoleBinding",
        "alibaba",
        {"instance_ids": ["i-1,i-2"]},
        "instance_ids",
        "give each id as a text of its own",
    ),
    (
        "InstanceRoleBinding",
        "alibaba",
        {"instance_ids": ["acs:ecs:cn-hangzhou:1:instance/i-1"]},
        "instance_ids",
        "give the id alone, not an ARN",
    ),
    (
        "InstanceRoleBinding",
        "alibaba",
        {"instance_ids": ["web 1"]},
        "instance_ids",
        "'web 1': " + NO_ID + "; give ids, n",
    ),
    ("PassRoleGrant", "tencent", {"instance_ids": ["i-1"]}, "instance_ids", "but of Alibaba Cloud"),
    ("PassRoleGrant", "alibaba", {"instance_ids": [3]}, "instance_ids", "3: not a text; give ids"),
    # -- what cannot be seen
    (
        "InstanceRole",
        "alibaba",
        {"name": "we\u200bb"},
        "name",
        r"'we\u200bb' holds U+200B, which cannot be seen; take it",
    ),
    ("RolePolicy", "tencent", {"name": "read\u200c"}, "name", "holds U+200C, which cannot be seen; take it out"),
    ("InstanceRole", "alibaba", {"assume_role_arn": "acs:ram::1:role/\u2060x"}, "assume_role_arn", "holds U+2060, wh"),
    (
        "RolePolicyAttachment",
        "tencent",
        {"role": "\ufeffweb"},
        "role",
        r"'\ufeffweb' holds U+FEFF, which cannot be seen",
    ),
    (
        "RolePolicyAttachment",
        "alibaba",
        {"policy": "re\u00adad"},
        "policy",
        "holds U+00AD, which cannot be seen; take i",
    ),
    (
        "InstanceRoleBinding",
        "tencent",
        {"role": "\u202eweb\u202c"},
        "role",
        "holds U+202E, U+202C, which cannot be seen",
    ),
    ("InstanceRoleBinding", "alibaba", {"role": "a\u3164"}, "role", "holds U+3164, which cannot be seen; take it out"),
    ("PassRoleGrant", "alibaba", {"user": "ops\u200d"}, "user", "holds U+200D, which cannot be seen; take it out"),
    (
        "PassRoleGrant",
        "alibaba",
        {"roles": ["w\u200beb"]},
        "roles",
        r"'w\u200beb': holds U+200B, which cannot be seen; t",
    ),
    (
        "InstanceRoleBinding",
        "alibaba",
        {"instance_ids": ["i-1\u200b", "\u200bi-2", "i-3"]},
        "instance_ids",
        r"2 texts hold U+200B, which cannot be seen ('\u200bi-2', 'i-1\u200b'); take it out",
    ),
    # -- a region
    (
        "InstanceRole",
        "alibaba",
        {"region": "ap-guangzhou"},
        "region",
        '"ap-guangzhou" is not a region of Alibaba Cloud; it is one of Tencent Cloud (cloud="tencent")',
    ),
    ("InstanceRole", "tencent", {"region": "cn-hangzhou"}, "region", "it is one of Alibaba Cloud"),
    ("InstanceRole", "alibaba", {"region": "cn-hangzou"}, "region", 'is "cn-hangzhou" meant?'),
    # -- the cloud, and words of closed lists
    ("InstanceRole", "alibaba", {"cloud": "aliyun"}, "cloud", "not 'aliyun'; is 'alibaba' meant?"),
    ("RolePolicyAttachment", "alibaba", {"policy_type": "system"}, "policy_type", "is 'System' meant?"),
    ("InstanceRoleBinding", "alibaba", {"on_conflict": "replaced"}, "on_conflict", "is 'replace' meant?"),
    # -- documents
    ("RolePolicy", "alibaba", {"document": "policy.json"}, "", "document: is the name of a file, not a document; give"),
    ("InstanceRole", "alibaba", {"trust_policy": "./trust.json"}, "", "trust_policy: is the name of a file"),
]


@pytest.mark.parametrize(("kind", "cloud", "given", "prop", "words"), WRONG)
def test_the_check_says_what_it_is_and_what_to_do(
    kind: str, cloud: str, given: dict[str, Any], prop: str, words: str
) -> None:
    assert told(kind, {}, cloud) == []
    found = told(kind, given, cloud)
    assert [one for one in found if one[0] == prop and words in one[1]], found


def test_ids_with_the_same_fault_are_told_together() -> None:
    (first, second) = told("InstanceRoleBinding", {"instance_ids": ["i-1 ", "web-1", "web-2", " i-2"]})
    assert first == ("instance_ids", f"2 texts are {NO_IDS} (' i-2', 'i-1 '); {BLANKS}")
    assert second == ("instance_ids", f"2 texts are {NO_IDS} (web-1, web-2); give ids, not names")


NO_ROLES, NO_REGIONS = "not role names of this cloud", "not regions"
ONE_BY_ONE = "give names, one by one, without wildcards"
MANY: list[tuple[str, str, str, str, str, str]] = [
    ("InstanceRoleBinding", "alibaba", "instance_ids", "i_{}", NO_IDS, "give ids, not names"),
    (
        "InstanceRoleBinding",
        "alibaba",
        "instance_ids",
        "ins-{}",
        f"{NO_IDS}, but of Tencent Cloud",
        "give ids of Aliba",
    ),
    (
        "InstanceRoleBinding",
        "tencent",
        "instance_ids",
        "i-{}",
        f"{NO_IDS}, but of Alibaba Cloud",
        "give ids of Tencent",
    ),
    ("PassRoleGrant", "tencent", "instance_ids", "vm{}", NO_IDS, "give ids, not names"),
    ("PassRoleGrant", "alibaba", "roles", "ops+{}", NO_ROLES, ONE_BY_ONE),
    ("PassRoleGrant", "tencent", "regions", "cn_{}", NO_REGIONS, ONE_BY_ONE),
]


@pytest.mark.parametrize(("kind", "cloud", "prop", "text", "words", "remedy"), MANY)
def test_what_many_resources_have_in_their_lists_is_one_line(
    kind: str, cloud: str, prop: str, text: str, words: str, remedy: str
) -> None:
    def lines(count: int, *secret: str) -> list[str]:
        """What a preview says of so many resources, each with a wrong text of its own."""
        found = []
        for number in range(count):
            news = {"cloud": cloud, "region": REGION[cloud], "owner": OWNER, **GOOD[kind], prop: [text.format(number)]}
            checked = Checked({}, news, secret=secret)
            PROVIDERS[kind].examine(checked, HOST)
            found += [Finding(kind, f"r{number}", one) for one in checked.faults]
        return [str(one) for one in gathered(found)]

    few = ", ".join(text.format(number) for number in range(5))
    (line,) = lines(7)
    many = f'{kind} "r0", "r1", "r2", "r3", "r4" and 2 more {prop}: '
    assert line.startswith(f"{many}7 texts are {words} ({few} and 2 more); {remedy}")
    (line,) = lines(7, prop)
    assert line.startswith(f"{many}[secret]: not a") and few not in line
    assert len(lines(2)) == 2 and f'"r1" {prop}: {text.format(1)}: not a' in lines(2)[1]


NAMES = ["aliyun", "Alicloud", "alibaba cloud", "ALIBABA", "alibabacloud"], ["qcloud", "tencentcloud", "Tencent Cloud"]


def allowing(cloud: str) -> object:
    return ir.allow("x:*", on="*", cloud=cloud)


def finding(cloud: str) -> object:
    return ir.find_instances(cloud, names=["a"])


@in_program
def test_other_names_of_a_cloud_are_understood_and_not_taken() -> None:
    for meant, names in zip(("alibaba", "tencent"), NAMES, strict=True):
        for name in names:
            for make in (role, identity, allowing, finding):
                with pytest.raises(ValueError, match=rf"^cloud: must be .*, not '{name}'; is '{meant}' meant\?$"):
                    make(cloud=name)
    with pytest.raises(ValueError, match=r"not 'aws'$"):
        role(cloud="aws")
    with pytest.raises(TypeError, match=r"^cloud: must be str, not list"):
        role(cloud=["alibaba"])


untyped: Any = ir
"""As a program without a type checker calls it."""

LINES: list[tuple[Any, str]] = [
    (lambda: role(cloud="aliyun"), "cloud: must be"),
    (lambda: role(region=3), "region: must be str, not int"),
    (
        lambda: policy(document="read.json"),
        "document: 'read.json' is the name of a file, not a document; give the text",
    ),
    (
        lambda: policy(document=Path("read.json")),
        "document: must be dict or str, not PosixPath; .* of a file give the t",
    ),
    (lambda: policy(documnet=DOCUMENT), "RolePolicy: .*'documnet'; is 'document' meant\\?"),
    (lambda: untyped.InstanceRole(), "InstanceRole: missing a required argument: 'resource_name'"),
    (lambda: bond(policy_type="Systm"), "policy_type: must be 'Custom' or 'System', not 'Systm'; is 'System' meant\\?"),
    (lambda: binding(instance_ids="i-1"), "instance_ids: must be list"),
    (lambda: identity(policies=["read.json"]), r"policies\[0\]: 'read.json' is the name of a file"),
    (lambda: identity(policies=[{"Statement": {1, 2}}]), "document: cannot be written as JSON"),
    (lambda: identity(on_conflict="replaces"), "on_conflict: must be .*; is 'replace' meant\\?"),
    (lambda: untyped.allow("oss:GetObject", on=3), "on: must be a text or a list of texts, not int; give "),
    (
        lambda: untyped.allow("oss:GetObject", on=[3]),
        "on: must be a text or a list of texts, not a list with int; give ",
    ),
    (lambda: untyped.allow("oss:GetObject", on=pulumi.Output.from_input("*")), "on: .* call this inside its apply"),
    (lambda: untyped.allow("oss:GetObject", on="*", when="x"), "when: must be a dictionary of operators"),
    (lambda: untyped.allow("oss:GetObject", resource="*"), "allow: "),
    (lambda: untyped.policy_document("{}"), r"statements\[0\]: must be a dictionary, not str; give what allow"),
    (
        lambda: untyped.policy_document([untyped.allow("oss:*", on="*")]),
        r"statements\[0\]: must be a dictionary, not list; give e",
    ),
    (lambda: untyped.policy_document(DOCUMENT), r"statements\[0\]: is a whole document; give its statements"),
    (lambda: untyped.trust_document(3), "services: must be a text or a list of texts, not int"),
    (lambda: untyped.trust_document("cvm.qcloud.com"), "is a service of Tencent Cloud; pass cloud="),
    (
        lambda: ir.find_instances(cloud="alibaba", vpc_id="vpc-1\u200b"),
        r"vpc_id: 'vpc-1\\u200b' holds U\+200B, which cannot be seen; take it out",
    ),
    (lambda: untyped.find_instances(cloud="alibaba"), "find_instances: give vpc_id="),
]


@in_program
def test_a_wrong_argument_is_one_line_below_the_line_that_wrote_it() -> None:
    for make, words in LINES:
        with pytest.raises((TypeError, ValueError), match=words) as caught:
            make()
        error = caught.value
        assert "\n" not in str(error) and error.__cause__ is None and error.__suppress_context__
        ours = [one for one in traceback.extract_tb(error.__traceback__) if "pulumi_instance_role" in one.filename]
        assert len(ours) == 1, (words, ours)


def test_an_error_of_our_own_keeps_its_frames() -> None:
    from pulumi_instance_role.policy.at_the_line import at_the_line

    def inner() -> int:
        return int("x")

    @at_the_line
    def outer(value: object) -> int:
        return inner()

    with pytest.raises(ValueError, match="invalid literal") as caught:
        outer(1)
    assert [one.name for one in traceback.extract_tb(caught.value.__traceback__)][-2:] == ["outer", "inner"]
