"""What hangs on a stack's roles beyond its own resources: policies and instances of others, and what all that allows.

The resources are looked at one by one; this looks at what lies between them. A policy on a role of the stack that no
resource of the stack put there is drift of the role. Who else holds a role is told, and is no drift. What instances may
do is compared between what the state says and what the cloud has: the state's documents and attachments on one side,
those that are in force on the other.

Limits: attachments and instances of the clouds' own packages count as the stack's where their types are in
``data/native.json``. A role that the stack does not manage is compared as far as the stack's resources say something
of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Cloud, CloudError, same_role
from pulumi_instance_role.data.native import native
from pulumi_instance_role.drift.entries import Allowed, allowed, compared
from pulumi_instance_role.host.process import HOST
from pulumi_instance_role.host.values import only
from pulumi_instance_role.plan.documents import same_document
from pulumi_instance_role.policy import partial
from pulumi_instance_role.policy.trust import shuts_out

_PLACES = ("cloud", "region", "profile", "assume_role_arn")

Props = Mapping[str, Any]


@dataclass(frozen=True)
class Ties:
    """What other packages' resources of the stack put on roles: role and policy in lower case, and instance ids."""

    attached: frozenset[tuple[str, str]] = frozenset()
    instances: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shift:
    """Instances that may do more, or less, than the state says; ``unknown`` is what could not be compared."""

    cloud: str
    role: str
    held: str | None
    """The role that they hold now; ``None``: none."""
    instances: tuple[str, ...]
    more: tuple[str, ...]
    less: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass
