"""docs/accounts.md, typed: its script, and its commands in their order, with stacks/accounts.py as it stands."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.lifecycle.stack.project import REPOSITORY, copy_of_the_repository
from tests.support.deployed import let_time_pass
from tests.support.forks import Forked
from tests.support.sandbox import Sandbox, Server, clean_environment

PAGE = (REPOSITORY / "docs" / "accounts.md").read_text(encoding="utf-8")
SETUP, TRY = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(SEED,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@dataclass
class Reader:
    """Somebody who types what the page says, in a clone, beside a sandbox that runs."""

    folder: Path
    environment: dict[str, str] = field(default_factory=clean_environment)

    def typed(self, line: str, code: int = 0) -> str:
        """What a command says."""
        words = [self.environment.get(one[1:], one) if one.startswith("$") else one for one in shlex.split(line)]
        if words[0] == "python":
            command = [sys.executable, "-W", "ignore", *words[1:]]
            done = subprocess.run(
                command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout
        if words[0] == ".":
            told = (self.folder / words[1]).read_text(encoding="utf-8")
            self.environment |= dict(re.findall(r"^export (\w+)='(.*)'$", told, re.MULTILINE))
            return ""
        assert words[0] == "instance-role", line
        process = Forked("pulumi_instance_role.cli", *words[1:], env=self.environment, cwd=self.folder)
        output, errors = process.communicate(timeout=170)
        assert process.wait() == code, f"{line}: {output}{errors}"
        let_time_pass(self.folder)
        return output


@pytest.mark.timeout(600)
def test_the_page(sandbox_server: Server, tmp_path: Path) -> None:
    reader = Reader(copy_of_the_repository(tmp_path))
    (tmp_path / ".sandbox").mkdir()
    (tmp_path / ".sandbox" / "cloud").symlink_to(sandbox_server.folder)
    (tmp_path / "seed_accounts.py").write_text(SEED, encoding="utf-8")
    serve, *setup = SETUP.splitlines()
    assert serve == "instance-role sandbox serve --state .sandbox/cloud &"  # it runs already
    for line in setup:
        reader.typed(line)

    lines = TRY.splitlines()
    said = {line: reader.typed(line) for line in lines[:2]}
    assert all("2 instances: 0 hold a role, 2 hold none" in one for one in said.values())
    ids = [re.search(r"account (\d+)", one) for one in said.values()]
    accounts = [one[1] for one in ids if one]
    assert len(set(accounts)) == 2 and "profile data" in said[lines[0]]
    preview, up, drift, least, destroy = lines[2:]
    assert "+16 to create" in reader.typed(preview)
    reader.typed(up)
    assert re.fullmatch(r"stack accounts: 12 in_sync\n", reader.typed(drift))

    # In each account its own role, and in each account drift is found: here in the one whose role is assumed.
    games = reader.environment["GAMES"].split(":")[3]
    everybody = [one for one in (*accounts, sandbox_server.first_account().account_id) if one]
    states = {one: sandbox_server.control("GET", f"state?account={one}") for one in everybody}
    held = {account: {one["RamRoleName"] for one in state["instances"]} for account, state in states.items()}
    assert len(held) == 3 and all(len(one) == 1 and None not in one for one in held.values())
    everything = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    stranger = {"user": "stranger", "policies": [everything]}
    key = sandbox_server.control("POST", f"principals?account={games}", stranger)
    other = Sandbox(sandbox_server, {"account_id": games, "region": "cn-hangzhou", **key})
    one = states[games]["instances"][0]["InstanceId"]
    other.call("Ecs", "DetachInstanceRamRole", RegionId="cn-hangzhou", InstanceIds=json.dumps([one]))
    found = reader.typed(drift, code=2)
    assert one in found and "unbound" in found and "1 drift" in found

    printed = reader.typed(least)
    assert all(f"account {account}" in printed for account in everybody)
    reader.typed(destroy)
    for account in everybody:
        state = sandbox_server.control("GET", f"state?account={account}")
        assert {one["RamRoleName"] or None for one in state["instances"]} == {None}
        assert [one["RoleName"] for one in state["roles"] if one["RoleName"] != "deployer"] == []
