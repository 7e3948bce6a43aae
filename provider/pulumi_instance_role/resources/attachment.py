"""RolePolicyAttachment: one policy, custom or system, on one role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import DiffResult

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, Attachment, CloudError, ErrorKind, Limits
from pulumi_instance_role.host.converge import BRIEFLY, PROPAGATION, awaited, carry_through, converge
from pulumi_instance_role.host.meant import (
    KNOWN,
    MEANT,
    changed,
    ids_meant,
    is_adopted,
    is_put,
    learned,
    maker_of,
    namesakes,
    put,
    refuse_namesakes,
)
from pulumi_instance_role.host.process import HOST, scope_of
from pulumi_instance_role.host.provider import BaseProvider, Checked, Props, owner_of_props
from pulumi_instance_role.host.values import is_unknown, properties
from pulumi_instance_role.plan.attachment import is_attached, is_gone, plan_attachment, plan_detachment
from pulumi_instance_role.plan.calls import Call
from pulumi_instance_role.plan.drift import Drift, is_drift
from pulumi_instance_role.plan.names import attachment_id
from pulumi_instance_role.plan.namesake import Reference
from pulumi_instance_role.policy.at_the_line import at_the_line
from pulumi_instance_role.program.attached import note
from pulumi_instance_role.program.resource import (
    BaseResource,
    MaybeText,
    Text,
    argument,
    connection,
    fits,
    ids_of,
    name_of,
    one_of,
)
from pulumi_instance_role.resources.policy import RolePolicy
from pulumi_instance_role.resources.role import TAKEN_OFF, InstanceRole

_TYPES = (CUSTOM, SYSTEM)


class RolePolicyAttachment(BaseResource, module="instance-role", name="RolePolicyAttachment"):
    """A policy on a role.

    ``role`` and ``policy`` are names or the resources themselves. ``policy_type`` is ``Custom`` or ``System``; a
    RolePolicy says so itself. Already attached counts as done. With ``adopt`` what was attached before is left so at
    the end; that of a role or policy which says ``adopt`` itself is adopted too. Any change of the three, or of
    ``cloud``, replaces it.

    Alibaba Cloud: AttachPolicyToRole, DetachPolicyFromRole, ListPoliciesForRole of RAM
    (https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-attachpolicytorole). Tencent Cloud:
    AttachRolePolicy, DetachRolePolicy, ListAttachedRolePolicies of CAM
    (https://www.tencentcloud.com/document/product/598/33562); ``System`` are its preset policies, by name.
    """

    role: pulumi.Output[str]
    policy: pulumi.Output[str]
    policy_type: pulumi.Output[str]
    adopted: pulumi.Output[bool]
    """Whether it was there before, and stays at the end."""
    meant_ids: pulumi.Output[Any]
    """The cloud's own ids of the role and the policy, as far as this stack made them."""
    drift: pulumi.Output[str]
    """``policy_detached`` when it was not in place when it was read last, else ``in_sync``."""

    outputs = ("adopted", "meant_ids")

    @at_the_line
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
        adopt: pulumi.Input[bool] = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Raise TypeError or ValueError, naming the argument, for what cannot be right whatever the cloud says."""
        role_name = name_of("role", role, InstanceRole)
        policy_name = name_of("policy", policy, RolePolicy)
        argument("policy_type", policy_type, str)
        one_of("policy_type", policy_type, _TYPES)
        argument("adopt", adopt, bool)
        kind: Any = policy_type
        if isinstance(policy, RolePolicy):
            if policy_type == SYSTEM:
                raise ValueError('policy_type: a RolePolicy is "Custom"; leave policy_type out')
            kind = CUSTOM
        elif policy_type is None:
            raise ValueError('policy_type: say "Custom" or "System"; a name alone does not tell')
        like = role if isinstance(role, BaseResource) else policy
        where = connection(cloud, region, profile, assume_role_arn, like)
        fits(where, role=role, policy=policy)
        props = {
            **where,
            "role": role_name,
            "policy": policy_name,
            "policy_type": kind,
            "adopt": _any_adopts(adopt, *(one.adopts for one in (role, policy) if isinstance(one, BaseResource))),
            "meant": ids_of(("role", role), ("policy", policy)),
        }
        note(resource_name, role, policy, kind)
        super().__init__(RolePolicyAttachmentProvider(), resource_name, props, opts)


def _any_adopts(*flags: pulumi.Input[bool]) -> pulumi.Input[bool] | None:
    """Whether one of the flags is set; none of them is as good as no word of it."""
    if any(flag is True for flag in flags):
        return True
    open_ = [flag for flag in flags if flag is not False]
    return pulumi.Output.all(*open_).apply(lambda known: any(known)) if open_ else None


class RolePolicyAttachmentProvider(BaseProvider):
    """The life of an attachment. Pickled by reference into every state: never move or rename it."""

    kind = "RolePolicyAttachment"
    inputs = ("role", "policy", "policy_type", "adopt", MEANT)
    replaced_by = ("cloud", "role", "policy", "policy_type")

    def inspect(self, checked: Checked, limits: Limits) -> None:
        """Names and type."""
        checked.text("role", required=True, longest=limits.role_name_length, name=True)
        checked.text("policy", required=True, longest=limits.policy_name_length, name=True)
        checked.text("policy_type", required=True)
        checked.choice("policy_type", _TYPES)
        checked.flag("adopt")
        if checked.news["adopt"] is False:
            del checked.news["adopt"]  # as in the states of releases that did not know it

    def references(self, props: Props) -> Sequence[Reference]:
        """The role, and the policy if it is not one of the cloud's own."""
        role = Reference("role", "role", props["role"])
        return [role, Reference("policy", "policy", props["policy"])] if props["policy_type"] == CUSTOM else [role]

    def remember(self, props: Props) -> None:
        """What this stack attached is no sign that somebody else uses the role."""
        if not props.get("adopted"):
            put(scope_of(props), _attachment(props), owner_of_props(props).resource)

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
        desired, meant = _attachment(props), ids_meant(props, self.references(props))
        # Attaching adds, and what is attached already stays: only who adopts needs to know what was there before.
        told = is_put(scope_of(props), desired)
        there_before = self._attach(props, blind=not (props.get("adopt") or told))
        adopted = there_before and bool(props.get("adopt")) and not _is_own_work(props, self.references(props))
        id_ = attachment_id(desired.role, desired.policy, desired.policy_type)
        return id_, {"adopted": adopted, KNOWN: meant, "drift": Drift.IN_SYNC.value}

    def look(self, props: Props) -> tuple[Props, Props] | None:
        """In place, or detached by others (it stays listed, as such); gone when its role is, or its policy."""
        cloud, desired, references = HOST.cloud(props), _attachment(props), self.references(props)
        observed = cloud.attachments(desired.role)
        if observed is None or namesakes(cloud, props, references, shared=True):
            return None
        detached = is_gone(desired, observed, lambda: cloud.policy_holders(desired.policy, desired.policy_type))
        meant = learned(cloud, props, references)
        return props, {**props, KNOWN: meant, "drift": (Drift.POLICY_DETACHED if detached else Drift.IN_SYNC).value}

    def change(self, olds: Props, news: Props) -> Props:
        """Attach again what was detached. Flag, connection and the owner's name change without a call."""
        remade = changed(olds.get(KNOWN), news.get(MEANT))
        given = {**news, KNOWN: {**olds.get(KNOWN, {}), **news.get(MEANT, {})}}
        if remade:
            return self.make(given)[1]
        if is_drift(olds.get("drift")) or HOST.claims.claimed(TAKEN_OFF, scope_of(news), _key(news)):
            self._attach(given)
        meant = ids_meant(given, self.references(given))
        return {"adopted": bool(olds.get("adopted")), KNOWN: meant, "drift": Drift.IN_SYNC.value}

    def end(self, props: Props) -> None:
        """Detach, unless it was there before, is on a namesake, or another live resource claims the same attachment."""
        if props.get("adopted") or HOST.claims.claimed("attachment", scope_of(props), _key(props)):
            return
        cloud, desired = HOST.cloud(props), _attachment(props)
        if namesakes(cloud, props, self.references(props)):
            return

        def left() -> Sequence[Call]:
            try:
                return plan_detachment(desired) if is_attached(desired, cloud.attachments(desired.role) or ()) else ()
            except CloudError as error:
                if error.kind is ErrorKind.DENIED:
                    return ()  # who may detach need not be allowed to look: the cloud's word is all there is
                raise

        carry_through(cloud, plan_detachment(desired), left)

    def _attach(self, props: Props, *, blind: bool = False) -> bool:
        """Attach; whether it was attached before, unless it is done ``blind``: as if it were not."""
        cloud, desired, references = HOST.cloud(props), _attachment(props), self.references(props)
        patience = PROPAGATION if _made_here(props) else BRIEFLY
        before: list[bool] = []

        def look() -> Sequence[Attachment] | None:
            return awaited(lambda: cloud.attachments(desired.role), lambda seen: seen is not None, patience)

        def plan(seen: Sequence[Attachment] | None) -> Sequence[Call]:
            calls = plan_attachment(desired, seen)
            if calls or not before:
                refuse_namesakes(cloud, props, references)
            # The first look counts: a lost answer is no reason to take this call's own work for somebody else's.
            before.append(not calls)
            return calls

        converge(cloud, look, plan, patience=patience, assumed=(lambda: ()) if blind else None)
        return before[0]


def _is_own_work(props: Props, references: Sequence[Reference]) -> bool:
    """Whether an attachment that a create finds can only be what an earlier, interrupted create of this stack made.

    Nothing hung on a role, or on a policy, before this stack made it. Of what this stack did not make, nobody can tell
    who attached it: an interrupted create is then taken for what was there before, and stays at the end.
    """
    cloud, owner = HOST.cloud(props), owner_of_props(props)
    return any(owner.same_stack(maker_of(cloud, one)) and not is_adopted(props, one) for one in references)


def _attachment(props: Props) -> Attachment:
    return Attachment(props["role"], props["policy"], props["policy_type"])


def _made_here(props: Props) -> bool:
    """Whether role or policy belong to this very operation, so that the cloud may not show them everywhere yet."""
    scope = scope_of(props)
    role = HOST.claims.claimed("role", scope, props["role"])
    return role is not None or HOST.claims.claimed("policy", scope, props["policy"]) is not None


def _key(props: Props) -> tuple[str, str, str]:
    return props["role"], props["policy"], props["policy_type"]
