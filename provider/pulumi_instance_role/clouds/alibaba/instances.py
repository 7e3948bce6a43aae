"""Instances of ECS as far as roles go: which there are, and which role each holds.

https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstances,
``-describeinstanceattribute`` and ``-describeinstanceramrole`` beside it.

ECS answers a reader without permission with an empty list and not with an error, so an empty list proves nothing.
What is taken for a proof:

* *an instance is gone*: DescribeInstanceAttribute answers ``InvalidInstanceId.NotFound`` for it. A reader who may not
  look gets anything but that.
* *an instance holds no role* (DescribeInstanceRamRole has no row for it): the same reader got some row, or else is told
  that it is not there, and gets no empty list, when asked about an instance that cannot exist, or if not, about a role
  that is not likely to. The operation knows no permission for single instances or roles, so who gets past one gets past
  all. No source confirms what it says of either (of a role, Terraform's provider expects "not found"); where that is
  nothing, the instances that were seen travel with the error, for who is about to bind.

DescribeInstances does not show the role; DescribeInstanceRamRole fails as a whole for one id that is unknown or
outside a VPC. So whoever needs more than roles asks about those that were seen before; whoever needs the roles alone
asks first, and takes an id of an answer for one that is there, in a VPC, once the cloud has failed for one that is not.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from aliyunsdkecs.request.v20140526.DescribeInstanceAttributeRequest import DescribeInstanceAttributeRequest
from aliyunsdkecs.request.v20140526.DescribeInstanceRamRoleRequest import DescribeInstanceRamRoleRequest
from aliyunsdkecs.request.v20140526.DescribeInstancesRequest import DescribeInstancesRequest

from pulumi_instance_role.clouds.alibaba.base import Part, rows
from pulumi_instance_role.clouds.alibaba.client import Api
from pulumi_instance_role.clouds.alibaba.limits import LIMITS, LIST_INSTANCES
from pulumi_instance_role.clouds.part import is_found
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Instance, Lifecycle, RolesNotShown, same_role
from pulumi_instance_role.transport.fan import side_by_side
from pulumi_instance_role.transport.wait import Waiter

NOWHERE = "i-00000000000000000000"
"""A well-formed id that no instance has."""
NOBODY = "instance-role-no-such-role-00000000"
"""A well-formed name that no role is likely to have."""
PROVED_FOR = 300.0
"""Seconds for which a reader who was let through once is believed to be let through."""

_STATUS: Mapping[str, Lifecycle] = {
    "Pending": Lifecycle.PENDING,
    "Running": Lifecycle.RUNNING,
    "Stopped": Lifecycle.STOPPED,
    "Starting": Lifecycle.CHANGING,
    "Stopping": Lifecycle.CHANGING,
    "Deleting": Lifecycle.RELEASING,
    "Deleted": Lifecycle.RELEASING,
}


class Instances(Part):
    """Reading instances and the roles they hold."""

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        super().__init__(api, waiter)
        self._let_through: dict[str, float] = {}
        self._tells: bool | None = None
        self._telling = threading.Lock()

    def instances(self, instance_ids: Sequence[str]) -> Mapping[str, Instance]:
        """Those of ``instance_ids`` that exist in this region, with the role each holds."""
        return self._with_roles(self._there(list(dict.fromkeys(instance_ids))))

    def holdings(self, instance_ids: Sequence[str]) -> Mapping[str, Instance]:
        """The same by DescribeInstanceRamRole alone, where its answers prove enough; see the head of this module."""
        wanted = list(dict.fromkeys(instance_ids))
        try:
            parts = side_by_side(self._held, batches(wanted, LIMITS.read_batch))
        except (_NotLetThrough, RolesNotShown):
            return self.instances(wanted)
        found = {one: seen for part in parts for one, seen in part.items()}
        return {one: found[one] for one in wanted if one in found}

    def there(self, supposed: Mapping[str, str | None]) -> Mapping[str, Instance]:
        """DescribeInstances, which shows twice as many in a call as DescribeInstanceRamRole, and no roles."""
        return {one: replace(seen, role=supposed[one]) for one, seen in self._there(list(supposed)).items()}

    def _held(self, ids: Sequence[str]) -> Mapping[str, Instance]:
        """What instances hold, as many as one answer tells."""
        try:
            listed = self._role_rows({"InstanceIds": json.dumps(ids)}, "")
        except CloudError as error:
            if error.kind not in (ErrorKind.NOT_FOUND, ErrorKind.NOT_IN_VPC):
                raise
            return self.instances(ids)
        if len(listed) < len(ids) and not self._is_told_of_unknown():
            return self.instances(ids)
        held = dict(self._believed(listed))
        region = self.api.place.region
        return {one: Instance(one, "", region, "", Lifecycle.UNASKED, held.get(one)) for one in ids}

    def _is_told_of_unknown(self) -> bool:
        """Whether DescribeInstanceRamRole fails for an id that is not there, so that all ids of an answer are."""
        with self._telling:
            if self._tells is None:
                try:
                    self.api.call(DescribeInstanceRamRoleRequest, {"InstanceIds": json.dumps([NOWHERE])})
                    self._tells = False
                except CloudError as error:
                    if error.kind not in (ErrorKind.NOT_FOUND, ErrorKind.INVALID):
                        raise
                    self._tells = error.kind is ErrorKind.NOT_FOUND
                    if self._tells:
                        self._let_through["DescribeInstanceRamRole"] = time.monotonic()
            return self._tells

    def _there(self, wanted: Sequence[str]) -> dict[str, Instance]:
        """Those that exist, without their roles."""
        found: dict[str, Instance] = {}
        for answer in side_by_side(self._described, batches(wanted, LIST_INSTANCES)):
            for row in rows(answer, "Instances", "Instance"):
                found[row["InstanceId"]] = instance_of(row, self.api.place.region)
        for instance_id in wanted:
            if instance_id not in found:
                missing = self._by_attribute(instance_id)
                if missing is not None:
                    found[instance_id] = missing
        return {one: found[one] for one in wanted if one in found}

    def _described(self, ids: Sequence[str]) -> dict[str, Any]:
        parameters = {"InstanceIds": json.dumps(ids), "PageSize": LIST_INSTANCES}
        return self.api.call(DescribeInstancesRequest, parameters, needs="Instances")

    def find_instances(self, vpc_id: str | None, tags: Mapping[str, str], names: Sequence[str]) -> Sequence[Instance]:
        """Instances of this region that match all that is given; ``names`` may hold wildcards, any one has to match."""
        parameters: dict[str, object] = {"VpcId": vpc_id, "MaxResults": LIST_INSTANCES}
        for number, (key, value) in enumerate(sorted(tags.items()), 1):
            parameters |= {f"Tag.{number}.Key": key, f"Tag.{number}.Value": value}
        if len(names) == 1:
            parameters["InstanceName"] = names[0]
        found: dict[str, Instance] = {}
        token: str | None = None
        while True:
            answer = self.api.call(DescribeInstancesRequest, {**parameters, "NextToken": token}, needs="Instances")
            for row in rows(answer, "Instances", "Instance"):
                one = instance_of(row, self.api.place.region)
                # The cloud takes an empty value for any value, so it has no last word.
                if is_found(one, vpc_id, tags, names):
                    found[one.instance_id] = one
            token = answer.get("NextToken")
            if not token:
                break
        if not found:
            self._prove("DescribeInstances", (DescribeInstanceAttributeRequest, {"InstanceId": NOWHERE}))
        return tuple(self._with_roles(found).values())

    def role_instances(self, role: str) -> Sequence[str]:
        """Ids of the instances of this region that hold ``role``; none, too, where no such role exists."""
        try:
            held = self._believed(self._role_rows({"RamRoleName": role}, role))
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return ()
            raise
        return tuple(sorted(one for one, name in held if same_role(name, role)))

    def roles_of(self, instance_ids: Sequence[str]) -> dict[str, str]:
        """The role by instance, for ids that exist and are in a VPC; an id that holds none is absent."""

        def page(some: Sequence[str]) -> list[Any]:
            return self._role_rows({"InstanceIds": json.dumps(some)}, "")

        listed = [row for part in side_by_side(page, batches(instance_ids, LIMITS.read_batch)) for row in part]
        return dict(self._believed(listed)) if instance_ids else {}

    def still_holding(self, role: str, instance_ids: Sequence[str]) -> set[str]:
        """Which of the instances, that exist, hold ``role``: by the role's list, unless that takes more pages."""
        try:
            first, total = self._role_page({"RamRoleName": role}, role, 1)
        except CloudError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            return set()
        if _pages(total) > _pages(len(instance_ids)):
            held = self.holdings(instance_ids)
            return {one for one, seen in held.items() if same_role(seen.role, role)}
        listed = [*first, *self._further_rows({"RamRoleName": role}, role, total)]
        return {one for one, name in self._believed(listed) if same_role(name, role)} & set(instance_ids)

    def _with_roles(self, found: dict[str, Instance]) -> dict[str, Instance]:
        asked = [one.instance_id for one in found.values() if one.vpc_id is not None]
        try:
            held = self.roles_of(asked)
        except CloudError as error:
            if isinstance(error, _NotLetThrough):
                raise RolesNotShown(error, found) from None
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            # Released between the two reads: one id fails its whole batch, so look at each by itself.
            held = self._roles_one_by_one(asked, found)
        return {id_: replace(one, role=held.get(id_)) for id_, one in found.items()}

    def _roles_one_by_one(self, asked: Iterable[str], found: dict[str, Instance]) -> dict[str, str]:
        held: dict[str, str] = {}
        for instance_id in asked:
            try:
                held.update(self.roles_of([instance_id]))
            except CloudError as error:
                if error.kind is not ErrorKind.NOT_FOUND:
                    raise
                del found[instance_id]
        return held

    def _role_rows(self, filters: Mapping[str, str], of: str) -> list[Any]:
        """All pages of DescribeInstanceRamRole."""
        listed, total = self._role_page(filters, of, 1)
        return [*listed, *self._further_rows(filters, of, total)] if listed else listed

    def _further_rows(self, filters: Mapping[str, str], of: str, total: int) -> list[Any]:
        """The rows of the pages after the first."""
        pages = side_by_side(lambda page: self._role_page(filters, of, page)[0], range(2, _pages(total) + 1))
        return [row for page in pages for row in page]

    def _role_page(self, filters: Mapping[str, str], of: str, page: int) -> tuple[list[Any], int]:
        """One page of DescribeInstanceRamRole, and how many rows there are on all."""
        parameters = {**filters, "PageSize": LIMITS.read_batch, "PageNumber": page}
        answer = self.api.call(DescribeInstanceRamRoleRequest, parameters, of=of, needs="InstanceRamRoleSets")
        return rows(answer, "InstanceRamRoleSets", "InstanceRamRoleSet"), int(answer.get("TotalCount") or 0)

    def _believed(self, listed: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
        """(instance, role) of rows. Nothing at all is believed only once proved."""
        if listed:
            self._let_through["DescribeInstanceRamRole"] = time.monotonic()
        else:
            self._prove(
                "DescribeInstanceRamRole",
                (DescribeInstanceRamRoleRequest, {"InstanceIds": json.dumps([NOWHERE])}),
                (DescribeInstanceRamRoleRequest, {"RamRoleName": NOBODY}),
            )
        # A row without a role's name says the same as no row.
        return [(row["InstanceId"], row["RamRoleName"]) for row in listed if row.get("RamRoleName")]

    def _prove(self, operation: str, *probes: tuple[type[Any], Mapping[str, object]]) -> None:
        """Return when an empty answer of ``operation`` means that there is nothing; raise ``DENIED`` otherwise.

        ``probes`` are requests for what is not there, in the order in which they are tried.
        """
        if time.monotonic() - self._let_through.get(operation, -PROVED_FOR) < PROVED_FOR:
            return
        for request, parameters in probes:
            try:
                self.api.call(request, parameters)
            except CloudError as error:
                # Only who is let through is told that it is not there. That a name looks wrong is told to anybody.
                if error.kind is ErrorKind.NOT_FOUND:
                    self._let_through[operation] = time.monotonic()
                    return
                if error.kind is not ErrorKind.INVALID:
                    raise
        raise _NotLetThrough(operation)

    def _by_attribute(self, instance_id: str) -> Instance | None:
        """An instance that the listing left out, or ``None`` when it is proved to be gone."""
        try:
            answer = self.api.call(DescribeInstanceAttributeRequest, {"InstanceId": instance_id}, of=instance_id)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        if answer.get("InstanceId") != instance_id:
            raise _NotLetThrough("DescribeInstances")
        return instance_of(answer, self.api.place.region)


def instance_of(row: Mapping[str, Any], region: str) -> Instance:
    """An instance as DescribeInstances or DescribeInstanceAttribute shows it; the role is not among that.

    Being released is a status. ``Recyclable`` says that an instance may be recycled, not that it is being.
    """
    return Instance(
        instance_id=row["InstanceId"],
        name=row.get("InstanceName") or "",
        region=row.get("RegionId") or region,
        vpc_id=(row.get("VpcAttributes") or {}).get("VpcId") or None,
        lifecycle=_STATUS.get(row.get("Status", ""), Lifecycle.CHANGING),
        tags={tag["TagKey"]: tag.get("TagValue") or "" for tag in rows(row, "Tags", "Tag")},
    )


def batches(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    """``ids`` in order, in lists of at most ``size``."""
    return (list(ids[start : start + size]) for start in range(0, len(ids), size))


def _pages(number: int) -> int:
    """How many pages, or reads by ids, so many roles of instances take."""
    return ceil(number / LIMITS.read_batch)


class _NotLetThrough(CloudError):
    """An empty answer that nothing proves to mean that there is nothing."""

    def __init__(self, operation: str) -> None:
        super().__init__(
            ErrorKind.DENIED,
            "the answer is empty, as it is for callers without permission.",
            code="Forbidden.RAM",
            operation=operation,
            hint="Allow ecs:DescribeInstances, ecs:DescribeInstanceAttribute and ecs:DescribeInstanceRamRole "
            'on "*" to the credentials in use.',
        )
