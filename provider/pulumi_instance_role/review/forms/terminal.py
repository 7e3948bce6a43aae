"""The review for a terminal: what fails first, then who may do what, then what touches whom. Readable at 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import StringIO
from typing import TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import Finding, Grant, Instance, Principal, Review, Role

WIDTH = 80
_T = TypeVar("_T")
_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "note": "dim"}
_MANY = 12  # instances that are listed one by one


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
        self.roles = words.role_names(review)

    def write(self) -> None:
        review = self.review
        self.line(words.title(review), "bold")
        self.line(words.operations(review))
        style = {"pass": "green", "findings": "bold red", "error": "bold red"}[review.verdict]
        self.line(words.verdict(review), style)
        for one in review.diagnostics:
            self.line(words.said(one), "red" if one.severity == "error" else "yellow", 2)
            for line in words.folded(one.details):
                self.line(line, indent=4)
        self.section("Findings", self.finding, review.findings)
        self.section("Permissions", self.role, self.changed())
        moving = [one for one in review.instances if one.move != "same"]
        self.section("Instances", self.instance, moving[:_MANY])
        if len(moving) > _MANY:
            self.line(f"and {len(moving) - _MANY} more", indent=2)
        if review.ops:
            self.head("Blast radius")
            for text in words.radius(review.blast):
                self.line(text, indent=2)
        if review.unknowns:
            self.head("Not known before the update")
            for unknown in review.unknowns:
                self.line(f"{words.short(unknown.urn)}: {unknown.message}", indent=2)
        if review.baseline:
            self.head("Baseline entries that accept nothing")
            for entry in review.baseline:
                self.line(f"{entry.problem}: {entry.rule} on {entry.resource} (until {entry.expires})", "yellow", 2)
        for note in review.notes:
            self.line("")
            self.line(note, "dim")

    def changed(self) -> list[Role]:
        """Roles of which there is something to say."""
        return [
            one
            for one in self.review.roles
            if one.gained or one.lost or one.trust_gained or one.trust_lost or (one.after and one.after.opaque)
        ]

    def finding(self, one: Finding) -> None:
        mark = f"{one.severity:<8}"
        state = "" if one.failing else " (accepted)" if one.accepted else ""
        self.parts(2, (mark, _STYLES[one.severity]), (f" {one.rule}{state}", "bold" if one.failing else ""))
        self.line(one.message, indent=11)
        self.line(f"at {words.place(one.resource)}", "dim", 11)
        if one.accepted:
            self.line(f"accepted until {one.accepted.expires}: {one.accepted.reason}", "dim", 11)
        else:
            self.line(f"fix: {one.fix}", indent=11)

    def role(self, role: Role) -> None:
        before, after = role.before, role.after
        state = "new" if before is None else "deleted" if after is None else ""
        holders = len(after.instances if after else before.instances if before else ())
        self.parts(
            2, (role.name, "bold"), (f"  {state}  " if state else "  ", "dim"), (words.count(holders, "instance"), "")
        )
        for sign, style, grants in (("+", "green", role.gained), ("-", "red", role.lost)):
            for grant in grants:
                self.grant(sign, style, grant)
        for sign, style, principals in (("+", "green", role.trust_gained), ("-", "red", role.trust_lost)):
            for one in principals:
                self.trust(sign, style, one)
        if after and after.opaque:
            self.line(f"? what {words.policy_names(self.review, after.opaque)} allows is not known here", "yellow", 4)
        elif before and before.opaque:
            self.line(f"? what {words.policy_names(self.review, before.opaque)} allowed is not known here", "yellow", 4)

    def grant(self, sign: str, style: str, one: Grant) -> None:
        actions, resources = words.grant(one)
        self.line(f"{sign} {actions}", style, 4)
        self.line(f"on {resources}", indent=6)
        for text in words.limits(one):
            self.line(text, "dim", 6)

    def trust(self, sign: str, style: str, one: Principal) -> None:
        verb = "may be assumed by" if sign == "+" else "may no longer be assumed by"
        self.line(f"{sign} {verb} {words.principal(one)}", style, 4)

    def instance(self, one: Instance) -> None:
        after = "not known yet" if one.role_unknown else self.roles.get(one.role_after, words.short(one.role_after))
        if one.move == "gone":
            after = "(instance deleted)"
        name = one.name if one.instance_id in (None, one.name) else f"{one.name} ({one.instance_id})"
        before = self.roles.get(one.role_before, words.short(one.role_before))
        self.line(f"{name}: {before} -> {after}", indent=2)
        if one.gap:
            self.line("without credentials in between", "yellow", 4)

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