class Around:
    """What was found around the roles of one configuration. Keys are URNs of roles."""

    foreign: dict[str, tuple[Attachment, ...]] = field(default_factory=dict)
    outside: dict[str, tuple[str, ...]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    shifts: list[Shift] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """A resource of the state with what was found of it; ``live`` is empty where that is nothing."""

    urn: str
    kind: str
    outputs: Props
    live: Props
    secret: frozenset[str] = frozenset()


def ties(exported: Mapping[str, Any]) -> Ties:
    """What other packages' resources of an exported stack tie."""
    attached, instances, known = set(), set(), native()
    for one in (exported.get("deployment") or {}).get("resources") or []:
        outputs = {**(one.get("inputs") or {}), **(one.get("outputs") or {})}
        if one.get("type") in known.attachments:
            role, policy = (str(outputs.get(name, "")).casefold() for name in known.attachments[one["type"]])
            attached.add((role, policy))
        if one.get("type") in known.instances and one.get("id"):
            instances.add(str(one["id"]))
    return Ties(frozenset(attached), frozenset(instances))


def look_around(seen: Sequence[Seen], tied: Ties) -> Around:
    """Look at everything around the roles of resources that share a configuration."""
    found = Around()
    places: dict[tuple[Any, ...], list[Seen]] = defaultdict(list)
    for one in seen:
        places[tuple(one.outputs.get(key) for key in ("cloud", "profile", "assume_role_arn"))].append(one)
    for some in places.values():
        _Place(some, tied, found).look()
    return found


class _Place:
    """The resources of one account."""

    def __init__(self, seen: Sequence[Seen], tied: Ties, found: Around) -> None:
        self.seen = seen
        self.tied = tied
        self.found = found
        self.roles = [one for one in seen if one.kind == "InstanceRole"]
        self.bindings = [one for one in seen if one.kind == "InstanceRoleBinding"]
        self.stated = {
            (str(one.outputs.get("name", "")).casefold(), CUSTOM): one.outputs.get("document")
            for one in seen
            if one.kind in ("RolePolicy", "PassRoleGrant")
        }
        self.secret = {str(one.outputs.get("name", "")).casefold() for one in seen if "document" in one.secret}
        self.documents: dict[tuple[str, str], str | None] = {}
        self.lists: dict[str, Sequence[Attachment] | None] = {}

    def look(self) -> None:
        for role in self.roles:
            if not role.live:
                continue
            try:
                self._role(role)
            except CloudError as error:
                self.found.errors[role.urn] = str(error)
        try:
            self._shifts()
        except CloudError as error:
            self.found.notes.append(f"What instances may do could not be compared: {error}")

    def _role(self, role: Seen) -> None:
        name, cloud = role.outputs["name"], HOST.cloud(dict(role.outputs))
        ours = {self._key(one.policy, one.policy_type) for one in self._declared(name)}
        ids = (name.casefold(), str(role.outputs.get("role_id", "")))
        also = {policy for holder, policy in self.tied.attached if holder in ids}
        listed = self._listed(cloud, name) or ()
        foreign = [
            one
            for one in listed
            if self._key(one.policy, one.policy_type) not in ours and one.policy.casefold() not in also
        ]
        if foreign:
            self.found.foreign[role.urn] = tuple(sorted(foreign, key=lambda one: (one.policy_type, one.policy)))
        try:
            holders = {each for region in self._regions(role) for each in self._holders(role, region)}
        except CloudError as error:
            self.found.notes.append(f"Which instances hold role {name} could not be listed: {error}")
            return
        mine = {each for one in self.bindings for each in one.outputs.get("instance_ids", ())} | self.tied.instances
        if holders - mine:
            self.found.outside[role.urn] = tuple(sorted(holders - mine))

    def _regions(self, role: Seen) -> list[str | None]:
        return sorted({one.outputs.get("region") for one in (role, *self.bindings)}, key=str)

    def _holders(self, role: Seen, region: str | None) -> Sequence[str]:
        cloud = HOST.cloud({**only(_PLACES, role.outputs), "region": region})
        listed = cloud.role_instances(role.outputs["name"])
        # A list may lag behind a swap; what an instance itself says counts.
        held = cloud.instances(listed) if listed else {}
        return [one for one in listed if one in held and same_role(held[one].role, role.outputs["name"])]

    # -- what it allows ----------------------------------------------------------------------------------------
    def _shifts(self) -> None:
        alike: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        clouds: dict[tuple[str, str | None], Cloud] = {}
        for binding in self.bindings:
            held_now = binding.live.get("roles") or {}
            wanted = str(binding.outputs.get("role", ""))
            for each in binding.live.get("instance_ids", ()):  # those that exist
                way = (wanted, held_now.get(each))
                alike[way].append(each)
                clouds[way] = HOST.cloud(dict(binding.outputs))
        for (wanted, held), instances in sorted(alike.items(), key=str):
            cloud = clouds[wanted, held]
            before, after = self._stated(cloud, wanted), self._live(cloud, held)
            shut = self._shut_out(cloud, wanted, live=False), self._shut_out(cloud, held, live=True)
            # Who may not assume a role may do nothing with it.
            if shut == (False, True):
                after = self._live(cloud, None)
            elif shut == (True, False):
                before = self._live(cloud, None)
            more, less, unknown = compared(before, after)
            if more or less or unknown:
                name = self.bindings[0].outputs["cloud"]
                self.found.shifts.append(Shift(name, wanted, held, tuple(sorted(instances)), more, less, unknown))

    def _shut_out(self, cloud: Cloud, role: str | None, *, live: bool) -> bool:
        """Whether the trust policy of a role of the stack lets no instance have it, now or as the state says."""
        seen = next((one for one in self.roles if same_role(one.outputs.get("name"), role)), None)
        text = (seen.live if live else seen.outputs).get("trust_policy") if seen is not None else None
        if not isinstance(text, str):
            return False
        known = cloud.limits
        return shuts_out(*partial.read(text, "trust", known.language), known.service, known.language)

    def _stated(self, cloud: Cloud, role: str) -> Allowed:
        """What the state says that a role allows. Of one that the stack does not manage, what others put on it too."""
        tied = list(self._declared(role))
        managed = any(same_role(one.outputs.get("name"), role) for one in self.roles)
        known = {self._key(one.policy, one.policy_type) for one in tied}
        for one in self._listed(cloud, role) or ():
            natively = (role.casefold(), one.policy.casefold()) in self.tied.attached
            if (natively or not managed) and self._key(one.policy, one.policy_type) not in known:
                tied.append(one)
        return self._allowed(cloud, tied, stated=True)

    def _live(self, cloud: Cloud, role: str | None) -> Allowed:
        listed = () if role is None else self._listed(cloud, role) or ()
        return self._allowed(cloud, listed, stated=False)

    def _allowed(self, cloud: Cloud, tied: Iterable[Attachment], *, stated: bool) -> Allowed:
        texts, secret = {}, {}
        for one in tied:
            key = self._key(one.policy, one.policy_type)
            name = (one.policy, one.policy_type)
            text, live = self.stated.get(key) if stated else None, self._document(cloud, *key, one)
            texts[name] = text if isinstance(text, str) else live
            if one.policy_type == CUSTOM and one.policy.casefold() in self.secret:
                same = live is None or same_document(str(self.stated.get(key)), live, cloud.limits.language)
                secret[name] = "" if same else "stated" if stated else "live"
        return allowed(texts, cloud.limits.language, secret)

    def _document(self, cloud: Cloud, name: str, policy_type: str, one: Attachment) -> str | None:
        if (name, policy_type) not in self.documents:
            policy = cloud.get_policy(one.policy, one.policy_type)
            self.documents[name, policy_type] = policy.document if policy else None
        return self.documents[name, policy_type]

    def _listed(self, cloud: Cloud, role: str) -> Sequence[Attachment] | None:
        if role.casefold() not in self.lists:
            self.lists[role.casefold()] = cloud.attachments(role)
        return self.lists[role.casefold()]

    def _declared(self, role: str) -> Iterable[Attachment]:
        """What resources of the stack put on a role."""
        for one in self.seen:
            outputs = one.outputs
            if not same_role(str(outputs.get("role", "")), role):
                continue
            if one.kind == "RolePolicyAttachment":
                yield Attachment(role, str(outputs.get("policy")), str(outputs.get("policy_type")))
            if one.kind == "PassRoleGrant":
                yield Attachment(role, str(outputs.get("name")), CUSTOM)

    def _key(self, policy: str, policy_type: str) -> tuple[str, str]:
        return policy.casefold(), policy_type
