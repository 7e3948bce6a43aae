"""Preflight and finding on Tencent Cloud, in a real program: by its own rules, codes and words."""

from __future__ import annotations

from pathlib import Path

from tests.support.program import preview
from tests.support.sandbox import Sandbox

PROGRAM = """
    import pulumi_instance_role as ir

    ir.InstanceRole("foreign", cloud="tencent", name="foreign")
    role = ir.InstanceRole("untrusting", cloud="tencent", name="untrusting", trusted_services=["scf.qcloud.com"])
    document = ir.policy_document(ir.allow("name/cos:GetObject", on="*", cloud="tencent"))
    own = ir.InstanceRole("own", cloud="tencent", console_login=False)
    ir.RolePolicyAttachment("own", own, ir.RolePolicy("own", document, cloud="tencent"))
    ir.RolePolicyAttachment("preset", own, "QcloudCOSReadOnlyAccess", "System")
    ir.RolePolicyAttachment("no-policy", own, "nothing", "System")
    ir.InstanceRoleBinding("web", own, ir.find_instances(cloud="tencent", names=["web-*"]))
    ir.InstanceRoleBinding("untrusted", role, ["{other}"])
    ir.InstanceRoleBinding("bad-ids", own, ["ins-zzmissng", "ins-malformed", "{gone}", "{taken}", "{flat}"])
"""

EXPECTED = [
    ('InstanceRole "foreign" name', "exists already and was not made by this stack", "adopt=True"),
    ('RolePolicyAttachment "no-policy" policy', "the System policy nothing does not exist", ""),
    ('InstanceRoleBinding "untrusted" role', "does not let cvm.qcloud.com assume it", 'add "cvm.qcloud.com"'),
    (
        'InstanceRoleBinding "bad-ids" instance_ids',
        "3 instances do not exist in region ap-guangzhou (ins-",
        "correct",
    ),
    ('InstanceRoleBinding "bad-ids" instance_ids', "{flat} is not in a VPC", "move it or leave it out"),
    ('InstanceRoleBinding "bad-ids" instance_ids', '{taken} holds the role "holder"', 'on_conflict="replace"'),
]


def test_every_fault_at_once_and_nothing_changes(sandbox: Sandbox, tmp_path: Path) -> None:
    tencent = sandbox.tencent
    for role in ("foreign", "holder"):
        tencent.make_role(role)
    vpc = tencent.make_vpc()
    other, gone = tencent.make_vpc_instance(2, vpc)
    (taken,) = tencent.make_vpc_instance(1, vpc, CamRoleName="holder")
    web = tencent.make_vpc_instance(2, vpc, InstanceName="web-1")
    flat = tencent.call(
        "cvm", "RunInstances", Placement={"Zone": tencent.zone}, ImageId="img-eb30mz89", InstanceCount=1
    )["InstanceIdSet"][0]
    tencent.settle(60)
    tencent.call("cvm", "TerminateInstances", InstanceIds=[gone])
    tencent.settle(60)
    names = {"other": other, "gone": gone, "taken": taken, "flat": flat}
    mark = sandbox.mark()
    done = preview(PROGRAM.format(**names), tmp_path, sandbox.env())
    done.tells(EXPECTED, **names)
    (bound,) = [props for (kind, name), props in done.registered.items() if "Binding" in kind and name == "web"]
    assert sorted(bound["instance_ids"]) == sorted(web)
    calls = sandbox.calls(mark)
    assert calls and not any(call["write"] for call in calls)
