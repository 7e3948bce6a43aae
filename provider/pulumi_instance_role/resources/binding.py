"""InstanceRoleBinding: one role on any number of instances of a region."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, DiffResult
from pulumi.output import UNKNOWN

from pulumi_instance_role.clouds.port import Cloud, CloudError, ErrorKind, Instance, Limits, same_role
from pulumi_instance_role.host.converge import BRIEFLY, PROPAGATION, awaited
from pulumi_instance_role.host.handover import (
    ADOPTED,
    HANDED_OVER,
    Stack,
    adopted_of,
    claimed_among,
    handed_over,
    past_of,
    pasts_of,
    remember_inputs,
    remember_outputs,
)
from pulumi_instance_role.host.lag import believed
from pulumi_instance_role.host.meant import KNOWN, MEANT, changed, ids_meant, learned, refuse_namesakes
from pulumi_instance_role.host.mistaken import id_fault, refuse_others, refuse_texts
from pulumi_instance_role.host.process import HOST, scope_of
from pulumi_instance_role.host.provider import BaseProvider, Checked, Props, owner_of_props
from pulumi_instance_role.host.rebind import rebind
from pulumi_instance_role.host.values import is_unknown, only, properties
from pulumi_instance_role.plan.binding import BindingPast, DesiredBinding, Surroundings, plan_binding, plan_unbinding
from pulumi_instance_role.plan.calls import Bind, BindingCall, Swap
from pulumi_instance_role.plan.drift import binding_drift, gone_before
from pulumi_instance_role.plan.faults import Refused
from pulumi_instance_role.plan.names import binding_id
from pulumi_instance_role.plan.namesake import Reference
from pulumi_instance_role.plan.role import role_faults
from pulumi_instance_role.policy.at_the_line import at_the_line
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
LOSING = "losing"
"""Checked input, for a preview: instance id -> role, of what leaves the binding. It is in no output, nor compared."""


class InstanceRoleBinding(BaseResource, module="instance-role", name="InstanceRoleBinding"):
    """A role on instances: any number of ids of one region, in any order, doubles ignored, possibly none.

    A change of ``role`` or ``instance_ids`` touches only the instances that differ, in batches. An instance that holds
    a role which this stack did not make, and which none of its live bindings put there, is an error, unless
    ``on_conflict="replace"``. The end of a binding takes the role only from instances that still hold it and that no
    other binding claims. A change of ``cloud`` or ``region`` replaces the binding.

    ``adopt``: instances that held the role before the binding did, and that no binding of this stack gave it to, are
    recorded as ``adopted`` and keep it when they leave the binding or the binding ends, as long as its role is the
    same. Where this stack made the role itself, nothing is adopted. ``at_least`` is the least number of instances that
    must be declared, against a search that finds too few.

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
    adopted: pulumi.Output[Sequence[str]]
    """The ids that held the role before, and keep it at the end."""
    region: pulumi.Output[str]
    on_conflict: pulumi.Output[str]
    meant_ids: pulumi.Output[Any]
    """The cloud's own id of the role, if this stack made it."""
    drift: pulumi.Output[Mapping[str, str]]
    """Instance id -> drift class, for those that were not in sync when they were read last."""

    outputs = (ADOPTED, "meant_ids")

    @at_the_line
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
        adopt: pulumi.Input[bool] = False,
        at_least: pulumi.Input[int] = 0,
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
        argument("adopt", adopt, bool)
        argument("at_least", at_least, int, remedy="give the least number of instances")
        props = {
            **where,
            "role": name_of("role", role, InstanceRole),
            "instance_ids": instance_ids,
            "on_conflict": on_conflict,
            "meant": ids_of(("role", role)),
            "adopt": adopt,
            "at_least": at_least,
            LOSING: None,
        }
        super().__init__(InstanceRoleBindingProvider(), resource_name, props, opts)


