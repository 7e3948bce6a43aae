"""``instance-role inventory``: which instances of an account hold which role today. Reads only."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from itertools import product
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from pulumi_instance_role.cli.choices import CloudName
from pulumi_instance_role.cli.examples import examples
from pulumi_instance_role.cli.judged import CODES, judging_files, list_all, names, read_baseline, read_guardrails, write
from pulumi_instance_role.clouds.port import CloudError, Settings
from pulumi_instance_role.clouds.settings import NO_REGION
from pulumi_instance_role.inventory import forms, markdown, terminal, words
from pulumi_instance_role.inventory.audit import Audit, audit
from pulumi_instance_role.inventory.collect import Asked, Progress, Reader, ask
from pulumi_instance_role.inventory.program import Program, Wanted, write_program
from pulumi_instance_role.inventory.rules import COMMAND, IDS, RULES, failing
from pulumi_instance_role.review.forms import NotInstalled, load
from pulumi_instance_role.review.guardrails import severities
from pulumi_instance_role.review.judge import NOTHING

FORMS = ("terminal", "json", "csv", "html", "markdown", "sarif")
PAGE = "pulumi_instance_role.inventory.html"
"""The module that writes the form html: it needs what the extra ``review`` brings."""
_EXAMPLE = examples(
    "instance-role inventory --cloud alibaba --region cn-hangzhou",
    "instance-role inventory --cloud tencent --region all --format csv -o all.csv",
    "instance-role inventory --cloud alibaba --fail-on high --format sarif",
)


@click.command(epilog=_EXAMPLE)
@click.option("--cloud", "clouds", type=CloudName(), multiple=True, required=True, help="may be given twice")
@click.option("--region", "regions", multiple=True, help="several, or `all` (default: that of the environment)")
@click.option("--profile", "profiles", multiple=True, help="an account by its profile; several for several accounts")
@click.option("--assume-role", "assume_role_arn", help="ARN of a role to assume on top of the credentials found")
@click.option("--keys/--no-keys", default=True, show_default=True, help="users' AccessKeys with their last use, too")
@click.option("--format", "form", type=click.Choice(FORMS), default="terminal", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False, writable=True), help="a file instead of the output")
@click.option(
    "--fail-on",
    default=NOTHING,
    show_default=True,
    metavar="RULE,…",
    help="rules and severities (each with all that are worse) that end the command with 2",
)
@judging_files("what no role may allow")
@click.option(
    "--list-rules",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _parameter, wanted: _list_rules(ctx, wanted),
    help="show the rules and stop",
)
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
    fail_on: str,
    baseline_file: Path | None,
    guardrails_file: Path | None,
    program: Path | None,
    roles: Sequence[str],
    vpc: str | None,
    tags: Sequence[str],
) -> None:
    """List the instances of an account with their roles, and what these may do. Changes nothing.

    Also: what is risky about it, instances without a role, roles that instances may hold and nobody does, which stack
    made what, and the AccessKeys that nobody has used. What may not be read is named. Exit code 0, 2 for findings that
    --fail-on names, or 1 when nothing could be read.
    """
    wanted = _wanted(program, roles, vpc, tags, len(set(clouds)) * max(1, len(set(profiles))))
    rails = read_guardrails(guardrails_file)
    try:
        failing(names(fail_on), severities(rails))  # said before anything is asked
    except ValueError as error:
        raise click.UsageError(f"--fail-on: {error}") from None
    accepted = read_baseline(baseline_file, IDS, COMMAND)
    asked: dict[tuple[str, str], Asked] = {}
    with _watched() as progress:
        for cloud, profile in product(dict.fromkeys(clouds), dict.fromkeys(profiles) or (None,)):
            everywhere = "all" in regions
            settings = Settings(cloud, None if everywhere or not regions else regions[0], profile, assume_role_arn)
            with _blamed(settings):
                ask(asked, Reader(settings, progress), None if everywhere else regions)
        found = []
        for one in asked.values():
            with _blamed(one.reader.settings):
                found.append(one.read(keys=keys))
    if program is not None:
        _write(program, write_program(found[0], wanted, program.resolve().name))
        return
    today = datetime.now(timezone.utc).date()
    judged = audit(found, today=today, fail_on=names(fail_on), baseline=accepted, rails=rails)
    _show(judged, form, output, names(fail_on) != [NOTHING])
    sys.exit(CODES[judged.review.verdict])


def _list_rules(ctx: click.Context, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        list_all(RULES)
        ctx.exit()


def _show(judged: Audit, form: str, output: str | None, verdict: bool) -> None:
    """Write the form. ``verdict``: whether somebody asked what fails."""
    if form == "terminal" and output is None and sys.stdout.isatty():
        console = Console(highlight=False)
        console.print(terminal.for_terminal(judged, console.width, verdict=verdict), soft_wrap=True)
        return
    if form == "terminal":
        shown = terminal.text(judged, verdict=verdict)
    elif form == "html":
        try:
            shown = load(PAGE, form).render(judged, verdict=verdict)
        except NotInstalled as error:
            raise click.ClickException(str(error)) from None
    elif form == "markdown":
        shown = markdown.render(judged, verdict=verdict)
    else:
        shown = {"json": forms.as_json, "csv": forms.as_csv, "sarif": forms.as_sarif}[form](judged)
    if form == "csv":  # it has instances alone
        for account in judged.found:
            for line in words.shared(account):
                click.echo(line, err=True)
            for one in account.unread:
                click.echo(f"not read: {account.account_id}: {one.what}: {one.why}", err=True)
    if output is None:
        click.echo(shown.rstrip("\n"))
    else:
        write(Path(output), shown.rstrip("\n") + "\n")
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
def _blamed(settings: Settings) -> Iterator[None]:
    """An account that cannot be read at all ends the command."""
    try:
        yield
    except CloudError as error:
        profile = f", profile {settings.profile}" if settings.profile else ""
        said = f"{NO_REGION} give --region REGION, or --region all" if error.message == NO_REGION else error
        raise click.ClickException(f"{settings.cloud}{profile}: {said}") from None


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
