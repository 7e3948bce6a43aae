"""PassRoleGrant: the right of one user, group or role to pass exactly these roles to instances."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from pulumi_instance_role.clouds.port import CUSTOM, Cloud, Grant, Grantee, Limits, Policy
from pulumi_instance_role.host.converge import BRIEFLY, PROPAGATION, awaited, carry_through, converge, not_visible
from pulumi_instance_role.host.lag import await_shown
from pulumi_instance_role.host.meant import (
    KNOWN,
    MEANT,
    changed,
    ids_meant,
    is_put,
    learned,
    own_id_told,
    put,
    refuse_namesakes,
)
from pulumi_instance_role.host.mistaken import Mistake, id_fault, refuse_others, refuse_texts, region_fault, role_fault
from pulumi_instance_role.host.process import HOST, scope_of
from pulumi_instance_role.host.provider import BaseProvider, Checked, Props, owner_as_found, owner_of_props
from pulumi_instance_role.host.values import is_unknown, only
from pulumi_instance_role.plan.attachment import is_attached, is_gone
from pulumi_instance_role.plan.calls import Call, Withdraw
from pulumi_instance_role.plan.drift import Drift, is_drift
from pulumi_instance_role.plan.faults import Refused
from pulumi_instance_role.plan.grant import (
    ACCOUNT_ITSELF,
    KINDS,
    GrantSeen,
    account_fault,
    besides,
    first_sight_of_grant,
    grant_drift,
    grantee_of,
    plan_grant,
    plan_grant_end,
)
from pulumi_instance_role.plan.names import not_a_name
from pulumi_instance_role.plan.namesake import Reference, is_another
from pulumi_instance_role.plan.ownership import owner_of
from pulumi_instance_role.plan.policy import DesiredPolicy, PolicyPast, policy_drift
from pulumi_instance_role.plan.role import lost_mark, ours_to_delete
from pulumi_instance_role.policy.at_the_line import at_the_line
from pulumi_instance_role.policy.canonical import canonical_text
from pulumi_instance_role.policy.pass_role import pass_role_document
from pulumi_instance_role.policy.unseen import holds_unseen
from pulumi_instance_role.program.attached import Derived, note
from pulumi_instance_role.program.resource import (
    BaseResource,
    MaybeText,
    Text,
    argument,
    connection,
    fits,
    ids_of,
    name_of,
    name_or_derived,
)
from pulumi_instance_role.resources.policy import look_at_policy, policy_holders
from pulumi_instance_role.resources.role import InstanceRole, check_name

_Texts = pulumi.Input[Sequence[pulumi.Input[str]]]
_REGION = r"[a-z]{2,}(-[a-z0-9]+)+"
_LONGEST_ACCOUNT = "0" * 16


class PassRoleGrant(BaseResource, module="instance-role", name="PassRoleGrant"):
    """The right to pass exactly these roles to instances, for one user, group or role.

    Whoever may pass a role may do, from an instance that holds it, all that the role may do; and whoever binds roles
    needs to be allowed to pass them. Declare the grant in a stack of the account's owner, not in the stack that binds
    the roles: a deployer that grants itself the right to pass roles has escalated its own permissions, and is warned
    about.

    ``roles`` are names or InstanceRoles, in a list. Give exactly one of ``user``, ``group`` and ``role`` (a name; for
    a role also an InstanceRole); the account's root may pass every role and is refused. With ``instance_ids``,
    ``regions`` or both the document also allows the giving itself, on these instances or in these regions only;
    without either, the right to give must come from elsewhere. The document is a custom policy of its own, which is
    put on the principal; an edit puts the new document in force and takes nothing off in between. A change of
    ``cloud``, ``name`` or principal replaces the grant.

    Alibaba Cloud: CreatePolicy, CreatePolicyVersion, AttachPolicyToUser (-ToGroup, -ToRole) of RAM, with
    ``ram:PassRole`` and ``ecs:AttachInstanceRamRole``
    (https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance).
    Tencent Cloud: CreatePolicy, UpdatePolicy, AttachUserPolicy (-GroupPolicy, -RolePolicy) of CAM, with
    ``cam:PassRole`` and ``cvm:ModifyInstancesAttribute``, which also changes other attributes of these instances
    (https://www.tencentcloud.com/document/product/598/34579).
    """

    name: pulumi.Output[str]
    """The policy's name in the cloud; known at preview."""
    roles: pulumi.Output[Sequence[str]]
    """The names of the roles, sorted; known at preview."""
    user: pulumi.Output[str | None]
    group: pulumi.Output[str | None]
    role: pulumi.Output[str | None]
    instance_ids: pulumi.Output[Sequence[str] | None]
    regions: pulumi.Output[Sequence[str] | None]
    document: pulumi.Output[str]
    """The document that was put in force, as compact JSON. A first preview does not know it: it names the account."""
    default_version: pulumi.Output[str]
    """The version of the policy in force, such as ``v3``."""
    policy_id: pulumi.Output[str]
    """The cloud's own id of the policy, or the moment it was made, where policies have no id (Alibaba Cloud)."""
    meant_ids: pulumi.Output[Any]
    """The cloud's own ids of the roles, as far as this stack made them."""
    in_force: pulumi.Output[bool]
    """Whether the principal had the grant as declared when it was read last; ``False`` is put right by the next up."""
    drift: pulumi.Output[str]
    """How the grant differed from the declaration when it was read last: a drift class, ``in_sync`` if it did not."""

    outputs = ("document", "default_version", "policy_id", "meant_ids", "in_force")

    @at_the_line
    def __init__(
        self,
        resource_name: str,
        roles: pulumi.Input[Sequence[pulumi.Input[str]]] | Sequence[Text | InstanceRole],
        user: MaybeText = None,
        group: MaybeText = None,
        role: MaybeText | InstanceRole = None,
        instance_ids: _Texts | None = None,
        regions: _Texts | None = None,
        cloud: MaybeText = None,
        name: MaybeText = None,
        region: MaybeText = None,
        profile: MaybeText = None,
        assume_role_arn: MaybeText = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Raise TypeError or ValueError, naming the argument, for what cannot be right whatever the cloud says."""
        argument("roles", roles, list, tuple, required=True, remedy="give a list of names or InstanceRoles")
        named: Any = roles
        like = None
        if isinstance(roles, (list, tuple)):
            named = [name_of("roles", one, InstanceRole) for one in roles]
            like = next((one for one in roles if isinstance(one, InstanceRole)), None)
        argument("user", user, str)
        argument("group", group, str)
        argument("instance_ids", instance_ids, list, tuple, remedy="give a list of ids")
        argument("regions", regions, list, tuple, remedy='give a list, such as ["cn-hangzhou"]')
        principals = {
            "user": user,
            "group": group,
            "role": None if role is None else name_of("role", role, InstanceRole),
        }
        given = [kind for kind, value in principals.items() if value is not None]
        if len(given) != 1:
            raise ValueError(_one_principal(given))
        where = connection(cloud, region, profile, assume_role_arn, like)
        fits(where, role=role)
        for each in roles if isinstance(roles, (list, tuple)) else ():
            fits(where, roles=each)
        props = {
            **where,
            **name_or_derived(resource_name, name, where["cloud"], "policy", opts),
            **principals,
            "roles": named,
            "instance_ids": instance_ids,
            "regions": regions,
            "meant": ids_of(*(("role", one) for one in (*(roles if isinstance(roles, (list, tuple)) else ()), role))),
        }
        if role is not None:
            note(resource_name, role, Derived(props["name"]) if props["auto_name"] else props["name"], CUSTOM)
        super().__init__(PassRoleGrantProvider(), resource_name, props, opts)


class PassRoleGrantProvider(BaseProvider):
    """The life of a grant. Pickled by reference into every state: never move or rename it."""

    kind = "PassRoleGrant"
    inputs = ("name", "auto_name", "roles", *KINDS, "instance_ids", "regions", "in_force", MEANT)
    replaced_by = ("cloud", "name", *KINDS)
    named = True
    identity = ("policy", "policy_id")

    def inspect(self, checked: Checked, limits: Limits) -> None:
        """Name, principal, roles, instances and regions; the lists sorted, without doubles; the document's size."""
        check_name(checked, "policy", limits.policy_name, limits.policy_name_length)
        _check_principal(checked, limits)
        _check_list(checked, "roles", limits.grantee_name, role_fault, "give names", required=True)
        _check_list(checked, "instance_ids", limits.instance_id, id_fault(checked.news["cloud"]), "give ids")
        _check_list(checked, "regions", _REGION, region_fault, "give names")
        if checked.news.get("regions") == []:
            checked.fail("regions", "is empty; leave it out for all regions")
        checked.news["in_force"] = True
        if not checked.failures and not is_unknown(checked.news):
            length = len(_document(checked.news, limits, _LONGEST_ACCOUNT))
            if length > limits.policy_document_length:
                prop = "instance_ids" if checked.news.get("instance_ids") else "roles"
                reason = f"make a document of {length} characters, the cloud allows {limits.policy_document_length}"
                checked.fail(prop, f"{reason}; give regions in place of instances, or make two grants of it")

    def references(self, props: Props) -> Sequence[Reference]:
        """The roles that may be passed, and the one that may pass them."""
        named = [("roles", one) for one in props["roles"]] + ([("role", props["role"])] if props.get("role") else [])
        return [Reference(prop, "role", name) for prop, name in named]

    def remember(self, props: Props) -> None:
        """What this stack gave to somebody is no sign that somebody else uses it."""
        super().remember(props)
        put(scope_of(props), _grant(props), owner_of_props(props).resource)

    def claim(self, props: Props) -> None:
        """A live grant claims its policy's name, and that policy on its principal."""
        scope, by = scope_of(props), owner_of_props(props).resource
        HOST.claims.claim("policy", scope, props["name"], by)
        HOST.claims.claim("grant", scope, grant_key(_grant(props)), by)

    def make(self, props: Props) -> tuple[str, Props]:
        """Make the policy and put it on the principal, or finish what an earlier create left."""
        return props["name"], self._bring_about(props, None)

    def look(self, props: Props) -> tuple[Props, Props] | None:
        """The document in force, and whether the principal has it; gone when there is no policy of the name."""
        cloud, grant = HOST.cloud(props), _grant(props)
        policy = cloud.get_policy(grant.policy, CUSTOM)
        if policy is None or is_another(props.get("policy_id"), policy.policy_id):
            return None
        detached = is_gone(grant, cloud.grants(grant.holder), lambda: cloud.policy_holders(grant.policy, CUSTOM))
        lost = lost_mark(owner_of(policy.tags, policy.description), adopted=False)
        put, version = props.get("document", ""), props.get("default_version", "")
        found = policy_drift(put, version, {}, policy, cloud.limits, unmarked_now=lost)
        drift = grant_drift(found, detached=detached)
        in_force = drift not in (Drift.POLICY_DETACHED, Drift.DOCUMENT_CHANGED)
        meant = learned(cloud, props, self.references(props))
        live = {**props, "owner": owner_as_found(props, lost=lost), "in_force": in_force}
        # The document stays as it was put in force, so that a second refresh finds the same drift.
        return live, {**live, **_known(policy), KNOWN: meant, "drift": drift.value}

    def change(self, olds: Props, news: Props) -> Props:
        """A new document in force. The connection changes without a call."""
        keys = ("roles", "instance_ids", "regions", "in_force", "owner")
        given = {**news, KNOWN: {**olds.get(KNOWN, {}), **news.get(MEANT, {})}}
        same = all(olds.get(key) == news.get(key) for key in keys) and not changed(olds.get(KNOWN), news.get(MEANT))
        if same and not is_drift(olds.get("drift")):
            meant = ids_meant(given, self.references(given))
            return {**only(("document", "default_version", "policy_id", "drift"), olds), KNOWN: meant}
        return self._bring_about(given, _past(olds))

    def end(self, props: Props) -> None:
        """Take the policy off the principal and delete it.

        A live resource that claims the grant keeps both; one that claims the policy for another principal keeps that.
        """
        grant, scope = _grant(props), scope_of(props)
        if HOST.claims.claimed("grant", scope, grant_key(grant)):
            return
        cloud, owner = HOST.cloud(props), owner_of_props(props)
        kept = HOST.claims.claimed("policy", scope, grant.policy) is not None

        def left() -> Sequence[Call]:
            if kept:
                return [Withdraw(grant)] if is_attached(grant, cloud.grants(grant.holder) or ()) else ()
            policy = cloud.get_policy(grant.policy, CUSTOM)
            found = owner_of(policy.tags, policy.description) if policy else None
            if policy is None or not ours_to_delete(owner, found, adopted=False):
                return ()
            holders = policy_holders(cloud, grant.policy)
            return plan_grant_end(grant.policy, owner, grant.holder, policy, holders, _past(props))

        if not kept:
            await_shown(props, lambda: cloud.get_policy(grant.policy, CUSTOM))
        # Whatever a list shows: a principal whose grant a list hid would keep the right to pass roles.
        carry_through(cloud, [Withdraw(grant)] if kept else left(), left)

    def _bring_about(self, props: Props, past: PolicyPast | None) -> Props:
        cloud, grant = HOST.cloud(props), _grant(props)
        account = cloud.identity().account_id
        if grant.holder.kind != "role" and grant.holder.name == account:
            raise Refused([account_fault(grant.holder.kind)])
        language = cloud.limits.language
        document = _document(props, cloud.limits, account)
        desired = DesiredPolicy(grant.policy, document, owner_of_props(props), language, adopt=None)
        references = self.references(props)
        known = past
        made = False

        def note(_: str) -> None:
            nonlocal made
            made = True

        def look() -> GrantSeen:
            held = awaited(lambda: cloud.grants(grant.holder), lambda seen: seen is not None, _patience(props))
            return GrantSeen(*look_at_policy(cloud, grant.policy), held)

        def plan(seen: GrantSeen) -> Sequence[Call]:
            nonlocal known
            if seen.policy is not None and seen.held is not None and known is None and not made:
                uses = _others(cloud, props, desired, grant, seen.policy)
                replaced = replace(desired, made=own_id_told("policy", props) == seen.policy.policy_id)
                known = first_sight_of_grant(replaced, grant.holder, seen, uses)
            calls = plan_grant(
                replace(desired, made=made), grant.holder, seen, cloud.limits, past if seen.policy is None else known
            )
            if calls:
                refuse_namesakes(cloud, props, references)
            return calls

        policy = converge(cloud, look, plan, there=lambda seen: seen.policy is not None, made=note).policy
        if policy is None:
            raise not_visible(f"policy {grant.policy}")
        meant = ids_meant(props, references)
        return {"document": document, **_known(policy), KNOWN: meant, "drift": Drift.IN_SYNC.value}


def _known(policy: Policy) -> Props:
    return {"default_version": policy.default_version, "policy_id": policy.policy_id}


def _past(props: Props) -> PolicyPast:
    return PolicyPast(adopted=False, policy_id=props.get("policy_id", ""))


def _others(cloud: Cloud, props: Props, desired: DesiredPolicy, grant: Grant, policy: Policy) -> Sequence[str]:
    """Who has a policy that may be the rest of an interrupted create, besides the principal it is for."""
    if not desired.owner.is_same(owner_of(policy.tags, policy.description)):
        return ()
    others, scope = besides(policy_holders(cloud, policy.name), grant.holder).all(), scope_of(props)
    return [str(one) for one in others if not is_put(scope, Grant(one, policy.name, CUSTOM))]


def _one_principal(given: Sequence[str]) -> str:
    prop = given[1] if len(given) > 1 else "user"
    return f"{prop}: give exactly one of user=, group= and role=, not {' and '.join(given) or 'none of them'}"


def _check_principal(checked: Checked, limits: Limits) -> None:
    given = [kind for kind in KINDS if checked.news.get(kind) is not None]
    if len(given) != 1:
        prop, _, reason = _one_principal(given).partition(": ")
        checked.fail(prop, reason)
        return
    (kind,) = given
    name = checked.text(kind, required=True)
    if name is None:
        return
    if name.lower() == "root" or name.lower().endswith(":root"):
        checked.fail(kind, f"{ACCOUNT_ITSELF}; name a user, a group or a role")
    elif not re.fullmatch(limits.grantee_name, name):
        odd = holds_unseen(name, hide=kind in checked.secret)
        taken = f"{odd}; take it out" if odd else ""
        no_name = f"is not a {kind} name of this cloud; give the name alone, not an ARN or an address"
        wrong = not_a_name(name) or taken or no_name
        checked.fail(kind, f"{name!r} {wrong}")


def _check_list(
    checked: Checked, prop: str, pattern: str, fault: Callable[[str], Mistake], remedy: str, *, required: bool = False
) -> None:
    """A list of texts: sorted and without doubles, members that are not known yet at its end.

    ``fault`` says what is wrong with a text that the pattern does not match.
    """
    given = checked.news.get(prop)
    if given is None or given == []:
        if required:
            checked.fail(prop, f"is {'missing' if given is None else 'empty'}; {remedy}")
        return
    if not isinstance(given, list):
        if not is_unknown(given):
            checked.fail(prop, f"must be a list, not {type(given).__name__}; {remedy}")
        return
    known = sorted({one for one in given if isinstance(one, str)})
    refuse_texts(checked, prop, (one for one in known if not re.fullmatch(pattern, one)), fault)
    refuse_others(checked, prop, given, remedy)
    checked.news[prop] = [*known, *(one for one in given if is_unknown(one))]


def _grant(props: Props) -> Grant:
    grantee = grantee_of(props)
    assert grantee is not None, "check lets no grant without a principal pass"
    return Grant(grantee, props["name"], CUSTOM)


def grant_key(grant: Grant) -> Grant:
    """What a live grant claims. Only roles and policies answer to their name in another case."""
    holder = grant.holder
    name = holder.name.casefold() if holder.kind == "role" else holder.name
    return Grant(Grantee(holder.kind, name), grant.policy.casefold(), grant.policy_type)


def _document(props: Props, limits: Limits, account: str) -> str:
    document = pass_role_document(
        limits.passing, limits.language, account, props["roles"], props.get("instance_ids"), props.get("regions")
    )
    return canonical_text(document, limits.language)


def _patience(props: Props) -> float:
    """Seconds for a principal to be shown: another package, or this very operation, may have made it a moment ago."""
    role = props.get("role")
    ours = role is not None and HOST.claims.claimed("role", scope_of(props), role) is not None
    return PROPAGATION if ours else BRIEFLY
