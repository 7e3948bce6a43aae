"""Reading an account: batched, several calls at a time, each part by itself.

What is asked: a page for each hundred instances of each region (and on Alibaba Cloud one for the roles of each fifty);
the list of roles; for each role that may be held its trust policy and its policies; each policy once. A part that is
denied or does not answer becomes a line in :attr:`.model.Found.unread`, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import TypeVar

from pulumi_instance_role.clouds import connect, limits_of
from pulumi_instance_role.clouds.port import (
    CUSTOM,
    Attachment,
    Cloud,
    CloudError,
    ErrorKind,
    Instance,
    Policy,
    Role,
    RolesNotShown,
    Settings,
    User,
)
from pulumi_instance_role.inventory.model import Found, KeyFound, Part, PolicyKey, RoleFound, Unread
from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.trust import trusts_service

AT_ONCE = 8
"""Calls in flight; the adapters keep to the clouds' published rates."""

Progress = Callable[[str, int, int], None]
"""What is being read, how much of it is done, and how much there is."""

T = TypeVar("T")
A = TypeVar("A")


def quiet(what: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


@dataclass
class Asked:
    """An account that is to be read once, by whatever profiles it is reached."""

    reader: Reader
    regions: dict[str, None] | None
    """``None`` for all."""
    also: dict[str, None] = field(default_factory=dict)
    """The profiles that lead to it, besides the reader's."""

    def read(self, *, keys: bool) -> Found:
        """The account; see :meth:`Reader.read`."""
        return self.reader.read(None if self.regions is None else list(self.regions), keys=keys, also=tuple(self.also))


def ask(known: dict[tuple[str, str], Asked], reader: Reader, regions: Sequence[str] | None) -> None:
    """Put an account among those that are to be read: in the regions given (``None`` for all), or in its own.

    One that another profile led to already is read as that one, in the regions of both. Raises :class:`CloudError` when
    there is nobody to read as.
    """
    mine = None if regions is None else dict.fromkeys(regions or (reader.home.region,))
    key = (reader.settings.cloud, reader.account_id)
    if key not in known:
        known[key] = Asked(reader, mine)
        return
    one = known[key]
    if one.regions is not None and mine is not None:
        one.regions |= mine
    if reader.settings.profile is not None:
        one.also[reader.settings.profile] = None


@dataclass
class Reader:
    """Reads one account."""

    settings: Settings
    progress: Progress = quiet
    unread: list[Unread] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @cached_property
    def home(self) -> Cloud:
        """The account, in the region that the settings lead to."""
        return connect(self.settings)

    @cached_property
    def account_id(self) -> str:
        """Which account the settings lead to.

        Raises :class:`CloudError` when there is nobody to read as: no credentials, or none that the cloud accepts.
        """
        return self.home.identity().account_id

    def read(self, regions: Sequence[str] | None, *, keys: bool, also: Sequence[str] = ()) -> Found:
        """The account in these regions (``None`` for all), and its keys if they are wanted.

        ``also`` are other profiles that lead to it. Raises what :attr:`account_id` raises.
        """
        home, account_id = self.home, self.account_id
        asked = regions if regions is not None else self._part("regions", "the list of regions", home.regions)
        where = tuple(asked) if asked is not None else (home.region,)
        instances, blind = self._instances(where)
        listed = self._part("roles", "the list of roles", home.list_roles)
        roles = self._roles(home, listed or (), {one.role.lower() for one in instances if one.role})
        return Found(
            cloud=self.settings.cloud,
            account_id=account_id,
            profile=self.settings.profile,
            assume_role_arn=self.settings.assume_role_arn,
            regions=where,
            instances=tuple(sorted(instances, key=lambda one: (one.region, one.name, one.instance_id))),
            roles=roles,
            policies=self._policies(home, roles.values()),
            keys=self._keys(home) if keys else None,
            unread=tuple(sorted(self.unread, key=lambda one: one.what)),  # in the order of no race
            roles_known=listed is not None,
            blind_regions=frozenset(blind),
            also=tuple(also),
        )

    # -- parts -------------------------------------------------------------------------------------------------
    def _instances(self, regions: Sequence[str]) -> tuple[list[Instance], list[str]]:
        blind: list[str] = []

        def of(region: str) -> Sequence[Instance]:
            try:
                return connect(replace(self.settings, region=region)).find_instances(None, {}, ())
            except RolesNotShown as error:
                # They are there; which role each holds is not shown.
                self._not_read("instances", f"the roles of the instances in {region}", error)
                blind.append(region)
                return tuple(error.seen.values())
            except CloudError as error:
                self._not_read("instances", f"the instances in {region}", error)
                blind.append(region)
                return ()

        found = self._each("instances, by region", regions, of)
        return [one for several in found for one in several], blind

    def _roles(self, cloud: Cloud, listed: Sequence[Role], held: set[str]) -> dict[str, RoleFound]:
        service, language = limits_of(cloud.name).service, limits_of(cloud.name).language

        def of(role: Role) -> RoleFound | None:
            whole = (
                role if role.trust_policy else self._part("trust", f"role {role.name}", lambda: cloud.whole_role(role))
            )
            if whole is None:
                return RoleFound(role, None, None)
            trusts: bool | None = None
            if whole.trust_policy:
                try:
                    trusts = trusts_service(whole.trust_policy, service, language)
                except PolicyError as error:
                    self._not_read("trust", f"the trust policy of role {role.name}", error)
            if trusts is False and role.name.lower() not in held:
                return RoleFound(whole, None, trusts)  # no instance can hold it: nobody asks for its policies here
            policies = self._part("policies", f"the policies of role {role.name}", lambda: cloud.attachments(role.name))
            return RoleFound(whole, None if policies is None else tuple(policies), trusts)

        found = self._each("roles", listed, of)
        return {one.role.name.lower(): one for one in found if one is not None}

    def _policies(self, cloud: Cloud, roles: Iterable[RoleFound]) -> dict[PolicyKey, Policy | None]:
        wanted = {(each.policy_type, each.policy): each for role in roles for each in role.policies or ()}

        names = [each.policy for each in wanted.values() if each.policy_type == CUSTOM]
        tags = self._part("tags", "the tags of policies", lambda: cloud.policy_tags(names)) if names else {}

        def of(one: Attachment) -> Policy | None:
            mine = (tags or {}).get(one.policy, {}) if one.policy_type == CUSTOM else {}
            return self._part("policies", f"policy {one.policy}", lambda: cloud.attached_policy(one, mine))

        return dict(zip(wanted, self._each("policies", list(wanted.values()), of), strict=True))

    def _keys(self, cloud: Cloud) -> tuple[KeyFound, ...] | None:
        users = self._part("keys", "the list of users", cloud.users)
        owners: list[User | None] = [None, *(users or ())]

        def of(user: User | None) -> tuple[KeyFound, ...] | None:
            whose = f"user {user.name}" if user else "the account itself"
            keys = self._part("keys", f"the keys of {whose}", lambda: cloud.access_keys(user))
            if not keys:
                return () if keys is not None else None
            what = f"the last use of the keys of {whose}"
            used = self._part("keys", what, lambda: cloud.keys_last_used(user, keys)) or {}
            return tuple(KeyFound(key, used.get(key.key_id)) for key in keys)

        found = self._each("keys, by user", owners, of)
        if all(one is None for one in found):
            return None
        return tuple(key for several in found for key in several or ())

    # -- asking ------------------------------------------------------------------------------------------------
    def _part(self, part: Part, what: str, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except CloudError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            self._not_read(part, what, error)
            return None

    def _not_read(self, part: Part, what: str, error: Exception) -> None:
        with self._lock:
            self.unread.append(Unread(part, what, str(error)))

    def _each(self, what: str, items: Sequence[A], one: Callable[[A], T]) -> list[T]:
        """``one`` of each item, several at a time, in order."""
        done = 0
        self.progress(what, 0, len(items))

        def counted(item: A) -> T:
            nonlocal done
            found = one(item)
            with self._lock:
                done += 1
                self.progress(what, done, len(items))
            return found

        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return list(pool.map(counted, items))
