"""What `--help` shows: an example that parses, lines that fit a terminal, and switches on a page of their own."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from instance_role_sandbox.emulator.switches import SWITCHES
from pulumi_instance_role.cli.main import main
from tests.unit.cli.test_exit_codes import ALL

WIDTH = 80
FIRST_PAGE = 30
"""Lines that the help of `sandbox serve` may have."""


def resolved(words: tuple[str, ...]) -> tuple[click.Command, click.Context]:
    """The command that these words name, in the context that the words leave it in. Raises as the command would."""
    command: click.Command = main
    parsed = main.make_context("instance-role", list(words))
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(parsed, [*parsed._protected_args, *parsed.args])
        assert name is not None and found is not None
        command, parsed = found, found.make_context(name, rest, parent=parsed)
    return command, parsed


def page(words: tuple[str, ...]) -> list[str]:
    """The lines of the command's help."""
    command: click.Command = main
    context = click.Context(main, info_name="instance-role", terminal_width=WIDTH)
    for name in words:
        assert isinstance(command, click.Group)
        found = command.get_command(context, name)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context, terminal_width=WIDTH)
    return command.get_help(context).splitlines()


def shown(words: tuple[str, ...]) -> list[str]:
    """The calls at the end of the command's help."""
    lines = page(words)
    head = next((at for at, line in enumerate(lines) if line.strip() in ("Example:", "Examples:")), len(lines))
    return [line.strip() for line in lines[head + 1 :] if line.strip()]


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_shows_calls_that_it_takes(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "state.json").write_text("{}")
    calls = shown(words)
    assert calls, f"{' '.join(words)} --help shows no example"
    for call in calls:
        program, *given = shlex.split(call.partition(" > ")[0])
        assert program == "instance-role" and tuple(given[: len(words)]) == words, call
        command, parsed = resolved(tuple(given))
        assert command.name == words[-1]
        parsed.close()


def test_an_example_that_is_wrong_would_be_seen() -> None:
    with pytest.raises(click.UsageError, match="No such option"):
        resolved(("drift", "--stak", "prod"))
    with pytest.raises(click.UsageError, match="not 'aws'"):
        resolved(("inventory", "--cloud", "aws"))


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_no_line_of_a_help_is_wider_than_a_terminal(words: tuple[str, ...]) -> None:
    assert [line for line in page(words) if len(line) > WIDTH] == []


def test_the_switches_of_the_emulator_have_a_page_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    first = page(("sandbox", "serve"))
    assert len(first) <= FIRST_PAGE and any("--help-switches" in line for line in first)
    with pytest.raises(click.exceptions.Exit) as ended:
        resolved(("sandbox", "serve", "--help-switches"))
    second = capsys.readouterr().out
    assert ended.value.exit_code == 0
    for switch in SWITCHES:
        assert f"--{switch.name}" in second
        assert not any(f"--{switch.name} " in line for line in first[:-5])  # the last lines are examples
    assert [line for line in second.splitlines() if len(line) > WIDTH] == []
