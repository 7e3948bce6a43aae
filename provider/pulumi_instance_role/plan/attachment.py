"""Plans for a RolePolicyAttachment: there or not there."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Limits
from pulumi_instance_role.plan.calls import Attach, AttachmentCall, Detach
from pulumi_instance_role.plan.faults import Fault, Refused
from pulumi_instance_role.plan.role import missing_role


def is_attached(wish: Attachment, observed: Sequence[Attachment]) -> bool:
    """Whether the policy is on the role. Clouds spell the names of their own policies in more than one case."""
    return any((one.policy.lower(), one.policy_type) == (wish.policy.lower(), wish.policy_type) for one in observed)


def plan_attachment(wish: Attachment, observed: Sequence[Attachment] | None, limits: Limits) -> list[AttachmentCall]:
    """Attach, unless attached already. ``observed`` is ``None`` when the role is gone. Raises :class:`Refused`."""
    if observed is None:
        raise Refused([missing_role(wish.role)])
    if is_attached(wish, observed):
        return []
    room = room_fault(wish.role, wish.policy_type, observed, 1, limits)
    if room:
        raise Refused([room])
    return [Attach(wish)]


def plan_detachment(wish: Attachment, observed: Sequence[Attachment] | None) -> list[AttachmentCall]:
    """Detach, unless role or attachment are gone already."""
    return [Detach(wish)] if observed is not None and is_attached(wish, observed) else []


def room_fault(role: str, policy_type: str, observed: Sequence[Attachment], more: int, limits: Limits) -> Fault | None:
    """The fault of a role that cannot take ``more`` policies of a type."""
    limit = limits.custom_policies_per_role if policy_type == CUSTOM else limits.system_policies_per_role
    held = sum(one.policy_type == policy_type for one in observed)
    if held + more <= limit:
        return None
    message = f"role {role} holds {held} {policy_type} policies and can hold {limit}"
    return Fault("role", message, "detach one, merge documents, or ask the cloud for a higher quota")
