"""The picture: policies, the roles they are on, the instances that hold those, before and after in one.

What is there on both sides is drawn once; a line or a box of one side only carries a sign and another stroke as well
as a colour. What stops the change comes first, then what changes; what does not fit is left out and counted, and alike
instances share a box.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from pulumi_instance_role.language import Text, listing, plural, say, tell
from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import Finding, Instance, Move, Policy, Review, Role, Source

Mark = Literal["add", "del", "change", "same"]
SIGNS: Mapping[Mark, str] = {"add": "+", "del": "\N{MINUS SIGN}", "change": "~", "same": ""}
MARK_WORDS: Mapping[Mark, Text] = {
    "add": say("added"), "del": say("removed"), "change": say("changed"), "same": say("unchanged"),
}  # fmt: skip

MOST_ROLES, MOST_POLICIES, MOST_INSTANCES = 10, 20, 20  # boxes in a column
ALIKE = 4  # instances that do the same and still get a box each
WIDTH, BOX, HIGH, GAP, TOP = 1200, 320, 52, 16, 42
_LEFT = {"policy": 0, "role": (WIDTH - BOX) // 2, "instance": WIDTH - BOX}
_LONGEST, _NOTE = 36, 44  # letters that a box shows of a name, and of what is said below it
_ORDER: Mapping[Mark, int] = {"add": 0, "del": 0, "change": 1, "same": 2}

Kind = Literal["policy", "role", "instance"]
_OUTER: tuple[Kind, Kind] = ("policy", "instance")


@dataclass(frozen=True)
class Box:
    """One box. ``x``, ``y``: its upper left corner."""

    kind: Kind
    name: str
    label: str
    note: str
    mark: Mark
    badges: tuple[tuple[str, str, int], ...]
    """What else is said about it: kind, sign, and where the sign stands, from the left."""
    x: int
    y: int


@dataclass(frozen=True)
class Line:
    """One line, as an SVG path, and where its sign stands."""

    mark: Mark
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Said:
    """A box as a list says it, with the signs that the picture has at it."""

    mark: Mark
    name: str
    note: str
    badges: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Branch:
    """A role with what is tied to it, as a list says it."""

    role: Said
    policies: tuple[Said, ...]
    instances: tuple[Said, ...]


@dataclass(frozen=True)
class Diagram:
    """The whole picture; lengths in SVG units. ``left_out`` says what is not in it; empty: nothing."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    branches: tuple[Branch, ...]
    left_out: str


@dataclass(frozen=True)
class Thing:
    """What a box is about: what it is called, what is said below it, and how many instances it stands for."""

    key: str
    name: str
    note: str
    mark: Mark
    opaque: bool = False
    stands_for: int = 1
    keys: tuple[str, ...] = ()
    id: str = ""  # an instance's, which its box holds whole


@dataclass(frozen=True)
class _Signs:
    """What the findings say of things: keys of those about which one stops the change, or is high."""

    stops: frozenset[str]
    grave: frozenset[str]

    def weight(self, one: Thing) -> int:
        """0 for what stops the change, 1 for other high findings, 2 for the rest: in this order it is drawn."""
        keys = {one.key, *one.keys}
        return 0 if keys & self.stops else 1 if keys & self.grave else 2

    def badges(self, one: Thing) -> tuple[tuple[str, str], ...]:
        """The signs at a box: kind and text."""
        found: list[tuple[str, str]] = [(one.mark, SIGNS[one.mark])] if one.mark != "same" else []
        found += [("ask", "?")] if one.opaque else []
        found += [("risk", "!")] if self.weight(one) < 2 else []
        return tuple(found)


def draw(review: Review) -> Diagram:
    """The picture of a review."""
    roles = {one.key: _role(one) for one in review.roles}
    policies = {one.key: _policy(one) for one in review.policies}
    instances, ties = _instances(review.instances)
    for one in review.policies:
        before, after = ([(role, one.key) for role in side] for side in (one.roles_before, one.roles_after))
        ties.update(_ties(before, after))
    for role, _other in ties:
        roles.setdefault(role, Thing(role, words.short(role), say("role of another stack"), "same"))
    return arrange(review.findings, roles, policies, instances, ties)


