"""Permissions as boxes: a set of actions, times a set of resources, under conditions.

A statement is a union of boxes, one for each of its actions on each of its resources; a ``NotAction`` statement is
every action with some taken out. Boxes can be intersected, and compared, without asking for a single request.

``inside`` and ``meets`` err on one side only: ``inside`` is true only when it is so, ``meets`` is false only when it is
so. What they miss (that two boxes together fill a third, that three patterns which meet in pairs share nothing) makes
a report longer, never wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from functools import cached_property, lru_cache

from pulumi_instance_role.policy import work
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import Condition, Document, Statement
from pulumi_instance_role.policy.evaluate import Request, condition_holds
from pulumi_instance_role.policy.fields import covers, key_of, meet
from pulumi_instance_role.policy.fields import matches as is_about
from pulumi_instance_role.policy.operators import Operator, each
from pulumi_instance_role.policy.wildcard import literal, matches
from pulumi_instance_role.policy.work import Answer, TooMuch, ask, spend, within
from pulumi_instance_role.records import dataclass

BOXES = 8_000
"""How many boxes the documents of one principal may have. Custom documents of common lengths have a few hundred."""
LABOUR = 100_000
"""Steps for putting the documents of one principal in order. What is not done then leaves a report longer."""
_MADE = 4  # boxes that are made in the time of one step
_VALUES = 10_000  # steps for comparing the values of two conditions


@dataclass(frozen=True, order=True)
class Pattern:
    """A pattern: ``key`` is what is compared (case folded, empty parts spelled out), ``text`` what was written."""

    key: str
    text: str = field(compare=False)


ANY = Pattern("*", "*")
Meet = tuple[Pattern, ...]
"""What all of these patterns match; as a rule there is one."""


@dataclass(frozen=True)
class Box:
    """What matches all of ``actions`` and none of ``excepted``, on what matches all of ``resources``, when all
    ``conditions`` hold. ``origins`` say where it comes from and mean nothing here."""

    actions: Meet
    resources: Meet
    conditions: tuple[Condition, ...] = ()
    excepted: tuple[Pattern, ...] = ()
    origins: frozenset[str] = field(default=frozenset(), compare=False)


def boxes(statement: Statement, dialect: Dialect, origin: str = "") -> list[Box]:
    """The boxes of a permission statement, in the order of its resources and actions."""
    conditions = _conditions(statement)
    patterns = [Pattern(dialect.fold_action(action), action) for action in statement.actions]
    subjects: list[tuple[Meet, tuple[Pattern, ...]]] = [((pattern,), ()) for pattern in patterns]
    if statement.excepts_actions:
        if any(covers(one.key, ANY.key) for one in patterns):
            return []  # every action but every action
        subjects = [((ANY,), tuple(sorted(set(patterns))))]
    return [
        Box(actions, (_resource(text, dialect),), when, excepted, frozenset({origin}))
        for text in statement.resources
        for when in (_when(conditions, text, dialect),)
        for actions, excepted in subjects
    ]


FILLED_IN = "is filled in by the cloud"
"""The operator that stands for a variable in a resource: nobody here can tell what it holds for."""


def understood(condition: Condition, dialect: Dialect) -> bool:
    """Whether it can be told what a condition asks: its operator is known, and takes the values that it is given."""
    operator = dialect.operators.get(condition.operator)
    if operator is None:
        return condition.operator == FILLED_IN
    return all(operator.reads(one) or dialect.varies(one) for one in condition.values)


def _when(conditions: tuple[Condition, ...], resource: str, dialect: Dialect) -> tuple[Condition, ...]:
    """The conditions of a box: a variable in its resource is one more, which only the cloud can judge."""
    if not dialect.varies(resource):
        return conditions
    return tuple(sorted((*conditions, Condition(FILLED_IN, resource, ())), key=_condition_key))


def _resource(text: str, dialect: Dialect) -> Pattern:
    return Pattern(key_of(text, dialect), text)


def _conditions(statement: Statement) -> tuple[Condition, ...]:
    return tuple(sorted(set(map(_sorted_values, statement.conditions)), key=_condition_key))


class Shelf:
    """Boxes by the service of their actions, and by the action where that is one, so that each is compared with few:
    services, and two actions of one, have nothing in common."""

    def __init__(self, found: Iterable[Box] = ()) -> None:
        self._all: dict[Box, None] = {}
        self._by_service: dict[str | None, dict[Box, None]] = {}
        self._by_action: dict[str, dict[Box, None]] = {}
        self._patterns: dict[str | None, dict[Box, None]] = {}
        for box in found:
            self.add(box)

    def add(self, box: Box) -> None:
        """Put a box in."""
        for place in self._places(box):
            place[box] = None

    def remove(self, box: Box) -> None:
        """Take a box out."""
        for place in self._places(box):
            del place[box]

    def near(self, box: Box) -> Sequence[Box]:
        """The boxes that may have something in common with ``box``, in the order in which they were put in."""
        service, action = _service(box), _action(box)
        if service is None:
            return tuple(self._all)
        if action is None:
            return (*self._by_service.get(service, ()), *self._by_service.get(None, ()))
        return (
            *self._by_action.get(action, ()),
            *self._patterns.get(service, ()),
            *self._patterns.get(None, ()),
        )

    def _places(self, box: Box) -> Iterable[dict[Box, None]]:
        service, action = _service(box), _action(box)
        yield self._all
        yield self._by_service.setdefault(service, {})
        if action is None:
            yield self._patterns.setdefault(service, {})
        else:
            yield self._by_action.setdefault(action, {})


def _action(box: Box) -> str | None:
    """The one action that a box is about; ``None`` where it may be about several, or about none of any service."""
    return next((one.key for one in box.actions if ":" in one.key and not ("*" in one.key or "?" in one.key)), None)


def _service(box: Box) -> str | None:
    """The service of all actions of a box: what stands before the colon, where no wildcard does."""
    for pattern in box.actions:
        start, colon, _ = literal(pattern.key).partition(":")
        if colon:
            return start
    return None


@dataclass(frozen=True)
class Whole:
    """A statement that is not taken apart: any of ``actions`` but ``excepted``, on any of ``resources``."""

    allows: bool
    actions: tuple[Meet, ...]
    resources: tuple[Meet, ...]
    conditions: tuple[Condition, ...]
    excepted: tuple[Pattern, ...]
    origin: str = field(default="", compare=False)


@dataclass(frozen=True)
class Holdings:
    """All that some documents say: what they allow, less what they deny. ``whole`` is what was not taken apart."""

    allows: tuple[Box, ...]
    denies: tuple[Box, ...]
    dialect: Dialect
    whole: tuple[Whole, ...] = ()

    def same_as(self, other: Holdings) -> bool:
        """Whether both say the same, so that there is nothing to compare."""
        return (self.allows, self.denies, self.whole) == (other.allows, other.denies, other.whole)

    @cached_property
    def allowing(self) -> Shelf:
        """The allowing boxes, to look some up."""
        return Shelf(self.allows)

    @cached_property
    def denying(self) -> Shelf:
        """The denying boxes, to look some up."""
        return Shelf(self.denies)

    @cached_property
    def allowed(self) -> frozenset[Box]:
        """The allowing boxes as a set."""
        return frozenset(self.allows)

    @cached_property
    def denied(self) -> frozenset[Box]:
        """The denying boxes as a set."""
        return frozenset(self.denies)

    @cached_property
    def entire(self) -> frozenset[Whole]:
        """What was not taken apart, as a set."""
        return frozenset(self.whole)


def holdings(documents: Iterable[tuple[str, Document]], dialect: Dialect) -> Holdings:
    """What documents (each with the name of its origin) say together, without what says nothing more."""
    said = [(origin, statement) for origin, document in documents for statement in document.statements]
    allows: list[Box] = []
    denies: list[Box] = []
    whole: dict[Whole, Whole] = {}
    with within(LABOUR) as done:
        # Small ones first, whatever their order: one that is too large keeps none of the others out.
        for origin, statement in sorted(said, key=lambda one: _size(one[1])):
            kept = allows if statement.allows else denies
            if len(allows) + len(denies) + _size(statement) > BOXES or not _may_take_apart(statement):
                one = _whole(statement, dialect, origin)
                whole.setdefault(one, one)
            else:
                kept.extend(boxes(statement, dialect, origin))
        try:
            denied = tuple(widest(denies, dialect))
            shelf = Shelf(denied)
            granted = tuple(
                one
                for one in widest(allows, dialect)
                if not any(inside(one, deny, dialect) for deny in shelf.near(one))
            )
        except TooMuch:
            denied, granted = tuple(_distinct(denies)), tuple(_distinct(allows))
        done.gave_up = False  # what was missed here is in two boxes in place of one: longer, and as right
    return Holdings(granted, denied, dialect, tuple(sorted(whole, key=_whole_key)))


def _may_take_apart(statement: Statement) -> bool:
    """Whether the work that is left is enough to take a statement apart; it is noted as done."""
    try:
        spend(1 + _size(statement) // _MADE)
    except TooMuch:
        return False
    return True


def _size(statement: Statement) -> int:
    """How many boxes a statement has."""
    return len(statement.resources) * (1 if statement.excepts_actions else len(statement.actions))


def _whole(statement: Statement, dialect: Dialect, origin: str) -> Whole:
    actions = tuple(sorted({Pattern(dialect.fold_action(one), one) for one in statement.actions}, key=_text))
    return Whole(
        allows=statement.allows,
        actions=((ANY,),) if statement.excepts_actions else tuple((one,) for one in actions),
        resources=tuple(
            (one,) for one in sorted({_resource(text, dialect) for text in statement.resources}, key=_text)
        ),
        conditions=_conditions(statement),
        excepted=actions if statement.excepts_actions else (),
        origin=origin,
    )


def _text(pattern: Pattern) -> str:
    return pattern.key


def _whole_key(one: Whole) -> tuple[object, ...]:
    return (one.allows, one.actions, one.resources, one.excepted, tuple(map(_condition_key, one.conditions)))


def widest(found: Iterable[Box], dialect: Dialect) -> list[Box]:
    """The boxes that are not inside another, in a fixed order."""
    kept: dict[Box, None] = {}
    shelf = Shelf()
    for box in _distinct(found):
        near = shelf.near(box)
        if any(inside(box, other, dialect) for other in near):
            continue
        for other in [other for other in near if inside(other, box, dialect)]:
            del kept[other]
            shelf.remove(other)
        kept[box] = None
        shelf.add(box)
    return list(kept)


def _distinct(found: Iterable[Box]) -> list[Box]:
    """Each box once, with all its origins, in a fixed order."""
    distinct: dict[Box, Box] = {}
    for box in found:
        known = distinct.get(box)
        distinct[box] = box if known is None else replace(known, origins=known.origins | box.origins)
    return sorted(distinct.values(), key=order)


def order(box: Box) -> tuple[object, ...]:
    """A sort key that depends on nothing but what the box means."""
    return (box.resources, box.actions, box.excepted, tuple(map(_condition_key, box.conditions)))


def covers_request(box: Box, request: Request, dialect: Dialect) -> bool | None:
    """Whether the box has this request, by the same rules as the evaluation of a statement; ``None`` is not known."""
    action = dialect.fold_action(request.action)
    if not all(matches(pattern.key, action) for pattern in box.actions):
        return False
    if any(matches(pattern.key, action) for pattern in box.excepted):
        return False
    return each(
        (
            *(is_about(pattern.key, request.resource, dialect, request.owners) for pattern in box.resources),
            *(condition_holds(condition, request.context, dialect) for condition in box.conditions),
        )
    )


def inside(inner: Box, outer: Box, dialect: Dialect) -> bool:
    """Whether every request in ``inner`` is in ``outer``."""
    return inside_but_excepted(inner, outer, dialect) and all(apart(inner, pattern) for pattern in outer.excepted)


def inside_but_excepted(inner: Box, outer: Box, dialect: Dialect) -> bool:
    """The same, had ``outer`` no exceptions."""
    return (
        _within(inner.actions, outer.actions)
        and _within(inner.resources, outer.resources)
        and all(any(implies(held, wanted, dialect) for held in inner.conditions) for wanted in outer.conditions)
    )


def apart(box: Box, pattern: Pattern) -> bool:
    """Whether no action of the box matches the pattern."""
    return any(covers(taken.key, pattern.key) for taken in box.excepted) or not all(
        meet(one.key, pattern.key) for one in box.actions
    )


def meets(one: Box, other: Box, dialect: Dialect) -> bool:
    """Whether some request may be in both."""
    return intersection(one, other, dialect) is not None


def intersection(one: Box, other: Box, dialect: Dialect) -> Box | None:
    """What is in both; ``None`` when nothing can be."""
    if not _meet(one.actions, other.actions) or not _meet(one.resources, other.resources):
        return None
    if any(_contradict(a, b, dialect) for a in one.conditions for b in other.conditions):
        return None
    actions = _narrowest((*one.actions, *other.actions))
    excepted = tuple(
        sorted({p for p in (*one.excepted, *other.excepted) if all(meet(p.key, action.key) for action in actions)})
    )
    if any(covers(taken.key, action.key) for taken in excepted for action in actions):
        return None
    return Box(
        actions,
        _narrowest((*one.resources, *other.resources)),
        _strictest((*one.conditions, *other.conditions), dialect),
        excepted,
        one.origins,
    )


def only(box: Box, pattern: Pattern) -> Box | None:
    """The part of the box whose actions match the pattern; ``None`` when there is none."""
    if apart(box, pattern):
        return None
    return replace(box, actions=_narrowest((*box.actions, pattern)))


def implies(held: Condition, wanted: Condition, dialect: Dialect) -> bool:
    """Whether ``wanted`` holds wherever ``held`` does. False when that cannot be told."""
    if held.key != wanted.key or held.operator != wanted.operator:
        return False
    if held == wanted:
        return True
    operator = dialect.operators.get(held.operator)
    if operator is None:
        return False
    narrow, wide = (wanted, held) if operator.negated else (held, wanted)
    return ask(_all_within, (operator,), dialect, narrow.values, wide.values)


def _contradict(one: Condition, other: Condition, dialect: Dialect) -> bool:
    """Whether no request meets both: one is the negation of the other's operator and excludes all that it wants."""
    a, b = dialect.operators.get(one.operator), dialect.operators.get(other.operator)
    if one.key != other.key or a is None or b is None or a.negated is b.negated or a.relation is not b.relation:
        return False
    wanted, refused = (other, one) if a.negated else (one, other)
    # Where the key is missing, a negation holds, and so may what it negates if that has a suffix for this.
    if (b if a.negated else a).if_exists:
        return False
    return ask(_all_within, (a, b), dialect, wanted.values, refused.values)


