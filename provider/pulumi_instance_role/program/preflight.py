"""The one task that looks and judges when all resources are declared.

The task is wrapped in an Output, so that the SDK waits for it before the program ends; its ``RunError`` is printed as
one message without a traceback. It awaits the resources' own outputs, which at preview are their checked inputs.

Limits: what a preview does not know is skipped; a cloud that does not answer within the deadline is a warning.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime.config import CONFIG

from pulumi_instance_role.clouds import NAMES, package_of
from pulumi_instance_role.host.values import is_unknown
from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.plan.ownership import owner_from
from pulumi_instance_role.policy.document import HIDDEN
from pulumi_instance_role.program.adopting import adoption_changes
from pulumi_instance_role.program.changes import adoptions, left_alone, over_bindings, role_changes, role_losses
from pulumi_instance_role.program.ended import error_of_program
from pulumi_instance_role.program.ended_first import ended_first
from pulumi_instance_role.program.enrol import Enrolled, Programme
from pulumi_instance_role.program.gathered import gathered
from pulumi_instance_role.program.inputs import DEADLINE, in_thread, is_secret, secret_texts, value_of
from pulumi_instance_role.program.judge import Account, Declaration, Doubt, Meaning, judge
from pulumi_instance_role.program.look import Picture, look
from pulumi_instance_role.program.misfits import find_misfits, find_strangers
from pulumi_instance_role.program.namesakes import find_namesakes
from pulumi_instance_role.program.noted import inputs_of
from pulumi_instance_role.program.takeovers import takeovers
from pulumi_instance_role.program.words import unknown_words

_REFERENCES = ("role", "policy", "roles", "user", "group")
_ACCOUNT = ("cloud", "profile", "assume_role_arn")


async def preflight(programme: Programme, mode: str) -> None:
    """Look and judge when all resources are declared; ``mode`` is that of the settings. Raises ``RunError``."""
    declared: list[Declaration] = []
    picture = Picture()
    while len(declared) < len(programme.resources):  # also those that were declared while the look was under way
        while len(declared) < len(programme.resources):
            waiting = programme.resources[len(declared) :]
            answers = await asyncio.gather(*(_declaration(one, programme) for one in waiting), return_exceptions=True)
            known = [one for one in answers if isinstance(one, Declaration)]
            if len(known) < len(answers):
                return  # a registration failed: the SDK ends the program and says why
            declared.extend(known)
        if error_of_program() is None:
            picture = await _look(declared)
        if error_of_program() is not None:
            return  # what is missing may only come later in the program; the SDK says what ended it
    faults, doubts = judge(declared, picture.worlds)
    misfits = list(find_misfits(declared, picture.worlds))
    others = find_namesakes(declared, picture.worlds)
    certain = [*misfits, *others.faults]
    at_odds = {(one.kind, one.resource, one.fault.prop) for one in certain}
    faults = [one for one in faults if (one.kind, one.resource, one.fault.prop) not in at_odds] + certain
    doubts = [*doubts, *others.doubts, *find_strangers(declared), *ended_first(declared, picture.worlds)]
    at_fault = {one.resource for one in faults if one.kind == "InstanceRoleBinding"}
    changes = over_bindings(role_changes(declared, picture.worlds, at_fault))
    secrets = set().union(*[await secret_texts(one.given) for one in programme.resources])
    told_of: list[object] = [one for one in changes if not one.gap]
    told_of += [*over_bindings(adoptions(declared, picture.worlds)), *gathered(takeovers(declared, picture.worlds))]
    for each in told_of:
        pulumi.log.info(f"instance-role: {_masked(str(each), secrets)}")
    remarks = [*picture.remarks, *map(str, gathered(doubts)), *(str(change) for change in changes if change.gap)]
    remarks += [
        *map(str, over_bindings(left_alone(declared, picture.worlds))),
        *map(str, over_bindings(role_losses(declared, picture.worlds))),
        *map(str, gathered(adoption_changes(declared, picture.worlds))),
    ]
    told = [str(fault) for fault in gathered((*picture.faults, *faults))]
    _report([_masked(one, secrets) for one in told], [_masked(one, secrets) for one in remarks], mode)


async def _look(declared: Sequence[Declaration]) -> Picture:
    together, config = tuple(declared), dict(CONFIG.get())
    try:
        return await in_thread(lambda: look(together, config), DEADLINE)
    except asyncio.TimeoutError:
        return Picture(remarks=[f"preflight had no answer from the cloud within {DEADLINE:g} s and judged without it"])


def _report(faults: list[str], remarks: list[str], mode: str) -> None:
    for remark in remarks:
        pulumi.log.warn(f"instance-role: {remark}")
    if not faults:
        return
    if mode == "warn":
        for fault in faults:
            pulumi.log.warn(f"instance-role: {fault}")
        return
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    listed = "\n".join(f"  - {fault}" for fault in faults)
    raise pulumi.RunError(f"instance-role: preflight found {count}; nothing was changed\n{listed}")


async def _declaration(one: Enrolled, programme: Programme) -> Declaration:
    known: dict[str, Any] = {}
    for key in one.given:
        value = await _known(getattr(one.itself, key, None))
        if value is not None:
            known[key] = value
    for key in ("region", "meant", "meant_ids"):
        value = await _known(getattr(one.itself, key, None))
        if value is not None:
            known[key] = value
    owner = known.get("owner") or {}
    resource = owner.get("resource", one.resource)
    sources = {key: await _sources(one.given.get(key)) for key in _REFERENCES}
    awaited = {key for key, found in sources.items() if any([not await _is_made(each) for each in found])}
    ours = programme.by_resource
    lent = {key for key, found in sources.items() if not all(each in ours for each in found)}
    offline = await _offline(one)
    doubted = map(Doubt, await unknown_words(one.documents, one.given.get("cloud")))
    own_id = await _known(getattr(one.itself, "_own_id", None))
    exists = await one.itself.id.is_known()
    return Declaration(
        one.kind,
        resource,
        await _account(one.given, offline),
        replace(owner_from(owner), resource=resource),
        known,
        exists,
        frozenset(awaited),
        frozenset(lent),
        one.waits,
        (*offline, *doubted),
        frozenset([key for key, value in one.given.items() if is_unknown(await value_of(value))]),
        own_id if isinstance(own_id, str) else "",
        await _means(one, programme),
        # Only the cloud tells drift, and nothing foresees it of an update: where it is known, none comes.
        stays=exists and await _known(getattr(one.itself, "drift", None)) is not None,
        hides_name=await is_secret(one.given.get("name")),
    )


async def _means(one: Enrolled, programme: Programme) -> tuple[Meaning, ...]:
    """Which of the resources of this package, and of the clouds' own, the inputs come from, and where those live."""
    found = []
    for prop in (*_REFERENCES, "instance_ids"):
        for source in dict.fromkeys(await _sources(one.given.get(prop))):
            other = programme.by_resource.get(source)
            if other is None:
                found += await _lent(prop, source)
            else:
                region = await _known(getattr(source, "region", None))
                account = await _account(other.given, await _offline(other))
                found.append(Meaning(prop, other.kind, other.resource, account, region or ""))
    return tuple(found)


