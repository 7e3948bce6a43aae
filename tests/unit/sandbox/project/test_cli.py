"""What is refused before anything starts: one line that names the file or option and the remedy, and exit code 1."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from instance_role_sandbox.project.cli import project
from instance_role_sandbox.project.engines import choose
from instance_role_sandbox.project.place import find_place


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was never deployed; no Pulumi CLI on PATH."""
    (tmp_path / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.delenv("ENGINE", raising=False)
    return tmp_path


def run(folder: Path, operation: str, *flags: str, stack: str = "dev", code: int = 1) -> str:
    done = CliRunner().invoke(project, [operation, "--stack", stack, "--cwd", str(folder), *flags])
    assert done.exit_code == code, done.output
    return done.output


def executable(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_no_project(tmp_path: Path) -> None:
    assert f"no Pulumi.yaml in {tmp_path}: name the project's folder with --cwd" in run(tmp_path, "up")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("Pulumi.yaml", "name: [", "Pulumi.yaml: "),
        ("Pulumi.yaml", "- a", "Pulumi.yaml is not a map"),
        ("Pulumi.yaml", "runtime: python", "'name' is missing"),
        ("Pulumi.yaml", "name: ../../../../x", "'../../../../x' is not a project name"),
        ("Pulumi.yaml", "name: ..", "'..' is not a project name"),
        ("Pulumi.dev.yaml", "config: [a]", "'config' is not a map"),
        ("Pulumi.dev.yaml", "config: {alicloud:accessKey: LTAIreal}", "Pulumi.dev.yaml sets alicloud:accessKey"),
        ("Pulumi.dev.yaml", "config: {alicloud:endpoints: []}", "leads out of the sandbox"),
        (
            "Pulumi.yaml",
            "{name: mine, runtime: python, config: {alicloud:accessKey: {value: LTAIreal}}}",
            "Pulumi.yaml sets alicloud:accessKey",
        ),
        ("Pulumi.dev.yaml", "config: {tencentcloud:secretId: LTAIreal}", "Pulumi.dev.yaml sets tencentcloud:secretId"),
        ("Pulumi.dev.yaml", "config: {tencentcloud:domain: internal.example.com}", "leads out of the sandbox"),
    ],
)
def test_files_that_cannot_be_used(folder: Path, file: str, content: str, said: str) -> None:
    (folder / file).write_text(content)
    found = run(folder, "up")
    assert said in found
    assert "LTAIreal" not in found
    assert len(found.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("config", "clouds", "regions"),
    [
        ("", ["alibaba", "tencent"], {}),
        ("instance-role:cloud: tencent", ["tencent"], {}),
        ("alicloud:region: cn-beijing", ["alibaba"], {"alibaba": "cn-beijing"}),
        (
            "{tencentcloud:region: ap-tokyo, instance-role:cloud: alibaba}",
            ["alibaba", "tencent"],
            {"tencent": "ap-tokyo"},
        ),
    ],
)
def test_the_clouds_that_a_stack_speaks_of(
    folder: Path, config: str, clouds: list[str], regions: dict[str, str]
) -> None:
    (folder / "Pulumi.dev.yaml").write_text(f"config: {{{config}}}" if config[:1] != "{" else f"config: {config}")
    found = find_place(folder, "dev")
    assert ([cloud.name for cloud in found.clouds], found.regions) == (clouds, regions)


@pytest.mark.parametrize("operation", ["up", "preview", "refresh", "destroy", "status", "run"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--stack", "prd"),
            "there is no stack prd here; stacks here: a.b, prod. For a new one, write Pulumi.prd.yaml",
        ),
        ((), "Missing option '--stack'; stacks here: a.b, prod."),
        (("--stack", "prod", "--engine", "terraform"), "'terraform' is not one of 'pulumi', 'embedded'"),
        (("--stack", "prod", "--engine", "pulumi"), "there is no pulumi on PATH"),
        (("--stack", "prod", "--cwd", "/no/such/folder"), "'/no/such/folder' does not exist"),
    ],
)
def test_wrong_names_leave_nothing_behind(folder: Path, operation: str, words: tuple[str, ...], said: str) -> None:
    for name in ("Pulumi.prod.yaml", "Pulumi.a.b.yaml"):
        (folder / name).write_text("config: {}\n")
    before = sorted(folder.rglob("*"))
    command = ("--", "true") if operation == "run" else ()
    done = CliRunner().invoke(project, [operation, "--cwd", str(folder), *words, *command])
    assert done.exit_code != 0 and said in done.output
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("stack", ["../x", "a b", "", "x" * 101])
def test_names_that_no_stack_has(folder: Path, stack: str) -> None:
    assert "a stack's name has letters, digits" in run(folder, "up", stack=stack)


