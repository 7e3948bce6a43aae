"""How much some permissions are: everything, all of a service, or so many actions that write, read, list or decide
who may do what.

Neither cloud publishes what kind an action is; the verb is the only hint, and the lists of actions are not complete. So
a pattern is counted by the actions on the lists that it matches, and one that matches none counts as one, by its verb.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Literal

from pulumi_instance_role.data import actions
from pulumi_instance_role.policy.dialect import LANGUAGES, Dialect
from pulumi_instance_role.policy.fields import covers, key_of, meet
from pulumi_instance_role.policy.wildcard import literal, longest
from pulumi_instance_role.policy.work import TooMuch, exhausted, within
from pulumi_instance_role.review import model
from pulumi_instance_role.review.facts import limits
from pulumi_instance_role.review.model import Grant, ServiceSize, Size

Kind = Literal["permissions", "write", "read", "list"]
KINDS: tuple[Kind, ...] = ("permissions", "write", "read", "list")
"""Most harmful first."""
Deed = Literal["permissions", "end", "write"]
"""What rules ask of an action that does more than to look: writing that ends something is told apart."""
DEEDS: frozenset[Deed] = frozenset({"permissions", "end", "write"})
LABOUR = 20_000
"""Steps for one question about one permission; see ``policy.work``."""
COUNTING = 200_000
"""Steps for counting how much is gained and lost. What is not counted in that is taken for all that it may be."""

_IDENTITY = frozenset({"ram", "cam", "ims", "sts", "cloudsso", "resourcemanager", "resourcedirectory"})
_LISTING = re.compile(r"(?:Describe|List|Query|Inquir|Lookup|Search|Check|Count|Head)", re.IGNORECASE)
_READING = re.compile(
    r"(?:Get|Read|Select|Download|Preview|Validate|Simulate|Estimate|View|Fetch|Scan|Generate\w*Report)", re.IGNORECASE
)
_DECIDES = ("Policy", "Policies", "Acl", "Permission", "Grant", "Authoriz")
_DECIDING = re.compile(rf"(?:PassRole|AssumeRole|.*(?:{'|'.join(_DECIDES)})[a-z]*$)", re.IGNORECASE)
_ENDS = (
    "Delete", "Remove", "Release", "Terminate", "Destroy", "Purge", "Drop", "Clear", "Erase", "Isolate", "Reset",
)  # fmt: skip
_ENDING = re.compile("|".join(_ENDS), re.IGNORECASE)
_BESIDE: tuple[model.Deed, ...] = ("permissions", "write")
_MOST = 4  # examples
_ASKED = 50  # names that are like those that a pattern matches: with more, one of them is taken to be there


def kind_of(service: str, name: str) -> Kind:
    """What an action does, by its verb: ``name`` without the service."""
    if _LISTING.match(name):
        return "list"
    if _READING.match(name):
        return "read"
    if service in _IDENTITY or _DECIDING.match(name):
        return "permissions"
    return "write"


def ends(action: str) -> bool:
    """Whether an action ends something, which no other call brings back; ``action`` may have wildcards."""
    return bool(_ENDING.match(action.rpartition(":")[2]))


def deeds(grant: Grant, cloud: str) -> Mapping[str, frozenset[Deed]]:
    """What each pattern of actions in a permission lets its holders do: what the listed actions do that it holds, and
    what others could do that it matches and that are in no list. It is everything where asking takes too long.

    Limit: of an action that is in no list of any service, a wider pattern may tell less than its own name does.
    """
    known = limits(cloud)
    return {text: _deeds(grant, text, cloud, known.language) for text in grant.actions} if known else {}


def _deeds(grant: Grant, text: str, cloud: str, dialect: Dialect) -> frozenset[Deed]:
    found: set[Deed] = set()
    try:
        for one in _spread(grant, text):
            alone = replace(grant, actions=(one,))
            for service in _services(one, cloud, dialect):
                table = _table(cloud, service, dialect)
                for name in _near(one, table, dialect):
                    deed = _deed(service, table[name])
                    if deed and deed not in found and gives(alone, name, dialect):
                        found.add(deed)
                if found == DEEDS:
                    return DEEDS
            found |= _unlisted(alone, one, dialect, found)
    except TooMuch:
        return DEEDS
    return frozenset(found)


def _deed(service: str, name: str) -> Deed | None:
    kind = kind_of(service, name)
    if kind == "write":
        return "end" if ends(name) else "write"
    return "permissions" if kind == "permissions" else None


def _unlisted(grant: Grant, text: str, dialect: Dialect, known: Collection[Deed]) -> set[Deed]:
    """What else actions could do that a pattern matches and that are in no list, by their names."""
    service, _, name = dialect.fold_action(text.split(" & ")[-1]).rpartition(":")
    start = literal(name)
    found: set[Deed] = set()
    sure = _deed(service.lower(), start)
    if sure is None:
        return found
    found.add(sure)
    if start == name:
        return found
    if "end" not in known and any(gives(grant, f"{service}:{verb}*", dialect) for verb in _ENDS):
        found.add("end")
    if "permissions" not in known:
        like = _decisive(dialect)
        first = bisect_left(like, start)
        near = [one for one in like[first : first + _ASKED] if one.startswith(start)]
        if len(near) == _ASKED or any(gives(grant, f"{service}:{one}", dialect) for one in near):
            found.add("permissions")
    return found


@cache
def _decisive(dialect: Dialect) -> Sequence[str]:
    """Names of actions that decide who may do what, of all services and clouds, in order: a service whose list is not
    complete may have one like them."""
    listed = {
        name
        for cloud in LANGUAGES
        for service, names in actions(cloud).items()
        if service not in _IDENTITY
        for name in names
        if _deed(service, name) == "permissions"
    }
    return sorted({dialect.fold_action(one) for one in listed | {"PutBucketACL", "PutObjectACL"}})


def whole(text: str, dialect: Dialect) -> bool:
    """Whether a pattern of actions has all of a service, or more."""
    name = _bare(text, dialect).rpartition(":")[2]
    return " & " not in text and "*" in name and not name.replace("?", "", 1).strip("*")


def size(grants: Iterable[Grant], cloud: str) -> Size:
    """How much ``grants`` are together."""
    known = limits(cloud)
    return _size(tuple(grants), cloud, known.language) if known else Size()


def _size(grants: tuple[Grant, ...], cloud: str, dialect: Dialect) -> Size:
    wide = [one for one in grants if "*" in one.actions and not all(map(service_in, one.resources))]
    if wide:
        left_out = {text for one in wide for text in one.not_actions}
        left_out |= {
            text
            for one in wide
            for gone in one.exempt
            if gone.why in ("already", "still", "denied") and not gone.conditions and "*" in gone.resources
            for text in gone.actions
        }
        return Size(True, tuple(sorted(left_out)), ())
    held: dict[str, dict[str, Kind]] = {}
    whole: set[str] = set()
    unlisted: dict[str, set[str]] = {}
    patterns: dict[str, list[Grant]] = {}
    for one in grants:
        for text in dict.fromkeys(each for action in one.actions for each in _spread(one, action)):
            services = _services(text, cloud, dialect)
            for service in services:
                found = held.setdefault(service, {})
                if " & " not in text and not one.not_actions and _bare(text, dialect) == f"{service}:*":
                    whole.add(service)
                listed = _held(one, text, _table(cloud, service, dialect), dialect)
                found |= {name: kind_of(service, name) for name in listed}
                if not listed and len(services) == 1:
                    name = text.split(" & ")[0].rpartition(":")[2]
                    found[name] = kind_of(service, name)
                    unlisted.setdefault(service, set()).add(name)
                if len(services) == 1:
                    patterns.setdefault(service, []).append(replace(one, actions=(text,)))
    sizes = (_service(name, held[name], unlisted, whole) for name in sorted(held) if held[name])
    return Size(False, (), tuple(_beside(one, patterns.get(one.service, ()), dialect) for one in sizes))


def _beside(one: ServiceSize, grants: Iterable[Grant], dialect: Dialect) -> ServiceSize:
    """With what actions that are in no list may do beside, as the rules see it: the figures do not say less than they.
    Each permission has one pattern."""
    found: set[Deed] = {"permissions"} if one.permissions else set()
    found |= {"write", "end"} if one.write else set()
    for grant in grants:
        if found != DEEDS:
            found |= _unlisted(grant, grant.actions[0], dialect, found)
    acts = {"permissions": bool(one.permissions), "write": bool(one.write)}
    seen = {"permissions": "permissions" in found, "write": not found.isdisjoint({"write", "end"})}
    return replace(one, maybe=tuple(kind for kind in _BESIDE if seen[kind] and not acts[kind]))


@cache
def _table(cloud: str, service: str, dialect: Dialect) -> Mapping[str, str]:
    """The actions of a service by what they are compared by, in order."""
    names = {dialect.fold_action(f"{service}:{name}"): name for name in actions(cloud).get(service, ())}
    return dict(sorted(names.items()))


def _spread(grant: Grant, text: str) -> Sequence[str]:
    """A pattern of actions; every action on the resources of some services is all of these services."""
    about = sorted({service_in(one) for one in grant.resources}) if text == "*" else []
    return [f"{service}:*" for service in about] if all(about) and about else [text]


def _held(grant: Grant, text: str, table: Mapping[str, str], dialect: Dialect) -> list[str]:
    """The actions of a service that a permission has by one of its patterns: few of them are looked at closely. All
    that the pattern may match count where looking takes too long."""
    near = _near(text, table, dialect)
    if exhausted() or _plain(grant, text):
        return [table[one] for one in near]
    alone = replace(grant, actions=(text,))
    return [table[one] for one in near if gives(alone, one, dialect)]


def _near(text: str, table: Mapping[str, str], dialect: Dialect) -> Sequence[str]:
    """The actions of a service that a pattern may match, as they are compared."""
    patterns = [dialect.fold_action(one) for one in text.split(" & ")]
    exact = next((one for one in patterns if not ("*" in one or "?" in one)), None)
    if exact is not None:
        return [exact] if exact in table else []
    starts, parts = tuple(map(literal, patterns)), tuple(map(longest, patterns))
    return [one for one in table if all(map(one.startswith, starts)) and all(part in one for part in parts)]


def _plain(grant: Grant, text: str) -> bool:
    """Whether a permission has just what one of its patterns says: a single action, and no exception."""
    return not ("*" in text or "?" in text or " & " in text or grant.exempt or grant.not_actions)


def _service(name: str, held: Mapping[str, Kind], unlisted: Mapping[str, set[str]], whole: set[str]) -> ServiceSize:
    counts = {kind: sum(one == kind for one in held.values()) for kind in KINDS}
    ranked = sorted(held, key=lambda action: (KINDS.index(held[action]), not ends(action), action))
    return ServiceSize(
        service=name,
        whole=name in whole,
        write=counts["write"],
        read=counts["read"],
        list=counts["list"],
        permissions=counts["permissions"],
        unlisted=len(unlisted.get(name, ())),
        examples=tuple(ranked[:_MOST]),
    )


def service_in(resource: str) -> str:
    """The service that a resource is of; empty where it does not say."""
    parts = resource.split(" & ")[0].lower().split(":")
    place = {"acs": 1, "qcs": 2}.get(parts[0])
    found = parts[place] if place is not None and len(parts) > place + 1 else ""
    return "" if "*" in found or "?" in found else found


def _bare(text: str, dialect: Dialect) -> str:
    return dialect.fold_action(text).lower()


def _services(text: str, cloud: str, dialect: Dialect) -> Sequence[str]:
    """The services that a pattern of actions is about."""
    start, colon, _ = literal(_bare(text.split(" & ")[0], dialect)).partition(":")
    if colon:
        return (start,)
    parts = [_bare(one, dialect).partition(":")[0] for one in text.split(" & ")]
    return [service for service in actions(cloud) if all(meet(part, service) for part in parts)]


def gives(grant: Grant, action: str, dialect: Dialect) -> bool:
    """Whether a gained permission has (part of) this action, as far as it can be told without a request. Yes, where
    that takes too long."""
    try:
        with within(LABOUR):
            return _gives(grant, action, dialect)
    except TooMuch:
        return True


def _gives(grant: Grant, action: str, dialect: Dialect) -> bool:
    target = dialect.fold_action(action)

    def over(pattern: str) -> bool:
        return covers(dialect.fold_action(pattern), target)

    if not any(all(meet(dialect.fold_action(p), target) for p in text.split(" & ")) for text in grant.actions):
        return False
    if any(over(one) for one in grant.not_actions):
        return False
    return not any(
        not one.conditions
        and not one.unless
        and not any(over(pattern) for pattern in one.not_actions)
        and any(all(over(p) for p in text.split(" & ")) for text in one.actions)
        and all(any(covers(key_of(w, dialect), key_of(r, dialect)) for w in one.resources) for r in grant.resources)
        for one in grant.exempt
        if one.why != "listed"
    )
