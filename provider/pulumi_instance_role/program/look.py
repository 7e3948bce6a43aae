"""One batched look at every account that the declared resources touch.

Reads only, side by side within bounds, each thing once. Many roles or policies are looked up in the account's list
first; what judging needs more of, or what a list is not enough for, is asked for itself. What the caller may not read,
or a cloud that does not answer, becomes a remark and leaves a hole in the picture; preflight judges the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, TypeVar

from pulumi_instance_role.clouds import connect, limits_of
from pulumi_instance_role.clouds.port import (
    CUSTOM,
    TRANSIENT,
    Cloud,
    CloudError,
    ErrorKind,
    Grantee,
    Policy,
    PolicyHolders,
    Role,
    Settings,
)
from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.plan.grant import besides, grantee_of
from pulumi_instance_role.plan.ownership import owner_of
from pulumi_instance_role.plan.role import role_uses, still_held
from pulumi_instance_role.program.judge import Account, Declaration, Finding, World
from pulumi_instance_role.records import dataclass
from pulumi_instance_role.transport.fan import side_by_side

PARALLEL_READS = 8

MANY = 16
"""Up to so many roles, or policies, are looked at one by one, in two rounds; of more, the account's list is read."""

_WITH_ROLE = frozenset({"InstanceRole", "RolePolicyAttachment", "InstanceRoleBinding"})
_WITH_POLICY = frozenset({"RolePolicy", "PassRoleGrant"})
"""The resources that make a policy."""

Thing = TypeVar("Thing", Role, Policy)

_CERTAIN = frozenset({ErrorKind.CREDENTIALS, ErrorKind.INVALID})
"""What is no passing trouble and no matter of permissions: the update would meet it too."""


@dataclass
class Picture:
    """What one look brought: a world for each account, and what kept us from seeing more."""

    worlds: dict[Account, World] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def look(declared: Sequence[Declaration], config: Mapping[str, Any]) -> Picture:
    """Read everything that judging ``declared`` needs."""
    picture = Picture()
    accounts = list(dict.fromkeys(one.account for one in declared if one.account))
    for account in accounts:
        mine = [one for one in declared if one.account == account]
        among = [other for other in accounts if other.cloud == account.cloud]
        picture.worlds[account] = _Look(account, mine, config, picture).world(which=len(among) > 1)
    return picture


