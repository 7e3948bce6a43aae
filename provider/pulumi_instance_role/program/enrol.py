"""Where resources enrol for the preflight, and what its settings are.

``instance-role:preflight`` is ``on`` (faults stop the preview), ``warn`` (faults are warnings) or ``off``. The task
itself, :mod:`.preflight`, is imported at a preview only: an update needs nothing of what it judges with.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol

import pulumi
from pulumi.runtime import is_dry_run
from pulumi.runtime.config import CONFIG, is_config_secret

from pulumi_instance_role.clouds import notices
from pulumi_instance_role.clouds.port import CloudError, Settings
from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.program.keys import unread
from pulumi_instance_role.records import dataclass

_MODES = ("on", "warn", "off")


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
class Programme:
    """The resources of one running program."""

    by_resource: dict[pulumi.Resource, Enrolled] = field(default_factory=dict)
    mode: str = ""
    """What the settings say of it, read once."""
    task: asyncio.Task[None] | None = None
    asked: set[tuple[str | None, ...]] = field(default_factory=set)
    """Places whose notices are told."""
    told: set[str] = field(default_factory=set)
    keys_told: bool = False

    @property
    def resources(self) -> list[Enrolled]:
        """In the order in which they were declared."""
        return list(self.by_resource.values())


_programmes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Programme] = weakref.WeakKeyDictionary()


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
    programme = _programme(loop)
    _tell_unread(programme)
    _tell_notices(programme, given)
    if not is_dry_run() or mode == "off":
        return
    programme.by_resource[itself] = Enrolled(kind, resource, itself, given, waits, screened, documents or {})
    if programme.task is None or programme.task.done():
        from pulumi_instance_role.program.preflight import preflight

        programme.task = loop.create_task(preflight(programme, mode))
        pulumi.Output.all(programme.task)


def _mode() -> str:
    loop = _loop()
    if loop is None:
        return _settings()
    programme = _programme(loop)
    programme.mode = programme.mode or _settings()
    return programme.mode


def _settings() -> str:
    mode = pulumi.Config("instance-role").get("preflight") or "on"
    if mode not in _MODES:
        allowed = " or ".join(map(repr, _MODES))
        remedy = "correct it with: pulumi config set instance-role:preflight on"
        raise pulumi.RunError(f"instance-role:preflight: must be {allowed}, not {mode!r}; {remedy}")
    return mode


def _programme(loop: asyncio.AbstractEventLoop) -> Programme:
    return _programmes.setdefault(loop, Programme())


def _loop() -> asyncio.AbstractEventLoop | None:
    """The loop of the running program; none where resources are declared outside one, as in unit tests."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _tell_unread(programme: Programme) -> None:
    """Say once which settings nothing reads: one that is misspelt, such as preflight's, would be ignored unnoticed."""
    if not programme.keys_told:
        programme.keys_told = True
        for problem in unread(CONFIG.get(), pulumi.get_project()):
            pulumi.log.warn(f"instance-role: {problem}")


def _tell_notices(programme: Programme, given: Mapping[str, Any]) -> None:
    """Say once where calls go and where keys come from, when that is not the usual."""
    cloud, region, profile, role = (given.get(key) for key in ("cloud", "region", "profile", "assume_role_arn"))
    if not isinstance(cloud, str) or any(not isinstance(one, str | None) for one in (region, profile, role)):
        return
    if (cloud, region, profile, role) in programme.asked:
        return
    programme.asked.add((cloud, region, profile, role))
    try:
        config = dict(CONFIG.get())
        found = notices(Settings(cloud, region, profile, role, config, frozenset(filter(is_config_secret, config))))
    except (CloudError, ValueError):
        return  # the check of the resource says it, with the property's name
    for notice in found:
        if notice not in programme.told:
            programme.told.add(notice)
            pulumi.log.info(f"instance-role: {notice}")
