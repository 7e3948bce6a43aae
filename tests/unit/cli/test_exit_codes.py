"""What every command ends with where it cannot do what it was asked: always 1, for 2 means that something was found."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click
import pytest

from pulumi_instance_role.cli.main import main
from tests.support.forks import python

RUN = "from pulumi_instance_role.cli.main import main; main(prog_name='instance-role')"
PAGE = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")


def commands(group: click.Group, *before: str) -> list[tuple[str, ...]]:
    """Every command, as it is called."""
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found += commands(command, *before, name) if isinstance(command, click.Group) else [(*before, name)]
    return found


ALL = commands(main)


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [python(), "-c", RUN, *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def test_there_are_commands() -> None:
    assert ("drift",) in ALL and ("sandbox", "project", "up") in ALL and len(ALL) > 15


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_wrong_usage_is_1(words: tuple[str, ...], tmp_path: Path) -> None:
    asked = run(*words, "--no-such-option", cwd=tmp_path)
    # What follows these is another command's.
    if words in {("sandbox", "exec"), ("sandbox", "run"), ("sandbox", "project", "run")}:
        assert asked.returncode != 0
        return
    assert asked.returncode == 1 and "Traceback" not in asked.stderr, asked.stderr
    assert asked.stderr.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("drift",), "Missing option '--stack'"),
        (("drift", "--stack", "nope", "--engine", "embedded"), "there is no stack nope in "),
        (("review", "nothing.json"), "nothing.json"),
        (("pass-role",), "--stack: say which stack"),
        (("pass-role", "--stack", "s", "--by", "tag"), "--by tag and --tag KEY=VALUE go together"),
        (("pass-role", "--stack", "s", "--tag", "a=b"), "--by tag and --tag KEY=VALUE go together"),
        (("pass-role", "--stack", "s", "--by", "tag", "--tag", "a"), "--tag: write it as KEY=VALUE"),
        (("nosuch",), "No such command 'nosuch'"),
    ],
)
def test_what_cannot_be_done_is_1(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    asked = run(*words, cwd=tmp_path)
    assert asked.returncode == 1 and said in asked.stderr, asked.stderr


def test_the_page_names_every_command_of_the_product() -> None:
    ours = {words[0] for words in ALL}
    assert {name for name in ours if f"`instance-role {name}" not in PAGE} == set()


@pytest.mark.parametrize(
    "words",
    [("sandbox", "project", "up"), ("review", "--engine", "embedded"), ("pass-role", "--engine", "embedded")],
    ids=" ".join,
)
def test_a_stack_that_is_misspelt_leaves_nothing_behind(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    asked = run(*words, "--stack", "prd", cwd=tmp_path)
    assert asked.returncode == 1 and "there is no stack prd " in asked.stderr and "stacks here: prod" in asked.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pulumi.prod.yaml", "Pulumi.yaml"]
