"""Drift of every class, made by others, named by the command and by a refresh, and put right by the next up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from pulumi_instance_role.cli.drift import document as written
from pulumi_instance_role.cli.drift import drift
from pulumi_instance_role.drift.stack import TYPE, find_drift, stored_resources
from pulumi_instance_role.drift.told import told
from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox

FORM = jsonschema.Draft202012Validator(json.loads((Path(__file__).parents[3] / "docs/drift.schema.json").read_text()))
PROGRAM = """
import json
import pulumi
from pulumi_instance_role import (
    InstanceRole, InstanceRoleBinding, RolePolicy, RolePolicyAttachment, allow, policy_document
)

instances = json.load(open("instances.json"))
documents = {
    "alibaba": policy_document(allow("oss:GetObject", on="acs:oss:*:*:reports/*")),
    "tencent": {"version": "2.0", "statement": [
        {"effect": "allow", "action": ["name/cos:GetObject"], "resource": ["qcs::cos:::reports/*"]}]},
}
system = {"alibaba": "AliyunOSSReadOnlyAccess", "tencent": "QcloudCOSReadOnlyAccess"}
for cloud, ids in instances.items():
    for name in ("app", "trust", "gone", "other"):
        InstanceRole(f"{cloud}-{name}", cloud=cloud, name=f"{name}", description="d")
    for name in ("read", "text"):
        RolePolicy(f"{cloud}-{name}", documents[cloud], cloud=cloud, name=name, description="d")
    RolePolicyAttachment(f"{cloud}-bond", "app", system[cloud], "System", cloud=cloud)
    InstanceRoleBinding(f"{cloud}-web", "app", ids, cloud=cloud)
RolePolicy("secret", pulumi.Output.secret(json.dumps(documents["alibaba"])), cloud="alibaba", name="secret")
if "alibaba" in instances:
    RolePolicy("alibaba-version", documents["alibaba"], cloud="alibaba", name="version")
