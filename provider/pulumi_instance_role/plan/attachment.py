"""Plans for a RolePolicyAttachment: there or not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Grant, Grantee, Limits, PolicyHolders, same_role
from pulumi_instance_role.plan.calls import Attach, AttachmentCall, Detach
from pulumi_instance_role.plan.faults import Fault, Refused
from pulumi_instance_role.plan.role import missing_role


def is_attached(desired: Attachment | Grant, observed: Sequence[Attachment] | Sequence[Grant]) -> bool:
    """Whether the policy is among those of its holder. Clouds spell their own policies in more than one case."""
    return any(
        (one.policy.lower(), one.policy_type) == (desired.policy.lower(), desired.policy_type) for one in observed
    )


def is_gone(
    desired: Attachment | Grant,
    observed: Sequence[Attachment] | Sequence[Grant] | None,
    holders: Callable[[], PolicyHolders | None],
) -> bool:
    """Whether it is proved that the policy is not on its holder.

    ``observed`` is what the holder's list shows, ``None`` when the holder is gone. An empty list may be the answer to
    a reader who may not see it, so that the policy's own list (``holders``, asked only then) has to agree.
    """
    if observed is None:
        return True
    if observed:
        return not is_attached(desired, observed)
    found = holders()
    return found is None or not any(same_holder(one, desired.holder) for one in found.all())


def same_holder(one: Grantee, other: Grantee) -> bool:
    """Whether both are the same user, group or role. Only roles answer to their name in another case."""
    return one.kind == other.kind and (same_role(one.name, other.name) if one.kind == "role" else one == other)


def plan_attachment(desired: Attachment, observed: Sequence[Attachment] | None) -> list[AttachmentCall]:
    """Attach, unless attached already. ``observed`` is ``None`` when the role is gone. Raises :class:`Refused`.

    How many policies fit on a role is a quota that an account can raise: the cloud has the last word.
    """
    if observed is None:
        raise Refused([missing_role(desired.role)])
    return [] if is_attached(desired, observed) else [Attach(desired)]


def plan_detachment(desired: Attachment) -> list[AttachmentCall]:
    """Detach, whatever a list shows: what is gone already is success, what a list hid would stay behind."""
    return [Detach(desired)]


def room_fault(
    holder: Grantee,
    policy_type: str,
    observed: Sequence[Attachment] | Sequence[Grant],
    more: int,
    limits: Limits,
) -> Fault | None:
    """The fault of a user, group or role that cannot take ``more`` policies of a type."""
    limit = limits.custom_policies_per_role if policy_type == CUSTOM else limits.system_policies_per_role
    held = sum(one.policy_type == policy_type for one in observed)
    if held + more <= limit:
        return None
    message = f"{holder} holds {held} {policy_type} policies and can hold {limit}"
    return Fault(holder.kind, message, "detach one, merge documents, or ask the cloud for a higher quota")
