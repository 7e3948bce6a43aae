"""Previews of whole programs by the embedded engine: what a person and a dependant see."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.forks import Forked
from tests.support.sandbox import Sandbox

WORDS = {
    "alibaba": '{{"Version": "1", "Statement": [{{"Effect": "Allow", "Action": "{verb}", "Resource": "*"}}]}}',
    "tencent": '{{"version": "2.0", "statement": [{{"effect": "allow", "action": "{verb}", "resource": "*"}}]}}',
}
KNOWN = """
    import json
    import pathlib
    import pulumi
    import pulumi_instance_role as ir

    given = json.loads(pathlib.Path("given.json").read_text())
    shown = {}

    async def tell(cloud, name, output):
        value = await output.future() if await output.is_known() else "?"
        shown.setdefault(cloud, {})[name] = value
        pathlib.Path("shown.json").write_text(json.dumps(shown))

    for cloud, mine in given.items():
        text = mine["description"]
        role = ir.InstanceRole(f"web-{cloud}", cloud=cloud, description=text, max_session_duration=3600)
        policy = ir.RolePolicy(f"read-{cloud}", mine["document"], cloud=cloud, description=text)
        bond = ir.RolePolicyAttachment(f"bond-{cloud}", role, policy)
        bound = ir.InstanceRoleBinding(f"on-{cloud}", role, mine["ids"])
        ir.InstanceRole(f"dependant-{cloud}", cloud=cloud, description=role.arn)
        for name, output in {
            "name": role.name, "arn": role.arn, "role_id": role.role_id, "trust_policy": role.trust_policy,
            "max_session_duration": role.max_session_duration, "adopted": role.adopted, "role_drift": role.drift,
            "document": policy.document, "policy_type": policy.policy_type, "version": policy.default_version,
            "policy_adopted": policy.adopted, "attached": bond.policy, "roles": bound.roles, "ids": bound.instance_ids,
            "binding_drift": bound.drift, "region": bound.region,
        }.items():
            pulumi.Output.from_input(tell(cloud, name, output))
"""
FAULTY = """
    import pulumi_instance_role as ir
    role = ir.InstanceRole("web", cloud="alibaba", name="under_score")
    ir.InstanceRole("db", cloud="tencent", name="sla/sh", max_session_duration=43201)
    ir.RolePolicyAttachment("a", "nobody", "AliyunOSSReadOnlyAccess", "System", cloud="alibaba")
    ir.InstanceRoleBinding("b", role, ["web-1"], region="cn-hangzhou")
    ir.InstanceRoleBinding("c", "nobody", ["ins-zzzzzzzz"], cloud="tencent")
