"""Whole programs whose names mean something else by now, or what another state has: previewed, deployed, destroyed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.lifecycle.resources.names import Alibaba, Names, TencentNames, names
from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox

__all__ = ["names"]

PROGRAM = """
import json
import pulumi_instance_role as ir

given = json.load(open("given.json"))
role = ir.InstanceRole("web", name="web", description=given["description"], adopt=given["adopt"])
policy = ir.RolePolicy("read", given["document"], name="read", adopt=given["adopt"])
ir.RolePolicyAttachment("bond", role, policy)
ir.InstanceRoleBinding("on", role, given["ids"])
if given["more"]:
    ir.RolePolicyAttachment("more", "web", given["more"], "System")
"""


class Site:
    """A project on one cloud."""

    def __init__(self, names: Names, project: Deployed, ids: list[str]) -> None:
        self.names, self.project, self.ids = names, project, ids
        project.program(PROGRAM)
        project.config(instance_role__cloud=names.cloud)
        self.declare()

    def declare(self, description: str = "d", more: str = "", *, adopt: bool = False) -> None:
        given = {"description": description, "more": more, "adopt": adopt, "ids": self.ids}
        (self.project.folder / "given.json").write_text(json.dumps({**given, "document": self.names.document}))

    def preview(self, code: int = 0) -> str:
        return self.project.run("sandbox", "preview", code=code)


@pytest.fixture
def site(names: Names, project: Deployed) -> Site:
    return Site(names, project, names.launch(1))


@pytest.mark.parametrize("names", [Alibaba], indirect=True)
def test_a_role_that_goes_before_its_successor_is_told_at_preview(names: Names, project: Deployed) -> None:
    program = """
import pulumi
import pulumi_instance_role as ir

