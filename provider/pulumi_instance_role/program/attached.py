"""Which policies a program puts on a role, known when the role is registered: for a role that is to have no others.

A role is made before anything is attached to it, so its provider cannot see that by itself. But the program has run to
its end before the SDK sends the first resource, so all that it declares at its top level is known then: by names that
are plain texts or derived, never by outputs, which might wait for the role itself.

Limits: what is declared later (inside ``apply``, or after an ``await``) is not seen; its attachment is put back in the
same update. Attachments of other packages are not seen at all.
"""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import field
from typing import Any

import pulumi

from pulumi_instance_role.program.ended import refuse_what_was_cut_off
from pulumi_instance_role.records import dataclass


@dataclass
class _Noted:
    ties: list[tuple[str, Any, Any, str]] = field(default_factory=list)  # resource, role, policy, type


_programmes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Noted] = weakref.WeakKeyDictionary()


def note(resource: str, role: Any, policy: Any, policy_type: Any) -> None:
    """Remember that a resource puts a policy on a role; each is a name or the resource itself."""
    noted = _here()
    if noted is not None:
        noted.ties.append((resource, role, policy, policy_type))


def listed(role: pulumi.Resource) -> pulumi.Output[list[str]]:
    """The policies on a role, as ``type:name``, once the program has run.

    Raises :class:`pulumi.RunError` where a name is an output, and also when the program has raised: the policies that
    it did not come to would be taken off the role.
    """
    noted = _here()

    async def found() -> list[str]:
        refuse_what_was_cut_off("the policies that belong on an exclusive role")
        own, ties = await _plain(role), []
        for resource, holder, policy, policy_type in noted.ties if noted else ():
            other = own if holder is role else await _plain(holder)
            if other is None or own is None:
                raise pulumi.RunError(_told(resource, "its role"))
            if holder is not role and other.casefold() != own.casefold():
                continue
            name = await _plain(policy)
            if name is None or not isinstance(policy_type, str):
                raise pulumi.RunError(_told(resource, "its policy"))
            ties.append(f"{policy_type}:{name}")
        return sorted(ties)

    return pulumi.Output.from_input(found())


async def _plain(one: Any) -> str | None:
    """A name that waits for parents at most; ``None`` for another output."""
    value = getattr(one, "_named", None) if isinstance(one, pulumi.Resource) else one
    if isinstance(value, Derived):
        return str(await pulumi.Output.from_input(value.name).future())
    return value if isinstance(value, str) else None


@dataclass(frozen=True)
class Derived:
    """A name that is derived from project, stack and parents, and so waits for no other resource."""

    name: Any


def _told(resource: str, what: str) -> str:
    return (
        f'instance-role: InstanceRole exclusive: "{resource}" names {what} by an output, so what belongs on the role '
        "is not known when the role is made; give the resource itself or a text, and names as texts"
    )


def _here() -> _Noted | None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return _programmes.setdefault(loop, _Noted())
