"""`instance-role inventory` over live accounts of both clouds: what it says, what it asks, what it may not read."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.lifecycle.inventory.large import asks, fill
from tests.support.forks import Forked
from tests.support.sandbox import Sandbox

FORM = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parents[3] / "docs/inventory.schema.json").read_text(encoding="utf-8"))
)
SYSTEM = "AliyunOSSReadOnlyAccess"


def run(sandbox: Sandbox, *words: str, code: int = 0, env: Mapping[str, str] | None = None) -> tuple[str, str]:
    """The output and the errors of one run."""
    process = Forked("pulumi_instance_role.cli", "inventory", *words, env=env or sandbox.env(), cwd=Path.cwd())
    output, errors = process.communicate(timeout=120)
    assert process.wait() == code, output + errors
    return output, errors


def read(sandbox: Sandbox, *words: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The inventory as JSON, checked against its schema."""
    found: dict[str, Any] = json.loads(run(sandbox, "--format", "json", *words, env=env)[0])
    FORM.validate(found)
    return found


def hold(sandbox: Sandbox, cloud: str, role: str, ids: list[str]) -> None:
    if cloud == "alibaba":
        for start in range(0, len(ids), 100):
            listed = json.dumps(ids[start : start + 100])
            sandbox.call("Ecs", "AttachInstanceRamRole", RegionId=sandbox.region, RamRoleName=role, InstanceIds=listed)
    else:
        for start in range(0, len(ids), 100):
            listed_ids = ids[start : start + 100]
            sandbox.tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=listed_ids, CamRoleName=role)
        sandbox.tencent.settle(60)


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_who_holds_what(sandbox: Sandbox, cloud: str) -> None:
    side: Any = sandbox if cloud == "alibaba" else sandbox.tencent
    ids = side.make_vpc_instance(4)
    for role in ("web", "idle"):
        side.make_role(role)
    side.make_role("other", ("fc.aliyuncs.com" if cloud == "alibaba" else "scf.qcloud.com",))
    if cloud == "alibaba":
        sandbox.call("Ram", "AttachPolicyToRole", PolicyType="System", PolicyName=SYSTEM, RoleName="web")
        policies = [{"type": "System", "name": SYSTEM}]
    else:
        side.make_policy("read")
        sandbox.tencent.call("cam", "AttachRolePolicy", PolicyName="read", AttachRoleName="web")
        policies = [{"type": "Custom", "name": "read"}]
    hold(sandbox, cloud, "web", ids[:3])
    mark = sandbox.mark()
    found = read(sandbox, "--cloud", cloud)
    assert not [call for call in sandbox.calls(mark) if call["write"]]
    (account,) = found["accounts"]
    assert {one["id"]: one["role"] for one in account["instances"]} == {**dict.fromkeys(ids[:3], "web"), ids[3]: None}
    roles = {one["name"]: one for one in account["roles"]}
    assert roles["web"]["policies"] == policies and roles["web"]["instances"] == 3
    assert [roles[name]["trusts_instances"] for name in ("web", "idle", "other")] == [True, True, False]
    figures = found["figures"]
    assert (figures["instances"], figures["with_role"], figures["without_role"]) == (4, 3, 1)
    assert (figures["roles_held"], figures["roles_idle"], figures["unread"]) == (1, 1, 0)
    text, _ = run(sandbox, "--cloud", cloud)
    assert "4 instances: 3 hold a role, 1 holds none" in text and f"Without a role: {ids[3]}" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_reads_are_batched(sandbox: Sandbox, cloud: str) -> None:
    size = {"instances": 120, "roles": 12, "policies": 3}
    fill(sandbox, cloud, **size)
    mark = sandbox.mark()
    found = read(sandbox, "--cloud", cloud, "--no-keys")
    assert found["figures"]["with_role"] == 120 and found["accounts"][0]["keys"] is None
    assert Counter(call["action"] for call in sandbox.calls(mark)) == asks(cloud, **size)


