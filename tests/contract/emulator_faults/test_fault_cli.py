"""`instance-role sandbox fault`, as a process, against a running emulator."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from instance_role_sandbox.emulator.faults import KINDS
from tests.contract.emulator_faults.sides import Alibaba, TencentSide
from tests.support.forks import python
from tests.support.sandbox import Sandbox, Server, clean_environment

CLI = ("-m", "pulumi_instance_role.cli", "sandbox", "fault")


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python(), *CLI, *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=clean_environment(),
        timeout=60,
        check=False,
    )


def test_order_list_and_clear(sandbox: Sandbox) -> None:
    where = ("--state", str(sandbox.server.folder), "--account", sandbox.account_id)
    made = run("add", "code", "GetRole", "--cloud", "alibaba", "--code", "Not.Today", "--status", "418", *where)
    assert made.returncode == 0, made.stderr
    number = made.stdout.split()[0]
    assert made.stdout == f"{number}  code  GetRole  1 more (not met yet)  cloud=alibaba  code=Not.Today  status=418\n"
    assert run("add", "throttle", "*", "--product", "cam", "--always", *where).returncode == 0
    for side, code in ((Alibaba(sandbox), "Not.Today"), (TencentSide(sandbox), "RequestLimitExceeded")):
        assert side.failing(side.there) == code
    listed = run("list", *where).stdout.splitlines()
    assert "0 more (met once)" in listed[0] and "every call (met once)  product=cam" in listed[1]
    found = json.loads(run("list", "--json", *where).stdout)
    assert [order["fault"] for order in found] == ["code", "throttle"]
    assert run("clear", number, *where).stdout == "forgot 1 fault\n"
    again = run("clear", number, *where)
    assert (again.returncode, again.stderr) == (1, f"Error: no fault {number} is on order\n")
    assert run("clear", *where).stdout == "forgot 1 fault\n"
    some = run("add", "throttle", "*", "--probability", "0.1", "--seed", "7", *where).stdout
    assert "any call by chance (not met yet)  probability=0.1  seed=7" in some
    assert run("clear", *where).stdout == "forgot 1 fault\n"
    assert run("list", *where).stdout == "no faults are on order\n"


def test_the_emulator_of_the_folder_and_clear_errors(sandbox_server: Server, tmp_path: Path) -> None:
    own = Server(tmp_path / ".sandbox" / "cloud")
    try:
        made = run("add", "partial", "DeleteInstances", "--id", "i-1", "--id", "i-2", cwd=tmp_path)
        assert "ids=['i-1', 'i-2']" in made.stdout, made.stderr
        assert len(own.control("GET", "faults")["faults"]) == 1
        assert len(json.loads(run("list", "--json", "--state", str(own.folder)).stdout)) == 1
        wrong = run("add", "lag", "CreateRole", cwd=tmp_path)
        assert wrong.returncode == 1 and wrong.stderr.startswith("Error: CreateRole cannot meet 'lag'; these can: ")
        unknown = run("add", "throttle", "CreateRoles", cwd=tmp_path)
        assert unknown.stderr.startswith("Error: no action 'CreateRoles' is served here")
        both = run("add", "throttle", "*", "--times", "1", "--always", cwd=tmp_path)
        assert both.returncode == 1 and "--times and --always exclude each other" in both.stderr
    finally:
        own.stop()
    nothing = run("list", cwd=tmp_path)
    assert nothing.returncode == 1
    assert nothing.stderr.startswith("Error: no sandbox is running in ./.sandbox: start one")
    closed = run("list", "--endpoint", "127.0.0.1:9")
    assert closed.returncode == 1 and "no sandbox answers at 127.0.0.1:9" in closed.stderr


def test_the_help_names_every_fault() -> None:
    for words in ((), ("add",)):
        said = " ".join(run(*words, "--help").stdout.split())
        for kind in KINDS.values():
            assert f" {kind.name} " in said and " ".join(kind.help.replace("`", "").split()) in said