class InstanceRoleBindingProvider(BaseProvider):
    """The life of a binding. Pickled by reference into every state: never move or rename it."""

    kind = "InstanceRoleBinding"
    inputs = ("role", "instance_ids", "roles", "on_conflict", "adopt", "at_least", MEANT)
    replaced_by = ("cloud", "region")

    def inspect(self, checked: Checked, limits: Limits) -> None:
        """Role, ids and region; the ids sorted, without doubles; the roles they shall hold, by id."""
        checked.text("role", required=True, longest=limits.role_name_length, name=True)
        checked.news.setdefault("on_conflict", "fail")
        checked.choice("on_conflict", _ON_CONFLICT)
        _check_ids(checked, limits)
        checked.flag("adopt")
        _check_number(checked)
        for key in ("adopt", "at_least"):
            if not checked.news.get(key):
                checked.news.pop(key, None)  # as in states of releases that did not know it

    def references(self, props: Props) -> Sequence[Reference]:
        """The role."""
        return [Reference("role", "role", props["role"])]

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Also note what the binding put where, after what it claims: whoever sees the one can see the other."""
        result = super().check(_olds, news)
        olds = properties(_olds)
        remember_inputs(olds)
        losing = {} if result.failures else _losing(olds, result.inputs)
        if losing:
            result.inputs[LOSING] = losing
        return result

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Also note what only outputs tell of what this binding has to do with instances."""
        remember_outputs(properties(_olds))
        return super().diff(_id, _olds, _news)

    def claim(self, props: Props) -> None:
        """A live binding claims its instances for its role."""
        scope, by = scope_of(props, props["region"]), owner_of_props(props).resource
        HOST.claims.withdraw("instance", by)
        for one in props["instance_ids"]:
            HOST.claims.claim("instance", scope, one, by, props["role"])

    def make(self, props: Props) -> tuple[str, Props]:
        """Bind what is not bound yet. A create that fails leaves no trace, or says which."""
        owner = owner_of_props(props)
        known = self._bring_about(props, {})
        id_ = binding_id(props["cloud"], props["region"], owner.project, owner.stack, owner.resource)
        return id_, {KNOWN: ids_meant(props, self.references(props)), **known}

    def look(self, props: Props) -> tuple[Props, Props] | None:
        """What each instance holds now. Swapped and unbound ones stay listed; gone when every instance is."""
        ids = tuple(props["instance_ids"])
        observed = _observed(HOST.cloud(props), props, ids, ids)
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
            known = self._bring_about(given, olds)
        else:
            known = {"drift": {}, **only((ADOPTED, HANDED_OVER), olds)}
        return {KNOWN: ids_meant(given, self.references(given)), **known}

    def end(self, props: Props) -> None:
        """Unbind instances that still hold the role, except those that others claim and those that were adopted."""
        for past in pasts_of(props):
            self._end(props, past)

    def _end(self, props: Props, past: BindingPast) -> None:
        ours = [one for one in past.instance_ids if one not in past.adopted]
        kept = claimed_among(props, ours, besides=None)
        ids = [one for one in ours if one not in kept]
        if not ids:
            return
        cloud = HOST.cloud(props)

        def plan(seen: Mapping[str, Instance]) -> list[BindingCall]:
            around = Surroundings(claimed=claimed_among(props, ids, besides=None))
            return plan_unbinding(past, seen, cloud.limits, around)

        def spare(one: str) -> bool:
            return bool(claimed_among(props, [one], besides=None))

        with HOST.claims.leaving(ids):
            rebind(
                cloud,
                lambda: cloud.holdings(ids),
                plan,
                role=None,
                spare=spare,
                first_look=lambda: _observed(cloud, props, ids, {*ids}.intersection(props["instance_ids"])),
            )
        HOST.claims.release(past.role, ids)

    def _bring_about(self, props: Props, olds: Props) -> Props:
        """Bring the instances to what ``props`` declare; what is known of them then. No ``olds``: a create."""
        past = past_of(olds) if olds else None
        replace = props.get("on_conflict") == "replace"
        desired = DesiredBinding(props["role"], tuple(props["instance_ids"]), replace, props["region"])
        declared = frozenset(desired.instance_ids)
        dropped = [one for one in past.instance_ids if one not in declared] if past else []
        ids = [*desired.instance_ids, *dropped]
        if not ids:
            return {"drift": {}, **only((HANDED_OVER,), olds)}
        cloud = HOST.cloud(props)
        if desired.instance_ids:
            ours = HOST.claims.claimed("role", scope_of(props), desired.role) is not None
            refuse_namesakes(cloud, props, self.references(props))
            _require_role(cloud, desired.role, PROPAGATION if ours else BRIEFLY)
        stack = Stack(cloud, props)
        before: list[Mapping[str, Instance]] = []

        def planned(seen: Mapping[str, Instance]) -> list[BindingCall]:
            claimed = stack.claimed(desired.instance_ids, dropped)
            calls = plan_binding(desired, seen, cloud.limits, past, Surroundings(claimed, stack.may_replace))
            # What let an instance be taken over may have been checked meanwhile, and want to keep it.
            return calls if claimed == stack.claimed(desired.instance_ids, dropped) else planned(seen)

        def plan(seen: Mapping[str, Instance]) -> list[BindingCall]:
            before.append(seen)
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

        known_before = past.adopted if past is not None else frozenset()

        swapped = _swapped(props, olds) if past else {}
        looked_at = [one for one in ids if one not in swapped]

        def first_look() -> Mapping[str, Instance]:
            ours = [one for one in dropped if one not in known_before]
            kept = stack.claimed((), ours)
            found = _observed(cloud, olds, looked_at, [one for one in ours if one not in kept])
            return {**found, **cloud.there(swapped)} if swapped else found

        HOST.claims.await_left(desired.instance_ids)
        with HOST.claims.leaving(frozenset(dropped).difference(stack.claimed((), dropped))):
            rebind(
                cloud,
                lambda: cloud.holdings(ids),
                safe,
                role=desired.role,
                spare=stack.is_contested,
                first_look=first_look,
            )
        known = {"drift": {}, **handed_over(olds, dropped, stack)}
        adopted = adopted_of(props, past, before[0], stack)
        if past is not None:
            HOST.claims.release(past.role, dropped if same_role(past.role, desired.role) else ids)
        return {**known, ADOPTED: adopted} if adopted else known


