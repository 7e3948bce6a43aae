"""The command line: what it lists, and what it says when an extra is not installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUN = "from pulumi_instance_role.cli.main import main; main(prog_name='instance-role')"
HIDE = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {names!r} else found(name, package)
"""
SANDBOX_COMMANDS = ["destroy", "exec", "export", "import", "outputs", "preview", "project", "refresh", "serve", "up"]


def run(*arguments: str, without: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """`instance-role ARGUMENTS` in a process of its own, on an interpreter that lacks the modules ``without``."""
    program = HIDE.format(names=without) + RUN
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60)


def test_help_names_every_command_of_every_room() -> None:
    assert "sandbox" in run("--help").stdout
    listed = [line.split()[0] for line in run("sandbox", "--help").stdout.split("Commands:")[1].splitlines() if line]
    assert [name for name in listed if name in SANDBOX_COMMANDS] == SANDBOX_COMMANDS


@pytest.mark.parametrize("command", SANDBOX_COMMANDS)
def test_every_command_has_help(command: str) -> None:
    shown = run("sandbox", command, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: instance-role sandbox {command}")


def test_a_missing_extra_is_named_with_its_remedy() -> None:
    asked = run("sandbox", "serve", "--port", "1", without=("werkzeug",))
    assert asked.returncode == 1
    assert "Traceback" not in asked.stderr
    assert "`serve` needs the module 'werkzeug': pip install 'pulumi-instance-role[sandbox]'" in asked.stderr


@pytest.mark.parametrize("command", ["drift", "pass-role", "review"])
def test_no_engine_at_all(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has neither the Pulumi CLI nor the sandbox is pointed to the CLI first: a real stack is kept by it."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("ENGINE", raising=False)
    asked = run(command, "--stack", "prod", without=("werkzeug",))
    assert asked.returncode == 1
    assert asked.stderr.startswith("Error: there is no pulumi on PATH; see https://www.pulumi.com/docs/install/")
    assert "pip install 'pulumi-instance-role[sandbox]'" in asked.stderr
    assert len(asked.stderr.strip().splitlines()) == 1


def test_help_still_lists_commands_whose_extra_is_missing() -> None:
    shown = run("sandbox", "--help", without=("werkzeug",))
    assert shown.returncode == 0
    assert "not installed: pip install 'pulumi-instance-role[sandbox]'" in " ".join(shown.stdout.split())


def test_an_unknown_command_is_refused() -> None:
    asked = run("sandbox", "nosuch")
    assert asked.returncode == 2
    assert "No such command 'nosuch'" in asked.stderr
