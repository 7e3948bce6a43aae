"""``python -m benchmarks``: thin."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import replace

import click

from benchmarks import binding, first, overhead, page, peers, report, review, server, stack, start
from benchmarks.phases import CLOUDS
from benchmarks.rows import Row, Topic
from instance_role_sandbox.project.engines import CHOICES
from instance_role_sandbox.project.errors import ProjectError

LARGEST = 10_000


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "which",
    nargs=-1,
    type=click.Choice(["binding", "first", "start", "overhead", "emulator", "stack", "review"]),
)
@click.option("--cloud", "clouds", multiple=True, type=click.Choice(CLOUDS), help="Of these clouds only.")
@click.option("--sizes", help=f"Numbers of instances, with commas. [{','.join(map(str, binding.SIZES))}]")
@click.option(
    "--quick",
    is_flag=True,
    help=f"Smaller numbers: {','.join(map(str, binding.QUICK))} instances, {overhead.QUICK} resources.",
)
@click.option("--delay", default=50, show_default=True, type=click.IntRange(0, 5000), help="Milliseconds a call takes.")
@click.option(
    "--engine", type=click.Choice(CHOICES), help="Engine of stack and overhead; the one there is, if left out."
)
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON on standard output.")
@click.option("--write", is_flag=True, help="Also keep the figures, and make benchmarks/README.md and its plots.")
def main(
    which: tuple[str, ...],
    clouds: tuple[str, ...],
    sizes: str | None,
    quick: bool,
    delay: int,
    engine: str | None,
    as_json: bool,
    write: bool,
) -> None:
    """Measure, as ratios within one run: all, or these parts.

    \b
    binding   instances bound, changed, looked at and unbound, beside one resource an instance
    first     two roles, a policy, two attachments, beside the SDK alone
    start     imports and settings, beside `import pulumi`
    overhead  many resources, beside as many empty ones, with the same engine
    emulator  requests a second and memory, beside a server that answers a fixed text
    stack     a whole stack; needs a real pulumi-alicloud plugin and is left out without one
    review    how the time of a review grows
    """
    numbers = _sizes(sizes, quick)
    say = _say

    def wanted(name: str) -> bool:
        return not which or name in which

    def kept(topic: Topic) -> Topic:
        for path in page.write([topic], delay) if write and topic.rows else ():
            say(f"wrote {path.relative_to(page.FOLDER.parent)}")
        return topic

    rows = list(binding.run(clouds, numbers, delay / 1000, say)) if wanted("binding") else []
    kept(replace(binding.TOPIC, rows=tuple(binding.lines(rows))))
    parts: list[tuple[Topic, Callable[[], Iterable[Row]]]] = [
        (first.TOPIC, lambda: first.run(clouds, delay / 1000, say)),
        (start.TOPIC, lambda: start.run(say)),
        (overhead.TOPIC, lambda: overhead.run(overhead.QUICK if quick else overhead.SIZE, engine, say)),
        (server.TOPIC, lambda: server.run(server.QUICK if quick else server.SIZES, say)),
    ]
    topics = [kept(replace(topic, rows=tuple(run()))) for topic, run in parts if wanted(topic.key)]
    steps: list[stack.Step] = []
    if wanted("stack"):
        try:
            steps = list(stack.run(engine, say))
        except (stack.Refused, ProjectError) as refused:
            if which:
                raise click.ClickException(str(refused)) from None
            say(f"left out: {refused}")
    reviews = list(review.run(review.SIZES, say)) if wanted("review") else []
    if as_json:
        figures = {
            "machine": page.machine(),
            "delay_milliseconds": delay,
            "peers_in_flight": peers.IN_FLIGHT,
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "binding": [row.data() for row in rows],
            **{topic.key: topic.data()["rows"] for topic in topics},
            "stack": [step.data() for step in steps],
            "review": [row.data() for row in reviews],
        }
        click.echo(json.dumps(figures, indent=2))
        return
    if rows:
        report.show_bindings(rows)
    for topic in topics:
        report.show_topic(topic)
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
    if not all(1 <= one <= LARGEST for one in numbers):
        allowed = f"whole numbers from 1 to {LARGEST} with commas between"
        raise click.BadParameter(f"{given!r}: {allowed}", param_hint="--sizes")
    return numbers


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
