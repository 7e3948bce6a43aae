"""What a person sees: rows as steps run, errors under their resource, a summary; plain lines off a terminal."""

from __future__ import annotations

import time
from collections import defaultdict
from functools import partial

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from instance_role_sandbox.engine.diff import Detailed, Kind
from instance_role_sandbox.engine.differences import FEW, Line, differences, few
from instance_role_sandbox.engine.events import UNCHANGING, Began, Ended, Event, Failed, Message, Summary
from instance_role_sandbox.engine.paths import Path, parse, show
from instance_role_sandbox.engine.report import PROVIDER_KEY, masked, property_diff
from instance_role_sandbox.engine.state import STACK_TYPE, name_of
from instance_role_sandbox.engine.steps import Op, Step
from instance_role_sandbox.engine.values import UNKNOWN, Properties, Secret, Value, equal, holds_secret
from instance_role_sandbox.printable import printable, printable_lines

SIGNS = {
    Op.CREATE: ("+", "green"),
    Op.UPDATE: ("~", "yellow"),
    Op.DELETE: ("-", "red"),
    Op.REPLACE: ("+-", "magenta"),
    Op.CREATE_REPLACEMENT: ("++", "green"),
    Op.DELETE_REPLACED: ("--", "red"),
    Op.REMOVE_PENDING_REPLACE: ("--", "red"),
    Op.READ: (">", "cyan"),
    Op.READ_REPLACEMENT: (">>", "cyan"),
    Op.DISCARD: ("<", "cyan"),
    Op.DISCARD_REPLACED: ("<<", "cyan"),
    Op.REFRESH: ("~", "cyan"),
    Op.SAME: (" ", "dim"),
}
SUMMARY = (
    ("create", "+", "to create", "created"),
    ("update", "~", "to update", "updated"),
    ("replace", "+-", "to replace", "replaced"),
    ("delete", "-", "to delete", "deleted"),
    ("read", ">", "read", "read"),
    ("discard", "<", "no longer read", "no longer read"),
    ("same", " ", "unchanged", "unchanged"),
)
SIGN_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
LONGEST = 200  # characters of a value on either side of a change
QUIET = (Op.SAME, Op.REPLACE)


class Display:
    """Shows an operation as it goes. Use as a context; it is a sink of events."""

    def __init__(self, console: Console, kind: str, *, diff: bool = False) -> None:
        """``diff``: show property by property what an update or replacement changes."""
        self._console = console
        self._kind = kind
        self._diff = diff or kind in ("preview", "refresh")
        self._running: dict[int, tuple[Step, float]] = {}
        self._live: Live | None = None

    def __enter__(self) -> Display:
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=8, transient=True, get_renderable=self._rows)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, Began):
            if not event.step.resource.is_default_provider:
                self._running[id(event.step)] = (event.step, time.monotonic())
                self._refresh()
        elif isinstance(event, Ended):
            self._end(event.step, event.result)
        elif isinstance(event, Failed):
            self._running.pop(id(event.step), None)
            self._print(self._line(event.step, event.step.op, "failed", "bold red"))
        elif isinstance(event, Message):
            self._message(event)
        elif isinstance(event, Summary):
            self._summary(event)

    def _rows(self) -> RenderableType:
        rows: list[RenderableType] = []
        for step, began in list(self._running.values()):
            if step.op is Op.SAME:
                continue
            row = Table.grid(padding=(0, 1))
            row.add_column()
            row.add_column(no_wrap=True, overflow="ellipsis")
            text = self._line(step, step.op, f"{time.monotonic() - began:.0f} s", "dim")
            row.add_row(Spinner("dots"), text)
            rows.append(row)
        return Group(*(rows or [Spinner("dots", Text(f"{self._kind} ...", style="dim"))]))

    def _end(self, step: Step, result: Op) -> None:
        began = self._running.pop(id(step), (step, time.monotonic()))[1]
        if step.resource.is_default_provider or (step.op in QUIET and result in QUIET):
            if step.op is Op.REPLACE and self._diff:
                self._properties(step)
            return
        if step.op is Op.REFRESH and result is Op.SAME:
            return
        seconds = time.monotonic() - began
        self._print(self._line(step, result, f"{seconds:.1f} s" if seconds >= 1 else "", "dim"))
        if self._diff and step.op in (Op.UPDATE, Op.REFRESH, Op.CREATE):
            self._properties(step)

    def _line(self, step: Step, op: Op, note: str, style: str) -> Text:
        sign, colour = SIGNS[op]
        words = "delete (gone)" if step.op is Op.REFRESH and op is Op.DELETE else op.value
        text = Text(f"{sign:>3} ", style=colour)
        text.append(f"{printable(step.resource.name):<28} ", style="bold")
        text.append(f"{_short(printable(step.resource.type)):<34} ")
        text.append(words, style=colour)
        if note:
            text.append(f"  {note}", style=style)
        return text

    def _properties(self, step: Step) -> None:
        if step.new is None:
            return
        if step.old is None:
            for key, value in sorted(step.new.inputs.items()):
                if key != PROVIDER_KEY:
                    self._print(Text(f"      {printable(f'+ {key}: {_brief(value)}')}", style="green"))
            return
        old = step.old.outputs if step.op is Op.REFRESH else {**step.old.outputs, **step.old.inputs}
        new = step.new.outputs if step.op is Op.REFRESH else step.new.inputs
        for path, kind, before, after in _together(property_diff(step), old, new):
            sign = {"add": "+", "delete": "-"}.get(kind.value.partition("-")[0], "~")
            mark = " (replaces)" if kind.replaces else ""
            for line in self._changes(sign, path, before, after):
                text = printable(f"{line.sign} {line.path}: {line.text}{mark}")
                style = _colour(kind) if line.sign == sign else SIGN_COLOURS[line.sign]
                self._print(Text(f"      {text}", style=style))

    @staticmethod
    def _changes(sign: str, path: str, before: Value, after: Value) -> list[Line]:
        if sign == "+":
            return [Line(sign, path, _brief(after))]
        if sign == "-":
            return [Line(sign, path, _brief(before))]
        hidden, shown = masked(before), masked(after)
        if equal(hidden, shown) and (holds_secret(before) or holds_secret(after)):
            return [Line(sign, path, f"{_brief(after)} (changed)")]
        if isinstance(before, Secret) or isinstance(after, Secret):
            return [Line(sign, path, f"{_brief(before)} => {_brief(after)}")]
        return differences(path, hidden, shown, partial(_brief, limit=LONGEST))

    def _message(self, message: Message) -> None:
        name = printable(name_of(message.urn)) if message.urn and STACK_TYPE not in message.urn else ""
        style = {"error": "red", "warning": "yellow"}.get(message.severity, "dim")
        lines = printable_lines(message.text)
        text = Text(f"    {name + ': ' if name else ''}", style="bold" if name else "")
        text.append(f"{message.prefix}{lines[0]}", style=style)
        self._print(text)
        for line in lines[1:]:
            self._print(Text(f"      {line}", style=style))

    def _summary(self, summary: Summary) -> None:
        parts = Text()
        for op, sign, will, done in SUMMARY:
            count = summary.changes.get(op, 0)
            if count:
                style = SIGNS[Op(op)][1]
                parts.append("  " if parts else "")
                parts.append(f"{sign}{count}".strip() + f" {will if summary.preview else done}", style=style)
        changed = sum(n for op, n in summary.changes.items() if op not in UNCHANGING)
        verdict = "failed" if summary.failed else "" if changed else "no changes"
        if verdict:
            line = Text(verdict, style="bold red" if summary.failed else "bold green")
            if parts:
                line.append(": ")
            parts = line.append_text(parts)
        self._print(Text(f"{self._kind}: ", style="bold").append_text(parts).append(f"  ({summary.seconds:.1f} s)"))

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.refresh()

    def _print(self, text: Text) -> None:
        self._refresh()  # a print draws the rows again as they were last
        self._console.print(text, soft_wrap=True)


