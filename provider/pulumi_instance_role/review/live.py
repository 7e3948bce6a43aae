"""What the cloud says now about the roles of a picture: the one place where a review calls a cloud, and it only reads.

Credentials are found as everywhere else (docs/settings.md). What the caller may not read, and a cloud that cannot be
reached, become notes: a review with less is better than none, and it says what it lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import Literal, TypeVar

from pulumi_instance_role.clouds import NAMES, connect
from pulumi_instance_role.clouds.port import Cloud, CloudError, Instance, Settings
from pulumi_instance_role.language import say
from pulumi_instance_role.review.declared import Where, policy_key
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.roles import Live, PolicySeen, RoleSeen

_T = TypeVar("_T")


def look(picture: Picture) -> Live:
    """Ask for everything that the picture leaves open, and for what it takes from a state that may be old."""
    asked = _Asked(_kept(picture, "policies", "document"), _kept(picture, "roles", "trust"))
    for role in _roles(picture):
        asked.role(role, _regions(picture, role))
    for policy in picture.after.policies.values():
        if policy.document is None and policy.declared is None and policy.policy_type and policy.where.cloud in NAMES:
            asked.policy(policy.where, policy.policy_type, policy.name)
    asked.instances(_places(picture))
    notes = tuple(dict.fromkeys(asked.notes))
    return Live(
        asked.documents, asked.attachments, asked.trust, asked.holders, asked.held, notes, frozenset(asked.gone)
    )


class _Asked:
    """``secret_documents`` and ``secret_trust``: keys of policies and roles whose text the stack keeps secret."""

    def __init__(self, secret_documents: Set[str], secret_trust: Set[str]) -> None:
        self._secret_documents = secret_documents
        self._secret_trust = secret_trust
        self.documents: dict[str, str] = {}
        self.attachments: dict[str, tuple[tuple[str, str], ...]] = {}
        self.trust: dict[str, str] = {}
        self.holders: dict[str, tuple[str, ...]] = {}
        self.held: dict[str, tuple[Where, str | None]] = {}
        self.gone: set[str] = set()
        self.notes: list[str] = []

    def role(self, role: RoleSeen, regions: list[str | None]) -> None:
        """One role: trust, policies with their documents, and who holds it in each region."""
        name = role.name
        cloud = self._ask(say("role {role}", role=name), lambda: _connect(role.where, role.where.region))
        if cloud is None:
            return
        found = self._ask(say("role {role}", role=name), lambda: cloud.get_role(name))
        if found is None:
            return
        if found.trust_policy is not None and role.key not in self._secret_trust:
            self.trust[role.key] = found.trust_policy
        listed = self._ask(say("policies of role {role}", role=name), lambda: cloud.attachments(name))
        if listed is not None:
            self.attachments[role.key] = tuple(sorted((one.policy_type, one.policy) for one in listed))
            for one in listed:
                self._document(cloud, role.where, one.policy_type, one.policy)
        holders: set[str] = set()
        for region in regions:
            there = self._ask(say("instances of role {role}", role=name), partial(_holders, role.where, region, name))
            if there is None:
                return
            holders |= set(there)
        self.holders[role.key] = tuple(sorted(holders))

    def instances(self, places: Mapping[Where, Mapping[str, str]]) -> None:
        """What instances hold; ``places`` has, for each place, key and id of those that are there."""
        for where, ids in places.items():
            asked = partial(_instances, where, sorted(ids.values()))
            found = self._ask(say("instances in {region}", region=where.region), asked)
            if found is not None:
                self.held |= {key: (where, found[one].role) for key, one in ids.items() if one in found}
                self.gone |= {key for key, one in ids.items() if one not in found}

    def policy(self, where: Where, policy_type: str, name: str) -> None:
        """One policy that the update will put on a role."""
        cloud = self._ask(say("policy {name}", name=name), lambda: _connect(where, where.region))
        if cloud is not None:
            self._document(cloud, where, policy_type, name)

    def _document(self, cloud: Cloud, where: Where, policy_type: str, name: str) -> None:
        key = policy_key(where.scope, policy_type, name)
        if key not in self.documents and key not in self._secret_documents:
            policy = self._ask(say("policy {name}", name=name), lambda: cloud.get_policy(name, policy_type))
            if policy is not None:
                self.documents[key] = policy.document

    def _ask(self, what: str, call: Callable[[], _T]) -> _T | None:
        try:
            return call()
        except CloudError as error:
            self.notes.append(say("The cloud did not tell of the {what}: {error}", what=what, error=error))
            return None


def _kept(picture: Picture, kind: Literal["policies", "roles"], word: str) -> frozenset[str]:
    """Keys of what has a text that is secret on a side: the cloud would tell it to whoever reads the review."""
    found: set[str] = set()
    for world in (picture.before, picture.after):
        seen: Mapping[str, PolicySeen | RoleSeen] = world.policies if kind == "policies" else world.roles
        found |= {key for key, one in seen.items() if one.declared is not None and one.declared.secret(word)}
    return frozenset(found)


def _roles(picture: Picture) -> Iterator[RoleSeen]:
    for key in sorted({*picture.before.roles, *picture.after.roles}):
        role = picture.before.roles.get(key) or picture.after.roles[key]
        if role.where.cloud in NAMES and not key.partition(":role/")[2].startswith("urn:"):
            yield role


def _regions(picture: Picture, role: RoleSeen) -> list[str | None]:
    """The regions in which the stack has instances of the role's account; those of others are not asked."""
    places = [*picture.before.places.values(), *picture.after.places.values(), role.where]
    found = sorted({one.region for one in places if one.scope == role.where.scope and one.region})
    return [*found] if found else [role.where.region]


def _places(picture: Picture) -> dict[Where, dict[str, str]]:
    """Place -> key and id of each instance of the picture that exists there."""
    found: dict[Where, dict[str, str]] = {}
    for key in sorted({*picture.before.instances, *picture.after.instances}):
        where = picture.after.places.get(key) or picture.before.places.get(key)
        instance_id = key.rpartition("/")[2]
        if where is None or where.cloud not in NAMES or "urn:" in key:
            continue
        regions = (places.region for world in (picture.after, picture.before) if (places := world.places.get(key)))
        region = next((one for one in regions if one), None)
        if region is not None:
            found.setdefault(replace(where, region=region), {})[key] = instance_id
    return found


def _instances(where: Where, ids: Sequence[str]) -> Mapping[str, Instance]:
    return _connect(where, where.region).instances(ids)


def _holders(where: Where, region: str | None, role: str) -> Sequence[str]:
    return _connect(where, region).role_instances(role)


def _connect(where: Where, region: str | None) -> Cloud:
    return connect(Settings(where.cloud, region, where.profile, where.assume_role_arn))
