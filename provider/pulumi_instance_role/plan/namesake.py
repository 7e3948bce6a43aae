"""A name is not an identity: what somebody deleted and made anew under the same name is another thing.

So a state keeps the cloud's own id of what its names mean, and what stands under a name now is compared with it before
anything is written to it. Where either id is not known (a state of an older release, a reader who may not look) there
is nothing to compare, and the name has to do.
"""

from __future__ import annotations

from pulumi_instance_role.clouds.port import NamedKind
from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.records import dataclass

REMEDY = (
    "find out whose it is; then run a refresh, which takes the old one out of the state, and have the other one "
    "deleted, declare another name, or say adopt=True where it is declared"
)


def is_another(meant: str | None, found: str | None) -> bool:
    """Whether what has the name now is not what was meant by it. Not to know an id is no difference."""
    return bool(meant and found and meant != found)


def namesake(prop: str, kind: str, name: str, meant: str, found: str) -> Fault:
    """The fault of a name that stands for another thing now; ``meant`` and ``found`` are the ids of the two."""
    message = (
        f"{kind} {name} was deleted and made again by somebody else: the state means the one with id {meant}, "
        f"and the one there now has id {found}"
    )
    return Fault(prop, message, REMEDY)


@dataclass(frozen=True)
class Reference:
    """A name among a resource's inputs, and what it stands for."""

    prop: str
    kind: NamedKind
    name: str

    @property
    def key(self) -> str:
        """How a state names what it keeps the id of."""
        return key_of(self.kind, self.name)

    def namesake(self, meant: str, found: str) -> Fault:
        """The fault of a name that stands for another thing now."""
        return namesake(self.prop, self.kind, self.name, meant, found)


def key_of(kind: str, name: str) -> str:
    """How a state names what it keeps the id of."""
    return f"{kind} {name}"
