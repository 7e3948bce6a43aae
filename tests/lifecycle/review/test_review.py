"""A review of real previews: the embedded engine runs the program against the emulator, and `--live` asks it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.review.live import look
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import SECRET, read
from tests.support.forks import python
from tests.support.sandbox import Sandbox
from tests.unit.review.build import attach, bind, policy, preview, role

LONGEST = 170  # seconds for one command on a loaded machine
PROGRAM = """
from pulumi_instance_role import *

role = InstanceRole("web", cloud="alibaba", name="web")
document = policy_document(allow({actions}, on="acs:oss:*:*:shop/*"))
policy = RolePolicy("shop", cloud="alibaba", name="shop", document=document)
RolePolicyAttachment("shop", role=role, policy=policy)
RolePolicyAttachment("more", role=role, policy={system!r}, policy_type="System")
InstanceRoleBinding("web", role=role, instance_ids={ids!r})
"""


@dataclass
class Stack:
    """A project with one stack, and the commands that a person would give."""

    folder: Path
    sandbox: Sandbox

    def program(self, actions: str, system: str, *ids: str) -> None:
        """Write the program."""
        text = PROGRAM.format(actions=actions, system=system, ids=list(ids))
        (self.folder / "__main__.py").write_text(text, encoding="utf-8")

    def run(self, *words: str, code: int) -> str:
        """Run a command to its end; what it wrote to standard output."""
        environment = {**self.sandbox.env(), "PULUMI_CONFIG_PASSPHRASE": "phrase", "COLUMNS": "80"}
        done = subprocess.run(
            [python(), "-m", "pulumi_instance_role.cli", *words, "--stack", "dev", "--cwd", str(self.folder)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        assert done.returncode == code, (done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def review(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The review that previews the stack itself."""
        found: dict[str, Any] = json.loads(
            self.run("review", "--engine", "embedded", "--format", "json", *words, code=code)
        )
        return found


@pytest.fixture
def stack(tmp_path: Path, sandbox: Sandbox) -> Stack:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n  alicloud:region: {sandbox.region}\n", encoding="utf-8")
    return Stack(tmp_path, sandbox)


def _role(review: dict[str, Any]) -> dict[str, Any]:
    (found,) = [one for one in review["roles"] if one["name"] == "web"]
    return dict(found)


def _said(grants: list[dict[str, Any]]) -> list[tuple[list[str], list[str]]]:
    return [(one["actions"], one["resources"]) for one in grants]


