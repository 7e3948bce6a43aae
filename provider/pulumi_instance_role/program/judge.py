"""What all declared resources together amount to, given one look at the cloud. Pure.

It uses the plans that create and update use, so what preflight says and what an update does cannot part. What is not
known yet (a value of a resource that this update makes, an answer that the cloud refused) is skipped. What this update
may put right by itself, or the cloud may allow after all (quotas can be raised), is a doubt and stops nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from pulumi_instance_role.clouds.port import (
    CUSTOM,
    SYSTEM,
    Attachment,
    Grant,
    Grantee,
    Instance,
    Lifecycle,
    Limits,
    Policy,
    Role,
    same_role,
)
from pulumi_instance_role.plan.attachment import is_attached, room_fault
from pulumi_instance_role.plan.binding import DesiredBinding, Surroundings, binding_faults, occupied
from pulumi_instance_role.plan.faults import Fault, Refused, some
from pulumi_instance_role.plan.grant import account_fault, escalation, grantee_of, missing_grantee
from pulumi_instance_role.plan.names import shown
from pulumi_instance_role.plan.namesake import key_of
from pulumi_instance_role.plan.ownership import Owner, may_adopt, owner_of
from pulumi_instance_role.plan.policy import DesiredPolicy, plan_policy
from pulumi_instance_role.plan.role import DesiredRole, missing_role, plan_role, role_faults, trust_faults
from pulumi_instance_role.policy.dialect import LANGUAGES, Dialect
from pulumi_instance_role.policy.near import nearest
from pulumi_instance_role.program.words import is_system_policy, meant_policy
from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class Account:
    """The cloud, and the account that profile and role lead to."""

    cloud: str
    profile: str | None = None
    assume_role_arn: str | None = None


@dataclass(frozen=True)
class Doubt:
    """What may keep the update from working, and may not."""

    fault: Fault


Verdict = Fault | Doubt


@dataclass(frozen=True)
class Meaning:
    """A resource that an input comes from: of this package, or ``lent`` by the cloud's own."""

    prop: str
    kind: str
    resource: str
    account: Account | None
    region: str = ""
    lent: bool = False


@dataclass(frozen=True)
class Declaration:
    """One resource as declared: the values that are known, and what comes of others in the same update."""

    kind: str
    resource: str
    account: Account | None  # None is not known yet
    owner: Owner
    known: Mapping[str, Any]
    exists: bool  # it is in the state and stays: an update or no change, not a create or a replacement
    awaited: frozenset[str] = frozenset()  # the inputs that come from resources which this update makes
    lent: frozenset[str] = frozenset()  # the inputs that come from other packages' resources
    waits: bool = False  # it says itself what it depends on
    offline: tuple[Verdict, ...] = ()  # what its inputs say against themselves; those at fault are not among the known
    later: frozenset[str] = frozenset()  # the inputs that are not known yet, as against absent ones
    own_id: str = ""  # of what it made: the cloud's own id, if the state has it and the preview is told
    means: tuple[Meaning, ...] = ()  # the resources of this package that it refers to
    stays: bool = False  # it is known that the update does not change it
    hides_name: bool = False  # its name is secret


@dataclass
class World:
    """What the cloud showed. A key that is absent was not asked for or not answered; ``None`` is proved to be gone."""

    limits: Limits
    roles: dict[str, Role | None] = field(default_factory=dict)
    policies: dict[tuple[str, str], Policy | None] = field(default_factory=dict)
    attachments: dict[str, Sequence[Attachment] | None] = field(default_factory=dict)
    instances: dict[tuple[str, str], Instance | None] = field(default_factory=dict)  # by region and id
    grants: dict[Grantee, Sequence[Grant] | None] = field(default_factory=dict)
    uses: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)  # of what a create finds, by kind and name
    acts_as: dict[Grantee, bool] = field(default_factory=dict)  # whether the caller is, or is in, that principal
    account_id: str | None = None
    role_count: int | None = None
    policy_count: int | None = None


