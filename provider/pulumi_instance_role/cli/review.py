"""``instance-role review``: thin."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from datetime import datetime, timezone
from inspect import signature
from pathlib import Path
from typing import Any, cast

import click

from pulumi_instance_role.cli.examples import examples
from pulumi_instance_role.cli.judged import CODES, judging_files, list_all, names, read_baseline, read_guardrails, write
from pulumi_instance_role.cli.stacks import find_stack, stack_options
from pulumi_instance_role.language.spoken import AUTO, LANGUAGES, Language, of_locale, speaking
from pulumi_instance_role.review.forms import FORMS, NotInstalled, Render, form
from pulumi_instance_role.review.guardrails import checked, severities
from pulumi_instance_role.review.judge import DEFAULT_FAIL_ON, failing_rules, judge
from pulumi_instance_role.review.model import Review
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import NotAPreview, Preview, decode
from pulumi_instance_role.review.preview import read as read_preview
from pulumi_instance_role.review.rules import RULES

FOR_PROGRAMS = ("json", "sarif")
"""Forms that are English unless another language is asked for by name; JSON always is."""


@click.command(
    epilog=examples(
        "instance-role review preview.json",
        "instance-role review --stack prod --format html -o review.html",
        "instance-role review preview.json --fail-on high --format markdown",
    )
)
@click.argument("source", metavar="[PREVIEW.json|-]", required=False)
@stack_options
@click.option("--format", "name", type=click.Choice(sorted(FORMS)), default="terminal", show_default=True)
@click.option("--live", is_flag=True, help="ask the cloud too: present documents, and instances outside the stack")
@click.option(
    "--fail-on",
    default=",".join(DEFAULT_FAIL_ON),
    show_default=True,
    metavar="RULE,…",
    help="rules and severities (each with all that are worse) that fail the review; none: nothing does",
)
@click.option("--max-instances", type=click.IntRange(0), metavar="N", help="how many instances a change may touch")
@judging_files("what no change may let roles do")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="write here, not to the screen")
@click.option(
    "--language",
    type=click.Choice([AUTO, *LANGUAGES]),
    default=AUTO,
    show_default=True,
    help="language of the review and its rules; auto: that of the locale, English for json and sarif",
)
@click.option("--list-rules", is_flag=True, help="show the rules and stop")
def review(
    source: str | None,
    stack_name: str | None,
    folder: Path,
    engine: str | None,
    name: str,
    live: bool,
    fail_on: str,
    max_instances: int | None,
    baseline_file: Path | None,
    guardrails_file: Path | None,
    output: Path | None,
    language: str,
    list_rules: bool,
) -> None:
    """Say what a preview does to permissions, for someone who has to approve it.

    PREVIEW.json is what `pulumi preview --json` wrote (-: standard input); --stack runs the preview itself. Exit code
    0: nothing that fails; 2: findings that do; 1: no review, or the preview itself failed.
    """
    if list_rules:
        with speaking(_language(language, None)):
            list_all(RULES)
        return
    rails = read_guardrails(guardrails_file)
    try:
        failing = failing_rules(names(fail_on), severities(rails))
    except ValueError as error:
        raise click.UsageError(f"--fail-on: {error}") from None
    accepted = read_baseline(baseline_file)
    render = _form(name)
    preview = _preview(source, stack_name, folder, engine)
    picture = _picture(preview, live)
    more, said = checked(picture, rails) if rails else ((), ())
    today = datetime.now(timezone.utc).date()
    found = judge(
        replace(picture.review(), guardrails=said),
        preview,
        fail_on=failing,
        baseline=accepted,
        today=today,
        max_instances=max_instances,
        more=more,
    )
    _write(found, render, output, _language(language, name))
    sys.exit(CODES[found.verdict])


def _language(asked: str, name: str | None) -> Language:
    """The language of a form, or of the list of rules."""
    if asked != AUTO:
        return cast(Language, asked)
    return "en" if name in FOR_PROGRAMS else of_locale(os.environ)


def _preview(source: str | None, stack_name: str | None, folder: Path, engine: str | None) -> Preview:
    if (source is None) == (stack_name is None):
        raise click.UsageError("give the preview (a file, or - for standard input) or --stack, one of the two")
    what = f"the preview of stack {stack_name}" if stack_name else "standard input" if source == "-" else str(source)
    try:
        if stack_name is not None:
            text, failed = find_stack(stack_name, folder, engine).preview()
            return replace(read_preview(text, failed=failed), ran=True)
        return read_preview(decode(sys.stdin.buffer.read() if source == "-" else Path(what).read_bytes()))
    except OSError as error:
        raise click.ClickException(f"{what}: {error.strerror}") from None
    except NotAPreview as error:
        raise click.ClickException(f"{what}: {error}") from None


def _picture(preview: Preview, live: bool) -> Picture:
    picture = Picture(preview)
    if live:
        from pulumi_instance_role.review.live import look  # not loaded where no cloud is asked

        picture = Picture(preview, look(picture))
    return picture


def _form(name: str) -> Render:
    try:
        return form(name)
    except NotInstalled as error:
        raise click.ClickException(str(error)) from None


def _write(found: Review, render: Render, output: Path | None, language: Language) -> None:
    known = signature(render).parameters
    options: dict[str, Any] = {"language": language} if "language" in known else {}
    if output is None and "color" in known:
        options["color"] = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        if sys.stdout.isatty():
            options["width"] = max(40, shutil.get_terminal_size().columns)
    text = render(found, **options)
    if output is not None:
        write(output, text)
    else:
        sys.stdout.buffer.write(text.encode())


COMMANDS = (review,)
