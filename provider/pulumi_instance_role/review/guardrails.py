"""Guardrails: what no change may let roles do, written by whoever answers for the account.

A file of entries, YAML or JSON, under the key ``guardrails`` (``guardrails.schema.json`` beside this module)::

    guardrails:
      - id: no-keys
        cloud: alibaba
        severity: critical
        reason: an instance needs no key, and one that it makes outlives it
        never:
          actions: ["ram:CreateAccessKey", "ims:CreateAccessKey"]
          except:
            - roles: ["key-rotation"]

``never`` is broken by a role that may do any of these actions on any of these resources after the update (with
``whole``: that may do one of them on all of one resource pattern). ``at_most`` is a policy document; it is broken by
whatever goes beyond it. Both are decided by the exact comparison of permissions, denials and conditions included, and
not by comparing text; each breach names the statements that open it.

Limits: policies on roles, not those on users and groups. A policy that cannot be read is not decided: see the rule
``guardrails-undecided``. A permission under a condition counts as one. A wildcard in one part of a resource is not
taken to reach into the next part, so that two buckets are two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pulumi_instance_role.language import listing, plural, say, template
from pulumi_instance_role.policy.dialect import LANGUAGES, Dialect, language_of
from pulumi_instance_role.policy.difference import Entry, gained
from pulumi_instance_role.policy.document import Document, PolicyError, parse
from pulumi_instance_role.policy.grants import Box, Holdings, boxes, holdings, intersection, understood
from pulumi_instance_role.policy.wildcard import matches, meet
from pulumi_instance_role.policy.work import TooMuch, within
from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import SEVERITIES, Guardrail, Severity
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.roles import RoleSeen, World
from pulumi_instance_role.review.rules.base import Context, Hit, Rule, listed
from pulumi_instance_role.review.written import BadFile, load

SCHEMA_FILE = Path(__file__).with_name("guardrails.schema.json")
PREFIX = "guardrail:"
"""What the rule of a guardrail begins with; its id follows."""
LABOUR = 200_000
"""Steps for one guardrail and one role."""
_PARTS = 5  # service, region, account and path of a resource, after the word that all begin with
PAGES = {
    "alibaba": "https://www.alibabacloud.com/help/en/ram/policy-elements",
    "tencent": "https://www.tencentcloud.com/document/product/598/10603",
}
_KEYS = ("id", "cloud", "severity", "reason", "roles", "never", "at_most")
_FIX = template(
    "Take the statements that are named out, or narrow them; or change the guardrail with whoever answers for it."
)


class BadGuardrails(ValueError):
    """The file has no guardrails. ``str()`` names the entry and what to write."""


@dataclass(frozen=True)
class Except:
    """What a ``never`` leaves out: for some roles, some actions on some resources."""

    roles: tuple[str, ...]
    document: Document | None  # None: everything


@dataclass(frozen=True)
class Rail:
    """One guardrail. ``document`` has what is never allowed, or all that is."""

    id: str
    cloud: str
    severity: Severity
    reason: str
    roles: tuple[str, ...]
    document: Document
    at_most: bool
    whole: bool = False
    excepts: tuple[Except, ...] = ()

    @property
    def dialect(self) -> Dialect:
        """The language of its cloud."""
        return language_of(self.cloud)


@dataclass(frozen=True)
class Breach:
    """A role that breaks a guardrail, by which permissions, from which statements of which policies."""

    rail: Rail
    role: RoleSeen
    entries: tuple[Entry, ...]

    @property
    def origins(self) -> list[tuple[str, int]]:
        """The statements: key of the policy, and the statement's place in it."""
        found = {origin for entry in self.entries for origin in entry.origins if origin}
        return sorted((key, int(place)) for key, _, place in (one.rpartition("#") for one in found))


def read(text: str) -> tuple[Rail, ...]:
    """The guardrails of a file. Raises :class:`BadGuardrails`."""
    try:
        raw = load(text)
    except BadFile as error:
        raise BadGuardrails(str(error)) from None
    if not isinstance(raw, dict) or set(raw) != {"guardrails"} or not isinstance(raw["guardrails"], list):
        raise BadGuardrails("must be an object with the one key guardrails, a list of entries")
    rails = tuple(_rail(f"guardrails[{index}]", one) for index, one in enumerate(raw["guardrails"]))
    twice = sorted({one.id for one in rails if [other.id for other in rails].count(one.id) > 1})
    if twice:
        raise BadGuardrails(f"the id {twice[0]} is there twice; each guardrail has its own")
    return rails


