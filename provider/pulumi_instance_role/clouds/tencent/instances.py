"""Instances of CVM as far as roles go: which there are, and which role each holds.

https://www.tencentcloud.com/document/product/213/15728 (DescribeInstances). It shows the role, too; there is no way to
ask for the holders of a role but to list the region.

An id that is not there simply has no row, and no read of CVM says "not found" in so many words. A caller without
permission gets an error, by everything that is published; but an empty list is not believed on that alone, because
another cloud answers so. What is taken for a proof that whoever asks is let through, and so that what has no row is
gone: some row in this answer, or in one of the last minutes; or that the reader is told that an id is malformed when
asking about one that is. In which order the cloud checks permission and ids is not published: if it were ids first
*and* denied readers got empty lists, the last proof would be none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_instance_role.clouds.batch import apart, those_named
from pulumi_instance_role.clouds.part import is_found
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Instance, Lifecycle, same_role
from pulumi_instance_role.clouds.tencent.base import Part, tags_of
from pulumi_instance_role.clouds.tencent.client import Api
from pulumi_instance_role.clouds.tencent.limits import LIMITS
from pulumi_instance_role.transport.fan import side_by_side
from pulumi_instance_role.transport.wait import Waiter

MALFORMED = "ins-?"
"""An id that cannot be one."""
PROVED_FOR = 300.0
"""Seconds for which a reader who was let through once is believed to be let through."""
_MALFORMED_ID = "InvalidInstanceId.Malformed"
_MOST_FILTERS = 10

_STATES: Mapping[str, Lifecycle] = {
    "PENDING": Lifecycle.PENDING,
    "RUNNING": Lifecycle.RUNNING,
    "STOPPED": Lifecycle.STOPPED,
    "LAUNCH_FAILED": Lifecycle.RELEASING,
    "SHUTDOWN": Lifecycle.RELEASING,
    "TERMINATING": Lifecycle.RELEASING,
}

Row = Mapping[str, Any]


class Instances(Part):
    """Reading instances and the roles they hold."""

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        super().__init__(api, waiter)
        self._let_through_cvm: float | None = None

    def instances(self, instance_ids: Sequence[str]) -> Mapping[str, Instance]:
        """Those of ``instance_ids`` that exist in this region, with the role each holds."""
        return {one: self._instance(row) for one, row in self.instance_rows(instance_ids).items()}

    def holdings(self, instance_ids: Sequence[str]) -> Mapping[str, Instance]:
        """The same: one read shows all of it."""
        return self.instances(instance_ids)

    def there(self, supposed: Mapping[str, str | None]) -> Mapping[str, Instance]:
        """The same: nothing has to be supposed."""
        return self.instances(list(supposed))

    def instance_rows(self, instance_ids: Sequence[str]) -> dict[str, Row]:
        """The same as the cloud shows them."""
        wanted = list(dict.fromkeys(instance_ids))
        found: dict[str, Row] = {}
        parts = [wanted[start : start + LIMITS.read_batch] for start in range(0, len(wanted), LIMITS.read_batch)]

        for rows in side_by_side(self._well_formed, parts):
            found.update((str(row["InstanceId"]), row) for row in rows)
        if len(found) < len(wanted):
            self._prove()
        return {one: found[one] for one in wanted if one in found}

    def find_instances(self, vpc_id: str | None, tags: Mapping[str, str], names: Sequence[str]) -> Sequence[Instance]:
        """Instances of this region that match all that is given; ``names`` may hold wildcards, any one has to match."""
        filters = [{"Name": "vpc-id", "Values": [vpc_id]}] if vpc_id else []
        filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in sorted(tags.items())]
        found = [self._instance(row) for row in self._all({"Filters": filters[:_MOST_FILTERS] or None})]
        # The cloud takes few filters and does not say how it compares, so it has no last word.
        return tuple(one for one in found if is_found(one, vpc_id, tags, names))

    def role_instances(self, role: str) -> Sequence[str]:
        """Ids of the instances of this region that hold ``role``; none, too, where no such role exists."""
        return tuple(sorted(str(row["InstanceId"]) for row in self._all({}) if same_role(role_of(row), role)))

    def _well_formed(self, ids: Sequence[str]) -> list[Row]:
        """The rows of ids of which some may be none: such an id fails the whole request, and no instance has it."""
        rows: list[Row] = []
        left = [list(ids)]
        while left:
            some = left.pop()
            try:
                rows += self._rows(self._describe({"InstanceIds": some, "Limit": LIMITS.read_batch}))
            except CloudError as error:
                if error.code != _MALFORMED_ID:
                    raise
                if len(some) > 1:
                    left += apart(some, those_named(some, error.message))
        return rows

    def _all(self, parameters: Mapping[str, object]) -> Iterator[Row]:
        """All rows over all pages; none at all is believed only once proved."""
        seen = 0
        while True:
            answer = self._describe({**parameters, "Offset": seen, "Limit": LIMITS.read_batch})
            found = self._rows(answer)
            yield from found
            seen += len(found)
            if not seen:
                self._prove()
            if not found or seen >= int(answer.get("TotalCount") or 0):
                return

    def _describe(self, parameters: Mapping[str, object]) -> dict[str, Any]:
        return self.api.call("cvm", "DescribeInstances", parameters, needs="TotalCount")

    def _rows(self, answer: Mapping[str, Any]) -> list[Row]:
        found: list[Row] = answer.get("InstanceSet") or []
        if found:
            self._let_through_cvm = time.monotonic()
        return found

    def _prove(self) -> None:
        """Return when what has no row is not there; raise ``DENIED`` otherwise."""
        proved = self._let_through_cvm
        if proved is not None and time.monotonic() - proved < PROVED_FOR:
            return
        try:
            self._describe({"InstanceIds": [MALFORMED]})
        except CloudError as error:
            if error.kind not in (ErrorKind.NOT_FOUND, ErrorKind.INVALID):
                raise
            self._let_through_cvm = time.monotonic()
            return
        raise CloudError(
            ErrorKind.DENIED,
            "the answer is empty, as it may be for callers without permission.",
            code="UnauthorizedOperation",
            operation="DescribeInstances",
            hint='Allow cvm:DescribeInstances on "*" to the credentials in use.',
        )

    def _instance(self, row: Row) -> Instance:
        return Instance(
            instance_id=str(row["InstanceId"]),
            name=row.get("InstanceName") or "",
            region=self.api.place.region,
            vpc_id=(row.get("VirtualPrivateCloud") or {}).get("VpcId") or None,
            lifecycle=_STATES.get(row.get("InstanceState") or "", Lifecycle.CHANGING),
            role=role_of(row),
            tags=tags_of(row.get("Tags")),
        )


def role_of(row: Row) -> str | None:
    """The role that a row shows: an empty text and nothing are the same."""
    return row.get("CamRoleName") or None
