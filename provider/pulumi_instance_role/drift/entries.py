"""What two sets of policies allow, compared, in lines for people. Pure.

Each line is exact: actions, resources, conditions, and what it does not include.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_instance_role.policy import partial
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.difference import Entry, gained
from pulumi_instance_role.policy.document import Condition
from pulumi_instance_role.policy.grants import Box, Holdings, Meet, holdings

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
    if one.allows == other.allows and one.denies == other.denies:
        return (), (), tuple(sorted(unknown))
    more, less = (tuple(map(_line, gained(*pair))) for pair in ((one, other), (other, one)))
    return more, less, tuple(sorted(unknown))


def _both(mark: str, before: Allowed, after: Allowed) -> bool:
    return mark in before.blanks and mark in after.blanks


def _line(entry: Entry) -> str:
    text = f"{_texts(entry.actions)}{_but(entry.excepted)} on {_texts(entry.resources)}{_when(entry.conditions)}"
    for one in entry.exempt:
        if one.why == "listed":
            continue
        back = "".join(f", but not {_box(box)}" for box in one.unless)
        text += f"; except {_box(one.box)} ({_WHY[one.why]}{back})"
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
