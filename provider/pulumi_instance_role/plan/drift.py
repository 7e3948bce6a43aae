"""Drift classes: how the world differs from what a state says, named.

The texts are part of every state (the ``drift`` output), so they never change.

A refresh takes over what it finds, so the next look would find nothing any more although nobody put anything right.
What a refresh recorded therefore stays named until an update has looked at it: see :func:`still` and :func:`is_drift`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from pulumi_instance_role.clouds.port import Instance, same_role


class Drift(str, Enum):
    """One way in which live and declared differ."""

    IN_SYNC = "in_sync"
    GONE = "gone"  # the thing itself is not there; never in a state, since a refresh takes it out
    ROLE_SWAPPED = "role_swapped"  # the instance holds another role
    UNBOUND = "unbound"  # the instance holds no role
    INSTANCE_GONE = "instance_gone"  # the cloud says positively that the instance is not there
    POLICY_DETACHED = "policy_detached"
    POLICY_FOREIGN = "policy_foreign"  # on a managed role, and not put there by the stack
    VERSION_CHANGED = "version_changed"  # another version is in force, with the same permissions
    DOCUMENT_CHANGED = "document_changed"  # other permissions are in force
    TRUST_CHANGED = "trust_changed"
    SETTINGS_CHANGED = "settings_changed"  # description, session duration, console login or a declared tag


def instance_drift(role: str, instance: Instance | None) -> Drift:
    """How one instance of a binding stands to the role it should hold."""
    if instance is None:
        return Drift.INSTANCE_GONE
    if instance.role is None:
        return Drift.UNBOUND
    return Drift.IN_SYNC if same_role(instance.role, role) else Drift.ROLE_SWAPPED


def binding_drift(role: str, instance_ids: tuple[str, ...], observed: Mapping[str, Instance]) -> dict[str, str]:
    """Instance id -> drift class, for those of a binding that are not in sync."""
    found = {one: instance_drift(role, observed.get(one)) for one in instance_ids}
    return {one: drift.value for one, drift in found.items() if drift is not Drift.IN_SYNC}


def gone_before(recorded: object) -> dict[str, str]:
    """The instances that an earlier refresh found gone, and took off the list."""
    if not isinstance(recorded, Mapping):
        return {}
    return {one: drift for one, drift in recorded.items() if drift == Drift.INSTANCE_GONE.value}


def first_drift(*classes: tuple[bool, Drift]) -> Drift:
    """The first class whose condition holds, worst first; in sync if none does."""
    return next((drift for holds, drift in classes if holds), Drift.IN_SYNC)


_WORST_FIRST = (
    Drift.TRUST_CHANGED,
    Drift.POLICY_FOREIGN,
    Drift.DOCUMENT_CHANGED,
    Drift.VERSION_CHANGED,
    Drift.SETTINGS_CHANGED,
)
_OF_PROPERTY = {
    "trust_policy": Drift.TRUST_CHANGED,
    "document": Drift.DOCUMENT_CHANGED,
    "default_version": Drift.VERSION_CHANGED,
}


def is_drift(recorded: object) -> bool:
    """Whether a ``drift`` output says that something differed."""
    return recorded not in (None, "", Drift.IN_SYNC.value) and recorded != {}


def still(recorded: object, seen: Drift) -> Drift:
    """The worse of what an earlier refresh recorded for a role or policy, and what is seen now."""
    return next((one for one in _WORST_FIRST if one in (recorded, seen)), seen)


def drift_of(prop: str) -> Drift:
    """The class of a role's or policy's property that is not as it was stored."""
    return _OF_PROPERTY.get(prop, Drift.SETTINGS_CHANGED)