def breaches(picture: Picture, rails: Iterable[Rail]) -> tuple[Breach, ...]:
    """The guardrails that roles break after the update."""
    found = []
    for rail in rails:
        for role in _roles(picture.after, rail):
            entries = _beyond(rail, role, picture.after)
            if entries:
                found.append(Breach(rail, role, entries))
    return tuple(found)


def checked(picture: Picture, rails: Sequence[Rail]) -> tuple[tuple[Rule, ...], tuple[Guardrail, ...]]:
    """A rule for each guardrail, and one for what could not be decided; and how many roles break each."""
    found = breaches(picture, rails)
    mine = {rail.id: [one for one in found if one.rail.id == rail.id] for rail in rails}
    made = [replace(rule_of(one.id, one.cloud, one.severity, one.reason), check=_check(mine[one.id])) for one in rails]
    said = tuple(Guardrail(one.id, one.severity, one.reason, one.cloud, len(mine[one.id])) for one in rails)
    return (*made, replace(UNDECIDED, check=_undecided(picture, rails))), said


def severities(rails: Iterable[Rail]) -> dict[str, Severity]:
    """The ids of the rules that come of guardrails, with their severities."""
    return {**{f"{PREFIX}{one.id}": one.severity for one in rails}, UNDECIDED.id: UNDECIDED.severity}


def rule_of(name: str, cloud: str, severity: Severity, reason: str) -> Rule:
    """The rule of a guardrail, which sees nothing yet."""
    title = say("Guardrail {name}", name=name)
    return Rule(f"{PREFIX}{name}", severity, title, reason, _FIX, PAGES[cloud], _nothing)


def _nothing(_: Context) -> tuple[Hit, ...]:
    return ()


UNDECIDED = Rule(
    "guardrails-undecided", "high", "Guardrails that could not be checked",
    "A policy that is new on a role and cannot be read may allow what a guardrail forbids.",
    "Run with --live, or use a policy whose document is known.",
    PAGES["alibaba"], _nothing,
)  # fmt: skip


# -- deciding ------------------------------------------------------------------------------------------------------
def _roles(world: World, rail: Rail) -> Iterator[RoleSeen]:
    for key in sorted(world.roles):
        role = world.roles[key]
        if role.where.cloud == rail.cloud and world.found(key) is not None and _named(role.name, rail.roles):
            yield role


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(matches(one.casefold(), name.casefold()) for one in patterns)


def _beyond(rail: Rail, role: RoleSeen, world: World) -> tuple[Entry, ...]:
    """The permissions of a role that break a guardrail."""
    dialect = rail.dialect
    applying = [one for one in rail.excepts if _named(role.name, one.roles)]
    if any(one.document is None for one in applying):
        return ()
    with within(LABOUR):
        held = holdings(_statements(role, world), dialect)
        limit = holdings([("", rail.document)], dialect)
        left_out = holdings([("", one.document) for one in applying if one.document is not None], dialect).allows
        if rail.at_most:
            return gained(limit, held)
        if rail.whole:
            return _wholly(held, limit, left_out)
        return gained(Holdings((), (), dialect), _both(held, limit, left_out))


def _both(held: Holdings, limit: Holdings, left_out: Sequence[Box]) -> Holdings:
    """What is held and within a limit, less what is left out."""
    shared: dict[Box, None] = {}
    try:
        for box in limit.allows:
            for mine in held.allowing.near(box):
                one = intersection(mine, box, held.dialect) if _share_parts(mine, box, held.dialect) else None
                if one is not None:
                    shared[one] = None
    except TooMuch:
        return held  # everything that is held counts
    return Holdings(tuple(shared), (*held.denies, *left_out), held.dialect, held.whole)


