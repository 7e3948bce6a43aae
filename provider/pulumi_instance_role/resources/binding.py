"""InstanceRoleBinding: one role on any number of instances of a region."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult
from pulumi.output import UNKNOWN

from pulumi_instance_role.clouds.port import Cloud, CloudError, ErrorKind, Instance, Limits, same_role
from pulumi_instance_role.host.converge import BRIEFLY, PROPAGATION, awaited
from pulumi_instance_role.host.meant import KNOWN, MEANT, changed, ids_meant, learned, refuse_namesakes
from pulumi_instance_role.host.process import HOST, scope_of
from pulumi_instance_role.host.provider import BaseProvider, Checked, Props, owner_of_props
from pulumi_instance_role.host.rebind import rebind
from pulumi_instance_role.host.values import is_unknown, legible, properties
from pulumi_instance_role.plan.binding import BindingPast, DesiredBinding, Surroundings, plan_binding, plan_unbinding
from pulumi_instance_role.plan.calls import Bind, BindingCall, Swap
from pulumi_instance_role.plan.drift import binding_drift, gone_before
from pulumi_instance_role.plan.faults import Refused, some
from pulumi_instance_role.plan.names import binding_id
from pulumi_instance_role.plan.namesake import Reference
from pulumi_instance_role.plan.ownership import owner_of
from pulumi_instance_role.plan.role import role_faults
from pulumi_instance_role.policy.document import HIDDEN
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
from pulumi_instance_role.resources.role import InstanceRole

_ON_CONFLICT = ("fail", "replace")


class InstanceRoleBinding(BaseResource, module="instance-role", name="InstanceRoleBinding"):
    """A role on instances: any number of ids of one region, in any order, doubles ignored, possibly none.

    A change of ``role`` or ``instance_ids`` touches only the instances that differ, in batches. An instance that holds
    a role which this stack did not make, and which none of its live bindings put there, is an error, unless
    ``on_conflict="replace"``. The end of a binding takes the role only from instances that still hold it and that no
    other binding claims. A change of ``cloud`` or ``region`` replaces the binding.

    Alibaba Cloud: AttachInstanceRamRole, DetachInstanceRamRole, DescribeInstanceRamRole of ECS
    (https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-attachinstanceramrole). It has no
    call that replaces a role: the instance is without credentials for the moment between detach and attach. Tencent
    Cloud: ModifyInstancesAttribute, DescribeInstances of CVM
    (https://www.tencentcloud.com/document/product/213/15739); a role is replaced in one call.
    """

    role: pulumi.Output[str]
    instance_ids: pulumi.Output[Sequence[str]]
    """The declared ids, sorted; after a refresh, those of them that exist."""
    roles: pulumi.Output[Mapping[str, str]]
    """Instance id -> the role it holds; after a refresh, what it held then (absent: none)."""
    region: pulumi.Output[str]
    on_conflict: pulumi.Output[str]
    meant_ids: pulumi.Output[Any]
    """The cloud's own id of the role, if this stack made it."""
    drift: pulumi.Output[Mapping[str, str]]
    """Instance id -> drift class, for those that were not in sync when they were read last."""

    outputs = ("meant_ids",)

    def __init__(
        self,
        resource_name: str,
        role: Text | InstanceRole,
        instance_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        cloud: MaybeText = None,
        region: MaybeText = None,
        on_conflict: pulumi.Input[str] = "fail",
        profile: MaybeText = None,
        assume_role_arn: MaybeText = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Raise TypeError or ValueError, naming the argument, for what cannot be right whatever the cloud says."""
        remedy = "give a list of instance ids"
        argument("instance_ids", instance_ids, list, tuple, set, frozenset, required=True, remedy=remedy)
        if isinstance(instance_ids, (list, tuple, set, frozenset)):
            for index, one in enumerate(instance_ids):
                hint = "of an instance resource give its id"
                argument(f"instance_ids[{index}]", one, str, required=True, remedy=hint)
            instance_ids = list(instance_ids)
        argument("on_conflict", on_conflict, str)
        one_of("on_conflict", on_conflict, _ON_CONFLICT)
        where = connection(cloud, region, profile, assume_role_arn, role)
        fits(where, role=role)
        props = {
            **where,
            "role": name_of("role", role, InstanceRole),
            "instance_ids": instance_ids,
            "on_conflict": on_conflict,
            "meant": ids_of(("role", role)),
        }
        super().__init__(InstanceRoleBindingProvider(), resource_name, props, opts)


class InstanceRoleBindingProvider(BaseProvider):
    """The life of a binding. Pickled by reference into every state: never move or rename it."""

    kind = "InstanceRoleBinding"
    inputs = ("role", "instance_ids", "roles", "on_conflict", MEANT)
    replaced_by = ("cloud", "region")

    def inspect(self, checked: Checked, limits: Limits) -> None:
        """Role, ids and region; the ids sorted, without doubles; the roles they shall hold, by id."""
        checked.text("role", required=True, longest=limits.role_name_length, name=True)
        checked.news.setdefault("on_conflict", "fail")
        checked.choice("on_conflict", _ON_CONFLICT)
        _check_ids(checked, limits)

    def references(self, props: Props) -> Sequence[Reference]:
        """The role."""
        return [Reference("role", "role", props["role"])]

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Also note what the binding put where, after what it claims: whoever sees the one can see the other."""
        result = super().check(_olds, news)
        _remember(properties(_olds))
        return result

    def claim(self, props: Props) -> None:
        """A live binding claims its instances for its role."""
        scope, by = scope_of(props, props["region"]), owner_of_props(props).resource
        HOST.claims.withdraw("instance", by)
        for one in props["instance_ids"]:
            HOST.claims.claim("instance", scope, one, by, props["role"])

    def make(self, props: Props) -> tuple[str, Props]:
        """Bind what is not bound yet. A create that fails leaves no trace, or says which."""
        owner = owner_of_props(props)
        self._bring_about(props, None)
        id_ = binding_id(props["cloud"], props["region"], owner.project, owner.stack, owner.resource)
        return id_, {KNOWN: ids_meant(props, self.references(props)), "drift": {}}

    def look(self, props: Props) -> tuple[Props, Props] | None:
        """What each instance holds now. Swapped and unbound ones stay listed; gone when every instance is."""
        ids = tuple(props["instance_ids"])
        observed = HOST.cloud(props).instances(ids) if ids else {}
        if ids and not observed:
            return None
        there = [one for one in ids if one in observed]
        held = {one: role for one in there if (role := observed[one].role) is not None}
        held.update({one: props["role"] for one, role in held.items() if same_role(role, props["role"])})
        meant = learned(HOST.cloud(props), props, self.references(props))
        found = {**props, "instance_ids": there, "roles": held}
        drift = {**gone_before(props.get("drift")), **binding_drift(props["role"], ids, observed)}
        return found, {**found, KNOWN: meant, "drift": drift}

    def change(self, olds: Props, news: Props) -> Props:
        """Only the difference. Flags, connection and the owner's name change without a call."""
        given = {**news, KNOWN: {**olds.get(KNOWN, {}), **news.get(MEANT, {})}}
        differs = any(olds.get(key) != news.get(key) for key in ("role", "instance_ids", "roles"))
        if differs or changed(olds.get(KNOWN), news.get(MEANT)):
            self._bring_about(given, _past(olds))
        return {KNOWN: ids_meant(given, self.references(given)), "drift": {}}

    def end(self, props: Props) -> None:
        """Unbind instances that still hold the role, except those that another live resource claims for it."""
        past = _past(props)
        if not past.instance_ids:
            return
        cloud = HOST.cloud(props)
        around = Surroundings(claimed=_claimed(props, past.instance_ids, besides=None))
        rebind(
            cloud,
            lambda: cloud.instances(past.instance_ids),
            lambda seen: plan_unbinding(past, seen, cloud.limits, around),
            role=None,
        )

    def _bring_about(self, props: Props, past: BindingPast | None) -> None:
        desired = DesiredBinding(props["role"], tuple(props["instance_ids"]), props.get("on_conflict") == "replace")
        dropped = [one for one in past.instance_ids if one not in desired.instance_ids] if past else []
        ids = [*desired.instance_ids, *dropped]
        if not ids:
            return
        cloud = HOST.cloud(props)
        if desired.instance_ids:
            ours = HOST.claims.claimed("role", scope_of(props), desired.role) is not None
            refuse_namesakes(cloud, props, self.references(props))
            _require_role(cloud, desired.role, PROPAGATION if ours else BRIEFLY)
        stack = _Stack(cloud, props)

        def planned(seen: Mapping[str, Instance]) -> list[BindingCall]:
            claimed = stack.claimed(desired.instance_ids, dropped)
            calls = plan_binding(desired, seen, cloud.limits, past, Surroundings(claimed, stack.may_replace))
            # What let an instance be taken over may have been checked meanwhile, and want to keep it.
            return calls if claimed == stack.claimed(desired.instance_ids, dropped) else planned(seen)

        def plan(seen: Mapping[str, Instance]) -> list[BindingCall]:
            try:
                return planned(seen)
            except Refused:
                if not stack.has_waited_for_givers():
                    raise
                return planned(seen)

        def safe(seen: Mapping[str, Instance]) -> list[BindingCall]:
            calls = plan(seen)
            if any(isinstance(call, (Bind, Swap)) for call in calls):
                refuse_namesakes(cloud, props, self.references(props))
            return calls

        rebind(cloud, lambda: cloud.instances(ids), safe, role=desired.role)
        for one in desired.instance_ids:
            HOST.claims.hold(stack.scope, one, desired.role)


class _Stack:
    """What of an instance's present role is this stack's own doing."""

    def __init__(self, cloud: Cloud, props: Props) -> None:
        self._cloud = cloud
        self._props = props
        self._owner = owner_of_props(props)
        self.scope = scope_of(props, props["region"])
        self._made: dict[str, bool] = {}
        self._foreign: set[tuple[str, str]] = set()
        self._patience = BRIEFLY

    def claimed(self, wanted: Collection[str], dropped: Collection[str]) -> dict[str, tuple[str, str]]:
        """Which of the instances other live bindings want; of those that are dropped, any live one."""
        by = self._owner.resource
        return {**_claimed(self._props, wanted, besides=by), **_claimed(self._props, dropped, besides=None)}

    def may_replace(self, instance_id: str, role: str) -> bool:
        """Whether this stack made the role, or bound it to the instance as its state says."""
        if HOST.claims.holds(self.scope, instance_id, role):
            return True
        if role not in self._made:
            self._made[role] = self._made_here(role)
        if not self._made[role]:
            self._foreign.add((instance_id, role))
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
        awaited(lambda: all(HOST.claims.holds(self.scope, *one) for one in foreign), bool, patience)
        return True

    def _made_here(self, role: str) -> bool:
        try:
            found = self._cloud.get_role(role)
        except CloudError as error:
            if error.kind is ErrorKind.DENIED:
                return False  # unknown is foreign: the fault names on_conflict
            raise
        return found is not None and self._owner.same_stack(owner_of(found.tags))


def _check_ids(checked: Checked, limits: Limits) -> None:
    news = checked.news
    given = news.get("instance_ids")
    if given is None:
        checked.fail("instance_ids", "is missing; give a list of instance ids (it may be empty)")
        return
    news["roles"] = UNKNOWN if is_unknown(given) or is_unknown(news.get("role")) else {}
    if not isinstance(given, list):
        if not is_unknown(given):
            checked.fail("instance_ids", f"must be a list of instance ids, not {type(given).__name__}")
        return
    known = sorted({one for one in given if isinstance(one, str)})
    unknown = [one for one in given if is_unknown(one)]
    wrong = [one for one in known if not re.fullmatch(limits.instance_id, one)]
    no_text = [repr(one) for one in given if not isinstance(one, str) and not is_unknown(one)]
    if wrong or no_text:
        named = HIDDEN if "instance_ids" in checked.secret else some([*map(legible, wrong), *no_text])
        rest = [*(one for one in known if one not in wrong), *unknown, UNKNOWN]
        checked.fail("instance_ids", f"{named}: no instance id of this cloud; give ids, not names", rest)
    news["instance_ids"] = [*known, *unknown]
    if not is_unknown(news["roles"]):
        news["roles"] = dict.fromkeys(known, news.get("role"))


def _remember(olds: Props) -> None:
    """Note what the state says this stack bound, so that an instance may move between its bindings."""
    if "region" in olds:
        for one, role in olds.get("roles", {}).items():
            HOST.claims.hold(scope_of(olds, olds["region"]), one, role)


def _claimed(props: Props, instance_ids: Collection[str], *, besides: str | None) -> dict[str, tuple[str, str]]:
    """Which of the instances live bindings (other than ``besides``) want, and for which role."""
    scope = scope_of(props, props["region"])
    found = {
        one: HOST.claims.claimed("instance", scope, one)
        if besides is None
        else HOST.claims.contested("instance", scope, one, besides)
        for one in instance_ids
    }
    return {one: claim for one, claim in found.items() if claim is not None}


def _past(props: Props) -> BindingPast:
    return BindingPast(props["role"], tuple(props.get("instance_ids", ())))


def _require_role(cloud: Cloud, name: str, patience: float) -> None:
    """Refuse a role that is missing or that instances may not assume, before any instance is touched.

    One that is not shown may have been made a moment ago: it is waited for, ``patience`` seconds.
    """
    try:
        role = awaited(lambda: cloud.get_role(name), lambda seen: seen is not None, patience)
    except CloudError as error:
        if error.kind is ErrorKind.DENIED:
            return  # whoever may bind need not be allowed to read roles; the binding call will tell
        raise
    faults = role_faults(name, role, cloud.limits.service, cloud.limits.language)
    if faults:
        raise Refused(faults)
