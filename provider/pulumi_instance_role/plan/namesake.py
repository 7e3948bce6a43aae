"""A name is not an identity: what somebody deleted and made anew under the same name is another thing.

So a state keeps the cloud's own id of what its names mean, and what stands under a name now is compared with it before
anything is written to it. Where either id is not known (a state of an older release, a reader who may not look) there
is nothing to compare, and the name has to do.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_instance_role.clouds.port import NamedKind
from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.records import dataclass

REFERRED = "run a refresh, then give it another name where it is declared, or say adopt=True there"
"""The remedy at what refers to it by the name."""

_SAID = "deleted and made again by somebody else"
_PLURAL: Mapping[NamedKind, str] = {"role": "roles", "policy": "policies"}


def remedy(*, adopt: bool | None) -> str:
    """The remedy where it is declared; ``adopt`` as it is declared now, ``None`` for what cannot be adopted.

    A refresh comes first wherever the name is kept: until then the state means the one that is deleted.
    """
    if adopt:
        return "run a refresh, then up, which takes over the one there now"
    if adopt is None:
        return "declare another name, or have the one there now deleted and run a refresh"
    return "declare another name; or, to take it over, say adopt=True and run a refresh before the next up"


def is_another(meant: str | None, found: str | None) -> bool:
    """Whether what has the name now is not what was meant by it. Not to know an id is no difference."""
    return bool(meant and found and meant != found)


def made_anew(meant: str, found: str) -> str:
    """What is so of a name that stands for another thing now, after the name; the ids of the two."""
    return f"was {_SAID}: the state means id {meant}, the one there now has id {found}"


def namesake(prop: str, kind: NamedKind, name: str, meant: str, found: str, what_to_do: str) -> Fault:
    """The fault of a name that stands for another thing now; ``meant`` and ``found`` are the ids of the two."""
    return Fault(
        prop,
        f"{kind} {name} {made_anew(meant, found)}",
        what_to_do,
        subject=f"{name}: the state means id {meant}, there now is id {found}",
        alike=f"{_PLURAL[kind]} were {_SAID}",
    )


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
        return namesake(self.prop, self.kind, self.name, meant, found, REFERRED)


def key_of(kind: str, name: str) -> str:
    """How a state names what it keeps the id of."""
    return f"{kind} {name}"