def test_from_the_first_preview_to_what_others_did(stack: Stack, sandbox: Sandbox) -> None:
    ours, second, foreign = sandbox.make_vpc_instance(3)
    stack.program('"oss:GetObject"', "AliyunOSSReadOnlyAccess", ours)
    first = stack.review()
    assert (first["stack"], first["project"], first["verdict"]) == ("dev", "shop", "pass")
    assert first["ops"] == {"create": 5}
    assert [one["rule"] for one in first["findings"]] == ["wildcard-resource"]
    assert _said(_role(first)["gained"]) == [(["oss:Get*", "oss:List*"], ["*"])]  # GetObject is held by Get*
    assert [(one["instance_id"], one["move"]) for one in first["instances"]] == [(ours, "given")]

    stack.run("sandbox", "up", code=0)
    assert stack.review()["blast"]["instances_touched"] == 0

    # Others act: an instance of theirs gets our role, and the role one more policy.
    sandbox.call(
        "Ecs", "AttachInstanceRamRole", RegionId=sandbox.region, RamRoleName="web", InstanceIds=json.dumps([foreign])
    )
    sandbox.call("Ram", "AttachPolicyToRole", RoleName="web", PolicyType="System", PolicyName="AliyunVPCReadOnlyAccess")

    stack.program('"oss:GetObject", "oss:PutObject"', "AliyunECSFullAccess", ours, second)
    blind = stack.review(code=2)
    assert blind["blast"]["outside"] is None and _role(blind)["outside"] is None
    stopping = {one["rule"] for one in blind["findings"] if one["failing"]}
    assert {"full-access-policy", "acts-as-others"} <= stopping  # a page prints what the policy allows

    since = sandbox.mark()
    live = stack.review("--live", code=2)
    role = _role(live)
    assert (role["outside"], live["blast"]["outside"]) == ([foreign], 1)
    sources = {one["name"]: one["source"] for one in live["policies"]}
    assert sources == {
        "shop": "stack",
        "AliyunOSSReadOnlyAccess": "live",
        "AliyunVPCReadOnlyAccess": "live",
        "AliyunECSFullAccess": "published",
    }
    assert "opaque-policy" not in {one["rule"] for one in live["findings"]}
    assert "wildcard-action" in {one["rule"] for one in live["findings"]}  # what the full access is made of
    held = {name.rpartition("/")[2] for name in role["after"]["policies"]}
    assert held == {"shop", "aliyunvpcreadonlyaccess", "aliyunecsfullaccess"}
    assert live["notes"] == []
    assert not [call for call in sandbox.calls(since) if call["write"]]

    # A reader who may not look gets the same review with less, and is told so.
    reader = sandbox.user(
        "reader", {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]}
    )
    preview = stack.run("sandbox", "preview", "--json", code=0)
    file = stack.folder / "preview.json"
    file.write_text(preview, encoding="utf-8")
    done = subprocess.run(
        [python(), "-m", "pulumi_instance_role.cli", "review", str(file), "--live", "--format", "json"],
        env={**sandbox.env(reader)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert done.returncode == 2, done.stderr
    shown = json.loads(done.stdout)
    assert any("did not tell of the role web" in note for note in shown["notes"])
    assert _role(shown)["outside"] is None
    assert reader.access_key_secret not in done.stdout and reader.access_key_id not in done.stdout


def test_a_preview_that_fails_is_shown_and_is_an_error(stack: Stack) -> None:
    stack.program('"oss:GetObject"', "AliyunOSSReadOnlyAccess", "i-bp1nosuchinstance0000")
    found = stack.review(code=1)
    assert (found["result"], found["verdict"]) == ("failed", "error")
    said = [line for one in found["diagnostics"] for line in (one["message"], *one["details"])]
    assert any("i-bp1nosuchinstance0000" in line for line in said)
    shown = stack.run("review", "--engine", "embedded", code=1)
    assert "The preview failed" in shown and "i-bp1nosuchinstance0000" in "".join(shown.split())


ADOPTING = """
from pulumi_instance_role import *

role = InstanceRole("web", cloud="alibaba", name="legacy", adopt=True)
document = policy_document(allow("oss:GetObject", on="acs:oss:*:*:shop/*"))
policy = RolePolicy("shop", cloud="alibaba", name="legacy-shop", document=document, adopt=True)
RolePolicyAttachment("shop", role=role, policy=policy)
InstanceRoleBinding("web", role=role, instance_ids={ids!r})
"""


def test_an_adoption_is_compared_with_what_is_there(stack: Stack, sandbox: Sandbox) -> None:
    held, free, outside = sandbox.make_vpc_instance(3)
    trusted = {"Service": ["ecs.aliyuncs.com", "fc.aliyuncs.com"]}
    trust = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}]}
    wide = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "acs:oss:*:*:shop/*"}]}
    sandbox.call("Ram", "CreateRole", RoleName="legacy", AssumeRolePolicyDocument=json.dumps(trust))
    sandbox.call("Ram", "CreatePolicy", PolicyName="legacy-shop", PolicyDocument=json.dumps(wide))
    for kind, name in (("Custom", "legacy-shop"), ("System", "AdministratorAccess")):
        sandbox.call("Ram", "AttachPolicyToRole", RoleName="legacy", PolicyType=kind, PolicyName=name)
    sandbox.call(
        "Ecs",
        "AttachInstanceRamRole",
        RegionId=sandbox.region,
        RamRoleName="legacy",
        InstanceIds=json.dumps([held, outside]),
    )
    (stack.folder / "__main__.py").write_text(ADOPTING.format(ids=[held, free]), encoding="utf-8")

    blind = stack.review(code=2)
    said = [one["message"] for one in blind["diagnostics"] if " adopt: " in one["message"]]
    assert any("no longer trusted: Service fc.aliyuncs.com" in one for one in said)
    assert any("takes away oss:*" in one for one in said)
    (role,) = blind["roles"]
    assert [one["why"] for one in role["before"]["unread"]] == ["adopted"] and role["outside"] is None
    assert [one["why"] for one in role["gained_unknown"]] == ["foreign"]
    assert {(one["move"], one["before_unknown"]) for one in blind["instances"]} == {("same", True)}
    assert blind["blast"]["instances_losing_unknown"] == 2
    assert {"foreign-adopted", "unknown-gain"} <= {one["rule"] for one in blind["findings"]}

    live = stack.review("--live", code=2)
    (role,) = live["roles"]
    assert [one["name"] for one in role["trust_lost"]] == ["fc.aliyuncs.com"]
    assert (role["foreign"], role["outside"]) == (["alibaba:policy/system/administratoraccess"], [outside])
    by_id = {one["instance_id"]: one for one in live["instances"]}
    assert (by_id[held]["move"], by_id[free]["move"]) == ("same", "given")
    ways = {one["instances"][0].rpartition("/")[2]: one for one in live["transitions"]}
    assert (ways[held]["gained"], ways[held]["lost"]) == ([], [])  # AdministratorAccess stays, and allows all of it
    assert [one["actions"] for one in ways[free]["gained"]] == [["*"]]
    rules = {one["rule"]: one for one in live["findings"]}
    assert rules["policy-foreign"]["instances"] == 2  # the one in the stack and the one outside
    assert {"role-held-outside", "administrator-access"} <= rules.keys()