def test_engines_that_are_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no pulumi on PATH; see https://www.pulumi.com" in run(folder, "up", "--engine", "pulumi")
    monkeypatch.setenv("ENGINE", "terraform")
    assert "engine 'terraform': it is pulumi or embedded" in run(folder, "up")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo v3.249.9", "is v3.249.9, older than 3.250.0; update it"),
        ("echo v3.260.0", "has no pulumi-language-python beside it or on PATH, so it cannot run Python"),
        ("echo what", "what; see https://www.pulumi.com"),
        ("echo broken >&2; exit 3", "broken; see https://www.pulumi.com"),
    ],
)
def test_a_cli_that_cannot_be_used(folder: Path, script: str, said: str) -> None:
    executable(folder / "bin" / "pulumi", script)
    assert said in run(folder, "up")


def test_a_stack_stays_with_its_engine(folder: Path) -> None:
    state = folder / ".sandbox/stacks/mine/dev.json"
    state.parent.mkdir(parents=True)
    resource = {"urn": "urn:pulumi:dev::mine::a:b:C::d", "type": "a:b:C", "custom": True, "id": "x"}
    state.write_text(json.dumps({"version": 3, "deployment": {"resources": [resource]}}))
    executable(folder / "bin" / "pulumi", "echo v3.260.0")
    said = run(folder, "up", "--engine", "pulumi")
    assert "stack dev was deployed with --engine embedded; destroy it with that engine first" in said
    state.write_text("{")
    assert f"the stack's state cannot be read: {state}" in run(folder, "status")


def test_nothing_is_deployed(folder: Path) -> None:
    assert "stack dev: nothing is deployed" in run(folder, "status", code=0)
    assert not (folder / ".sandbox").exists()


def test_a_command_finds_the_engines_state(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    executable(folder / "bin" / "pulumi", "echo v3.260.0")
    executable(folder / "bin" / "pulumi-language-python", "exit 0")
    place = find_place(folder, "dev")
    by_cli = choose(place, "pulumi").environment({"PATH": "/bin"})
    assert by_cli["PULUMI_BACKEND_URL"] == f"file://{folder}/.sandbox/pulumi"
    assert by_cli["PULUMI_CONFIG_PASSPHRASE"] == choose(place, "embedded").environment({})["PULUMI_CONFIG_PASSPHRASE"]
    own = {"PULUMI_CONFIG_PASSPHRASE_FILE": "phrase.txt"}
    assert choose(place, "embedded").environment(own) == own


def test_any_command_runs_in_the_sandboxs_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "real")
    command = [sys.executable, "-m", "pulumi_instance_role.cli", "sandbox", "project", "run", "--stack", "dev", "--cwd"]
    script = 'pwd; echo "$ENGINE $ALIBABA_CLOUD_ACCESS_KEY_SECRET $INSTANCE_ROLE_ENDPOINT"; command -v python; exit 5'
    try:
        done = subprocess.run(
            [*command, str(folder), "--", "sh", "-c", script], capture_output=True, text=True, check=False
        )
        assert done.returncode == 5, done.stderr
        where, seen, python = done.stdout.splitlines()
        assert where == str(folder) and python == str(Path(sys.executable).with_name("python"))
        engine, secret, endpoint = seen.split()
        assert (engine, secret != "real", endpoint.startswith("http://127.0.0.1:")) == ("embedded", True, True)
        assert "emulator: 127.0.0.1:" in done.stderr
        # It was started for this command alone: nothing is deployed that would need it.
        assert done.stderr.endswith("emulator: stopped, no stack needs it\n")
        assert "is running" in CliRunner().invoke(project, ["stop", "--cwd", str(folder)]).output
        done = subprocess.run([*command, str(folder), "--", "no-such"], capture_output=True, text=True, check=False)
        assert (done.returncode, "no-such cannot be run: there is no such" in done.stderr) == (1, True)
    finally:
        CliRunner().invoke(project, ["stop", "--cwd", str(folder)])


