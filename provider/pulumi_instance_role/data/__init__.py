"""The words of the clouds as published: actions, system policies, their names; each file is read when needed.

Where it is from: ``actions_alibaba.json`` from the cloud's open API metadata of April 2026, ``actions_tencent.json``
from the API lists of tccli 3.1.189, both with the actions that system policies spell out; ``system_policies.json``
from the pages named in it, on the dates that these give; ``policy_names.json`` from pages that list or mention names.

Limits: an API's name is usually the action's, not always; neither list is complete (the data actions of OSS and COS are
there as far as policies name them); a cloud may change a system policy at any time. So a word that is not here may
exist: this is for "is ... meant?" and for saying what ``ecs:*`` holds, never for refusing. A document that nobody
prints is ``None`` and never guessed from the policy's name. ``python -m tests.support.words`` checks the files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class SystemPolicy:
    """A system policy as a page printed it. ``date`` is the policy's own, or the page's where that names none.

    ``dated`` says which of the two: ``policy`` or ``page``. It is empty where the page gives no date at all.
    """

    name: str
    url: str
    date: str
    dated: str
    document: Mapping[str, Any]


@cache
def actions(cloud: str) -> Mapping[str, tuple[str, ...]]:
    """Service -> the names of its actions, in alphabetical order. Empty for a cloud that there is not."""
    found = _load(f"actions_{cloud}.json") if cloud in _load("policy_names.json") else {}
    return MappingProxyType({service: tuple(names.split()) for service, names in found.items()})


@cache
def known_actions(cloud: str) -> Mapping[str, tuple[str, ...]]:
    """:func:`actions`, and what the patterns of system policies tell: more services, and stems such as ``PutObject``.

    A stem of one word (``Get*``) is no action's name.
    """
    found = {service: set(names) for service, names in actions(cloud).items()}
    for policy in system_policies(cloud).values():
        for action in _actions_in(policy.document):
            service, colon, name = action.removeprefix("name/").partition(":")
            if colon and "*" not in service:
                stem = name.rstrip("*")
                found.setdefault(service, set()).update([stem] if _TWO_WORDS.fullmatch(stem) else [])
    return MappingProxyType({service: tuple(sorted(names)) for service, names in found.items()})


_TWO_WORDS = re.compile(r"[A-Z][a-z]+[A-Z]\w*")


def _actions_in(document: Mapping[str, Any]) -> Iterator[str]:
    for statement in document.get("Statement") or document.get("statement") or ():
        for element in ("Action", "NotAction", "action"):
            yield from statement.get(element, ())


@cache
def system_policies(cloud: str) -> Mapping[str, SystemPolicy]:
    """The system policies of a cloud whose documents some page prints, by name."""
    rows = _load("system_policies.json").get(cloud, ())
    return MappingProxyType({row["name"]: SystemPolicy(**row) for row in rows})


def system_policy(cloud: str, name: str) -> SystemPolicy | None:
    """The system policy of that name, in whatever letter case; ``None`` when no page prints its document.

    Alibaba Cloud's names differ in more than letter case. Of two that do not, the one spelled like ``name`` is meant.
    """
    known = system_policies(cloud)
    return known.get(name) or _by_case(cloud).get(name.casefold())


@cache
def policy_names(cloud: str) -> tuple[str, ...]:
    """The names of all system policies that some page lists or mentions, in alphabetical order."""
    found = _load("policy_names.json").get(cloud, {})
    return tuple(sorted({name for names in found.values() for name in names.split()}))


@cache
def _by_case(cloud: str) -> Mapping[str, SystemPolicy]:
    return {name.casefold(): one for name, one in system_policies(cloud).items()}


@cache
def _load(name: str) -> Any:
    return json.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