def _swapped(props: Props, olds: Props) -> dict[str, str | None]:
    """The instances that stay and are to change their role, with what each holds by the state.

    The binding's own role goes on them whatever they hold, and each of them is looked at right before. So that they
    exist is all that a plan needs; what turns out to be otherwise is planned anew.
    """
    held, past = olds.get("roles", {}), frozenset(olds.get("instance_ids", ()))
    stay = {one: held.get(one) for one in props["instance_ids"] if one in past}
    return {one: role for one, role in stay.items() if role is not None and not same_role(role, props["role"])}


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
    rest = [*sorted({*known}.difference(wrong)), *unknown, UNKNOWN]
    refuse_texts(checked, "instance_ids", wrong, id_fault(news["cloud"]), rest)
    refuse_others(checked, "instance_ids", given, "give ids", rest)
    news["instance_ids"] = [*known, *unknown]
    if not is_unknown(news["roles"]):
        news["roles"] = dict.fromkeys(known, news.get("role"))


def _losing(olds: Props, news: Props) -> Props:
    """The instances that leave the binding, with its role; what of them other bindings want is not known here."""
    if is_unknown(news) or any(olds.get(key) != news.get(key) for key in ("cloud", "region")):
        return {}
    left = frozenset(news["instance_ids"])
    gone = [one for one in olds.get("instance_ids", ()) if one not in left]
    return dict.fromkeys(gone, olds["role"])


def _check_number(checked: Checked) -> None:
    """``at_least``, and whether as many instances are declared, if that is known."""
    least, ids = checked.known("at_least"), checked.known("instance_ids")
    if least is None:
        return
    if isinstance(least, bool) or not isinstance(least, int) or least < 0:
        checked.fail("at_least", f"must be a whole number from 0 up, not {checked.shown('at_least', least)}")
    elif isinstance(ids, list) and len(ids) < least:
        found = "1 instance is" if len(ids) == 1 else f"{len(ids)} instances are"
        checked.fail("instance_ids", f"{found} given and at_least wants {least}; correct what finds them, or at_least")


def _observed(cloud: Cloud, props: Props, ids: Sequence[str], held: Collection[str]) -> Mapping[str, Instance]:
    """What the instances hold. By the state ``held`` hold its role: while reads may lag, they are not taken at less."""
    if not ids:
        return {}
    return believed(
        props,
        lambda: cloud.holdings(ids),
        lambda seen: all(one in seen and same_role(seen[one].role, props["role"]) for one in held),
    )


def _require_role(cloud: Cloud, name: str, patience: float) -> None:
    """Refuse a role that is missing or that instances may not assume, before any instance is touched.

    One that is not shown may have been made a moment ago: it is waited for, ``patience`` seconds.
    """
    try:
        role = awaited(lambda: cloud.bare_role(name), lambda seen: seen is not None, patience)
    except CloudError as error:
        if error.kind is ErrorKind.DENIED:
            return  # whoever may bind need not be allowed to read roles; the binding call will tell
        raise
    faults = role_faults(name, role, cloud.limits.service, cloud.limits.language)
    if faults:
        raise Refused(faults)