def test_keys_and_who_never_used_them(sandbox: Sandbox) -> None:
    used = sandbox.user("ci", {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    idle = sandbox.user("old")
    sandbox.call("Ram", "ListRoles", keys=used)
    text, errors = run(sandbox, "--cloud", "alibaba")
    found = {one["user"]: one for one in read(sandbox, "--cloud", "alibaba")["accounts"][0]["keys"]}
    assert found["old"]["last_used"] == "" and found["ci"]["last_used"]
    for secret in (used.access_key_id, used.access_key_secret, idle.access_key_id, sandbox.access_key_id):
        assert secret not in text + errors and not any(secret in one["id"] for one in found.values())
    mine = run(sandbox, "--cloud", "alibaba", env=sandbox.env(used))[0]
    assert "only the account itself can list its own keys" in " ".join(mine.split())  # said, and not counted as none


def test_what_may_not_be_read_is_named_and_never_empty(sandbox: Sandbox) -> None:
    ids = sandbox.make_vpc_instance(2)
    sandbox.make_role("web")
    hold(sandbox, "alibaba", "web", ids)
    some = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]}
    poor = sandbox.env(sandbox.user("poor", some))
    found = read(sandbox, "--cloud", "alibaba", env=poor)
    assert [one["role"] for one in found["accounts"][0]["instances"]] == ["web", "web"]
    assert {one["what"] for one in found["accounts"][0]["unread"]} >= {"the list of roles", "the list of users"}
    assert found["accounts"][0]["keys"] is None and found["figures"]["keys"] is None
    text, _ = run(sandbox, "--cloud", "alibaba", env=poor)
    assert "the list of roles was not read" in text and "not known" in text
    blind = sandbox.env(sandbox.user("blind", some | {"Statement": [{**some["Statement"][0], "Action": "ram:*"}]}))  # type: ignore[dict-item]
    told, _ = run(sandbox, "--cloud", "alibaba", env=blind)
    assert "the instances in cn-hangzhou" in told and "(not read everywhere)" in told


def test_two_profiles_of_one_account_are_counted_once(sandbox: Sandbox, tmp_path: Path) -> None:
    (here,) = sandbox.make_vpc_instance(1)
    sandbox.make_role("web")
    hold(sandbox, "alibaba", "web", [here])
    profiles = [
        {
            "name": name,
            "mode": "AK",
            "access_key_id": sandbox.access_key_id,
            "access_key_secret": sandbox.access_key_secret,
            "region_id": region,
        }
        for name, region in (("ci", "cn-hangzhou"), ("prod", "cn-beijing"))
    ]
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "ci", "profiles": profiles}))
    keys = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_REGION")
    env = {name: value for name, value in sandbox.env().items() if name not in keys} | {"HOME": str(tmp_path)}
    both = ("--cloud", "alibaba", "--profile", "ci", "--profile", "prod", "--profile", "ci")
    found = read(sandbox, *both, env=env)
    (account,) = found["accounts"]
    assert (found["figures"]["instances"], found["figures"]["roles_held"]) == (1, 1)
    assert (account["profile"], account["same_account"]) == ("ci", ["prod"])
    regions = ["cn-hangzhou", "cn-beijing"]  # those of both
    assert account["regions"] == regions and len(account["instances"]) == 1
    comment, _ = run(sandbox, *both, "--format", "markdown", env=env)
    line = f"Profiles ci and prod lead to account {sandbox.account_id}: it is counted once, read with profile ci"
    assert comment.count(line) == 1 and "1 instance: 1 holds a role, 0 hold none" in comment


def test_the_table_for_a_spreadsheet(sandbox: Sandbox) -> None:
    (one,) = sandbox.make_vpc_instance(1, InstanceName="web-1")
    sandbox.make_role("web")
    hold(sandbox, "alibaba", "web", [one])
    rows = list(csv.DictReader(io.StringIO(run(sandbox, "--cloud", "alibaba", "--format", "csv")[0])))
    assert [(row["instance"], row["name"], row["role"], row["policies"]) for row in rows] == [
        (one, "web-1", "web", "none")
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cloud", "alibaba", "--region", "cn-hangzou"), 'is "cn-hangzhou" meant?'),
        (("--cloud", "aws"), "must be 'alibaba' or 'tencent', not 'aws'"),
        ((), "Missing option '--cloud'"),
    ],
)
def test_what_cannot_be_asked(sandbox: Sandbox, words: tuple[str, ...], said: str) -> None:
    _, errors = run(sandbox, *words, code=1)
    assert said in errors and "Traceback" not in errors


def test_keys_that_the_cloud_refuses(sandbox: Sandbox) -> None:
    wrong = {**sandbox.env(), "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "no-such-secret"}
    _, errors = run(sandbox, "--cloud", "alibaba", code=1, env=wrong)
    assert errors.splitlines()[-1].startswith("Error: alibaba: ") and "no-such-secret" not in errors
