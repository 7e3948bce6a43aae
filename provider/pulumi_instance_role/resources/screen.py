"""The offline half of ``check``, made in the program at a preview, so that its faults join preflight's one list.

The host checks one resource at a time, and the first failure ends the program: it would hide the faults of all other
nouns, and what the cloud has against any of them. So a noun's inputs pass through here on their way to their
registration. The inspection is the host's own. What is at fault is told to preflight, and is registered as *not known
yet*, which the host's check lets pass; the preview ends with preflight's list, before anything can be made of it.

Every input keeps the resources it comes from and whether it is secret, and waits for nothing but the noun's other
inputs, which the registration waits for too. Limits: only a preview with ``instance-role:preflight`` ``on`` screens;
what a fault hides from its own property (a name that is no name is not looked up) shows once that fault is gone; the
host compares with the state and may so find what is not found here; what another package's provider refuses ends the
program before preflight can speak.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import pulumi
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime.config import CONFIG

from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.policy.document import LATER
from pulumi_instance_role.resources.base import Checked, NounProvider
from pulumi_instance_role.resources.host import Host
from pulumi_instance_role.resources.values import properties

_ROUNDS = 4


@dataclass(frozen=True)
class Screened:
    """What came of screening one noun's inputs."""

    faults: tuple[Fault, ...]
    rests: Mapping[str, Any]  # what is registered in the place of an input at fault


def screen(
    provider: NounProvider, declared: Mapping[str, Any], drafts: Mapping[str, Any]
) -> tuple[dict[str, Any], asyncio.Future[Screened]]:
    """The inputs to register, and what was found. ``drafts`` are documents as the program wrote them, by property."""
    given = {key: _lasting(one) for key, one in declared.items()}
    found = asyncio.ensure_future(_screened(provider, given, {key: _lasting(one) for key, one in drafts.items()}))

    async def registered(key: str) -> Any:
        rests = (await found).rests
        return _rest(given.get(key), rests[key]) if key in rests else given.get(key)

    inputs = {key: asyncio.ensure_future(registered(key)) for key in {**dict.fromkeys(provider.keys), **given}}
    for one in (found, *inputs.values()):
        one.add_done_callback(_heard)
    return dict(inputs), found


def _lasting(value: Any) -> Any:
    """The value, with what can be awaited once only made so that it can be awaited again."""
    if isinstance(value, Mapping):
        return {key: _lasting(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_lasting(one) for one in value]
    return asyncio.ensure_future(value) if isawaitable(value) else value


def _is_prompt(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_prompt, value.values()))
    if isinstance(value, list):
        return all(map(_is_prompt, value))
    return not isinstance(value, pulumi.Output) and not isawaitable(value)


def _heard(done: asyncio.Future[Any]) -> None:
    """An input that fails ends the program through its own output; nobody else need be told."""
    if not done.cancelled():
        done.exception()


def _rest(given: Any, rest: Any) -> Any:
    """What is registered for an input at fault: unknown in its place, from the same resources, as secret as it was."""
    unknown: Any = pulumi.Output.from_input(given).apply(lambda _: UNKNOWN, run_with_unknowns=True)
    return [unknown if isinstance(one, Unknown) else one for one in rest] if isinstance(rest, list) else unknown


async def _screened(provider: NounProvider, given: Mapping[str, Any], texts: Mapping[str, Any]) -> Screened:
    values = {key: await _value(one) for key, one in given.items()}
    secret = {key for key, one in given.items() if await _is_secret(one)}
    drafts = {key: _drafted(await _value(one)) for key, one in texts.items() if isinstance(one, Mapping)}
    host = Host(dict(CONFIG.get()))

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
    return Screened(faults, rests)


async def _value(given: Any) -> Any:
    """The value as far as it is known; ``UNKNOWN`` where nothing of it is."""
    if _is_prompt(given):
        return given
    output = pulumi.Output.from_input(given)
    value = await output.future(with_unknowns=True)
    return UNKNOWN if value is None and not await output.is_known() else value


async def _is_secret(given: Any) -> bool:
    return False if _is_prompt(given) else await pulumi.Output.from_input(given).is_secret()


def _drafted(value: Any) -> Any:
    if isinstance(value, Unknown):
        return LATER
    if isinstance(value, Mapping):
        return {key: _drafted(one) for key, one in value.items()}
    return [_drafted(one) for one in value] if isinstance(value, (list, tuple)) else value
