"""How much work a comparison of documents may be.

Documents come from whoever can open a pull request, and comparing patterns has bad cases: a few dozen characters can
ask for more steps than a machine has time for. Steps are counted, not seconds, so that the same documents always get
the same answer, on a slow machine too. Whoever asks for a comparison opens a :func:`within`; what goes beyond it raises
:class:`TooMuch`, and the asker says that this was not compared. Inside, a question is answered once, and asked again
for one step.

Limits: outside of every :func:`within` only single questions are bounded (see ``wildcard``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field

from pulumi_instance_role.records import dataclass


class TooMuch(Exception):
    """The work allowed here is done, and the answer is not there yet."""


@dataclass(frozen=True)
class Answer:
    """An answer, the steps that it took, and whether it is the safe one in place of one that takes too long."""

    value: bool
    steps: int = 1
    gave_up: bool = False


@dataclass
class Work:
    """Steps that are allowed and done. ``gave_up``: a single question was answered on the safe side."""

    limit: int
    done: int = 0
    gave_up: bool = False
    known: dict[Hashable, Answer] = field(default_factory=dict, repr=False)

    def spend(self, steps: int) -> None:
        """Note work. Raises :class:`TooMuch` when it is more than is left."""
        self.done += steps
        if self.done > self.limit:
            raise TooMuch


_PRESENT: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def within(limit: int) -> Iterator[Work]:
    """Allow ``limit`` steps for what is done inside, and no more than is left of what surrounds it."""
    outer = _PRESENT.get()
    work = Work(limit) if outer is None else Work(min(limit, max(0, outer.limit - outer.done)), known=outer.known)
    token = _PRESENT.set(work)
    try:
        yield work
    finally:
        _PRESENT.reset(token)
        if outer is not None:
            outer.done += min(work.done, work.limit)
            outer.gave_up |= work.gave_up


@contextmanager
def resumed(work: Work) -> Iterator[Work]:
    """Go on with work that was begun, for what is done inside: several comparisons share what is allowed for all."""
    token = _PRESENT.set(work)
    try:
        yield work
    finally:
        _PRESENT.reset(token)


@contextmanager
def apart(limit: int) -> Iterator[Work]:
    """Allow ``limit`` steps for what is done inside, whatever surrounds it: for an answer that is kept for others."""
    token = _PRESENT.set(work := Work(limit))
    try:
        yield work
    finally:
        _PRESENT.reset(token)


def spend(steps: int = 1) -> None:
    """Note work, where somebody counts."""
    work = _PRESENT.get()
    if work is not None:
        work.spend(steps)


def exhausted() -> bool:
    """Whether all work that is allowed here is done, so that nothing that takes more need be begun."""
    work = _PRESENT.get()
    return work is not None and work.done >= work.limit


def ask(question: Callable[..., Answer], *about: Hashable) -> bool:
    """The answer to a question that depends on nothing but what it is about, its steps counted."""
    work = _PRESENT.get()
    if work is None:
        return question(*about).value
    known = work.known.get((question, about))
    if known is None:
        known = work.known[question, about] = question(*about)
        work.spend(known.steps)
    else:
        work.spend(1)
    work.gave_up |= known.gave_up
    return known.value
