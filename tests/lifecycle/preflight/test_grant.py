"""Preflight of PassRoleGrants: who is there, what exists, and who would be granting to itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role import PassRoleGrant
from tests.support.program import preview
from tests.support.sandbox import Sandbox

PROGRAM = """
    import pulumi_alicloud as alicloud
    import pulumi_instance_role as ir

    web = ir.InstanceRole("web")
    ir.PassRoleGrant("new", [web, "there"], user="ops", instance_ids=["i-1"], regions=["cn-hangzhou"])
    ir.PassRoleGrant("role", [web], role=ir.InstanceRole("pipeline", trusted_services=["fc.aliyuncs.com"]))
    made = alicloud.ram.User("made", name="made")
    theirs = alicloud.ram.Role("theirs", role_name="theirs")
    ir.PassRoleGrant("lent", [theirs.role_name], user=made.name)

    ir.PassRoleGrant("typo", [web, "there", "nowhere"], user="opps")
    ir.PassRoleGrant("root", ["there"], user="{account}")
    ir.PassRoleGrant("nobody", ["there"], group="nobody", name="taken")
    ir.PassRoleGrant("twin", ["there"], user="ops", name="same")
    ir.RolePolicy("twin-policy", ir.policy_document(ir.allow("oss:GetObject", on="*")), name="same")
"""

EXPECTED = [
    ('PassRoleGrant "typo" roles', "role nowhere does not exist", "declare it as an InstanceRole"),
    ('PassRoleGrant "typo" user', "user opps does not exist", "make the user first"),
    ('PassRoleGrant "root" user', "the account itself may pass every role", "name a user"),
    ('PassRoleGrant "nobody" name', "policy taken exists already and was not made by this stack", "another name"),
    ('PassRoleGrant "nobody" group', "group nobody does not exist", "make the group first"),
    ('PassRoleGrant "twin" name', 'policy same is also declared by "twin-policy"', "declare it once"),
]


def test_every_fault_of_a_grant_and_no_other(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.call("Ram", "CreateUser", UserName="ops")
    sandbox.make_role("there")
    document = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}'
    sandbox.call("Ram", "CreatePolicy", PolicyName="taken", PolicyDocument=document)
    mark = sandbox.mark()
    done = preview(PROGRAM.format(account=sandbox.account_id), tmp_path, sandbox.env())
    done.tells(EXPECTED)
    assert done.warnings == []
    assert not any(call["write"] for call in sandbox.calls(mark))


def test_a_deployer_that_grants_itself_is_warned(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.make_role("there")
    everything = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    sandbox.user("deployer", everything)
    keys = sandbox.group("deployers", members=["deployer"])["deployer"]
    sandbox.call("Ram", "CreateUser", UserName="ops")
    for number in range(10):
        document = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}'
        sandbox.call("Ram", "CreatePolicy", PolicyName=f"p{number}", PolicyDocument=document)
        sandbox.call("Ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName=f"p{number}", UserName="ops")
    program = """
        import pulumi_instance_role as ir
        ir.PassRoleGrant("own", ["there"], user="deployer")
        ir.PassRoleGrant("ours", ["there"], group="deployers")
        ir.PassRoleGrant("theirs", ["there"], user="ops")
    """
    done = preview(program, tmp_path, sandbox.env(keys))
    assert done.code == 0, done.said
    escalation = "so this deployment grants itself the right to pass roles; let the owner of the account declare"
    own, ours, full = sorted(done.warnings, key=lambda said: ["own", "ours", "theirs"].index(said.split('"')[1]))
    assert f'"own" user: the credentials in use act as user deployer, {escalation}' in own
    assert f'"ours" group: the credentials in use act as group deployers, {escalation}' in ours
    assert '"theirs" user: user ops holds 10 Custom policies and can hold 10; detach one' in full


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({}, ValueError, "user: give exactly one of user=, group= and role=, not none of them"),
        ({"user": "a", "role": "b"}, ValueError, "role: give exactly one of user=, group= and role=, not user and"),
        ({"roles": "there", "user": "a"}, TypeError, "roles: must be list or tuple, not str; give a list of names"),
        ({"roles": [1], "user": "a"}, TypeError, "roles: must be str, not int; give a name or an InstanceRole"),
        ({"user": "a", "regions": "cn"}, TypeError, "regions: must be list or tuple, not str; give a list, such"),
    ],
)
def test_what_cannot_be_right_is_told_where_the_program_says_it(
    arguments: dict[str, Any], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=re.escape(text)):
        PassRoleGrant("g", **{"roles": ["there"], "cloud": "alibaba", **arguments})
