"""What the live nouns of this operation want, so that the end of an old resource undoes none of it.

Pulumi deletes an old resource after the new ones are made. A binding that was only renamed would so be undone by the
deletion of its old self, although exit code and state say that all is well. The host runs ``check`` for every live
noun before anything is deleted, and one host process serves one operation: what ``check`` records here, a delete
finds.

A destroy runs no ``check``, so nothing is claimed then and everything ends.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Where a name is unique: a cloud, the account that profile and role lead to, and a region where it matters."""

    cloud: str
    profile: str = ""
    assume_role_arn: str = ""
    region: str = ""


class Claims:
    """Claims of one host process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: dict[tuple[str, Scope, Hashable], dict[str, str]] = defaultdict(dict)
        self._held: dict[tuple[Scope, str], set[str]] = defaultdict(set)

    def claim(self, kind: str, scope: Scope, key: Hashable, by: str, wants: str = "") -> None:
        """Record that the live resource ``by`` wants ``key`` (an instance, for the role ``wants``)."""
        with self._lock:
            self._claims[kind, scope, key][by] = wants

    def claimed(self, kind: str, scope: Scope, key: Hashable, *, besides: str | None = None) -> tuple[str, str] | None:
        """A live resource other than ``besides`` that wants ``key``, and what it wants it for."""
        with self._lock:
            found = self._claims.get((kind, scope, key), {})
            return next(((by, wants) for by, wants in sorted(found.items()) if by != besides), None)

    def hold(self, scope: Scope, instance_id: str, role: str) -> None:
        """Record that, as the state says, a binding of this stack gave ``role`` to the instance."""
        with self._lock:
            self._held[scope, instance_id].add(role)

    def holds(self, scope: Scope, instance_id: str, role: str) -> bool:
        """Whether a binding of this stack gave ``role`` to the instance."""
        with self._lock:
            return role in self._held.get((scope, instance_id), set())
