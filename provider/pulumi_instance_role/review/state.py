"""What is there now, as a picture with nothing before it.

Rules, guardrails and forms then say what is so in place of what changes: all that a role may do is "gained", every
instance "gets" its role. Whoever reads an account makes one of these (``inventory.audit``); nothing here asks a cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pulumi_instance_role.review import model
from pulumi_instance_role.review.declared import Side, Where, policy_key
from pulumi_instance_role.review.model import Unread
from pulumi_instance_role.review.picture import LABOUR, Picture
from pulumi_instance_role.review.preview import Preview
from pulumi_instance_role.review.roles import Live, World

NOTHING = Preview((), (), failed=False)
"""The preview in which nothing is declared."""
PER_ROLE = 5_000
"""Steps for each role beyond :data:`~.picture.LABOUR`: an account has more roles than a stack."""


@dataclass(frozen=True)
class Standing:
    """What was read. Keys are those of ``declared.role_key`` and its siblings."""

    live: Live
    """Documents, policies of roles, trust policies, and what instances hold."""
    roles: Mapping[str, tuple[Where, str]]
    """Every role that is to be looked at, held or not: place and name."""
    unread: Mapping[str, Mapping[str, Unread]] = field(default_factory=dict)
    """Role -> mark -> what could not be read of it."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Instance -> its name."""


class _There(World):
    """One side, from what a cloud said alone."""

    def __init__(self, what: Standing) -> None:
        super().__init__(Side(NOTHING, "after"), None)
        self.live = what.live
        for key, (where, name) in what.roles.items():
            role = self._role(key, where, name)
            role.exists = True
            role.blanks.update(what.unread.get(key, {}))
            for kind, policy in what.live.attachments.get(key, ()):
                found = policy_key(where.scope, kind, policy)
                self._policy(found, where, policy)
                role.policies.add(found)
        for key, (where, held) in what.live.held.items():
            self._hold_live(key, where, held)
            mine = self.instances[key].role
            if mine is not None:
                self.roles[mine].instances.add(key)


class State(Picture):
    """The picture of what is there: ``before`` is empty, ``after`` is all of it."""

    def __init__(self, what: Standing) -> None:
        worlds = World(Side(NOTHING, "before"), None), _There(what)
        super().__init__(NOTHING, worlds=worlds, labour=LABOUR + PER_ROLE * len(what.roles))
        self._called = what.called

    def review(self) -> model.Review:
        """What is there as a review; instances have their names, and notes about previews are left out."""
        found = super().review()
        instances = tuple(replace(one, name=self._called.get(one.key) or one.name) for one in found.instances)
        return replace(found, live=True, instances=instances, notes=())
