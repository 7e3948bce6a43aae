"""RolePolicyAttachment: one policy, custom or system, on one role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import DiffResult

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, Attachment, CloudError, ErrorKind, Limits
from pulumi_instance_role.host.converge import BRIEFLY, PROPAGATION, awaited, carry_through, converge
from pulumi_instance_role.host.process import HOST, scope_of
from pulumi_instance_role.host.provider import BaseProvider, Checked, Props, owner_of_props
from pulumi_instance_role.host.values import is_unknown, properties
from pulumi_instance_role.plan.attachment import is_attached, is_gone, plan_attachment, plan_detachment
from pulumi_instance_role.plan.calls import Call
from pulumi_instance_role.plan.drift import Drift, is_drift
from pulumi_instance_role.plan.names import attachment_id
from pulumi_instance_role.program.attached import note
from pulumi_instance_role.program.resource import BaseResource, MaybeText, Text, argument, connection, name_of, one_of
from pulumi_instance_role.resources.policy import RolePolicy
from pulumi_instance_role.resources.role import TAKEN_OFF, InstanceRole

_TYPES = (CUSTOM, SYSTEM)


class RolePolicyAttachment(BaseResource, module="instance-role", name="RolePolicyAttachment"):
    """A policy on a role.

    ``role`` and ``policy`` are names or the resources themselves. ``policy_type`` is ``Custom`` or ``System``; a
    RolePolicy says so itself. Already attached counts as done. Any change of the three, or of ``cloud``, replaces it.

    Alibaba Cloud: AttachPolicyToRole, DetachPolicyFromRole, ListPoliciesForRole of RAM
    (https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-attachpolicytorole). Tencent Cloud:
    AttachRolePolicy, DetachRolePolicy, ListAttachedRolePolicies of CAM
    (https://www.tencentcloud.com/document/product/598/33562); ``System`` are its preset policies, by name.
    """

    role: pulumi.Output[str]
    policy: pulumi.Output[str]
    policy_type: pulumi.Output[str]
    drift: pulumi.Output[str]
    """``policy_detached`` when it was not in place when it was read last, else ``in_sync``."""

    def __init__(
        self,
        resource_name: str,
        role: Text | InstanceRole,
        policy: Text | RolePolicy,
        policy_type: MaybeText = None,
        cloud: MaybeText = None,
        region: MaybeText = None,
        profile: MaybeText = None,
        assume_role_arn: MaybeText = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Raise TypeError or ValueError, naming the argument, for what cannot be right whatever the cloud says."""
        role_name = name_of("role", role, InstanceRole)
        policy_name = name_of("policy", policy, RolePolicy)
        argument("policy_type", policy_type, str)
        one_of("policy_type", policy_type, _TYPES)
        kind: Any = policy_type
        if isinstance(policy, RolePolicy):
            if policy_type == SYSTEM:
                raise ValueError('policy_type: a RolePolicy is "Custom"; leave policy_type out')
            kind = CUSTOM
        elif policy_type is None:
            raise ValueError('policy_type: say "Custom" or "System"; a name alone does not tell')
        props = {
            **connection(cloud, region, profile, assume_role_arn, role if isinstance(role, BaseResource) else policy),
            "role": role_name,
            "policy": policy_name,
            "policy_type": kind,
        }
        note(resource_name, role, policy, kind)
        super().__init__(RolePolicyAttachmentProvider(), resource_name, props, opts)


class RolePolicyAttachmentProvider(BaseProvider):
    """The life of an attachment. Pickled by reference into every state: never move or rename it."""

    kind = "RolePolicyAttachment"
    inputs = ("role", "policy", "policy_type")
    replaced_by = ("cloud", "role", "policy", "policy_type")

    def inspect(self, checked: Checked, limits: Limits) -> None:
        """Names and type."""
        checked.text("role", required=True, longest=limits.role_name_length)
        checked.text("policy", required=True, longest=limits.policy_name_length)
        checked.text("policy_type", required=True)
        checked.choice("policy_type", _TYPES)

    def claim(self, props: Props) -> None:
        """A live attachment claims its policy on its role."""
        HOST.claims.claim("attachment", scope_of(props), _key(props), owner_of_props(props).resource)

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """As always; and what an exclusive role has taken off in this very operation is put back."""
        found = super().diff(_id, _olds, _news)
        news = properties(_news)
        if not is_unknown(news) and HOST.claims.claimed(TAKEN_OFF, scope_of(news), _key(news)):
            return DiffResult(changes=True, replaces=found.replaces, delete_before_replace=False)
        return found

    def make(self, props: Props) -> tuple[str, Props]:
        """Attach; attached already is done."""
        cloud, desired = HOST.cloud(props), _attachment(props)
        patience = PROPAGATION if _made_here(props) else BRIEFLY

        def look() -> Sequence[Attachment] | None:
            return awaited(lambda: cloud.attachments(desired.role), lambda seen: seen is not None, patience)

        converge(cloud, look, lambda seen: plan_attachment(desired, seen), patience=patience)
        return attachment_id(desired.role, desired.policy, desired.policy_type), {"drift": Drift.IN_SYNC.value}

    def look(self, props: Props) -> tuple[Props, Props] | None:
        """In place, or detached by others (it stays listed, as such); gone when its role is."""
        cloud, desired = HOST.cloud(props), _attachment(props)
        observed = cloud.attachments(desired.role)
        if observed is None:
            return None
        detached = is_gone(desired, observed, lambda: cloud.policy_holders(desired.policy, desired.policy_type))
        return props, {**props, "drift": (Drift.POLICY_DETACHED if detached else Drift.IN_SYNC).value}

    def change(self, olds: Props, news: Props) -> Props:
        """Attach again what was detached. Connection and the owner's name change without a call."""
        off = HOST.claims.claimed(TAKEN_OFF, scope_of(news), _key(news))
        return self.make(news)[1] if off or is_drift(olds.get("drift")) else {"drift": Drift.IN_SYNC.value}

    def end(self, props: Props) -> None:
        """Detach, unless another live resource claims the same attachment."""
        if HOST.claims.claimed("attachment", scope_of(props), _key(props)):
            return
        cloud, desired = HOST.cloud(props), _attachment(props)

        def left() -> Sequence[Call]:
            try:
                return plan_detachment(desired) if is_attached(desired, cloud.attachments(desired.role) or ()) else ()
            except CloudError as error:
                if error.kind is ErrorKind.DENIED:
                    return ()  # who may detach need not be allowed to look: the cloud's word is all there is
                raise

        carry_through(cloud, plan_detachment(desired), left)


def _attachment(props: Props) -> Attachment:
    return Attachment(props["role"], props["policy"], props["policy_type"])


def _made_here(props: Props) -> bool:
    """Whether role or policy belong to this very operation, so that the cloud may not show them everywhere yet."""
    scope = scope_of(props)
    role = HOST.claims.claimed("role", scope, props["role"])
    return role is not None or HOST.claims.claimed("policy", scope, props["policy"]) is not None


def _key(props: Props) -> tuple[str, str, str]:
    return props["role"], props["policy"], props["policy_type"]
