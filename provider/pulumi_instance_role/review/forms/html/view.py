"""What the page shows, put together in Python so that the template only writes it down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pulumi_instance_role.review import words
from pulumi_instance_role.review.forms.html.diagram import MARK_WORDS, MOVES, SIGNS, Diagram, Mark, draw, role_mark
from pulumi_instance_role.review.model import (
    SEVERITIES,
    Change,
    Finding,
    Grant,
    Instance,
    Policy,
    Principal,
    Review,
    Role,
    Severity,
    Transition,
)
from pulumi_instance_role.review.rules import BY_ID

MANY = 12  # instances of one transition that are listed before a reader asks for the rest
SOURCES = {
    "stack": "document of this stack",
    "published": "document as published",
    "live": "document read from the cloud",
    "opaque": "document cannot be read here",
    "unknown": "document not known before the update",
}
OPERATIONS: Mapping[str, Mark] = {"create": "add", "import": "add", "delete": "del", "same": "same"}


@dataclass(frozen=True)
class Entry:
    """A permission or a principal that is gained or lost."""

    mark: Mark
    what: str
    on: str = ""
    limits: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True)
class Card:
    """One thing of a list: what every item has for the filter, and what it shows.

    ``severity`` is the worst of the findings about it, as an index into ``SEVERITIES`` (one past the end: none).
    """

    severity: int
    changed: bool


@dataclass(frozen=True)
class FindingCard(Card):
    """A finding and why its rule matters."""

    finding: Finding
    rationale: str
    where: str


@dataclass(frozen=True)
class PolicyLine:
    """A policy on a role."""

    mark: Mark
    policy: Policy
    source: str


@dataclass(frozen=True)
class RoleCard(Card):
    """A role, its policies, and what its holders gain and lose. ``unclear``: what is not known about it."""

    role: Role
    anchor: str
    mark: Mark
    holders: str
    policies: tuple[PolicyLine, ...]
    entries: tuple[Entry, ...]
    unclear: tuple[str, ...]


@dataclass(frozen=True)
class TransitionCard(Card):
    """Instances that go the same way. ``as_role``: anchor of the role whose card says what they gain and lose."""

    before: str
    after: str
    moves: str
    gaps: int
    first: tuple[Instance, ...]
    rest: tuple[Instance, ...]
    entries: tuple[Entry, ...]
    opaque: bool
    as_role: str | None


@dataclass(frozen=True)
class ChangeCard(Card):
    """A resource that is not the same."""

    change: Change
    where: str
    mark: Mark


@dataclass(frozen=True)
class Tile:
    """One number of the summary."""

    number: str
    label: str
    detail: str
    mark: str


@dataclass(frozen=True)
class Page:
    """Everything on the page."""

    review: Review
    title: str
    stack: str
    verdict: str
    operations: str
    nothing: str
    """What stands for an empty list."""
    severities: tuple[tuple[Severity, int], ...]
    tiles: tuple[Tile, ...]
    findings: tuple[FindingCard, ...]
    diagram: Diagram
    roles: tuple[RoleCard, ...]
    transitions: tuple[TransitionCard, ...]
    changes: tuple[ChangeCard, ...]
    unknowns: tuple[tuple[str, str], ...]
    diagnostics: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    signs: Mapping[Mark, str]
    mark_words: Mapping[Mark, str]

    @property
    def items(self) -> int:
        """How many things the filter works on."""
        return sum(map(len, (self.findings, self.roles, self.transitions, self.changes)))


def page(review: Review) -> Page:
    """The page of a review."""
    worst: dict[str, int] = defaultdict(lambda: len(SEVERITIES))
    for one in review.findings:
        for key in (one.resource, *one.about):
            worst[key] = min(worst[key], SEVERITIES.index(one.severity))
    anchors = {one.key: f"role-{index}" for index, one in enumerate(review.roles, 1)}
    policies = {one.key: one for one in review.policies}
    roles = {one.key: _role(review, one, policies, anchors[one.key], worst) for one in review.roles}
    instances = {one.key: one for one in review.instances}
    found = [_transition(review, one, roles, instances, worst) for one in review.transitions]
    return Page(
        review=review,
        title=words.title(review),
        stack="/".join(part for part in (review.project, review.stack) if part),
        verdict=words.verdict(review),
        operations=words.operations(review) if review.ops else "",
        nothing="Not known: the preview failed." if review.result == "failed" else "None.",
        severities=tuple((name, sum(one.severity == name for one in review.findings)) for name in SEVERITIES),
        tiles=tuple(_tiles(review)),
        findings=tuple(_finding(one) for one in review.findings),
        diagram=draw(review),
        roles=tuple(sorted(roles.values(), key=lambda one: (not one.changed, one.severity, one.role.key))),
        transitions=tuple(sorted(found, key=lambda one: (not one.changed, one.severity))),
        changes=tuple(
            ChangeCard(worst[one.urn], True, one, words.place(one.urn), OPERATIONS.get(one.op, "change"))
            for one in review.changes
        ),
        unknowns=tuple((words.place(one.urn), one.message) for one in review.unknowns),
        diagnostics=tuple(
            (
                one.severity if one.times == 1 else f"{one.severity} ({one.times} times)",
                one.message,
                words.place(one.urn) if one.urn else "",
                one.details,
            )
            for one in review.diagnostics
        ),
        signs=SIGNS,
        mark_words=MARK_WORDS,
    )


def _tiles(review: Review) -> Iterable[Tile]:
    blast = review.blast
    if not review.ops:  # a preview that failed early: zeros would say that nothing happens
        return
    gained, lost = (sum(len(getattr(one, name)) for one in review.roles) for name in ("gained", "lost"))
    yield Tile(
        str(gained), _plural(gained, "permission", "gained"), f"by {words.count(blast.roles_gaining, 'role')}", "add"
    )
    yield Tile(str(lost), _plural(lost, "permission", "lost"), _by(blast.roles_losing), "del" if lost else "")
    moved = f"{blast.instances_moved} get, lose or swap a role"
    yield Tile(f"{blast.instances_touched} of {blast.instances}", "instances touched", moved, "change")
    if blast.instances_in_gap:
        yield Tile(str(blast.instances_in_gap), "without credentials", "for a moment, while roles are swapped", "warn")
    if blast.instances_losing_role:
        yield Tile(str(blast.instances_losing_role), "end without a role", "instances that hold one now", "warn")
    if blast.roles_more_trusted:
        text = words.count(blast.roles_more_trusted, "role")
        yield Tile(str(blast.roles_more_trusted), "more widely trusted", f"{text} that more may assume", "warn")
    opaque = {key for one in review.roles for side in (one.before, one.after) if side for key in side.opaque}
    unknown = len(review.unknowns) + blast.instances_unknown
    if opaque:
        yield Tile(str(len(opaque)), _plural(len(opaque), "policy", "not readable"), "named, and never guessed", "warn")
    if unknown:
        yield Tile(str(unknown), "not known yet", "the update decides it", "warn")
    if blast.outside is not None:
        yield Tile(str(blast.outside), "outside the stack", "instances that hold a changed role", "change")


def _by(roles: int) -> str:
    return f"by {words.count(roles, 'role')}" if roles else ""


def _plural(number: int, noun: str, rest: str) -> str:
    return f"{words.count(number, noun).partition(' ')[2]} {rest}"


def _finding(one: Finding) -> FindingCard:
    known = BY_ID.get(one.rule)  # those of guardrails say why themselves
    rationale = known.rationale if known else ""
    return FindingCard(SEVERITIES.index(one.severity), True, one, rationale, words.place(one.resource))


def _role(review: Review, one: Role, known: Mapping[str, Policy], anchor: str, worst: Mapping[str, int]) -> RoleCard:
    old, new = (set(side.policies) if side else set() for side in (one.before, one.after))
    policies = [_policy(known[key], old, new) for key in sorted(old | new) if key in known]
    entries = [*_grants(review, one.gained, one.lost)]
    entries += [_trust("add", principal) for principal in one.trust_gained]
    entries += [_trust("del", principal) for principal in one.trust_lost]
    side = one.after or one.before
    unclear = []
    for when, found in (("does", one.after), ("did", one.before)):
        if found and found.opaque:
            names = words.policy_names(review, found.opaque)
            unclear.append(f"What {names} {'allows' if when == 'does' else 'allowed'} is not known here.")
    unclear += [f"{text[:1].upper()}{text[1:]}." for text in (one.after.unknown if one.after else ())]
    mark = role_mark(one)
    touched = mark != "same" or any(line.mark != "same" for line in policies)
    holders = f"on {words.count(len(side.instances) if side else 0, 'instance')}"
    severity = min([worst[one.key], worst[one.urn or one.key]])
    return RoleCard(severity, touched, one, anchor, mark, holders, tuple(policies), tuple(entries), tuple(unclear))


def _policy(one: Policy, old: set[str], new: set[str]) -> PolicyLine:
    mark: Mark = "del" if one.key not in new else "add" if one.key not in old else "same"
    if mark == "same" and one.op in ("update", "replace"):
        mark = "change"
    return PolicyLine(mark, one, SOURCES[one.source])


def _transition(
    review: Review,
    one: Transition,
    roles: Mapping[str, RoleCard],
    instances: Mapping[str, Instance],
    worst: Mapping[str, int],
) -> TransitionCard:
    members = [instances[key] for key in one.instances if key in instances]
    unknown = any(found.role_unknown for found in members)
    before, after = roles.get(one.role_before or ""), roles.get(one.role_after or "")
    stays = after if one.role_before == one.role_after else None
    as_role = stays.anchor if stays and (stays.role.gained, stays.role.lost) == (one.gained, one.lost) else None
    changed = bool(one.gained or one.lost) or one.role_before != one.role_after or unknown
    moves = sorted({MOVES[found.move] for found in members})
    about = [worst[found.key] for found in members] + [after.severity if after else len(SEVERITIES)]
    return TransitionCard(
        severity=min(about),
        changed=changed or (stays is not None and stays.mark != "same"),
        before=_named(one.role_before, before),
        after="a role not known yet" if unknown else _named(one.role_after, after),
        moves=", ".join(moves),
        gaps=sum(found.gap for found in members),
        first=tuple(members[:MANY]),
        rest=tuple(members[MANY:]),
        entries=() if as_role else tuple(_grants(review, one.gained, one.lost)),
        opaque=one.opaque,
        as_role=as_role,
    )


def _named(key: str | None, card: RoleCard | None) -> str:
    return card.role.name if card else words.short(key) if key else "no role"


def _grants(review: Review, gained: Sequence[Grant], lost: Sequence[Grant]) -> Iterable[Entry]:
    sides: tuple[tuple[Mark, Sequence[Grant]], ...] = (("add", gained), ("del", lost))
    for mark, grants in sides:
        for one in grants:
            actions, resources = words.grant(one)
            origin = words.policy_names(review, one.policies)
            yield Entry(mark, actions, resources, tuple(words.limits(one)), origin)


def _trust(mark: Mark, one: Principal) -> Entry:
    verb = "may be assumed by" if mark == "add" else "may no longer be assumed by"
    return Entry(mark, f"{verb} {words.principal(one)}")
