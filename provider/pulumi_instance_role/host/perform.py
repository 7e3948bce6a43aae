"""One planned call, against the port: every call of :mod:`pulumi_instance_role.plan.calls` becomes its operation.

A batch of a binding has an outcome for each instance; every other call answers or raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pulumi_instance_role.clouds.port import Cloud, CloudError, ErrorKind, Outcome
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
        case c.CreateRole(spec):
            return cloud.create_role(spec).role_id
        case c.CreatePolicy(policy):
            return cloud.create_policy(policy).policy_id
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
            for error in perform_batch(cloud, call).values():
                raise error


def perform_batch(cloud: Cloud, call: c.BindingCall, spare: Spare = nothing_spared) -> dict[str, CloudError]:
    """Carry out one batch of a binding; the failures by instance. What ``spare`` keeps by then loses no role."""

    def unbind(role: str, instance_ids: Sequence[str]) -> Sequence[Outcome]:
        return cloud.unbind(role, instance_ids, spare)

    if isinstance(call, c.Unbind):
        return _outcomes(unbind, call.role, call.instance_ids)
    if isinstance(call, c.Bind):
        return _outcomes(cloud.bind, call.role, call.instance_ids)
    if call.in_place:
        return _outcomes(lambda role, ids: cloud.bind(role, ids, call.old), call.new, call.instance_ids)
    refused = _refused(cloud, call)
    if refused:
        return refused
    failed = _outcomes(unbind, call.old, call.instance_ids)
    free = tuple(one for one in call.instance_ids if one not in failed)
    return {**failed, **(_outcomes(cloud.bind, call.new, free) if free else {})}


def _refused(cloud: Cloud, call: c.Swap) -> dict[str, CloudError]:
    """Why the new role cannot be had, found out while the instances still hold the old one.

    Binding never replaces where swaps have a gap, so asking for it changes nothing: who may not pass the role, or
    names one that instances may not assume, is told so; else the answer is that the instances are occupied.
    """
    found = _outcomes(cloud.bind, call.new, call.instance_ids)
    return {one: error for one, error in found.items() if error.kind is not ErrorKind.OCCUPIED}


def _outcomes(
    operation: Callable[[str, Sequence[str]], Sequence[Outcome]], role: str, instance_ids: tuple[str, ...]
) -> dict[str, CloudError]:
    try:
        outcomes = operation(role, instance_ids)
    except CloudError as error:
        return dict.fromkeys(instance_ids, error)
    return {outcome.instance_id: outcome.error for outcome in outcomes if outcome.error is not None}
