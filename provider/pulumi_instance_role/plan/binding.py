"""Plans for an InstanceRoleBinding: only the difference, in batches, never touching what is somebody else's.

An instance has one slot for a role and the clouds offer no compare-and-set, so every plan starts from what each
instance holds now. Four cases for a declared instance: it holds the role (nothing), nothing (bind), another role that
this stack may replace (swap), or another's role (a fault that names ``on_conflict``).

Within one operation of a stack an instance is written to by one binding only: the live one that declares it. Whoever
gives it up leaves it alone, whatever it holds; so there is no order in which the one undoes what the other did.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field

from pulumi_instance_role.clouds.port import Instance, Lifecycle, Limits, same_role
from pulumi_instance_role.plan.calls import Bind, BindingCall, Swap, Unbind
from pulumi_instance_role.plan.faults import Fault, Refused
from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class DesiredBinding:
    """A binding as it is declared; ids without doubles. ``region`` is for messages."""

    role: str
    instance_ids: tuple[str, ...]
    replace_foreign: bool = False
    region: str = ""


@dataclass(frozen=True)
class BindingPast:
    """What a state knows of a binding it holds already. What is ``adopted`` held the role before the binding did."""

    role: str
    instance_ids: tuple[str, ...]
    adopted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Surroundings:
    """What else this stack has to do with the instances.

    ``claimed``: instance id -> the other resource that wants it, with the role it wants.
    ``may_replace``: whether a role that an instance holds was put there by this stack, so that it may be moved.
    """

    claimed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    may_replace: Callable[[str, str], bool] = lambda instance_id, role: False


def plan_binding(
    desired: DesiredBinding,
    observed: Mapping[str, Instance],
    limits: Limits,
    past: BindingPast | None = None,
    around: Surroundings | None = None,
) -> list[BindingCall]:
    """The calls that bring every instance to what is declared. Raises :class:`Refused` with all faults.

    ``observed`` has what exists of the declared and the past ids. Past ids are this binding's own: whatever such an
    instance holds now, declared wins. Past ids that are no longer declared lose the role if they still hold it and no
    other resource claims them; those that were adopted keep it.
    """
    around = around or Surroundings()
    faults = binding_faults(desired, observed, past, around)
    if faults:
        raise Refused(faults)
    groups: dict[tuple[str | None, str | None], list[str]] = {}
    for one in desired.instance_ids:
        held = observed[one].role
        if not same_role(held, desired.role):
            groups.setdefault((held, desired.role), []).append(one)
    if past is not None:
        declared = frozenset(desired.instance_ids)
        for one in past.instance_ids:
            if one not in declared and _still_ours(one, past, observed, around):
                groups.setdefault((past.role, None), []).append(one)
    return [call for (old, new), ids in groups.items() for call in _batches(old, new, ids, limits)]


def plan_unbinding(
    past: BindingPast, observed: Mapping[str, Instance], limits: Limits, around: Surroundings | None = None
) -> list[BindingCall]:
    """The calls that end a binding: the role goes from instances that still hold it, save what others claim or had."""
    around = around or Surroundings()
    ids = [one for one in past.instance_ids if _still_ours(one, past, observed, around)]
    return _batches(past.role, None, ids, limits)


def plan_undo(
    before: Mapping[str, Instance], seen: Mapping[str, Instance], touched: Collection[str], role: str, limits: Limits
) -> list[BindingCall]:
    """The calls that put ``touched`` instances back to what they held ``before``.

    Only what this operation can have done is undone: an instance that holds neither ``role`` nor none now was changed
    by somebody else meanwhile.
    """
    groups: dict[tuple[str | None, str | None], list[str]] = {}
    for one in sorted(touched):
        if one in before and one in seen and (seen[one].role is None or same_role(seen[one].role, role)):
            groups.setdefault((seen[one].role, before[one].role), []).append(one)
    return [
        call
        for (now, old), ids in groups.items()
        if not same_role(now, old)
        for call in _batches(now, old, ids, limits)
    ]


def binding_faults(
    desired: DesiredBinding, observed: Mapping[str, Instance], past: BindingPast | None, around: Surroundings
) -> list[Fault]:
    """Everything that keeps declared instances from holding the role, one fault for each instance and reason."""
    known = frozenset(past.instance_ids) if past else frozenset()
    faults = []
    for one in desired.instance_ids:
        instance = observed.get(one)
        if one in around.claimed:
            faults.append(_claimed_twice(one, around.claimed[one][0]))
        if instance is None:
            faults.append(_missing(one, desired.region))
            continue
        faults.extend(state_faults(instance))
        held = instance.role
        free = held is None or same_role(held, desired.role) or one in known or desired.replace_foreign
        if not free and held is not None and not around.may_replace(one, held):
            faults.append(occupied(one, held))
    return faults


def state_faults(instance: Instance) -> list[Fault]:
    """What the instance itself says against holding any role."""
    faults = []
    if instance.vpc_id is None:
        message = f"instance {instance.instance_id} is not in a VPC"
        remedy = "only VPC instances can hold a role: move it or leave it out"
        faults.append(Fault("instance_ids", message, remedy, instance.instance_id, "instances are not in a VPC"))
    if instance.lifecycle is Lifecycle.RELEASING:
        message = f"instance {instance.instance_id} is being released"
        alike = "instances are being released"
        faults.append(Fault("instance_ids", message, "leave it out", instance.instance_id, alike))
    return faults


def _still_ours(one: str, past: BindingPast, observed: Mapping[str, Instance], around: Surroundings) -> bool:
    instance = observed.get(one)
    if instance is None or not same_role(instance.role, past.role):
        return False
    return one not in around.claimed and one not in past.adopted


def _batches(old: str | None, new: str | None, ids: Sequence[str], limits: Limits) -> list[BindingCall]:
    """From role ``old`` to role ``new`` (``None`` is no role), in calls of the cloud's batch size."""
    size = limits.bind_batch
    chunks = [tuple(ids[start : start + size]) for start in range(0, len(ids), size)]
    if old is None:
        return [] if new is None else [Bind(new, chunk) for chunk in chunks]
    if new is None:
        return [Unbind(old, chunk) for chunk in chunks]
    return [Swap(old, new, chunk, limits.rebind_in_place) for chunk in chunks]


def _missing(one: str, region: str) -> Fault:
    where = f"region {region}" if region else "this region"
    return Fault(
        "instance_ids",
        f"instance {one} does not exist in {where}",
        "correct the id or region, or leave it out",
        one,
        f"instances do not exist in {where}",
    )


def occupied(one: str, held: str) -> Fault:
    """The fault of an instance that holds a role which no live binding is known to have given it.

    A binding that left the program in this update is not known: its past arrives with its delete, after all else.
    """
    rest = f'the role "{held}", which no live binding of this stack is known to have put there'
    return Fault(
        "instance_ids",
        f"instance {one} holds {rest}",
        'unbind it first, or say on_conflict="replace" to take it over; if a binding that this update removes put it '
        "there, give this one an alias to that one, or remove that one in an update before",
        one,
        f"instances hold {rest}",
    )


def _claimed_twice(one: str, other: str) -> Fault:
    return Fault(
        "instance_ids",
        f'instance {one} is also declared in the binding "{other}"',
        "an instance holds one role: keep it in one binding",
        one,
        f'instances are also declared in the binding "{other}"',
        f'InstanceRoleBinding "{other}"',
    )
