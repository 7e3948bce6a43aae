"""``instance-role sandbox up`` and its sisters: the engine's command line.

Exit codes: 0 done; 1 failed or refused; 7 --expect-no-changes, and there are some; 130 ended at once by a second
Ctrl-C.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, TypeVar

import click
from rich.console import Console

from instance_role_sandbox.engine.display import Display, show_outputs
from instance_role_sandbox.engine.errors import EngineError
from instance_role_sandbox.engine.events import (
    Began,
    Ended,
    Event,
    Message,
    Prelude,
    Sink,
    Summary,
    over,
    to_json,
)
from instance_role_sandbox.engine.operations import Options, Outcome, Stack
from instance_role_sandbox.engine.report import masked_properties, preview_step
from instance_role_sandbox.engine.steps import Op, Step
from instance_role_sandbox.engine.values import UNKNOWN, Properties, Reference, Value, plain_properties
from instance_role_sandbox.printable import printable, printable_lines
from pulumi_instance_role.cli.examples import examples

CHANGES_FOUND = 7
F = TypeVar("F", bound=Callable[..., Any])


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    def apply(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return apply


_stack = _options(
    click.option("--stack", "-s", "name", required=True, help="the stack's name"),
    click.option(
        "--cwd",
        "-C",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=".",
        help="the project's folder, with its Pulumi.yaml (default: this one)",
    ),
    click.option(
        "--state",
        "state",
        type=click.Path(file_okay=False, path_type=Path),
        help="where states are kept (default: .sandbox/stacks in the project's folder)",
    ),
)
_run = _options(
    click.option("--json", "as_json", is_flag=True, help="write one JSON document in place of a display"),
    click.option("--parallel", "-p", type=click.IntRange(1), help="how many steps run at once"),
    click.option(
        "--event-log",
        type=click.Path(dir_okay=False, path_type=Path),
        help="write each event to this file, one JSON object a line",
    ),
    click.option("--expect-no-changes", is_flag=True, help=f"exit with {CHANGES_FOUND} when there are changes"),
)
_continue = click.option("--continue-on-error", is_flag=True, help="go on with what does not need the failed resources")
_look = click.option("--refresh", is_flag=True, help="look at what is really there first")
_diff = click.option("--diff", is_flag=True, help="show what changes property by property")
_secrets = click.option("--show-secrets", is_flag=True, help="secrets in the open")


class Json:
    """Gathers an operation's events for one JSON document: for a preview that of ``pulumi preview --json``.

    Other operations, for which the CLI has none, tell their steps as they ended, and the result, the outputs and the
    plugins (their executables) too.
    """

    def __init__(self, kind: str) -> None:
        self._preview = kind == "preview"
        self._config: dict[str, str] = {}
        self._steps: list[dict[str, Any]] = []
        self._diagnostics: list[dict[str, str]] = []
        self._seconds = 0.0

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Prelude):
            self._config = event.config
        elif isinstance(event, Message):
            said = {"urn": event.urn, "message": f"{event.prefix}{event.text}\n", "severity": event.severity}
            self._diagnostics.append({k: v for k, v in said.items() if v})
        elif isinstance(event, Summary):
            self._seconds = event.seconds
        elif isinstance(event, Began) and self._preview:
            self._add(event.step, None)
        elif isinstance(event, Ended) and not self._preview:
            self._add(event.step, event.result)

    def _add(self, step: Step, result: Op | None) -> None:
        if step.op.logical and not step.resource.is_default_provider:
            self._steps.append(preview_step(step, result))

    def document(self, outcome: Outcome) -> dict[str, Any]:
        """The document."""
        told: dict[str, Any] = {
            "config": self._config,
            "steps": self._steps,
            "diagnostics": self._diagnostics,
            "duration": int(self._seconds * 1e9),
            "changeSummary": outcome.changes,
        }
        if self._preview:
            return {k: v for k, v in told.items() if v}
        outputs = _jsonable(masked_properties(outcome.outputs))
        result = "failed" if outcome.failed else "succeeded"
        return {**told, "outputs": outputs, "plugins": outcome.plugins, "result": result}


def _operate(
    kind: str,
    *,
    name: str,
    folder: Path,
    state: Path | None,
    as_json: bool,
    event_log: Path | None,
    expect_no_changes: bool,
    diff: bool = False,
    **options: Any,
) -> None:
    """Do one operation; ``options`` are those of the engine, as its Options has them."""
    stack = _open(folder, name, state)
    console = Console(highlight=False)
    if kind == "up" and not as_json:
        _say_if_new(stack)
    with ExitStack() as closing:
        sinks: list[Sink] = []
        gathered = Json(kind)
        if as_json:
            sinks.append(gathered)
        else:
            display = Display(console, kind, diff=diff)
            sinks.append(closing.enter_context(display))
        if event_log is not None:
            log = closing.enter_context(event_log.open("w", encoding="utf-8"))
            written = _Log(log, kind)
            closing.callback(written.end)
            sinks.append(written)

        def tell(event: Event) -> None:
            for sink in sinks:
                sink(event)

        chosen = Options(**{key: value for key, value in options.items() if value})
        try:
            outcome = stack.run(kind, chosen, tell)
        except EngineError as error:
            raise _shown(error) from None
    if as_json:
        click.echo(json.dumps(gathered.document(outcome), indent=2))
    elif kind == "up" and not outcome.failed:
        show_outputs(console, outcome.outputs)
    if outcome.failed:
        sys.exit(1)
    if expect_no_changes and outcome.changed:
        click.echo(f"error: there are changes, and none were expected ({kind})", err=True)
        sys.exit(CHANGES_FOUND)


class _Log:
    """Writes events to a file as they come."""

    def __init__(self, file: IO[str], kind: str) -> None:
        self._file = file
        self._kind = kind
        self._count = 0

    def __call__(self, event: Event) -> None:
        self._write(to_json(event, self._count, self._kind))

    def end(self) -> None:
        """The last event."""
        self._write(over(self._count))

    def _write(self, event: dict[str, Any]) -> None:
        self._file.write(json.dumps(event) + "\n")
        self._file.flush()
        self._count += 1


def _open(folder: Path, name: str, state: Path | None, read: bool = True) -> Stack:
    try:
        stack = Stack(folder, name, dict(os.environ), state, read=read)
        stack.must_be_meant()
        return stack
    except EngineError as error:
        raise _shown(error) from None


@click.command(
    epilog=examples("instance-role sandbox up --stack alibaba", "instance-role sandbox up --stack alibaba --diff")
)
@_stack
@_run
@_diff
@_continue
@_look
def up(**given: Any) -> None:
    """Make what the program declares, with the embedded engine."""
    _operate("up", **given)


@click.command(
    epilog=examples(
        "instance-role sandbox preview --stack alibaba",
        "instance-role sandbox preview --stack alibaba --json > preview.json",
    )
)
@_stack
@_run
@_look
def preview(**given: Any) -> None:
    """Show what `up` would do, and do nothing."""
    _operate("preview", **given)


@click.command(epilog=examples("instance-role sandbox refresh --stack alibaba"))
@_stack
@_run
@_diff
@click.option("--clear-pending-creates", is_flag=True, help="forget creates of which the end is not known")
def refresh(**given: Any) -> None:
    """Bring the state in line with what is really there."""
    _operate("refresh", **given)


@click.command(epilog=examples("instance-role sandbox destroy --stack alibaba"))
@_stack
@_run
@_continue
@_look
def destroy(**given: Any) -> None:
    """Delete all that the stack made."""
    _operate("destroy", **given)


@click.command(epilog=examples("instance-role sandbox export --stack alibaba --file state.json"))
@_stack
@_secrets
@click.option("--file", "file", type=click.File("w"), default="-", help="where to (default: standard output)")
def export(name: str, folder: Path, state: Path | None, show_secrets: bool, file: IO[str]) -> None:
    """Write the state in the form that `pulumi stack import` takes."""
    stack = _open(folder, name, state)
    try:
        document = stack.export(show_secrets)
    except EngineError as error:
        raise _shown(error) from None
    json.dump(document, file, indent=2)
    file.write("\n")


@click.command("import", epilog=examples("instance-role sandbox import --stack alibaba --file state.json"))
@_stack
@click.option("--file", "file", type=click.File("r"), default="-", help="where from (default: standard input)")
def import_(name: str, folder: Path, state: Path | None, file: IO[str]) -> None:
    """Replace the state by an exported one, of this engine or of the Pulumi CLI."""
    stack = _open(folder, name, state, read=False)
    _say_if_new(stack)
    try:
        document = json.load(file)
    except ValueError as error:
        raise click.ClickException(printable(f"{file.name} is not JSON: {error}")) from None
    try:
        warnings = stack.import_(document)
    except EngineError as error:
        raise _shown(error) from None
    for warning in warnings:
        click.echo(printable(f"warning: {warning}"), err=True)
    click.echo("Import complete.")


@click.command(epilog=examples("instance-role sandbox outputs --stack alibaba --json"))
@_stack
@_secrets
@click.option("--json", "as_json", is_flag=True, help="as a JSON object")
def outputs(name: str, folder: Path, state: Path | None, show_secrets: bool, as_json: bool) -> None:
    """Show the stack's outputs."""
    stack = _open(folder, name, state)
    found = stack.outputs()
    if as_json:
        plain = plain_properties(found) if show_secrets else masked_properties(found)
        click.echo(json.dumps(_jsonable(plain), indent=2))
    else:
        show_outputs(Console(highlight=False), found, show_secrets)


def _say_if_new(stack: Stack) -> None:
    """The first stack of a project is made without being asked for, whatever its name."""
    if stack.is_new:
        click.echo(f"stack {stack.name} is made, without settings: there is no {stack.config.path.name}", err=True)


def _shown(error: EngineError) -> click.ClickException:
    """An error as the command line ends with it."""
    return click.ClickException("\n".join(printable_lines(str(error))))


def _jsonable(properties: Properties) -> Any:
    return json.loads(json.dumps(properties, default=_plain))


def _plain(value: Value) -> Any:
    if isinstance(value, Reference):
        return {"urn": value.urn, "id": None if value.id is UNKNOWN else value.id}
    return None


COMMANDS: tuple[click.Command, ...] = (up, preview, refresh, destroy, export, import_, outputs)