async def _lent(prop: str, source: pulumi.CustomResource) -> list[Meaning]:
    """What is meant by a resource of a cloud's own Pulumi package; nothing of any other."""
    if isinstance(source, pulumi.resource.DependencyResource):
        return []  # it stands for one of a remote component, of which nothing is known here
    package, _, kind = source.pulumi_resource_type.partition(":")
    cloud = next((name for name in NAMES if package_of(name).name == package), None)
    if cloud is None:
        return []
    provider = source.get_provider(source.pulumi_resource_type)
    settings = inputs_of(provider) if provider is not None else None
    region = await value_of((settings or {}).get(package_of(cloud).region.argument))
    kind = f"{package} {kind.rpartition(':')[2]}"
    where = region if isinstance(region, str) else ""
    return [Meaning(prop, kind, source.pulumi_resource_name, Account(cloud), where, lent=True)]


async def _account(given: Mapping[str, Any], offline: Sequence[Fault]) -> Account | None:
    """Where the resource lives; ``None`` when that is not known yet, or at fault."""
    cloud, profile, assume_role_arn = found = [await value_of(given.get(key)) for key in _ACCOUNT]
    if any(isinstance(one, Unknown) for one in found) or any(fault.prop in _ACCOUNT for fault in offline):
        return None
    return Account(cloud, profile, assume_role_arn)


async def _offline(one: Enrolled) -> tuple[Fault, ...]:
    return () if one.screened is None else tuple((await one.screened).faults)


def _masked(text: str, secrets: Collection[str]) -> str:
    """``text`` without secret words: names, ids and whatever else stands in it as the program wrote it."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", HIDDEN, text)
    return text


async def _known(value: Any) -> Any:
    """A value as far as it is known: a list may have unknown members, which stay as what they are."""
    found = await value.future(with_unknowns=True) if isinstance(value, pulumi.Output) else value
    return None if isinstance(found, Unknown) else found


async def _is_made(source: pulumi.CustomResource) -> bool:
    """Whether it is known that a resource exists already: not of one that stands for one of a remote component."""
    return not isinstance(source, pulumi.resource.DependencyResource) and await source.id.is_known()


async def _sources(value: Any) -> list[pulumi.CustomResource]:
    """The resources that a value comes from. The id of one that does not exist yet is unknown."""
    if isinstance(value, (list, tuple)):
        return [one for each in value for one in await _sources(each)]
    found = await value.resources() if isinstance(value, pulumi.Output) else ()
    return [one for one in found if isinstance(one, pulumi.CustomResource)]
