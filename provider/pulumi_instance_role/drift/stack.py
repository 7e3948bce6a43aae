"""A look at everything that a stack's state holds of this package: what differs in the cloud, and how.

It reads as a refresh reads: the same provider code, configured from the state, one resource at a time, several side by
side. State and cloud stay as they are, and no program runs.

What was declared is known as far as the state has it: a refresh replaces the stored values by what it finds. Such drift
stays named (see :mod:`pulumi_instance_role.plan.drift`), but has nothing to compare with any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.drift.around import Around, Seen, Shift, Ties, look_around
from pulumi_instance_role.host.errors import InstanceRoleError, told
from pulumi_instance_role.host.meant import KNOWN, MEANT
from pulumi_instance_role.host.process import HOST
from pulumi_instance_role.host.provider import OWNER, BaseProvider, Props
from pulumi_instance_role.host.values import PROVIDER_KEY
from pulumi_instance_role.plan.drift import Drift, drift_of, is_drift
from pulumi_instance_role.plan.namesake import is_another
from pulumi_instance_role.resources.attachment import RolePolicyAttachmentProvider
from pulumi_instance_role.resources.binding import InstanceRoleBindingProvider
from pulumi_instance_role.resources.grant import PassRoleGrantProvider
from pulumi_instance_role.resources.policy import RolePolicyProvider
from pulumi_instance_role.resources.role import InstanceRoleProvider

PROVIDERS: Mapping[str, type[BaseProvider]] = {
    one.kind: one
    for one in (
        InstanceRoleProvider,
        RolePolicyProvider,
        RolePolicyAttachmentProvider,
        InstanceRoleBindingProvider,
        PassRoleGrantProvider,
    )
}
"""The code behind each resource, the same that a state names."""

TYPE = "pulumi-python:dynamic/instance-role:"
AT_ONCE = 8
"""Resources that are looked at side by side."""

# How a state marks a secret: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, not a secret
HIDDEN = "[secret]"
"""What is shown in place of a value that the state keeps secret."""

_NOT_DECLARED = frozenset(
    {"drift", "roles", "instance_ids", "default_version", "in_force", MEANT, KNOWN, OWNER, PROVIDER_KEY}
)
"""Outputs that are compared in a way of their own, or not at all."""


@dataclass(frozen=True)
class Stored:
    """A resource of this package as a state holds it. ``config`` is what its provider was configured with."""

    urn: str
    kind: str
    id: str
    outputs: Props
    secret: frozenset[str] = frozenset()  # outputs that are, or hold, a secret
    config: Props = field(default_factory=dict)
    provider: str = ""

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]  # a name may have colons, too


@dataclass(frozen=True)
class Difference:
    """One way in which live and stored differ.

    ``stored`` and ``live`` are values of ``prop``. That is ``drift`` itself for what an earlier refresh took over: then
    no value differs any more, and both are the class.
    """

    drift: Drift
    prop: str
    stored: Any = None
    live: Any = None
    instance_id: str | None = None


_OF_MANY = frozenset(
    (
        ErrorKind.CREDENTIALS,
        ErrorKind.DENIED,
        ErrorKind.THROTTLED,
        ErrorKind.UNAVAILABLE,
        ErrorKind.UNREACHABLE,
    )
)
"""Kinds of errors that say nothing of the resource: where one has it, others have it, too."""


@dataclass(frozen=True)
class Finding:
    """How one resource stands; ``error`` says why that is not known, or not all of it (``differences`` are then what
    was found before).

    ``outside`` are instances that hold the role and that this stack knows nothing of: told, and no drift. ``alike`` is
    the same for errors of one cause, such as a key that the cloud does not know.
    """

    resource: Stored
    differences: tuple[Difference, ...] = ()
    error: str = ""
    outside: tuple[str, ...] = ()
    live: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    alike: str = ""

    @property
    def status(self) -> str:
        """``error``, ``gone``, ``drift`` or ``in_sync``."""
        if self.error:
            return "error"
        if any(one.drift is Drift.GONE for one in self.differences):
            return "gone"
        return "drift" if self.differences else "in_sync"


def stored_resources(exported: Mapping[str, Any]) -> list[Stored]:
    """This package's resources in an exported stack (secrets in the open), in the state's order.

    Old selves that are still to be deleted are left out. Raises ValueError for what is no export.
    """
    try:
        resources = (exported.get("deployment") or {}).get("resources") or []
        configs = {f"{one['urn']}::{one.get('id')}": one.get("inputs") for one in resources}
        ours = [one for one in resources if one.get("type", "").startswith(TYPE) and not one.get("delete")]
        return [
            Stored(
                one["urn"],
                one["type"].removeprefix(TYPE),
                one.get("id", ""),
                {key: _open(value) for key, value in (one.get("outputs") or {}).items()},
                frozenset(key for key, value in (one.get("outputs") or {}).items() if _is_secret(value)),
                {key: _open(value) for key, value in (configs.get(one.get("provider")) or {}).items()},
                one.get("provider", ""),
            )
            for one in ours
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is not an exported stack: {type(error).__name__} {error}") from None


@dataclass(frozen=True)
class Report:
    """How a stack stands: each resource, what instances may do more or less, and what a reader must know besides."""

    findings: tuple[Finding, ...]
    shifts: tuple[Shift, ...] = ()
    notes: tuple[str, ...] = ()


def find_drift(stored: Sequence[Stored], tied: Ties | None = None) -> Report:
    """How each of ``stored`` stands, in their order. What cannot be looked at is a finding with an error.

    ``tied`` is what other packages' resources of the stack put on roles (see :func:`~.around.ties`).
    """
    found: dict[str, Finding] = {}
    shifts: list[Shift] = []
    notes: list[str] = []
    for _, group in groupby(sorted(stored, key=lambda one: one.provider), key=lambda one: one.provider):
        some = list(group)
        HOST.config = some[0].config  # one provider host serves one configuration, so they come one after another
        with ThreadPoolExecutor(AT_ONCE) as pool:
            here = {one.resource.urn: one for one in pool.map(look_at, some)}
        around = look_around(
            [_seen(one) for one in here.values()],
            tied or Ties(),
        )
        found |= {urn: _with(one, around) for urn, one in here.items()}
        shifts += around.shifts
        notes += around.notes
    return Report(tuple(found[one.urn] for one in stored), tuple(shifts), tuple(notes))


def _seen(one: Finding) -> Seen:
    stored = one.resource
    return Seen(stored.urn, stored.kind, stored.outputs, one.live, stored.secret)


def _with(one: Finding, around: Around) -> Finding:
    """A finding with what hangs on the role beside the stack's own resources."""
    urn = one.resource.urn
    if urn in around.errors:
        return replace(one, error=around.errors[urn])
    here = one.differences
    if urn in around.foreign:  # with the policies' names, in place of the mere class that a refresh recorded
        here = tuple(each for each in here if each.drift is not Drift.POLICY_FOREIGN)
    foreign = tuple(
        Difference(Drift.POLICY_FOREIGN, "policies", None, f"{each.policy} ({each.policy_type})")
        for each in around.foreign.get(urn, ())
    )
    return replace(one, differences=(*here, *foreign), outside=around.outside.get(urn, ()))


