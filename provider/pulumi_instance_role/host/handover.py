"""Whose an instance's role is: this stack's bindings among themselves, and what they found.

One binding alone writes to an instance in an operation: the live one that declares it. Others may have given it its
role before; what a state says of that reaches the host with each binding's ``check`` (inputs) and ``diff`` (outputs),
and is kept in :mod:`.claims`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pulumi_instance_role.clouds.port import Cloud, CloudError, ErrorKind, Instance, same_role
from pulumi_instance_role.host.converge import BRIEFLY, awaited
from pulumi_instance_role.host.process import HOST, scope_of
from pulumi_instance_role.host.provider import Props, owner_of_props
from pulumi_instance_role.plan.binding import BindingPast
from pulumi_instance_role.plan.ownership import owner_of

ADOPTED = "adopted"
HANDED_OVER = "handed_over"
"""Outputs of a binding: the ids that held the role before; instance id -> role of what was left to another binding."""


class Stack:
    """What of an instance's present role is this stack's own doing."""

    def __init__(self, cloud: Cloud, props: Props) -> None:
        self._cloud = cloud
        self._props = props
        self._owner = owner_of_props(props)
        self.resource = self._owner.resource
        self._scope = scope_of(props, props["region"])
        self._made: dict[str, bool] = {}
        self._foreign: set[tuple[str, str]] = set()
        self._patience = BRIEFLY

    def claimed(self, wanted: Collection[str], dropped: Collection[str]) -> dict[str, tuple[str, str]]:
        """Which of the instances other live bindings want; of those that are dropped, any live one."""
        by = self._owner.resource
        return {**claimed_among(self._props, wanted, besides=by), **claimed_among(self._props, dropped, besides=None)}

    def is_contested(self, instance_id: str) -> bool:
        """Whether another live binding wants the instance by now."""
        return HOST.claims.contested("instance", self._scope, instance_id, self._owner.resource) is not None

    def found(self, instance_id: str, role: str, *, adopt: bool) -> bool:
        """Whether an instance that holds ``role`` is to be left with it at the end: it had it before this stack.

        What a binding of this stack gave it, and what a cut-off create may have left, is the stack's own. The second
        can be told only by the role: nobody else gives away a role that this stack made, and nothing in the cloud says
        who bound another's role. So what a killed create gave of a role of others counts as found by the next one;
        a create that fails puts back what it changed.
        """
        if HOST.claims.holds(self._scope, instance_id, role):
            return HOST.claims.was_found(self._scope, instance_id, role)
        return adopt and not self._is_made(role)

    def may_replace(self, instance_id: str, role: str) -> bool:
        """Whether this stack made the role, or bound it to the instance as its state says."""
        if HOST.claims.holds(self._scope, instance_id, role):
            return True
        made = self._is_made(role)
        if not made:
            self._foreign.add((instance_id, role))
        return made

    def _is_made(self, role: str) -> bool:
        if role not in self._made:
            self._made[role] = self._made_here(role)
        return self._made[role]

    def has_waited_for_givers(self) -> bool:
        """Wait, once, for what is to be replaced to turn out to be this stack's; whether there was a reason to.

        An engine checks the next resource while this one is brought about: a binding that gives an instance up may be
        known a moment later than the one that takes it.
        """
        if not self._foreign or not self._patience:
            return False
        foreign, patience = frozenset(self._foreign), self._patience
        self._patience = 0.0
        awaited(lambda: all(HOST.claims.holds(self._scope, *one) for one in foreign), bool, patience)
        return True

    def _made_here(self, role: str) -> bool:
        try:
            found = self._cloud.get_role(role)
        except CloudError as error:
            if error.kind is ErrorKind.DENIED:
                return False  # unknown is foreign: the fault names on_conflict
            raise
        return found is not None and self._owner.same_stack(owner_of(found.tags))


def remember_inputs(olds: Props) -> None:
    """Note what the state says this stack bound, so that an instance may move between its bindings."""
    if "region" in olds:
        for one, role in olds.get("roles", {}).items():
            HOST.claims.hold(scope_of(olds, olds["region"]), one, role)


def remember_outputs(olds: Props) -> None:
    """Note what this binding left to others (they may not have got it), and what it found as it is."""
    if "region" not in olds:
        return
    scope = scope_of(olds, olds["region"])
    for one, role in olds.get(HANDED_OVER, {}).items():
        HOST.claims.hold(scope, one, role)
    for one in olds.get(ADOPTED, ()):
        HOST.claims.found(scope, one, olds["role"])


def handed_over(olds: Props, dropped: Sequence[str], stack: Stack) -> Props:
    """The instances that are left to other live bindings for another role, with the role that this one gave them.

    Should those fail, this is what tells the next operation that the stack may move them, and an end that they are
    still to be unbound. Until then nobody does that: whether a binding that wants them is still declared is known only
    when every resource was checked.
    """
    given = {**olds.get(HANDED_OVER, {}), **dict.fromkeys(dropped, olds.get("role"))}
    claimed = stack.claimed((), list(given))
    left = {
        one: role
        for one, role in given.items()
        if one in claimed and claimed[one][0] != stack.resource and not same_role(claimed[one][1], role)
    }
    return {HANDED_OVER: left} if left else {}


def adopted_of(props: Props, past: BindingPast | None, before: Mapping[str, Instance], stack: Stack) -> list[str]:
    """The instances that keep the role at the end: found holding it now, or by this binding before."""
    role, adopt = props["role"], bool(props.get("adopt"))
    known = frozenset(past.instance_ids if past is not None else ())
    kept = past.adopted if past is not None and same_role(past.role, role) else frozenset()
    return [
        one
        for one in props["instance_ids"]
        if one in kept
        or (
            one not in known
            and one in before
            and same_role(before[one].role, role)
            and stack.found(one, role, adopt=adopt)
        )
    ]


def claimed_among(props: Props, instance_ids: Collection[str], *, besides: str | None) -> dict[str, tuple[str, str]]:
    """Which of the instances live bindings (other than ``besides``) want, and for which role."""
    scope = scope_of(props, props["region"])
    found = {
        one: HOST.claims.claimed("instance", scope, one)
        if besides is None
        else HOST.claims.contested("instance", scope, one, besides)
        for one in instance_ids
    }
    return {one: claim for one, claim in found.items() if claim is not None}


def past_of(props: Props) -> BindingPast:
    """What the state knows of a binding."""
    return BindingPast(props["role"], tuple(props.get("instance_ids", ())), frozenset(props.get(ADOPTED, ())))


def pasts_of(props: Props) -> list[BindingPast]:
    """What the end of a binding is to undo: what it has, and by role what was left to others that never got it."""
    left: dict[str, list[str]] = {}
    for one, role in props.get(HANDED_OVER, {}).items():
        left.setdefault(role, []).append(one)
    return [past_of(props), *(BindingPast(role, tuple(ids)) for role, ids in sorted(left.items()))]
