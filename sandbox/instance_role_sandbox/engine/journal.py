"""The state while an operation changes it: what was there, what is new, what has begun and not ended.

Each step tells the journal before it calls a provider and after, and the journal writes the state file each time, so
a killed engine leaves a pending operation behind and nothing half said. What was written in this operation comes
first, in the order it ended, then what is left of the old state: with the old order a dependency order, so is this.
"""

from __future__ import annotations

from collections.abc import Callable

from instance_role_sandbox.engine.errors import EngineError
from instance_role_sandbox.engine.state import Deployment, Pending, Resource
from instance_role_sandbox.engine.values import equal


class Journal:
    """Merges an operation's results into the state it began with."""

    def __init__(self, base: Deployment, write: Callable[[Deployment], None] | None) -> None:
        """``write`` stores a state; None in a preview, which stores nothing."""
        self.base = base
        self._write = write
        self._new: list[Resource] = []
        self._done: set[int] = set()
        self._running: list[Pending] = []
        self._carried = [p for p in base.pending if p.type == "creating"]
        self._dirty = False

    def snapshot(self) -> Deployment:
        """The state as it is now."""
        resources = [r for r in (*self._new, *self.base.resources) if id(r) not in self._done]
        renamed = {r.alias: r.urn for r in self._new if r.alias}
        if renamed:
            resources = [_renamed(r, renamed) for r in resources]
        return Deployment(resources, [*self._running, *self._carried], self.base.salt)

    def begin(self, resource: Resource, kind: str) -> Pending:
        """An operation on the resource begins."""
        pending = Pending(resource, kind)
        self._running.append(pending)
        try:
            self.save()
        except EngineError:  # it will not begin, since that could not be written down
            self._running.remove(pending)
            raise
        return pending

    def end(self, pending: Pending, new: Resource | None = None, gone: Resource | None = None) -> None:
        """It ended; it made ``new`` or did away with ``gone``, or both, or failed and did neither."""
        self.forget(pending)
        self.settle(new, gone)

    def forget(self, pending: Pending) -> None:
        """It ended; what came of it is told next."""
        self._running.remove(pending)

    def settle(self, new: Resource | None, gone: Resource | None) -> None:
        """``new`` takes the place of ``gone``; either may be none."""
        if gone is not None:
            self._done.add(id(gone))
        if new is not None:
            self._new.append(new)
        self.save()

    def note(self, new: Resource, gone: Resource | None) -> None:
        """Like settle, for what no provider did anything about.

        Where it says nothing new it is written with what comes next, or at the end; a changed option (protect, an
        alias, a dependency) is written at once, for an engine that is killed must not lose it.
        """
        if gone is not None:
            self._done.add(id(gone))
        self._new.append(new)
        self._dirty = True
        if gone is not None and _tells_more(new, gone):
            self.save()

    def touch(self) -> None:
        """A resource changed in place; written as with note."""
        self._dirty = True

    def rebase(self, resources: list[Resource]) -> None:
        """The old state turned out to be this: after a refresh."""
        self.base = Deployment(resources, self.base.pending, self.base.salt)

    def clear_pending_creates(self) -> None:
        """Forget creates of which the end is not known."""
        self._carried = []

    def save(self) -> None:
        """Write the state as it is now."""
        self._dirty = False
        if self._write is not None:
            self._write(self.snapshot())

    def close(self) -> None:
        """Write what is left to be written, however the operation ended: what was registered counts."""
        if self._dirty:
            self.save()


# what of a resource that stays the same is written at once where it differs
_OPTIONS = (
    "urn",
    "type",
    "custom",
    "timeouts",
    "retain_on_delete",
    "provider",
    "parent",
    "deleted_with",
    "replace_with",
    "protect",
)


def _tells_more(new: Resource, old: Resource) -> bool:
    """Does the resource say anything that the state does not, but for what is only for people to read?"""
    return (
        any(getattr(new, name) != getattr(old, name) for name in _OPTIONS)
        or sorted(new.dependencies) != sorted(old.dependencies)
        or not equal(new.inputs, old.inputs)
        or not equal(new.outputs, old.outputs)
        or not equal(new.replacement_trigger, old.replacement_trigger)
    )


def _renamed(resource: Resource, urns: dict[str, str]) -> Resource:
    """The resource with every mention of a renamed one under its new URN."""
    copy = resource.copy()
    copy.parent = urns.get(copy.parent, copy.parent)
    copy.deleted_with = urns.get(copy.deleted_with, copy.deleted_with)
    copy.dependencies = [urns.get(u, u) for u in copy.dependencies]
    copy.replace_with = [urns.get(u, u) for u in copy.replace_with]
    copy.property_dependencies = {k: [urns.get(u, u) for u in v] for k, v in copy.property_dependencies.items()}
    provider, _, id_ = copy.provider.rpartition("::")
    if provider in urns:
        copy.provider = f"{urns[provider]}::{id_}"
    return copy
