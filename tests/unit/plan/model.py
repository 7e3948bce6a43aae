"""A cloud as a value: what a plan's calls do to it, by the port's documented rules and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from pulumi_instance_role.clouds.alibaba.limits import LIMITS as ALIBABA
from pulumi_instance_role.clouds.port import Instance, Lifecycle, Limits, PolicyVersion
from pulumi_instance_role.plan.calls import (
    Bind,
    BindingCall,
    Call,
    DeleteVersion,
    PutDocument,
    SetDefaultVersion,
    Swap,
    Unbind,
)

IN_PLACE = dataclasses.replace(ALIBABA, rebind_in_place=True, tags_policies=False, policy_versions=None)
"""A cloud that differs from the first in everything that a plan looks at."""

LIMITS = ALIBABA


def instance(instance_id: str, role: str | None = None, **rest: object) -> Instance:
    """A running VPC instance."""
    plain = Instance(instance_id, "", "r", "vpc-1", Lifecycle.RUNNING, role)
    return dataclasses.replace(plain, **rest)  # type: ignore[arg-type]  # the fields of Instance, by name


def instances(held: Mapping[str, str | None]) -> dict[str, Instance]:
    """Instances by id, from what each holds."""
    return {one: instance(one, role) for one, role in held.items()}


def after_binding_calls(
    held: Mapping[str, str | None], calls: Iterable[BindingCall], limits: Limits = ALIBABA
) -> dict[str, str | None]:
    """What the instances hold afterwards. Refuses what a cloud would: an occupied slot, a batch too big."""
    now = dict(held)
    for call in calls:
        assert 1 <= len(call.instance_ids) <= limits.bind_batch
        for one in call.instance_ids:
            match call:
                case Bind(role, _):
                    assert now[one] is None, f"{one} is occupied"
                    now[one] = role
                case Unbind(role, _):
                    assert now[one] == role, f"{one} does not hold {role}"
                    now[one] = None
                case Swap(old, new, _, in_place):
                    assert now[one] == old and in_place == limits.rebind_in_place
                    now[one] = new
    return now


def after_version_calls(
    versions: list[PolicyVersion], calls: Iterable[Call], limits: Limits = ALIBABA
) -> list[PolicyVersion]:
    """The versions afterwards, oldest first. Refuses a sixth version and the deletion of the default."""
    now = list(versions)
    newest = max((int(one.version_id[1:]) for one in now), default=0)
    for call in calls:
        match call:
            case PutDocument(_, document) if limits.policy_versions is None:
                now = [PolicyVersion("v1", document, is_default=True)]
            case PutDocument(_, document):
                assert len(now) < (limits.policy_versions or 0), "LimitExceeded.Policy.Version"
                newest += 1
                now = [dataclasses.replace(one, is_default=False) for one in now]
                now.append(PolicyVersion(f"v{newest}", document, is_default=True))
            case SetDefaultVersion(_, version_id):
                assert any(one.version_id == version_id for one in now)
                now = [dataclasses.replace(one, is_default=one.version_id == version_id) for one in now]
            case DeleteVersion(_, version_id):
                assert not any(one.is_default for one in now if one.version_id == version_id)
                now = [one for one in now if one.version_id != version_id]
            case _:
                raise AssertionError(call)
    return now
