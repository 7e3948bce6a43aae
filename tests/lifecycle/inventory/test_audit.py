"""An audit of live accounts, as docs/inventory.md has it: its commands run, its rules and rights are so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from sarif_pydantic import Sarif

from pulumi_instance_role.inventory.rules import RULES
from tests.lifecycle.inventory.test_inventory import FORM, hold
from tests.support.forks import Forked
from tests.support.sandbox import Sandbox

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "inventory.md").read_text(encoding="utf-8")
RIGHTS: dict[str, list[str]] = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
BASELINE = PAGE.partition("```yaml\n")[2].partition("```")[0]
COMMANDS = [line.removeprefix("instance-role ") for line in PAGE.splitlines() if line.startswith("instance-role inv")]


def reader(sandbox: Sandbox) -> dict[str, str]:
    """The environment of somebody who has the rights that the page names, and no others, on both clouds."""
    ram = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": RIGHTS["alibaba"], "Resource": "*"}]}
    cam = {"version": "2.0", "statement": [{"effect": "allow", "action": RIGHTS["tencent"], "resource": ["*"]}]}
    keys = sandbox.tencent.user("auditor", cam)
    env = sandbox.env(sandbox.user("auditor", ram))
    return {**env, "TENCENTCLOUD_SECRET_ID": keys.secret_id, "TENCENTCLOUD_SECRET_KEY": keys.secret_key}


def run(words: str, env: dict[str, str], folder: Path, code: int) -> tuple[str, str]:
    process = Forked("pulumi_instance_role.cli", *shlex.split(words), env=env, cwd=folder)
    output, errors = process.communicate(timeout=240)
    assert process.wait() == code, output + errors
    return output, errors


def risky(sandbox: Sandbox) -> None:
    """On both clouds: a role that may do everything on an instance, and one called backup that may do all of OSS."""
    for cloud in ("alibaba", "tencent"):
        side: Any = sandbox if cloud == "alibaba" else sandbox.tencent
        ids = side.make_vpc_instance(2)
        for role, policy in (("admin", "AdministratorAccess"), ("backup", "AliyunOSSFullAccess")):
            side.make_role(role)
            if cloud == "alibaba":
                sandbox.call("Ram", "AttachPolicyToRole", PolicyType="System", PolicyName=policy, RoleName=role)
            else:
                name = policy.replace("AliyunOSS", "QcloudCOS")
                sandbox.tencent.call("cam", "AttachRolePolicy", PolicyName=name, AttachRoleName=role)
        hold(sandbox, cloud, "admin", ids[:1])
        hold(sandbox, cloud, "backup", ids[1:])


def test_the_commands_of_the_page(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each with the rights that the page names and the files that it shows."""
    risky(sandbox)
    env, mark = reader(sandbox), sandbox.mark()
    account = sandbox.account["account_id"]
    (tmp_path / "accepted.yaml").write_text(BASELINE.replace("1234567890123456", str(account)), encoding="utf-8")
    (tmp_path / "guardrails.yaml").write_text((DOCS / "guardrails.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    audits = [one for one in COMMANDS if "--write-program" not in one]
    assert len(audits) == len(COMMANDS) - 1 == 5
    said = {one: run(one, env, tmp_path, 2 if "--fail-on" in one else 0) for one in audits}
    assert not [call for call in sandbox.calls(mark) if call["write"]]
    text = " ".join(said[audits[0]][0].split())
    assert "critical administrator-access: role admin may do everything" in text
    assert "may: everything: all actions of all services" in text
    (passing,) = [" ".join(output.split()) for one, (output, _) in said.items() if "--baseline" in one]
    assert "1 finding must be dealt with." in passing and "(accepted until 2099-12-31: the backup writes" in passing
    page = (tmp_path / "inventory.html").read_text(encoding="utf-8")
    assert page.count("administrator-access") == 2 and "<h1>2 accounts</h1>" in page
    log = json.loads((tmp_path / "account.sarif").read_text(encoding="utf-8"))
    assert Sarif.model_validate(log).runs[0].results
    assert "guardrail:" in json.dumps(log["runs"][0]["tool"]["driver"]["rules"])
    lines = (tmp_path / "instances.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3 and "everything: all actions of all services" in "".join(lines)


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_with_these_rights_all_is_read_and_without_one_of_them_it_is_told(
    sandbox: Sandbox, tmp_path: Path, cloud: str
) -> None:
    side: Any = sandbox if cloud == "alibaba" else sandbox.tencent
    (one, _) = side.make_vpc_instance(2)
    side.make_role("web")
    hold(sandbox, cloud, "web", [one])
    words = f"inventory --cloud {cloud} --fail-on unknown-gain,account-not-read --format json"
    found = json.loads(run(words, reader(sandbox), tmp_path, 0)[0])
    FORM.validate(found)
    unread = {each["what"] for each in found["accounts"][0]["unread"]}
    # Alibaba Cloud tells the account's own keys to the account alone.
    assert unread == ({"the keys of the account itself"} if cloud == "alibaba" else set())
    assert found["verdict"] == "pass" and found["figures"]["keys"] is not None
    # Who asks does not matter where the cloud refuses.
    sandbox.fault("deny", "ListPoliciesForRole" if cloud == "alibaba" else "ListAttachedRolePolicies", times=20)
    blind = json.loads(run(words, sandbox.env(), tmp_path, 2)[0])
    sandbox.clear_faults()
    assert [each["rule"] for each in blind["findings"] if each["failing"]] == ["unknown-gain"]
    (role,) = [each for each in blind["accounts"][0]["roles"] if each["name"] == "web"]
    assert role["policies"] is None and role["not_known"]


def test_the_page_has_every_rule() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (\w+) \| \[([^\]]+)\]\(([^)]+)\)\. (.*) \|$", PAGE, re.MULTILINE)
    said = [(one.id, one.severity, one.title, one.url, f"{one.rationale} {one.fix}") for one in RULES]
    assert rows == said


def test_the_rules_in_short(tmp_path: Path) -> None:
    output, _ = run("inventory --list-rules", {}, tmp_path, 0)
    assert [line.split()[1] for line in output.splitlines()] == [one.id for one in RULES]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--fail-on ,", "--fail-on: it is empty"),
        ("", "alibaba: region: not set; give --region REGION, or --region all"),
        ("--fail-on role-lost", "'role-lost' is neither a rule nor a severity"),
        (
            "--baseline accepted.yaml",
            "'role-lost' is not a rule; instance-role inventory --list-rules lists them",
        ),
    ],
)
def test_what_is_no_rule_is_said_before_anything_is_asked(tmp_path: Path, words: str, said: str) -> None:
    entry = "accept:\n- {rule: role-lost, resource: '*', reason: x, expires: 2099-01-01}\n"
    (tmp_path / "accepted.yaml").write_text(entry, encoding="utf-8")
    _, errors = run(f"inventory --cloud alibaba {words}", {}, tmp_path, 1)
    assert said in errors
