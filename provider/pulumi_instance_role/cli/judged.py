"""What the commands share that judge by rules: their files, the list of rules, and the exit codes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from pulumi_instance_role.language import say, tell
from pulumi_instance_role.review import baseline
from pulumi_instance_role.review.guardrails import BadGuardrails, Rail
from pulumi_instance_role.review.guardrails import read as read_rails
from pulumi_instance_role.review.rules import BY_ID
from pulumi_instance_role.review.rules.base import Rule

Command = TypeVar("Command", bound=Callable[..., Any])

CODES = {"pass": 0, "findings": 2, "error": 1}
"""The exit code of each verdict."""


def judging_files(guardrails: str) -> Callable[[Command], Command]:
    """The options ``--baseline`` and ``--guardrails``; ``guardrails`` says what those are about."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    accepted = "findings that were accepted, with reasons and expiry days (YAML or JSON)"

    def both(command: Command) -> Command:
        with_rails = click.option("--guardrails", "guardrails_file", type=file, help=f"{guardrails} (YAML or JSON)")
        return click.option("--baseline", "baseline_file", type=file, help=accepted)(with_rails(command))

    return both


def list_all(rules: Sequence[Rule]) -> None:
    """Show rules in short."""
    width = max(len(rule.id) for rule in rules)
    for rule in rules:
        click.echo(f"{rule.severity:<9} {rule.id:<{width}}  {tell(say(rule.title))}")


def names(fail_on: str) -> list[str]:
    """The rules and severities in the value of ``--fail-on``. UsageError where there is none.

    An empty value comes from a variable of a pipeline that is not set. It must not turn the check off.
    """
    found = [one.strip() for one in fail_on.split(",") if one.strip()]
    if not found:
        raise click.UsageError("--fail-on: it is empty; name rules or severities, or say none")
    return found


def write(file: Path, text: str) -> None:
    """Write what was asked for with ``--output``."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"--output: {file} cannot be written: {error.strerror}") from None


def read_baseline(
    file: Path | None, rules: Collection[str] = BY_ID, command: str = "review"
) -> tuple[baseline.Accepted, ...]:
    """The findings that a file accepts; none for no file."""
    if file is None:
        return ()
    try:
        return baseline.read(file.read_text(encoding="utf-8-sig"), rules, command)
    except (baseline.BadBaseline, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None


def read_guardrails(file: Path | None) -> tuple[Rail, ...]:
    """The guardrails of a file; none for no file."""
    if file is None:
        return ()
    try:
        return read_rails(file.read_text(encoding="utf-8-sig"))
    except (BadGuardrails, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None
