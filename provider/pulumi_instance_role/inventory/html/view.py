"""What the page of an inventory shows, put together so that the template only writes it down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pulumi_instance_role.clouds.port import Instance
from pulumi_instance_role.inventory import words
from pulumi_instance_role.inventory.audit import Audit, scope
from pulumi_instance_role.inventory.html.picture import draw
from pulumi_instance_role.inventory.model import Found, RoleFound, figures
from pulumi_instance_role.inventory.rules import RULES
from pulumi_instance_role.inventory.words import agree, count
from pulumi_instance_role.review.declared import role_key
from pulumi_instance_role.review.forms.html.diagram import MARK_WORDS, SIGNS, Diagram, Mark
from pulumi_instance_role.review.forms.html.view import Card, FindingCard, Tile, finding_card
from pulumi_instance_role.review.model import SEVERITIES, Grant, Review, Role, Severity
from pulumi_instance_role.review.words import grant, limits, policy_names, principal, some

MOST_FINDINGS, MOST_KEYS, MOST_UNREAD = 200, 200, 50
MOST_ENTRIES = 40
"""Permissions of one role, each in full."""
MOST_INSTANCES = 100
"""Instances of one role and VPC that are named."""
FEW = 3
"""Those of them that are seen before a reader asks for the rest."""


@dataclass(frozen=True)
class Crew:
    """The instances of one VPC: a few, the others that are named, and how many are not."""

    where: str
    number: int
    first: str
    rest: str
    unnamed: int


@dataclass(frozen=True)
class Permission:
    """A permission in words."""

    what: str
    on: str
    limits: tuple[str, ...]
    origin: str


@dataclass(frozen=True)
class RoleCard(Card):
    """A role, what it may do, and who holds it. ``changed``: whether anybody does."""

    name: str
    about: str
    level: Severity | None
    amounts: tuple[str, ...]
    unread: tuple[str, ...]
    trust: tuple[str, ...]
    policies: str
    crews: tuple[Crew, ...]
    entries: tuple[Permission, ...]
    more_entries: int


@dataclass(frozen=True)
class CrewCard(Card):
    """Instances of one VPC that hold no role, or of which it is not known."""

    name: str
    crew: Crew


@dataclass(frozen=True)
class AccountPage:
    """Everything on the page. Where a name is that of a review's ``Page``, the template uses it as there."""

    review: Review
    title: str
    heading: str
    about: tuple[str, ...]
    verdict: str
    """Empty: nobody asked what fails."""
    nothing: str
    nobody: str
    severities: tuple[tuple[Severity, int], ...]
    tiles: tuple[Tile, ...]
    diagram: Diagram
    findings: tuple[FindingCard, ...]
    more_findings: int
    roles: tuple[RoleCard, ...]
    without: tuple[CrewCard, ...]
    keys: tuple[tuple[str, str, str, str], ...]
    more_keys: int
    unread: tuple[tuple[str, str], ...]
    more_unread: int
    signs: Mapping[Mark, str]
    mark_words: Mapping[Mark, str]

    @property
    def items(self) -> int:
        """How many things the filter works on."""
        return sum(map(len, (self.findings, self.roles, self.without)))


def page(audit: Audit, *, verdict: bool) -> AccountPage:
    """The page of an audit."""
    found, review = audit.found, audit.review
    rules = {one.id: one for one in RULES}
    keys = words.by_use([key for one in found for key in one.keys or ()])
    unread = [(one.what, one.why) for account in found for one in account.unread]
    heading = words.title(found[0]) if len(found) == 1 else count(len(found), "account")
    return AccountPage(
        review=review,
        title=f"Inventory: {heading}",
        heading=heading,
        about=tuple(_about(found)),
        verdict=words.verdict(review.findings) if verdict else "",
        nothing="None.",
        nobody="none in the regions that were read",
        severities=tuple((name, sum(one.severity == name for one in review.findings)) for name in SEVERITIES),
        tiles=tuple(_tiles(found)),
        diagram=draw(audit),
        findings=tuple(
            replace(finding_card(one, rules), where=_place(one.resource, len(found)))
            for one in review.findings[:MOST_FINDINGS]
        ),
        more_findings=max(len(review.findings) - MOST_FINDINGS, 0),
        roles=tuple(sorted(_roles(audit), key=lambda one: one.severity)),
        without=tuple(_without(audit)),
        keys=tuple(map(words.key, keys[:MOST_KEYS])),
        more_keys=max(len(keys) - MOST_KEYS, 0),
        unread=tuple(unread[:MOST_UNREAD]),
        more_unread=max(len(unread) - MOST_UNREAD, 0),
        signs=SIGNS,
        mark_words=MARK_WORDS,
    )


def _place(key: str, accounts: int) -> str:
    """A key for a reader: ``role/web``; with the account, where there are several or nothing else."""
    return key if accounts > 1 else key.partition(":")[2] or key