def show_outputs(console: Console, outputs: Properties, show_secrets: bool = False) -> None:
    """The stack's outputs, one a line: whole ids and ARNs, to be copied, wherever the terminal ends."""
    if not outputs:
        return
    width = max(len(printable(key)) for key in outputs)
    console.print(Text("outputs", style="bold"))
    for key, value in sorted(outputs.items()):
        text = printable(_brief(value, show_secrets, limit=400))
        console.print(Text(f"  {printable(key):<{width}}  {text}"), soft_wrap=True)


def _short(type_: str) -> str:
    """A type as people say it: without the package's path."""
    return type_ if len(type_) <= 34 else f"…{type_[-33:]}"


def _colour(kind: Kind) -> str:
    return "magenta" if kind.replaces else {"add": "green", "delete": "red"}.get(kind.value, "yellow")


def _brief(value: Value, show_secrets: bool = False, limit: int = 80) -> str:
    if isinstance(value, Secret) and show_secrets:
        return _brief(value.value, show_secrets, limit)
    text = f'"{value}"' if isinstance(value, str) else _text(masked(value))
    if len(text) > limit and isinstance(value, list):
        text = f"[{few([_text(masked(one)) for one in value])}]"  # whole ids, and not half of one at the end
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(value: Value) -> str:
    if value is UNKNOWN:
        return "(known after up)"
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(v) for v in value) + "]"
    return str(value)


def _together(found: Detailed, old: Properties, new: Properties) -> list[tuple[str, Kind, Value, Value]]:
    """What differs, path by path in their order, with both values. Many paths in one list or map are one.

    In a list of ids that lost its first one, each of the others has another place: that is one difference.
    """
    inside: defaultdict[Path, list[str]] = defaultdict(list)
    for path in found:
        inside[_steps(path)[:-1]].append(path)
    told: dict[str, tuple[Kind, Value, Value]] = {}
    for parent, paths in inside.items():
        sides = _at(old, parent), _at(new, parent)
        both = _alike(sides, paths) if parent else None
        if both is None:
            told |= {path: (found[path], _at(old, _steps(path)), _at(new, _steps(path))) for path in paths}
        else:
            replaces = any(found[path].replaces for path in paths)
            told[show(parent)] = (Kind.UPDATE_REPLACE if replaces else Kind.UPDATE, *both)
    return [(path, *told[path]) for path in sorted(told)]


def _alike(sides: tuple[Value, Value], paths: list[str]) -> tuple[Value, Value] | None:
    """Two lists or maps as far as these paths in them go; None where each path is told by itself."""
    before, after = sides
    if isinstance(before, list) and isinstance(after, list):
        plain = not any(isinstance(value, (dict, list, Secret)) for value in (*before, *after))
        return sides if plain and len(paths) > 1 else None
    if isinstance(before, dict) and isinstance(after, dict) and len(paths) > FEW:
        keys = {_steps(path)[-1] for path in paths}
        one, other = ({key: value for key, value in side.items() if key in keys} for side in (before, after))
        return None if holds_secret(one) or holds_secret(other) else (one, other)
    return None


def _at(properties: Properties, path: Path) -> Value:
    """The value at a path; None where there is none."""
    found: Value = dict(properties)
    for step in path:
        if isinstance(found, Secret):
            return found
        found = _step(found, step)
    return found


def _step(value: Value, step: str | int) -> Value:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _steps(path: str) -> Path:
    try:
        return parse(path)
    except ValueError:
        return (path,)
