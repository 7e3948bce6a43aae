"""Every rule, both ways: what makes it fire, and what comes near and does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from pulumi_instance_role.plan.drift import Drift
from pulumi_instance_role.policy.build import allow, deny
from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.review.judge import judge
from pulumi_instance_role.review.model import Finding
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import UNKNOWN, read
from pulumi_instance_role.review.roles import Live
from pulumi_instance_role.review.rules import RULES
from pulumi_instance_role.review.rules.change import DRIFT, UNNAMED
from tests.unit.review.build import OURS, attach, bind, instance, policy, preview, role, step

ROLE_ARN = "acs:ram::111:role/web"
OSS = "acs:oss:*:*:shop/*"
ODD = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"OddlyEquals": {"acs:SourceIp": "1"}}}
NOT_ALL = {"Effect": "Allow", "NotAction": ["oss:*"], "Resource": "*"}
ENTANGLED = ("oss:*a" + "?" * 24, "oss:" + "*a" * 8 + "*")  # which of them holds the other takes too long
NOT_RAM = {"Effect": "Allow", "NotAction": ["ram:*", "ims:*", "resourcemanager:*", "sts:*"], "Resource": "*"}


def findings(*steps: Any, max_instances: int | None = None) -> list[Finding]:
    found = read(preview(*steps))
    review = Picture(found).review()
    return list(
        judge(
            review, found, fail_on=frozenset(), today=date(2026, 1, 1), max_instances=max_instances
        ).findings
    )  # fmt: skip


def gains(*statements: Any, was: Sequence[Any] = (allow("vpc:DescribeVpcs", on="*"),)) -> list[Any]:
    """A role in use, whose policy gets these statements."""
    new = [*was, *statements]
    return [role("web"), policy("p", new, "update", was=was), attach("web", "p"), bind("web", "web", ["i-1"])]


def given_to_one_more(*statements: Any, was: Sequence[str] = ("i-1",)) -> list[Any]:
    """A role that stays as it is, and gets one more instance (none, where ``was`` has two)."""
    said = statements or (allow("vpc:DescribeVpcs", on="*"),)
    bound = bind("web", "web", ["i-1", "i-2"], "update", was=("web", was))
    return [role("web"), policy("p", said), attach("web", "p"), bound]


def trusts(kind: str, name: str, **more: Any) -> list[Any]:
    was = trust_document("ecs.aliyuncs.com")
    trust = {
        **was,
        "Statement": [*was["Statement"], {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {kind: [name]}}],
    }
    return [role("web", "update", was=was, trust=trust, outputs={"arn": ROLE_ARN}, **more)]


def tencent(*statements: Any) -> list[Any]:
    inputs = {"cloud": "tencent", "name": "p", "policy_type": "Custom"}
    document = {"version": "2.0", "statement": list(statements)}
    trust = trust_document("cvm.qcloud.com", TENCENT)
    attachment = {"cloud": "tencent", "role": "web", "policy": "p", "policy_type": "Custom"}
    return [
        step("create", f"{OURS}:InstanceRole", "web", None, {"cloud": "tencent", "name": "web", "trust_policy": trust}),
        step("create", f"{OURS}:RolePolicy", "p", None, {**inputs, "document": document}),
        step("create", f"{OURS}:RolePolicyAttachment", "a", None, attachment),
    ]


def tencent_gains(*statements: Any) -> list[Any]:
    """The same, with an instance."""
    bound = {"cloud": "tencent", "role": "web", "instance_ids": ["ins-1"], "region": "ap-guangzhou"}
    return [*tencent(*statements), step("create", f"{OURS}:InstanceRoleBinding", "b", None, bound)]


def grant(op: str, **inputs: Any) -> Any:
    base = {"cloud": "alibaba", "name": "g", "roles": ["web", "db"], **inputs}
    return step(op, f"{OURS}:PassRoleGrant", "g", None if op == "create" else base, base)


SHUT_OUT = [
    role("web", "update", was=trust_document("ecs.aliyuncs.com"), trust=trust_document("fc.aliyuncs.com")),
    bind("web", "web", ["i-1"]),
]
RELEASED = bind(
    "web",
    "web",
    ["i-1"],
    "update",
    was=("web", ["i-1", *(f"i-gone-{n}" for n in range(6))]),
    outputs={"drift": {f"i-gone-{n}": "instance_gone" for n in range(6)}, "roles": {"i-1": "web"}},
)
"""Instances that a refresh found gone, and that the program does not name any more."""
TEMPLATE = "alicloud:ecs/ecsLaunchTemplate:EcsLaunchTemplate"
LIVES = {"cloud": "alibaba", "name": "web"}
SEEN = [
    ("administrator-access", gains(allow("*", on="*"))),
    ("administrator-access", [role("web"), attach("web", "AdministratorAccess", "create", kind="System")]),
    ("administrator-access", tencent(allow("*", on="*", dialect=TENCENT))),
    ("administrator-access", gains(allow("*", on="*"), was=[allow("oss:*", on="*")])),
    ("administrator-access", given_to_one_more(allow("*", on="*"))),
    ("privilege-escalation", given_to_one_more(allow("ram:*", on="*"))),
    ("full-access-policy", [*given_to_one_more(), attach("web", "AliyunOSSFullAccess", kind="System")]),
    ("privilege-escalation", gains(allow("ram:AttachPolicyToRole", on="*"))),
    ("privilege-escalation", gains(allow("ram:*Policy*", on="acs:ram:*:*:policy/mine"))),
    ("privilege-escalation", gains(allow("RAM:updaterole", on="*"))),
    ("administrator-access", gains(NOT_ALL)),
    ("administrator-access", gains(allow("*:*", on="acs:*:*:*:*"))),
    ("administrator-access", tencent(allow("*:*", on="qcs::*", dialect=TENCENT))),
    ("wildcard-resource", gains(allow("oss:GetObject", on="acs:oss:*:*:*"))),
    ("wildcard-resource", tencent(allow("cos:GetObject", on="qcs::cos:::*", dialect=TENCENT))),
    ("privilege-escalation", gains(allow("ram:*", on="*"), was=[allow("oss:*", on="*")])),
    ("privilege-escalation", tencent(allow("name/cam:UpdateAssumeRolePolicy", on="*", dialect=TENCENT))),
    ("privilege-escalation", tencent(allow("cam:Attach*", on="*", dialect=TENCENT))),
    ("pass-role-any", gains(allow("ram:PassRole", on="*"))),
    ("pass-role-any", gains(allow("ram:Pass*", on="acs:ram:*:*:role/*"))),
    ("pass-role-any", gains(allow("ram:PassRole", on="*", when={"StringEquals": {"acs:Service": "fc.aliyuncs.com"}}))),
    ("pass-role-any", tencent(allow("cam:PassRole", on="qcs::cam::uin/1:roleName/*", dialect=TENCENT))),
    ("assume-role-any", gains(allow("sts:AssumeRole", on="*"))),
    ("full-access-policy", [role("web"), attach("web", "AliyunOSSFullAccess", "create", kind="System")]),
    ("full-access-policy", [role("web", "create"), attach("web", "AliyunRAMFullAccess", "create", kind="System")]),
    ("wildcard-action", gains(allow("oss:*", on="acs:oss:*:*:shop/*"))),
    ("wildcard-action", gains(allow("*", on="acs:oss:*:*:shop/*"))),
    ("wildcard-resource", gains(allow("oss:GetObject", on="*"))),
    ("wildcard-resource", tencent(allow("name/cos:GetObject", on="*", dialect=TENCENT))),
    (
        "denial-removed",
        [
            role("web"),
            policy("p", [allow("oss:Get*", on="*")], "update", was=[allow("oss:Get*", on="*"), deny("ram:*", on="*")]),
            attach("web", "p"),
        ],
    ),
    (
        "denial-removed",
        [
            role("web"),
            policy("p", [allow("oss:Get*", on="*"), deny("ram:*", on="*")]),
            attach("web", "p", "delete"),
            policy("q", [allow("oss:Get*", on="*")]),
            attach("web", "q"),
        ],
    ),
    ("pass-role-granted", [grant("create", user="deployer")]),
    ("pass-role-granted", [grant("update", group="ops")]),
    ("unknown-permissions", [policy("p", [], "create")]),
    ("unknown-gain", [*given_to_one_more(), policy("q", [], "create"), attach("web", "q", "create")]),
    ("unknown-gain", [*given_to_one_more(), attach("web", "by-hand", "create")]),
    ("unknown-gain", [*given_to_one_more(), attach("web", "by-hand")]),
    ("unknown-gain", [*given_to_one_more(was=("i-1", "i-2")), attach("web", UNKNOWN, "create")]),
    ("unknown-gain", gains(ODD)),
    ("unknown-gain", [bind("web", UNKNOWN, ["i-1"], "create")]),
    ("permission-management", gains(allow("oss:PutBucketPolicy", on=OSS))),
    ("permission-management", tencent_gains(allow("name/cos:PutBucketACL", on="*", dialect=TENCENT))),
    ("ending-gained", gains(allow("oss:DeleteObject", on=OSS))),
    ("ending-gained", given_to_one_more(allow("oss:DeleteObject", on=OSS))),
    ("writing-gained", gains(allow("oss:PutObject", "oss:Copy*", on=OSS))),
    ("unknown-permissions", [bind("web", UNKNOWN, ["i-1"], "create")]),
    ("unknown-permissions", [role("web"), bind("web", "web", [UNKNOWN], "update", was=("web", []))]),
    ("opaque-policy", [role("web"), attach("web", "AliyunLogReadOnlyOfNobody", "create", kind="System")]),
    ("opaque-policy", [role("web"), attach("web", "made-by-hand", "create")]),
    ("unknown-words", [role("web"), policy("p", [allow("oss:GetObjct", on="*")], "create")]),
    (
        "unknown-words",
        [policy("p", [allow("oss:GetObject", on="*", when={"stringequals": {"acs:SourceIp": "x"}})], "create")],
    ),
    ("unknown-words", [role("web"), attach("web", "AliyunOSSReadonlyAcess", "create", kind="System")]),
    ("trust-anyone", trusts("RAM", "acs:ram::*:root")),
    ("trust-anyone", trusts("RAM", "*")),
    ("trust-other-account", trusts("RAM", "acs:ram::222:root")),
    ("trust-other-account", trusts("Federated", "acs:ram::222:saml-provider/idp")),
    ("trust-beyond-instances", trusts("Service", "fc.aliyuncs.com")),
    ("trust-beyond-instances", trusts("RAM", "acs:ram::111:user/ann")),
    (
        "credential-text",
        [
            instance("web", "i-1", "create", role_=None),
            step("create", "alicloud:ecs/instance:Instance", "x", None, {"userData": "LTAI5tAbCdEfGhIjKlMn"}),
        ],
    ),
    ("role-deleted-in-use", [role("web", "delete"), bind("web", "web", ["i-1"], "delete")]),
    ("role-deleted-in-use", [role("web", "delete"), instance("a", "i-1", role_="web")]),
    ("binding-replaced", [role("web"), bind("web", "web", ["i-1"], "replace", replaceReasons=["region"])]),
    ("too-many-instances", [role("web"), bind("web", "web", ["i-1", "i-2", "i-3"], "create")]),
    ("roles-lost", [role("web"), bind("web", "web", ["i-1"], "delete")]),
    (
        "roles-lost",
        [role("web"), *(bind(f"b{n}", "web", ["a"], "update", was=("web", ["a", f"i-{n}"])) for n in range(4))],
    ),
    ("role-lost", [role("web"), bind("web", "web", ["i-1"], "update", was=("web", ["i-1", "i-2"]))]),
    ("drift-overwritten", [role("web", "update", outputs={"drift": "trust_changed"})]),
    (
        "drift-overwritten",
        [
            role("web"),
            bind(
                "web",
                "web",
                ["i-1"],
                "update",
                was=("web", ["i-1"]),
                held={"i-1": "other"},
                outputs={"drift": {"i-1": "role_swapped"}, "roles": {"i-1": "other"}},
            ),
        ],
    ),
    ("instance-gone", [role("web"), RELEASED]),
    ("instance-gone", [role("web"), bind("web", "web", ["i-1", "i-2"], outputs={"drift": {"i-2": "instance_gone"}})]),
    ("foreign-adopted", [role("web", "create", adopt=True)]),
    ("foreign-adopted", [policy("p", [allow("oss:GetObject", on="*")], "create", adopt=True)]),
    ("force-detach", [role("web", "update", force_detach=True)]),
    ("conflict-replace", [role("web"), bind("web", "web", ["i-1"], "create", on_conflict="replace")]),
    ("credential-gap", [role("web"), role("db"), bind("web", "db", ["i-1"], "update", was=("web", ["i-1"]))]),
    ("connection-changed", [step("update", f"{OURS}:InstanceRole", "r", LIVES, {**LIVES, "profile": "prod"})]),
    ("acts-as-others", gains(allow("ecs:RunCommand", on="*"))),
    ("acts-as-others", gains(allow("ecs:RunCommand", on="acs:ecs:*:*:instance/i-1"))),
    ("acts-as-others", tencent(allow("name/tat:*", on="*", dialect=TENCENT))),
    ("named-role-taken", gains(allow("ram:PassRole", on="acs:ram:*:1:role/web"))),
    ("named-role-taken", tencent(allow("sts:AssumeRole", on="qcs::cam::uin/1:roleName/web", dialect=TENCENT))),
    ("instances-shut-out", SHUT_OUT),
    (
        "contradictory-roles",
        [role("web"), role("db"), instance("m", "i-1", role_="web"), bind("b", "db", ["i-1"], "create")],
    ),
    ("template-role", [role("web"), step("create", TEMPLATE, "t", None, {"ramRoleName": "web"})]),
    ("not-read", [step("create", "alicloud:emr/cluster:Cluster", "c", None, {})]),
    ("not-compared", gains(allow(ENTANGLED[1], on="*"), was=[allow(ENTANGLED[0], on="*")])),
]

NOT_SEEN = [
    ("administrator-access", gains(allow("oss:*", on="*"))),
    ("administrator-access", given_to_one_more(allow("*", on="*"), was=("i-1", "i-2"))),
    ("privilege-escalation", given_to_one_more(allow("ram:*", on="*"), was=("i-1", "i-2"))),
    ("administrator-access", gains(allow("*", on="acs:oss:*:*:shop/*"))),
    ("administrator-access", [role("web"), policy("p", [allow("*", on="*")]), attach("web", "p")]),
    ("administrator-access", [role("web"), attach("web", "AdministratorAccess", "same", kind="System")]),
    ("privilege-escalation", gains(allow("ram:Get*", "ram:List*", "oss:*", on="*"))),
    ("privilege-escalation", gains(NOT_RAM)),
    ("privilege-escalation", gains(allow("*", on="*"), was=[allow("ram:*", "ims:*", "resourcemanager:*", on="*")])),
    ("privilege-escalation", gains(allow("ram:AttachPolicyToRole", on="*"), deny("ram:*", on="*"))),
    ("privilege-escalation", tencent(allow("cam:attachrolepolicy", on="*", dialect=TENCENT))),  # letters count there
    ("pass-role-any", gains(allow("ram:PassRole", on="acs:ram:*:*:role/web"))),
    ("pass-role-any", gains(allow("ram:PassRole", on="acs:ram:*:*:role/web-*"))),
    ("pass-role-any", gains(allow("ram:Get*", on="*"))),
    ("assume-role-any", gains(allow("sts:AssumeRole", on="acs:ram::111:role/reader"))),
    ("assume-role-any", gains(allow("sts:GetCallerIdentity", on="*"))),
    ("full-access-policy", [role("web"), attach("web", "AliyunOSSReadOnlyAccess", "create", kind="System")]),
    ("full-access-policy", [role("web"), attach("web", "AliyunOSSFullAccess", "delete", kind="System")]),
    ("full-access-policy", [role("web"), attach("web", "OurFullAccess", "create")]),
    ("wildcard-action", gains(allow("oss:Get*", on="*"))),
    ("wildcard-action", gains(allow("oss:GetObject", on="*"), was=[allow("oss:*", on="*")])),
    ("wildcard-resource", gains(allow("oss:GetObject", on="acs:oss:*:*:shop/*"))),
    ("wildcard-resource", gains(allow("oss:GetObject", on="acs:oss:cn-hangzhou:*:*"))),
    ("wildcard-resource", tencent(allow("cos:GetObject", on="qcs::cos:ap-guangzhou::*", dialect=TENCENT))),
    ("administrator-access", gains(allow("*:*", on="acs:oss:*:*:*"))),
    ("wildcard-resource", gains(allow("ecs:DescribeInstances", "oss:ListBuckets", "ecs:Describe*", on="*"))),
    (
        "denial-removed",
        [
            role("web"),
            policy("p", [allow("oss:Get*", on="*")], "update", was=[allow("oss:*", on="*")]),
            attach("web", "p"),
        ],
    ),
    (
        "denial-removed",
        [role("web", "delete"), policy("p", [deny("oss:*", on="*")], "delete"), attach("web", "p", "delete")],
    ),
    ("pass-role-granted", [grant("same", user="deployer")]),
    ("pass-role-granted", [grant("delete", user="deployer")]),
    ("unknown-permissions", gains(allow("oss:GetObject", on="*"))),
    (
        "unknown-permissions",
        [
            role("web"),
            instance("a", "i", "create"),
            bind(
                "web",
                "web",
                [UNKNOWN],
                "create",
                depends={"instance_ids": ["urn:pulumi:dev::shop::alicloud:ecs/instance:Instance::a"]},
            ),
        ],
    ),
    ("opaque-policy", [role("web"), attach("web", "AliyunOSSReadOnlyAccess", "create", kind="System")]),
    ("opaque-policy", [role("web"), attach("web", "AliyunOSSFullAccess", "same", kind="System")]),
    ("unknown-words", [policy("p", [allow("oss:GetObject", on="*", when={"IpAddress": {"acs:SourceIp": "::/0"}})])]),
    ("unknown-words", [policy("p", [allow("oss:GetObjct", on="*")], "same")]),
    ("unknown-words", [role("web"), attach("web", "AliyunOSSReadOnlyAccess", "create", kind="System")]),
    ("unknown-words", [role("web"), attach("web", "quite-another", "create", kind="System")]),
    ("trust-anyone", trusts("RAM", "acs:ram::222:root")),
    ("trust-other-account", trusts("RAM", "acs:ram::111:root")),
    ("trust-other-account", trusts("Service", "fc.aliyuncs.com")),
    ("trust-beyond-instances", [role("web", "create")]),
    ("trust-beyond-instances", trusts("RAM", "acs:ram::222:root")),
    (
        "credential-text",
        [
            instance("web", "i-1", "create"),
            step("create", "alicloud:ecs/instance:Instance", "x", None, {"userData": "LTAI"}),
        ],
    ),
    (
        "role-deleted-in-use",
        [role("web", "delete"), role("db"), bind("web", "db", ["i-1"], "update", was=("web", ["i-1"]))],
    ),
    ("role-deleted-in-use", [role("web", "delete"), instance("a", "i-1", "delete", role_="web")]),
    ("role-deleted-in-use", [role("web", "delete")]),
    ("binding-replaced", [role("web"), bind("web", "web", ["i-1"], "update", was=("web", []))]),
    ("too-many-instances", [role("web"), bind("web", "web", ["i-1", "i-2"], "create")]),
    ("unknown-gain", [*given_to_one_more(was=("i-1", "i-2")), attach("web", "by-hand")]),
    ("unknown-gain", gains(was=[ODD])),
    ("permission-management", gains(allow("oss:GetBucketPolicy", on=OSS))),
    ("permission-management", given_to_one_more(allow("oss:PutBucketPolicy", on=OSS), was=("i-1", "i-2"))),
    ("ending-gained", gains(allow("oss:PutObject", on=OSS))),
    ("ending-gained", gains(allow("oss:*", on=OSS))),  # said by a worse one
    ("writing-gained", gains(allow("oss:Get*", "oss:List*", on=OSS))),
    ("roles-lost", [role("web"), bind("web", "web", ["i-1"], "update", was=("web", ["i-1", "i-2"]))]),
    ("roles-lost", [role("web"), instance("a", "i-1", "delete", role_="web")]),
    ("role-lost", [role("web"), instance("a", "i-1", "delete", role_="web")]),
    ("role-lost", [role("web"), role("db"), bind("web", "db", ["i-1"], "update", was=("web", ["i-1"]))]),
    ("drift-overwritten", [role("web", "update", outputs={"drift": "in_sync"})]),
    ("drift-overwritten", [role("web", "same", outputs={"drift": "trust_changed"})]),
    ("drift-overwritten", [role("web"), bind("web", "web", ["i-1"], "update", was=("web", []))]),
    ("drift-overwritten", [role("web"), RELEASED]),
    ("role-lost", [role("web"), RELEASED]),
    ("roles-lost", [role("web"), RELEASED]),
    ("instance-gone", [role("web"), bind("web", "web", ["i-1"], "update", was=("web", ["i-1", "i-2"]))]),
    ("instance-gone", [role("web"), instance("a", "i-1", "delete", role_="web")]),
    ("foreign-adopted", [role("web", "create")]),
    ("force-detach", [role("web", "update")]),
    ("conflict-replace", [role("web"), bind("web", "web", ["i-1"], "create")]),
    ("credential-gap", [role("web"), bind("web", "web", ["i-1"], "create")]),
    ("connection-changed", [step("create", f"{OURS}:InstanceRole", "r", None, {**LIVES, "profile": "prod"})]),
    ("connection-changed", [step("same", f"{OURS}:InstanceRole", "r", *[{**LIVES, "profile": "prod"}] * 2)]),
    (
        "credential-gap",
        [step("update", "tencentcloud:Instance/instance:Instance", "t", {"camRoleName": "a"}, {"camRoleName": "b"})],
    ),
    ("acts-as-others", gains(allow("ecs:RunCommand", on="*"), was=[allow("ecs:*", on="*")])),
    ("acts-as-others", gains(allow("ecs:Describe*", "fc:InvokeFunction", on="*"))),
    ("named-role-taken", gains(allow("ram:PassRole", on="*"))),
    ("named-role-taken", gains(allow("ram:GetRole", on="acs:ram:*:1:role/web"))),
    ("instances-shut-out", [SHUT_OUT[0]]),
    ("contradictory-roles", [role("web"), instance("m", "i-1", role_="web"), bind("b", "web", ["i-1"], "create")]),
    ("template-role", [role("web"), step("update", TEMPLATE, "t", {"ramRoleName": "web"}, {"ramRoleName": "web"})]),
    ("not-read", [step("same", "alicloud:emr/cluster:Cluster", "c", {}, {})]),
    ("not-compared", gains(allow("*", on="*"), was=[allow(*ENTANGLED, on="*")])),
    ("not-compared", gains(was=[allow(*ENTANGLED, on="*")])),
]


def _ids(cases: Sequence[tuple[str, Any]]) -> list[str]:
    return [f"{rule}-{number}" for number, (rule, _) in enumerate(cases)]


@pytest.mark.parametrize(("rule", "steps"), SEEN, ids=_ids(SEEN))
def test_seen(rule: str, steps: list[Any]) -> None:
    found = [one for one in findings(*steps, max_instances=2) if one.rule == rule]
    assert len(found) == 1, [(one.rule, one.message) for one in findings(*steps, max_instances=2)]
    assert found[0].resource.startswith(("urn:", "stack "))
    assert found[0].message[0].islower() and not found[0].message.endswith(".")


@pytest.mark.parametrize(("rule", "steps"), NOT_SEEN, ids=_ids(NOT_SEEN))
def test_not_seen(rule: str, steps: list[Any]) -> None:
    assert [one.message for one in findings(*steps, max_instances=2) if one.rule == rule] == []


def test_every_rule_is_tried_both_ways() -> None:
    live = {"policy-foreign", "role-held-outside"}  # seen with the cloud only: test_live.py
    assert {rule for rule, _ in SEEN} == {rule for rule, _ in NOT_SEEN} == {rule.id for rule in RULES} - live


def test_rules_say_what_they_must() -> None:
    for rule in RULES:
        assert rule.url.startswith("https://"), rule.id
        assert rule.title and rule.rationale.endswith(".") and rule.fix.endswith("."), rule.id
        assert rule.id == rule.id.lower().strip()
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_the_key_itself_is_nowhere() -> None:
    (found,) = [
        one
        for one in findings(*SEEN[[rule for rule, _ in SEEN].index("credential-text")][1])
        if one.rule == "credential-text"
    ]
    assert "LTAI" not in repr(found)
    assert "userData" in found.message


def test_what_is_gone_is_told_once_with_a_few_names() -> None:
    (found,) = [one for one in findings(role("web"), RELEASED) if one.rule == "instance-gone"]
    assert found.message == (
        "instances i-gone-0, i-gone-1, i-gone-2 and 3 more: not in the cloud any more, and no longer declared"
    )
    assert found.instances == 6


def test_an_update_that_names_what_is_gone_fails() -> None:
    drifted = bind("web", "web", ["i-1", "i-2"], outputs={"drift": {"i-2": "instance_gone"}})
    (found,) = [one for one in findings(role("web"), drifted) if one.rule == "instance-gone"]
    assert found.message.startswith("instance i-2: not in the cloud any more, and no update brings it back: it fails")


@pytest.mark.parametrize("kind", [one.value for one in Drift])
def test_the_review_says_of_each_class_of_drift_what_an_update_does(kind: str) -> None:
    """Equal ones are one finding, with their number and a few names."""
    steps = [role(f"r{n}", "update", outputs={"drift": kind}) for n in range(5)]
    found = [one for one in findings(*steps) if one.rule == "drift-overwritten"]
    if kind in ("in_sync", "gone", "instance_gone"):  # not in a state, not a change, and another rule's
        assert kind not in DRIFT
        return
    (one,) = found
    assert one.message == f"r0, r1, r2 and 2 more changed outside this stack (5 {kind}); {DRIFT[kind]}"
    assert len(one.resources) == 5


def test_what_an_exclusive_role_takes_off_is_not_known_from_a_preview() -> None:
    """A refresh keeps that others put policies there, and not which: an update that says exclusive takes them off."""
    seen = {"drift": "policy_foreign"}
    for steps, done in (
        (role("web", "update", exclusive=True, outputs=seen), UNNAMED),
        (role("web", "update", outputs=seen), DRIFT["policy_foreign"]),
        (role("web", "update", exclusive=True), None),
    ):
        found = Picture(read(preview(steps, bind("b", "web", ["i-1"])))).review()
        told = [one for one in findings(steps, bind("b", "web", ["i-1"])) if one.rule == "drift-overwritten"]
        assert [one.message.partition("; ")[2] for one in told] == ([done] if done else [])
        taken = done != DRIFT["policy_foreign"]
        assert [one.why for group in found.groups for one in group.lost_unknown] == ["foreign"] * taken
    asked = Live(attachments={"alibaba:role/web": (("Custom", "theirs"),)})
    known = Picture(
        read(preview(role("web", "update", exclusive=True, outputs=seen), bind("b", "web", ["i-1"]))), asked
    )
    assert "theirs" in str(known.review().groups[0].lost_unknown) + str(known.review().groups[0].causes)


def test_what_nobody_knows_to_exist_may_not_lose_its_role() -> None:
    left = bind("web", "web", ["i-1"], "update", was=("web", ["i-1", "i-2"]))
    (found,) = [one for one in findings(role("web"), left) if one.rule == "role-lost"]
    assert found.message.endswith("role web is lost, and none is held after, unless gone already")
    made = instance("m", "i-2")
    (found,) = [one for one in findings(role("web"), made, left) if one.rule == "role-lost"]
    assert found.message.endswith("role web is lost, and none is held after")


def attached(cloud: str, name: str) -> list[Any]:
    """A system policy that is put on a role in use."""
    if cloud == "alibaba":
        return [role("web"), attach("web", name, "create", kind="System"), bind("web", "web", ["i-1"])]
    steps = tencent_gains()
    for one in steps:
        if one["urn"].endswith("::a"):
            for bag in ("inputs", "outputs"):
                one["newState"][bag] = {**one["newState"][bag], "policy": name, "policy_type": "System"}
    return steps


@pytest.mark.parametrize(
    ("cloud", "name", "rule"),
    [
        ("alibaba", "AliyunAnalyticDBAccessingOSSRolePolicy", "wildcard-resource"),
        ("tencent", "QcloudCVMReadOnlyAccess", "wildcard-action"),
        ("tencent", "QcloudCOSBucketConfigWrite", "permission-management"),
    ],
)
def test_nobody_is_told_to_edit_a_system_policy(cloud: str, name: str, rule: str) -> None:
    found = {one.rule: one for one in findings(*attached(cloud, name))}
    assert f"by the system policy {name}" in found[rule].message
    for one in found.values():
        if one.rule != "unknown-permissions":  # of a policy that is declared beside it
            assert "nobody can edit it" in one.fix and "prefix" not in one.fix, one


@pytest.mark.parametrize(
    ("steps", "example", "other"),
    [
        (gains(allow("oss:*", on=OSS)), "oss:Get*", "cos:"),
        (tencent(allow("cos:*", on="*", dialect=TENCENT)), "cos:Get*", "oss:"),
    ],
    ids=["alibaba", "tencent"],
)
def test_a_remedy_is_in_the_words_of_its_cloud(steps: list[Any], example: str, other: str) -> None:
    (one,) = [one for one in findings(*steps) if one.rule == "wildcard-action"]
    assert example in one.fix and other not in one.fix
    assert "system policy" not in one.message
