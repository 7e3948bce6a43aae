"""The review for a terminal: verdict, what changes for instances, findings, the rest. Readable at 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import StringIO
from typing import TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import Finding, Grant, Group, Principal, Review, Role

WIDTH = 80
_T = TypeVar("_T")
_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "note": "dim"}
_MANY = 20  # groups of instances, findings and roles that are shown
_FEW = 4  # causes of one group
_ENTRIES = 12  # permissions of one group, for each sign


def render(review: Review, *, width: int = WIDTH, color: bool = False) -> str:
    """The text; ``color`` adds what a terminal shows as colours."""
    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, color_system="standard" if color else None, highlight=False,
        legacy_windows=False,
    )  # fmt: skip
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
            for text in words.radius(review.blast):
                self.line(text, indent=2)
        self.section("What changes for instances", self.group, review.groups[:_MANY])
        if len(review.groups) > _MANY:
            self.line(f"and {len(review.groups) - _MANY} more groups of instances; the JSON form has all", indent=2)
        self.section("Findings", self.finding, review.findings[:_MANY])
        if len(review.findings) > _MANY:
            self.line(
                f"and {words.count(len(review.findings) - _MANY, 'more finding')}; the JSON form has all", indent=2
            )
        roles = words.told_apart(review)
        self.section("Roles", self.role, roles[:_MANY])
        if len(roles) > _MANY:
            self.line(f"and {words.count(len(roles) - _MANY, 'more role')}; the JSON form has all", indent=2)
        if review.unknowns:
            self.head("Not known before the update")
            for unknown in review.unknowns:
                self.line(f"{words.short(unknown.urn)}: {unknown.message}", indent=2)
        if review.baseline:
            self.head("Baseline entries that accept nothing")
            for entry in review.baseline:
                self.line(f"{entry.problem}: {entry.rule} on {entry.resource} (until {entry.expires})", "yellow", 2)
        if any(one.severity != "error" for one in review.diagnostics):
            self.head("What the preview said")
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
        mark = f"{one.severity:<8}"
        state = "" if one.failing else " (accepted)" if one.accepted else ""
        self.parts(2, (mark, _STYLES[one.severity]), (f" {one.rule}{state}", "bold" if one.failing else ""))
        self.line(one.message, indent=11)
        more = f" and {len(one.resources) - 1} more" if len(one.resources) > 1 else ""
        self.line(f"at {words.place(one.resource)}{more}", "dim", 11)
        if one.follows:
            self.line(f"with it: {', '.join(one.follows)}", "dim", 11)
        if one.accepted:
            self.line(f"accepted until {one.accepted.expires}: {one.accepted.reason}", "dim", 11)
        else:
            self.line(f"fix: {one.fix}", indent=11)

    def group(self, one: Group) -> None:
        style = {"gone": "dim", "lost": "yellow"}.get(one.move, "bold")
        self.line(words.group(one), style, 2)
        self.line(words.members(self.review, one), indent=4)
        self.line(f"role: {words.ways(self.review, one)}", "dim", 4)
        for cause in one.causes[:_FEW]:
            self.line(f"because {cause.text}", "dim", 4)
        if len(one.causes) > _FEW:
            self.line(f"and {len(one.causes) - _FEW} more causes", "dim", 4)
        if one.move == "gone":
            return
        for sign, style, size, grants in (
            ("+", "green", one.gained_size, one.gained),
            ("-", "red", one.lost_size, one.lost),
        ):
            if grants:
                for text in words.amounts(size):
                    self.line(f"{sign} {text}", style, 4)
            self.grants(sign, grants, 6)
        self.blanks(one)

    def blanks(self, one: Group | Role) -> None:
        for unread in one.gained_unknown:
            self.line(f"? gains what is not known: {unread.text}", "yellow", 4)
        for unread in one.lost_unknown:
            self.line(f"? before: {unread.text}", "yellow", 4)
        note = words.unsure(one) if isinstance(one, Group) else ""
        if note:
            self.line(note, "dim", 4)

    def grants(self, sign: str, grants: Sequence[Grant], indent: int) -> None:
        style = {"+": "green", "-": "red"}[sign]
        for grant in grants[:_ENTRIES]:
            actions, resources = words.grant(grant)
            self.line(f"{sign} {actions}", style, indent)
            self.line(f"on {resources}", indent=indent + 2)
            for text in words.limits(grant):
                self.line(text, "dim", indent + 2)
        if len(grants) > _ENTRIES:
            self.line(f"{sign} and {len(grants) - _ENTRIES} more entries; the JSON form has all", style, indent)

    def role(self, role: Role) -> None:
        before, after = role.before, role.after
        state = "new" if before is None else "deleted" if after is None else ""
        holders = words.holders(role)
        self.parts(
            2, (role.name, "bold"), (f"  {state}  " if state else "  ", "dim"), (words.count(holders, "instance"), "")
        )
        if role.renamed_from:
            same = "" if role.gained or role.lost or role.gained_unknown else ", with the same permissions"
            self.line(f"replaces {words.short(role.renamed_from)}{same}", indent=4)
        if not holders:
            self.grants("+", role.gained, 4)
            self.grants("-", role.lost, 4)
            self.blanks(role)
        for sign, style, principals in (("+", "green", role.trust_gained), ("-", "red", role.trust_lost)):
            for one in principals:
                self.trust(sign, style, one)

    def trust(self, sign: str, style: str, one: Principal) -> None:
        verb = "may be assumed by" if sign == "+" else "may no longer be assumed by"
        self.line(f"{sign} {verb} {words.principal(one)}", style, 4)

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
        text = Text.assemble(*[(_clean(one), style) for one, style in parts], overflow="fold")
        self.console.print(Padding(text, (0, 0, 0, indent)))


def _clean(text: str) -> str:
    """Nothing that a terminal would obey: names come from other people."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
