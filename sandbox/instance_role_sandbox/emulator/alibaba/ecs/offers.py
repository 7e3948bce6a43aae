"""What is on sale where, as programs look it up before they make anything.

The tables are in ``ecs/catalogue.py`` and ``regions.py``. Everything is on sale in every zone.
"""

from __future__ import annotations

from .. import pages
from ..call import Answer, Call
from ..errors import ApiError
from ..regions import REGIONS, zones
from .catalogue import DISK_CATEGORIES, IMAGES, INSTANCE_TYPES, RESOURCE_KINDS, Image, InstanceType
from .product import ECS, decimal, like, nothing, required

_AVAILABLE = {"Status": "Available", "StatusCategory": "WithStock"}


@ECS.action("DescribeRegions", when_denied=nothing("Regions", "Region"))
def describe_regions(call: Call) -> Answer:
    """All regions with their endpoints."""
    rows = [
        {"RegionId": region, "LocalName": region, "RegionEndpoint": f"ecs.{region}.aliyuncs.com", "Status": "available"}
        for region in REGIONS
    ]
    return {"Regions": {"Region": rows}}


@ECS.action("DescribeZones", when_denied=nothing("Zones", "Zone"))
def describe_zones(call: Call) -> Answer:
    """The region's zones with what can be made in each."""
    types = list(INSTANCE_TYPES)
    families = sorted({one.family for one in INSTANCE_TYPES.values()})
    resources = {
        "IoOptimized": True,
        "InstanceTypes": {"supportedInstanceType": types},
        "InstanceTypeFamilies": {"supportedInstanceTypeFamily": families},
        "InstanceGenerations": {"supportedInstanceGeneration": []},
        "NetworkTypes": {"supportedNetworkCategory": ["vpc"]},
        "SystemDiskCategories": {"supportedSystemDiskCategory": list(DISK_CATEGORIES)},
        "DataDiskCategories": {"supportedDataDiskCategory": list(DISK_CATEGORIES)},
    }
    rows = [
        {
            "ZoneId": zone,
            "LocalName": zone,
            "ZoneType": "AvailabilityZone",
            "AvailableResourceCreation": {"ResourceTypes": list(RESOURCE_KINDS)},
            "AvailableDiskCategories": {"DiskCategories": list(DISK_CATEGORIES)},
            "AvailableInstanceTypes": {"InstanceTypes": types},
            "AvailableVolumeCategories": {"VolumeCategories": []},
            "AvailableDedicatedHostTypes": {"DedicatedHostType": []},
            "DedicatedHostGenerations": {"DedicatedHostGeneration": []},
            "AvailableResources": {"ResourcesInfo": [resources]},
        }
        for zone in zones(call.region)
    ]
    return {"Zones": {"Zone": rows}}


@ECS.action("DescribeAvailableResource", when_denied=nothing("AvailableZones", "AvailableZone"))
def describe_available_resource(call: Call) -> Answer:
    """What of one kind is in stock, zone by zone."""
    destination = required(call, "DestinationResource")
    values = _destinations(call).get(destination)
    if values is None:
        raise ApiError("InvalidDestinationResource.NotFound", 404, "The specified DestinationResource is not found.")
    rows = []
    for zone in zones(call.region):
        if call.params.text("ZoneId") not in ("", zone):
            continue
        found = [zone] if destination == "Zone" else values
        supported = [{"Value": value, **_AVAILABLE} for value in found]
        row: Answer = {"RegionId": call.region, "ZoneId": zone, **_AVAILABLE}
        row["AvailableResources"] = {
            "AvailableResource": [{"Type": destination, "SupportedResources": {"SupportedResource": supported}}]
        }
        rows.append(row)
    return {"AvailableZones": {"AvailableZone": rows}}


def _destinations(call: Call) -> dict[str, list[str]]:
    cores, memory, kind = (call.params.text(name) for name in ("Cores", "Memory", "InstanceType"))
    types = [
        one.id
        for one in INSTANCE_TYPES.values()
        if kind in ("", one.id)
        and cores in ("", str(one.cpu))
        and (not memory or decimal(memory, "Memory") == one.memory)
    ]
    return {
        "Zone": [],
        "InstanceType": types,
        "SystemDisk": list(DISK_CATEGORIES),
        "DataDisk": list(DISK_CATEGORIES),
        "Network": ["vpc"],
        "IoOptimized": ["optimized"],
        "ddh": [],
    }


@ECS.action("DescribeInstanceTypes", when_denied=nothing("InstanceTypes", "InstanceType"))
def describe_instance_types(call: Call) -> Answer:
    """Instance types with their sizes, by name, family or least and greatest size."""
    params = call.params
    names = params.numbered("InstanceTypes")
    families = params.numbered("InstanceTypeFamilies")

    def meets(one: InstanceType) -> bool:
        return (
            (not names or one.id in names)
            and (not families or one.family in families)
            and params.text("InstanceTypeFamily") in ("", one.family)
            and params.text("CpuArchitecture") in ("", one.architecture)
            and _between(call, "MinimumCpuCoreCount", one.cpu, "MaximumCpuCoreCount")
            and _between(call, "MinimumMemorySize", one.memory, "MaximumMemorySize")
            and _between(call, "MinimumEniQuantity", one.eni)
        )

    rows = [one.describe() for one in INSTANCE_TYPES.values() if meets(one)]
    page, token = pages.tokened(params, rows, limit=100, default=100)
    return {"InstanceTypes": {"InstanceType": page}, "NextToken": "", **token}


@ECS.action("DescribeImages", when_denied=nothing("Images", "Image"))
def describe_images(call: Call) -> Answer:
    """Images, newest first, by id, name, family, system or owner."""
    params = call.params
    ids = [part for part in params.text("ImageId").split(",") if part]

    def meets(one: Image) -> bool:
        return (
            (not ids or one.id in ids)
            and like(params.text("ImageName"), one.id)
            and params.text("ImageFamily") in ("", one.family)
            and params.text("ImageOwnerAlias") in ("", "system")
            and params.text("OSType").lower() in ("", one.os_type)
            and params.text("Architecture").lower() in ("", one.architecture)
            and "Available" in params.text("Status", "Available").split(",")
            and params.text("Usage") in ("", "none")
        )

    rows = [one.describe() for one in IMAGES.values() if meets(one)]
    page, counts = pages.numbered(params, rows, limit=100)
    return {"RegionId": call.region, "Images": {"Image": page}, **counts}


@ECS.action("DescribeImageSupportInstanceTypes", when_denied=nothing("InstanceTypes", "InstanceType"))
def describe_image_support_instance_types(call: Call) -> Answer:
    """Instance types that an image runs on: those of its architecture."""
    image = IMAGES.get(required(call, "ImageId"))
    if image is None:
        raise ApiError("InvalidImageId.NotFound", 404, "The specified ImageId does not exist.")
    wanted = "ARM" if image.architecture == "arm64" else "X86"
    rows = [one.describe() for one in INSTANCE_TYPES.values() if one.architecture == wanted]
    return {"RegionId": call.region, "ImageId": image.id, "InstanceTypes": {"InstanceType": rows}}


def _between(call: Call, low: str, value: float, high: str = "") -> bool:
    """Whether ``value`` is from the parameter ``low`` to the parameter ``high``, as far as they were sent."""
    least, most = call.params.text(low), call.params.text(high)
    return (not least or decimal(least, low) <= value) and (not most or value <= decimal(most, high))
