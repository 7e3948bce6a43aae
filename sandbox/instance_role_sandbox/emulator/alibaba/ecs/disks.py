"""Disks. They live and die with their instance; as DescribeDisks spells their fields.

Disks of their own (CreateDisk, AttachDisk) and snapshots are not offered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...clock import stamp
from .. import ids, pages, tags
from ..call import Answer, Call
from ..errors import ApiError, invalid
from ..regional import on
from .catalogue import DISK_CATEGORIES, IMAGES
from .facts import present
from .product import ECS, instance, keep, like, must_be, nothing, on_instance, required, tag_rows
from .records import Instance

LARGEST = 65536  # GiB
DEFAULT_SIZE = 40
_TEXTS = ("DiskName", "Description", "KMSKeyId", "PerformanceLevel", "AutoSnapshotPolicyId")


def requested(call: Call, smallest: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The system disk and the data disks a RunInstances request describes; ``smallest`` is what the image needs."""
    params = call.params.raw()
    system = {key[len("SystemDisk.") :]: value for key, value in params.items() if key.startswith("SystemDisk.")}
    return (
        _disk(system, "system", max(smallest, DEFAULT_SIZE), smallest, "SystemDisk"),
        [_disk(one, "data", 20, 1, "DataDisk") for one in call.params.structures("DataDisk")],
    )


def _disk(given: dict[str, str], kind: str, default: int, smallest: int, name: str) -> dict[str, Any]:
    category = given.get("Category") or DISK_CATEGORIES[0]
    if category not in DISK_CATEGORIES:
        raise invalid(f"{name}.Category", f"Invalid{name}Category.ValueNotSupported")
    size = given.get("Size") or str(default)
    if not size.isdecimal() or not smallest <= int(size) <= LARGEST:
        raise invalid(f"{name}.Size", f"Invalid{name}Size.ValueNotSupported")
    level = "PL1" if category == "cloud_essd" else ""
    return {
        "Type": kind,
        "Category": category,
        "Size": int(size),
        "Encrypted": given.get("Encrypted", "").lower() == "true",
        "DeleteWithInstance": given.get("DeleteWithInstance", "true").lower() != "false",
        "BurstingEnabled": given.get("BurstingEnabled", "").lower() == "true",
        "ProvisionedIops": _whole(given.get("ProvisionedIops") or "0", f"{name}.ProvisionedIops"),
        **{key: given.get(key, level if key == "PerformanceLevel" else "") for key in _TEXTS},
    }


def _whole(text: str, parameter: str) -> int:
    if not text.isdecimal():
        raise invalid(parameter)
    return int(text)


