"""One side of the picture: which policies are on which role, which instance holds which role, and what that allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_instance_role import data
from pulumi_instance_role.clouds.port import SYSTEM
from pulumi_instance_role.language import Text, plural, say
from pulumi_instance_role.policy import partial, trust
from pulumi_instance_role.policy.document import Document
from pulumi_instance_role.policy.grants import Holdings, holdings
from pulumi_instance_role.review import permissions
from pulumi_instance_role.review.declared import READ, Declared, Side, Where, passed_over, policy_key, role_key, written
from pulumi_instance_role.review.facts import limits
from pulumi_instance_role.review.model import Blank, Principal, RoleSide, Source, Unknown, Unread


@dataclass(frozen=True)
class Live:
    """What the cloud says now, by key. A key that is absent was not asked for, or not answered."""

    documents: Mapping[str, str] = field(default_factory=dict)  # policy key -> document
    attachments: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)  # role key -> (type, name)
    trust: Mapping[str, str] = field(default_factory=dict)  # role key -> trust policy
    holders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # role key -> instance ids
    held: Mapping[str, tuple[Where, str | None]] = field(default_factory=dict)  # instance key -> place, role's name
    notes: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()  # keys of instances that do not exist any more


@dataclass
class PolicySeen:
    """A policy on one side. ``document`` is what can be read of it (``None``: nothing), ``blanks`` name what cannot.

    Each blank has a mark, by which one that is the same on both sides is known to be the same.
    """

    key: str
    where: Where
    name: str
    policy_type: str
    source: Source
    document: Document | None
    declared: Declared | None = None
    url: str | None = None
    date: str | None = None
    blanks: dict[str, Unread] = field(default_factory=dict)

    @property
    def label(self) -> Text:
        """The policy in words."""
        if self.policy_type == "System":
            return say("system policy {name}", name=self.name)
        if self.policy_type == "Custom":
            return say("custom policy {name}", name=self.name)
        return say("policy {name}", name=self.name)


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
    blanks: dict[str, Unread] = field(default_factory=dict)
    exists: bool = False  # the cloud has it, although no resource of this side declares it
    ours: set[str] = field(default_factory=set)  # the policies that resources of the stack put on it


@dataclass
class Held:
    """What one instance holds on one side."""

    role: str | None
    by: set[str] = field(default_factory=set)
    unknown: bool = False
    own: str | None = None  # the instance's own resource, where it is one of the stack's
    stated: str | None = None  # what the state says, where the cloud says another
    guessed: bool = False  # whether it held this before is not known: the role is taken over


DETACHED = "policy_detached"
"""The drift class of an attachment that others undid (docs/drift.md)."""
FOREIGN = "policy_foreign"
"""The drift class of an exclusive role on which others put a policy."""
GONE = "instance_gone"
"""The drift class of an instance that does not exist any more."""


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
        self.adopted: set[str] = set(past.adopted) if past else set()  # roles taken over, of which nothing is known
        self._holdings: dict[str, Holdings] = {}
        self._admits: dict[str, bool | None] = {}
        self.tied: dict[tuple[str, str], Declared] = {}  # role and policy -> what puts the one on the other
        self._deleted: set[str] = set()  # roles that the update takes away, whoever goes on naming them
        for one in side.of("role"):
            self._role(side.role_key(one), one.where, one.text("name") or one.step.name).declared = one
        self._passed_over: frozenset[str] = past._passed_over if past else frozenset()
        if side.time == "before":
            self._find(side.other)
            self._passed_over = passed_over(side, side.other)
        for one in side.of("policy", "pass_role"):
            self._declare(one)
        for one in side.of("attachment", "pass_role"):
            self._attach(one)
        for one in side.of("instance"):
            self._hold_by_itself(one, past)
        for one in side.of("binding"):
            self._bind(one, past)
        for one in side.of("template"):
            self._give_later(one)
        self._settle(past)

    def found(self, key: str) -> RoleSide | None:
        """A role as a review says it; ``None`` when it is not there on this side."""
        role = self.roles.get(key)
        if role is None or key in self._deleted:
            return None
        if not (role.declared or role.exists or role.policies or role.instances or role.unknown):
            return None
        seen = [self.policies[one] for one in sorted(role.policies)]
        return RoleSide(
            trust=self._trust(role),
            policies=tuple(one.key for one in seen),
            grants=permissions.stated((one.key, one.document) for one in seen if one.document is not None),
            opaque=tuple(one.key for one in seen if one.blanks),
            unknown=tuple(sorted(set(role.unknown))),
            unread=permissions.in_order(self.blanks(key).values()),
            instances=tuple(sorted(role.instances)),
            shut_out=self.shut_out(key),
            let_in=self.let_in(key),
        )

    def shut_out(self, key: str | None) -> bool:
        """Whether it is known that a role's trust policy lets no instance have it; then its holders may do nothing."""
        return self._admitted(key) is False

    def let_in(self, key: str | None) -> bool:
        """Whether it is known that a role's trust policy lets instances have it."""
        return self._admitted(key) is True

    def may_let_in(self, key: str | None) -> bool:
        """Whether a role is there, and nobody knows whether its trust policy lets instances have it."""
        return key in self.roles and self._admitted(key) is None

    def _admitted(self, key: str | None) -> bool | None:
        """Whether a role's trust policy lets instances have it; ``None`` where that is not known."""
        role = self.roles.get(key or "")
        known = limits(role.where.cloud) if role is not None else None
        text = self._trust_text(role) if role is not None else None
        if role is None or known is None or text is None:
            return None
        if role.key not in self._admits:
            read = *permissions.in_part(text, "trust", known.language), known.service, known.language
            shut = trust.shuts_out(*read)
            self._admits[role.key] = not shut if shut or trust.lets_in(*read) else None
        return self._admits[role.key]

    def documents(self, key: str | None) -> dict[str, Document]:
        """Policy key -> what can be read of it, for the policies of a role; nothing for no role."""
        if key is None or key not in self.roles or key in self._deleted:
            return {}
        seen = (self.policies[one] for one in sorted(self.roles[key].policies))
        return {one.key: one.document for one in seen if one.document is not None}

    def holdings(self, key: str | None, cloud: str, lent: Mapping[str, Document] | None = None) -> Holdings:
        """What the readable policies of a role allow and deny. ``lent`` stands in for policies that cannot be read."""
        known = limits(cloud)
        assert known is not None
        found = self.documents(key)
        more = {name: one for name, one in (lent or {}).items() if name not in found}
        if more:
            return holdings(sorted({**found, **more}.items(), key=lambda one: one[0]), known.language)
        if key is None or not found:
            return Holdings((), (), known.language)
        if key not in self._holdings:
            self._holdings[key] = holdings(found.items(), known.language)
        return self._holdings[key]

    def blanks(self, key: str | None) -> dict[str, Unread]:
        """Mark -> what cannot be read of a role; nothing for no role."""
        role = self.roles.get(key or "")
        if role is None or key in self._deleted:
            return {}
        found = dict(role.blanks)
        for one in sorted(role.policies):
            found |= self.policies[one].blanks
        return found

    def _find(self, after: Side) -> None:
        """Before the update: roles and policies that it takes over, and roles that the cloud has already."""
        for one in after.of("role"):
            key = after.role_key(one)
            name = one.text("name") or one.step.name
            if key in self.roles and key not in self.live.attachments and takes_off_unseen(one):
                self.roles[key].blanks[f"{key} taken off"] = _taken_off(name)
            if one.step.old is not None or key in self.roles:
                continue
            if key in self.live.trust or key in self.live.attachments:
                self._role(key, one.where, name).exists = True
            elif adopts(one):
                role = self._role(key, one.where, name)
                role.exists = True
                text = say(
                    "what role {role} allows before it is taken over is not known here; --live asks the cloud",
                    role=name,
                )
                # What others put on it may be new to an instance: which of them hold it already is not known either.
                role.blanks[f"{key} adopted"] = Unread("adopted", None, "", text)
                self.adopted.add(key)
        for one in after.of("binding"):
            role_ = after.role_of(one)
            if role_ not in self.adopted or one.step.old is not None:
                continue
            for instance in after.instances_of(one)[0]:
                if not instance.rpartition("/")[2].startswith("urn:"):
                    self.places.setdefault(instance, one.where)
                    self.instances[instance] = Held(role_, set(), guessed=True)
        for one in after.of("policy"):
            key = after.policy_key(one)
            name = one.text("name") or one.step.name
            if one.step.old is not None or key in self.policies:
                continue
            if key in self.live.documents:
                self._policy(key, one.where, name)
            elif adopts(one):
                seen = PolicySeen(key, one.where, name, "Custom", "unknown", None)
                text = say("what {policy} allows before it is taken over is not known here", policy=seen.label)
                self._blank(seen, "adopted", text, content="adopted")
                self.policies[key] = seen

    # -- from resources ----------------------------------------------------------------------------------------
    def _role(self, key: str, where: Where, name: str) -> RoleSeen:
        return self.roles.setdefault(key, RoleSeen(key, where, name))

    def _declare(self, one: Declared) -> None:
        key = self.side.policy_key(one)
        seen = PolicySeen(key, one.where, one.text("name") or one.step.name, "Custom", "stack", None, one)
        text = self.live.documents.get(key) if self._stays(one) else None
        if text is not None:
            seen.source = "live"
        if text is None and one.unknown("document"):
            self._blank(seen, "decided", say("what {policy} allows is decided by the update", policy=seen.label))
            self._unknown(one, "document", say("the document is not known before the update"))
        elif text is None and one.secret("document"):
            text_ = say("what {policy} allows is not known, because its document is secret", policy=seen.label)
            self._blank(seen, "secret", text_)
            self._unknown(one, "document", say("the document is not known, because it is secret"))
        elif (source := text or one.values.get("document")) is not None:
            if one.step.urn in self._passed_over:
                self._pass_over(seen, source, one)
            else:
                self._read(seen, source, one)
        else:
            self._blank(seen, "decided", say("what {policy} allows is not shown by the preview", policy=seen.label))
            self._unknown(one, "document", say("the preview does not show the document"))
        self.policies[key] = seen

    def _stays(self, one: Declared) -> bool:
        """Whether a resource is on this side as the cloud has it: before, and where no step changes it."""
        return self.side.time == "before" or one.step.op == "same"

    def _pass_over(self, seen: PolicySeen, source: object, one: Declared) -> None:
        """Note a document that is not read, because there are too many."""
        text = say(
            "what {policy} allows is not known: the documents of this preview are longer than the {most} characters "
            "that a review reads",
            policy=seen.label,
            most=format(READ, ","),
        )
        seen.source = "unknown"
        self._blank(seen, "part", text, content=written(source))
        self._unknown(one, "document", say("the document was not read: the preview has too many"))

    def _blank(self, seen: PolicySeen, why: Blank, text: str, place: str = "", content: str | None = None) -> None:
        """Note something of a policy that cannot be read. One that the step may change is another on each side."""
        if content is None:
            changes = seen.declared is not None and seen.declared.edited("document")
            content = f"{why} {self.side.time if changes else ''}"
        if why in ("decided", "secret"):
            seen.source = "unknown"
        seen.blanks[f"{seen.key} {content}"] = Unread(why, seen.key, place, text)

    def _read(self, seen: PolicySeen, source: object, one: Declared | None) -> None:
        known = limits(seen.where.cloud)
        if known is None:
            text = say("what {policy} allows is not known: this version does not know its cloud", policy=seen.label)
            self._blank(seen, "opaque", text)
            return
        seen.document, left = permissions.in_part(source, "permission", known.language)
        for part in left:
            where = (
                say("{place} of {policy}", place=part.place, policy=seen.label)
                if part.place
                else say("the document of {policy}", policy=seen.label)
            )
            text = say("{where} cannot be read: {problem}", where=where, problem=part.problem)
            if part.says:
                text = say("{problem} (it {says}, as far as it can be read)", problem=text, says=part.says)
            self._blank(seen, "part", text, part.place, part.content)
            if one is not None:
                self._unknown(one, "document", say("the document cannot be read: {problem}", problem=_placed(part)))
        if seen.document is None:
            seen.source = "unknown" if one is not None else "opaque"

    def _attach(self, one: Declared) -> None:
        if one.shape.kind == "pass_role":
            if "role" not in one.values:
                return
            policy: str | None = self.side.policy_key(one)
        else:
            policy = self.side.policy_of(one)
        role = self.side.role_of(one)
        if role is None:
            self._unknown(one, "role", say("the role is not known before the update"))
            return
        seen = self._role(role, one.where, one.text("role") or role.rpartition("/")[2])
        if policy is None:
            text = say("a policy that {attachment} puts on it", attachment=one.step.name)
            seen.unknown.append(text)
            unread = Unread("decided", None, "", say("{policy} is not known before the update", policy=text))
            seen.blanks[f"{one.step.urn} {self.side.time}"] = unread
            self._unknown(one, "policy", say("the policy is not known before the update"))
            return
        self._policy(policy, one.where, one.text("policy") or policy.rpartition("/")[2])
        seen.ours.add(policy)
        self.tied[role, policy] = one
        if self.side.time == "before" and one.state.outputs.get("drift") == DETACHED:
            return  # the last refresh saw that others took it off
        seen.policies.add(policy)

    def _policy(self, key: str, where: Where, name: str) -> PolicySeen:
        """A policy that is attached: declared here, published, live, or opaque."""
        known = self.policies.get(key)
        if known is not None:
            return known
        kind = {"system": "System", "custom": "Custom"}.get(key.split("/")[-2], "")
        seen = PolicySeen(key, where, name, kind, "opaque", None)
        page = data.system_policy(where.cloud, name) if kind == SYSTEM else None
        if key in self.live.documents:
            seen.source = "live"
            self._read(seen, self.live.documents[key], None)
        elif page is not None:
            seen.source, seen.url, seen.date = "published", page.url, page.date
            self._read(seen, page.document, None)
        else:
            self._blank(seen, "opaque", say("what {policy} allows is not known here", policy=seen.label))
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
            self._unknown(one, "role", say("the role is not known before the update"))
        self.instances[key] = Held(role, {one.step.urn} if declares else set(), unknown, one.step.urn)
        if role is not None:
            self._role(role, one.where, one.text("role") or role.rpartition("/")[2])

    def _bind(self, one: Declared, past: World | None) -> None:
        role = self.side.role_of(one)
        keys, missing = self.side.instances_of(one)
        if role is not None:
            self._role(role, one.where, one.text("role") or role.rpartition("/")[2])
        elif keys or missing:
            self._unknown(one, "role", say("the role is not known before the update"))
        if missing:
            text = plural(
                "{number} instance is not known before the update",
                "{number} instances are not known before the update",
                missing,
            )
            self._unknown(one, "instance_ids", text)
        held = one.values.get("held")
        for key in keys:
            place = self.places.get(key)
            if place is None or place.region is None or not (place.profile or place.assume_role_arn):
                # An instance's own resource does not say how its account is reached.
                self.places[key] = replace(one.where, region=one.where.region or (place.region if place else None))
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
            if known is not None and known.guessed:
                continue
            if known is not None and known.by and not unknown and known.role == mine:
                known.by.add(one.step.urn)
            elif not (one.step.op == "same" and known is not None and self._changed_by(known)):
                self.instances[key] = Held(mine, {one.step.urn}, unknown)
        had = (key for key, each in past.instances.items() if one.step.urn in each.by) if missing and past else ()
        for key in had:  # those that are not known may be among them
            known = self.instances.setdefault(key, Held(None))
            if not known.by:
                known.role, known.unknown, known.by = None, True, {one.step.urn}

    def _changed_by(self, held: Held) -> bool:
        """Whether the update gives this role: a resource that it leaves as it is does not undo that."""
        steps = (self.side.preview.by_urn.get(urn) for urn in held.by)
        given = self.side.time == "after" and not held.unknown
        return given and any(step is not None and step.op != "same" for step in steps)

    def _give_later(self, one: Declared) -> None:
        """The role that a template gives to instances that nobody knows yet."""
        role = self.side.role_of(one) if "role" in one.values else None
        if role is not None:
            self._role(role, one.where, one.text("role") or role.rpartition("/")[2])
        elif "role" in one.values:
            self._unknown(one, "role", say("the role is not known before the update"))

    def _settle(self, past: World | None) -> None:
        if past is not None:
            was = {key for key, role in past.roles.items() if role.declared is not None}
            self._deleted = was - {key for key, role in self.roles.items() if role.declared is not None}
            for key in self.adopted & self.roles.keys():
                self.roles[key].blanks[f"{key} foreign"] = _foreign(self.roles[key].name)
        for key, (where, name) in self.live.held.items():
            if past is None:
                self._hold_live(key, where, name)
            elif key in past.instances:
                self._keep_live(key, past.instances[key])
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
            if past is None:
                role.policies = set(now)
            else:
                ties = {one: self.tied.get((key, one)) for one in role.policies - now.keys()}
                role.policies -= {one for one, tie in ties.items() if tie is not None and self._stays(tie)}
                if not takes_off(role.declared):
                    before_ours = past.roles[key].ours if key in past.roles else set()
                    role.policies |= set(now) - before_ours
            for policy in role.policies & set(now):
                self._policy(policy, role.where, now[policy])

    def _hold_live(self, key: str, where: Where, name: str | None) -> None:
        """What the cloud says an instance holds now, in place of what the state says."""
        held = self.instances.setdefault(key, Held(None))
        self.places.setdefault(key, where)
        held.stated, held.guessed, held.unknown = held.role, False, False
        held.role = None if name is None else role_key(where.scope, name)
        if held.role is not None and name is not None:
            self._role(held.role, where, name)

    def _keep_live(self, key: str, before: Held) -> None:
        """What the update gives no role to keeps what it holds, unless the stack gave it that before and no more."""
        held = self.instances.setdefault(key, Held(None))
        steps = (self.side.preview.by_urn.get(urn) for urn in held.by)
        if held.unknown or any(step is None or step.op != "same" for step in steps):
            return
        if not held.by and before.by and before.role == before.stated:
            return
        held.role = before.role
        if held.role is not None:
            self._role(held.role, self.places.setdefault(key, self.live.held[key][0]), str(self.live.held[key][1]))

    def _trust_text(self, role: RoleSeen) -> Any:
        """A role's trust policy; ``None`` where it is not known."""
        text = self.live.trust.get(role.key) if role.declared is None or self._stays(role.declared) else None
        if text is None and role.declared is not None and not role.declared.unknown("trust"):
            text = role.declared.values.get("trust")
        return text

    def _trust(self, role: RoleSeen) -> tuple[Principal, ...] | None:
        known, text = limits(role.where.cloud), self._trust_text(role)
        if known is None or text is None:
            return None
        read, left = permissions.in_part(text, "trust", known.language)
        for part in left:
            if role.declared is not None and role.declared.edited("trust"):
                text = say("the trust policy cannot be read: {problem}", problem=_placed(part))
                self._unknown(role.declared, "trust", text)
        return None if read is None else permissions.principals(read)

    def _unknown(self, one: Declared, word: str, message: str) -> None:
        named = one.shape.names.get(word, (word,))
        present = next((name for name in named if name in one.state.inputs or name in one.state.outputs), named[0])
        self.unknowns.append(Unknown(one.step.urn, present, message))