def _share_parts(one: Box, other: Box, dialect: Dialect) -> bool:
    """Whether the resources of two boxes have something in common part by part, where both are written in parts."""
    if dialect.resource_parts is not None:
        return True  # they are compared by their parts anyway
    for a in one.resources:
        for b in other.resources:
            parts, others = a.text.split(":", _PARTS - 1), b.text.split(":", _PARTS - 1)
            if len(parts) == len(others) == _PARTS and not all(map(meet, parts, others)):
                return False
    return True


def _wholly(held: Holdings, limit: Holdings, left_out: Sequence[Box]) -> tuple[Entry, ...]:
    """The parts of a limit that are held with nothing missing, as entries with where they come from."""
    found: list[Entry] = []
    for box in limit.allows:
        mine = Holdings((box,), tuple(left_out), held.dialect)
        if not gained(held, mine) or any(one.allows for one in held.whole):
            open_to = gained(Holdings((), (), held.dialect), _both(held, Holdings((box,), (), held.dialect), left_out))
            found += open_to or [Entry((box.actions,), (box.resources,), (), (), ())]
    return tuple(found)


def _statements(role: RoleSeen, world: World) -> Iterator[tuple[str, Document]]:
    """The readable statements of a role, one by one, so that each can be named."""
    for key in sorted(role.policies):
        document = world.policies[key].document
        for statement in document.statements if document is not None else ():
            assert document is not None
            yield f"{key}#{statement.place}", replace(document, statements=(statement,))


# -- findings ------------------------------------------------------------------------------------------------------
def _check(found: Sequence[Breach]) -> Callable[[Context], Iterable[Hit]]:
    return lambda context: _hits(context, found)


def _hits(context: Context, found: Iterable[Breach]) -> Iterator[Hit]:
    for breach in found:
        role = next((one for one in context.review.roles if one.key == breach.role.key), None)
        if role is None:
            continue
        places: dict[str, list[int]] = {}
        for key, place in breach.origins:
            places.setdefault(key, []).append(place)
        word = breach.rail.dialect.statement_key
        named = [
            say(
                "{policy} {statements}",
                policy=context.policies[key].name,
                statements=listing(f"{word}[{place}]" for place in some),
            )
            for key, some in places.items()
            if key in context.policies
        ]
        actions = listed(_text(meet) for entry in breach.entries for meet in entry.actions)
        resources = listed(_text(meet) for entry in breach.entries for meet in entry.resources)
        if breach.rail.at_most:
            text = template("may do more than it may at most ({reason}): {what}; opened by {statements}")
        else:
            text = template("may do what it never may ({reason}): {what}; opened by {statements}")
        what = say("{actions} on {resources}", actions=actions, resources=resources)
        if not all(entry.compared for entry in breach.entries):
            what = say("{what}, as far as it could be compared", what=what)
        if not all(understood(one, breach.rail.dialect) for entry in breach.entries for one in entry.conditions):
            what = say("{what}, under conditions that are not understood here", what=what)
        opened = listing(named, "; ") if named else say("its policies")
        message = say(text, reason=breach.rail.reason, what=what, statements=opened)
        holders = role.after.instances if role.after else ()
        yield context.hit(role, places, message, breach.rail.id, holders)


def _text(meet: Iterable[Any]) -> str:
    return " & ".join(pattern.text for pattern in meet)


def _undecided(picture: Picture, rails: Sequence[Rail]) -> Callable[[Context], Iterable[Hit]]:
    def check(context: Context) -> Iterator[Hit]:
        for role in context.review.roles:
            seen = picture.after.roles.get(role.key)
            about = [one.id for one in rails if one.cloud == role.cloud and _named(role.name, one.roles)]
            if seen is None or role.after is None or not about:
                continue
            hidden = [one for one in role.gained_unknown if one.why not in ("uncompared", *words.DOUBTS)]
            if hidden or set(role.after.unknown) - set(role.before.unknown if role.before else ()):
                keys = sorted({one.policy for one in hidden if one.policy is not None})
                names = listed(picture.after.policies[key].name for key in keys if key in picture.after.policies)
                message = plural(
                    "guardrail {guardrails} cannot be checked against {policies}, which cannot be read here",
                    "guardrails {guardrails} cannot be checked against {policies}, which cannot be read here",
                    len(about),
                    guardrails=listed(about),
                    policies=names or say("a policy not known yet"),
                )
                yield context.hit(role, keys, message, "undecided", role.after.instances)

    return check