@lru_cache(maxsize=65536)
def _all_within(
    operators: tuple[Operator, ...], dialect: Dialect, narrow: tuple[str, ...], wide: tuple[str, ...]
) -> Answer:
    """Whether whatever meets one of the narrow values meets one of the wide ones. Long lists are not compared, and no
    values that one of the operators does not read."""
    with work.apart(_VALUES) as done:
        try:
            plain = all(_is_plain(one, (*narrow, *wide), dialect) for one in operators)
            left = sorted(set(narrow) - set(wide))
            found = plain and all(any(_value_within(operators[0], one, value) for one in wide) for value in left)
        except TooMuch:
            return Answer(False, done.done, gave_up=True)
    return Answer(found, 1 + done.done, done.gave_up)


def _value_within(operator: Operator, wide: str, narrow: str) -> bool:
    spend()
    return operator.within(wide, narrow)


def _is_plain(operator: Operator, values: Sequence[str], dialect: Dialect) -> bool:
    """Whether the operator's listed values can be held against each other: all are read, none is filled in later."""
    spend(len(values))
    return operator.comparable and all(operator.reads(value) and not dialect.varies(value) for value in values)


def _within(inner: Meet, outer: Meet) -> bool:
    if len(inner) == len(outer) == 1:
        return covers(outer[0].key, inner[0].key)
    return all(any(covers(wide.key, narrow.key) for narrow in inner) for wide in outer)


def _meet(one: Meet, other: Meet) -> bool:
    if len(one) == len(other) == 1:
        return meet(one[0].key, other[0].key)
    return all(meet(a.key, b.key) for a in one for b in other)


def _narrowest(patterns: Meet) -> Meet:
    kept: list[Pattern] = []
    for pattern in sorted(set(patterns)):
        if not any(covers(pattern.key, other.key) for other in kept):
            kept = [other for other in kept if not covers(other.key, pattern.key)]
            kept.append(pattern)
    return tuple(sorted(kept))


def _strictest(conditions: tuple[Condition, ...], dialect: Dialect) -> tuple[Condition, ...]:
    kept: list[Condition] = []
    for condition in sorted(set(conditions), key=_condition_key):
        if not any(implies(other, condition, dialect) for other in kept):
            kept = [other for other in kept if not implies(condition, other, dialect)]
            kept.append(condition)
    return tuple(sorted(kept, key=_condition_key))


def _sorted_values(condition: Condition) -> Condition:
    return replace(condition, values=tuple(sorted(set(condition.values))))


def _condition_key(condition: Condition) -> tuple[str, str, tuple[str, ...]]:
    return (condition.operator, condition.key, condition.values)