def adopts(one: Declared) -> bool:
    """Whether a resource that is made takes over what is there already."""
    return one.state.inputs.get("adopt") is True and one.step.op == "create"


def takes_off(role: Declared | None) -> bool:
    """Whether the update takes off the policies that the stack did not put on a role."""
    return role is not None and role.state.inputs.get("exclusive") is True and role.step.op in ("create", "update")


def takes_off_unseen(role: Declared) -> bool:
    """Whether the update takes off policies of others of which the preview shows that there may be some, and not which:
    a refresh saw such (it does not keep their names), or nothing took them off before."""
    old = role.step.old
    anew = old is not None and old.inputs.get("exclusive") is not True
    return takes_off(role) and old is not None and (anew or old.outputs.get("drift") == FOREIGN)


def _taken_off(name: str) -> Unread:
    text = say("what others put on role {role} is taken off; a preview does not name it, --live does", role=name)
    return Unread("foreign", None, "", text)


def _foreign(name: str) -> Unread:
    text = say("policies that others put on role {role} stay on it, and are not known here", role=name)
    return Unread("foreign", None, "", text)


def _placed(part: partial.Unread) -> str:
    return say("{place}: {problem}", place=part.place, problem=part.problem) if part.place else part.problem


def kept(unknowns: Iterable[Unknown]) -> tuple[Unknown, ...]:
    """Each once, in a fixed order."""
    return tuple(sorted(set(unknowns), key=lambda one: (one.urn, one.property, one.message)))