# -- reading -------------------------------------------------------------------------------------------------------
def _rail(where: str, raw: Any) -> Rail:
    if not isinstance(raw, dict):
        raise BadGuardrails(f"{where} must be an object with {', '.join(_KEYS)}")
    _only(where, raw, _KEYS)
    name = raw.get("id")
    if not isinstance(name, str) or not name or not all(one.isalnum() or one in "-_." for one in name):
        raise BadGuardrails(f"{where}: id must be a word of letters, digits, -, _ and .")
    where = f"{where} ({name})"
    cloud = raw.get("cloud")
    if not isinstance(cloud, str) or cloud not in LANGUAGES:
        raise BadGuardrails(f"{where}: cloud must be {' or '.join(LANGUAGES)}, not {cloud!r}")
    if raw.get("severity") not in SEVERITIES:
        raise BadGuardrails(f"{where}: severity must be one of {', '.join(SEVERITIES)}, not {raw.get('severity')!r}")
    reason = raw.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise BadGuardrails(f"{where}: reason must say why")
    if ("never" in raw) is ("at_most" in raw):
        raise BadGuardrails(f"{where} must have never or at_most, one of the two")
    dialect = language_of(cloud)
    base = Rail(
        name, cloud, raw["severity"], " ".join(reason.split()), _texts(f"{where}: roles", raw.get("roles", ["*"])),
        Document("permission", (), dialect), at_most="at_most" in raw,
    )  # fmt: skip
    if base.at_most:
        return replace(base, document=_document(f"{where}: at_most", raw["at_most"], dialect))
    never = raw["never"]
    if not isinstance(never, dict):
        raise BadGuardrails(f"{where}: never must be an object with actions, resources, whole and except")
    _only(f"{where}: never", never, ("actions", "resources", "whole", "except"))
    if not isinstance(never.get("whole", False), bool):
        raise BadGuardrails(f"{where}: never.whole must be true or false")
    listed_ = never.get("except", [])
    if not isinstance(listed_, list):
        raise BadGuardrails(f"{where}: never.except must be a list")
    return replace(
        base,
        document=_statement(f"{where}: never", never, dialect),
        whole=never.get("whole", False),
        excepts=tuple(_except(f"{where}: never.except[{n}]", one, dialect) for n, one in enumerate(listed_)),
    )


def _except(where: str, raw: Any, dialect: Dialect) -> Except:
    if not isinstance(raw, dict) or not raw:
        raise BadGuardrails(f"{where} must be an object with roles, actions or resources")
    _only(where, raw, ("roles", "actions", "resources"))
    document = _statement(where, {"actions": ["*"], **raw}, dialect) if {"actions", "resources"} & set(raw) else None
    return Except(_texts(f"{where}: roles", raw.get("roles", ["*"])), document)


def _statement(where: str, raw: Mapping[str, Any], dialect: Dialect) -> Document:
    statement = {
        dialect.effect_key: dialect.allow,
        dialect.action_key: list(_texts(f"{where}: actions", raw.get("actions"))),
        dialect.resource_key: list(_texts(f"{where}: resources", raw.get("resources", ["*"]))),
    }
    source = {dialect.version_key: dialect.version, dialect.statement_key: [statement]}
    return _document(where, source, dialect)


def _document(where: str, source: Any, dialect: Dialect) -> Document:
    try:
        found = parse(source if isinstance(source, (str, Mapping)) else {}, "permission", dialect)
        if len(_boxes(found)) > 5000:
            raise BadGuardrails(f"{where}: it has too many actions on too many resources")
        return found
    except PolicyError as error:
        raise BadGuardrails(f"{where}: {error}") from None


def _boxes(document: Document) -> list[Box]:
    return [box for statement in document.statements for box in boxes(statement, document.dialect)]


def _texts(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise BadGuardrails(f"{where} must be a list of texts")
    return tuple(value)


def _only(where: str, raw: Mapping[str, Any], known: Sequence[str]) -> None:
    unknown = sorted(str(one) for one in raw if one not in known)
    if unknown:
        raise BadGuardrails(f"{where} has {', '.join(unknown)}; known here: {', '.join(known)}")