def look_at(one: Stored) -> Finding:
    """How one resource stands, by the configuration that the host has now."""
    provider = PROVIDERS.get(one.kind)
    if provider is None:
        return Finding(
            one, error=f'{one.kind} "{one.name}": this release does not know the resource; update the package'
        )
    try:
        found = provider().read(one.id, dict(one.outputs))
        with told(one.kind, one.name):
            gone = () if found.id else tuple(_of_gone(one, provider()))
    except InstanceRoleError as error:
        return Finding(one, error=str(error), alike=_alike(one, error.cause))
    live = found.outs or {} if found.id else {}
    differences = gone or _of_live(one, live)
    return Finding(one, tuple(_hidden(each, one.secret) for each in differences), live=live)


def _alike(one: Stored, cause: CloudError | None) -> str:
    if cause is None or cause.kind not in _OF_MANY:
        return ""
    denied = cause.operation if cause.kind is ErrorKind.DENIED else ""  # each right is asked for by itself
    place = [one.outputs.get(key) for key in ("cloud", "region", "profile", "assume_role_arn")]
    return json.dumps([*place, denied, cause.code, cause.hint])


def _of_gone(one: Stored, provider: BaseProvider) -> Iterator[Difference]:
    ids = one.outputs.get("instance_ids")
    if ids:  # the binding is gone with the last of its instances
        role = one.outputs.get("role")
        yield from (Difference(Drift.INSTANCE_GONE, "roles", role, None, each) for each in ids)
    anew = () if ids else tuple(_made_anew(one.outputs, provider))
    yield from anew or (Difference(Drift.GONE, "id", one.id, None),)


