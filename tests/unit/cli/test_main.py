"""The command line: what it lists, and what it says when the sandbox is not installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

FROM_THE_CHECKOUT = (
    "in a checkout of the project, run: make wheel && pip install ./dist/pulumi_instance_role_sandbox-*.whl"
)
RUN = "from pulumi_instance_role.cli.main import main; main(prog_name='instance-role')"
BARE = """
import importlib.metadata, importlib.util
found = importlib.util.find_spec
hidden = "instance_role_sandbox"
importlib.util.find_spec = lambda name, package=None: None if name == hidden else found(name, package)
importlib.metadata.entry_points = lambda **wanted: ()
"""
"""As on a machine that has the product alone."""
SANDBOX_COMMANDS = [
    "destroy",
    "exec",
    "export",
    "import",
    "outputs",
    "preview",
    "project",
    "refresh",
    "run",
    "seed",
    "serve",
    "up",
]


def run(*arguments: str, bare: bool = False) -> subprocess.CompletedProcess[str]:
    """`instance-role ARGUMENTS` in a process of its own, with or without the sandbox."""
    program = (BARE if bare else "") + RUN
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60)


def test_help_names_every_command() -> None:
    assert "sandbox" in run("--help").stdout
    listed = [line.split()[0] for line in run("sandbox", "--help").stdout.split("Commands:")[1].splitlines() if line]
    assert [name for name in listed if name in SANDBOX_COMMANDS] == SANDBOX_COMMANDS


@pytest.mark.parametrize("command", SANDBOX_COMMANDS)
def test_every_command_has_help(command: str) -> None:
    shown = run("sandbox", command, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: instance-role sandbox {command}")


def test_a_sandbox_that_is_not_installed_is_named_with_its_remedy() -> None:
    asked = run("sandbox", "serve", "--port", "1", bare=True)
    assert asked.returncode == 1
    assert "Traceback" not in asked.stderr
    assert asked.stderr.strip() == f"Error: `sandbox` is not installed: {FROM_THE_CHECKOUT}"


@pytest.mark.parametrize("command", ["drift", "pass-role", "review"])
def test_no_engine_at_all(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has neither the Pulumi CLI nor the sandbox is pointed to the CLI first: a real stack is kept by it."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("ENGINE", raising=False)
    asked = run(command, "--stack", "prod", bare=True)
    assert asked.returncode == 1
    assert asked.stderr.startswith("Error: there is no pulumi on PATH; see https://www.pulumi.com/docs/install/")
    assert FROM_THE_CHECKOUT in asked.stderr
    assert len(asked.stderr.strip().splitlines()) == 1


def test_help_lists_the_sandbox_where_it_is_not_installed() -> None:
    shown = run("--help", bare=True)
    assert shown.returncode == 0
    assert "sandbox    (not installed; run it to be told how it is had)\n" in shown.stdout


def test_an_unknown_command_is_refused() -> None:
    asked = run("sandbox", "nosuch")
    assert asked.returncode == 1
    assert "No such command 'nosuch'" in asked.stderr
