"""Plans for a PassRoleGrant: one custom policy with the document in force, on one user, group or role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pulumi_instance_role.clouds.port import (
    CUSTOM,
    Grant,
    Grantee,
    GranteeKind,
    Limits,
    Policy,
    PolicyHolders,
    PolicyVersion,
)
from pulumi_instance_role.plan.attachment import is_attached, same_holder
from pulumi_instance_role.plan.calls import Give, GrantCall, Withdraw
from pulumi_instance_role.plan.drift import Drift
from pulumi_instance_role.plan.faults import Fault, Refused
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.plan.policy import DesiredPolicy, PolicyPast, first_sight, plan_policy, plan_policy_deletion
from pulumi_instance_role.records import dataclass

KINDS: tuple[GranteeKind, ...] = ("user", "group", "role")
"""The inputs that name a principal."""

ACCOUNT_ITSELF = "the account itself may pass every role and can be granted nothing"


@dataclass(frozen=True)
class GrantSeen:
    """What the cloud shows of a grant. ``held`` are the principal's policies, ``None`` when the principal is gone."""

    policy: Policy | None
    versions: Sequence[PolicyVersion]
    held: Sequence[Grant] | None


def plan_grant(
    desired: DesiredPolicy, grantee: Grantee, seen: GrantSeen, limits: Limits, past: PolicyPast | None = None
) -> list[GrantCall]:
    """The calls that put the document in force and on the principal; an edit never takes it off.

    ``past`` is ``None`` for a create. Raises :class:`Refused`, before anything is made for a principal that is not
    there.
    """
    if seen.held is None:
        raise Refused([missing_grantee(grantee)])
    grant = Grant(grantee, desired.name, CUSTOM)
    given = seen.policy is not None and is_attached(grant, seen.held)
    if past is None and seen.policy is not None:
        past = first_sight_of_grant(desired, grantee, seen)
    calls: list[GrantCall] = [*plan_policy(desired, seen.policy, seen.versions, limits, past)]
    return calls if given else [*calls, Give(grant)]


def first_sight_of_grant(
    desired: DesiredPolicy, grantee: Grantee, seen: GrantSeen, others: Sequence[str] = ()
) -> PolicyPast:
    """What a create knows of a policy that is there already. Raises :class:`Refused` for one that it may not touch.

    What an interrupted create leaves is on its principal or on nobody: on nobody it is of no use, whatever it says, so
    that is finished. ``others`` are those who have it besides. Limits: a whole grant that another state with the same
    project and stack made exactly so passes for the rest of an interrupted create.
    """
    assert seen.policy is not None
    given = is_attached(Grant(grantee, desired.name, CUSTOM), seen.held or ())
    anything = frozenset({"document", "description", "tags", "versions"})
    return first_sight(desired if given else replace(desired, later=anything), seen.policy, seen.versions, others)


def plan_grant_end(
    name: str,
    owner: Owner,
    grantee: Grantee,
    observed: Policy | None,
    holders: PolicyHolders,
    past: PolicyPast | None = None,
) -> list[GrantCall]:
    """The calls that take the policy off the principal and delete it; nothing for one that is gone or taken over.

    Raises :class:`Refused`, before anything is taken off, for a policy that somebody put on others too.
    """
    past = past or PolicyPast(adopted=False)
    deletion = plan_policy_deletion(name, owner, observed, past, besides(holders, grantee))
    return [Withdraw(Grant(grantee, name, CUSTOM)), *deletion] if deletion else []


def besides(holders: PolicyHolders, grantee: Grantee) -> PolicyHolders:
    """The holders of a policy without one of them."""
    return among([one for one in holders.all() if not same_holder(one, grantee)])


def among(holders: Sequence[Grantee]) -> PolicyHolders:
    """Users, groups and roles as the holders of a policy."""

    def names(kind: GranteeKind) -> tuple[str, ...]:
        return tuple(one.name for one in holders if one.kind == kind)

    return PolicyHolders(roles=names("role"), users=names("user"), groups=names("group"))


def grant_drift(document: Drift, *, detached: bool) -> Drift:
    """How a grant stands to what was declared; ``document`` is how its policy does. Detached, it grants nothing."""
    return Drift.POLICY_DETACHED if detached else document


def grantee_of(props: Mapping[str, object]) -> Grantee | None:
    """The principal of a grant with these properties; ``None`` while it is not known."""
    named = ((kind, props.get(kind)) for kind in KINDS)
    return next((Grantee(kind, name) for kind, name in named if isinstance(name, str)), None)


def account_fault(prop: str) -> Fault:
    """The fault of granting something to the root of the account."""
    return Fault(prop, ACCOUNT_ITSELF, "name a user, a group or a role")


def missing_grantee(grantee: Grantee) -> Fault:
    """The fault of granting something to somebody who is not there."""
    return Fault(grantee.kind, f"{grantee} does not exist", f"make the {grantee.kind} first, or correct the name")


def escalation(grantee: Grantee) -> Fault:
    """What to say of a deployment that grants something to whoever runs it."""
    message = f"the credentials in use act as {grantee}, so this deployment grants itself the right to pass roles"
    return Fault(grantee.kind, message, "let the owner of the account declare the grant, in a stack of its own")
