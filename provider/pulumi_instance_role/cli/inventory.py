"""``instance-role inventory``: which instances of an account hold which role today. Reads only."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from pulumi_instance_role.cli.choices import CloudName
from pulumi_instance_role.cli.examples import examples
from pulumi_instance_role.clouds import connect
from pulumi_instance_role.clouds.port import CloudError, Settings
from pulumi_instance_role.inventory import forms
from pulumi_instance_role.inventory.collect import Progress, Reader
from pulumi_instance_role.inventory.model import Found
from pulumi_instance_role.inventory.program import Program, Wanted, write_program
from pulumi_instance_role.lines import PIPED

_EXAMPLE = examples(
    "instance-role inventory --cloud alibaba --region cn-hangzhou",
    "instance-role inventory --cloud tencent --region all --format csv -o all.csv",
)


@click.command(epilog=_EXAMPLE)
@click.option("--cloud", "clouds", type=CloudName(), multiple=True, required=True, help="may be given twice")
@click.option("--region", "regions", multiple=True, help="several, or `all` (default: that of the environment)")
@click.option("--profile", "profiles", multiple=True, help="an account by its profile; several for several accounts")
@click.option("--assume-role", "assume_role_arn", help="ARN of a role to assume on top of the credentials found")
@click.option("--keys/--no-keys", default=True, show_default=True, help="users' AccessKeys with their last use, too")
@click.option("--format", "form", type=click.Choice(("terminal", "json", "csv")), default="terminal", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False, writable=True), help="a file instead of the output")
@click.option(
    "--write-program",
    "program",
    type=click.Path(file_okay=False, path_type=Path),
    help="write a Pulumi program that adopts what was found into this folder",
)
@click.option(
    "--role", "roles", multiple=True, help="with --write-program: only roles of these names (`*` is a wildcard)"
)
@click.option("--vpc", help="with --write-program: only instances of this VPC, and their roles")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="with --write-program: only instances with it")
def inventory(
    clouds: Sequence[str],
    regions: Sequence[str],
    profiles: Sequence[str],
    assume_role_arn: str | None,
    keys: bool,
    form: str,
    output: str | None,
    program: Path | None,
    roles: Sequence[str],
    vpc: str | None,
    tags: Sequence[str],
) -> None:
    """List the instances of an account with their roles, and the policies of each role. Changes nothing.

    Also: instances without a role, roles that instances may hold and nobody does, which stack made what, and the
    AccessKeys that nobody has used. What may not be read is named. Exit code 0, or 1 when nothing could be read.
    """
    wanted = _wanted(program, roles, vpc, tags, len(set(clouds)) * max(1, len(set(profiles))))
    found: list[Found] = []
    with _watched() as progress:
        for cloud, profile in product(dict.fromkeys(clouds), profiles or (None,)):
            everywhere = "all" in regions
            settings = Settings(cloud, None if everywhere or not regions else regions[0], profile, assume_role_arn)
            try:
                where = None if everywhere else list(dict.fromkeys(regions)) or [connect(settings).region]
                found.append(Reader(settings, progress).read(where, keys=keys))
            except CloudError as error:
                raise click.ClickException(f"{cloud}{f', profile {profile}' if profile else ''}: {error}") from None
    if program is not None:
        _write(program, write_program(found[0], wanted, program.resolve().name))
        return
    if form == "terminal" and output is None:
        console = Console(highlight=False)
        width = console.width if console.is_terminal else PIPED
        console.print(forms.for_terminal(found, width), soft_wrap=True)
        return
    shown = {"json": forms.as_json, "csv": forms.as_csv, "terminal": forms.text}[form](found)
    if output is None:
        click.echo(shown.rstrip("\n"))
    else:
        with click.open_file(output, "w", encoding="utf-8") as file:
            file.write(shown.rstrip("\n") + "\n")
        click.echo(f"written: {output}", err=True)


def _wanted(program: Path | None, roles: Sequence[str], vpc: str | None, tags: Sequence[str], accounts: int) -> Wanted:
    """What the program is to declare. UsageError for choices that cannot be meant."""
    if program is None and (roles or vpc or tags):
        raise click.UsageError("--role, --vpc and --tag need --write-program; give it, too")
    if program is not None and accounts > 1:
        raise click.UsageError("--write-program: one account at a time; write a program for each")
    pairs = [one.partition("=") for one in tags]
    if not all(equals and key for key, equals, _ in pairs):
        raise click.UsageError("--tag: write it as KEY=VALUE")
    return Wanted(tuple(roles), vpc, {key: value for key, _, value in pairs})


def _write(folder: Path, program: Program) -> None:
    """Write the program, and say what it declares, what was left out, and what running it does."""
    if not program.declared:
        why = "".join(f"\n  {one}" for one in program.left_out)
        raise click.ClickException(f"nothing that was found can be declared{why}")
    try:
        program.write(folder)
    except OSError as error:
        raise click.ClickException(f"--write-program: {error}; choose another folder") from None
    click.echo(f"written to {folder}: {', '.join(f'{count} {kind}' for kind, count in program.declared.items())}")
    for one in program.left_out:
        click.echo(f"left out: {one}")
    click.echo(
        "Every resource is adopted: `pulumi up` makes no writing call, and at the end all is left as it was found."
    )
    click.echo(f"Next: cd {folder} && pulumi stack init, then pulumi preview")


@contextmanager
def _watched() -> Iterator[Progress]:
    """Progress on the standard error: a bar for people, a line for each part in a pipeline's log."""
    if not sys.stderr.isatty():
        yield _lines
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def shown(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done)

        yield shown


def _lines(what: str, done: int, of: int) -> None:
    if done == 0:
        click.echo(f"reading {what}: {of} ...", err=True)


COMMANDS: tuple[click.Command, ...] = (inventory,)
