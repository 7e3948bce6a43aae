"""Finding the instances that a binding is for. No state: the answer is of the moment the program runs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import pulumi
from pulumi.runtime.config import CONFIG

from pulumi_instance_role.clouds import connect
from pulumi_instance_role.clouds.port import Cloud, CloudError, Instance, Lifecycle, RolesNotShown, Settings
from pulumi_instance_role.host.values import EITHER
from pulumi_instance_role.policy.at_the_line import at_the_line
from pulumi_instance_role.policy.unseen import holds_unseen
from pulumi_instance_role.program.resource import argument, refuse_slips


@at_the_line
def find_instances(
    cloud: str | None = None,
    region: str | None = None,
    *,
    vpc_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    names: Collection[str] = (),
    profile: str | None = None,
    assume_role_arn: str | None = None,
    at_least: int = 0,
) -> list[str]:
    """Ids, sorted, of the VPC instances of a region that meet every condition given; at least one must be.

    ``tags`` are all to match; ``names`` are alternatives, ``*`` stands for any text. Instances that are being released
    or have no VPC are left out, since they cannot hold a role. Fewer than ``at_least`` are an error. The cloud is asked
    now, page by page, so the conditions are plain values and no outputs; a binding fed by it picks up new instances at
    the next up, preview included. Raises TypeError or ValueError for a condition that is none, for no condition and for
    no cloud, and :class:`pulumi.RunError`, which the engine prints as one line, when too few are found, and when the
    cloud cannot be asked; its cause is then the :class:`~pulumi_instance_role.clouds.port.CloudError`.

    Alibaba Cloud: DescribeInstances of ECS
    (https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstances). Tencent Cloud:
    DescribeInstances of CVM (https://www.tencentcloud.com/document/product/213/15728).
    """
    given = {"cloud": cloud, "region": region, "vpc_id": vpc_id, "tags": tags, "names": names, "profile": profile}
    refuse_slips({**given, "assume_role_arn": assume_role_arn})
    _plain("vpc_id", vpc_id, str)
    _plain("tags", tags, Mapping)
    _plain("names", names, list, tuple, set, frozenset)
    for index, name in enumerate(names):
        _text(f"names[{index}]", name)
    for key, value in (tags or {}).items():
        argument("tags: a key", key, str, required=True)
        if not key:
            raise ValueError("tags: a key is empty, and no instance has such a tag; give the tag's key")
        for text in (key, value):
            _text(f"tags[{key!r}]", text)
    if vpc_id is not None and vpc_id != "".join(vpc_id.split()):
        raise ValueError(f"vpc_id: {vpc_id!r} has white space in it; take it out")
    if vpc_id is not None and (odd := holds_unseen(vpc_id)):
        raise ValueError(f"vpc_id: {vpc_id!r} {odd}; take it out")
    _plain("at_least", at_least, int)
    if at_least < 0:
        raise ValueError(f"at_least: must be a whole number from 0 up, not {at_least}")
    if not vpc_id and not tags and not names:
        raise ValueError("find_instances: give vpc_id=, tags= or names=; without any it would mean every instance")
    chosen = cloud or pulumi.Config("instance-role").get("cloud")
    if chosen is None:
        raise ValueError(f"cloud: give {EITHER}, or set instance-role:cloud for the stack")
    settings = Settings(chosen, region, profile, assume_role_arn, dict(CONFIG.get()))
    try:
        found = _asked(connect(settings), vpc_id, tags or {}, tuple(names))
    except CloudError as error:
        raise pulumi.RunError(f"instance-role: find_instances: {error}") from error
    ids = sorted(
        one.instance_id for one in found if one.vpc_id is not None and one.lifecycle is not Lifecycle.RELEASING
    )
    if len(ids) < at_least:
        count = "1 instance" if len(ids) == 1 else f"{len(ids)} instances"
        asked = ", ".join(
            f"{key}={value!r}" for key, value in (("vpc_id", vpc_id), ("tags", tags), ("names", list(names))) if value
        )
        raise pulumi.RunError(
            f"instance-role: find_instances({asked}) found {count} and at_least wants {at_least}; "
            "correct the conditions, the region or at_least"
        )
    return ids


def _asked(cloud: Cloud, vpc_id: str | None, tags: Mapping[str, str], names: Sequence[str]) -> Collection[Instance]:
    try:
        return cloud.find_instances(vpc_id, tags, names)
    except RolesNotShown as denied:
        return denied.seen.values()  # which role each holds matters to the binding, which asks again


def _text(prop: str, value: object) -> None:
    """Refuse what is no text, and a text that no name and no tag can be."""
    _plain(prop, value, str)
    if re.search(r"[\x00-\x1f\x7f]", str(value)):
        raise ValueError(f"{prop}: {value!r} has a control character in it; take it out")


def _plain(prop: str, value: object, *allowed: type) -> None:
    """Refuse what the cloud cannot be asked with: it is asked before any output is known."""
    if isinstance(value, pulumi.Output) or hasattr(value, "__await__"):
        raise TypeError(
            f"{prop}: must be known when the program runs, and an output is not; "
            "take ids from the resources themselves, or find by tags or names"
        )
    argument(prop, value, *allowed)
