"""InstanceIdentity, fed by find_instances, on both clouds: what it makes, in which order, and what a change touches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployed import Deployed
from tests.support.host import UNKNOWN as UNKNOWN_VALUE
from tests.support.program import preview
from tests.support.sandbox import Sandbox

PROGRAM = """
import json
import pulumi
from pulumi_instance_role import InstanceIdentity, find_instances

STATEMENTS = {
    "alibaba": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:Get*", "Resource": "*"}]},
    "tencent": {"version": "2.0", "statement": [{"effect": "allow", "action": ["name/cos:Get*"], "resource": ["*"]}]},
}
SYSTEM = {"alibaba": "AliyunECSReadOnlyAccess", "tencent": "QcloudCOSReadOnlyAccess"}
OPTS = None
for cloud, conditions in json.load(open("find.json")).items():
    web = InstanceIdentity(
        f"{cloud}-web",
        policies=[STATEMENTS[cloud], (SYSTEM[cloud], "System")],
        instance_ids=find_instances(cloud=cloud, **conditions),
        cloud=cloud,
        description="of the web tier",
        tags={"team": "web"},
        opts=OPTS,
    )
    pulumi.export(cloud, {"role": web.role_name, "arn": web.arn, "ids": web.instance_ids})
"""
WRITES = {"alibaba": "AttachInstanceRamRole", "tencent": "ModifyInstancesAttribute"}


def launch(sandbox: Sandbox, where: dict[str, Any], cloud: str, count: int, name: str) -> list[str]:
    """Instances of this name, a hundred a call."""
    side: Any = sandbox if cloud == "alibaba" else sandbox.tencent
    made: list[str] = []
    while len(made) < count:
        made += side.make_vpc_instance(min(100, count - len(made)), where[cloud], InstanceName=name)
    return made


def bound(sandbox: Sandbox, since: int, cloud: str) -> list[str]:
    """The instances that were given a role after call number ``since``."""
    found: list[str] = []
    for call in sandbox.calls(since):
        if call["action"] == WRITES[cloud]:
            ids = call["params"]["InstanceIds"]
            found += json.loads(ids) if isinstance(ids, str) else ids
    return sorted(found)


@pytest.mark.timeout(400)
def test_new_instances_are_picked_up_at_the_next_up(project: Deployed, sandbox: Sandbox) -> None:
    where = {"alibaba": sandbox.make_vpc(), "tencent": sandbox.tencent.make_vpc()}
    web = {cloud: sorted(launch(sandbox, where, cloud, 101, "web-1")) for cloud in where}
    others = {cloud: launch(sandbox, where, cloud, 1, "db-1") for cloud in where}
    find = {cloud: {"vpc_id": where[cloud]["vpc"], "names": ["web-*", "none-*"]} for cloud in where}
    (project.folder / "find.json").write_text(json.dumps(find))
    project.program(PROGRAM)
    preview = project.run("sandbox", "preview", "--json")
    for cloud in where:  # all of it is known before anything is made
        shown = json.loads(preview)
        (binding,) = [
            one["newState"]["inputs"]
            for one in shown["steps"]
            if one["urn"].endswith(f"InstanceRoleBinding::{cloud}-web")
        ]
        assert sorted(binding["instance_ids"]) == web[cloud] and binding["role"].startswith(f"proj-dev-{cloud}-web")
    mark = sandbox.mark()
    project.up()
    made = project.outputs()
    for cloud in where:
        assert sorted(made[cloud]["ids"]) == web[cloud] == bound(sandbox, mark, cloud)
        assert made[cloud]["arn"].endswith(made[cloud]["role"])

    # A role is given only once it may do its work.
    order = [call["action"] for call in sandbox.calls(mark) if call["write"]]
    for attach, bind in (("AttachPolicyToRole", "AttachInstanceRamRole"), ("AttachRolePolicy", WRITES["tencent"])):
        attached = [index for index, action in enumerate(order) if action == attach]
        assert len(attached) == 2 and max(attached) < order.index(bind)

    # Instances come: only the difference is touched.
    new = {cloud: sorted(launch(sandbox, where, cloud, 2, "web-2")) for cloud in where}
    mark = sandbox.mark()
    project.up()
    for cloud in where:
        assert bound(sandbox, mark, cloud) == new[cloud]
        assert not set(others[cloud]) & set(project.outputs()[cloud]["ids"])

    # Renamed, with an alias: the same role, policies and bindings go on under new marks.
    alias = '    OPTS = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=f"{cloud}-web")])\n    web = '
    project.program(PROGRAM.replace("    web = ", alias).replace('f"{cloud}-web",', 'f"{cloud}-site",'))
    mark = sandbox.mark()
    before = project.outputs()
    project.up()
    assert project.outputs() == before
    assert sorted(set(project.writes(mark))) == ["TagResources", "TagRole", "UpdatePolicy"]
    project.run("sandbox", "destroy")
    assert not sandbox.state()["roles"] and not sandbox.tencent.state()["roles"]
    assert not sandbox.state()["policies"] and not sandbox.tencent.state()["policies"]
    assert {one["RamRoleName"] or "" for one in sandbox.state()["instances"]} == {""}


UNKNOWN = """
import pulumi
from pulumi_instance_role import InstanceIdentity, InstanceRole, RolePolicy