class _Look:
    def __init__(
        self, account: Account, declared: Sequence[Declaration], config: Mapping[str, Any], picture: Picture
    ) -> None:
        self.account = account
        self.declared = declared
        self.config = config
        self.picture = picture
        self.said: set[tuple[ErrorKind, str]] = set()
        self.saying = threading.Lock()

    def world(self, *, which: bool) -> World:
        """What is seen; ``which`` account it is, too, where the program spells accounts of this cloud in two ways."""
        world = World(limits_of(self.account.cloud))
        regions = dict.fromkeys(one.known["region"] for one in self.declared if one.known.get("region"))
        cloud = self._connect(next(iter(regions), None))
        if cloud is None:
            return world
        roles, policies = set(self._roles()), set(self._policies())
        custom = {name for name, kind in policies if kind == CUSTOM}
        many_roles, many_policies = len(roles) > MANY, len(custom) > MANY
        singly = {key for key in policies if not (many_policies and key[1] == CUSTOM)}
        left: list[Callable[[], None]] = []  # what the lists are not enough for
        jobs: list[Callable[[], None]] = [
            *([lambda: left.extend(self._listed_roles(cloud, world, roles))] if many_roles else ()),
            *([lambda: left.extend(self._listed_policies(cloud, world, custom))] if many_policies else ()),
            *self._single_roles(cloud, world, () if many_roles else roles),
            *self._single_policies(cloud, world, singly),
            *(lambda name=name: self._attachments(cloud, world, name) for name in sorted(self._crowded())),
            *(lambda grantee=grantee: self._grants(cloud, world, grantee) for grantee in sorted(self._grantees())),
            *(lambda region=region: self._instances(world, region) for region in regions),
            *(() if many_roles else self._count_roles(cloud, world)),
            *(() if many_policies else self._count_policies(cloud, world)),
            *([lambda: self._identify(cloud, world)] if which else ()),
        ]
        for some in (jobs, left):
            side_by_side(lambda job: job(), some, PARALLEL_READS)
        self._holders(cloud, world)
        self._uses(cloud, world)
        return world

    def _connect(self, region: str | None) -> Cloud | None:
        account = self.account
        settings = Settings(account.cloud, region, account.profile, account.assume_role_arn, self.config)
        try:
            return connect(settings)
        except ValueError as error:
            self._unsettled(str(error))
        except CloudError as error:
            if error.kind is ErrorKind.INVALID:
                self._unsettled(str(error))
            else:
                self._remark(error)
        return None

    def _unsettled(self, message: str) -> None:
        """Settings that cannot work; the resources' own inspection has said so where there was one."""
        offline = [verdict for one in self.declared for verdict in one.offline if isinstance(verdict, Fault)]
        if not any(fault.prop == "region" for fault in offline):
            self._fault(message)

    def _roles(self) -> Iterable[str]:
        """Roles that resources make or mean; one that another resource of this update makes cannot be there yet."""
        for one in self.declared:
            prop = "name" if one.kind == "InstanceRole" else "role"
            if one.kind in _WITH_ROLE and prop not in one.awaited and isinstance(one.known.get(prop), str):
                yield one.known[prop]
            if one.kind == "PassRoleGrant":
                yield from (each for each in one.known.get("roles", ()) if isinstance(each, str))

    def _policies(self) -> Iterable[tuple[str, str]]:
        for one in self.declared:
            if one.kind in _WITH_POLICY and isinstance(one.known.get("name"), str):
                yield one.known["name"], CUSTOM
            if one.kind == "RolePolicyAttachment" and "policy" not in one.awaited:
                name, kind = one.known.get("policy"), one.known.get("policy_type")
                if isinstance(name, str) and isinstance(kind, str):
                    yield name, kind

    def _crowded(self) -> Iterable[str]:
        """Existing roles that get new policies."""
        for one in self.declared:
            new = one.kind == "RolePolicyAttachment" and not one.exists
            there = "role" not in one.awaited or one.known.get("adopt")  # one that is adopted is made by no update
            if new and there and isinstance(one.known.get("role"), str):
                yield one.known["role"]

    def _grantees(self) -> set[Grantee]:
        """Whom grants are for, except whom another resource of this update makes."""
        found = {grantee_of(one.known): one for one in self.declared if one.kind == "PassRoleGrant"}
        return {grantee for grantee, one in found.items() if grantee is not None and grantee.kind not in one.awaited}

    def _identify(self, cloud: Cloud, world: World) -> None:
        self._try(lambda: setattr(world, "account_id", cloud.identity().account_id))

    def _grants(self, cloud: Cloud, world: World, grantee: Grantee) -> None:
        self._identify(cloud, world)
        self._into(world.grants, grantee, lambda: cloud.grants(grantee))
        self._into(world.acts_as, grantee, lambda: cloud.acts_as(grantee))

    def _single_roles(self, cloud: Cloud, world: World, names: Iterable[str]) -> Iterator[Callable[[], None]]:
        for name in sorted(names):
            yield partial(self._into, world.roles, name, partial(cloud.get_role, name))

    def _single_policies(
        self, cloud: Cloud, world: World, keys: Iterable[tuple[str, str]]
    ) -> Iterator[Callable[[], None]]:
        for key in sorted(keys):
            yield partial(self._into, world.policies, key, partial(cloud.get_policy, *key))

    def _listed_roles(self, cloud: Cloud, world: World, names: Collection[str]) -> Iterable[Callable[[], None]]:
        """What the list of roles tells of ``names``; the looks at those that it does not tell enough of."""
        new = self._new("InstanceRole")
        try:
            listed = {role.name: role for role in cloud.list_roles(names)}
        except CloudError as error:
            single = self._single_roles(cloud, world, names)
            return self._unlisted(error, (*single, *self._count_roles(cloud, world)))
        world.role_count = len(listed)
        declared = {one.known.get("name") for one in self.declared if one.kind == "InstanceRole"}
        bound = {one.known.get("role") for one in self.declared if one.kind == "InstanceRoleBinding"}
        whole = {name for name in names if name in bound and name not in declared}
        world.roles.update(_settled(listed, names, new, whole))
        return self._single_roles(cloud, world, names - world.roles.keys())

    def _listed_policies(self, cloud: Cloud, world: World, names: Collection[str]) -> Iterable[Callable[[], None]]:
        """As :meth:`_listed_roles`, of custom policies."""
        new = self._new(*_WITH_POLICY)
        try:
            listed = {policy.name: policy for policy in cloud.list_policies(names)}
        except CloudError as error:
            single = self._single_policies(cloud, world, ((name, CUSTOM) for name in names))
            return self._unlisted(error, (*single, *self._count_policies(cloud, world)))
        world.policy_count = len(listed)
        found = _settled(listed, names, new, ())
        world.policies.update({(name, CUSTOM): one for name, one in found.items()})
        return self._single_policies(cloud, world, ((name, CUSTOM) for name in names - found.keys()))

    def _new(self, *kinds: str) -> set[str]:
        """The names that creates want."""
        named = [one.known.get("name") for one in self.declared if one.kind in kinds and not one.exists]
        return {name for name in named if isinstance(name, str)}

    def _unlisted(self, error: CloudError, one_by_one: Iterable[Callable[[], None]]) -> Iterable[Callable[[], None]]:
        """What is looked at in place of a list that failed: who may not list, or read all tags, may be let through."""
        if error.kind in TRANSIENT or error.kind in _CERTAIN:
            self._remark(error)
            return ()
        return one_by_one

    def _attachments(self, cloud: Cloud, world: World, role: str) -> None:
        self._into(world.attachments, role, lambda: cloud.attachments(role))

    def _instances(self, world: World, region: str) -> None:
        wanted = {
            each
            for one in self.declared
            if one.kind == "InstanceRoleBinding" and one.known.get("region") == region
            for each in (*one.known.get("instance_ids", ()), *one.known.get("losing", ()))
            if isinstance(each, str)
        }
        cloud = self._connect(region) if wanted else None
        if cloud is None:
            return
        try:
            found = cloud.holdings(sorted(wanted))
        except CloudError as error:
            self._remark(error)
            return
        world.instances.update({(region, each): found.get(each) for each in wanted})

    def _count_roles(self, cloud: Cloud, world: World) -> Iterator[Callable[[], None]]:
        """How many roles there are, where more are made."""

        def count() -> None:
            world.role_count = cloud.count_roles()

        if any(one.kind == "InstanceRole" and not one.exists for one in self.declared):
            yield partial(self._try, count)

    def _count_policies(self, cloud: Cloud, world: World) -> Iterator[Callable[[], None]]:
        """How many custom policies there are, likewise."""

        def count() -> None:
            world.policy_count = cloud.count_policies()

        if any(one.kind in _WITH_POLICY and not one.exists for one in self.declared):
            yield partial(self._try, count)

    def _holders(self, cloud: Cloud, world: World) -> None:
        """The roles that instances hold now: whose they are decides whether they may be moved."""
        held = {one.role for one in world.instances.values() if one is not None and one.role is not None}
        for name in sorted(held - world.roles.keys()):
            self._into(world.roles, name, partial(cloud.get_role, name))

    def _uses(self, cloud: Cloud, world: World) -> None:
        """What is on the roles and policies that creates find with their own mark on them, besides our own work."""
        mine = frozenset(self._put())
        for one in self.declared:
            name = one.known.get("name")
            if one.exists or not isinstance(name, str):
                continue
            role, policy = world.roles.get(name), world.policies.get((name, CUSTOM))
            if one.kind == "InstanceRole" and role is not None and one.owner.is_same(owner_of(role.tags)):
                self._into(world.uses, ("role", name), partial(_uses_of_role, cloud, name, mine))
            marked = policy is not None and one.owner.is_same(owner_of(policy.tags, policy.description))
            if one.kind in _WITH_POLICY and marked:
                holder = grantee_of(one.known) if one.kind == "PassRoleGrant" else None
                self._into(world.uses, ("policy", name), partial(_uses_of_policy, cloud, name, holder, mine))

    def _put(self) -> Iterable[tuple[object, object]]:
        """What the state says this stack put on roles: policies, and the roles on instances."""
        for one in self.declared:
            if one.exists and one.kind == "RolePolicyAttachment":
                yield one.known.get("role"), one.known.get("policy")
            if one.exists and one.kind == "InstanceRoleBinding":
                yield from ((one.known.get("role"), each) for each in one.known.get("instance_ids", ()))

    def _into(self, where: dict[Any, Any], key: object, read: Callable[[], object]) -> None:
        def put() -> None:
            where[key] = read()

        self._try(put)

    def _try(self, read: Callable[[], None]) -> None:
        try:
            read()
        except CloudError as error:
            self._remark(error)

    def _remark(self, error: CloudError) -> None:
        """Say each kind of trouble once for an operation, not once for each thing that was asked; of a key but once."""
        about = "" if error.kind is ErrorKind.CREDENTIALS else error.operation
        with self.saying:
            if (error.kind, about) in self.said:
                return
            self.said.add((error.kind, about))
        if error.kind in _CERTAIN:
            assumed = error.operation == "AssumeRole" and self.account.assume_role_arn
            self._fault(str(error), "assume_role_arn" if assumed else "cloud")
        elif error.kind in TRANSIENT:
            self.picture.remarks.append(f"preflight could not reach the cloud and judged without it: {error}")
        else:
            self.picture.remarks.append(f"preflight could not look at everything, so faults may come later: {error}")

    def _fault(self, message: str, prop: str = "cloud") -> None:
        first = self.declared[0]
        self.picture.faults.append(Finding(first.kind, first.resource, Fault(prop, message.rstrip("."), _REMEDY)))


