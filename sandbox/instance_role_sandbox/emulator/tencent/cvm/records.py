"""What CVM holds, and how an operation on an instance becomes its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ...state import Kind
from ...timeline import Timeline


@dataclass(frozen=True)
class Instance:
    """One instance.

    The latest operation is described by the ``operation_...`` fields: it begins with a call, is shown from ``_shown``
    on (until then readers see the one before it, in ``earlier``) and ends at ``_ends``; what it changes waits in
    ``pending`` until then. ``settings`` are parts of DescribeInstances that are only kept and shown.
    """

    instance_id: str
    uuid: str
    name: str
    type: str
    image_id: str
    zone: str
    created: float
    timeline: Timeline
    project: int = 0
    charge_type: str = "POSTPAID_BY_HOUR"
    vpc_id: str = ""  # "" in the basic network
    subnet_id: str = ""
    private_ip: str = ""
    public_ip: str = ""
    mac: str = ""
    groups: tuple[str, ...] = ()
    role: str = ""
    role_id: str = ""  # which role of that name it was when it was bound
    role_since: float = 0.0
    host_name: str = ""
    user_data: str = ""
    protected: bool = False  # against termination through the API
    settings: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    operation: str = ""
    operation_id: str = ""  # its request's id
    operation_shown: float = 0.0
    operation_ends: float = 0.0
    operation_error: str = ""  # "" for an operation that succeeds
    earlier: dict[str, str] = field(default_factory=dict)
    pending: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Launch:
    """A ClientToken used by RunInstances: a digest of the request, and the ids it was given."""

    digest: str
    instance_ids: tuple[str, ...]


INSTANCE = Kind("cvm-instance", Instance, regional=True)
LAUNCH = Kind("cvm-launch", Launch, regional=True)

KINDS: tuple[Kind[Any], ...] = (INSTANCE, LAUNCH)


def running(instance: Instance, now: float) -> bool:
    """Whether an operation on the instance has not ended."""
    return now < instance.operation_ends


def settled(instance: Instance, now: float) -> Instance:
    """The instance as it is at ``now``: with what its latest operation has changed, if that has ended well."""
    if not instance.pending or running(instance, now):
        return instance
    return replace(instance, **(instance.pending if not instance.operation_error else {}), pending={})


def operating(
    instance: Instance, name: str, request_id: str, *, now: float, shown: float, ends: float, error: str = ""
) -> Instance:
    """The instance with a new latest operation. ``shown`` and ``ends`` are moments."""
    return replace(
        instance,
        earlier=latest(instance, now),
        operation=name,
        operation_id=request_id,
        operation_shown=shown,
        operation_ends=ends,
        operation_error=error,
    )


def latest(instance: Instance, now: float) -> dict[str, str]:
    """The latest operation as readers see it: name, id, state, error; empty if there was none."""
    if not instance.operation or now < instance.operation_shown:
        return instance.earlier
    done = "FAILED" if instance.operation_error else "SUCCESS"
    return {
        "name": instance.operation,
        "id": instance.operation_id,
        "state": "OPERATING" if running(instance, now) else done,
        "error": "" if running(instance, now) else instance.operation_error,
    }
