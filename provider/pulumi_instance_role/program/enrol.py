"""Where resources enrol, and the one task that looks and judges when all of them are declared.

The task is wrapped in an Output, so that the SDK waits for it before the program ends; its ``RunError`` is printed as
one message without a traceback. It awaits the resources' own outputs, which at preview are their checked inputs.

``instance-role:preflight`` is ``on`` (faults stop the preview), ``warn`` (faults are warnings) or ``off``. Limits: what
a preview does not know is skipped; a cloud that does not answer within the deadline is a warning.
"""

from __future__ import annotations

import asyncio
import re
import threading
import weakref
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import is_dry_run
from pulumi.runtime.config import CONFIG, is_config_secret

from pulumi_instance_role.clouds import notices
from pulumi_instance_role.clouds.port import CloudError, Settings
from pulumi_instance_role.host.values import is_unknown
from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.plan.ownership import owner_from
from pulumi_instance_role.policy.document import HIDDEN
from pulumi_instance_role.program.adopting import adoption_changes
from pulumi_instance_role.program.changes import adoptions, role_changes, role_losses
from pulumi_instance_role.program.inputs import secret_texts, value_of
from pulumi_instance_role.program.judge import Account, Declaration, Doubt, Meaning, gathered, judge
from pulumi_instance_role.program.look import Picture, look
from pulumi_instance_role.program.misfits import find_misfits
from pulumi_instance_role.program.namesakes import find_namesakes
from pulumi_instance_role.program.takeovers import takeovers
from pulumi_instance_role.program.words import unknown_words

DEADLINE = 60.0
"""Seconds that the look at the cloud may take."""

_MODES = ("on", "warn", "off")
_REFERENCES = ("role", "policy", "roles", "user", "group")
_ACCOUNT = ("cloud", "profile", "assume_role_arn")

T = TypeVar("T")


class Screening(Protocol):
    """What the offline inspection of a resource's inputs found."""

    @property
    def faults(self) -> Sequence[Fault]:
        """Faults of grammar, names and sizes."""


@dataclass(frozen=True)
class Enrolled:
    """A resource as its constructor hands it over."""

    kind: str
    resource: str
    itself: pulumi.CustomResource
    given: Mapping[str, Any]
    waits: bool
    screened: Awaitable[Screening] | None
    documents: Mapping[str, Any]


@dataclass
class _Programme:
    """The resources of one running program."""

    resources: list[Enrolled] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    told: set[str] = field(default_factory=set)


_programmes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Programme] = weakref.WeakKeyDictionary()


def screens() -> bool:
    """Whether faults that the host's ``check`` would end the preview with are to be kept for preflight's list."""
    return is_dry_run() and _mode() == "on" and _loop() is not None


def looks() -> bool:
    """Whether this is a preview that may look at the cloud."""
    return is_dry_run() and _mode() != "off" and _loop() is not None


def enrol(
    kind: str,
    resource: str,
    itself: pulumi.CustomResource,
    given: Mapping[str, Any],
    *,
    waits: bool = False,
    screened: Awaitable[Screening] | None = None,
    documents: Mapping[str, Any] | None = None,
) -> None:
    """Take a resource into preflight; the first one starts the task. Does nothing outside a preview.

    ``waits``: the program says itself what the resource depends on. ``screened``: what its offline inspection brings.
    ``documents``: policy documents as the program wrote them, by property.
    """
    mode = _mode()
    loop = _loop()
    if loop is None:
        return
    programme = _programmes.setdefault(loop, _Programme())
    _tell_notices(programme, given)
    if not is_dry_run() or mode == "off":
        return
    programme.resources.append(Enrolled(kind, resource, itself, given, waits, screened, documents or {}))
    if programme.task is None or programme.task.done():
        programme.task = loop.create_task(_preflight(programme, mode))
        pulumi.Output.all(programme.task)


def _mode() -> str:
    mode = pulumi.Config("instance-role").get("preflight") or "on"
    if mode not in _MODES:
        allowed = " or ".join(map(repr, _MODES))
        remedy = "correct it with: pulumi config set instance-role:preflight on"
        raise pulumi.RunError(f"instance-role:preflight: must be {allowed}, not {mode!r}; {remedy}")
    return mode


