"""Regions, zones, images and instance types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..call import Answer, Call
from ..errors import ApiError
from ..regions import REGIONS, zone_rows, zones_of
from .listing import FILTERS, filters_of, page
from .offers import IMAGES, TYPES, Image, InstanceType
from .product import CVM


@CVM.action("DescribeRegions", rate=20, when_denied=lambda call: {"TotalCount": 0, "RegionSet": []})
def describe_regions(call: Call) -> Answer:
    """All regions. https://www.tencentcloud.com/document/product/213/15708"""
    rows = [
        {"Region": region, "RegionName": name, "RegionState": "AVAILABLE"} for region, (name, *_) in REGIONS.items()
    ]
    return {"TotalCount": len(rows), "RegionSet": rows}


@CVM.action("DescribeZones", rate=20, when_denied=lambda call: {"TotalCount": 0, "ZoneSet": []})
def describe_zones(call: Call) -> Answer:
    """The region's zones. https://www.tencentcloud.com/document/product/213/15707"""
    rows = zone_rows(call.region)
    return {"TotalCount": len(rows), "ZoneSet": rows}


@CVM.action(
    "DescribeImages",
    takes=f"ImageIds:[] {FILTERS} Offset:int Limit:int InstanceType",
    when_denied=lambda call: {"TotalCount": 0, "ImageSet": []},
)
def describe_images(call: Call) -> Answer:
    """Images; all here are public. https://www.tencentcloud.com/document/product/213/15715"""
    wanted = call.texts("ImageIds")
    if wanted and call.params.get("Filters"):
        raise ApiError(
            "InvalidParameter.InvalidParameterCoexistImageIdsFilters", "ImageIds and Filters exclude each other."
        )
    reads: dict[str, Callable[[Image], str]] = {
        "image-id": lambda one: one.image_id,
        "image-type": lambda one: "PUBLIC_IMAGE",
        "image-name": lambda one: one.name,
        "platform": lambda one: one.platform,
    }
    found = [IMAGES[one] for one in wanted if one in IMAGES] if wanted else list(IMAGES.values())
    for desired in filters_of(call, tuple(reads)):
        found = [one for one in found if desired["Name"] in reads and reads[desired["Name"]](one) in desired["Values"]]
    return {"TotalCount": len(found), "ImageSet": [_image(one) for one in page(call, found)]}


@CVM.action("DescribeInstanceTypeConfigs", takes=FILTERS, when_denied=lambda call: {"InstanceTypeConfigSet": []})
def describe_instance_type_configs(call: Call) -> Answer:
    """Instance types by zone. https://www.tencentcloud.com/document/product/213/15749"""
    rows: list[dict[str, Any]] = [
        {
            "Zone": zone,
            "InstanceType": one.name,
            "InstanceFamily": one.family,
            "GPU": 0,
            "CPU": one.cpu,
            "Memory": one.memory,
            "FPGA": 0,
            "GpuCount": 0,
        }
        for zone in zones_of(call.region)
        for one in TYPES.values()
        if not one.sold_out
    ]
    fields = {"zone": "Zone", "instance-family": "InstanceFamily", "instance-type": "InstanceType"}
    for desired in filters_of(call, tuple(fields), most_values=1):
        rows = [row for row in rows if row.get(fields.get(desired["Name"], "")) in desired["Values"]]
    return {"InstanceTypeConfigSet": rows}


@CVM.action("DescribeZoneInstanceConfigInfos", takes=FILTERS, when_denied=lambda call: {"InstanceTypeQuotaSet": []})
def describe_zone_instance_config_infos(call: Call) -> Answer:
    """What is on sale, by zone and way of paying. https://www.tencentcloud.com/document/product/213/17378"""
    rows = [
        _quota(zone, charge, one)
        for zone in zones_of(call.region)
        for one in TYPES.values()
        for charge in ("PREPAID", "POSTPAID_BY_HOUR")
    ]
    fields = {
        "zone": "Zone",
        "instance-family": "InstanceFamily",
        "instance-type": "InstanceType",
        "instance-charge-type": "InstanceChargeType",
    }
    for desired in filters_of(call, tuple(fields)):
        rows = [row for row in rows if row.get(fields.get(desired["Name"], "")) in desired["Values"]]
    return {"InstanceTypeQuotaSet": rows}


def _quota(zone: str, charge: str, one: InstanceType) -> Answer:
    return {
        "Zone": zone,
        "InstanceType": one.name,
        "InstanceChargeType": charge,
        "NetworkCard": 0,
        "Externals": {"ReleaseAddress": None, "UnsupportNetworks": None, "StorageBlockAttr": None},
        "Cpu": one.cpu,
        "Memory": one.memory,
        "InstanceFamily": one.family,
        "TypeName": f"Standard {one.family}",
        "LocalDiskTypeList": [],
        "Status": "SOLD_OUT" if one.sold_out else "SELL",
        "Price": None,
        "SoldOutReason": "It is sold out." if one.sold_out else "",
        "InstanceBandwidth": 1.5,
        "InstancePps": 30,
        "StorageBlockAmount": 0,
        "CpuType": "",
        "Gpu": 0,
        "Fpga": 0,
        "Remark": "",
        "GpuCount": 0,
        "Frequency": "",
        "StatusCategory": "WithoutStock" if one.sold_out else "EnoughStock",
    }


def _image(one: Image) -> Answer:
    return {
        "ImageId": one.image_id,
        "OsName": one.os,
        "ImageType": "PUBLIC_IMAGE",
        "CreatedTime": "2022-06-08T02:46:04Z",
        "ImageName": one.name,
        "ImageDescription": one.name,
        "ImageSize": one.size,
        "Architecture": "x86_64",
        "ImageState": "NORMAL",
        "Platform": one.platform,
        "ImageCreator": "",
        "ImageSource": "OFFICIAL",
        "SyncPercent": None,
        "IsSupportCloudinit": True,
        "SnapshotSet": [],
        "Tags": [],
    }