"""

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def stored(kind: str, **outputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::proj::{TYPE}{kind}::x", "type": f"{TYPE}{kind}", "id": "x", "outputs": outputs}


WIDER = {
    "alibaba": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]},
    "tencent": {"version": "2.0", "statement": [{"effect": "allow", "action": ["cos:*"], "resource": ["*"]}]},
}


@pytest.fixture
def deployed(sandbox: Sandbox, tmp_path: Path) -> Deployed:
    """The program, with four instances on each cloud."""
    project = Deployed(tmp_path, sandbox)
    project.program(PROGRAM)
    ids = {"alibaba": sandbox.make_vpc_instance(4), "tencent": sandbox.tencent.make_vpc_instance(4)}
    (tmp_path / "instances.json").write_text(json.dumps(ids))
    return project


def instances(deployed: Deployed) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((deployed.folder / "instances.json").read_text())
    return found


def meddle_with_alibaba(sandbox: Sandbox, swapped: str, unbound: str, gone: str) -> None:
    ram: Callable[..., Any] = lambda action, **params: sandbox.call("Ram", action, **params)  # noqa: E731
    text = json.dumps(WIDER["alibaba"])
    same = json.loads(
        ram("GetPolicy", PolicyName="version", PolicyType="Custom")["DefaultPolicyVersion"]["PolicyDocument"]
    )
    for policy, document in (("version", json.dumps(same, indent=2)), ("read", text), ("secret", text)):
        ram("CreatePolicyVersion", PolicyName=policy, PolicyDocument=document, SetAsDefault="true")
    ram("UpdatePolicyDescription", PolicyName="text", NewDescription="by hand")
    ram("DetachPolicyFromRole", PolicyType="System", PolicyName="AliyunOSSReadOnlyAccess", RoleName="app")
    ram("AttachPolicyToRole", PolicyType="System", PolicyName="AdministratorAccess", RoleName="other")
    ram("UpdateRole", RoleName="trust", NewDescription="by hand", NewAssumeRolePolicyDocument=alibaba_trust("fc"))
    ram("DeleteRole", RoleName="gone")
    held = json.dumps([swapped, unbound])
    sandbox.call("Ecs", "DetachInstanceRamRole", RegionId=sandbox.region, RamRoleName="app", InstanceIds=held)
    listed = json.dumps([swapped])
    sandbox.call("Ecs", "AttachInstanceRamRole", RegionId=sandbox.region, RamRoleName="other", InstanceIds=listed)
    sandbox.call("Ecs", "DeleteInstance", InstanceId=gone, Force="true")


def alibaba_trust(service: str) -> str:
    principal = {"Service": [f"{service}.aliyuncs.com"]}
    statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": principal}
    return json.dumps({"Version": "1", "Statement": [statement]})


def meddle_with_tencent(sandbox: Sandbox, swapped: str, unbound: str, gone: str) -> None:
    tencent = sandbox.tencent
    cam: Callable[..., Any] = lambda action, **params: tencent.call("cam", action, **params)  # noqa: E731
    number = {one["PolicyName"]: one["PolicyId"] for one in tencent.state()["policies"]}
    cam("UpdatePolicy", PolicyId=number["read"], PolicyDocument=json.dumps(WIDER["tencent"]))
    mark = cam("GetPolicy", PolicyId=number["text"])["Description"].removeprefix("d")
    cam("UpdatePolicy", PolicyId=number["text"], Description=f"by hand{mark}")
    cam("DetachRolePolicy", DetachRoleName="app", PolicyName="QcloudCOSReadOnlyAccess")
    cam("AttachRolePolicy", AttachRoleName="other", PolicyName="AdministratorAccess")
    principal = {"service": ["scf.qcloud.com"]}
    statement = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": principal}
    trust = json.dumps({"version": "2.0", "statement": [statement]})
    cam("UpdateAssumeRolePolicy", RoleName="trust", PolicyDocument=trust)
    cam("UpdateRoleDescription", RoleName="trust", Description="by hand")
    cam("DeleteRole", RoleName="gone")
    for one, role in ((swapped, "other"), (unbound, "")):
        tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[one], CamRoleName=role)
    tencent.call("cvm", "TerminateInstances", InstanceIds=[gone])


def read_only(sandbox: Sandbox) -> dict[str, str]:
    """The environment of a user who may read roles, policies and instances, on both clouds."""
    ram = {"Effect": "Allow", "Action": ["ram:Get*", "ram:List*", "ecs:Describe*"], "Resource": "*"}
    user = sandbox.user("auditor", {"Version": "1", "Statement": [ram]})
    cam = {"effect": "allow", "action": ["cam:Get*", "cam:List*", "cvm:Describe*"], "resource": ["*"]}
    sub_account = sandbox.tencent.user("auditor", {"version": "2.0", "statement": [cam]})
    return {**sandbox.env(user), **sandbox.tencent.env(sub_account)}


def look(deployed: Deployed, *, code: int, env: dict[str, str] | None = None) -> dict[str, Any]:
    """What `instance-role drift --json` says."""
    said: dict[str, Any] = json.loads(deployed.run("drift", "--json", code=code, env=env))
    FORM.validate(said)
    return said


def named(said: dict[str, Any]) -> dict[tuple[str, str | None], set[str]]:
    """What it names: resource and instance -> classes."""
    found: dict[tuple[str, str | None], set[str]] = {}
    for one in said["resources"]:
        for each in one["differences"]:
            found.setdefault((one["resource"], each["instance_id"]), set()).add(each["class"])
    return found


def expected(ids: dict[str, list[str]]) -> dict[tuple[str, str | None], set[str]]:
    found: dict[tuple[str, str | None], set[str]] = {("secret", None): {"document_changed"}}
    for cloud, (swapped, unbound, gone, _) in ids.items():
        found |= {
            (f"{cloud}-trust", None): {"trust_changed", "settings_changed"},
            (f"{cloud}-gone", None): {"gone"},
            (f"{cloud}-read", None): {"document_changed"},
            (f"{cloud}-text", None): {"settings_changed"},
            (f"{cloud}-bond", None): {"policy_detached"},
            (f"{cloud}-other", None): {"policy_foreign"},
            (f"{cloud}-web", swapped): {"role_swapped"},
            (f"{cloud}-web", unbound): {"unbound"},
            (f"{cloud}-web", gone): {"instance_gone"},
        }
    return found | {("alibaba-version", None): {"version_changed"}}  # Tencent Cloud's policies have one version


@pytest.mark.timeout(400)
def test_every_class_is_named_refreshed_and_put_right(deployed: Deployed, sandbox: Sandbox) -> None:
    deployed.up()
    ids = instances(deployed)
    meddle_with_alibaba(sandbox, *ids["alibaba"][:3])
    meddle_with_tencent(sandbox, *ids["tencent"][:3])
    (outside,) = sandbox.make_vpc_instance(1)
    holding = json.dumps([outside])
    sandbox.call("Ecs", "AttachInstanceRamRole", RegionId=sandbox.region, RamRoleName="app", InstanceIds=holding)
    sandbox.advance(60)
    before, mark = deployed.state(), sandbox.mark()

    # The command names each, and changes nothing: reading is all that it needs to be allowed.
    said = look(deployed, code=2, env=read_only(sandbox))
    assert named(said) == expected(ids)
    assert said["summary"] == {"in_sync": 2, "drift": 14, "gone": 2, "error": 0}
    by_name = {one["resource"]: one for one in said["resources"]}
    assert {one["status"] for name, one in by_name.items() if name.endswith("-gone")} == {"gone"}
    differences = {each["property"]: each for each in by_name["tencent-trust"]["differences"]}
    assert (differences["description"]["stored"], differences["description"]["live"]) == ("d", "by hand")
    assert "cvm.qcloud.com" in differences["trust_policy"]["stored"] and "scf" in differences["trust_policy"]["live"]
    (version,) = by_name["alibaba-version"]["differences"]
    assert (version["stored"], version["live"]) == ("v1", "v2")
    (hidden,) = by_name["secret"]["differences"]
    assert hidden["stored"] == hidden["live"] == "[secret]"
    swap = next(one for one in by_name["alibaba-web"]["differences"] if one["class"] == "role_swapped")
    assert (swap["stored"], swap["live"]) == ("app", "other")

    # What that is for the instances, and who else holds a role.
    (foreign,) = by_name["tencent-other"]["differences"]
    assert (foreign["stored"], foreign["live"]) == (None, "AdministratorAccess (System)")
    assert {name: one["outside"] for name, one in by_name.items() if one["outside"]} == {"alibaba-app": [outside]}
    shifts = {one["instances"][0]: one for one in said["permissions"]}
    swapped, unbound, _, kept_ = ids["alibaba"]
    assert shifts.keys() >= {swapped, unbound, kept_}, (ids, said["permissions"])
    assert [one.partition(";")[0] for one in shifts[swapped]["more"]] == ["* on *"] and shifts[swapped]["less"] == []
    less: tuple[Any, ...] = (["oss:Get*, oss:List* on *"], None, [])
    assert (shifts[unbound]["less"], shifts[unbound]["held"], shifts[unbound]["more"]) == less
    assert (shifts[kept_]["less"], shifts[kept_]["held"]) == (less[0], "app")
    assert said["notes"] == []

    # What may not be looked at is an error, and hides nothing of the rest: here in the table for people.
    ram = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ram:*", "Resource": "*"}]}
    reader = sandbox.user("reader", ram)
    table = deployed.run("drift", code=1, env=sandbox.env(reader))
    swap_told = f"  role_swapped: 1 instance: roles, stored app, live other\n    {ids['tencent'][0]}\n"
    assert 'InstanceRoleBinding "tencent-web"\n' in table and swap_told in table
    assert "    - {" in table and '    + {"effect": "allow", "action": ["cos:*"], "resource": ["*"]}' in table
    assert "document_changed: document, stored [secret], live [secret]" in table
    whole = [line for line in table.splitlines() if len(line) > 80]
    assert [line for line in whole if len(line.split()) > 1] == []
    assert re.search(r'^error: InstanceRoleBinding "alibaba-web": [^:]*DescribeInstance', table, re.MULTILINE)
    assert "stack dev: 2 in_sync, 13 drift, 2 gone, 1 error" in table
    assert "Which instances hold role app could not be listed: " in " ".join(table.split())
    assert f"role other (it holds other): {ids['tencent'][0]}" not in table
    assert f"1 instance of role app (it holds other): {ids['tencent'][0]}\n  may do more: * on *" in table
    cut_off = look(deployed, code=1, env={"INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:9"})
    assert cut_off["summary"] == {"in_sync": 0, "drift": 0, "gone": 0, "error": 18}
    assert all("cannot be reached" in one["error"] for one in cut_off["resources"])
    assert deployed.writes(mark) == [] and deployed.state() == before

    # A refresh takes over what it finds; what drifted stays named until the next up.
    deployed.run("sandbox", "refresh")
    recorded = {name: one["outputs"]["drift"] for name, one in deployed.resources().items()}
    kept = {key: names for key, names in expected(ids).items() if names != {"gone"}}
    seen_by_a_refresh = {key: names for key, names in kept.items() if names != {"policy_foreign"}}
    for (name, instance), names in seen_by_a_refresh.items():
        assert (recorded[name] if instance is None else recorded[name][instance]) in names
    assert not {"alibaba-gone", "tencent-gone"} & recorded.keys()
    after = {key: names - {"settings_changed"} if "trust" in key[0] else names for key, names in kept.items()}
    assert named(look(deployed, code=2)) == after

    # Declared wins: everything that can be put right is.
    left = {cloud: [one for one in some if one != some[2]] for cloud, some in ids.items()}
    (deployed.folder / "instances.json").write_text(json.dumps(left))
    deployed.up()
    # What others put on a role stays there, and goes on being told.
    left_there = {(f"{cloud}-other", None): {"policy_foreign"} for cloud in ids}
    assert named(look(deployed, code=2)) == left_there
    sandbox.call("Ram", "DetachPolicyFromRole", PolicyType="System", PolicyName="AdministratorAccess", RoleName="other")
    sandbox.tencent.call("cam", "DetachRolePolicy", DetachRoleName="other", PolicyName="AdministratorAccess")
    sandbox.advance(60)
    assert named(look(deployed, code=0)) == {}
    roles = {one["InstanceId"]: one["RamRoleName"] for one in sandbox.state()["instances"]}
    assert [roles[one] for one in left["alibaba"]] == ["app"] * 3
    assert [sandbox.tencent.instance(one)["CamRoleName"] for one in left["tencent"]] == ["app"] * 3


def test_what_it_cannot_work_on_is_said_in_a_line(tmp_path: Path, sandbox: Sandbox) -> None:
    done = CliRunner().invoke(drift, [])
    assert done.exit_code == 2 and "Missing option '--stack'" in done.output
    said = Deployed(tmp_path, sandbox).run("drift", code=1)
    assert said.startswith("Error: there is no stack dev in ") and "Traceback" not in said


@pytest.mark.parametrize(
    ("exported", "says"),
    [
        ({"deployment": {"resources": [{"type": f"{TYPE}InstanceRole"}]}}, "not an exported stack"),
        ({"deployment": {"resources": 3}}, "not an exported stack"),
        (
            {"deployment": {"resources": [stored("InstanceRole", name=SECRET)]}},
            "encrypted; export it with --show-secrets",
        ),
    ],
)
def test_what_is_no_export_is_refused(exported: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        stored_resources(exported)


def test_a_resource_of_another_release_is_an_error_and_an_old_self_is_left_out() -> None:
    dying = {**stored("InstanceRole"), "delete": True}
    (found,) = find_drift(stored_resources({"deployment": {"resources": [stored("RoleOfTomorrow"), dying]}})).findings
    assert (found.status, "this release does not know the resource" in found.error) == ("error", True)
    assert stored_resources({}) == []


def test_an_error_beside_a_drift_hides_none_of_it(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may read a role, and not list its policies, is told what differs in the role, and that this is not all."""
    sandbox.call(
        "Ram", "CreateRole", RoleName="app", Description="by hand", AssumeRolePolicyDocument=alibaba_trust("fc")
    )
    ram = {"Effect": "Allow", "Action": ["ram:GetRole", "ram:ListTagResources"], "Resource": "*"}
    user = sandbox.user("half", {"Version": "1", "Statement": [ram]})
    for name, value in sandbox.env(user).items():
        monkeypatch.setenv(name, value)
    kept = {"cloud": "alibaba", "name": "app", "description": "d", "trust_policy": alibaba_trust("ecs")}
    report = find_drift(stored_resources({"deployment": {"resources": [stored("InstanceRole", **kept)]}}))
    (found,) = report.findings
    assert found.status == "error" and "ListPoliciesForRole of app" in found.error
    assert {one.prop for one in found.differences} == {"description", "trust_policy", "owner"}
    said = written("dev", report)
    FORM.validate(said)
    assert said["summary"] == {"in_sync": 0, "drift": 0, "gone": 0, "error": 1}
    lines = [one.text for one in told("dev", report)]
    assert 'InstanceRole "x"' in lines and any(one.startswith("trust_changed: trust_policy") for one in lines)
    assert any(one.startswith("error: ") for one in lines)


def test_a_right_that_is_missing_is_told_once_for_all(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    user = sandbox.user(
        "blind", {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]}
    )
    for name, value in sandbox.env(user).items():
        monkeypatch.setenv(name, value)
    found = [stored("InstanceRole", cloud="alibaba", name=f"r{n}") for n in range(3)]
    found += [stored("RolePolicy", cloud="alibaba", name=f"p{n}", policy_type="Custom") for n in range(2)]
    each = [{**one, "urn": f"{one['urn']}{number}"} for number, one in enumerate(found)]
    report = find_drift(stored_resources({"deployment": {"resources": each}}))
    lines = [one.text for one in told("dev", report)]
    errors = [line for line in lines if line.startswith("error: ")]
    assert [re.sub(r".*(Get\w+).*", r"\1", line) for line in errors] == ["GetRole", "GetPolicy"]
    more = [line for line in lines if "more with this error" in line]
    assert [line.partition(":")[0] for line in more] == ["and 2 more with this error", "and 1 more with this error"]
