"""References from resource to resource fit in cloud, account and region: said at preview, before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lifecycle.programs.test_accounts import write_profiles
from tests.support.deployed import Deployed
from tests.support.program import preview
from tests.support.sandbox import Sandbox

WORDS = """
    import pulumi_instance_role as ir
    words = {{
        "alibaba": {{"Version": "1", "Statement": [{{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}}]}},
        "tencent": {{
            "version": "2.0", "statement": [{{"effect": "allow", "action": "cos:GetObject", "resource": "*"}}]
        }},
    }}
    one, other = "{one}", "{other}"
"""
ACROSS = (
    WORDS
    + """
    role = ir.InstanceRole("role", cloud=one)
    policy = ir.RolePolicy("policy", words[other], cloud=other)
    ir.RolePolicyAttachment("bond", role, policy)
    ir.RolePolicyAttachment("by-output", role, policy.name, "Custom")
    ir.InstanceRoleBinding("on", role, [], cloud=other, region="{region}")
    ir.PassRoleGrant("pass", [role, ir.InstanceRole("second", cloud=other)], user="ops", cloud=one)
    ir.PassRoleGrant("to-role", [role], role=ir.InstanceRole("third", cloud=other))
    ir.InstanceIdentity("app", [policy], [], cloud=one)
"""
)
REGIONS = """
    import pulumi_instance_role as ir
    role = ir.InstanceRole("role")
    here = ir.InstanceRoleBinding("here", role, [], region="cn-hangzhou")
    ir.InstanceRoleBinding("there", role, here.instance_ids, region="cn-beijing")
    ir.PassRoleGrant("pass", [role], role="ops", instance_ids=here.instance_ids, regions=["cn-beijing"])
    ir.PassRoleGrant("fits", [role], role="ops", instance_ids=here.instance_ids, regions=["cn-hangzhou"])
"""
WITHIN = "instance-role:index:InstanceIdentity"
REMEDY = "declare both in the same cloud and account"


@pytest.mark.parametrize(("one", "other"), [("alibaba", "tencent"), ("tencent", "alibaba")])
def test_a_reference_to_another_cloud(sandbox: Sandbox, tmp_path: Path, one: str, other: str) -> None:
    sandbox.call("Ram", "CreateUser", UserName="ops")
    sandbox.tencent.call("cam", "AddUser", Name="ops")
    region = "ap-guangzhou" if other == "tencent" else "cn-hangzhou"
    mark = sandbox.mark()
    done = preview(ACROSS.format(one=one, other=other, region=region), tmp_path, sandbox.env())
    there = f"is in the cloud {other}, and this resource is in {one}"
    done.tells(
        [
            # What is alike is told together.
            (
                'RolePolicyAttachment "app-policy" (in InstanceIdentity), "bond", "by-output" policy',
                f'RolePolicy "policy" {there}',
                REMEDY,
            ),
            (
                'InstanceRoleBinding "on" role',
                f'InstanceRole "role" is in the cloud {one}, and this resource is in {other}',
                REMEDY,
            ),
            ('PassRoleGrant "pass" roles', f'InstanceRole "second" {there}', REMEDY),
            ('PassRoleGrant "to-role" role', f'InstanceRole "third" {there}', REMEDY),
        ]
    )
    assert not any(call["write"] for call in sandbox.calls(mark))
    # Without a preflight it is refused where it is written, not after half a minute in the cloud.
    off = preview(
        ACROSS.format(one=one, other=other, region=region),
        tmp_path,
        sandbox.env(),
        config={"instance-role:preflight": "off"},
    )
    assert f"ValueError: policy: is in the cloud {other}, and this resource in {one}; use one cloud" in off.said
    assert not any(call["write"] for call in sandbox.calls(mark))


def test_a_reference_to_another_region(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.make_role("ops")
    done = preview(REGIONS, tmp_path, sandbox.env())
    done.tells(
        [
            (
                'InstanceRoleBinding "there" instance_ids',
                'InstanceRoleBinding "here" is in region cn-hangzhou, and this resource is in cn-beijing',
                'give region="cn-hangzhou"',
            ),
            (
                'PassRoleGrant "pass" instance_ids',
                'InstanceRoleBinding "here" is in region cn-hangzhou, and this resource is for cn-beijing only',
                'add "cn-hangzhou" to regions',
            ),
        ]
    )


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_a_reference_to_another_account(sandbox: Sandbox, tmp_path: Path, cloud: str) -> None:
    other = sandbox.server.account()
    project = Deployed(tmp_path, sandbox)
    write_profiles(project, other)
    ids = (
        (sandbox.account_id, other.account_id)
        if cloud == "alibaba"
        else (sandbox.tencent.account_id, other.tencent.account_id)
    )
    program = (
        WORDS.format(one=cloud, other=cloud)
        + """
    role = ir.InstanceRole("role", cloud=one)
    policy = ir.RolePolicy("policy", words[one], cloud=one, profile="third")
    ir.RolePolicyAttachment("bond", role, policy)
    same = ir.RolePolicy("same", words[one], cloud=one)
    ir.RolePolicyAttachment("fits", role, same)
