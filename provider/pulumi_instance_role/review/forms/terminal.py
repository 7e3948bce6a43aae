"""The review for a terminal: verdict, what changes for instances, findings, the rest. Readable at 80 columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from io import StringIO
from typing import TypeVar

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pulumi_instance_role.language import listing, plural, say, tell
from pulumi_instance_role.language.spoken import Language, speaking
from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import Finding, Grant, Group, Principal, Review, Role

WIDTH = 80
_T = TypeVar("_T")
_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "note": "dim"}
_OPEN, _CLOSE, _HAN = "（《“‘【", "，。；：、？！）》”’】…", "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_WIDE = re.compile(f"[{_HAN}]")
_UNIT = re.compile(rf"(?P<text>[{_OPEN}]*(?:[^\s{_HAN}{_OPEN}{_CLOSE}]+|[{_HAN}])?[{_CLOSE}]*)\s*")
_MANY = 20  # groups of instances, findings and roles that are shown
_FEW = 4  # causes of one group
_ENTRIES = 12  # permissions of one group, for each sign


def render(review: Review, *, language: Language = "en", width: int = WIDTH, color: bool = False) -> str:
    """The text; ``color`` adds what a terminal shows as colours."""
    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, color_system="standard" if color else None, highlight=False,
        legacy_windows=False,
    )  # fmt: skip
    with speaking(language):
        _Page(console, review).write()
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


class _Page:
    def __init__(self, console: Console, review: Review) -> None:
        self.console = console
        self.review = review

    def write(self) -> None:
        review = self.review
        self.line(words.title(review), "bold")
        self.line(words.operations(review))
        style = {"pass": "green", "findings": "bold red", "error": "bold red"}[review.verdict]
        self.line(words.verdict(review), style)
        self.said("error")
        if review.ops:
            for text in words.radius(review):
                self.line(text, indent=2)
        self.section(say("What changes for instances"), self.group, review.groups[:_MANY])
        if len(review.groups) > _MANY:
            text = plural(
                "and {number} more group of instances; the JSON form has all",
                "and {number} more groups of instances; the JSON form has all",
                len(review.groups) - _MANY,
            )
            self.line(text, indent=2)
        self.section(say("Findings"), self.finding, review.findings[:_MANY])
        if len(review.findings) > _MANY:
            text = plural(
                "and {number} more finding; the JSON form has all",
                "and {number} more findings; the JSON form has all",
                len(review.findings) - _MANY,
            )
            self.line(text, indent=2)
        example = words.entry(review)
        if example:
            self.line(say(words.ACCEPT), "dim", 2)
        for text in example:
            self.line(text, "dim", 2)
        roles = words.told_apart(review)
        self.section(say("Roles"), self.role, roles[:_MANY])
        if len(roles) > _MANY:
            text = plural(
                "and {number} more role; the JSON form has all",
                "and {number} more roles; the JSON form has all",
                len(roles) - _MANY,
            )
            self.line(text, indent=2)
        if review.unknowns:
            self.head(say("Not known before the update"))
            for unknown in review.unknowns:
                self.line(say("{name}: {message}", name=words.short(unknown.urn), message=unknown.message), indent=2)
        if review.baseline:
            self.head(say("Baseline entries that accept nothing"))
            for entry in review.baseline:
                text = say(
                    "{problem}: {rule} on {resource} (until {day})",
                    problem=words.PROBLEMS[entry.problem],
                    rule=entry.rule,
                    resource=entry.resource,
                    day=entry.expires,
                )
                self.line(text, "yellow", 2)
        if any(one.severity != "error" for one in review.diagnostics):
            self.head(say("What the preview said"))
            self.said("warning")
        for note in review.notes:
            self.line("")
            self.line(note, "dim")

    def said(self, severity: str) -> None:
        for one in self.review.diagnostics:
            if one.severity == severity:
                self.line(words.said(one), "red" if severity == "error" else "yellow", 2)
                for line in words.folded(one.details):
                    self.line(line, indent=4)

    def finding(self, one: Finding) -> None:
        mark = set_cell_size(tell(words.SEVERITIES[one.severity]), 8)
        rule = one.rule if one.failing or not one.accepted else say("{rule} (accepted)", rule=one.rule)
        self.parts(2, (f"{mark} ", _STYLES[one.severity]), (rule, "bold" if one.failing else ""))
        self.line(one.message, indent=11)
        self.line(say("at {place}", place=words.places(one)), "dim", 11)
        if one.follows:
            self.line(say("with it: {rules}", rules=listing(one.follows)), "dim", 11)
        if one.accepted:
            self.line(words.accepted(one.accepted), "dim", 11)
        else:
            self.line(say("fix: {fix}", fix=one.fix), indent=11)

    def group(self, one: Group) -> None:
        style = {"gone": "dim", "lost": "yellow"}.get(one.move, "bold")
        self.line(words.group(one), style, 2)
        self.line(words.members(self.review, one), indent=4)
        self.line(say("role: {ways}", ways=words.ways(self.review, one)), "dim", 4)
        for cause in one.causes[:_FEW]:
            self.line(words.because(cause), "dim", 4)
        if len(one.causes) > _FEW:
            self.line(words.more_causes(len(one.causes) - _FEW), "dim", 4)
        if one.move == "gone":
            return
        for sign, style, size, grants in (
            ("+", "green", one.gained_size, one.gained),
            ("-", "red", one.lost_size, one.lost),
        ):
            if grants:
                for text in words.amounts(size):
                    self.line(f"{sign} {tell(text)}", style, 4)
            self.grants(sign, grants, 6)
        self.blanks(one)

    def blanks(self, one: Group | Role) -> None:
        for text in words.unclear(one):
            self.line(f"? {tell(text)}", "yellow", 4)
        note = words.unsure(one) if isinstance(one, Group) else ""
        if note:
            self.line(note, "dim", 4)

    def grants(self, sign: str, grants: Sequence[Grant], indent: int) -> None:
        style = {"+": "green", "-": "red"}[sign]
        for grant in grants[:_ENTRIES]:
            actions, resources = words.grant(grant)
            self.line(f"{sign} {tell(actions)}", style, indent)
            self.line(say("on {resources}", resources=resources), indent=indent + 2)
            for text in words.limits(grant):
                self.line(text, "dim", indent + 2)
        if len(grants) > _ENTRIES:
            more = plural(
                "{sign} and {number} more entry; the JSON form has all",
                "{sign} and {number} more entries; the JSON form has all",
                len(grants) - _ENTRIES,
                sign=sign,
            )
            self.line(more, style, indent)

    def role(self, role: Role) -> None:
        before, after = role.before, role.after
        state = say("new") if before is None else say("deleted") if after is None else ""
        holders = words.holders(role)
        between = f"  {tell(state)}  " if state else "  "
        self.parts(2, (role.name, "bold"), (between, "dim"), (words.instances(holders), ""))
        if role.renamed_from:
            self.line(words.replaces(role), indent=4)
        if not holders:
            self.grants("+", role.gained, 4)
            self.grants("-", role.lost, 4)
            self.blanks(role)
        for sign, style, principals in (("+", "green", role.trust_gained), ("-", "red", role.trust_lost)):
            for one in principals:
                self.trust(sign, style, one)

    def trust(self, sign: str, style: str, one: Principal) -> None:
        self.line(f"{sign} {tell(words.trusts(one, gained=sign == '+'))}", style, 4)

    # -- writing -----------------------------------------------------------------------------------------------
    def section(self, head: str, write: Callable[[_T], None], things: Sequence[_T]) -> None:
        """A head and each thing below it; nothing when there is none."""
        if things:
            self.head(head)
        for one in things:
            write(one)

    def head(self, text: str) -> None:
        self.line("")
        self.line(text, "bold underline")

    def line(self, text: str, style: str = "", indent: int = 0) -> None:
        self.parts(indent, (text, style))

    def parts(self, indent: int, *parts: tuple[str, str]) -> None:
        text = Text.assemble(*[(_clean(tell(one)), style) for one, style in parts], overflow="fold")
        room = self.console.width - indent
        for line in text.divide(_breaks(text.plain, room)) if _WIDE.search(text.plain) else [text]:
            self.console.print(Padding(line, (0, 0, 0, indent)))


def _breaks(text: str, room: int) -> list[int]:
    """Where lines with Chinese in them begin. It is written without spaces: a line may end after each character, but
    not before a mark that closes, nor after one that opens."""
    found, used = [], 0
    for unit in _UNIT.finditer(text):
        size = cell_len(unit["text"])
        if used and size and used + size > room:
            found.append(unit.start())
            used = 0
        used += cell_len(unit[0])
    return found


def _clean(text: str) -> str:
    """Nothing that a terminal would obey: names come from other people."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
