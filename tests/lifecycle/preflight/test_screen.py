"""What a preview registers for an input at fault, and that screening changes nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.lifecycle.resources.conftest import StartHost
from tests.support.host import UNKNOWN, Thing
from tests.support.program import Preview, preview
from tests.support.sandbox import Sandbox

TOKEN = "pulumi-python:dynamic/instance-role:"
DOCUMENT = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}]}

HELD = """
    import asyncio
    import pulumi
    import pulumi_alicloud as alicloud
    import pulumi_instance_role as ir

    vpc = alicloud.vpc.Network("vpc", vpc_name="net", cidr_block="10.0.0.0/8")
    made = alicloud.ecs.Instance("made", instance_type="ecs.g6.large", image_id="x", security_groups=["sg-1"])
    role = ir.InstanceRole("role", description=pulumi.Output.secret("from the vault"))

    async def later(value):
        await asyncio.sleep(0.1)
        return value

    ir.RolePolicy("policy", vpc.vpc_name.apply(lambda name: '{"Version": "1"}'), name=pulumi.Output.secret("a_b"),
                  description=later("in time"))
    ir.InstanceRoleBinding("bound", role, [made.id, "web-1", later("web-2"), later("i-good")])
    ir.InstanceRoleBinding("veiled", role, pulumi.Output.secret(["web-9", "i-better"]))
    ir.InstanceRoleBinding("none", role, made.id.apply(lambda one: [one]), on_conflict=later("fail"))
"""


def registered(done: Preview, kind: str, name: str) -> dict[str, Any]:
    return done.registered[f"{TOKEN}{kind}", name]


def test_an_input_at_fault_is_unknown_and_keeps_its_secret_and_its_resources(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview(HELD, tmp_path, sandbox.env())
    told = done.faults()
    assert told[
        0
    ] == 'RolePolicy "policy" name: [secret] is not a policy name: the cloud does not allow this form; ' + (
        "choose another"
    )
    assert told[1:] == [
        'RolePolicy "policy" document: Statement is missing',
        'InstanceRoleBinding "bound" instance_ids: 2 texts are not instance ids of this cloud (web-1, web-2); '
        "give ids, not names",
        'InstanceRoleBinding "bound" instance_ids: instance i-good does not exist in region cn-hangzhou; correct '
        "the id or region, or leave it out",
        'InstanceRoleBinding "veiled" instance_ids: [secret]: not an instance id of this cloud; give ids, not names',
        'InstanceRoleBinding "veiled" instance_ids: instance [secret] does not exist in region cn-hangzhou; '
        "correct the id or region, or leave it out",
    ]
    veiled = registered(done, "InstanceRoleBinding", "veiled")
    assert done.secret["veiled"] == {"instance_ids"} and list(veiled["instance_ids"]) == ["i-better", UNKNOWN]
    policy = registered(done, "RolePolicy", "policy")
    assert (policy["name"], policy["document"], policy["description"]) == (UNKNOWN, UNKNOWN, "in time")
    assert done.secret["policy"] == {"name"} and done.comes_from["policy"]["document"] == {"vpc"}
    assert done.secret["role"] == {"description"}
    bound = registered(done, "InstanceRoleBinding", "bound")
    assert list(bound["instance_ids"]) == ["i-good", UNKNOWN, UNKNOWN]
    assert done.comes_from["bound"]["instance_ids"] == {"made"}
    assert (done.comes_from["bound"]["role"], done.comes_from["bound"]["on_conflict"]) == ({"role"}, set())
    assert registered(done, "InstanceRoleBinding", "none")["on_conflict"] == "fail"


ONE = """
    import pulumi_instance_role as ir
    from pulumi import Output
    ir.InstanceRole("web", name="under_score", description=Output.secret("d" * 1025), max_session_duration=60,
                    tags=Output.secret({"instance-role:a": "b", "long": "v" * 257}),
                    trust_policy=Output.secret({"Version": "2", "Statement": [{}]}))
