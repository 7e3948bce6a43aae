"""docs/pass-role.md, followed: the document printed, granted by the owner's stack, and deployed with by a pipeline."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.lifecycle.resources.test_binding import held
from tests.lifecycle.resources.test_grant import attach_as
from tests.lifecycle.stack.project import LONGEST, REPOSITORY
from tests.support.forks import python
from tests.support.sandbox import Keys, Sandbox

PAGE = (REPOSITORY / "docs" / "pass-role.md").read_text(encoding="utf-8")
SHOP, OWNER = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(PRINTED,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ACCOUNT, INSTANCE = "1234567890123456", "i-bp1hygp5b04o56l0****"


@dataclass
class Folder:
    """A project, and `instance-role` in it as whoever the keys belong to."""

    path: Path
    stack: str
    sandbox: Sandbox
    config: dict[str, str] = field(default_factory=dict)

    def program(self, text: str) -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / "Pulumi.yaml").write_text(f"name: {self.path.name}\nruntime: python\n", encoding="utf-8")
        (self.path / "__main__.py").write_text(text, encoding="utf-8")

    def run(self, *words: str, keys: Keys | None = None, code: int = 0) -> str:
        done = subprocess.run(
            [python(), "-m", "pulumi_instance_role.cli", *words, "--stack", self.stack],
            cwd=self.path,
            env=self.sandbox.env(keys),
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if code == 0 else done.stderr


def pipeline(sandbox: Sandbox) -> Keys:
    """The role `deployer`, which may do nothing yet, assumed."""
    principal = {"RAM": [f"acs:ram::{sandbox.account_id}:root"]}
    statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": principal}
    trust = json.dumps({"Version": "1", "Statement": [statement]})
    sandbox.call("Ram", "CreateRole", RoleName="deployer", AssumeRolePolicyDocument=trust)
    assumer: Any = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    keys = sandbox.user("pipeline", {"Version": "1", "Statement": [assumer]})
    arn = f"acs:ram::{sandbox.account_id}:role/deployer"
    made = sandbox.call("Sts", "AssumeRole", keys, RoleArn=arn, RoleSessionName="pipeline")["Credentials"]
    return Keys(made["AccessKeyId"], made["AccessKeySecret"], made["SecurityToken"])


def comparable(document: Any) -> Any:
    return sorted(document["Statement"], key=json.dumps)


@pytest.mark.timeout(400)
def test_what_is_printed_and_granted_by_the_owner_is_enough_for_the_pipeline(sandbox: Sandbox, tmp_path: Path) -> None:
    deployer = pipeline(sandbox)
    operators = sandbox.group("operators", members=["ops"])
    ids = sorted(sandbox.make_vpc_instance(2))
    shop, owner = Folder(tmp_path / "shop", "prod", sandbox), Folder(tmp_path / "owner", "account", sandbox)
    program = SHOP.replace("cn-hangzhou", sandbox.region)
    one = program.replace(f'"{INSTANCE}"', json.dumps(ids[0]))

    shop.program(one)
    needed = shop.run("pass-role", "--format", "json", "--account", sandbox.account_id)
    (printed,) = json.loads(needed)
    expected = PRINTED.replace(ACCOUNT, sandbox.account_id).replace(INSTANCE, ids[0])
    expected = expected.replace("cn-hangzhou", sandbox.region)
    assert [comparable(each) for each in printed["documents"]] == [comparable(json.loads(expected))]
    assert (printed["cloud"], printed["account"]) == ("alibaba", sandbox.account_id)
    assert any("ecs:DetachInstanceRamRole knows no single instances" in note for note in printed["notes"])

    owner.program(OWNER.replace("cn-hangzhou", sandbox.region))
    (owner.path / "shop.json").write_text(needed, encoding="utf-8")
    owner.run("sandbox", "up")
    assert attach_as(sandbox, operators["ops"], "shop-web", ids[1]) == ""
    assert attach_as(sandbox, operators["ops"], "deployer", ids[1]) == "Forbidden.RAM"

    mark = sandbox.mark()
    shop.run("sandbox", "up", keys=deployer)
    assert held(sandbox, ids) == {ids[0]: "shop-web", ids[1]: None}
    assert "no changes" in shop.run("sandbox", "up", keys=deployer)
    shop.run("sandbox", "refresh", keys=deployer)
    refused = {call["action"] for call in sandbox.calls(mark) if call["code"] in ("NoPermission", "Forbidden.RAM")}
    assert refused == set()

    shop.program(program.replace(f'"{INSTANCE}"', ", ".join(map(json.dumps, ids))))
    told = shop.run("pass-role", "--account", sandbox.account_id, "--preview")  # what is there, and what is to come
    assert told.startswith(
        "What the resources of stack prod need of the principal that deploys it (up, refresh, destroy)"
    )
    assert f"Alibaba Cloud, account {sandbox.account_id}" in told
    assert all(each in told for each in ids)
    shop.run("sandbox", "destroy", keys=deployer)
    assert held(sandbox, ids) == dict.fromkeys(ids)


def test_what_has_nothing_to_print_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    empty = Folder(tmp_path / "empty", "dev", sandbox)
    empty.program("")
    assert "Error: stack dev has none of the resources of this package" in empty.run("pass-role", code=1)
    command = [python(), "-m", "pulumi_instance_role.cli", "pass-role"]
    done = subprocess.run(command, cwd=empty.path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Error: --stack: say which stack" in done.stderr