def test_the_emulator_stays_for_what_a_command_has_made(folder: Path) -> None:
    command = [sys.executable, "-m", "pulumi_instance_role.cli", "sandbox", "project", "run", "--stack", "dev", "--cwd"]
    make_a_role = """
import json
from pulumi_instance_role.clouds import connect
from pulumi_instance_role.clouds.port import RoleSpec, Settings
from pulumi_instance_role.policy.trust import trust_document
trust = json.dumps(trust_document(["ecs.aliyuncs.com"]))
connect(Settings("alibaba", "cn-hangzhou")).create_role(RoleSpec("by-hand", trust))
"""
    try:
        done = subprocess.run(
            [*command, str(folder), "--", sys.executable, "-c", make_a_role],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "the emulator stays up: it holds what no stack has: by-hand" in done.stderr
    finally:
        assert CliRunner().invoke(project, ["stop", "--cwd", str(folder)]).output == "emulator: stopped\n"


def test_there_is_nothing_to_stop(folder: Path) -> None:
    done = CliRunner().invoke(project, ["stop", "--cwd", str(folder)])
    assert (done.exit_code, done.output) == (0, f"no emulator that was started for {folder} is running\n")
    assert not (folder / ".sandbox").exists()


def test_another_command_at_work(folder: Path) -> None:
    (folder / ".sandbox").mkdir()
    with (folder / ".sandbox" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(f"up of stack dev, process {os.getpid()}")
        file.flush()
        said = run(folder, "destroy")
    assert f"another command is at work in {folder / '.sandbox'} (up of stack dev, process {os.getpid()})" in said


CLI = """
backend="${PULUMI_BACKEND_URL#file://}"
kept="$backend/.pulumi/stacks/mine"
case "$1 $2" in
    version*) echo v3.260.0 ;;
    *) [ -d "$backend" ] || { echo "error: unable to check if bucket file://$backend is accessible" >&2; exit 255; }
       case "$1 $2" in
           "stack init") mkdir -p "$kept"; echo '{"version": 3, "checkpoint": {}}' > "$kept/$3.json" ;;
           *) ls "$kept" ;;
       esac ;;
esac
"""


def test_a_command_in_a_folder_where_nothing_was_deployed_finds_an_empty_stack(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    executable(folder / "bin" / "pulumi", CLI)
    executable(folder / "bin" / "pulumi-language-python", "exit 0")
    assert not (folder / ".sandbox").exists()
    run(folder, "run", "--engine", "pulumi", "--", "pulumi", "stack", "ls", code=0)
    assert "dev.json" in capfd.readouterr().out


def test_a_first_update_that_failed_has_deployed_nothing(folder: Path) -> None:
    state = folder / ".sandbox/stacks/mine/dev.json"
    state.parent.mkdir(parents=True)
    provider = {"urn": "urn:pulumi:dev::mine::pulumi:providers:x::default", "type": "pulumi:providers:x", "id": "1"}
    state.write_text(json.dumps({"version": 3, "deployment": {"resources": [{**provider, "custom": True}]}}))
    executable(folder / "bin" / "pulumi", "echo v3.260.0")
    executable(folder / "bin" / "pulumi-language-python", "exit 0")
    assert choose(find_place(folder, "dev"), "pulumi").name == "pulumi"


def test_a_stack_beside_others_that_have_no_settings_is_not_made(folder: Path) -> None:
    states = folder / ".sandbox" / "stacks" / find_place(folder, "first").project
    states.mkdir(parents=True)
    (states / "first.json").write_text("{}")
    assert find_place(folder, "first").stack == "first"
    assert "there is no stack second here; stacks here: first." in run(folder, "up", stack="second")