def _made_anew(stored: Props, provider: BaseProvider) -> Iterator[Difference]:
    """The ids that the state means, and those of what others made under the same names."""
    cloud = HOST.cloud(stored)
    if provider.identity is not None:
        kind, key = provider.identity
        now = cloud.own_id(kind, stored["name"])
        if is_another(stored.get(key), now):
            yield Difference(Drift.GONE, key, stored[key], now)
        return
    meant = {**stored.get(KNOWN, {}), **stored.get(MEANT, {})}
    there = {each.key: cloud.own_id(each.kind, each.name) for each in provider.references(stored) if each.key in meant}
    anew = {key: now for key, now in there.items() if is_another(meant[key], now)}
    if anew:
        yield Difference(Drift.GONE, KNOWN, {key: meant[key] for key in anew}, anew)


def _of_live(one: Stored, live: Mapping[str, Any]) -> Iterator[Difference]:
    recorded, drift = one.outputs.get("drift"), live.get("drift")
    if isinstance(drift, Mapping):
        held = live.get("roles") or {}
        for each, name in sorted(drift.items()):
            yield Difference(Drift(name), "roles", one.outputs.get("role"), held.get(each), each)
    elif drift == Drift.POLICY_DETACHED.value:
        yield Difference(Drift.POLICY_DETACHED, "policy", one.outputs.get("policy") or one.id, None)
    elif is_drift(drift):
        seen = list(_changed(one.outputs, live))
        yield from seen
        if drift not in {each.drift.value for each in seen}:
            yield Difference(Drift(drift), "drift", recorded, drift)


def _changed(stored: Mapping[str, Any], live: Mapping[str, Any]) -> Iterator[Difference]:
    """The properties of a role or policy that are not as they were stored."""
    for prop in sorted(stored.keys() - _NOT_DECLARED):
        if stored[prop] != live.get(prop):
            yield Difference(drift_of(prop), prop, stored[prop], live.get(prop))
    if live.get(OWNER, {}).get("marked") is False:
        yield Difference(Drift.SETTINGS_CHANGED, OWNER, "marked", "not marked")
    if stored.get("document") == live.get("document") and live.get("drift") != Drift.DOCUMENT_CHANGED.value:
        version, now = stored.get("default_version"), live.get("default_version")
        if version != now:
            yield Difference(Drift.VERSION_CHANGED, "default_version", version, now)


def _hidden(one: Difference, secret: Iterable[str]) -> Difference:
    if one.prop not in secret:
        return one
    return Difference(one.drift, one.prop, HIDDEN, HIDDEN, one.instance_id)


def _is_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return value.get(_SIGNATURE) == _SECRET or any(map(_is_secret, value.values()))
    return isinstance(value, list) and any(map(_is_secret, value))


def _open(value: Any) -> Any:
    """A value of an export without the marks of secrets. Raises ValueError for one that is still encrypted."""
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            if "plaintext" not in value:
                raise ValueError("the state's secrets are encrypted; export it with --show-secrets")
            return _open(json.loads(value["plaintext"]))
        return {key: _open(one) for key, one in value.items()}
    return [_open(one) for one in value] if isinstance(value, list) else value
