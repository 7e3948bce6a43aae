"""What was found in one account, as values. Pure.

Three kinds of answers are kept apart everywhere: what is there, what is not there, and what could not be read
(``None``, with a line in :attr:`Found.unread` that says why).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pulumi_instance_role.clouds.port import AccessKey, Attachment, Instance, Policy, Role
from pulumi_instance_role.plan.ownership import Owner, owner_of

Part = Literal["regions", "instances", "roles", "trust", "policies", "tags", "keys"]
"""``trust``: who may assume one role; ``policies``: what one role has on it, or what one policy says;
``tags``: whose policies are."""
PolicyKey = tuple[str, str]
"""Policy type and name."""


@dataclass(frozen=True)
class Unread:
    """A part that could not be read: what it belongs to, what it is, and the cloud's words."""

    part: Part
    what: str
    why: str


@dataclass(frozen=True)
class RoleFound:
    """A role with the policies on it. ``policies`` and ``trusts`` are ``None`` where they could not be read."""

    role: Role
    policies: tuple[Attachment, ...] | None
    trusts: bool | None
    """Whether its trust policy lets the cloud's instance service assume it."""

    @property
    def owner(self) -> Owner | None:
        """The stack that made it, by its tags."""
        return owner_of(self.role.tags, self.role.description)


@dataclass(frozen=True)
class KeyFound:
    """A long-lived key. ``last_used`` is ``""`` for never, ``None`` where it is not known."""

    key: AccessKey
    last_used: str | None

    @property
    def shown(self) -> str:
        """The id as it may be shown: its first and last four characters."""
        text = self.key.key_id
        return f"{text[:4]}...{text[-4:]}" if len(text) > 12 else f"{text[:4]}..."


@dataclass(frozen=True)
class Found:
    """One account of one cloud, in the regions that were asked."""

    cloud: str
    account_id: str
    profile: str | None
    regions: tuple[str, ...]
    instances: tuple[Instance, ...]
    roles: Mapping[str, RoleFound]
    """By name in lower case: the clouds do not tell the cases apart."""
    policies: Mapping[PolicyKey, Policy | None]
    keys: tuple[KeyFound, ...] | None
    """``None``: not asked for, or not read at all."""
    unread: tuple[Unread, ...] = ()
    roles_known: bool = True
    """Whether the list of roles could be read."""
    assume_role_arn: str | None = None
    """The role that was assumed to look, on top of the credentials found."""
    blind_regions: frozenset[str] = field(default_factory=frozenset)
    """Regions whose instances could not be read."""
    also: tuple[str, ...] = ()
    """Other profiles that were asked for, and lead to this account too."""

    @property
    def owners_known(self) -> bool:
        """Whether it could be read which stack made which policy."""
        return not any(one.part == "tags" for one in self.unread)

    def role_of(self, instance: Instance) -> RoleFound | None:
        """The role that an instance holds, as far as it was read."""
        return self.role(instance.role) if instance.role else None

    def role(self, name: str) -> RoleFound | None:
        """The role of that name, as far as it was read."""
        return self.roles.get(name.lower())

    def holders(self) -> dict[str, list[Instance]]:
        """The instances by the role that they hold, as the instances name it; those without one are left out."""
        held: dict[str, list[Instance]] = {}
        for one in self.instances:
            if one.role:
                held.setdefault(one.role, []).append(one)
        return held

    def without_role(self) -> list[Instance]:
        """Instances that hold no role; not those of which it could not be read."""
        return [one for one in self.instances if not one.role and one.region not in self.blind_regions]

    def role_not_known(self) -> list[Instance]:
        """Instances that are there, and whose role could not be read."""
        return [one for one in self.instances if not one.role and one.region in self.blind_regions]

    def idle_roles(self) -> list[RoleFound]:
        """Roles that let the instance service in and that no instance holds in the regions that were read."""
        held = {name.lower() for name in self.holders()}
        found = (one for name, one in self.roles.items() if name not in held)
        return [one for one in found if one.trusts and not one.role.service_linked]


@dataclass(frozen=True)
class Figures:
    """What is counted first."""

    instances: int
    with_role: int
    without_role: int
    role_not_known: int
    roles_held: int
    roles_idle: int | None
    owned_roles: int | None
    keys: int | None
    keys_idle: int | None
    keys_use_not_known: int | None
    unread: int


def figures(found: Sequence[Found]) -> Figures:
    """The sums over all accounts. ``None``: keys, where no account's could be read; what is counted among all roles,
    where one account's list of roles could not be read."""
    keys = [key for one in found if one.keys is not None for key in one.keys]
    read, listed = any(one.keys is not None for one in found), all(one.roles_known for one in found)
    owned = (role for one in found for role in one.roles.values() if role.owner is not None)
    return Figures(
        instances=sum(len(one.instances) for one in found),
        with_role=sum(1 for one in found for each in one.instances if each.role),
        without_role=sum(len(one.without_role()) for one in found),
        role_not_known=sum(len(one.role_not_known()) for one in found),
        roles_held=sum(len(one.holders()) for one in found),
        roles_idle=sum(len(one.idle_roles()) for one in found) if listed else None,
        owned_roles=sum(1 for _ in owned) if listed else None,
        keys=len(keys) if read else None,
        keys_idle=sum(1 for key in keys if key.last_used == "") if read else None,
        keys_use_not_known=sum(1 for key in keys if key.last_used is None) if read else None,
        unread=sum(len(one.unread) for one in found),
    )
