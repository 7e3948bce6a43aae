"""The stack that a command is about, read through the engine that keeps it.

The engine is run as a command, the Pulumi CLI or the sandbox's embedded one, so that nothing here knows how a state
is kept. A stack that the embedded engine deployed stays with it; every other is the CLI's.
https://www.pulumi.com/docs/iac/cli/commands/
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Set
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import click

from pulumi_instance_role.cli.extras import SANDBOX_PACKAGE
from pulumi_instance_role.cli.sandboxed import enter
from pulumi_instance_role.policy.near import is_meant
from pulumi_instance_role.wheels import SANDBOX

ENGINES = ("pulumi", "embedded")
_EMBEDDED = (sys.executable, "-m", "pulumi_instance_role.cli", "sandbox")
_NO_CLI = "there is no pulumi on PATH; see https://www.pulumi.com/docs/install/"
_KEPT_IN = Path(".sandbox", "stacks")
SETTINGS = "INSTANCE_ROLE_STACK_SETTINGS"
"""Names the file with a stack's settings, where that is not the project's own (the sandbox keeps a copy)."""
_EXCERPT = 20  # lines of what an engine said, for an error

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Stack:
    """A stack of the project in ``folder``; ``engine`` is what keeps it."""

    name: str
    folder: Path
    engine: str

    def must_exist(self) -> None:
        """Raise :class:`click.ClickException` for a stack that the embedded engine never kept; the CLI says so itself.

        That engine takes a stack without a state for one that is empty, as it is before its first up.
        """
        if self.engine == "embedded" and not self.kept(self.folder, self.name):
            raise self._none(self._deployed())

    def must_be_meant(self) -> None:
        """Raise :class:`click.ClickException` for a stack of the embedded engine that nothing here speaks of.

        That is one without a state and without settings where others have some: its name is misspelled. That engine
        would run the program without any setting, and what it then says is about something else.
        """
        settings = {file.name[len("Pulumi.") : -len(".yaml")] for file in self.folder.glob("Pulumi.*.yaml")}
        there = self._deployed() | settings
        if self.engine == "embedded" and SETTINGS not in os.environ and there and self.name not in there:
            raise self._none(there)

    def _deployed(self) -> set[str]:
        return {file.stem for file in self.folder.glob(f"{_KEPT_IN}/*/*.json")}

    def _none(self, there: Set[str]) -> click.ClickException:
        near = is_meant(self.name, sorted(there), 0.6)
        known = f"stacks here: {', '.join(sorted(there))}" if there else "nothing was deployed from here"
        known += near and f"; {near}"
        return click.ClickException(f"there is no stack {self.name} in {self.folder.resolve()}; {known}")

    @staticmethod
    def kept(folder: Path, name: str) -> bool:
        """Whether the embedded engine keeps a state of that stack."""
        return any((folder / _KEPT_IN).glob(f"*/{name}.json"))

    def export(self) -> dict[str, Any]:
        """The state as the engine exports it, secrets decrypted: for reading, never for showing.

        Raises :class:`click.ClickException` with the engine's words when it cannot.
        """
        command = ("stack", "export", "--show-secrets") if self.engine == "pulumi" else ("export", "--show-secrets")
        done = self._run(*command)
        if done.returncode != 0:
            raise click.ClickException(f"stack {self.name} cannot be exported: {_excerpt(done.stderr or done.stdout)}")
        return _object(done.stdout, f"the export of stack {self.name}")

    def preview(self) -> tuple[str, bool]:
        """What ``preview --json`` prints, unchanged resources included, and whether the preview failed."""
        # The embedded engine always shows them.
        done = self._run("preview", "--json", *(("--show-sames",) if self.engine == "pulumi" else ()))
        if not done.stdout.strip():
            raise click.ClickException(f"stack {self.name} cannot be previewed: {_excerpt(done.stderr)}")
        return done.stdout, done.returncode != 0

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        if self.engine == "pulumi":
            settings = os.environ.get(SETTINGS) if command[0] == "preview" else None
            more = ("--config-file", settings) if settings else ()
            words = ["pulumi", *command, "--stack", self.name, "--non-interactive", *more]
        else:
            words = [*_EMBEDDED, *command, "--stack", self.name]
        return subprocess.run(words, cwd=self.folder, check=False, capture_output=True, text=True)


def stack_options(function: F) -> F:
    """The options ``--stack``, ``--cwd`` and ``--engine``; see :func:`find_stack`."""
    options = (
        click.option("--stack", "-s", "stack_name", help="the stack's name"),
        click.option(
            "--cwd",
            "-C",
            "folder",
            type=click.Path(file_okay=False, exists=True, path_type=Path),
            default=".",
            help="the project's folder, with its Pulumi.yaml (default: this one)",
        ),
        click.option(
            "--engine",
            type=click.Choice(ENGINES),
            envvar="ENGINE",
            help="what keeps the stack (default: the one that deployed it)",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def find_stack(name: str, folder: Path, engine: str | None) -> Stack:
    """The stack, with the engine that keeps it. Raises :class:`click.ClickException` when there is no such engine.

    For a stack that lives in the sandbox the whole command is run there, and this does not return.
    """
    enter(name, folder, engine)
    embedded = Stack.kept(folder, name)
    cli, sandbox = shutil.which("pulumi") is not None, find_spec(SANDBOX_PACKAGE) is not None
    chosen = engine or ("embedded" if embedded or not cli else "pulumi")
    if chosen == "pulumi" and not cli:
        raise click.ClickException(f"--engine pulumi: {_NO_CLI}")
    if not (engine or embedded or cli or sandbox):
        raise click.ClickException(f"{_NO_CLI} (or, for the embedded engine, {SANDBOX})")
    found = Stack(name, folder, chosen)
    found.must_be_meant()
    return found


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.ClickException(f"{what} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"{what} is not a JSON object")
    return found


def _excerpt(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_EXCERPT:]) or "it printed nothing"
