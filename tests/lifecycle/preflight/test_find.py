"""Instances found for a binding, in a real program."""

from __future__ import annotations

from pathlib import Path

from tests.support.program import preview
from tests.support.sandbox import Sandbox

PROGRAM = """
    import pulumi_instance_role as ir
    print("all", ir.find_instances(vpc_id="{vpc}"))
    print("named", ir.find_instances(vpc_id="{vpc}", names=["web-*"]))
    print("tagged", ir.find_instances(tags={{"team": "a"}}))
    print("none", ir.find_instances(vpc_id="{vpc}", names=["no-*"]))
    ir.InstanceRoleBinding("web", "app", ir.find_instances(names=["web-*"]))
"""


def test_who_may_not_see_roles_finds_instances_all_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    found = sandbox.make_vpc_instance(1, InstanceName="web-1")
    sandbox.switch(describe_unknown_id="empty")  # then no row of a role proves nothing
    done = preview(
        "import pulumi_instance_role as ir; print(ir.find_instances(names=['web-1']))", tmp_path, sandbox.env()
    )
    assert (done.code, done.said) == (0, f"{found}\n")


def test_a_cloud_that_cannot_be_asked_is_one_line(sandbox: Sandbox, tmp_path: Path) -> None:
    program = "import pulumi_instance_role as ir; ir.find_instances(names=['web-1']); print('went on')"
    nobody = sandbox.user("nobody")
    for keys, config, said in (
        (nobody, {}, "instance-role: find_instances: DescribeInstanceAttribute: User not authorized"),
        (None, {"alicloud:region": "no where"}, 'instance-role: find_instances: region: "no where" is not a region'),
    ):
        done = preview(program, tmp_path, sandbox.env(keys), config=config)
        assert done.code == 1 and done.said.startswith(said), done.said
        assert len(done.said.splitlines()) == 1


def test_instances_are_found_by_vpc_name_and_tag(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.make_role("app")
    where = sandbox.make_vpc()
    web = sorted(sandbox.make_vpc_instance(2, where, InstanceName="web-1"))
    db = sandbox.make_vpc_instance(1, where, InstanceName="db-1", Tag=[{"Key": "team", "Value": "a"}])
    sandbox.make_vpc_instance(1, InstanceName="elsewhere")
    done = preview(PROGRAM.format(**where), tmp_path, sandbox.env())
    assert done.code == 0, done.said
    expected = {"all": sorted(web + db), "named": web, "tagged": db, "none": []}
    assert done.said.splitlines() == [f"{name} {found}" for name, found in expected.items()]
    (bound,) = [props for (kind, _), props in done.registered.items() if kind.endswith("InstanceRoleBinding")]
    assert list(bound["instance_ids"]) == web


def test_too_few_are_one_line_that_says_how_many(sandbox: Sandbox, tmp_path: Path) -> None:
    found = sandbox.make_vpc_instance(2, InstanceName="web-1")
    program = "import pulumi_instance_role as ir; print(ir.find_instances(names=['{name}'], at_least={least}))"
    few = preview(program.format(name="web-*", least=3), tmp_path, sandbox.env())
    assert few.code == 1 and few.said.splitlines() == [
        "instance-role: find_instances(names=['web-*']) found 2 instances and at_least wants 3; "
        "correct the conditions, the region or at_least"
    ]
    typo = preview(program.format(name="wbe-*", least=1), tmp_path, sandbox.env())
    assert typo.code == 1 and "found 0 instances and at_least wants 1;" in typo.said
    enough = preview(program.format(name="web-*", least=2), tmp_path, sandbox.env())
    assert (enough.code, enough.said) == (0, f"{sorted(found)}\n")


def test_a_binding_with_too_few_instances_is_a_fault_of_the_preview(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.make_role("app")
    program = "import pulumi_instance_role as ir; ir.InstanceRoleBinding('web', 'app', [], at_least=2)"
    assert preview(program, tmp_path, sandbox.env()).faults() == [
        'InstanceRoleBinding "web" instance_ids: 0 instances are given and at_least wants 2; '
        "correct what finds them, or at_least"
    ]
