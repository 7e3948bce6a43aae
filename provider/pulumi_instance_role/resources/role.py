"""InstanceRole: a role whose trust policy lets the cloud's instance service assume it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi
from pulumi.dynamic import CheckResult, DiffResult
from pulumi.output import UNKNOWN

from pulumi_instance_role.clouds.port import Attachment, Cloud, CloudError, ErrorKind, Limits, Role
from pulumi_instance_role.host.converge import BRIEFLY, PROPAGATION, awaited, carry_through, converge, not_visible
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
from pulumi_instance_role.host.values import is_unknown, only, properties
from pulumi_instance_role.plan.calls import Call, CreateRole, Detach
from pulumi_instance_role.plan.drift import Drift, is_drift, still
from pulumi_instance_role.plan.names import not_a_name
from pulumi_instance_role.plan.namesake import is_another
from pulumi_instance_role.plan.ownership import owner_of
from pulumi_instance_role.plan.role import (
    DesiredRole,
    RolePast,
    first_sight,
    foreign_policies,
    lost_mark,
    ours_to_delete,
    plan_role,
    plan_role_deletion,
    role_drift,
    role_uses,
    still_held,
    trust_differs,
)
from pulumi_instance_role.policy.at_the_line import at_the_line
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.policy.unseen import holds_unseen
from pulumi_instance_role.program.attached import listed
from pulumi_instance_role.program.enrol import looks
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

ENDED_FIRST = "ended_first"
"""Checked input, for a preview: what is deleted before this role is made. It is in no output, nor compared."""
TAKEN_OFF = "taken off"
"""The kind of claim under which an exclusive role records what it has taken off in this operation."""


class InstanceRole(BaseResource, module="instance-role", name="InstanceRole"):
    """A role that instances can hold.

    ``trusted_services`` (default: the cloud's instance service) or ``trust_policy`` (dictionary or JSON text) say who
    may assume it. ``max_session_duration`` is in seconds. ``adopt`` takes over a role that exists already; it is then
    released, not deleted, at the end. ``force_detach`` lets a delete take policies and instances off the role that
    others put there. ``console_login`` says whether who assumes the role may use the cloud's console; left out, it
    is the cloud's own default, and later on as it is. ``exclusive`` takes off the policies that no RolePolicyAttachment
    or PassRoleGrant of this program puts on the role: those that are there when it is first said, and later on those
    that a refresh has seen. These resources then name role and policy by a text or the resource itself, and stand at
    the top level of the program. A change of ``cloud`` or ``name`` replaces the role; everything else is updated in
    place.

    Alibaba Cloud: CreateRole, GetRole, UpdateRole, DeleteRole of RAM
    (https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-createrole). Tencent Cloud:
    CreateRole, GetRole, UpdateAssumeRolePolicy and its siblings, TagRole, DeleteRole of CAM
    (https://www.tencentcloud.com/document/product/598/33561).
    """

    name: pulumi.Output[str]
    """The role's name in the cloud; known at preview."""
    arn: pulumi.Output[str]
    role_id: pulumi.Output[str]
    """The cloud's own id of the role; another role of the same name has another."""
    trust_policy: pulumi.Output[str]
    """The trust policy as compact JSON; known at preview."""
    description: pulumi.Output[str | None]
    max_session_duration: pulumi.Output[int | None]
    console_login: pulumi.Output[bool | None]
    tags: pulumi.Output[Mapping[str, str] | None]
    adopted: pulumi.Output[bool]
    """Whether the role was found, not made."""
    drift: pulumi.Output[str]
    """How the role differed from the declaration when it was read last: a drift class, ``in_sync`` if it did not."""

    outputs = ("arn", "role_id", "adopted")

    @at_the_line
    def __init__(
        self,
        resource_name: str,
        cloud: MaybeText = None,
        name: MaybeText = None,
        description: MaybeText = None,
        trusted_services: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        trust_policy: PolicyDocument | None = None,
        max_session_duration: pulumi.Input[int] | None = None,
        tags: Tags = None,
        adopt: pulumi.Input[bool] = False,
        force_detach: pulumi.Input[bool] = False,
        region: MaybeText = None,
        profile: MaybeText = None,
        assume_role_arn: MaybeText = None,
        console_login: pulumi.Input[bool] | None = None,
        exclusive: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Raise TypeError or ValueError, naming the argument, for what cannot be right whatever the cloud says."""
        where = connection(cloud, region, profile, assume_role_arn)
        argument("description", description, str)
        argument("trusted_services", trusted_services, list, tuple, remedy="give a list of service names")
        argument("max_session_duration", max_session_duration, int, float, remedy="give seconds")
        argument("tags", tags, dict)
        argument("adopt", adopt, bool)
        argument("force_detach", force_detach, bool)
        argument("console_login", console_login, bool)
        if not isinstance(exclusive, bool):
            raise TypeError(f"exclusive: must be True or False, not {type(exclusive).__name__}")
        if trusted_services is not None and trust_policy is not None:
            raise ValueError("trusted_services: cannot stand beside trust_policy; give one of them")
        props = {
            **where,
            **name_or_derived(resource_name, name, where["cloud"], "role", opts),
            "description": description,
            "trusted_services": trusted_services,
            "trust_policy": document_text("trust_policy", trust_policy),
            "max_session_duration": max_session_duration,
            "tags": tags,
            "adopt": adopt,
            "force_detach": force_detach,
            "console_login": console_login,
            "exclusive": True if exclusive else None,
            "attached": listed(self) if exclusive else None,
            ENDED_FIRST: _asks_what_ends(name) if opts is not None and opts.delete_before_replace else None,
        }
        super().__init__(InstanceRoleProvider(), resource_name, props, opts, {"trust_policy": trust_policy})


def _asks_what_ends(name: MaybeText) -> pulumi.Input[bool] | None:
    """The input that has the check tell which role ends first: at a preview that looks, and as secret as the name."""
    if not looks():
        return None
    return name.apply(lambda _: True) if isinstance(name, pulumi.Output) else True


class InstanceRoleProvider(BaseProvider):
    """The life of a role. Pickled by reference into every state: never move or rename it."""

    kind = "InstanceRole"
    inputs = (
        "name",
        "auto_name",
        "description",
        "trust_policy",
        "max_session_duration",
        "tags",
        "adopt",
        "force_detach",
        "console_login",
        MEANT,
        "exclusive",
        "attached",
    )
    replaced_by = ("cloud", "name")
    named = True
    identity = ("role", "role_id")

    def inspect(self, checked: Checked, limits: Limits) -> None:
        """Name, trust policy, sizes and tags against the cloud's limits."""
        check_name(checked, "role", limits.role_name, limits.role_name_length)
        checked.text("description", longest=limits.description_length)
        checked.flag("adopt")
        checked.flag("force_detach")
        for flag in ("console_login", "exclusive"):
            if checked.news.get(flag) is not None:
                checked.flag(flag)
        checked.tags(limits)
        _check_trust(checked, limits)
        duration = checked.known("max_session_duration")
        least, most = limits.session_duration
        if duration is not None and not (isinstance(duration, int) and least <= duration <= most):
            given = checked.shown("max_session_duration", duration)
            checked.fail("max_session_duration", f"must be {least} to {most} whole seconds, not {given}")

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Also say what a preview cannot know: which role is deleted before this one is made.

        A replacement is checked once more, as a create, after ``diff`` has told of what it replaces.
        """
        result = super().check(_olds, news)
        asked = properties(news).get(ENDED_FIRST)
        result.inputs.pop(ENDED_FIRST, None)
        old = HOST.replaced.get(owner_of_props(result.inputs).resource)
        if asked is True and old is not None and not properties(_olds) and not result.failures:
            result.inputs[ENDED_FIRST] = only(("cloud", "name", "force_detach"), old)
        return result

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Also note what is replaced; an adopted role is only let go."""
        result, olds = super().diff(_id, _olds, _news), properties(_olds)
        if result.replaces and not olds.get("adopted"):
            HOST.replaced[owner_of_props(properties(_news)).resource] = olds
        return result

    def claim(self, props: Props) -> None:
        """A live role claims its name."""
        HOST.claims.claim("role", scope_of(props), props["name"], owner_of_props(props).resource)

    def make(self, props: Props) -> tuple[str, Props]:
        """Create the role, finish one that an earlier create left, or adopt one."""
        return props["name"], self._bring_about(props, None)

    def look(self, props: Props) -> tuple[Props, Props] | None:
        """The role as it is; gone when the cloud says that there is none of the name."""
        role = HOST.cloud(props).get_role(props["name"])
        if role is None or is_another(props.get("role_id"), role.role_id):
            return None
        language = HOST.limits(props["cloud"]).language
        adopted = bool(props.get("adopted"))
        lost = lost_mark(owner_of(role.tags), adopted=adopted)
        foreign = bool(props.get("exclusive") and self._foreign(props, HOST.cloud(props)))
        drift = role_drift(props["trust_policy"], props, role, language, unmarked=lost, foreign=foreign)
        live: Props = {"owner": owner_as_found(props, lost=lost)}
        if trust_differs(props["trust_policy"], role, language):
            live["trust_policy"] = role.trust_policy
        if props.get("description") is not None:
            live["description"] = role.description
        if props.get("max_session_duration") is not None:
            live["max_session_duration"] = role.max_session_duration
        if props.get("console_login") is not None and role.console_login is not None:
            live["console_login"] = role.console_login
        if props.get("tags"):
            live["tags"] = only(props["tags"], role.tags)
        found = {**props, **live}
        return found, {**found, **_known(role, adopted=adopted), "drift": still(props.get("drift"), drift).value}

    def change(self, olds: Props, news: Props) -> Props:
        """Update in place. Flags and connection change without a call."""
        past = _past(olds)
        anew = news.get("exclusive") and not olds.get("exclusive")
        if not (anew or _touches_cloud(olds, news) or is_drift(olds.get("drift"))):
            return only(("arn", "role_id", "adopted", "drift"), olds)
        return self._bring_about(news, past)

    def foresee(self, props: Props, cloud: Cloud) -> Props:
        """No update changes which role it is, or whose."""
        role = cloud.get_role(props["name"])
        if role is None:
            return {}
        made, adopts = owner_of_props(props).is_same(owner_of(role.tags)), bool(props.get("adopt"))
        known = _known(role, adopted=not made)
        # With this resource's own mark it was made, or adopted from another state: only the state tells.
        return only(("arn", "role_id"), known) if made and adopts else known if made or adopts else {}

    def end(self, props: Props) -> None:
        """Delete a role that is ours; release one that is adopted; leave one that another live resource claims."""
        if props.get("adopted") or HOST.claims.claimed("role", scope_of(props), props["name"]):
            return
        cloud = HOST.cloud(props)
        name, owner, past = props["name"], owner_of_props(props), _past(props)
        force, batch = bool(props.get("force_detach")), cloud.limits.bind_batch

        def left() -> Sequence[Call]:
            role = cloud.get_role(name)
            if role is None or not ours_to_delete(owner, owner_of(role.tags), adopted=past.adopted):
                return ()
            attachments = cloud.attachments(name) or ()
            # Of what this operation unbound the cloud may show a while longer that it holds the role.
            released = HOST.claims.released(name)
            held = awaited(lambda: _held_by(cloud, name), lambda seen: released.isdisjoint(seen or ()), PROPAGATION)
            return plan_role_deletion(name, owner, role, past, attachments, held, force_detach=force, batch=batch)

        await_shown(props, lambda: cloud.get_role(name))
        carry_through(cloud, left(), left)

    def _foreign(self, props: Props, cloud: Cloud) -> list[Attachment]:
        """The policies on the role that the program does not put there."""
        return foreign_policies(props.get("attached") or (), cloud.attachments(props["name"]) or ())

    def _take_off(self, props: Props, cloud: Cloud) -> None:
        """Take off what others put on an exclusive role, and remember it: see ``diff`` of an attachment."""

        def left() -> Sequence[Call]:
            return [Detach(one) for one in self._foreign(props, cloud)]

        found = self._foreign(props, cloud)
        for one in found:
            key = (one.role, one.policy, one.policy_type)
            HOST.claims.claim(TAKEN_OFF, scope_of(props), key, owner_of_props(props).resource)
        carry_through(cloud, [Detach(one) for one in found], left)

    def _bring_about(self, props: Props, past: RolePast | None) -> Props:
        cloud = HOST.cloud(props)
        desired = _desired(props)
        known = past
        made, fresh, looked = "", True, False

        def note(role_id: str) -> None:
            nonlocal made, fresh
            made, fresh = role_id, False

        def look() -> Role | None:
            nonlocal fresh, looked
            shared, fresh, looked = not fresh, True, True  # what the call that made it saw of it afterwards will do
            return cloud.get_role(desired.name, shared=shared)

        def plan(role: Role | None) -> Sequence[Call]:
            nonlocal known
            if role is None or made:
                # What was just made is ours, although its mark may be shown later than itself.
                calls = plan_role(replace(desired, made=made), role, past)
                return [replace(one, unseen=not looked) if isinstance(one, CreateRole) else one for one in calls]
            # What a create finds is judged once: its own first calls change what it would be taken for.
            known = known or first_sight(_if_replaced(desired, props), role, _uses(cloud, props, desired, role))
            return plan_role(desired, role, known)

        # No role is made where one has the name, so a create need not look first.
        blind = past is None and not desired.adopt
        role = converge(cloud, look, plan, made=note, assumed=(lambda: None) if blind else None)
        if role is None:
            raise not_visible(f"role {desired.name}")
        if props.get("exclusive"):
            self._take_off(props, cloud)
        adopted = known is not None and known.adopted
        return {**_known(role, adopted=adopted), "drift": Drift.IN_SYNC.value}


def _if_replaced(desired: DesiredRole, props: Props) -> DesiredRole:
    """What a create wants that replaces this very resource: what it finds it has made itself."""
    return replace(desired, made=own_id_told("role", props))


def _uses(cloud: Cloud, props: Props, desired: DesiredRole, role: Role) -> Sequence[str]:
    """What is on a role that may be the rest of an interrupted create; of any other, that does not matter.

    What this stack put there itself says nothing: its resources that name the role without waiting for it are checked,
    and brought about, at the same time.
    """
    if not desired.owner.is_same(owner_of(role.tags)):
        return ()
    scope, around = scope_of(props), scope_of(props, props.get("region", ""))

    def of_others() -> Sequence[str]:
        attached = [one for one in cloud.attachments(role.name) or () if not is_put(scope, one)]
        held = _held_by(cloud, role.name) or ()
        return role_uses(attached, [one for one in held if not HOST.claims.holds(around, one, role.name)])

    return awaited(of_others, lambda uses: not uses, BRIEFLY)


def check_name(checked: Checked, kind: str, pattern: str, length: int) -> None:
    """The ``name`` input of a role or policy against the cloud's rules."""
    name = checked.text("name", required=True)
    if name is None:
        return
    shown = checked.shown("name", name)
    if len(name) > length:
        checked.fail("name", f"{shown} has {len(name)} characters; the cloud allows {length} for a {kind}")
    elif wrong := not_a_name(name, hide="name" in checked.secret):
        checked.fail("name", f"{shown} {wrong}")
    elif odd := holds_unseen(name, hide="name" in checked.secret):
        checked.fail("name", f"{shown} {odd}; take it out")
    elif not re.fullmatch(pattern, name):
        bad = sorted({char for char in name if not re.fullmatch(pattern, f"a{char}a")})
        which = f"the characters {' '.join(map(repr, bad))}" if bad and "name" not in checked.secret else "this form"
        checked.fail("name", f"{shown} is not a {kind} name: the cloud does not allow {which}; choose another")


def _check_trust(checked: Checked, limits: Limits) -> None:
    services = checked.news.pop("trusted_services", None)
    if is_unknown(services):
        checked.news["trust_policy"] = UNKNOWN
        return
    if services is not None and checked.news.get("trust_policy") is not None:
        checked.fail("trusted_services", "cannot stand beside trust_policy; give one of them")
        return
    given = "trust_policy"
    if checked.news.get("trust_policy") is None:
        if services is not None and not _are_services(services):
            checked.fail("trusted_services", f'must be a list of service names, such as ["{limits.service}"]')
            return
        checked.news["trust_policy"] = trust_document(services or [limits.service], limits.language)
        given = "trusted_services"
    checked.document("trust_policy", "trust", limits.trust_document_length, given)


def _are_services(services: object) -> bool:
    return isinstance(services, list) and bool(services) and all(isinstance(one, str) and one for one in services)


def _desired(props: Props) -> DesiredRole:
    return DesiredRole(
        props["name"],
        props["trust_policy"],
        owner_of_props(props),
        HOST.limits(props["cloud"]).language,
        props.get("description"),
        props.get("max_session_duration"),
        declared_tags(props),
        bool(props.get("adopt")),
        props.get("console_login"),
    )


def _past(props: Props) -> RolePast:
    had_duration = props.get("max_session_duration") is not None
    return RolePast(
        props.get("role_id", ""),
        bool(props.get("adopted")),
        props.get("description") is not None,
        frozenset(declared_tags(props)),
        HOST.limits(props["cloud"]).session_default if had_duration else None,
    )


def _known(role: Role, *, adopted: bool) -> Props:
    return {"arn": role.arn, "role_id": role.role_id, "adopted": adopted}


def _touches_cloud(olds: Props, news: Props) -> bool:
    keys = ("trust_policy", "description", "max_session_duration", "console_login", "tags", "owner")
    return any(olds.get(key) != news.get(key) for key in keys)


def _held_by(cloud: Cloud, role: str) -> Sequence[str] | None:
    """The instances of the region that hold the role; ``None`` for a caller who may not look."""
    try:
        listed = cloud.role_instances(role)
        return still_held(role, listed, cloud.instances(listed) if listed else {})
    except CloudError as error:
        if error.kind is ErrorKind.DENIED:
            return None
        raise