def _about(found: Sequence[Found]) -> Iterable[str]:
    if len(found) > 1:
        yield from (words.title(one) for one in found)
    for one in found:
        yield f"{one.account_id}: {some(one.regions, 6)}" if len(found) > 1 else some(one.regions, 12)
        yield from words.shared(one)


def _tiles(found: Sequence[Found]) -> Iterable[Tile]:
    sums = figures(found)
    holding, bare = (agree(number, "holds", "hold") for number in (sums.with_role, sums.without_role))
    yield Tile(str(sums.with_role), f"{holding} a role", f"of {count(sums.instances, 'instance')}", "change")
    instances = agree(sums.without_role, "instance", "instances")
    yield Tile(str(sums.without_role), f"{bare} no role", instances, "warn" if sums.without_role else "")
    if sums.role_not_known:
        dark = agree(sums.role_not_known, "instance", "instances")
        yield Tile(str(sums.role_not_known), "not known", f"{dark} whose role could not be read", "warn")
    yield Tile(str(sums.roles_held), f"{agree(sums.roles_held, 'role', 'roles')} held", "by instances", "change")
    idle = "that instances may hold and nobody does"
    if sums.roles_idle is not None:
        blind = any(one.blind_regions for one in found)
        where = " where instances could be read" if blind else ""
        label = f"{agree(sums.roles_idle, 'role', 'roles')} idle"
        yield Tile(str(sums.roles_idle), label, f"{idle}{where}", "warn" if blind else "")
    else:
        yield Tile("?", "roles idle", "a list of roles could not be read", "warn")
    if sums.keys is not None:
        dark = f", of {sums.keys_use_not_known} it is not known" if sums.keys_use_not_known else ""
        mark = "warn" if sums.keys_idle or sums.keys_use_not_known else ""
        keys = agree(sums.keys, "AccessKey", "AccessKeys")
        yield Tile(str(sums.keys), keys, f"{sums.keys_idle} never used{dark}", mark)
    if sums.unread:
        yield Tile(str(sums.unread), "not read", f"{agree(sums.unread, 'part', 'parts')} of the account", "warn")


def _roles(audit: Audit) -> Iterable[RoleCard]:
    for account in audit.found:
        for name, instances, role in audit.ranked(account):
            yield _role(audit, account, name, instances, role)


def _role(audit: Audit, account: Found, name: str, instances: Sequence[Instance], found: RoleFound | None) -> RoleCard:
    key = role_key(scope(account), name)
    seen, may = audit.roles.get(key), audit.may(account, name)
    severity = audit.worst.get(key, len(SEVERITIES))
    owner = f"stack {words.stack(found)}" if found and found.owner else ""
    of = f"account {account.account_id}" if len(audit.found) > 1 else ""
    grants: Sequence[Grant] = seen.gained if seen else ()
    return RoleCard(
        severity=severity,
        changed=bool(instances),
        name=found.role.name if found else instances[0].role or name,
        about=", ".join(filter(None, (count(len(instances), "instance"), owner, of))),
        level=SEVERITIES[severity] if severity < len(SEVERITIES) else None,
        amounts=tuple(may.known) if may else (),
        unread=may.unread if may else (words.NOT_KNOWN,),
        trust=tuple(_trust(seen)),
        policies=words.policies(found),
        crews=tuple(_crews(instances)),
        entries=tuple(_entry(audit.review, one) for one in grants[:MOST_ENTRIES]),
        more_entries=max(len(grants) - MOST_ENTRIES, 0),
    )


def _trust(seen: Role | None) -> Iterable[str]:
    side = seen.after if seen else None
    if side is None or side.trust is None:
        yield words.NOT_KNOWN
    else:
        yield from (f"{'' if one.effect == 'allow' else 'not '}{principal(one)}" for one in side.trust)


def _entry(review: Review, one: Grant) -> Permission:
    return Permission(*grant(one), tuple(limits(one)), policy_names(review, one.policies))


def _crews(instances: Sequence[Instance]) -> Iterable[Crew]:
    """Instances by VPC, the most first."""
    together: dict[str, list[Instance]] = {}
    for one in instances:
        together.setdefault(f"{one.vpc_id or 'no VPC'} in {one.region}", []).append(one)
    for where, members in sorted(together.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        named = [_called(one) for one in members[:MOST_INSTANCES]]
        unnamed = len(members) - len(named)
        yield Crew(where, len(members), ", ".join(named[:FEW]), ", ".join(named[FEW:]), unnamed)


def _called(one: Instance) -> str:
    return f"{one.name} ({one.instance_id})" if one.name and one.name != one.instance_id else one.instance_id


def _without(audit: Audit) -> Iterable[CrewCard]:
    for account in audit.found:
        of = f" of account {account.account_id}" if len(audit.found) > 1 else ""
        for name, members in (("no role", account.without_role()), (words.NOT_KNOWN, account.role_not_known())):
            for crew in _crews(members):
                key = f"{scope(account)}:instance/{members[0].instance_id}"
                yield CrewCard(audit.worst.get(key, len(SEVERITIES)), True, f"{name}{of}", crew)
