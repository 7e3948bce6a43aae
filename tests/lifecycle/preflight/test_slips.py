"""What comes through an output is judged when it is known: at the preview in one list, at an update by the host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import preview
from tests.support.sandbox import Sandbox

PROGRAM = """
    import json
    import pulumi
    import pulumi_instance_role as ir

    DOCUMENTS = {
        "alibaba": lambda on: {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "oss:*", "Resource": on}]},
        "tencent": lambda on: {"version": "2.0", "statement": [{"effect": "deny", "action": ["*"], "resource": [on]}]},
    }
    START = {"alibaba": "acs:oss:*:*:", "tencent": "qcs::cos:::"}
    known = pulumi.Output.from_input("bucket")
    text = f"{known}/*"
    later = pulumi.Output.from_input
    for cloud in [CLOUD]:
        start, written = START[cloud], DOCUMENTS[cloud]
        ir.RolePolicy("dict", later(written(start + text)), cloud)
        ir.RolePolicy("json", later(json.dumps(written(start + text))), cloud)
        ir.RolePolicy("text", later('{"a": "' + text + '"}'), cloud)
        ir.RolePolicy("blank", later(written(start + "b/x ")), cloud)
        ir.InstanceRole("texts", cloud, name=later(text), description=later(text),
                        tags=later({"a": text, "b": "c"}), trusted_services=later([text]))
        ir.RolePolicyAttachment("names", later(text), later("Read Only\\n"), "System", cloud)
        ir.InstanceRoleBinding("ids", later("web "), ["i-1 ", "ins-1\\t", later(text)], cloud)
        ir.InstanceRoleBinding("blank-ids", "web", [" i-1", "\\x00ins-1"], cloud)
        ir.PassRoleGrant("grant", later([text]), user=later(text), cloud=cloud)
        ir.PassRoleGrant("names", ["a b"], user=" ops", cloud=cloud, regions=["cn-hangzhou "])
"""
FORMAT = "an output was put into a text, which takes its value before there is one; make the text with pulumi.Output"
WHITE = "has white space or a control character in it; take it out"


def expected(cloud: str) -> list[tuple[str, str]]:
    """Resource and property, and words of the fault."""
    statement = "Statement[0].Resource" if cloud == "alibaba" else "statement[0].resource[0]"
    return [
        ('RolePolicy "dict", "json" document', f"{statement}: {FORMAT}"),
        ('RolePolicy "text" document', FORMAT),
        ('RolePolicy "blank" document', "has white space at an end or a control character in it"),
        ('InstanceRole "texts" name', FORMAT),
        ('InstanceRole "texts" description', FORMAT),
        ('InstanceRole "texts" tags', f"a: {FORMAT}"),
        ('InstanceRole "texts" trusted_services', f"[0]: {FORMAT}"),
        ('RolePolicyAttachment "names" role', FORMAT),
        ('RolePolicyAttachment "names" policy', f"'Read Only\\n' {WHITE}"),
        ('InstanceRoleBinding "ids" role', f"'web ' {WHITE}"),
        ('InstanceRoleBinding "ids" instance_ids', f"[2]: {FORMAT}"),
        (
            'InstanceRoleBinding "ids" instance_ids',
            "2 texts are not instance ids of this cloud ('i-1 ', 'ins-1\\t'); take",
        ),
        ('InstanceRoleBinding "blank-ids" instance_ids', "' i-1': not an instance id of this cloud; take white space"),
        (
            'InstanceRoleBinding "blank-ids" instance_ids',
            "'\\x00ins-1': holds U+0000, which cannot be seen; take it out",
        ),
        ('PassRoleGrant "grant" roles', f"[0]: {FORMAT}"),
        ('PassRoleGrant "grant" user', FORMAT),
        ('PassRoleGrant "names" user', "' ops' is not a user name"),
        ('PassRoleGrant "names" roles', "'a b': not a role name"),
        ('PassRoleGrant "names" regions', "'cn-hangzhou ': not a region"),
    ]


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_every_text_that_comes_later_is_judged_at_the_preview(sandbox: Sandbox, tmp_path: Path, cloud: str) -> None:
    done = preview(PROGRAM.replace("CLOUD", repr(cloud)), tmp_path, sandbox.env() | sandbox.tencent.env())
    listed = done.faults()
    assert not [line for line in listed if "Calling __str__" in line]
    for resource, words in expected(cloud):
        assert [line for line in listed if line.startswith(f"{resource}: ") and words in line], (resource, words)
    assert len(listed) == len(expected(cloud)), listed


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_an_update_without_a_preview_refuses_it_too(sandbox: Sandbox, tmp_path: Path, cloud: str) -> None:
    program = f"""
        import pulumi
        import pulumi_instance_role as ir
        text = f"{{pulumi.Output.from_input('web')}}"
        ir.InstanceRole("r", {cloud!r}, description=pulumi.Output.from_input(text))
    """
    both, off = sandbox.env() | sandbox.tencent.env(), {"instance-role:Cloud": "x", "instance-role:preflight": "off"}
    done = preview(program, tmp_path, both, dry_run=False, config=off)
    assert len([line for line in done.warnings if "is instance-role:cloud meant?" in line]) == 1
    assert done.code != 0 and f"description: {FORMAT}" in done.said
