"""``cbs`` (2017-03-12): the disks of instances, read only. They are made and go with their instance.

Terraform's provider, and so the Pulumi package, reads a system disk's name here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..clock import stamp
from .call import Answer, Call, Product
from .cvm.facts import present
from .cvm.listing import FILTERS, filters_of, page
from .cvm.records import Instance

CBS = Product("cbs", "2017-03-12", regional=True)

_FIELDS = {"disk-id": "DiskId", "disk-usage": "DiskUsage", "instance-id": "InstanceId", "disk-type": "DiskType"}


@CBS.action(
    "DescribeDisks",
    takes=f"DiskIds:[] {FILTERS} Offset:int Limit:int OrderField Order ReturnBindAutoSnapshotPolicy:bool",
    when_denied=lambda call: {"TotalCount": 0, "DiskSet": []},
)
def describe_disks(call: Call) -> Answer:
    """Disks by id or filter. https://www.tencentcloud.com/document/product/362/16315"""
    wanted = call.texts("DiskIds")
    rows = [row for one in present(call).values() for row in _disks(one)]
    found = [row for row in rows if not wanted or row["DiskId"] in wanted]
    for desired in filters_of(call, tuple(_FIELDS)):
        found = [row for row in found if str(row.get(_FIELDS.get(desired["Name"], ""))) in desired["Values"]]
    return {"TotalCount": len(found), "DiskSet": page(call, found)}


def _disks(one: Instance) -> Iterator[Answer]:
    system: Mapping[str, Any] | None = one.settings.get("SystemDisk")
    if system:
        yield _shown(one, system, "SYSTEM_DISK")
    for disk in one.settings.get("DataDisks") or ():
        yield _shown(one, disk, "DATA_DISK")


def _shown(one: Instance, disk: Mapping[str, Any], usage: str) -> Answer:
    return {
        "DiskId": disk["DiskId"],
        "DiskName": disk.get("DiskName") or f"{one.instance_id}_{usage.partition('_')[0].lower()}",
        "DiskState": "ATTACHED",
        "DiskUsage": usage,
        "DiskType": disk.get("DiskType", "CLOUD_PREMIUM"),
        "DiskSize": disk.get("DiskSize", 50),
        "DiskChargeType": one.charge_type,
        "Attached": True,
        "InstanceId": one.instance_id,
        "InstanceIdList": [one.instance_id],
        "DeleteWithInstance": disk.get("DeleteWithInstance", True),
        "Encrypt": bool(disk.get("Encrypt", False)),
        "KmsKeyId": disk.get("KmsKeyId", ""),
        "ThroughputPerformance": disk.get("ThroughputPerformance", 0),
        "Placement": {"Zone": one.zone, "ProjectId": one.project},
        "Portable": False,
        "CreateTime": stamp(one.created),
        "Tags": [],
    }