def arrange(
    findings: Iterable[Finding],
    roles: Mapping[str, Thing],
    policies: Mapping[str, Thing],
    instances: Mapping[str, Thing],
    ties: Mapping[tuple[str, str], Mark],
) -> Diagram:
    """The picture of roles, each tied to policies and instances; what the findings are about comes first."""
    told = [(key, one) for one in findings for key in one.about]
    stops = frozenset(key for key, one in told if one.failing)
    signs = _Signs(stops, frozenset(key for key, one in told if one.severity in ("critical", "high")))
    of_role: dict[str, list[str]] = defaultdict(list)
    for role, other in sorted(ties):
        of_role[role].append(other)

    def rank(key: str) -> tuple[int, int, str]:
        things = [roles[key], *(policies.get(other) or instances[other] for other in of_role[key])]
        marks = [one.mark for one in things] + [ties[key, other] for other in of_role[key]]
        return min(map(signs.weight, things)), min(_ORDER[mark] for mark in marks), key

    tied = [key for key in roles if of_role[key] or roles[key].mark != "same"]
    shown = sorted(tied, key=rank)[:MOST_ROLES]
    left = _column(shown, of_role, ties, policies, MOST_POLICIES, signs)
    right = _column(shown, of_role, ties, instances, MOST_INSTANCES, signs)
    held = sum(one.stands_for for one in instances.values()) - sum(instances[key].stands_for for key in right)
    hidden = len({other for _, other in ties if other in policies}) - len(left)
    missing = [
        (len(tied) - len(shown), words.roles),
        (hidden, lambda number: plural("{number} policy", "{number} policies", number)),
        (held, words.instances),
    ]
    left_out = listing(counted(number) for number, counted in missing if number)
    columns: dict[Kind, list[Thing]] = {
        "policy": [policies[key] for key in left],
        "role": [roles[key] for key in shown],
        "instance": [instances[key] for key in right],
    }
    return _lay(columns, ties, signs, left_out)


def _column(
    shown: Sequence[str],
    of_role: Mapping[str, Sequence[str]],
    ties: Mapping[tuple[str, str], Mark],
    things: Mapping[str, Thing],
    most: int,
    signs: _Signs,
) -> list[str]:
    """The keys of one outer column: those that matter most, in the order that crosses the fewest lines."""
    places: dict[str, list[int]] = defaultdict(list)
    weight: dict[str, tuple[int, int]] = {}
    for index, role in enumerate(shown):
        for key in of_role[role]:
            if key in things:
                places[key].append(index)
                best = (signs.weight(things[key]), min(_ORDER[ties[role, key]], _ORDER[things[key].mark]))
                weight[key] = min(best, weight.get(key, best))
    kept = sorted(places, key=lambda key: (weight[key], places[key][0], key))[:most]
    return sorted(kept, key=lambda key: (sum(places[key]) / len(places[key]), things[key].name, key))


def _lay(
    things: Mapping[Kind, Sequence[Thing]], ties: Mapping[tuple[str, str], Mark], signs: _Signs, left_out: str
) -> Diagram:
    tallest = max((len(column) for column in things.values()), default=0)
    inner = max(tallest * (HIGH + GAP) - GAP, HIGH)
    boxes: dict[str, Box] = {}
    for kind, column in things.items():
        step = inner / max(len(column), 1)
        for index, one in enumerate(column):
            y = TOP + round(step * index + (step - HIGH) / 2)
            boxes[one.key] = Box(
                kind,
                one.name,
                _label(one),
                _shorten(tell(one.note), _NOTE),
                one.mark,
                _placed(signs.badges(one)),
                _LEFT[kind],
                y,
            )
    lines = [
        _line(boxes[role], boxes[other], mark)
        for (role, other), mark in sorted(ties.items(), key=lambda tie: (-_ORDER[tie[1]], tie[0]))
        if role in boxes and other in boxes
    ]
    branches = [
        Branch(_said(role, role.mark, signs), *(_tied(role, things[kind], ties, signs) for kind in _OUTER))
        for role in things["role"]
    ]
    return Diagram(WIDTH, TOP + inner + 2, tuple(boxes.values()), tuple(lines), tuple(branches), left_out)


def _tied(
    role: Thing, column: Sequence[Thing], ties: Mapping[tuple[str, str], Mark], signs: _Signs
) -> tuple[Said, ...]:
    here = (one for one in column if (role.key, one.key) in ties)
    return tuple(_said(one, ties[role.key, one.key], signs) for one in here)


def _said(one: Thing, mark: Mark, signs: _Signs) -> Said:
    badges = tuple((kind, text) for kind, text in signs.badges(one) if kind in ("ask", "risk"))
    return Said(mark, one.name, one.note, badges)


