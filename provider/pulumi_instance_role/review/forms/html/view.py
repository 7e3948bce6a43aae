"""What the page shows, put together in Python so that the template only writes it down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pulumi_instance_role.language import Text, plural, say, template
from pulumi_instance_role.review import words
from pulumi_instance_role.review.forms.html.diagram import MARK_WORDS, SIGNS, Diagram, Mark, draw, role_mark
from pulumi_instance_role.review.model import (
    SEVERITIES,
    Change,
    Finding,
    Grant,
    Group,
    Instance,
    Policy,
    Principal,
    Review,
    Role,
    Severity,
    Size,
    Source,
    Transition,
)
from pulumi_instance_role.review.rules import BY_ID
from pulumi_instance_role.review.rules.base import Rule

MANY = 12  # instances of one group that are listed before a reader asks for the rest
FEW = 4  # causes of one group
SOURCES: Mapping[Source, Text] = {
    "stack": say("document of this stack"),
    "published": say("document as published"),
    "live": say("document read from the cloud"),
    "opaque": say("document cannot be read here"),
    "unknown": say("document not known before the update"),
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
class GroupCard(Card):
    """Instances that change alike. ``amounts`` are what is gained and lost in short, ``entries`` every permission."""

    group: Group
    title: str
    ways: str
    causes: tuple[str, ...]
    more_causes: int
    amounts: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    unclear: tuple[str, ...]
    first: tuple[Instance, ...]
    rest: tuple[Instance, ...]


@dataclass(frozen=True)
class StayCard(Card):
    """Instances with one role for which nothing changes."""

    role: str
    first: tuple[Instance, ...]
    rest: tuple[Instance, ...]


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
    nobody: str
    """What stands for the instances of a role that none holds."""
    broken: bool
    """Whether the preview said an error, and not only warnings."""
    severities: tuple[tuple[Severity, int], ...]
    tiles: tuple[Tile, ...]
    findings: tuple[FindingCard, ...]
    diagram: Diagram
    groups: tuple[GroupCard, ...]
    roles: tuple[RoleCard, ...]
    staying: tuple[StayCard, ...]
    changes: tuple[ChangeCard, ...]
    unknowns: tuple[tuple[str, str], ...]
    diagnostics: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    signs: Mapping[Mark, str]
    mark_words: Mapping[Mark, str]

    @property
    def items(self) -> int:
        """How many things the filter works on."""
        return sum(map(len, (self.groups, self.findings, self.roles, self.staying, self.changes)))


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
    staying = [_staying(one, roles, instances, worst) for one in review.transitions]
    return Page(
        review=review,
        title=words.title(review),
        stack="/".join(part for part in (review.project, review.stack) if part),
        verdict=words.verdict(review),
        operations=words.operations(review) if review.ops else "",
        nothing=say("Not known: the preview failed.") if review.result == "failed" else say("None."),
        nobody=say("none in this stack"),
        broken=any(one.severity == "error" for one in review.diagnostics),
        severities=tuple((name, sum(one.severity == name for one in review.findings)) for name in SEVERITIES),
        tiles=tuple(_tiles(review)),
        findings=tuple(finding_card(one, BY_ID) for one in review.findings),
        diagram=draw(review),
        roles=tuple(sorted(roles.values(), key=lambda one: (not one.changed, one.severity, one.role.key))),
        groups=tuple(_group(review, one, instances, worst) for one in review.groups),
        staying=tuple(one for one in staying if one.first),
        changes=tuple(
            ChangeCard(worst[one.urn], True, one, words.place(one.urn), OPERATIONS.get(one.op, "change"))
            for one in review.changes
        ),
        unknowns=tuple((words.place(one.urn), one.message) for one in review.unknowns),
        diagnostics=tuple(
            (
                words.level(one),
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
    gained, lost = blast.instances_gaining, blast.instances_losing
    gaining = plural("instance gaining", "instances gaining", gained)
    if gained or not blast.instances_gaining_unknown:
        yield Tile(str(gained), gaining, say("permissions that they had not"), "add")
    losing = plural("instance losing", "instances losing", lost)
    if lost or not blast.instances_losing_unknown:
        yield Tile(str(lost), losing, say("permissions that they had"), "del" if lost else "")
    may_gain, may_lose = words.maybe(review)
    for number, label in (
        (may_gain, template("maybe gaining permissions")),
        (blast.instances_gaining_unknown - may_gain, template("gaining what is not known")),
        (may_lose, template("maybe losing permissions")),
        (blast.instances_losing_unknown - may_lose, template("maybe losing what is not known")),
    ):
        if number:
            yield _tile(number, say(label), plural("instance", "instances", number))
    moved = plural("{number} gets, loses or swaps a role", "{number} get, lose or swap a role", blast.instances_moved)
    share = say("{number} of {all}", number=blast.instances_touched, all=blast.instances)
    touched = plural("instance touched", "instances touched", blast.instances)
    yield Tile(share, touched, moved, "change")
    if blast.instances_in_gap:
        yield _tile(blast.instances_in_gap, say("without credentials"), say("for a moment, while roles are swapped"))
    if blast.instances_losing_role:
        number = blast.instances_losing_role
        label = plural("ends without a role", "end without a role", number)
        yield _tile(number, label, plural("instance that holds one now", "instances that hold one now", number))
    if blast.roles_more_trusted:
        text = say("{roles} that more may assume", roles=words.roles(blast.roles_more_trusted))
        yield _tile(blast.roles_more_trusted, say("more widely trusted"), text)
    unknown = len(review.unknowns) + blast.instances_unknown
    if unknown:
        yield _tile(unknown, say("not known yet"), say("the update decides it"))
    if blast.outside is not None:
        text = plural("instance that holds a changed role", "instances that hold a changed role", blast.outside)
        yield Tile(str(blast.outside), say("outside the stack"), text, "change")


def _tile(number: int, label: str, detail: str) -> Tile:
    return Tile(str(number), label, detail, "warn")


def finding_card(one: Finding, rules: Mapping[str, Rule]) -> FindingCard:
    """A finding as a card; ``rules`` by id."""
    known = rules.get(one.rule)  # those of guardrails say why themselves
    rationale = say(known.rationale) if known else ""
    return FindingCard(SEVERITIES.index(one.severity), True, one, rationale, words.place(one.resource))


def _role(review: Review, one: Role, known: Mapping[str, Policy], anchor: str, worst: Mapping[str, int]) -> RoleCard:
    old, new = (set(side.policies) if side else set() for side in (one.before, one.after))
    policies = [_policy(known[key], old, new) for key in sorted(old | new) if key in known]
    entries = [*_grants(review, one.gained, one.lost)]
    entries += [_trust("add", principal) for principal in one.trust_gained]
    entries += [_trust("del", principal) for principal in one.trust_lost]
    mark = role_mark(one)
    touched = mark != "same" or any(line.mark != "same" for line in policies)
    holders = say("on {instances}", instances=words.instances(words.holders(one)))
    severity = min([worst[one.key], worst[one.urn or one.key]])
    return RoleCard(severity, touched, one, anchor, mark, holders, tuple(policies), tuple(entries), _unclear(one))


def _unclear(one: Role | Group) -> tuple[str, ...]:
    """What is not known of what it gains and loses."""
    return tuple(words.unclear(one))


def _policy(one: Policy, old: set[str], new: set[str]) -> PolicyLine:
    mark: Mark = "del" if one.key not in new else "add" if one.key not in old else "same"
    if mark == "same" and one.op in ("update", "replace"):
        mark = "change"
    return PolicyLine(mark, one, SOURCES[one.source])


def _group(review: Review, one: Group, instances: Mapping[str, Instance], worst: Mapping[str, int]) -> GroupCard:
    members = [instances[key] for key in one.instances if key in instances]
    sides: tuple[tuple[Mark, Size, Sequence[Grant]], ...] = (
        ("add", one.gained_size, one.gained),
        ("del", one.lost_size, one.lost),
    )
    gone = one.move == "gone"
    amounts = [Entry(mark, text) for mark, size, found in sides if found for text in words.amounts(size)]
    unsure = words.unsure(one)
    unclear = (*_unclear(one), *([unsure] if unsure else []))
    return GroupCard(
        severity=min((worst[key] for key in one.instances), default=len(SEVERITIES)),
        changed=True,
        group=one,
        title=words.group(one),
        ways=words.ways(review, one),
        causes=tuple(map(words.because, one.causes[:FEW])),
        more_causes=max(len(one.causes) - FEW, 0),
        amounts=() if gone else tuple(amounts),
        entries=() if gone else tuple(_grants(review, one.gained, one.lost)),
        unclear=() if gone else unclear,
        first=tuple(members[:MANY]),
        rest=tuple(members[MANY:]),
    )


def _staying(
    one: Transition, roles: Mapping[str, RoleCard], instances: Mapping[str, Instance], worst: Mapping[str, int]
) -> StayCard:
    members = [instances[key] for key in one.instances if instances[key].group is None]
    severity = min((worst[found.key] for found in members), default=len(SEVERITIES))
    card = roles.get(one.role_after or "")
    name = card.role.name if card else words.short(one.role_after)
    return StayCard(severity, False, name, tuple(members[:MANY]), tuple(members[MANY:]))


def _grants(review: Review, gained: Sequence[Grant], lost: Sequence[Grant]) -> Iterable[Entry]:
    sides: tuple[tuple[Mark, Sequence[Grant]], ...] = (("add", gained), ("del", lost))
    for mark, grants in sides:
        for one in grants:
            actions, resources = words.grant(one)
            origin = words.policy_names(review, one.policies)
            yield Entry(mark, actions, resources, tuple(words.limits(one)), origin)


def _trust(mark: Mark, one: Principal) -> Entry:
    return Entry(mark, words.trusts(one, gained=mark == "add"))
