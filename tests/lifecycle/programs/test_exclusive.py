"""A role that is to have no policies of others: told by a refresh, taken off by the next up, and never its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox

PROGRAM = """
from pulumi_instance_role import *

role = InstanceRole("web", cloud="alibaba", exclusive={exclusive})
document = policy_document(allow("oss:GetObject", on="acs:oss:*:*:shop/*"))
policy = RolePolicy("shop", document, cloud="alibaba")
RolePolicyAttachment("shop", role, policy)
RolePolicyAttachment("read", {holder}, "AliyunOSSReadOnlyAccess", "System", cloud="alibaba")
role.name.apply(lambda name: RolePolicyAttachment("late", name, "AliyunVPCReadOnlyAccess", "System", cloud="alibaba"))
"""


@pytest.fixture
def deployed(sandbox: Sandbox, tmp_path: Path) -> Deployed:
    return Deployed(tmp_path, sandbox)


def write(deployed: Deployed, *, exclusive: bool = True, holder: str = "role") -> None:
    deployed.program(PROGRAM.format(exclusive=exclusive, holder=holder))


def policies(sandbox: Sandbox, role: str) -> set[str]:
    listed = sandbox.call("Ram", "ListPoliciesForRole", RoleName=role)["Policies"]["Policy"]
    return {one["PolicyName"] for one in listed}


def add(sandbox: Sandbox, role: str, policy: str = "AdministratorAccess") -> None:
    sandbox.call("Ram", "AttachPolicyToRole", RoleName=role, PolicyType="System", PolicyName=policy)
    sandbox.advance(60)


def drift(deployed: Deployed) -> str:
    return str(deployed.resources()["web"]["outputs"]["drift"])


@pytest.mark.timeout(400)
def test_what_others_put_on_it_is_told_and_taken_off(deployed: Deployed, sandbox: Sandbox) -> None:
    # Without the word nothing of others is touched.
    write(deployed, exclusive=False)
    deployed.up()
    role = deployed.resources()["web"]["outputs"]["name"]
    own = policies(sandbox, role)
    assert len(own) == 3
    add(sandbox, role)
    deployed.run("sandbox", "refresh")
    assert drift(deployed) == "in_sync" and policies(sandbox, role) == {*own, "AdministratorAccess"}

    # Saying it takes off what is there. What is declared later than the role is registered is put back in the same up.
    write(deployed)
    deployed.up()
    assert policies(sandbox, role) == own

    add(sandbox, role)
    said = json.loads(deployed.run("drift", "--json", code=2))
    found = [(one["resource"], each["class"]) for one in said["resources"] for each in one["differences"]]
    assert found == [("web", "policy_foreign")]
    deployed.run("sandbox", "refresh")
    assert drift(deployed) == "policy_foreign"
    assert policies(sandbox, role) == {*own, "AdministratorAccess"}
    deployed.up()
    assert policies(sandbox, role) == own and drift(deployed) == "in_sync"
    mark = sandbox.mark()
    deployed.up()
    assert deployed.writes(mark) == []


def test_a_name_that_is_an_output_is_refused(deployed: Deployed) -> None:
    write(deployed, holder="role.name.apply(str)")
    said = deployed.run("sandbox", "up", code=1)
    assert '"read" names its role by an output' in said and "Traceback" not in said