def _loop() -> asyncio.AbstractEventLoop | None:
    """The loop of the running program; none where resources are declared outside one, as in unit tests."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _tell_notices(programme: _Programme, given: Mapping[str, Any]) -> None:
    """Say once where calls go and where keys come from, when that is not the usual."""
    cloud, region, profile, role = (given.get(key) for key in ("cloud", "region", "profile", "assume_role_arn"))
    if not isinstance(cloud, str) or any(not isinstance(one, str | None) for one in (region, profile, role)):
        return
    try:
        config = dict(CONFIG.get())
        found = notices(Settings(cloud, region, profile, role, config, frozenset(filter(is_config_secret, config))))
    except (CloudError, ValueError):
        return  # the check of the resource says it, with the property's name
    for notice in found:
        if notice not in programme.told:
            programme.told.add(notice)
            pulumi.log.info(f"instance-role: {notice}")


async def _preflight(programme: _Programme, mode: str) -> None:
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
        picture = await _look(declared)
    faults, doubts = judge(declared, picture.worlds)
    misfits = list(find_misfits(declared, picture.worlds))
    others = find_namesakes(declared, picture.worlds)
    certain = [*misfits, *others.faults]
    at_odds = {(one.kind, one.resource, one.fault.prop) for one in certain}
    faults = [one for one in faults if (one.kind, one.resource, one.fault.prop) not in at_odds] + certain
    doubts = [*doubts, *others.doubts]
    at_fault = {one.resource for one in faults if one.kind == "InstanceRoleBinding"}
    changes = list(role_changes(declared, picture.worlds, at_fault))
    secrets = set().union(*[await secret_texts(one.given) for one in programme.resources])
    told_of: list[object] = [one for one in changes if not one.gap]
    told_of += [*adoptions(declared, picture.worlds), *takeovers(declared, picture.worlds)]
    for each in told_of:
        pulumi.log.info(f"instance-role: {_masked(str(each), secrets)}")
    remarks = [*picture.remarks, *map(str, gathered(doubts)), *(str(change) for change in changes if change.gap)]
    remarks += [*map(str, role_losses(declared, picture.worlds)), *adoption_changes(declared, picture.worlds)]
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


async def _declaration(one: Enrolled, programme: _Programme) -> Declaration:
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
    awaited = {key for key, found in sources.items() if any([not await each.id.is_known() for each in found])}
    resources = {each.itself for each in programme.resources}
    lent = {key for key, found in sources.items() if not resources.issuperset(found)}
    offline = await _offline(one)
    doubted = map(Doubt, await unknown_words(one.documents, one.given.get("cloud")))
    own_id = await _known(getattr(one.itself, "_own_id", None))
    return Declaration(
        one.kind,
        resource,
        await _account(one.given, offline),
        replace(owner_from(owner), resource=resource),
        known,
        await one.itself.id.is_known(),
        frozenset(awaited),
        frozenset(lent),
        one.waits,
        (*offline, *doubted),
        frozenset([key for key, value in one.given.items() if is_unknown(await value_of(value))]),
        own_id if isinstance(own_id, str) else "",
        await _means(one, programme),
    )


async def _means(one: Enrolled, programme: _Programme) -> tuple[Meaning, ...]:
    """Which of the resources of this package the inputs come from, and where those live."""
    enrolled = {each.itself: each for each in programme.resources}
    found = []
    for prop in (*_REFERENCES, "instance_ids"):
        for source in dict.fromkeys(await _sources(one.given.get(prop))):
            other = enrolled.get(source)
            if other is not None:
                region = await _known(getattr(source, "region", None))
                account = await _account(other.given, await _offline(other))
                found.append(Meaning(prop, other.kind, other.resource, account, region or ""))
    return tuple(found)


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


async def _sources(value: Any) -> list[pulumi.CustomResource]:
    """The resources that a value comes from. The id of one that does not exist yet is unknown."""
    if isinstance(value, (list, tuple)):
        return [one for each in value for one in await _sources(each)]
    found = await value.resources() if isinstance(value, pulumi.Output) else ()
    return [one for one in found if isinstance(one, pulumi.CustomResource)]


async def in_thread(work: Callable[[], T], deadline: float) -> T:
    """``work()`` in a thread that does not keep the process alive when the deadline has passed."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - carried over to the awaiting task
            loop.call_soon_threadsafe(settle, None, error)
        else:
            loop.call_soon_threadsafe(settle, result, None)

    threading.Thread(target=run, name="instance-role-preflight", daemon=True).start()
    return await asyncio.wait_for(answer, deadline)