def _settled(
    listed: Mapping[str, Thing], names: Collection[str], new: Collection[str], whole: Collection[str]
) -> dict[str, Thing | None]:
    """What a list is enough for: what is there and stays, if not asked for ``whole``, and what a create finds free.

    That something of the state is gone is for a look of its own to say, and so is the cloud's own id where a list has
    none. Names of another case may be taken for equal.
    """
    taken = {name.casefold() for name in listed}
    enough = {name: one for name, one in listed.items() if (one.role_id if isinstance(one, Role) else one.policy_id)}
    there = {name: enough[name] for name in names if name in enough and name not in new and name not in whole}
    return {**there, **{name: None for name in names if name in new and name.casefold() not in taken}}


def _uses_of_role(cloud: Cloud, name: str, mine: Collection[tuple[object, object]]) -> list[str]:
    attached = [one for one in cloud.attachments(name) or () if (name, one.policy) not in mine]
    listed = cloud.role_instances(name)
    held = still_held(name, listed, cloud.instances(listed) if listed else {})
    return role_uses(attached, [one for one in held if (name, one) not in mine])


def _uses_of_policy(
    cloud: Cloud, name: str, holder: Grantee | None, mine: Collection[tuple[object, object]]
) -> list[str]:
    found = cloud.policy_holders(name, CUSTOM) or PolicyHolders()
    others = found.all() if holder is None else besides(found, holder).all()
    return [str(one) for one in others if not (one.kind == "role" and (one.name, name) in mine)]


_REMEDY = "correct the settings, or set instance-role:preflight to warn"