def made(image_id: str, system: dict[str, Any], data: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The disks of a new instance, with ids and devices of their own."""
    return tuple(
        {
            **one,
            "DiskId": ids.resource_id("d"),
            "Device": f"/dev/xvd{chr(ord('a') + index)}",
            "ImageId": image_id if index == 0 else "",
            "tags": {},
        }
        for index, one in enumerate([system, *data])
    )


@ECS.action("DescribeDisks", when_denied=nothing("Disks", "Disk"))
def describe_disks(call: Call) -> Answer:
    """List disks, by instance, id, type, category, name or tag."""
    params = call.params
    wanted = params.json_texts("DiskIds", invalid("DiskIds", "InvalidDiskIds.Malformed"))
    filters = tags.wanted(params)
    rows = [
        _row(call, one, disk)
        for one in present(call).values()
        if params.text("InstanceId") in ("", one.instance_id) and params.text("ZoneId") in ("", one.zone)
        for disk in one.disks
        if (not wanted or disk["DiskId"] in wanted)
        and params.text("DiskType", "all") in ("all", disk["Type"])
        and params.text("Category", "all") in ("all", disk["Category"])
        and params.text("Status", "All") in ("All", "In_use")
        and like(params.text("DiskName"), disk["DiskName"])
        and tags.carries(disk["tags"], filters)
    ]
    if pages.wants_token(params):
        page, token = pages.tokened(params, rows, limit=500)
        return {"Disks": {"Disk": page}, "TotalCount": len(rows), **token}
    page, counts = pages.numbered(params, rows, limit=100)
    return {"Disks": {"Disk": page}, **counts}


@ECS.action("ModifyDiskAttribute", resources=on("disk", "DiskId"))
def modify_disk_attribute(call: Call) -> Answer:
    """Change a disk's name, description, or whether it goes with its instance."""
    owner, disk = _find(call, required(call, "DiskId"))
    changed = dict(disk)
    for key in ("DiskName", "Description"):
        if key in call.params:
            changed[key] = call.params.text(key)
    changed["DeleteWithInstance"] = call.params.boolean("DeleteWithInstance", disk["DeleteWithInstance"])
    _put(call, owner, changed)
    return {}


@ECS.action("ResizeDisk", resources=on("disk", "DiskId"))
def resize_disk(call: Call) -> Answer:
    """Make a disk larger."""
    owner, disk = _find(call, required(call, "DiskId"))
    size = required(call, "NewSize")
    if not size.isdecimal() or not disk["Size"] < int(size) <= LARGEST:
        raise ApiError("InvalidDiskSize.TooSmall", 403, "The specified disk size is less than the original one.")
    _put(call, owner, {**disk, "Size": int(size)})
    return {}


@ECS.action("ReplaceSystemDisk", resources=on_instance)
def replace_system_disk(call: Call) -> Answer:
    """A new system disk from an image, for a stopped instance."""
    owner = instance(call, required(call, "InstanceId"))
    must_be(call, owner, "Stopped")
    image = IMAGES.get(required(call, "ImageId"))
    if image is None:
        raise ApiError("InvalidImageId.NotFound", 404, "The specified ImageId does not exist.")
    size = call.params.integer("SystemDisk.Size", owner.disks[0]["Size"], image.size, LARGEST, "InvalidSystemDiskSize")
    system = {**owner.disks[0], "DiskId": ids.resource_id("d"), "Size": size, "ImageId": image.id}
    keep(call, replace(owner, image_id=image.id, disks=(system, *owner.disks[1:])))
    return {"DiskId": system["DiskId"]}


def tagged(call: Call) -> dict[str, dict[str, str]]:
    """The tags of all disks, by disk id."""
    return {disk["DiskId"]: disk["tags"] for one in present(call).values() for disk in one.disks}


def tag(call: Call, disk_id: str, labels: dict[str, str]) -> None:
    """Give a disk these tags in place of those it had."""
    owner, disk = _find(call, disk_id)
    _put(call, owner, {**disk, "tags": labels})


def _find(call: Call, disk_id: str) -> tuple[Instance, dict[str, Any]]:
    for one in present(call).values():
        for disk in one.disks:
            if disk["DiskId"] == disk_id:
                return one, disk
    raise ApiError("InvalidDiskId.NotFound", 404, "The specified disk does not exist.")


def _put(call: Call, owner: Instance, changed: dict[str, Any]) -> None:
    keep(
        call,
        replace(owner, disks=tuple(changed if one["DiskId"] == changed["DiskId"] else one for one in owner.disks)),
    )


def _row(call: Call, owner: Instance, disk: dict[str, Any]) -> Answer:
    attached = {"InstanceId": owner.instance_id, "Device": disk["Device"], "AttachedTime": stamp(owner.created)}
    return {
        **{key: value for key, value in disk.items() if key != "tags"},
        "InstanceId": owner.instance_id,
        "RegionId": call.region,
        "ZoneId": owner.zone,
        "Status": "In_use",
        "Attachments": {"Attachment": [attached]},
        "AttachedTime": stamp(owner.created),
        "CreationTime": stamp(owner.created),
        "DetachedTime": "",
        "ExpiredTime": "2999-09-08T16:00Z",
        "DiskChargeType": owner.charge_type,
        "Portable": disk["Type"] == "data",
        "DeleteAutoSnapshot": True,
        "EnableAutoSnapshot": True,
        "EnableAutomatedSnapshotPolicy": False,
        "MultiAttach": "Disabled",
        "ProductCode": "",
        "StorageClusterId": "",
        "StorageSetId": "",
        "SourceSnapshotId": "",
        "SourceDiskId": "",
        "ResourceGroupId": owner.settings.get("ResourceGroupId", ""),
        "OperationLocks": {"OperationLock": []},
        "MountInstances": {"MountInstance": []},
        "Tags": tag_rows(disk["tags"]),
    }
