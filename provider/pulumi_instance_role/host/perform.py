"""One planned call, against the port: every call of :mod:`pulumi_instance_role.plan.calls` becomes its operation.

A batch of a binding has an outcome for each instance; every other call answers or raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pulumi_instance_role.clouds.port import Cloud, CloudError, Outcome
from pulumi_instance_role.plan import calls as c

Spare = Callable[[str], bool]
"""Whether an instance, by its id, is not to be touched although a plan says so."""


def nothing_spared(_instance_id: str) -> bool:
    """The :data:`Spare` of who keeps to the plan."""
    return False


def perform(cloud: Cloud, call: c.Call) -> str:
    """Carry out one call; the id of what it made, if it made something.

    Raises the cloud's error; of a batch, that of the first instance that failed.
    """
    match call:
        case c.CreateRole(spec, unseen):
            return cloud.create_role(spec, unseen=unseen).role_id
        case c.CreatePolicy(policy, unseen):
            return cloud.create_policy(policy, unseen=unseen).policy_id
        case _:
            _change(cloud, call)
            return ""


def _change(cloud: Cloud, call: c.Call) -> None:
    match call:
        case c.UpdateRole(spec):
            cloud.update_role(spec)
        case c.TagRole(name, put, remove):
            cloud.tag_role(name, put, remove)
        case c.DeleteRole(name):
            cloud.delete_role(name)
        case c.DescribePolicy(name, description):
            cloud.update_policy_description(name, description)
        case c.TagPolicy(name, put, remove):
            cloud.tag_policy(name, put, remove)
        case c.PutDocument(name, document):
            cloud.put_policy_document(name, document)
        case c.SetDefaultVersion(name, version_id):
            cloud.set_default_policy_version(name, version_id)
        case c.DeleteVersion(name, version_id):
            cloud.delete_policy_version(name, version_id)
        case c.DeletePolicy(name):
            cloud.delete_policy(name)
        case c.Attach(attachment):
            cloud.attach(attachment)
        case c.Detach(attachment):
            cloud.detach(attachment)
        case c.Give(grant):
            cloud.give(grant)
        case c.Withdraw(grant):
            cloud.withdraw(grant)
        case c.Bind() | c.Unbind() | c.Swap():
            for error in perform_batch(cloud, call).failed.values():
                raise error


@dataclass
class Done:
    """What batches came to, by instance: failures, the role (or none) that others were seen to hold afterwards, and
    what was held before, where that was looked at. ``begun``: the instances of all batches that were carried out;
    ``spared``: those of them that were not touched, because others want them."""

    failed: dict[str, CloudError] = field(default_factory=dict)
    shown: dict[str, str | None] = field(default_factory=dict)
    before: dict[str, str | None] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    spared: set[str] = field(default_factory=set)

    def add(self, other: Done) -> None:
        """Those of another batch, too."""
        self.failed.update(other.failed)
        self.shown.update(other.shown)
        self.before = {**other.before, **self.before}
        self.begun |= other.begun
        self.spared |= other.spared


def perform_batch(cloud: Cloud, call: c.BindingCall, spare: Spare = nothing_spared) -> Done:
    """Carry out one batch of a binding. What ``spare`` keeps by then loses no role.

    Where binding never replaces, it is asked for the new role while instances hold the old one: who may not pass the
    role, or names one that instances may not assume, is told so then. That a role is gone is left to be looked at for
    all batches at once.
    """

    def unbind(role: str, instance_ids: Sequence[str]) -> Sequence[Outcome]:
        return cloud.unbind(role, instance_ids, spare, look_after=False)

    if isinstance(call, c.Unbind):
        return _outcomes(unbind, call.role, call.instance_ids, None)
    if isinstance(call, c.Bind):
        return _outcomes(cloud.bind, call.role, call.instance_ids, call.role)

    def bind(role: str, instance_ids: Sequence[str]) -> Sequence[Outcome]:
        return cloud.bind(role, instance_ids, call.old)

    if call.in_place:
        return _outcomes(bind, call.new, call.instance_ids, call.new)
    refused = None if call.asked else cloud.refusal(call.new, call.instance_ids)
    if refused:
        return Done(dict.fromkeys(call.instance_ids, refused))
    done = _outcomes(unbind, call.old, call.instance_ids, None)
    free = tuple(one for one in call.instance_ids if one not in done.failed)
    done.shown.clear()  # it is what they hold next that counts
    if free:
        done.add(_outcomes(bind, call.new, free, call.new))
    return done


def _outcomes(
    operation: Callable[[str, Sequence[str]], Sequence[Outcome]],
    role: str,
    instance_ids: tuple[str, ...],
    then: str | None,
) -> Done:
    """What an operation comes to, after which those that it is shown for hold ``then``."""
    try:
        outcomes = operation(role, instance_ids)
    except CloudError as error:
        return Done(dict.fromkeys(instance_ids, error))
    failed = {one.instance_id: one.error for one in outcomes if one.error is not None}
    shown = {one.instance_id: then for one in outcomes if one.shown}
    before = {one.instance_id: one.before.role for one in outcomes if one.before is not None}
    return Done(failed, shown, before, spared={one.instance_id for one in outcomes if one.spared})