def test_gone_is_what_the_cloud_does_not_find_and_not_what_it_does_not_tell(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (there,), missing = sandbox.make_vpc_instance(1), "i-bp1nosuchinstance0000"
    bound = bind("b", "web", [], "update", was=("web", [there, missing]))
    for side in ("oldState", "newState"):
        for bag in ("inputs", "outputs"):
            bound[side][bag]["region"] = sandbox.region
    text = preview(role("web"), bound)

    def asked(environment: dict[str, str]) -> tuple[set[str], set[str]]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        found = look(Picture(read(text)))
        return set(found.held), set(found.gone)

    assert asked(sandbox.env()) == ({f"alibaba:instance/{there}"}, {f"alibaba:instance/{missing}"})
    nothing = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:ListBuckets", "Resource": "*"}]}
    assert asked(sandbox.env(sandbox.user("blind", nothing))) == (set(), set())


def test_what_the_program_keeps_secret_is_not_read_from_the_cloud(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:hidden/*"}
    document = json.dumps({"Version": "1", "Statement": [said]})
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ecs.aliyuncs.com"]}}
    trusted = json.dumps({"Version": "1", "Statement": [trust]})
    for name in ("open", "closed"):
        sandbox.call("Ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trusted)
        sandbox.call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=document)
        sandbox.call("Ram", "AttachPolicyToRole", RoleName="open", PolicyType="Custom", PolicyName=name)
    kept, shown = policy("closed", [said], "update", was=[said]), policy("open", [said])
    hidden = role("closed", "update")
    for side in ("oldState", "newState"):
        for bag in ("inputs", "outputs"):
            kept[side][bag]["document"] = hidden[side][bag]["trust_policy"] = SECRET
    for name, value in sandbox.env().items():
        monkeypatch.setenv(name, value)
    text = preview(role("open"), hidden, kept, shown, attach("open", "closed"), attach("open", "open"))
    found = look(Picture(read(text)))
    assert [key.rpartition("/")[2] for key in found.documents] == ["open"]
    assert [key.rpartition("/")[2] for key in found.trust] == ["open"]
