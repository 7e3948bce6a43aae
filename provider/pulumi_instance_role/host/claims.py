"""What the live resources of this operation want, so that the end of an old resource undoes none of it.

Pulumi deletes an old resource after the new ones are made. A binding that was only renamed would so be undone by the
deletion of its old self, although exit code and state say that all is well. The host runs ``check`` for every live
resource before anything is deleted, and one host process serves one operation: what ``check`` records here, a delete
finds.

A destroy runs no ``check``, so nothing is claimed then and everything ends.

A profile or a role to assume is only one spelling of an account. So claims are looked for across spellings, and two of
them that cannot be told apart count as the same: what is left can still be ended, what is ended is lost, and what two
bindings want at once would go back and forth between them. Nor does another case make another name, since the clouds
do not tell cases apart.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager

from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class Scope:
    """Where a name is unique: a cloud, the account that profile and role lead to, and a region where it matters."""

    cloud: str
    profile: str = ""
    assume_role_arn: str = ""
    region: str = ""


class Claims:
    """Claims of one host process. Safe to use from several threads."""

    def __init__(self, same_account: Callable[[Scope, Scope], bool] = lambda one, other: True) -> None:
        """``same_account`` says whether two scopes lead to one account; asked only when they are spelt differently."""
        self._same_account = same_account
        self._lock = threading.Lock()
        self._claims: dict[tuple[str, Hashable], dict[Scope, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        self._by: dict[tuple[str, str], set[tuple[Hashable, Scope]]] = defaultdict(set)
        self._held: dict[tuple[Scope, str], set[str]] = defaultdict(set)
        self._found: dict[tuple[Scope, str], set[str]] = defaultdict(set)
        self._released: dict[str, set[str]] = defaultdict(set)
        self._leaving: Counter[str] = Counter()
        self._left = threading.Condition()

    def claim(self, kind: str, scope: Scope, key: Hashable, by: str, wants: str = "") -> None:
        """Record that the live resource ``by`` wants ``key`` (an instance, for the role ``wants``)."""
        with self._lock:
            self._claims[kind, _folded(key)][scope][by] = wants
            self._by[kind, by].add((_folded(key), scope))

    def withdraw(self, kind: str, by: str) -> None:
        """Forget what ``by`` claimed before: what its last check says is what it wants."""
        with self._lock:
            for key, scope in self._by.pop((kind, by), ()):
                del self._claims[kind, key][scope][by]

    def contested(self, kind: str, scope: Scope, key: Hashable, besides: str) -> tuple[str, str] | None:
        """A live resource other than ``besides`` that wants ``key``, and what it wants it for."""
        return self._wanted(kind, scope, key, lambda by: by != besides)

    def claimed(self, kind: str, scope: Scope, key: Hashable) -> tuple[str, str] | None:
        """The live resource that wants ``key``, so that an end leaves it."""
        return self._wanted(kind, scope, key, lambda by: True)

    def _wanted(self, kind: str, scope: Scope, key: Hashable, counts: Callable[[str], bool]) -> tuple[str, str] | None:
        """The first who wants ``key``, however its account is spelt, and what for."""
        with self._lock:
            found = [
                (where, claim)
                for where, claims in self._claims.get((kind, _folded(key)), {}).items()
                if (where.cloud, where.region) == (scope.cloud, scope.region)
                for claim in sorted(claims.items())
                if counts(claim[0])
            ]
        return next((claim for where, claim in found if where == scope or self._same_account(where, scope)), None)

    def hold(self, scope: Scope, instance_id: str, role: str) -> None:
        """Record that, as the state says, a binding of this stack gave ``role`` to the instance."""
        with self._lock:
            self._held[scope, instance_id].add(role.casefold())

    def found(self, scope: Scope, instance_id: str, role: str) -> None:
        """Record that, as the state says, the instance held ``role`` before any binding of this stack declared it."""
        with self._lock:
            self._found[scope, instance_id].add(role.casefold())

    def was_found(self, scope: Scope, instance_id: str, role: str) -> bool:
        """Whether a binding of this stack found the instance holding ``role``, and left it so."""
        with self._lock:
            return role.casefold() in self._found.get((scope, instance_id), set())

    def release(self, role: str, instance_ids: Collection[str]) -> None:
        """Record that this operation took ``role`` from the instances, which the cloud may show later."""
        with self._lock:
            self._released[role.casefold()].update(instance_ids)

    @contextmanager
    def leaving(self, instance_ids: Collection[str]) -> Iterator[None]:
        """While a binding takes its role from instances that nobody else wanted when it began.

        It looks for claims right before each write. Whoever claims one later, while the write is on its way, would
        still see the role that is about to go: it waits first (:meth:`await_left`). Nobody waits in here.
        """
        with self._left:
            self._leaving.update(instance_ids)
        try:
            yield
        finally:
            with self._left:
                self._leaving.subtract(instance_ids)
                self._left.notify_all()

    def await_left(self, instance_ids: Collection[str]) -> None:
        """Wait until no binding is taking its role from one of the instances. For who has claimed them."""
        with self._left:
            self._left.wait_for(lambda: not any(self._leaving[one] for one in instance_ids))

    def released(self, role: str) -> frozenset[str]:
        """The instances that this operation took ``role`` from."""
        with self._lock:
            return frozenset(self._released.get(role.casefold(), ()))

    def holds(self, scope: Scope, instance_id: str, role: str) -> bool:
        """Whether a binding of this stack gave ``role``, in whatever case it is shown, to the instance."""
        with self._lock:
            return role.casefold() in self._held.get((scope, instance_id), set())


def _folded(key: Hashable) -> Hashable:
    """A name, or several, as they are compared."""
    if isinstance(key, tuple):
        return tuple(map(_folded, key))
    return key.casefold() if isinstance(key, str) else key
