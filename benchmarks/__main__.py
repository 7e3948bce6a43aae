"""``python -m benchmarks``: thin."""

from __future__ import annotations

import json
import os
import platform

import click

from benchmarks import binding, peers, report, review, stack
from benchmarks.phases import CLOUDS
from instance_role_sandbox.project.engines import CHOICES
from instance_role_sandbox.project.errors import ProjectError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("which", nargs=-1, type=click.Choice(["binding", "review", "stack"]))
@click.option("--cloud", "clouds", multiple=True, type=click.Choice(CLOUDS), help="Of these clouds only.")
@click.option("--sizes", help=f"Numbers of instances, with commas. [{','.join(map(str, binding.SIZES))}]")
@click.option("--quick", is_flag=True, help=f"Numbers of instances {','.join(map(str, binding.QUICK))} only.")
@click.option("--delay", default=50, show_default=True, type=click.IntRange(0, 5000), help="Milliseconds a call takes.")
@click.option(
    "--engine", type=click.Choice(CHOICES), help="Engine of the stack benchmark; the one there is, if left out."
)
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON on standard output.")
def main(
    which: tuple[str, ...],
    clouds: tuple[str, ...],
    sizes: str | None,
    quick: bool,
    delay: int,
    engine: str | None,
    as_json: bool,
) -> None:
    """Measure binding (calls and time for N instances), stack (a whole one), review (a preview's), or all of them.

    The left-out stack benchmark runs too where there is a real pulumi-alicloud plugin. Seconds are of this machine, so
    only ratios within one run mean anything.
    """
    numbers = _sizes(sizes, quick)
    say = _say
    rows = list(binding.run(clouds, numbers, delay / 1000, say)) if not which or "binding" in which else []
    steps: list[stack.Step] = []
    if not which or "stack" in which:
        try:
            steps = list(stack.run(engine, say))
        except (stack.Refused, ProjectError) as refused:
            if which:
                raise click.ClickException(str(refused)) from None
            say(f"left out: {refused}")
    reviews = list(review.run(review.SIZES, say)) if not which or "review" in which else []
    if as_json:
        figures = {
            "delay_milliseconds": delay,
            "peers_in_flight": peers.IN_FLIGHT,
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "binding": [row.data() for row in rows],
            "stack": [step.data() for step in steps],
            "review": [row.data() for row in reviews],
        }
        click.echo(json.dumps(figures, indent=2))
        return
    if rows:
        report.show_bindings(rows)
    if steps:
        report.show_stack(steps)
    if reviews:
        report.show_reviews(reviews)


def _sizes(given: str | None, quick: bool) -> list[int]:
    if given is None:
        return list(binding.QUICK if quick else binding.SIZES)
    try:
        numbers = [int(one) for one in given.split(",")]
    except ValueError:
        numbers = [0]
    if not all(1 <= one <= 2000 for one in numbers):
        raise click.BadParameter(f"{given!r}: whole numbers from 1 to 2000 with commas between", param_hint="--sizes")
    return numbers


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
