"""``instance-role sandbox project``: thin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, get_args

import click

from instance_role_sandbox.engine.project import stacks_of
from instance_role_sandbox.printable import printable_lines
from instance_role_sandbox.project import anywhere, emulator
from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.engines import CHOICES
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.place import find_place
from instance_role_sandbox.project.run import Run
from instance_role_sandbox.project.sample import A_FEW, Prove
from instance_role_sandbox.project.show import Screen
from instance_role_sandbox.standin.errors import ApiError
from pulumi_instance_role.cli.examples import examples

T = TypeVar("T")


@click.group()
def project() -> None:
    """A whole Pulumi project against the sandbox: emulator, engine and plugin are brought to it.

    Program and stack files are used as they are. Real credentials in the environment are taken out of it first.
    """


_FOLDER = click.option(
    "--cwd",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="The project's folder; the present one if left out.",
)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        _FOLDER,
        click.option(
            "--engine",
            type=click.Choice(CHOICES),
            help="Else the variable ENGINE, else the engine that holds the stack, else the Pulumi CLI on PATH.",
        ),
        click.option("--stack", help="The stack (required); its settings are in Pulumi.<stack>.yaml."),
    ):
        command = option(command)
    return command


_PROVE = click.option(
    "--prove",
    type=click.Choice(get_args(Prove)),
    default="some",
    show_default=True,
    help=f"Whether all instances are asked from inside, {A_FEW} at most (roles and clouds take turns), or none.",
)


def _run(
    stack: str | None,
    engine: str | None,
    folder: Path,
    work: Callable[[Run], T],
    *,
    beside: bool = False,
    prove: Prove = "some",
) -> T:
    if stack is None:
        there = ", ".join(stacks_of(folder))
        raise click.UsageError(f"Missing option '--stack'{f'; stacks here: {there}' if there else ''}.")
    return _told(lambda: work(Run(find_place(folder, stack), engine, Screen(beside=beside), prove)))


def _told(work: Callable[[], T]) -> T:
    """What the work gives. ClickException, in printable lines, for what can go wrong in it."""
    try:
        return work()
    except (ProjectError, ApiError, TimeoutError) as failed:
        raise click.ClickException("\n".join(printable_lines(str(failed)))) from None


def _operation(name: str, text: str, *, proves: bool = False) -> None:
    @project.command(name, help=text, epilog=examples(f"instance-role sandbox project {name} --stack alibaba"))
    @_options
    def command(stack: str | None, engine: str | None, folder: Path, prove: Prove = "some") -> None:
        _run(stack, engine, folder, lambda run: run.operate(name), prove=prove)

    if proves:
        _PROVE(command)


_operation("up", "Deploy the stack, show what came out, and prove it from inside the instances.", proves=True)
_operation("preview", "Show what `up` would change; change nothing.")
_operation("refresh", "Compare the state with what is really there, and take over what differs.", proves=True)
_operation("destroy", "Take the stack down, and check that nothing of it is left.")


@project.command(epilog=examples("instance-role sandbox project status --stack alibaba"))
@_options
@_PROVE
def status(stack: str | None, engine: str | None, folder: Path, prove: Prove) -> None:
    """Show the stack's roles, policies, instances, and what instances see from inside; change nothing."""
    _run(stack, engine, folder, lambda run: run.status(), prove=prove)


@project.command(
    context_settings={"ignore_unknown_options": True},
    epilog=examples("instance-role sandbox project run --stack alibaba -- pulumi stack output"),
)
@_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(stack: str | None, engine: str | None, folder: Path, command: tuple[str, ...]) -> None:
    """Run a command (after `--`) in the project's folder and the environment that the stack is deployed from.

    It finds the emulator with its keys, the engine's state and this installation's commands. Its output and exit code
    are the command's; what the sandbox has to say goes to the standard error.
    """
    _exit(_run(stack, engine, folder, lambda run: run.command(command), beside=True))


def _exit(code: int) -> None:
    """End with a command's exit code; one that a signal ended, as a shell says it."""
    raise click.exceptions.Exit(code if code >= 0 else 128 - code)


@project.command(epilog=examples("instance-role sandbox project stop"))
@_FOLDER
def stop(folder: Path) -> None:
    """Stop the emulator. What is deployed stays, and is there again when the next command starts it."""
    try:
        stopped = emulator.stop(folder.resolve() / ".sandbox")
    except TimeoutError as late:
        raise click.ClickException(str(late)) from None
    click.echo("emulator: stopped" if stopped else f"no emulator that was started for {folder.resolve()} is running")


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True},
    epilog=examples(
        "instance-role sandbox run -- python list_instances.py",
        "instance-role sandbox run -- bash",
    ),
)
@_FOLDER
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run_anywhere(folder: Path, command: tuple[str, ...]) -> None:
    """Run COMMAND (after `--`) with an emulated cloud, in any folder; no Pulumi project is needed.

    The emulator is the one of the folder's .sandbox; it is started where none runs. COMMAND finds its keys in the
    environment, in place of yours, and its address in INSTANCE_ROLE_ENDPOINT. The exit code is the command's. A stack
    is deployed by `sandbox project`, which brings an engine and plugins, too.
    """
    _exit(_told(lambda: anywhere.run(folder, command)))


@click.command(epilog=examples("instance-role sandbox seed web-1 web-2"))
@_FOLDER
@click.option(
    "--cloud",
    type=click.Choice([cloud.name for cloud in CLOUDS]),
    default=CLOUDS[0].name,
    show_default=True,
    help="The cloud to make them in.",
)
@click.option("--region", metavar="REGION", help="Their region; the account's own if left out.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
def seed(folder: Path, cloud: str, region: str | None, names: tuple[str, ...]) -> None:
    """Make a running instance of each NAME in the sandbox, for programs to find, and print the ids.

    The emulator is the one of the folder's .sandbox; it is started where none runs, and runs on. The instances are in a
    VPC of their own, and no stack has them.
    """
    for made in _told(lambda: anywhere.seed(folder, cloud, region, names)):
        click.echo(made)


COMMANDS: tuple[click.Command, ...] = (project, run_anywhere, seed)
