"""What two sets of policies allow, compared, in lines for people. Pure.

Each line is exact: actions, resources, conditions, and what it does not include. What hangs on a condition that is not
understood, and what takes too long to compare, is not known: a line says so, and it is neither more nor less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi_instance_role.policy import partial
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.difference import Entry, gained
from pulumi_instance_role.policy.document import Condition
from pulumi_instance_role.policy.grants import Box, Holdings, Meet, holdings, understood

_WHY = {"already": "allowed on both sides", "denied": "denied"}


@dataclass(frozen=True)
class Allowed:
    """What some policies allow together; ``blanks`` are the parts that could not be read, each with a mark."""

    holdings: Holdings
    blanks: Mapping[str, str]


def allowed(
    documents: Mapping[tuple[str, str], str | None], dialect: Dialect, secret: Mapping[tuple[str, str], str]
) -> Allowed:
    """What policies (name and type -> document) allow; ``None`` in place of a document: it could not be had.

    ``secret`` are policies that are not to be shown, each with a mark that is the same where its document is.
    """
    read, blanks = [], {}
    for (name, kind), text in documents.items():
        label = f"{kind} policy {name}"
        if (name, kind) in secret:
            blanks[f"{label} {secret[name, kind]}"] = f"{label} is secret"
            continue
        if text is None:
            blanks[label] = f"{label} has no document"
            continue
        found, left = partial.read(text, "permission", dialect)
        blanks |= {f"{label} {one.content}": f"{one.place or 'the document'} of {label}: {one.problem}" for one in left}
        if found is not None:
            read.append((label, found))
    return Allowed(holdings(read, dialect), blanks)


def compared(before: Allowed, after: Allowed) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What is allowed more, what less, and what cannot be compared."""
    one, other = before.holdings, after.holdings
    unknown = {text for mark, text in (*before.blanks.items(), *after.blanks.items()) if not _both(mark, before, after)}
    if one.same_as(other):
        return (), (), tuple(sorted(unknown))
    more, why_more = _told(gained(one, other), one.dialect, "more")
    less, why_less = _told(gained(other, one), one.dialect, "less")
    return more, less, tuple(sorted({*unknown, *why_more, *why_less}))


def _told(entries: Sequence[Entry], dialect: Dialect, way: str) -> tuple[tuple[str, ...], list[str]]:
    """The lines of what is so, and those of what may be."""
    sure, unsure = [], []
    for one in entries:
        line = _line(one, dialect)
        if not one.compared:
            unsure.append(f"{line}: comparing takes too long; all of it may be allowed {way}")
        elif not all(understood(when, dialect) for when in one.conditions):
            unsure.append(f"{line}: the condition is not understood; all of it may be allowed {way}")
        elif one.beyond_names(dialect):
            unsure.append(f"{line}: resources without a name alone, if there are any, may be allowed {way}")
        else:
            sure.append(line)
    return tuple(sure), unsure


def _both(mark: str, before: Allowed, after: Allowed) -> bool:
    return mark in before.blanks and mark in after.blanks


def _line(entry: Entry, dialect: Dialect) -> str:
    text = f"{_texts(entry.actions)}{_but(entry.excepted)} on {_texts(entry.resources)}{_when(entry.conditions)}"
    for one in entry.told(dialect):
        if one.why == "listed":
            continue
        back = "".join(f", but not {_box(box)}" for box in one.unless)
        conditions = (*one.box.conditions, *(when for box in one.unless for when in box.conditions))
        doubt = "" if all(understood(when, dialect) for when in conditions) else ", but it is not known when"
        text += f"; except {_box(one.box)} ({_WHY[one.why]}{back}{doubt})"
    return text


def _box(box: Box) -> str:
    return f"{_meet(box.actions)}{_but(box.excepted)} on {_meet(box.resources)}{_when(box.conditions)}"


def _texts(found: tuple[Meet, ...]) -> str:
    return ", ".join(sorted(map(_meet, found)))


def _meet(found: Meet) -> str:
    return " & ".join(one.text for one in found)


def _but(excepted: Meet) -> str:
    return f" but {', '.join(sorted(one.text for one in excepted))}" if excepted else ""


def _when(conditions: tuple[Condition, ...]) -> str:
    return "".join(f" if {one.key} {one.operator} {' or '.join(one.values)}" for one in conditions)
