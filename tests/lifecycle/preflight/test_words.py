"""Words that we do not know are warned of at preview, and go to the cloud as they are."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.program import preview
from tests.support.sandbox import Sandbox

MISSPELLED = """
    import pulumi
    import pulumi_alicloud as alicloud
    import pulumi_instance_role as ir

    role = ir.InstanceRole("web", trust_policy={
        "Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": ["ecs.aliyuncs.com", "cvm.qcloud.com"]}}]})
    made = alicloud.ecs.Instance("made", instance_type="ecs.g6.large", image_id="x", security_groups=["sg-1"])
    on = made.id.apply(lambda one: f"acs:ecs:*:*:instance/{one}")
    partly = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["oss:GetObjct", "ecs:StartInstance"],
              "Resource": on, "Condition": {"IpAddress": {"acs:SourceIP": "10.0.0.0/8"}}}]}
    ir.RolePolicy("partly", partly)
    ir.RolePolicy("text", '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "osss:*", "Resource": "*"}]}')
    ir.RolePolicy("secret", pulumi.Output.secret(ir.policy_document(ir.allow("oss:PutObjct", on="*"))))
"""
SAID = [
    'InstanceRole "web" trust_policy: Statement[0].Principal.Service: "cvm.qcloud.com" is a service of Tencent Cloud; '
    "check the spelling",
    'RolePolicy "partly" document: Statement[0].Action: "oss:GetObjct" is not in our list of actions; is '
    '"oss:GetObject" meant?',
    'RolePolicy "partly" document: Statement[0].Condition.IpAddress.acs:SourceIP: is not a known condition key of '
    'Alibaba Cloud; is "acs:SourceIp" meant?',
    'RolePolicy "text" document: Statement[0].Action: "osss:*": "osss" is not in our list of services; is "oss" meant?',
    'RolePolicy "secret" document: Statement[0].Action: holds a word that we do not know',
]


def test_an_unknown_word_is_a_warning_and_no_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    for mode in ("on", "warn"):
        done = preview(MISSPELLED, tmp_path, sandbox.env(), config={"instance-role:preflight": mode})
        assert done.code == 0, done.said
        assert done.warnings == [f"instance-role: {one}" for one in SAID], mode
        assert not any("PutObjct" in one for one in (*done.warnings, *done.infos, done.said))
    text = done.registered["pulumi-python:dynamic/instance-role:RolePolicy", "text"]["document"]
    assert json.loads(text)["Statement"][0]["Action"] == ["osss:*"]  # as it was written
    assert preview(MISSPELLED, tmp_path, sandbox.env(), config={"instance-role:preflight": "off"}).warnings == []


POLICIES = """
    import pulumi_instance_role as ir
    role = ir.InstanceRole("web")
    ir.RolePolicyAttachment("near", role, "AliyunOSSReadonlyAcess", "System")
    ir.RolePolicyAttachment("far", role, "quite-another", "System")
    ir.RolePolicyAttachment("type", role, "AliyunOSSReadOnlyAccess", "Custom")
    ir.RolePolicyAttachment("right", role, "AliyunOSSFullAccess", "System")
"""


def test_a_misspelled_system_policy_is_told_with_the_one_that_may_be_meant(sandbox: Sandbox, tmp_path: Path) -> None:
    assert preview(POLICIES, tmp_path, sandbox.env()).faults() == [
        'RolePolicyAttachment "near" policy: the System policy AliyunOSSReadonlyAcess does not exist; is '
        "AliyunOSSReadOnlyAccess meant?",
        'RolePolicyAttachment "far" policy: the System policy quite-another does not exist; declare it as a '
        "RolePolicy, or correct name and policy_type",
        'RolePolicyAttachment "type" policy: the Custom policy AliyunOSSReadOnlyAccess does not exist; there is a '
        'System policy of this name; is policy_type="System" meant?',
    ]


UNSOUND = """
    import pulumi_instance_role as ir
    deep = "x"
    for _ in range(3000):
        deep = [deep]
    for name, document in {
        "deep": {"Statement": deep}, "half": {"Version": "\\ud800"}, "long": {"Version": 10**5000},
    }.items():
        try:
            ir.RolePolicy(name, document)
        except ValueError as error:
            print(f"{name}: {error}")
    ir.RolePolicy("text", '{"Version": "\\\\ud800"}')
"""


def test_what_no_document_holds_is_a_clear_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview(UNSOUND, tmp_path, sandbox.env())
    assert "deep: document: Statement[0][0][0]: not a policy document: nested more than 64 deep" in done.said
    assert "half: document: Version: holds half of a character (a lone surrogate)" in done.said
    assert "long: document: Version: is a number of more than 100 digits" in done.said
    (fault,) = done.faults()
    assert fault.startswith('RolePolicy "text" document: Version: holds half of a character')