seed = InstanceRole("seed", cloud="alibaba")
document = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ram:GetRole", "Resource": seed.arn}]}
web = InstanceIdentity(
    "web",
    policies={
        "inside": document,
        "text": pulumi.Output.json_dumps(document),
        "given": (seed.role_id, "Custom"),
        "resource": RolePolicy("own", document, cloud="alibaba"),
    },
    instance_ids=[seed.role_id.apply(lambda id: "i-" + id)],
    cloud=pulumi.Output.from_input("alibaba"),
    tags={"a": "b"},
    opts=pulumi.ResourceOptions(depends_on=[seed], protect=True),
)
"""


def test_what_a_preview_does_not_know_is_no_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview(UNKNOWN, tmp_path, sandbox.env())
    assert done.code == 0, done.said
    made = {
        (kind.rpartition("instance-role:")[2], name): props
        for (kind, name), props in done.registered.items()
        if kind.startswith("instance-role:index:InstanceIdentity$")  # frozen: URNs in states carry it
    }
    assert sorted(made) == [
        ("InstanceRole", "web"),
        ("InstanceRoleBinding", "web"),
        ("RolePolicy", "web-inside"),
        ("RolePolicy", "web-text"),
        *(("RolePolicyAttachment", f"web-{key}") for key in ("given", "inside", "resource", "text")),
    ]
    assert made["RolePolicy", "web-text"]["document"] == UNKNOWN_VALUE
    assert dict(made["RolePolicy", "web-inside"]["tags"]) == {"a": "b"}
    assert list(made["InstanceRoleBinding", "web"]["instance_ids"]) == [UNKNOWN_VALUE]
    assert made["RolePolicyAttachment", "web-resource"]["role"] == made["InstanceRole", "web"]["name"]


PASSED_ON = """
import json
from pulumi_instance_role import InstanceIdentity

InstanceIdentity(
    "web",
    policies=[("AliyunECSReadOnlyAccess", "System")],
    instance_ids=json.load(open("ids.json")),
    cloud="alibaba",
    name="web",
    adopt=True,
    exclusive=True,
    at_least=2,
    force_detach=True,
    on_conflict="replace",
    max_session_duration=7200,
)
"""


def test_what_is_given_reaches_the_part_it_is_for(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = sandbox.make_vpc_instance(2, sandbox.make_vpc())
    (tmp_path / "ids.json").write_text(json.dumps(ids))
    done = preview(PASSED_ON, tmp_path, sandbox.env())
    assert done.code == 0, done.said
    parts = {kind.rpartition("instance-role:")[2]: props for (kind, _), props in done.registered.items()}
    role, binding = parts["InstanceRole"], parts["InstanceRoleBinding"]
    given = {"name": "web", "adopt": True, "exclusive": True, "force_detach": True, "max_session_duration": 7200}
    assert {key: role[key] for key in given} == given
    assert list(role["attached"]) == ["System:AliyunECSReadOnlyAccess"]
    assert {key: binding[key] for key in ("role", "adopt", "at_least", "on_conflict")} == {
        "role": "web",
        "adopt": True,
        "at_least": 2,
        "on_conflict": "replace",
    }
    assert parts["RolePolicyAttachment"]["adopt"] is True

    (tmp_path / "ids.json").write_text(json.dumps(ids[:1]))
    few = preview(PASSED_ON, tmp_path, sandbox.env())
    assert few.code != 0 and "1 instance is given and at_least wants 2" in few.said, few.said