@dataclass(frozen=True)
class Finding:
    """A fault, with the resource that has it."""

    kind: str
    resource: str
    fault: Fault
    more: tuple[str, ...] = ()  # other resources of this type that have the very same

    def __str__(self) -> str:
        return f"{self.kind} {some(map(shown, (self.resource, *self.more)))} {self.fault}"


def judge(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> tuple[list[Finding], list[Finding]]:
    """Faults that would stop the update, and doubts that may. Both in the order of declaration."""
    faults: list[Finding] = []
    doubts: list[Finding] = []
    courts = {account: _Court(*_together(account, declared, worlds)) for account in worlds}
    for one in declared:
        court = courts.get(one.account) if one.account else None
        for verdict in (*one.offline, *(court.verdicts(one) if court else ())):
            if isinstance(verdict, Doubt):
                doubts.append(Finding(one.kind, one.resource, verdict.fault))
            else:
                faults.append(Finding(one.kind, one.resource, verdict))
    return faults, doubts


def _together(
    account: Account, declared: Sequence[Declaration], worlds: Mapping[Account, World]
) -> tuple[list[Declaration], World]:
    """The resources that share an account, however each spells it, and what was seen of it under this spelling.

    Roles and policies are seen by whichever resource names them, so what was seen under the other spellings counts too.
    Two spellings of which the cloud does not say where they lead are two accounts here; an update is more careful.
    """
    world = worlds[account]
    alike = [
        other
        for other, seen in worlds.items()
        if other.cloud == account.cloud and None not in (world.account_id, seen.account_id)
        if seen.account_id == world.account_id and other != account
    ]
    roles = {name: one for other in alike for name, one in worlds[other].roles.items()}
    policies = {key: one for other in alike for key, one in worlds[other].policies.items()}
    shared = replace(world, roles={**roles, **world.roles}, policies={**policies, **world.policies})
    return [one for one in declared if one.account in (account, *alike)], shared


class _Court:
    """The resources of one account before one look at its cloud."""

    def __init__(self, declared: Sequence[Declaration], world: World) -> None:
        self.world = world
        self.language = world.limits.language
        self.roles = _by_name(declared, "InstanceRole")
        self.policies = _by_name(declared, "RolePolicy", "PassRoleGrant")
        self.attachments = [one for one in declared if one.kind == "RolePolicyAttachment"]
        self.bindings = [one for one in declared if one.kind == "InstanceRoleBinding"]

    def verdicts(self, one: Declaration) -> Iterable[Verdict]:
        rules = {
            "InstanceRole": self.role,
            "RolePolicy": self.policy,
            "RolePolicyAttachment": self.attachment,
            "InstanceRoleBinding": self.binding,
            "PassRoleGrant": self.grant,
        }
        return rules[one.kind](one)

    def role(self, one: Declaration) -> Iterable[Verdict]:
        name = one.known.get("name")
        if name is None:
            return
        yield from _declared_twice("role", name, one, self.roles)
        yield from _over_quota("roles", self.world.role_count, self.world.limits.roles, self._new_roles(), one)
        if name in self.world.roles:
            observed = self.world.roles[name]
            if one.exists:
                yield from _vanished("role", name, observed)
            else:
                uses = self.world.uses.get(("role", name), ())
                yield from _refusals(
                    lambda: plan_role(desired_role(one, self.language, observed), observed, None, uses)
                )

    def policy(self, one: Declaration) -> Iterable[Verdict]:
        name = one.known.get("name")
        if name is None:
            return
        yield from _declared_twice("policy", name, one, self.policies)
        limit = self.world.limits.custom_policies
        yield from _over_quota("custom policies", self.world.policy_count, limit, self._new_policies(), one)
        if (name, CUSTOM) in self.world.policies:
            observed = self.world.policies[name, CUSTOM]
            if one.exists:
                yield from _vanished("policy", name, observed)
            else:
                uses = self.world.uses.get(("policy", name), ())
                desired = desired_policy(one, self.language, observed)
                refusals = _refusals(lambda: plan_policy(desired, observed, (), self.world.limits, None, uses))
                # A grant for another principal replaces the one before, which a preview takes for another state's.
                yield from map(Doubt, refusals) if one.kind == "PassRoleGrant" and uses else refusals

    def attachment(self, one: Declaration) -> Iterable[Verdict]:
        role, policy, policy_type = (one.known.get(key) for key in ("role", "policy", "policy_type"))
        role_comes = role is None or self._will_be_there(one, "role", role, self.roles)
        if role is not None and not role_comes and self.world.roles.get(role, ...) is None:
            yield _weighed(one, "role", self._missing_role(role))
        if policy is not None and policy_type is not None:
            there = policy_type == CUSTOM and self._will_be_there(one, "policy", policy, self.policies)
            found = self.world.policies.get((policy, policy_type), ...)
            if not there and found is None:
                message = f"the {policy_type} policy {policy} does not exist"
                remedy = self._meant(one, policy, policy_type)
                remedy = remedy or "declare it as a RolePolicy, or correct name and policy_type"
                yield _weighed(one, "policy", Fault("policy", message, remedy))
            elif policy_type == SYSTEM and found is ... and (meant := self._meant(one, policy, policy_type)):
                yield Doubt(Fault("policy", f"the System policy {policy} is in none of the lists known here", meant))
        if role is not None and policy_type is not None:
            yield from self._room(one, role, policy_type)

    def binding(self, one: Declaration) -> Iterable[Verdict]:
        role = one.known.get("role")
        replace = one.known.get("on_conflict") == "replace"
        # A binding in the state may have given its instances another role before this update: only its past can tell.
        others = any(other is not one and other.exists and _same_region(other, one) for other in self.bindings)
        taking, region = replace or one.exists or others, one.known.get("region", "")
        desired = DesiredBinding(role or "", self._known_ids(one), taking, region)
        if role is not None and desired.instance_ids:
            yield from self._role_of(one, role)
        yield from binding_faults(desired, self._observed(one, desired.instance_ids), None, self._around(one))
        if not replace and (one.exists or others) and not one.stays:
            yield from map(Doubt, self._occupied(one))

    def grant(self, one: Declaration) -> Iterable[Verdict]:
        yield from self.policy(one)
        # Names that come of our own resources are among theirs; those of other packages' new resources cannot be told.
        for role in () if "roles" in one.awaited & one.lent else one.known.get("roles", ()):
            if isinstance(role, str) and role not in self.roles and self.world.roles.get(role, ...) is None:
                yield _weighed(one, "roles", replace(self._missing_role(role), prop="roles"))
        grantee = grantee_of(one.known)
        if grantee is None:
            return
        if self.world.acts_as.get(grantee):
            yield Doubt(escalation(grantee))
        if grantee.kind != "role" and grantee.name == self.world.account_id:
            yield account_fault(grantee.kind)
        elif not (grantee.kind == "role" and self._will_be_there(one, "role", grantee.name, self.roles)):
            yield from self._principal(one, grantee)

    def _missing_role(self, name: str) -> Fault:
        """A role that is not there, with the one of this program that may be meant."""
        fault, near = missing_role(name), nearest(name, self.roles)
        return replace(fault, remedy=f"is {near} meant?") if near else fault

    def _meant(self, one: Declaration, policy: str, policy_type: str) -> str:
        """What may be meant by a policy's name that is not there; empty when nothing comes near."""
        cloud = one.account.cloud if one.account else ""
        if policy_type == CUSTOM and is_system_policy(cloud, policy):
            return 'there is a System policy of this name; is policy_type="System" meant?'
        for other, language in LANGUAGES.items() if policy_type == SYSTEM else ():
            if other != cloud and is_system_policy(other, policy):
                return f"it is a System policy of {language.name}"
        near = nearest(policy, self.policies) if policy_type == CUSTOM else meant_policy(cloud, policy)
        return f"is {near} meant?" if near else ""

    def _principal(self, one: Declaration, grantee: Grantee) -> Iterable[Verdict]:
        if grantee not in self.world.grants:
            return
        held = self.world.grants[grantee]
        if held is None:
            yield _weighed(one, grantee.kind, missing_grantee(grantee))
        elif not one.exists and one.known.get("name") is not None:
            given = is_attached(Grant(grantee, one.known["name"], CUSTOM), held)
            fault = None if given else room_fault(grantee, CUSTOM, held, 1, self.world.limits)
            if fault:
                yield Doubt(fault)

    def _occupied(self, one: Declaration) -> Iterable[Fault]:
        """An instance with a foreign role: drift (declared wins), a move or a conflict; the bindings' past tells."""
        role = one.known.get("role")
        around = self._around(one)
        for instance_id in self._known_ids(one) if role is not None else ():
            instance = self._observed(one, (instance_id,)).get(instance_id)
            held = instance.role if instance else None
            if held is not None and not same_role(held, role) and not around.may_replace(instance_id, held):
                if not one.exists:
                    yield occupied(instance_id, held)
                    continue
                rest = f'the role "{held}", which this stack did not make'
                remedy = f'it gets "{role}" back if this binding gave it that before'
                message, alike = f"instance {instance_id} holds {rest}", f"instances hold {rest}"
                yield Fault("instance_ids", message, remedy, instance_id, alike)

    def _role_of(self, one: Declaration, role: str) -> Iterable[Verdict]:
        service = self.world.limits.service
        if role in self.roles:
            yield from trust_faults(role, self.roles[role][0].known.get("trust_policy"), service, self.language)
        elif "role" not in one.awaited and role in self.world.roles:
            seen = self.world.roles[role]
            faults = [self._missing_role(role)] if seen is None else role_faults(role, seen, service, self.language)
            for fault in faults:
                yield _weighed(one, "role", fault)

    def _room(self, one: Declaration, role: str, policy_type: str) -> Iterable[Verdict]:
        """A role that would hold too many policies: a doubt at each attachment that finds no room."""
        held = self.world.attachments.get(role) or ()
        new = [
            other
            for other in self.attachments
            if not other.exists
            and (other.known.get("role"), other.known.get("policy_type")) == (role, policy_type)
            and not is_attached(Attachment(role, other.known.get("policy", ""), policy_type), held)
        ]
        if one in new:
            fault = room_fault(Grantee("role", role), policy_type, held, new.index(one) + 1, self.world.limits)
            if fault:
                yield Doubt(fault)

    def _will_be_there(
        self, one: Declaration, prop: str, name: str, resources: Mapping[str, Sequence[Declaration]]
    ) -> bool:
        return prop in one.awaited or name in resources

    def _known_ids(self, one: Declaration) -> tuple[str, ...]:
        return tuple(sorted({each for each in one.known.get("instance_ids", ()) if isinstance(each, str)}))

    def _observed(self, one: Declaration, instance_ids: Sequence[str]) -> Mapping[str, Instance]:
        """What exists; an instance that was not looked at passes as one without faults."""
        region = one.known.get("region", "")
        found: dict[str, Instance] = {}
        for each in instance_ids:
            instance = self.world.instances.get((region, each), _unseen(each, region))
            if instance is not None:
                found[each] = instance
        return found

    def _around(self, one: Declaration) -> Surroundings:
        claimed: dict[str, tuple[str, str]] = {}
        for other in self.bindings:
            if other is not one and _same_region(other, one):
                for each in self._known_ids(other):
                    claimed[each] = (other.resource, other.known.get("role", ""))

        def may_replace(instance_id: str, role: str) -> bool:
            held = self.world.roles.get(role)
            given = any(other.exists and same_role(other.known.get("role"), role) for other in self.bindings)
            made = any(same_role(name, role) for name in self.roles)
            return given or made or (held is not None and one.owner.same_stack(owner_of(held.tags)))

        return Surroundings(claimed, may_replace)

    def _new_roles(self) -> list[Declaration]:
        return [
            resources[0]
            for name, resources in self.roles.items()
            if not resources[0].exists and self.world.roles.get(name) is None
        ]

    def _new_policies(self) -> list[Declaration]:
        seen = self.world.policies
        return [
            resources[0]
            for name, resources in self.policies.items()
            if not resources[0].exists and seen.get((name, CUSTOM)) is None
        ]


def desired_role(one: Declaration, language: Dialect, observed: Role | None) -> DesiredRole:
    """An InstanceRole as its create would want it, as far as it is known."""
    known = one.known
    return DesiredRole(
        known["name"],
        known.get("trust_policy", ""),
        one.owner,
        language,
        known.get("description"),
        known.get("max_session_duration"),
        known.get("tags") or {},
        bool(known.get("adopt")),
        known.get("console_login"),
        observed.role_id if observed is not None and _replaces(one, "role", observed.role_id) else "",
        later=one.later if "trust_policy" in known else one.later | {"trust_policy"},
    )


def desired_policy(one: Declaration, language: Dialect, observed: Policy | None) -> DesiredPolicy:
    """The policy of a RolePolicy or PassRoleGrant as its create would want it, as far as it is known."""
    known = one.known
    adopt = may_adopt(one.kind, known)
    return DesiredPolicy(
        known["name"],
        known.get("document", ""),
        one.owner,
        language,
        known.get("description"),
        known.get("tags") or {},
        adopt,
        observed is not None and _replaces(one, "policy", observed.policy_id),
        later=one.later if "document" in known else one.later | {"document"},
    )


def _replaces(one: Declaration, kind: str, own_id: str) -> bool:
    """Whether what is there is what this very resource made, and replaces: only its check knows that."""
    meant = one.known.get("meant")
    return isinstance(meant, Mapping) and bool(own_id) and meant.get(key_of(kind, one.known["name"])) == own_id


def _unseen(instance_id: str, region: str) -> Instance:
    return Instance(instance_id, "", region, "unseen", Lifecycle.RUNNING)


def _same_region(one: Declaration, other: Declaration) -> bool:
    return bool(one.known.get("region") == other.known.get("region"))


def _weighed(one: Declaration, prop: str, fault: Fault) -> Verdict:
    """A doubt, when a resource that runs before this one may put it right in the same update."""
    return Doubt(fault) if one.waits or prop in one.lent else fault


def _by_name(declared: Sequence[Declaration], *resources: str) -> dict[str, list[Declaration]]:
    found: dict[str, list[Declaration]] = defaultdict(list)
    for one in declared:
        if one.kind in resources and isinstance(one.known.get("name"), str):
            found[one.known["name"]].append(one)
    return found


def _declared_twice(
    kind: str, name: str, one: Declaration, resources: Mapping[str, Sequence[Declaration]]
) -> Iterable[Fault]:
    other = next((other for other in resources.get(name, ()) if other is not one), None)
    if other is not None:
        message = f"{kind} {name} is also declared by {shown(other.resource)}"
        shared = f"{other.kind} {shown(other.resource)}"
        yield Fault("name", message, "declare it once, and refer to it", shared=shared)


def _vanished(kind: str, name: str, observed: object) -> Iterable[Fault]:
    if observed is None:
        message = f"{kind} {name} is gone from the cloud although the state has it"
        yield Fault("name", message, "run a refresh: the next up makes it again")


def _over_quota(
    what: str, count: int | None, limit: int, new: Sequence[Declaration], one: Declaration
) -> Iterable[Verdict]:
    if count is not None and one in new and count + new.index(one) + 1 > limit:
        message = f"the account has {count} {what} and may have {limit}"
        yield Doubt(Fault("name", message, "delete some, or ask the cloud for a higher quota if you have none"))


def _refusals(plan: Any) -> Iterable[Fault]:
    try:
        plan()
    except Refused as refused:
        yield from refused.faults
