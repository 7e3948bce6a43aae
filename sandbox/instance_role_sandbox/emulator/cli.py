"""``instance-role sandbox serve`` and ``instance-role sandbox exec``: thin."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

from pulumi_instance_role.cli.examples import examples

from .alibaba.regions import REGIONS
from .inside import run_inside
from .problems import PortTaken, StateError
from .switches import SWITCHES, Switch, Switches
from .tencent.regions import REGIONS as TENCENT_REGIONS

_CHOICES = 40
"""Characters of choices that fit beside a switch's name in the help."""


def _switch_options(command: Callable[..., None]) -> Callable[..., None]:
    """One option for each row of the switches' table."""
    for switch in reversed(SWITCHES):
        command = _switch_option(switch)(command)
    return command


def _switch_option(switch: Switch) -> Callable[[Callable[..., None]], Callable[..., None]]:
    kind: Any = click.Choice(switch.choices) if switch.choices else type(switch.default)
    name = f"--{switch.name}/--no-{switch.name}" if isinstance(switch.default, bool) else f"--{switch.name}"
    if isinstance(switch.default, bool):
        kind = None
    words, shown = switch.help, None
    if sum(map(len, switch.choices)) > _CHOICES:
        words, shown = f"{words} One of {', '.join(switch.choices)}.", "CODE"
    return click.option(
        name, cls=_SwitchOption, type=kind, default=switch.default, show_default=True, help=words, metavar=shown
    )


class _SwitchOption(click.Option):
    """An option that stands on the second page of the help."""


class _Serve(click.Command):
    """A command with so many switches that they have a page of their own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first page: the options that are no switches."""
        self.section(ctx, formatter, "Options", switches=False)

    def section(self, ctx: click.Context, formatter: click.HelpFormatter, title: str, *, switches: bool) -> None:
        """Write one of the two lists of options."""
        listed = [one for one in self.get_params(ctx) if isinstance(one, _SwitchOption) is switches]
        with formatter.section(title):
            formatter.write_dl([row for one in listed if (row := one.get_help_record(ctx)) is not None])


def _show_switches(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        formatter = ctx.make_formatter()
        formatter.write_text("Each switch answers a question that the clouds' documentation leaves open.")
        cast(_Serve, ctx.command).section(ctx, formatter, "Switches", switches=True)
        click.echo(formatter.getvalue().rstrip("\n"))
        ctx.exit()


@click.command(
    cls=_Serve,
    epilog=examples(
        "instance-role sandbox serve",
        "instance-role sandbox serve --port 4566 --state .sandbox/cloud",
        "instance-role sandbox serve --mixed-batch item",
    ),
)
@click.option(
    "--help-switches",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_switches,
    help="Show the switches and stop. Each answers a question that the clouds' documentation leaves open.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; any free one if left out.")
@click.option(
    "--state",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that keeps the state; a temporary one, gone at the end, if left out.",
)
@click.option(
    "--region",
    type=click.Choice(sorted(REGIONS)),
    metavar="REGION",
    default="cn-hangzhou",
    show_default=True,
    help="Region of the account made on the first start, on Alibaba Cloud.",
)
@click.option(
    "--tencent-region",
    type=click.Choice(sorted(TENCENT_REGIONS)),
    metavar="REGION",
    default="ap-guangzhou",
    show_default=True,
    help="Region of the account made on the first start, on Tencent Cloud.",
)
@_switch_options
def serve(port: int, folder: Path | None, region: str, tencent_region: str, **switches: object) -> None:
    """Serve the clouds' APIs on loopback until stopped.

    Prints one line of JSON when ready: endpoint, CA certificate, and a root key for each cloud.
    """
    try:
        values = Switches({name.replace("_", "-"): value for name, value in switches.items()})
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    from .serve import Options  # `exec` and `--help` need not wait for what serving takes
    from .serve import serve as run_server

    try:
        if folder is not None:
            run_server(Options(folder, port, region, tencent_region, values))
            return
        with tempfile.TemporaryDirectory(prefix="instance-role-sandbox-") as temporary:
            run_server(Options(Path(temporary), port, region, tencent_region, values))
    except (StateError, PortTaken) as error:
        raise click.ClickException(str(error)) from error


@click.command(
    "exec",
    context_settings={"ignore_unknown_options": True},
    epilog=examples(
        "instance-role sandbox exec i-bp1hygp5b04o56l0abcd -- python3 app.py",
    ),
)
@click.option("--endpoint", metavar="HOST:PORT", help="The emulator to ask.")
@click.option(
    "--state",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The state folder of the emulator to ask; the control API's secret is in it.",
)
@click.option("--env", "named", metavar="NAME", multiple=True, help="A variable to pass on; may be repeated.")
@click.argument("instance_id")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_command(
    endpoint: str | None, folder: Path | None, named: tuple[str, ...], instance_id: str, command: tuple[str, ...]
) -> None:
    """Run COMMAND as if on the instance INSTANCE_ID: it finds the instance's metadata service and no other keys.

    Of this environment it gets what programs need to run (PATH, HOME, LANG, PYTHON... and the like) and what --env
    names.

    The emulator is the one of --endpoint or --state, else of INSTANCE_ROLE_ENDPOINT, else the one running in
    ./.sandbox. The exit code is the command's.
    """
    raise SystemExit(run_inside(instance_id, command, endpoint=endpoint, folder=folder, named=named))


COMMANDS: tuple[click.Command, ...] = (serve, exec_command)
