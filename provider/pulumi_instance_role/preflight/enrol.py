"""Where nouns enrol, and the one task that looks and judges when all of them are declared.

The task is wrapped in an Output, so that the SDK waits for it before the program ends; its ``RunError`` is printed as
one message without a traceback. It awaits the nouns' own outputs, which at preview are their checked inputs.

``instance-role:preflight`` is ``on`` (faults stop the preview), ``warn`` (faults are warnings) or ``off``. Limits: what
a preview does not know is skipped; a cloud that does not answer within the deadline is a warning.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi
from pulumi.runtime import is_dry_run
from pulumi.runtime.config import CONFIG

from pulumi_instance_role.clouds import notices
from pulumi_instance_role.clouds.port import CloudError, Settings
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.preflight.judge import Account, Declaration, Finding, judge
from pulumi_instance_role.preflight.look import Picture, look

DEADLINE = 60.0
"""Seconds that the look at the cloud may take."""

_MODES = ("on", "warn", "off")
_REFERENCES = ("role", "policy", "roles", "user", "group")

T = TypeVar("T")


@dataclass(frozen=True)
class Enrolled:
    """A noun as its constructor hands it over."""

    noun: str
    resource: str
    itself: pulumi.CustomResource
    given: Mapping[str, Any]
    waits: bool


@dataclass
class _Programme:
    """The nouns of one running program."""

    nouns: list[Enrolled] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    told: set[str] = field(default_factory=set)


_programmes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Programme] = weakref.WeakKeyDictionary()


def enrol(
    noun: str, resource: str, itself: pulumi.CustomResource, given: Mapping[str, Any], *, waits: bool = False
) -> None:
    """Take a noun into preflight; the first one starts the task. Does nothing outside a preview.

    ``waits``: the program says itself what the noun depends on.
    """
    mode = pulumi.Config("instance-role").get("preflight") or "on"
    if mode not in _MODES:
        raise ValueError(f"instance-role:preflight: must be {' or '.join(map(repr, _MODES))}, not {mode!r}")
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return  # declared outside a running program, as some unit tests of users do
    programme = _programmes.setdefault(loop, _Programme())
    _tell_notices(programme, given)
    if not is_dry_run() or mode == "off":
        return
    programme.nouns.append(Enrolled(noun, resource, itself, given, waits))
    if programme.task is None or programme.task.done():
        programme.task = loop.create_task(_preflight(programme, mode))
        pulumi.Output.all(programme.task)


def _tell_notices(programme: _Programme, given: Mapping[str, Any]) -> None:
    """Say once where calls go and where keys come from, when that is not the usual."""
    cloud, region, profile, role = (given.get(key) for key in ("cloud", "region", "profile", "assume_role_arn"))
    if not isinstance(cloud, str) or any(not isinstance(one, str | None) for one in (region, profile, role)):
        return
    try:
        found = notices(Settings(cloud, region, profile, role, dict(CONFIG.get())))
    except (CloudError, ValueError):
        return  # the check of the noun says it, with the property's name
    for notice in found:
        if notice not in programme.told:
            programme.told.add(notice)
            pulumi.log.info(f"instance-role: {notice}")


async def _preflight(programme: _Programme, mode: str) -> None:
    declared: list[Declaration] = []
    picture = Picture()
    while len(declared) < len(programme.nouns):  # also those that were declared while the look was under way
        while len(declared) < len(programme.nouns):
            waiting = programme.nouns[len(declared) :]
            answers = await asyncio.gather(*(_declaration(one, programme) for one in waiting), return_exceptions=True)
            known = [one for one in answers if isinstance(one, Declaration)]
            if len(known) < len(answers):
                return  # a registration failed: the SDK ends the program and says why
            declared.extend(known)
        picture = await _look(declared)
    faults, doubts = judge(declared, picture.worlds)
    _report([*picture.faults, *faults], [*picture.remarks, *map(str, doubts)], mode)


async def _look(declared: Sequence[Declaration]) -> Picture:
    together, config = tuple(declared), dict(CONFIG.get())
    try:
        return await _in_thread(lambda: look(together, config), DEADLINE)
    except asyncio.TimeoutError:
        return Picture(remarks=[f"preflight had no answer from the cloud within {DEADLINE:g} s and judged without it"])


def _report(faults: list[Finding], remarks: list[str], mode: str) -> None:
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
    region = await _known(getattr(one.itself, "region", None))
    if region is not None:
        known["region"] = region
    owner = known.get("owner") or {}
    resource = owner.get("resource", one.resource)
    sources = {key: await _sources(one.given.get(key)) for key in _REFERENCES}
    awaited = {key for key, found in sources.items() if any([not await each.id.is_known() for each in found])}
    nouns = {each.itself for each in programme.nouns}
    lent = {key for key, found in sources.items() if not nouns.issuperset(found)}
    return Declaration(
        one.noun,
        resource,
        Account(known.get("cloud", ""), known.get("profile"), known.get("assume_role_arn")),
        Owner(owner.get("project", ""), owner.get("stack", ""), resource),
        known,
        await one.itself.id.is_known(),
        frozenset(awaited),
        frozenset(lent),
        one.waits,
    )


async def _known(value: Any) -> Any:
    """A value as far as it is known: a list may have unknown members, which stay as what they are."""
    return await value.future(with_unknowns=True) if isinstance(value, pulumi.Output) else value


async def _sources(value: Any) -> list[pulumi.CustomResource]:
    """The resources that a value comes from. The id of one that does not exist yet is unknown."""
    if isinstance(value, (list, tuple)):
        return [one for each in value for one in await _sources(each)]
    found = await value.resources() if isinstance(value, pulumi.Output) else ()
    return [one for one in found if isinstance(one, pulumi.CustomResource)]


async def _in_thread(work: Callable[[], T], deadline: float) -> T:
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