"""


@dataclass
class Project:
    """A project in a folder of its own, run by the embedded engine's command."""

    folder: Path
    env: Mapping[str, str]

    def run(self, command: str, *options: str) -> tuple[int, str, str]:
        """Run a command to its end: exit code, output, errors."""
        line = ("sandbox", command, "--stack", "dev", *options)
        process = Forked("pulumi_instance_role.cli", *line, env=self.env, cwd=self.folder)
        output, errors = process.communicate(timeout=150)
        return process.wait(), output, errors

    def write(self, program: str) -> None:
        (self.folder / "__main__.py").write_text(textwrap.dedent(program), encoding="utf-8")

    def shown(self, command: str, given: Mapping[str, Any], *options: str) -> tuple[dict[str, Any], str]:
        """What the program's outputs are in one operation; what the engine said."""
        (self.folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
        code, output, errors = self.run(command, *options)
        assert code == 0, output + errors
        found: dict[str, Any] = json.loads((self.folder / "shown.json").read_text())
        return found, output


@pytest.fixture
def project(sandbox: Sandbox, tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: proj\nruntime: python\n", encoding="utf-8")
    return Project(tmp_path, {**sandbox.env(), "PULUMI_CONFIG_PASSPHRASE": "correct horse", "COLUMNS": "250"})


def test_a_preview_with_faults_ends_with_all_of_them(sandbox: Sandbox, project: Project) -> None:
    project.write(FAULTY)
    mark = sandbox.mark()
    code, output, errors = project.run("preview")
    assert code == 1
    said = output + errors
    assert "preflight found 7 faults; nothing was changed" in said and "Traceback" not in said
    for fault in (
        "InstanceRole \"web\" name: 'under_score' is not a role name",
        "InstanceRole \"db\" name: 'sla/sh' is not a role name",
        'InstanceRole "db" max_session_duration: must be 0 to 43200 whole seconds, not 43201',
        'RolePolicyAttachment "a" role: role nobody does not exist',
        'InstanceRoleBinding "b" instance_ids: web-1: not an instance id of this cloud',
        'InstanceRoleBinding "c" role: role nobody does not exist',
        'InstanceRoleBinding "c" instance_ids: instance ins-zzzzzzzz does not exist in region ap-guangzhou',
    ):
        assert said.count(fault) == 1, (fault, said)
    assert not any(call["write"] for call in sandbox.calls(mark))
    assert sandbox.state()["roles"] == [] == sandbox.tencent.state()["roles"]


def given(ids: Mapping[str, list[str]], description: str, verb: str) -> dict[str, Any]:
    verbs = {"alibaba": f"oss:{verb}", "tencent": f"cos:{verb}"}
    return {
        cloud: {"description": description, "document": WORDS[cloud].format(verb=verbs[cloud]), "ids": found}
        for cloud, found in ids.items()
    }


def test_every_output_that_can_be_known_at_preview_is_known(sandbox: Sandbox, project: Project) -> None:
    project.write(KNOWN)
    ids = {"alibaba": sorted(sandbox.make_vpc_instance(2)), "tencent": sorted(sandbox.tencent.make_vpc_instance(2))}
    first = {cloud: found[:1] for cloud, found in ids.items()}

    created, _ = project.shown("preview", given(first, "one", "Get"))
    for cloud, seen in created.items():
        unknown = {name for name, value in seen.items() if value == "?"}
        found_by_a_look = {"arn", "role_id", "adopted", "policy_adopted", "version", "role_drift", "binding_drift"}
        assert unknown == found_by_a_look, cloud
        assert seen["roles"] == {first[cloud][0]: seen["name"]} and seen["attached"].startswith("proj-dev-read-")

    made, _ = project.shown("up", given(first, "one", "Get"))
    for cloud, seen in made.items():
        assert {name: value for name, value in seen.items() if created[cloud][name] not in ("?", value)} == {}
        assert type(seen["max_session_duration"]) is int and seen["max_session_duration"] == 3600
        assert type(seen["role_id"]) is str and seen["role_id"].isdigit()
        assert (seen["role_drift"], seen["binding_drift"], seen["adopted"]) == ("in_sync", {}, False)

    mark = sandbox.mark()
    updated, said = project.shown("preview", given(ids, "two", "Get"), "--json")
    assert not any(call["write"] for call in sandbox.calls(mark))
    for cloud, seen in updated.items():
        drifts = {"role_drift": "?", "binding_drift": "?"}
        bound = {"roles": dict.fromkeys(ids[cloud], seen["name"]), "ids": ids[cloud]}
        assert seen == {**made[cloud], **bound, **drifts}
        (dependant,) = [one for one in json.loads(said)["steps"] if one["urn"].endswith(f"::dependant-{cloud}")]
        assert dependant["newState"]["inputs"]["description"] == made[cloud]["arn"]


@pytest.mark.soak
def test_a_version_is_known_unless_the_document_makes_a_new_one(sandbox: Sandbox, project: Project) -> None:
    project.write(KNOWN)
    first: dict[str, list[str]] = {"alibaba": [], "tencent": []}
    made, _ = project.shown("up", given(first, "one", "Get"))
    edited, _ = project.shown("preview", given(first, "one", "Put"))
    assert (edited["alibaba"]["version"], edited["tencent"]["version"]) == ("?", made["tencent"]["version"])
    assert edited["alibaba"]["arn"] == made["alibaba"]["arn"]
    after, _ = project.shown("up", given(first, "one", "Put"))
    assert after["alibaba"]["version"] == "v2"
    back, _ = project.shown("preview", given(first, "one", "Get"))
    assert back["alibaba"]["version"] == "v1"  # put in force again, so known before it is

    sandbox.fault("deny", "GetRole", times=None)
    denied, _ = project.shown("preview", given(first, "two", "Put"))
    assert (denied["alibaba"]["arn"], denied["alibaba"]["version"]) == ("?", "v2")  # what may not be read stays unknown
