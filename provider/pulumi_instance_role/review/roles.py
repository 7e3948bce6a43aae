"""One side of the picture: which policies are on which role, which instance holds which role, and what that allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pulumi_instance_role.clouds.port import SYSTEM
from pulumi_instance_role.policy.document import Document, PolicyError
from pulumi_instance_role.policy.grants import Holdings, holdings
from pulumi_instance_role.review import permissions
from pulumi_instance_role.review.declared import Declared, Side, Where, policy_key
from pulumi_instance_role.review.facts import limits
from pulumi_instance_role.review.model import Principal, RoleSide, Source, Unknown
from pulumi_instance_role.review.published import published


@dataclass(frozen=True)
class Live:
    """What the cloud says now, by key. A key that is absent was not asked for, or not answered."""

    documents: Mapping[str, str] = field(default_factory=dict)  # policy key -> document
    attachments: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)  # role key -> (type, name)
    trust: Mapping[str, str] = field(default_factory=dict)  # role key -> trust policy
    holders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # role key -> instance ids
    notes: tuple[str, ...] = ()


@dataclass
class PolicySeen:
    """A policy on one side. ``document`` is ``None`` when it cannot be read here."""

    key: str
    where: Where
    name: str
    policy_type: str
    source: Source
    document: Document | None
    declared: Declared | None = None
    url: str | None = None
    date: str | None = None


@dataclass
class RoleSeen:
    """A role on one side."""

    key: str
    where: Where
    name: str
    declared: Declared | None = None
    policies: set[str] = field(default_factory=set)
    instances: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)


@dataclass
class Held:
    """What one instance holds on one side."""

    role: str | None
    by: set[str] = field(default_factory=set)
    unknown: bool = False
    own: str | None = None  # the instance's own resource, where it is one of the stack's


class World:
    """All of one side. ``past`` is the other one, for what is only known from there."""

    def __init__(self, side: Side, live: Live | None, past: World | None = None) -> None:
        self.side = side
        self.live = live or Live()
        self.policies: dict[str, PolicySeen] = {}
        self.roles: dict[str, RoleSeen] = {}
        self.instances: dict[str, Held] = {}
        self.places: dict[str, Where] = {}
        self.unknowns: list[Unknown] = []
        self._holdings: dict[str, Holdings] = {}
        self._attached: dict[str, set[str]] = {}
        self._deleted: set[str] = set()  # roles that the update takes away, whoever goes on naming them
        for one in side.of("role"):
            self._role(side.role_key(one), one.where, one.text("name") or one.step.name).declared = one
        for one in side.of("policy", "pass_role"):
            self._declare(one)
        for one in side.of("attachment", "pass_role"):
            self._attach(one)
        for one in side.of("instance"):
            self._hold_by_itself(one, past)
        for one in side.of("binding"):
            self._bind(one)
        for one in side.of("template"):
            self._give_later(one)
        self._settle(past)

    def found(self, key: str) -> RoleSide | None:
        """A role as a review says it; ``None`` when it is not there on this side."""
        role = self.roles.get(key)
        if role is None or key in self._deleted:
            return None
        if role.declared is None and not role.policies and not role.instances and not role.unknown:
            return None
        seen = [self.policies[one] for one in sorted(role.policies)]
        return RoleSide(
            trust=self._trust(role),
            policies=tuple(one.key for one in seen),
            grants=permissions.stated((one.key, one.document) for one in seen if one.document is not None),
            opaque=tuple(one.key for one in seen if one.document is None),
            unknown=tuple(sorted(set(role.unknown))),
            instances=tuple(sorted(role.instances)),
        )

    def holdings(self, key: str | None, cloud: str) -> Holdings:
        """What the readable policies of a role allow and deny; nothing for no role."""
        known = limits(cloud)
        assert known is not None
        if key is None or key not in self.roles or key in self._deleted:
            return Holdings((), (), known.language)
        if key not in self._holdings:
            seen = (self.policies[one] for one in sorted(self.roles[key].policies))
            readable = [(one.key, one.document) for one in seen if one.document is not None]
            self._holdings[key] = holdings(readable, known.language)
        return self._holdings[key]

    def opaque(self, key: str | None) -> bool:
        """Whether a role may do more or less than what can be read here."""
        role = self.roles.get(key or "")
        return role is not None and (
            bool(role.unknown) or any(self.policies[one].document is None for one in role.policies)
        )

    # -- from resources ----------------------------------------------------------------------------------------
    def _role(self, key: str, where: Where, name: str) -> RoleSeen:
        return self.roles.setdefault(key, RoleSeen(key, where, name))

    def _declare(self, one: Declared) -> None:
        key = self.side.policy_key(one)
        seen = PolicySeen(key, one.where, one.text("name") or one.step.name, "Custom", "stack", None, one)
        text = self.live.documents.get(key) if self.side.time == "before" else None
        if text is not None:
            seen.source = "live"
        if text is None and one.unknown("document"):
            seen.source = "unknown"
            self._unknown(one, "document", "the document is not known before the update")
        elif (source := text or one.values.get("document")) is not None:
            self._read(seen, source, one)
        else:
            seen.source = "unknown"
            self._unknown(one, "document", "the preview does not show the document")
        self.policies[key] = seen

    def _read(self, seen: PolicySeen, source: object, one: Declared | None) -> None:
        known = limits(seen.where.cloud)
        read = permissions.document(source, "permission", known.language) if known else None
        if isinstance(read, Document):
            seen.document = read
        elif one is not None:
            reason = str(read) if isinstance(read, PolicyError) else "the cloud is not known here"
            seen.source = "unknown"
            self._unknown(one, "document", f"the document cannot be read: {reason}")
        else:
            seen.source = "opaque"

    def _attach(self, one: Declared) -> None:
        if one.shape.kind == "pass_role":
            if "role" not in one.values:
                return
            policy: str | None = self.side.policy_key(one)
        else:
            policy = self.side.policy_of(one)
        role = self.side.role_of(one)
        if role is None:
            self._unknown(one, "role", "the role is not known before the update")
            return
        seen = self._role(role, one.where, one.text("role") or role.rpartition("/")[2])
        if policy is None:
            seen.unknown.append(f"a policy that {one.step.name} puts on it")
            self._unknown(one, "policy", "the policy is not known before the update")
            return
        self._policy(policy, one.where, one.text("policy") or policy.rpartition("/")[2])
        seen.policies.add(policy)
        self._attached.setdefault(role, set()).add(policy)

    def _policy(self, key: str, where: Where, name: str) -> PolicySeen:
        """A policy that is attached: declared here, published, live, or opaque."""
        known = self.policies.get(key)
        if known is not None:
            return known
        kind = {"system": "System", "custom": "Custom"}.get(key.split("/")[-2], "")
        seen = PolicySeen(key, where, name, kind, "opaque", None)
        page = published(where.cloud).get(name.casefold()) if kind == SYSTEM else None
        if key in self.live.documents:
            seen.source = "live"
            self._read(seen, self.live.documents[key], None)
        elif page is not None:
            seen.source, seen.url, seen.date = "published", page.url, page.date
            self._read(seen, page.document, None)
        self.policies[key] = seen
        return seen

    def _hold_by_itself(self, one: Declared, past: World | None) -> None:
        """The role that the resource of an instance gives it, or shows on it."""
        key = self.side.instance_key(one)
        self.places[key] = one.where
        declares = any(one.state.inputs.get(name) is not None for name in one.shape.names["role"])
        if one.unknown("role") and not declares:
            # Computed by the cloud, not asked for by the program: a new instance has none.
            before = past.instances.get(key) if past else None
            self.instances[key] = Held(before.role if before and one.step.op == "update" else None, own=one.step.urn)
            return
        role = self.side.role_of(one) if "role" in one.values else None
        unknown = role is None and one.unknown("role")
        if unknown:
            self._unknown(one, "role", "the role is not known before the update")
        self.instances[key] = Held(role, {one.step.urn} if declares else set(), unknown, one.step.urn)
        if role is not None:
            self._role(role, one.where, one.text("role") or role.rpartition("/")[2])

    def _bind(self, one: Declared) -> None:
        role = self.side.role_of(one)
        keys, missing = self.side.instances_of(one)
        if role is not None:
            self._role(role, one.where, one.text("role") or role.rpartition("/")[2])
        elif keys or missing:
            self._unknown(one, "role", "the role is not known before the update")
        if missing:
            what = "instance is" if missing == 1 else "instances are"
            self._unknown(one, "instance_ids", f"{missing} {what} not known before the update")
        held = one.values.get("held")
        for key in keys:
            if key not in self.places or self.places[key].region is None:
                self.places[key] = one.where
            mine, unknown = role, role is None
            if self.side.time == "before" and isinstance(held, Mapping):
                name = held.get(key.rpartition("/")[2])
                unknown = False
                mine = None
                if isinstance(name, str):
                    mine = self.side.role_of(Declared(one.step, one.shape, one.where, {"role": name}, one.state))
                    if mine is not None:
                        self._role(mine, one.where, name)
            known = self.instances.get(key)
            if known is not None and known.by and not unknown and known.role == mine:
                known.by.add(one.step.urn)
            else:
                self.instances[key] = Held(mine, {one.step.urn}, unknown)

    def _give_later(self, one: Declared) -> None:
        """The role that a template gives to instances that nobody knows yet."""
        role = self.side.role_of(one) if "role" in one.values else None
        if role is not None:
            self._role(role, one.where, one.text("role") or role.rpartition("/")[2])
        elif "role" in one.values:
            self._unknown(one, "role", "the role is not known before the update")

    def _settle(self, past: World | None) -> None:
        if past is not None:
            was = {key for key, role in past.roles.items() if role.declared is not None}
            self._deleted = was - {key for key, role in self.roles.items() if role.declared is not None}
        for key, held in self.instances.items():
            if past is not None and not held.by and not held.unknown:
                before = past.instances.get(key)
                # What put it there is gone, and the resource only shows what it saw last. Where the resource itself
                # asked for the role and no longer does, its provider says what becomes of it.
                if before is not None and before.by - {held.own} and held.role == before.role:
                    held.role = None
            if held.role is not None:
                self.roles[held.role].instances.add(key)
        for key, role in self.roles.items():
            listed = self.live.attachments.get(key)
            if listed is None:
                continue
            now = {policy_key(role.where.scope, kind, name): name for kind, name in listed}
            declared_before = (past or self)._attached.get(key, set())
            if past is None:
                role.policies = set(now)
            else:
                role.policies |= set(now) - declared_before
            for policy in role.policies & set(now):
                self._policy(policy, role.where, now[policy])

    def _trust(self, role: RoleSeen) -> tuple[Principal, ...] | None:
        known = limits(role.where.cloud)
        text = self.live.trust.get(role.key) if self.side.time == "before" or role.declared is None else None
        if text is None and role.declared is not None and not role.declared.unknown("trust"):
            text = role.declared.values.get("trust")
        read = permissions.document(text, "trust", known.language) if known and text is not None else None
        return permissions.principals(read) if isinstance(read, Document) else None

    def _unknown(self, one: Declared, word: str, message: str) -> None:
        named = one.shape.names.get(word, (word,))
        present = next((name for name in named if name in one.state.inputs or name in one.state.outputs), named[0])
        self.unknowns.append(Unknown(one.step.urn, present, message))


def kept(unknowns: Iterable[Unknown]) -> tuple[Unknown, ...]:
    """Each once, in a fixed order."""
    return tuple(sorted(set(unknowns), key=lambda one: (one.urn, one.property, one.message)))
