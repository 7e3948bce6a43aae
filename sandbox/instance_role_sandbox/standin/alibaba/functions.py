"""The functions that programs use to choose a zone, an image and an instance type.

Each takes the filters named in :data:`FUNCTIONS` and refuses the others, rather than answer as if they had been
applied.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from instance_role_sandbox.standin.alibaba.source import SOURCE
from instance_role_sandbox.standin.lifecycle import Caller
from instance_role_sandbox.standin.limits import Limit, among, needed
from instance_role_sandbox.standin.plugin import Function
from instance_role_sandbox.standin.schema import Property, pick, text
from instance_role_sandbox.standin.wire import Values

_PAGE = 100
_PAGES = 100


def zones(api: Caller, arguments: Values) -> Values:
    """Zones that can make what is asked for (DescribeAvailableResource, DescribeZones)."""
    open_zones = {zone["ZoneId"] for zone in _available(api, {"DestinationResource": "Zone"})}
    answer = api.call("Ecs", "DescribeZones", {"InstanceChargeType": text(arguments.get("instanceChargeType"))})
    wanted = {
        "AvailableResourceCreation.ResourceTypes": arguments.get("availableResourceCreation"),
        "AvailableInstanceTypes.InstanceTypes": arguments.get("availableInstanceType"),
        "AvailableDiskCategories.DiskCategories": arguments.get("availableDiskCategory"),
    }
    found = [
        zone
        for zone in pick(answer, "Zones.Zone") or ()
        if zone["ZoneId"] in open_zones
        and all(not value or value in (pick(zone, path) or ()) for path, value in wanted.items())
    ]
    found.sort(key=lambda zone: str(zone["ZoneId"]))
    return _answer(
        arguments,
        "zones",
        [
            {
                "id": zone["ZoneId"],
                "localName": zone.get("LocalName", ""),
                "availableInstanceTypes": pick(zone, "AvailableInstanceTypes.InstanceTypes") or [],
                "availableResourceCreations": pick(zone, "AvailableResourceCreation.ResourceTypes") or [],
                "availableDiskCategories": pick(zone, "AvailableDiskCategories.DiskCategories") or [],
                "multiZoneIds": [],
                "slbSlaveZoneIds": [],
            }
            for zone in found
        ],
    )


def images(api: Caller, arguments: Values) -> Values:
    """Images by owner, system and name, newest first (DescribeImages)."""
    filters = {
        "ImageOwnerAlias": arguments.get("owners"),
        "Architecture": arguments.get("architecture"),
        "OSType": arguments.get("osType"),
        "ImageId": arguments.get("imageId"),
        "ImageName": arguments.get("imageName"),
        "InstanceType": arguments.get("instanceType"),
        "Status": arguments.get("status") or "Available",
    }
    pattern = re.compile(text(arguments.get("nameRegex")))
    found = [
        image
        for image in _paged(api, "DescribeImages", filters, "Images.Image")
        if pattern.search(str(image.get("ImageName", "")))
    ]
    found.sort(key=lambda image: (str(image.get("CreationTime", "")), str(image["ImageId"])), reverse=True)
    if arguments.get("mostRecent"):
        del found[1:]
    return _answer(
        arguments,
        "images",
        [
            {
                "id": image["ImageId"],
                "imageId": image["ImageId"],
                "name": image.get("ImageName", ""),
                "architecture": image.get("Architecture", ""),
                "creationTime": image.get("CreationTime", ""),
                "description": image.get("Description", ""),
                "imageOwnerAlias": image.get("ImageOwnerAlias", ""),
                "osName": image.get("OSName", ""),
                "osType": image.get("OSType", ""),
                "platform": image.get("Platform", ""),
                "size": image.get("Size", 0),
                "state": image.get("Status", ""),
                "status": image.get("Status", ""),
            }
            for image in found
        ],
    )


def instance_types(api: Caller, arguments: Values) -> Values:
    """Instance types on sale by zone, cores and memory (DescribeAvailableResource, DescribeInstanceTypes)."""
    filters = {
        "DestinationResource": "InstanceType",
        "ZoneId": text(arguments.get("availabilityZone")),
        "InstanceChargeType": text(arguments.get("instanceChargeType") or "PostPaid"),
        "SystemDiskCategory": text(arguments.get("systemDiskCategory")),
    }
    sold: dict[str, list[str]] = {}
    for zone in _available(api, {name: value for name, value in filters.items() if value}):
        for resource in pick(zone, "AvailableResources.AvailableResource") or ():
            for supported in pick(resource, "SupportedResources.SupportedResource") or ():
                if supported.get("Status", "Available") == "Available":
                    sold.setdefault(supported["Value"], []).append(zone["ZoneId"])
    found: list[dict[str, Any]] = []
    token = ""
    for _ in range(_PAGES):
        answer = api.call(
            "Ecs", "DescribeInstanceTypes", {"MaxResults": text(_PAGE), **({"NextToken": token} if token else {})}
        )
        found += pick(answer, "InstanceTypes.InstanceType") or []
        token = text(answer.get("NextToken"))
        if not token:
            break
    wanted = {
        "CpuCoreCount": arguments.get("cpuCoreCount"),
        "MemorySize": arguments.get("memorySize"),
        "InstanceTypeFamily": arguments.get("instanceTypeFamily"),
        "InstanceTypeId": arguments.get("instanceType"),
    }
    kept = [
        kind
        for kind in found
        if kind["InstanceTypeId"] in sold
        and all(value is None or kind.get(name) == value for name, value in wanted.items())
    ]
    kept.sort(key=lambda kind: (kind["CpuCoreCount"], kind["MemorySize"], str(kind["InstanceTypeId"])))
    return _answer(
        arguments,
        "instanceTypes",
        [
            {
                "id": kind["InstanceTypeId"],
                "family": kind.get("InstanceTypeFamily", ""),
                "cpuCoreCount": kind["CpuCoreCount"],
                "memorySize": kind["MemorySize"],
                "eniAmount": kind.get("EniQuantity", 0),
                "availabilityZones": sorted(sold[kind["InstanceTypeId"]]),
            }
            for kind in kept
        ],
    )


_CHARGES = Property("instanceChargeType", default="PostPaid", limit=among("PrePaid", "PostPaid"))
_ECS = Limit(pattern=r"^ecs\.", like="a name that begins with ecs.")

FUNCTIONS = {
    "alicloud:index/getZones:getZones": Function(
        (
            # The real plugin takes the names of other products as well, whose zones nobody answers here.
            Property("availableResourceCreation", limit=among("Instance", "VSwitch", "Disk", "IoOptimized")),
            Property("availableInstanceType", limit=_ECS),
            Property(
                "availableDiskCategory",
                limit=among(
                    "all", "cloud", "ephemeral_ssd", "cloud_essd", "cloud_efficiency", "cloud_ssd", "local_disk"
                ),
            ),
            _CHARGES,
        ),
        zones,
        source=f"{SOURCE}data_source_alicloud_zones.go",
    ),
    "alicloud:ecs/getImages:getImages": Function(
        (
            Property("owners", limit=among("system", "self", "others", "marketplace", "")),
            Property("architecture", limit=among("i386", "x86_64", "arm64")),
            Property("osType", limit=among("windows", "linux")),
            Property("imageId"),
            Property("imageName"),
            Property("instanceType"),
            Property(
                "status",
                default="Available",
                limit=among("Available", "Creating", "Waiting", "UnAvailable", "CreateFailed", "Deprecated"),
            ),
            Property("nameRegex", limit=Limit(regex=True)),
            Property("mostRecent", kind=bool, default=False),
        ),
        images,
        together=(needed("nameRegex", "owners"),),  # or imageOwnerId, which is not served
        source=f"{SOURCE}data_source_alicloud_images.go",
    ),
    "alicloud:ecs/getInstanceTypes:getInstanceTypes": Function(
        (
            Property("availabilityZone"),
            Property("cpuCoreCount", kind=int),
            Property("memorySize", kind=float),
            Property("instanceTypeFamily", limit=_ECS),
            Property("instanceType"),
            _CHARGES,
            Property(
                "systemDiskCategory",
                limit=among(
                    "cloud",
                    "ephemeral_ssd",
                    "cloud_essd",
                    "cloud_efficiency",
                    "cloud_ssd",
                    "cloud_essd_entry",
                    "cloud_auto",
                ),
            ),
        ),
        instance_types,
        source=f"{SOURCE}data_source_alicloud_instance_types.go",
    ),
}


def _available(api: Caller, params: dict[str, str]) -> list[dict[str, Any]]:
    answer = api.call("Ecs", "DescribeAvailableResource", params)
    found = pick(answer, "AvailableZones.AvailableZone") or []
    return [zone for zone in found if zone.get("Status", "Available") == "Available"]


def _paged(api: Caller, action: str, filters: Values, path: str) -> Iterator[dict[str, Any]]:
    params = {name: text(value) for name, value in filters.items() if value}
    for page in range(1, _PAGES + 1):
        answer = api.call("Ecs", action, {**params, "PageNumber": text(page), "PageSize": text(_PAGE)})
        items = pick(answer, path) or []
        yield from items
        if page * _PAGE >= int(answer.get("TotalCount", 0)) or not items:
            return


def _answer(arguments: Values, name: str, items: list[Values]) -> Values:
    ids = [item["id"] for item in items]
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]
    return {**arguments, "id": digest, "ids": ids, name: items}