def _placed(badges: Sequence[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    return tuple((kind, text, BOX - 24 - 25 * index) for index, (kind, text) in enumerate(badges))


def _line(role: Box, other: Box, mark: Mark) -> Line:
    first, last = (other, role) if other.kind == "policy" else (role, other)
    x1, y1, x2, y2 = first.x + BOX, first.y + HIGH // 2, last.x, last.y + HIGH // 2
    bend = (x2 - x1) // 2
    at = 0.5 if mark == "del" else 0.3  # near the outer box, where lines are apart; two of one box apart as well
    at = at if other.kind == "policy" else 1 - at
    x, y = (_bezier(at, *points) for points in ((x1, x1 + bend, x2 - bend, x2), (y1, y1, y2, y2)))
    return Line(mark, f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}", x, y)


def _bezier(at: float, a: int, b: int, c: int, d: int) -> int:
    rest = 1 - at
    return round(rest**3 * a + 3 * rest**2 * at * b + 3 * rest * at**2 * c + at**3 * d)


def _ties(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Mark]:
    old, new = set(before), set(after)
    return {one: "same" if one in old and one in new else "del" if one in old else "add" for one in old | new}


def _role(one: Role) -> Thing:
    mark = role_mark(one)
    told = [
        (mark == "add", say("new role")),
        (mark == "del", say("deleted role")),
        (words.sure(one.gained), say("gains permissions")),
        (words.sure(one.lost), say("loses permissions")),
        (words.dark(one.gained_unknown), say("gains what is not known")),
        (one.trust_gained and mark != "add", say("trusts more")),
        (one.outside, say("{number} outside", number=len(one.outside or ()))),
    ]
    note = listing(text for so, text in told if so) or say("no change of its own")
    return Thing(one.key, one.name, note, mark, unreadable(one))


def role_mark(one: Role) -> Mark:
    """What happens to a role, its permissions and its trust included."""
    if one.before is None:
        return "add"
    if one.after is None:
        return "del"
    changed = one.gained or one.lost or one.gained_unknown or one.lost_unknown or one.trust_gained or one.trust_lost
    return "change" if changed or one.op not in (None, "same", "read", "refresh") else "same"


def unreadable(one: Role) -> bool:
    """Whether it may do more than is shown."""
    return any(side is not None and side.unread for side in (one.before, one.after))


def _policy(one: Policy) -> Thing:
    gone, new = not one.roles_after, not one.roles_before
    mark: Mark = "del" if gone or one.op == "delete" else "add" if new or one.op == "create" else "same"
    if mark == "same" and one.op in ("update", "replace"):
        mark = "change"
    sources: Mapping[Source, Text] = {
        "opaque": say("cannot be read here"),
        "unknown": say("not known yet"),
        "live": say("read from the cloud"),
        "published": say("published {day}", day=one.source_date),
    }
    kinds = {"System": say("system policy"), "Custom": say("custom policy")}
    parts = [
        kinds.get(one.policy_type, say("policy")),
        say("changed") if mark == "change" else "",
        sources.get(one.source, ""),
    ]
    return Thing(one.key, one.name, listing(filter(None, parts)), mark, one.source in ("opaque", "unknown"))


_MOVED: Mapping[Move, Mark] = {
    "given": "change",
    "lost": "change",
    "swapped": "change",
    "gone": "del",
    "unknown": "change",
    "unseen": "change",
    "same": "same",
}


def _instances(found: Iterable[Instance]) -> tuple[dict[str, Thing], dict[tuple[str, str], Mark]]:
    alike: dict[tuple[str, ...], list[Instance]] = defaultdict(list)
    for one in found:
        if one.role_before or one.role_after or one.role_unknown:
            alike[one.role_before or "", one.role_after or "", one.move, str(one.gap)].append(one)
    things: dict[str, Thing] = {}
    ties: dict[tuple[str, str], Mark] = {}
    for group in alike.values():
        together = len(group) > ALIKE
        for one in group[:1] if together else group:
            note = words.MOVES[one.move][0]
            if one.gap:
                note = say("{move}, with a gap", move=note)
            mark = _MOVED[one.move] if one.op != "create" else "add"
            called = words.called(one)
            many = words.instances(len(group))
            name = say("{instances}, as {name}", instances=many, name=called) if together else called
            stands = group if together else [one]
            keys = tuple(each.key for each in stands)
            blank = one.role_unknown or one.before_unknown
            own = one.instance_id if one.instance_id not in (None, one.name) else ""
            things[one.key] = Thing(one.key, name, note, mark, blank, len(stands), keys, own or "")
            sides = ([(role, one.key)] if role else [] for role in (one.role_before, one.role_after))
            ties.update(_ties(*sides))
    return things, ties


def _label(one: Thing) -> str:
    """The name in a box: what is cut is never the id."""
    name = tell(one.name)
    if not one.id or not name.endswith(f" ({one.id})"):
        return _shorten(name)
    return f"{_shorten(name[: -len(one.id) - 3], max(_LONGEST - len(one.id) - 3, 6))} ({one.id})"


def _shorten(name: str, longest: int = _LONGEST) -> str:
    """A text in which the middle is left out where it is too long; a Chinese character is as wide as two letters."""
    if cell_len(name) <= longest:
        return name
    head, tail = longest // 2, longest - longest // 2 - 1
    backwards = set_cell_size(name[::-1], tail)[::-1]
    return f"{set_cell_size(name, head)}…{backwards}"
