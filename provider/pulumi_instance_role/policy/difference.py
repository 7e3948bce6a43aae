"""What one set of permission documents allows and another does not, as permissions.

The answer agrees with :func:`~pulumi_instance_role.policy.evaluate.evaluate`: a request is allowed by ``after`` and not
by ``before`` exactly when one entry of the answer covers it, and then only one does. What is not understood is carried
along as what it is: whatever it means, the answer is right. An entry is a box with exceptions:
what was allowed already (unless it was denied), what is denied, what an earlier entry has (``listed``; a reader of all
entries can pass over these).

The way there, for one thing that ``after`` allows: where something that ``before`` allows holds all of it, what is new
can only be what ``before`` excepted or denied; else it is new but for what ``before`` allowed. Then what ``after``
denies goes out.

Limits: an entry may turn out to be empty where only two boxes together hold what it says (see ``grants``). Comparing is
bounded (:data:`LABOUR`, :data:`EACH`), because documents come from other people. What could not be compared in that is
an entry that says so (``compared``), and has all that ``after`` allows there: more than what is new, never less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from itertools import combinations
from typing import Literal

from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import Condition
from pulumi_instance_role.policy.evaluate import Request
from pulumi_instance_role.policy.fields import covers, has_every_name, named_apart
from pulumi_instance_role.policy.grants import (
    ANY,
    Box,
    Holdings,
    Meet,
    Pattern,
    Shelf,
    Whole,
    covers_request,
    inside,
    inside_but_excepted,
    intersection,
    meets,
    only,
    order,
)
from pulumi_instance_role.policy.operators import each, either, negation
from pulumi_instance_role.policy.work import TooMuch, exhausted, spend, within
from pulumi_instance_role.records import dataclass

Why = Literal["already", "denied", "listed"]
LABOUR = 150_000
"""Steps for one difference."""
EACH = 40_000
"""Steps for one thing that is allowed after, so that one that takes too long does not spoil the others."""
_TELLING = 20_000  # pairs of an exemption and a resource of one entry that are looked at for what to tell


@dataclass(frozen=True)
class Exempt:
    """A part that an entry does not have, save what ``unless`` gives back."""

    box: Box
    why: Why
    unless: tuple[Box, ...] = ()

    def covers(self, request: Request, dialect: Dialect) -> bool | None:
        """Whether the request is exempt; ``None`` is not known."""
        given_back = either(covers_request(one, request, dialect) for one in self.unless)
        return each((covers_request(self.box, request, dialect), negation(given_back)))


@dataclass(frozen=True)
class Entry:
    """Any of ``actions``, but none of ``excepted``, on any of ``resources``, under ``conditions``, less ``exempt``."""

    actions: tuple[Meet, ...]
    resources: tuple[Meet, ...]
    conditions: tuple[Condition, ...]
    excepted: tuple[Pattern, ...]
    exempt: tuple[Exempt, ...]
    origins: frozenset[str] = field(default=frozenset(), compare=False)
    compared: bool = True
    """Whether the entry is what is new, and not all that is allowed there because comparing takes too long."""

    def boxes(self) -> Iterator[Box]:
        """Its actions times its resources, as boxes; exemptions left aside."""
        for action in self.actions:
            for resource in self.resources:
                yield Box(action, resource, self.conditions, self.excepted)

    def told(self, dialect: Dialect) -> tuple[Exempt, ...]:
        """The exemptions to tell a reader: not those that only a strange name could meet (``fields.named_apart``).

        A reader takes each field of a pattern for a field of the name, and by that what is told is exact. As the
        evaluation has it, the entry may then have a strange name too many, and never one too few.
        """
        if len(self.exempt) * len(self.resources) > _TELLING:
            return self.exempt
        return tuple(
            one
            for one in self.exempt
            if not all(_named_apart((*one.box.resources, *mine), dialect) for mine in self.resources)
        )

    def beyond_names(self, dialect: Dialect) -> bool:
        """Whether it is about ``*`` and was all allowed on every resource that has a name.

        No page says that ``*`` and ``acs:*:*:*:*`` are the same. Some actions are not allowed by resource: those that
        Alibaba Cloud lists with "all resources" (https://www.alibabacloud.com/help/doc-detail/317665.htm), and those of
        which Tencent Cloud says that the resource must be ``*`` (https://www.tencentcloud.com/document/product/598/10606).
        What a pattern of names does for them is not published, so what is new may be all of them, or nothing.
        """
        if self.resources != ((ANY,),):
            return False
        return any(one.why == "already" and not one.unless and self._named_in(one.box, dialect) for one in self.exempt)

    def _named_in(self, box: Box, dialect: Dialect) -> bool:
        """Whether a box has all of it that is on resources with a name."""
        return (
            all(has_every_name(one.key, dialect) or one == ANY for one in box.resources)
            and set(box.conditions) <= set(self.conditions)
            and set(box.excepted) <= set(self.excepted)
            and all(covers(wide.key, one.key) for wide in box.actions for mine in self.actions for one in mine)
        )

    def covers(self, request: Request, dialect: Dialect) -> bool | None:
        """Whether the entry has this request; ``None`` is not known: that hangs on what is not understood."""
        exempt = either(one.covers(request, dialect) for one in self.exempt)
        return each((either(covers_request(box, request, dialect) for box in self.boxes()), negation(exempt)))


def _named_apart(found: Meet, dialect: Dialect) -> bool:
    return any(named_apart(one.text, other.text, dialect) for one, other in combinations(found, 2))


def gained(before: Holdings, after: Holdings) -> tuple[Entry, ...]:
    """What ``after`` allows and ``before`` does not. What is lost is what is gained on the way back."""
    dialect = after.dialect
    with within(LABOUR):
        exact, blunt = _compared(before, after)
        try:
            entries = _once(_merged(_distinct(exact, dialect)), dialect)
        except TooMuch:
            entries, blunt = (), [*blunt, *(part.box for part in exact)]
    # A statement that was not taken apart may allow more than before: it, or what denied, is not the same.
    kept = before.denied <= after.denied and all(one.allows or one in after.entire for one in before.whole)
    whole = [one for one in after.whole if one.allows and not (kept and one in before.entire)]
    return (*entries, *_uncompared(blunt), *map(_all_of, whole))


def _compared(before: Holdings, after: Holdings) -> tuple[list[_Part], list[Box]]:
    """What is new in what ``after`` allows, and that of which it could not be told."""
    dialect = after.dialect
    # A statement that was not taken apart may deny or allow anything: nothing that it may bear on is exact.
    freed = any(not one.allows and one not in after.entire for one in before.whole)
    blurred = any(one.allows for one in before.whole) or any(not one.allows for one in after.whole)
    parts: list[_Part] = []
    blunt: list[Box] = []
    for box in after.allows:
        # What holds a box best is itself; then nothing else need be looked at.
        known = box in before.allowed
        if known and not freed and not before.denies:
            continue
        if freed or (blurred and not known) or exhausted():
            blunt.append(box)
            continue
        with within(EACH) as work:
            try:
                found: list[_Part] = []
                for part in _beyond(box, before, (box,) if known else before.allowing.near(box)):
                    found += _without_denied(part, after.denying.near(part.box), dialect)
            except TooMuch:
                blunt.append(box)
                continue
        if work.gave_up and found:
            blunt.append(box)
        else:
            parts += found
    return parts, blunt


def _all_of(one: Whole) -> Entry:
    origins = frozenset({one.origin})
    return Entry(one.actions, one.resources, one.conditions, one.excepted, (), origins, compared=False)


def _uncompared(found: Iterable[Box]) -> Iterator[Entry]:
    """Boxes as entries, those together that differ in their actions alone."""
    alike: dict[tuple[object, ...], list[Box]] = {}
    for box in found:
        alike.setdefault((box.resources, box.conditions, box.excepted), []).append(box)
    for same in alike.values():
        box, origins = same[0], frozenset().union(*(one.origins for one in same))
        actions = tuple(sorted({one.actions for one in same}))
        yield Entry(actions, (box.resources,), box.conditions, box.excepted, (), origins, compared=False)


@dataclass(frozen=True)
class _Part:
    box: Box
    exempt: tuple[Exempt, ...] = ()


def _beyond(box: Box, before: Holdings, allows: Sequence[Box]) -> list[_Part]:
    """The parts of ``box`` that ``before`` does not allow, where ``allows`` are the permissions to think of."""
    spend()
    dialect = before.dialect
    holders = [one for one in allows if inside_but_excepted(box, one, dialect)]
    holder = min(holders, key=lambda one: len(one.excepted), default=None)
    if holder is None:
        exempt = []
        for one in allows:
            shared = intersection(box, one, dialect)
            if shared is not None:
                unless = tuple(deny for deny in before.denying.near(shared) if meets(shared, deny, dialect))
                exempt.append(Exempt(one, "already", unless))
        return [_Part(box, tuple(exempt))]
    found: list[_Part] = []
    for pattern in holder.excepted:
        part = only(box, pattern)
        if part is not None:
            found += _beyond(part, before, [one for one in allows if one != holder])
    for deny in before.denying.near(box):
        part = intersection(box, deny, dialect)
        if part is not None:
            found.append(_Part(replace(part, origins=box.origins | deny.origins)))
    return found


def _without_denied(part: _Part, denies: Iterable[Box], dialect: Dialect) -> list[_Part]:
    """What denials leave of a part: one that denies all but some actions leaves these actions."""
    parts = [part]
    for deny in denies:
        left: list[_Part] = []
        for one in parts:
            if inside_but_excepted(one.box, deny, dialect):
                cut = [only(one.box, pattern) for pattern in deny.excepted]
                left += [replace(one, box=box) for box in cut if box is not None]
            elif meets(one.box, deny, dialect):
                left.append(replace(one, exempt=(*one.exempt, Exempt(deny, "denied"))))
            else:
                left.append(one)
        parts = left
    return parts


def _distinct(parts: Iterable[_Part], dialect: Dialect) -> list[_Part]:
    """The parts that are not empty and not inside another, in a fixed order, with the exemptions that touch them."""
    kept: dict[Box, _Part] = {}
    shelf = Shelf()
    for part in sorted(parts, key=lambda one: (order(one.box), len(one.exempt))):
        exempt = [one for one in part.exempt if meets(part.box, one.box, dialect)]
        if any(not one.unless and inside(part.box, one.box, dialect) for one in exempt):
            continue
        near = shelf.near(part.box)
        if any(inside(part.box, one, dialect) for one in near):
            continue
        for one in [one for one in near if inside(one, part.box, dialect)]:
            del kept[one]
            shelf.remove(one)
        kept[part.box] = _Part(part.box, tuple(_fewest(exempt, dialect)))
        shelf.add(part.box)
    return list(kept.values())


def _fewest(exempt: Sequence[Exempt], dialect: Dialect) -> list[Exempt]:
    """The exemptions that are not inside another one."""
    kept: list[Exempt] = []
    for one in exempt:
        if not any(not other.unless and inside(one.box, other.box, dialect) for other in kept):
            kept = [k for k in kept if one.unless or not inside(k.box, one.box, dialect)]
            kept.append(one)
    return sorted(kept, key=lambda one: (one.why, order(one.box)))


def _merged(parts: Sequence[_Part]) -> list[Entry]:
    """Parts that differ in their action alone as one entry, then those that differ in their resource alone."""
    by_actions: dict[tuple[object, ...], list[_Part]] = {}
    for part in parts:
        box = part.box
        by_actions.setdefault((box.resources, box.conditions, box.excepted, part.exempt), []).append(part)
    entries: dict[tuple[object, ...], Entry] = {}
    for same in by_actions.values():
        box, exempt = same[0].box, same[0].exempt
        actions = tuple(sorted({one.box.actions for one in same}))
        origins = frozenset().union(*(one.box.origins for one in same))
        key = (actions, box.conditions, box.excepted, exempt)
        known = entries.get(key)
        if known is None:
            entries[key] = Entry(actions, (box.resources,), box.conditions, box.excepted, exempt, origins)
        else:
            resources = tuple(sorted((*known.resources, box.resources)))
            entries[key] = replace(known, resources=resources, origins=known.origins | origins)
    return sorted(entries.values(), key=lambda one: (one.resources, one.actions, one.excepted, len(one.exempt)))


def _once(entries: Iterable[Entry], dialect: Dialect) -> tuple[Entry, ...]:
    """The entries, each without what an earlier one has.

    A request in a box of an earlier entry is gained in that entry or not at all: whatever keeps it out there keeps it
    out everywhere. So the whole box can be left out here.
    """
    found: list[Entry] = []
    earlier = Shelf()
    for entry in entries:
        mine = list(entry.boxes())
        listed = dict.fromkeys(one for box in mine for one in earlier.near(box) if meets(one, box, dialect))
        for box in mine:
            earlier.add(box)
        more = [
            one
            for one in _fewest([Exempt(box, "listed") for box in listed], dialect)
            if not any(not other.unless and inside(one.box, other.box, dialect) for other in entry.exempt)
        ]
        found.append(replace(entry, exempt=(*entry.exempt, *more)))
    return tuple(found)
