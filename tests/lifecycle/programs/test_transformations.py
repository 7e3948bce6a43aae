"""A program's own transformations, old style: they find what it wrote, and what they leave is what counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.deployed import Deployed
from tests.support.program import preview
from tests.support.sandbox import Sandbox

TAGGING = """
import pulumi
import pulumi_instance_role as ir

DOCUMENTS = {
    "alibaba": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:Get*", "Resource": "*"}]},
    "tencent": {"version": "2.0", "statement": [{"effect": "allow", "action": ["name/cos:Get*"], "resource": ["*"]}]},
}
TAGGED = {"alibaba": ("InstanceRole", "RolePolicy"), "tencent": ("InstanceRole",)}

def tag(args):
    kind, cloud = args.type_.rpartition(":")[2], args.props.get("cloud")
    if kind in TAGGED.get(cloud, ()):
        args.props["tags"] = {**(args.props["tags"] or {}), "cost": KEYS.get(args.name, "7")}
        return pulumi.ResourceTransformationResult(args.props, args.opts)

def describe(args):
    kind = args.type_.rpartition(":")[2]
    if kind == "InstanceRole":
        plain = [isinstance(args.props[key], type_) for key, type_ in
                 (("name", str), ("tags", dict), ("trusted_services", list), ("adopt", bool))]
        return pulumi.ResourceTransformationResult(
            {**args.props, "description": f"{args.props['name']} plain {all(plain)}"}, args.opts)
    if kind == "RolePolicy":
        return pulumi.ResourceTransformationResult({**args.props, "description": args.props["document"][:3]}, args.opts)
    if kind == "InstanceRoleBinding":
        return pulumi.ResourceTransformationResult(
            {**args.props, "instance_ids": [one.strip() for one in args.props["instance_ids"]]}, args.opts)

KEYS = {}
SERVICES = {"alibaba": ["ecs.aliyuncs.com"], "tencent": ["cvm.qcloud.com"]}
pulumi.runtime.register_stack_transformation(tag)
own = pulumi.ResourceOptions(transformations=[describe])
for cloud in DOCUMENTS:
    role = ir.InstanceRole(f"{cloud}-role", cloud, name="app", tags={"team": "web"}, opts=own,
                           trusted_services=SERVICES[cloud])
    bare = ir.InstanceRole(f"{cloud}-bare", cloud, name="bare")
    policy = ir.RolePolicy(f"{cloud}-policy", DOCUMENTS[cloud], cloud, name="read", opts=own)
    ir.RolePolicyAttachment(f"{cloud}-on", role, policy, opts=pulumi.ResourceOptions(parent=role))
    ir.InstanceRoleBinding(f"{cloud}-none", role, [], opts=own)
"""


def test_automatic_tags_work_at_preview_and_up(project: Deployed, sandbox: Sandbox) -> None:
    project.program(TAGGING)
    project.run("sandbox", "preview")
    project.up()
    found = project.resources()
    for cloud in ("alibaba", "tencent"):
        role, bare, policy = (found[f"{cloud}-{name}"]["outputs"] for name in ("role", "bare", "policy"))
        assert role["tags"] == {"team": "web", "cost": "7"} and bare["tags"] == {"cost": "7"}
        assert role["description"] == "app plain True" and "description" not in bare
        assert policy.get("tags") == ({"cost": "7"} if cloud == "alibaba" else None)
        assert policy["description"] == '{"V' if cloud == "alibaba" else '{"v'
        assert found[f"{cloud}-on"]["outputs"]["role"] == "app"
    made = {one["RoleName"]: one for one in sandbox.state()["roles"]}
    assert made["app"]["Tags"]["cost"] == "7"
    mark = sandbox.mark()
    project.up()
    assert project.writes(mark) == []


@pytest.mark.parametrize("mode", ["on", "warn"])
def test_what_a_transformation_puts_wrong_is_a_fault_of_the_preview(
    sandbox: Sandbox, tmp_path: Path, mode: str
) -> None:
    wrong = TAGGING.replace("KEYS = {}", 'KEYS = {"alibaba-bare": 7, "tencent-role": "v" * 256}')
    done = preview(wrong, tmp_path, sandbox.env() | sandbox.tencent.env(), config={"instance-role:preflight": mode})
    assert done.code != 0
    if mode == "warn":  # then the host's check judges, which ends at the first
        assert "must be a text, not int" in done.said or "is too long" in done.said
    else:
        assert 'the value of "cost" must be a text, not int' in done.said
        assert [line.partition(" tags: ")[0] for line in done.faults()] == [
            'InstanceRole "alibaba-bare"',
            'InstanceRole "tencent-role"',
        ]
