"""alice/dev and bob/dev are two stacks: the organization is part of the owner's mark and of a derived name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.names import Names, names
from tests.support.host import Host, HostError, Props, Thing
from tests.support.program import preview
from tests.support.sandbox import Sandbox

__all__ = ["names"]

TOKEN = "pulumi-python:dynamic/instance-role:InstanceRole"
DERIVED = """
    import pulumi_instance_role as ir
    ir.InstanceRole("web")
"""
NAMED = """
    import pulumi_instance_role as ir
    ir.InstanceRole("web", name="web")
"""


class Organized(Host):
    """The host of a stack that its backend keeps in an organization."""

    organization = "alice"

    def owner(self, resource: str) -> dict[str, str]:
        return {**super().owner(resource), "organization": self.organization}


def test_names_differ_and_those_without_an_organization_stay(sandbox: Sandbox, tmp_path: Path) -> None:
    found = {}
    for organization in ("organization", "alice", "bob"):
        done = preview(DERIVED, tmp_path, sandbox.env(), organization=organization)
        assert done.code == 0, done.said
        registered = done.registered[TOKEN, "web"]
        found[organization] = registered["name"]
        assert dict(registered["owner"]).get("organization") == (
            None if organization == "organization" else organization
        )
    assert len(set(found.values())) == 3 and all(one.startswith("proj-dev-web-") for one in found.values())
    assert found["organization"] == "proj-dev-web-6078f95"  # as of every release before


def test_what_one_organization_made_is_not_the_others(
    sandbox: Sandbox, names: Names, tmp_path: Path, start: StartHost
) -> None:
    declared = names.where(name="web")
    with Organized(sandbox.env()) as alice:
        assert alice.up(Thing("InstanceRole", "web"), declared) == "create"
    program = NAMED.replace('name="web"', f'name="web", cloud="{names.cloud}"')
    for organization in ("bob", "organization"):
        done = preview(program, tmp_path, sandbox.env(), organization=organization)
        (told,) = done.faults()
        assert "role web exists already and was made by stack alice/proj/dev" in told and "adopt=True" in told
    with pytest.raises(HostError, match="made by stack alice/proj/dev"):
        start().up(Thing("InstanceRole", "web"), declared)
    done = preview(program, tmp_path, sandbox.env(), organization="alice")  # as an interrupted create leaves it
    assert done.code == 0 and any("goes on with role web" in one for one in done.infos), (done.said, done.infos)


def test_marks_of_older_releases_are_still_ours_and_nothing_changes_by_the_upgrade(
    sandbox: Sandbox, names: Names, start: StartHost
) -> None:
    lives: dict[str, Props] = {
        "InstanceRole": names.where(name="web"),
        "RolePolicy": names.where(name="read", document=names.document),
        "RolePolicyAttachment": names.where(role="web", policy="read", policy_type="Custom"),
    }
    things = {kind: Thing(kind, "mine") for kind in lives}
    for kind, thing in things.items():
        assert start().up(thing, lives[kind]) == "create"  # no organization in mark and state
    with Organized(sandbox.env()) as upgraded:
        for kind, thing in things.items():
            assert upgraded.up(thing, lives[kind]) == "same", kind
            assert upgraded.read(thing) and upgraded.up(thing, lives[kind]) == "same", kind
        edited = {**lives["InstanceRole"], "description": "new"}
        assert upgraded.up(things["InstanceRole"], edited) == "update"
        assert things["InstanceRole"].outputs["owner"]["organization"] == "alice"
        assert upgraded.up(Thing("RolePolicy", "mine"), lives["RolePolicy"] | {"adopt": True}) == "create"
    destroy = start()
    for kind in reversed(list(lives)):
        destroy.delete(things[kind])
    assert not names.exists("role", "web") and not names.exists("policy", "read")