"""
    )
    env = {**sandbox.env(), "HOME": str(tmp_path / "home")}
    done = preview(program, tmp_path, env)
    done.tells(
        [
            (
                'RolePolicyAttachment "bond" policy',
                f'RolePolicy "policy" is in account {ids[1]}, and this resource is in account {ids[0]}',
                "give both the same profile and assume_role_arn",
            )
        ]
    )


LENT = """
    import pulumi_alicloud as alicloud
    import pulumi_instance_role as ir
    import tencentcloud_iac_pulumi as tencentcloud

    named = {
        "alibaba": alicloud.ram.Role("ali", role_name="theirs").role_name,
        "tencent": tencentcloud.cam.Role("ten", name="theirs", document="{}").name,
    }
    ids = alicloud.ecs.Instance("made", instance_type="ecs.g6.large", image_id="x", security_groups=["sg-1"]).id
    for here, there in (("alibaba", "alibaba"), ("tencent", "tencent"), ("alibaba", "tencent"), ("tencent", "alibaba")):
        ir.RolePolicyAttachment(f"{here}-{there}", named[there], "Any", "Custom", cloud=here)
    ir.InstanceRoleBinding("fits", named["alibaba"], [ids], cloud="alibaba")
    ir.InstanceRoleBinding("on", named["tencent"], [ids], cloud="tencent")
"""
AFAR = """
    import pulumi
    import pulumi_instance_role as ir
    import pulumi_alicloud as alicloud

    far = pulumi.ResourceOptions(provider=alicloud.Provider("far", region="cn-beijing"))
    made = alicloud.ecs.Instance("made", instance_type="ecs.g6.large", image_id="x", security_groups=["sg-1"], opts=far)
    ir.InstanceRoleBinding("there", "theirs", [made.id], region="cn-beijing")
    ir.InstanceRoleBinding("here", "theirs", [made.id], region="cn-hangzhou")
"""


def test_a_reference_to_a_resource_of_the_other_clouds_own_package(sandbox: Sandbox, tmp_path: Path) -> None:
    """A warning: a name may be made of it on purpose."""
    done = preview(LENT, tmp_path, sandbox.env(), config={"instance-role:preflight": "warn"})
    assert done.code == 0, done.said
    told = [line for line in done.warnings if "is in the cloud" in line]
    ali, ten = (
        f"is in the cloud {there}, and this resource is in {here}; {REMEDY}"
        for there, here in (("alibaba", "tencent"), ("tencent", "alibaba"))
    )
    assert told == [
        f'instance-role: RolePolicyAttachment "alibaba-tencent" role: tencentcloud Role "ten" {ten}',
        f'instance-role: RolePolicyAttachment "tencent-alibaba" role: alicloud Role "ali" {ali}',
        f'instance-role: InstanceRoleBinding "on" instance_ids: alicloud Instance "made" {ali}',
    ]


def test_a_reference_to_an_instance_that_another_provider_makes_in_another_region(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    done = preview(AFAR, tmp_path, sandbox.env(), config={"instance-role:preflight": "warn"})
    assert done.code == 0, done.said
    told = [line for line in done.warnings if "is in region" in line]
    assert told == [
        'instance-role: InstanceRoleBinding "here" instance_ids: alicloud Instance "made" is in region cn-beijing, and '
        'this resource is in cn-hangzhou; give region="cn-beijing"'
    ]


def test_what_comes_out_of_a_remote_component_is_looked_at_as_what_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    """The SDK puts a stand-in for the component's resource on it, of which no type and no id is known."""
    program = """
        import asyncio
        import pulumi
        import pulumi_instance_role as ir

        async def given(value):
            return value

        def from_afar(value):
            inside = pulumi.resource.DependencyResource("urn:pulumi:dev::proj::my:index:Fleet$aws:x:Y::inside")
            return pulumi.Output({inside}, given(value), given(True))

        ir.InstanceRoleBinding("ids", "theirs", [from_afar("i-nowhere")])
        ir.InstanceRoleBinding("role", from_afar("theirs"), ["i-nowhere-2"])
    """
    done = preview(program, tmp_path, sandbox.env())
    told = done.faults()
    assert any('"ids" instance_ids' in line and "i-nowhere" in line for line in told), done.said
    assert any("i-nowhere-2" in line for line in told), done.said
