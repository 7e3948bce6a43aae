"""The offline half of ``check``, made in the program at a preview, so that its faults join preflight's one list.

The host checks one resource at a time, and the first failure ends the program: it would hide the faults of all other
resources, and what the cloud has against any of them. So a resource's inputs pass through here on their way to their
registration. The inspection is the host's own. What is at fault is told to preflight, and is registered as *not known
yet*, which the host's check lets pass; the preview ends with preflight's list, before anything can be made of it.

Every input keeps the resources it comes from and whether it is secret, and waits for nothing but the resource's other
inputs, which the registration waits for too. Limits: only a preview with ``instance-role:preflight`` ``on`` screens;
what a fault hides from its own property (a name that is no name is not looked up) shows once that fault is gone; the
host compares with the state and may so find what is not found here; what another package's provider refuses ends the
program before preflight can speak; a transform of the new style (``transforms=``) runs in the engine, after this, so
that what it puts wrong is found by the host's check alone.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime.config import CONFIG

from pulumi_instance_role.host.process import Host
from pulumi_instance_role.host.provider import BaseProvider, Checked
from pulumi_instance_role.host.values import properties
from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.program.inputs import heard, is_prompt, is_secret, value_of
from pulumi_instance_role.program.words import drafted
from pulumi_instance_role.records import dataclass

_ROUNDS = 4

_hosts: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Host] = weakref.WeakKeyDictionary()
"""One for each running program, so that its settings are read once for all resources of a place."""


@dataclass(frozen=True)
class Screened:
    """What came of screening one resource's inputs."""

    faults: tuple[Fault, ...]
    rests: Mapping[str, Any]  # what is registered in the place of an input at fault
    secret: frozenset[str]


def screen(
    provider: BaseProvider, declared: Mapping[str, Any], drafts: Mapping[str, Any]
) -> tuple[dict[str, Any], asyncio.Future[Screened]]:
    """The inputs to register, and what was found. ``drafts`` are documents as the program wrote them, by property.

    Both are read more than once (see :func:`~pulumi_instance_role.program.inputs.lasting`).
    """
    keys = dict.fromkeys([*provider.keys, *declared])
    if is_prompt(declared) and is_prompt(drafts):
        # Nothing is to be waited for, and nothing is secret: one answer in place of a future for each input.
        at_once = asyncio.get_running_loop().create_future()
        documents = {key: drafted(one) for key, one in drafts.items() if isinstance(one, Mapping)}
        at_once.set_result(_judged(provider, declared, documents, frozenset()))
        rests = at_once.result().rests
        given = {key: declared.get(key) for key in keys}
        return {key: _rest(one, rests[key], False) if key in rests else one for key, one in given.items()}, at_once
    found = asyncio.ensure_future(_screened(provider, declared, drafts))

    async def registered(key: str) -> Any:
        screened, given = await found, declared.get(key)
        return _rest(given, screened.rests[key], key in screened.secret) if key in screened.rests else given

    heard(found)
    return {key: heard(asyncio.ensure_future(registered(key))) for key in keys}, found


def _rest(given: Any, rest: Any, secret: bool) -> Any:
    """What is registered for an input at fault: unknown in its place, from the same resources, as secret as it was."""
    unknown: Any = pulumi.Output.from_input(given).apply(lambda _: UNKNOWN, run_with_unknowns=True)
    if not isinstance(rest, list):
        return unknown
    members = [unknown if isinstance(one, Unknown) else one for one in rest]
    return [pulumi.Output.secret(one) for one in members] if secret else members


async def _screened(provider: BaseProvider, given: Mapping[str, Any], texts: Mapping[str, Any]) -> Screened:
    values = {key: await value_of(one) for key, one in given.items()}
    secret = {key for key, one in given.items() if await is_secret(one)}
    drafts = {key: drafted(await value_of(one)) for key, one in texts.items() if isinstance(one, Mapping)}
    return _judged(provider, values, drafts, frozenset(secret))


def _judged(
    provider: BaseProvider, values: Mapping[str, Any], drafts: Mapping[str, Any], secret: frozenset[str]
) -> Screened:
    loop = asyncio.get_running_loop()
    host = _hosts.get(loop) or _hosts.setdefault(loop, Host(dict(CONFIG.get())))

    def examined(given: Mapping[str, Any]) -> Checked:
        checked = Checked({}, properties(given), secret=secret, drafts=drafts)
        provider.examine(checked, host)
        return checked

    checked = examined(values)
    faults, rests = tuple(checked.faults), checked.rests
    for _ in range(_ROUNDS):  # until the host lets it pass: two inputs may be at fault together
        if not checked.faults:
            break
        checked = examined({**values, **rests})
        rests = {**rests, **checked.rests}
    return Screened(faults, rests, secret)
