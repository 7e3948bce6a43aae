"""The functions that programs use to choose a zone, an image and an instance type.

Each takes the filters named in :data:`FUNCTIONS` and refuses the others, rather than answer as if they had been
applied. Their order is the real plugin's: zones and types as the API lists them, images newest first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from instance_role_sandbox.standin.lifecycle import Caller
from instance_role_sandbox.standin.limits import Limit, conflict
from instance_role_sandbox.standin.plugin import Function
from instance_role_sandbox.standin.schema import Property
from instance_role_sandbox.standin.tencent.source import SOURCE
from instance_role_sandbox.standin.wire import Values

_PAGE = 100
_SOLD_OUT = "SOLD_OUT"


def zones(api: Caller, arguments: Values) -> Values:
    """Zones in which a product is sold (DescribeZones of the product ``api``)."""
    answer = api.call("api", "DescribeZones", {"Product": arguments.get("product", "")})
    found = [
        zone
        for zone in answer.get("ZoneSet") or ()
        if arguments.get("name") in (None, "", zone["Zone"])
        and (arguments.get("includeUnavailable") or zone["ZoneState"] != "UNAVAILABLE")
    ]
    return _answer(
        arguments,
        "zones",
        "id",
        [
            {"id": zone["ZoneId"], "name": zone["Zone"], "description": zone["ZoneName"], "state": zone["ZoneState"]}
            for zone in found
        ],
    )


def images(api: Caller, arguments: Values) -> Values:
    """Images by id, kind and name (DescribeImages)."""
    filters = {"image-id": [arguments.get("imageId")], "image-type": arguments.get("imageTypes") or []}
    params: dict[str, Any] = {
        "Filters": [{"Name": name, "Values": values} for name, values in filters.items() if any(values)]
    }
    if arguments.get("instanceType"):
        params["InstanceType"] = arguments["instanceType"]
    pattern = re.compile(str(arguments.get("imageNameRegex") or ""))
    system = str(arguments.get("osName") or "").lower()
    found = [
        image
        for image in _images(api, params)
        if pattern.search(str(image["ImageName"])) and system in str(image["OsName"]).lower()
    ]
    found.sort(key=lambda image: str(image.get("CreatedTime") or ""), reverse=True)
    return _answer(
        arguments,
        "images",
        "imageId",
        [
            {
                "imageId": image["ImageId"],
                "imageName": image["ImageName"],
                "imageType": image["ImageType"],
                "osName": image["OsName"],
                "architecture": image.get("Architecture", ""),
                "createdTime": image.get("CreatedTime") or "",
                "imageCreator": image.get("ImageCreator") or "",
                "imageDescription": image.get("ImageDescription") or "",
                "imageSize": image.get("ImageSize", 0),
                "imageSource": image.get("ImageSource", ""),
                "imageState": image.get("ImageState", ""),
                "platform": image.get("Platform", ""),
                "supportCloudInit": bool(image.get("IsSupportCloudinit")),
                "syncPercent": image.get("SyncPercent") or 0,
                "snapshots": [],
            }
            for image in found
        ],
    )


def instance_types(api: Caller, arguments: Values) -> Values:
    """Instance types by zone, cores, memory and stock (DescribeZoneInstanceConfigInfos)."""
    filters = [{"Name": one["name"], "Values": list(one["values"])} for one in arguments.get("filters") or ()]
    if arguments.get("availabilityZone"):
        filters.append({"Name": "zone", "Values": [arguments["availabilityZone"]]})
    answer = api.call("cvm", "DescribeZoneInstanceConfigInfos", {"Filters": filters})
    wanted = {name: arguments.get(key) for name, key in _SIZES.items()}
    found = [
        kind
        for kind in answer.get("InstanceTypeQuotaSet") or ()
        if all(not value or kind[name] == value for name, value in wanted.items())
        and not (arguments.get("excludeSoldOut") and kind["Status"] == _SOLD_OUT)
    ]
    return _answer(
        arguments,
        "instanceTypes",
        "instanceType",
        [
            {
                "availabilityZone": kind["Zone"],
                "cpuCoreCount": kind["Cpu"],
                "gpuCoreCount": kind["Gpu"],
                "memorySize": kind["Memory"],
                "family": kind["InstanceFamily"],
                "instanceType": kind["InstanceType"],
                "instanceChargeType": kind["InstanceChargeType"],
                "status": kind["Status"],
                "cbsConfigs": [],
            }
            for kind in found
        ],
    )


_SIZES = {"Cpu": "cpuCoreCount", "Gpu": "gpuCoreCount", "Memory": "memorySize"}

_FILTER = (Property("name", required=True), Property("values", kind=list, required=True))

FUNCTIONS = {
    "tencentcloud:Availability/getZonesByProduct:getZonesByProduct": Function(
        (Property("product", required=True), Property("name"), Property("includeUnavailable", kind=bool)),
        zones,
        source=f"{SOURCE}common/data_source_tc_availability_zones_by_product.go",
    ),
    "tencentcloud:Images/getInstance:getInstance": Function(
        (
            Property("imageId"),
            Property("imageTypes", kind=list),
            Property("imageNameRegex", limit=Limit(regex=True)),
            Property("osName", limit=Limit(pattern=".", like="not empty")),
            Property("instanceType"),
        ),
        images,
        together=(conflict("imageNameRegex", "osName"),),
        source=f"{SOURCE}cvm/data_source_tc_images.go",
    ),
    "tencentcloud:Instance/getTypes:getTypes": Function(
        (
            Property("availabilityZone"),
            Property("filters", kind=tuple, fields=_FILTER, most=10),
            Property("excludeSoldOut", kind=bool, default=False),
            *(Property(name, kind=int) for name in _SIZES.values()),
        ),
        instance_types,
        together=(conflict("availabilityZone", "filters"),),
        source=f"{SOURCE}cvm/data_source_tc_instance_types.go",
    ),
}


def _images(api: Caller, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        rows = api.call("cvm", "DescribeImages", {**params, "Offset": offset, "Limit": _PAGE}).get("ImageSet") or []
        yield from rows
        if len(rows) < _PAGE:
            return
        offset += _PAGE


def _answer(arguments: Values, name: str, key: str, items: list[Values]) -> Values:
    digest = hashlib.sha256("\n".join(str(item[key]) for item in items).encode()).hexdigest()[:12]
    return {**arguments, "id": digest, name: items}