"""


def test_host_and_program_say_the_same(sandbox: Sandbox, tmp_path: Path, start: StartHost) -> None:
    """Of secret inputs; the host, which is not told what is secret, takes all for it that may be."""
    given = {
        "name": "under_score",
        "description": "d" * 1025,
        "max_session_duration": 60,
        "tags": {"instance-role:a": "b", "long": "v" * 257},
        "trust_policy": json.dumps({"Version": "2", "Statement": [{}]}),
    }
    failures = start().check(Thing("InstanceRole", "web"), given).failures
    by_host = [f"{prop}: {reason}" if prop else reason for prop, reason in failures]
    assert len(by_host) >= 9
    assert preview(ONE, tmp_path, sandbox.env()).faults() == [f'InstanceRole "web" {one}' for one in by_host]
    warned = preview(ONE, tmp_path, sandbox.env(), config={"instance-role:preflight": "warn"})
    assert warned.code != 0 and all(one in warned.said for one in by_host)  # then the host's check judges


REFUSED = """
    import pulumi
    import pulumi_alicloud as alicloud
    import pulumi_instance_role as ir

    ir.InstanceRole("early", name="under_score")
    refused = alicloud.ram.Role("refused", role_name="theirs")
    ir.RolePolicyAttachment("waits", refused.role_name, "AliyunOSSReadOnlyAccess", "System")
    ir.InstanceRole("late", max_session_duration=60)
"""


def test_what_another_package_refuses_ends_the_preview_and_hangs_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview(REFUSED, tmp_path, sandbox.env())
    assert done.code != 0 and "its own provider refuses it" in done.said
    assert "never retrieved" not in done.said and "never awaited" not in done.said


PLACES = """
    import pulumi
    import pulumi_alicloud as alicloud
    import pulumi_instance_role as ir

    ir.InstanceRole("aws", cloud=pulumi.Output.from_input("aws"), name="web")
    made = alicloud.ram.Role("made", role_name="made")
    ir.InstanceRole("unknown", cloud=made.arn, name="under_score")
    ir.InstanceRole("profile", profile=made.arn, name="good")
    ir.InstanceRole("number", profile=pulumi.Output.from_input(3), name="good-too")
"""


def test_a_resource_whose_place_is_at_fault_or_unknown_is_not_looked_up(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = sandbox.mark()
    done = preview(PLACES, tmp_path, sandbox.env(), config={"instance-role:preflght": "off"})
    told = done.faults()
    assert [line.partition(";")[0] for line in told] == [
        "InstanceRole \"aws\" cloud: must be 'alibaba' or 'tencent', not 'aws'",
        'InstanceRole "number" profile: must be a text, not int',
    ]
    assert sandbox.calls(mark) == []
    misspelt = "no resource reads the setting instance-role:preflght; is instance-role:preflight meant?"
    assert done.warnings == [f"instance-role: {misspelt}"]  # once, whatever the number of resources
    lost = preview('import pulumi_instance_role as ir\nir.InstanceRole("web")\n', tmp_path, _nowhere(sandbox))
    (region,) = lost.faults()
    assert region.startswith('InstanceRole "web" region: ') and "not set" in region


def _nowhere(sandbox: Sandbox) -> dict[str, str]:
    return {key: value for key, value in sandbox.env().items() if key != "ALICLOUD_REGION"}


TAGS = """
    import pulumi_instance_role as ir
    ir.InstanceRole("a", "alibaba", tags={"aliyun-team": "x", "acs:a": "x", "see http://x": "y", "fine": "http://z"})
    ir.RolePolicy("p", ir.policy_document(ir.allow("oss:Get*", on="*")), "alibaba", tags={"https://x": "y"})
    ir.InstanceRole("t", "tencent", tags={"project": "x", "qcs:b": "y", " c": "d", "e": "f!", "g\\th": "i"})
"""


def test_tags_that_a_cloud_refuses_are_faults_of_the_preview(sandbox: Sandbox, tmp_path: Path) -> None:
    listed = preview(TAGS, tmp_path, sandbox.env() | sandbox.tencent.env()).faults()
    refused, choose = "which this cloud refuses", "choose another"
    many = "2 keys are refused by this cloud, since each begins with"
    assert listed == [
        f'InstanceRole "a" tags: {many} "aliyun" or "acs:" ("acs:a", "aliyun-team"); {choose}',
        f'InstanceRole "a" tags: the value of "fine" begins with "http://" or "https://", {refused}; {choose}',
        f'InstanceRole "a" tags: the key "see http://x" holds "http://" or "https://", {refused}; {choose}',
        f'RolePolicy "p" tags: the key "https://x" holds "http://" or "https://", {refused}; {choose}',
        f'InstanceRole "t" tags: the key " c" has a space at an end, {refused}; {choose}',
        *(
            f'InstanceRole "t" tags: the {what} has a character that is no letter, digit or space and none of '
            f"+ - = . _ : / @ ( ) [ ] , ; > <, {refused}; {choose}"
            for what in ('value of "e"', r"key 'g\th'")
        ),
        f'InstanceRole "t" tags: {many} "qcs:", "project" or "项目" ("project", "qcs:b"); {choose}',
    ]