first = pulumi.ResourceOptions(delete_before_replace=True)
ir.InstanceRoleBinding("on", ir.InstanceRole("web", name={name}, opts=first), {ids!r})
"""
    (one,) = names.launch(1)
    project.config(instance_role__cloud=names.cloud)
    project.program(program.format(name="'web'", ids=[one]))
    project.up()
    assert "ended_first" not in project.resources()["web"]["inputs"]
    project.program(program.format(name="pulumi.Output.secret('app')", ids=[one]))
    said = " ".join(project.run("sandbox", "preview").split())
    told = 'InstanceRole "web" name: the role [secret] is deleted before its successor is made'
    assert told in said and "ended_first: [secret]" in said
    project.program(program.format(name="'app'", ids=[one]))
    said = " ".join(project.run("sandbox", "preview").split())
    held = f"and the update stops there if instances hold it, as 1 does now ({one}); leave delete_before_replace out"
    assert f'InstanceRole "web" name: the role "web" is deleted before its successor is made, {held}' in said
    assert "is still held by instances" in project.run("sandbox", "up", code=1)


@pytest.mark.parametrize("names", [Alibaba], indirect=True)
@pytest.mark.timeout(400)
def test_a_namesake_is_told_at_preview_and_gets_nothing(site: Site) -> None:
    names, project = site.names, site.project
    project.up()
    old = names.id_of("role", "web")
    new = names.remake_role()
    for description, more in (("d", ""), ("d", names.system_policy), ("edited", "")):
        site.declare(description, more)
        said = site.preview(code=1)
        assert f"the state means id {old}, the one there now has id {new}; declare another name; or, to take it" in said
        assert "preflight found 1 fault; nothing was changed" in said
    said = " ".join(project.run("drift", code=2).split())
    anew = f"role web was deleted and made again by somebody else: the state means id {old}, the one there now has id"
    assert f"gone: {anew} {new} declare another name; or, to take it over, say adopt=True" in said
    assert f"since {anew} {new}" in said  # what was on the role that is deleted
    mark = names.sandbox.mark()
    said = project.run("sandbox", "up", code=1)
    assert new in said and names.give_writes(mark) == []
    site.declare()
    project.run("sandbox", "refresh")  # takes it out of the state
    assert "exists already and was not made by this stack" in site.preview(code=1)
    names.drop_role("web")
    project.up()
    assert names.on_role("web") == [("read", "Custom")] and names.held(site.ids) == ["web"]
    mark = names.sandbox.mark()
    project.up()
    assert names.give_writes(mark) == []
    project.run("sandbox", "destroy")
    assert not names.exists("role", "web") and not names.exists("policy", "read")


@pytest.mark.parametrize("names", [TencentNames], indirect=True)
@pytest.mark.timeout(400)
def test_a_policy_of_the_same_name_is_told_at_preview(site: Site) -> None:
    names, project = site.names, site.project
    project.up()
    old = names.id_of("policy", "read")
    new = names.remake_policy()
    said = site.preview(code=1)
    assert 'RolePolicy "read" name: policy read was deleted and made again by somebody else' in said
    assert old in said and new in said and "found 1 fault" in said


@pytest.mark.parametrize("names", [TencentNames], indirect=True)
@pytest.mark.timeout(400)
def test_two_states_of_one_name(site: Site, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> None:
    names = site.names
    site.project.up()
    other = tmp_path_factory.mktemp("second")
    second = Site(names, Deployed(Path(other), sandbox), site.ids)
    second.declare("the second one's")
    mark = names.sandbox.mark()
    said = second.preview(code=1)
    role = (
        "role web exists already with the mark of this very resource, but differs from what is declared (description)"
    )
    assert f'InstanceRole "web" name: {role} and is in use (' in said
    assert 'RolePolicy "read" name: policy read exists already with the mark of this very resource' in said
    assert "may be the one of another state of stack proj/dev; give this stack, or the resource, another name" in said
    second.project.run("sandbox", "up", code=1)
    assert names.give_writes(mark) == [] and names.description("role", "web") == "d"

    second.declare("d", adopt=True)
    said = second.preview()
    released = "which may be the one of another state of stack proj/dev; it is released, not deleted, at the end"
    assert f'InstanceRole "web" name: takes over role web (id {names.id_of("role", "web")}), {released}' in said
    assert f'RolePolicy "read" name: takes over policy read (id {names.id_of("policy", "read")}), {released}' in said
    assert 'RolePolicyAttachment "bond" policy: read is on role web already; it stays there at the end' in said
    second.project.up()
    second.project.run("sandbox", "destroy")
    assert names.exists("role", "web") and names.on_role("web") == [("read", "Custom")]
    site.project.run("sandbox", "destroy")
    assert not names.exists("role", "web")


@pytest.mark.parametrize("names", [Alibaba], indirect=True)
@pytest.mark.timeout(400)
def test_adopted_things_are_left_as_they_were_found(site: Site) -> None:
    names, project = site.names, site.project
    names.make_role("web")
    names.make_policy("read")
    names.put_on("web", "read", "Custom")
    names.put_on("web", names.system_policy, "System")
    site.declare(more="", adopt=True)
    said = site.preview()
    assert "which this stack did not make; it is released, not deleted, at the end" in said
    assert "policy: read is on role web already; it stays there at the end" in said
    project.up()
    project.run("sandbox", "destroy")
    assert names.exists("policy", "read")
    assert sorted(names.on_role("web")) == sorted([("read", "Custom"), (names.system_policy, "System")])


@pytest.mark.parametrize("names", [TencentNames], indirect=True)
@pytest.mark.timeout(400)
def test_an_interrupted_create_is_told_of_and_finished(site: Site) -> None:
    names, project = site.names, site.project
    project.up()
    for policy, kind in names.on_role("web"):
        names.take_off("web", policy, kind)
    project.sandbox.advance(1)
    lost = project.folder / ".sandbox"
    if names.cloud == "alibaba":
        names.sandbox.call("Ecs", "DetachInstanceRamRole", InstanceIds=f'["{site.ids[0]}"]', RamRoleName="web")
    else:
        names.tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=site.ids, CamRoleName="")
    shutil.rmtree(lost)  # nothing in the state, and all of it as a create leaves it
    said = site.preview()
    assert 'InstanceRole "web" name: goes on with role web (id ' in said
    assert 'RolePolicy "read" name: goes on with policy read (id ' in said
    project.up()
    project.run("sandbox", "destroy")
    assert not names.exists("role", "web") and not names.exists("policy", "read")
