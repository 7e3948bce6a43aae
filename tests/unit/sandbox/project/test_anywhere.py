"""`sandbox run` and `sandbox seed`, in a folder that is no Pulumi project."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from instance_role_sandbox.cli import sandbox
from instance_role_sandbox.project import emulator


def typed(*words: str) -> Result:
    return CliRunner().invoke(sandbox, list(words))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    emulator.stop(tmp_path / ".sandbox")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--", "no-such"), "no-such cannot be run: there is no such command here"),
        (("run", "--", "./no-such"), "./no-such cannot be run: there is no such command here"),
        (("project", "run", "--stack", "dev", "--", "no-such"), "no-such cannot be run: there is no such command here"),
        (
            ("seed", "--region", "cn-nowhere", "web"),
            "--region cn-nowhere: in the sandbox Alibaba Cloud has cn-qingdao, ",
        ),
        (("seed", "--cloud", "tencent", "--region", "cn-hangzhou", "web"), "Tencent Cloud has ap-guangzhou, "),
        (("seed", "--cloud", "aws", "web"), "'aws' is not one of 'alibaba', 'tencent'"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(folder: Path, words: tuple[str, ...], said: str) -> None:
    if words[0] == "project":
        (folder / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    before = sorted(folder.iterdir())
    place = 2 if words[0] == "project" else 1
    done = typed(*words[:place], "--cwd", str(folder), *words[place:])
    assert done.exit_code != 0 and said in done.output
    assert sorted(folder.iterdir()) == before


def test_instances_to_be_found_and_a_command_that_finds_them(folder: Path) -> None:
    here = ("--cwd", str(folder))
    made = typed("seed", *here, "web-1", "web-2").output.split()
    more = typed("seed", *here, "--region", "cn-beijing", "web-3").output.split()
    on_tencent = typed("seed", *here, "--cloud", "tencent", "web-1").output.split()
    again = typed("seed", *here, "--cloud", "tencent", "web-2").output.split()
    assert [len(ids) for ids in (made, more, on_tencent, again)] == [2, 1, 1, 1]

    serving = emulator.find(folder / ".sandbox")
    assert serving is not None
    state = serving.control.state()
    there = {one["InstanceId"]: (one["InstanceName"], one["Status"]) for one in state["instances"]}
    assert there == dict(zip([*made, *more], [(name, "Running") for name in ("web-1", "web-2", "web-3")], strict=True))
    theirs = {one["InstanceId"]: (one["InstanceName"], one["InstanceState"]) for one in state["tencent"]["instances"]}
    assert theirs == {on_tencent[0]: ("web-1", "RUNNING"), again[0]: ("web-2", "RUNNING")}
    assert len(state["tencent"]["vpcs"]) == 1, "a second call takes the network of the first"

    # A command has the emulator's address and keys in place of the caller's; its exit code is the command's.
    show = "import json, os; print(json.dumps(dict(os.environ))); raise SystemExit(7)"
    command = [sys.executable, "-m", "pulumi_instance_role.cli", "sandbox", "run", *here, "--", "python", "-c", show]
    done = subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin", "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIreal", "https_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    seen = json.loads(done.stdout)
    assert seen["INSTANCE_ROLE_ENDPOINT"] == f"http://{serving.endpoint}"
    assert seen["ALIBABA_CLOUD_ACCESS_KEY_ID"] == serving.accounts["alibaba"].key_id
    assert seen["TENCENTCLOUD_SECRET_ID"] == serving.accounts["tencent"].key_id
    assert "https_proxy" not in seen
    assert emulator.find(folder / ".sandbox") is not None, "it runs on: it holds instances"


def test_an_emulator_that_was_started_for_a_command_alone_is_stopped(folder: Path) -> None:
    assert typed("run", "--cwd", str(folder), "--", "true").exit_code == 0
    assert (folder / ".sandbox").is_dir()
    assert emulator.find(folder / ".sandbox") is None
