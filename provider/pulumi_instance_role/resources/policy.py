"""RolePolicy: a custom permission document, versioned where the cloud versions it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from pulumi_instance_role.clouds.port import (
    CUSTOM,
    Cloud,
    CloudError,
    ErrorKind,
    Grant,
    Grantee,
    Limits,
    Policy,
    PolicyHolders,
    PolicyVersion,
)
from pulumi_instance_role.host.converge import BRIEFLY, awaited, carry_through, converge, not_visible
from pulumi_instance_role.host.lag import await_shown
from pulumi_instance_role.host.meant import MEANT, is_put, own_id_told
from pulumi_instance_role.host.process import HOST, scope_of
from pulumi_instance_role.host.provider import (
    BaseProvider,
    Checked,
    Props,
    declared_tags,
    owner_as_found,
    owner_of_props,
)
from pulumi_instance_role.host.values import only
from pulumi_instance_role.plan.attachment import is_attached
from pulumi_instance_role.plan.calls import Call, CreatePolicy, PutDocument, SetDefaultVersion
from pulumi_instance_role.plan.documents import same_document
from pulumi_instance_role.plan.drift import Drift, is_drift, still
from pulumi_instance_role.plan.grant import among
from pulumi_instance_role.plan.namesake import is_another
from pulumi_instance_role.plan.ownership import owner_of
from pulumi_instance_role.plan.policy import (
    DesiredPolicy,
    PolicyPast,
    described,
    first_sight,
    plan_document,
    plan_policy,
    plan_policy_deletion,
    policy_drift,
)
from pulumi_instance_role.plan.role import lost_mark, ours_to_delete
from pulumi_instance_role.policy.at_the_line import at_the_line
from pulumi_instance_role.program.resource import (
    BaseResource,
    MaybeText,
    PolicyDocument,
    Tags,
    argument,
    connection,
    document_text,
    name_or_derived,
)
from pulumi_instance_role.resources.role import check_name


class RolePolicy(BaseResource, module="instance-role", name="RolePolicy"):
    """A custom policy that roles can be given.

    ``document`` is a dictionary or JSON text. An edit detaches nothing. Where the cloud keeps versions, it puts a new
    default version in force; at the cloud's limit the oldest version that is not in force makes room; a document that
    an old version has is put in force again without a new one. Elsewhere it takes the place of the document before.
    ``adopt`` takes over a policy that exists already; it is then released, not deleted, at the end. A change of
    ``cloud`` or ``name`` replaces the policy.

    Alibaba Cloud: CreatePolicy, GetPolicy, CreatePolicyVersion, SetDefaultPolicyVersion, DeletePolicy of RAM
    (https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-createpolicy). Tencent Cloud:
    CreatePolicy, GetPolicy, UpdatePolicy, DeletePolicy of CAM (https://www.tencentcloud.com/document/product/598/34578);
    its policies have no tags that can be changed, so the owner is marked at the end of the description.
    """

    name: pulumi.Output[str]
    """The policy's name in the cloud; known at preview."""
    policy_type: pulumi.Output[str]
    """``Custom``; known at preview."""
    document: pulumi.Output[str]
    """The document as compact JSON; known at preview."""
    default_version: pulumi.Output[str]
    """The version in force, such as ``v3``; ``default`` where there is but one."""
    policy_id: pulumi.Output[str]
    """The cloud's own id of the policy, or the moment it was made, where policies have no id (Alibaba Cloud)."""
    description: pulumi.Output[str | None]
    tags: pulumi.Output[Mapping[str, str] | None]
    adopted: pulumi.Output[bool]
    """Whether the policy was found, not made."""
    drift: pulumi.Output[str]
    """How the policy differed from the declaration when it was read last: a drift class, ``in_sync`` if it did not."""

    outputs = ("default_version", "policy_id", "adopted")

    @at_the_line
    def __init__(
        self,
        resource_name: str,
        document: PolicyDocument,
        cloud: MaybeText = None,
        name: MaybeText = None,
        description: MaybeText = None,
        tags: Tags = None,
        adopt: pulumi.Input[bool] = False,
        region: MaybeText = None,
        profile: MaybeText = None,
        assume_role_arn: MaybeText = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Raise TypeError or ValueError, naming the argument, for what cannot be right whatever the cloud says."""
        where = connection(cloud, region, profile, assume_role_arn)
        argument("description", description, str)
        argument("tags", tags, dict)
        argument("adopt", adopt, bool)
        props = {
            **where,
            **name_or_derived(resource_name, name, where["cloud"], "policy", opts),
            "document": document_text("document", document, required=True),
            "description": description,
            "tags": tags,
            "adopt": adopt,
            "policy_type": CUSTOM,
        }
        super().__init__(RolePolicyProvider(), resource_name, props, opts, {"document": document})


class RolePolicyProvider(BaseProvider):
    """The life of a policy. Pickled by reference into every state: never move or rename it."""

    kind = "RolePolicy"
    inputs = ("name", "auto_name", "document", "description", "tags", "adopt", "policy_type", MEANT)
    replaced_by = ("cloud", "name")
    named = True
    identity = ("policy", "policy_id")

    def inspect(self, checked: Checked, limits: Limits) -> None:
        """Name, document, sizes and tags against the cloud's limits."""
        check_name(checked, "policy", limits.policy_name, limits.policy_name_length)
        checked.document("document", "permission", limits.policy_document_length)
        checked.flag("adopt")
        checked.tags(limits)
        checked.news["policy_type"] = CUSTOM
        room = limits.description_length
        if not limits.tags_policies:
            room -= len(owner_of_props(checked.news).mark("x"))
            if checked.known("tags"):
                checked.fail("tags", "this cloud has no tags for policies; leave them out")
        checked.text("description", longest=room)

    def claim(self, props: Props) -> None:
        """A live policy claims its name."""
        HOST.claims.claim("policy", scope_of(props), props["name"], owner_of_props(props).resource)

    def make(self, props: Props) -> tuple[str, Props]:
        """Create the policy, finish one that an earlier create left, or adopt one."""
        return props["name"], self._bring_about(props, None)

    def look(self, props: Props) -> tuple[Props, Props] | None:
        """The policy with the document in force; gone when the cloud says that there is none of the name."""
        policy = HOST.cloud(props).get_policy(props["name"], CUSTOM)
        if policy is None or is_another(props.get("policy_id"), policy.policy_id):
            return None
        limits = HOST.limits(props["cloud"])
        adopted = bool(props.get("adopted"))
        lost = lost_mark(owner_of(policy.tags, policy.description), adopted=adopted)
        version = props.get("default_version", "")
        drift = policy_drift(props["document"], version, props, policy, limits, unmarked_now=lost)
        live: Props = {"owner": owner_as_found(props, lost=lost)}
        if not same_document(props["document"], policy.document, limits.language):
            live["document"] = policy.document
        if props.get("description") is not None:
            live["description"] = described(policy, limits)
        if props.get("tags"):
            live["tags"] = only(props["tags"], policy.tags)
        found = {**props, **live}
        return found, {**found, **_known(policy, adopted=adopted), "drift": still(props.get("drift"), drift).value}

    def change(self, olds: Props, news: Props) -> Props:
        """A new version in force, or settings in place. Flags and connection change without a call."""
        same = all(olds.get(key) == news.get(key) for key in ("document", "description", "tags", "owner"))
        if same and not is_drift(olds.get("drift")):
            return only(("default_version", "policy_id", "adopted", "drift"), olds)
        return self._bring_about(news, _past(olds))

    def foresee(self, props: Props, cloud: Cloud) -> Props:
        """Whose it is does not change; the version in force is known unless the document makes a new one."""
        policy, versions = look_at_policy(cloud, props["name"])
        if policy is None:
            return {}
        made = owner_of_props(props).is_same(owner_of(policy.tags, policy.description))
        if not made and not props.get("adopt"):
            return {}
        known = _known(policy, adopted=not made)
        if made and props.get("adopt"):
            del known["adopted"]  # it was made, or adopted from another state: only the state tells
        if props.get("document") is None:
            return only(("policy_type", "policy_id", "adopted"), known)
        for call in plan_document(props["name"], props["document"], versions, cloud.limits, cloud.limits.language):
            if isinstance(call, SetDefaultVersion):
                known["default_version"] = call.version_id
            elif isinstance(call, PutDocument) and cloud.limits.policy_versions is not None:
                known.pop("default_version")
        return known

    def end(self, props: Props) -> None:
        """Delete a policy that is ours; release one that is adopted; leave one that another live resource claims."""
        if props.get("adopted") or HOST.claims.claimed("policy", scope_of(props), props["name"]):
            return
        cloud = HOST.cloud(props)
        name, owner, past = props["name"], owner_of_props(props), _past(props)

        def left() -> Sequence[Call]:
            policy = cloud.get_policy(name, CUSTOM)
            found = owner_of(policy.tags, policy.description) if policy else None
            if policy is None or not ours_to_delete(owner, found, adopted=past.adopted):
                return ()
            return plan_policy_deletion(name, owner, policy, past, policy_holders(cloud, name))

        await_shown(props, lambda: cloud.get_policy(name, CUSTOM))
        carry_through(cloud, left(), left)

    def _bring_about(self, props: Props, past: PolicyPast | None) -> Props:
        cloud = HOST.cloud(props)
        desired = _desired(props)
        known = past
        made, fresh, looked = False, True, False

        def note(_: str) -> None:
            nonlocal made, fresh
            made, fresh = True, False

        def look() -> _Seen:
            nonlocal fresh, looked
            shared, fresh, looked = not fresh, True, True  # what the call that made it saw of it afterwards will do
            policy = cloud.get_policy(desired.name, CUSTOM, shared=shared)
            if made and policy is not None and same_document(policy.document, desired.document, desired.language):
                return policy, (PolicyVersion(policy.default_version, policy.document, True),)
            return policy, () if policy is None else cloud.policy_versions(desired.name)

        def plan(seen: _Seen) -> Sequence[Call]:
            nonlocal known
            policy, versions = seen
            if policy is None or made:
                # What was just made is ours, although its mark may be shown later than itself.
                calls = plan_policy(replace(desired, made=made), policy, versions, cloud.limits, past)
                return [replace(one, unseen=not looked) if isinstance(one, CreatePolicy) else one for one in calls]
            # What a create finds is judged once: its own first calls change what it would be taken for.
            replaced = replace(desired, made=own_id_told("policy", props) == policy.policy_id)
            known = known or first_sight(replaced, policy, versions, _uses(cloud, props, desired, policy))
            return plan_policy(desired, policy, versions, cloud.limits, known)

        # No policy is made where one has the name, so a create need not look first.
        blind = past is None and not desired.adopt
        policy, _ = converge(
            cloud,
            look,
            plan,
            there=lambda seen: seen[0] is not None,
            made=note,
            assumed=(lambda: (None, ())) if blind else None,
        )
        if policy is None:
            raise not_visible(f"policy {desired.name}")
        adopted = known is not None and known.adopted
        return {**_known(policy, adopted=adopted), "drift": Drift.IN_SYNC.value}


def _uses(cloud: Cloud, props: Props, desired: DesiredPolicy, policy: Policy) -> Sequence[str]:
    """Who has a policy that may be the rest of an interrupted create, besides whom this stack gave it to.

    Of any other policy, that does not matter.
    """
    if not desired.owner.is_same(owner_of(policy.tags, policy.description)):
        return ()
    scope = scope_of(props)

    def of_others() -> Sequence[str]:
        holders = policy_holders(cloud, policy.name).all()
        return [str(one) for one in holders if not is_put(scope, Grant(one, policy.name, CUSTOM))]

    return awaited(of_others, lambda uses: not uses, BRIEFLY)


_Seen = tuple[Policy | None, Sequence[PolicyVersion]]


def look_at_policy(cloud: Cloud, name: str) -> _Seen:
    """A custom policy and its versions."""
    policy = cloud.get_policy(name, CUSTOM)
    return policy, () if policy is None else cloud.policy_versions(name)


def policy_holders(cloud: Cloud, name: str) -> PolicyHolders:
    """What the policy is attached to. A cloud may go on naming what it was taken off; the holder's own list tells.

    Where that list may not be read, the policy's is believed.
    """

    def holds(one: Grantee) -> bool:
        try:
            return is_attached(Grant(one, name, CUSTOM), cloud.grants(one) or ())
        except CloudError as error:
            if error.kind is ErrorKind.DENIED:
                return True
            raise

    found = cloud.policy_holders(name, CUSTOM) or PolicyHolders()
    return among([one for one in found.all() if holds(one)])


def _desired(props: Props) -> DesiredPolicy:
    return DesiredPolicy(
        props["name"],
        props["document"],
        owner_of_props(props),
        HOST.limits(props["cloud"]).language,
        props.get("description"),
        declared_tags(props),
        bool(props.get("adopt")),
    )


def _past(props: Props) -> PolicyPast:
    described = props.get("description") is not None
    return PolicyPast(
        bool(props.get("adopted")), described, frozenset(declared_tags(props)), props.get("policy_id", "")
    )


def _known(policy: Policy, *, adopted: bool) -> Props:
    return {
        "policy_type": CUSTOM,
        "default_version": policy.default_version,
        "policy_id": policy.policy_id,
        "adopted": adopted,
    }
