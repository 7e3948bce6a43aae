"""Regions and zones as VPC lists them."""

from __future__ import annotations

from ..call import Answer, Call
from ..regions import REGIONS, zones
from .product import VPC


@VPC.action("DescribeRegions")
def describe_regions(call: Call) -> Answer:
    """All regions with their endpoints."""
    rows = [
        {"RegionId": region, "LocalName": region, "RegionEndpoint": f"vpc.{region}.aliyuncs.com"} for region in REGIONS
    ]
    return {"Regions": {"Region": rows}}


@VPC.action("DescribeZones")
def describe_zones(call: Call) -> Answer:
    """The region's zones."""
    rows = [{"ZoneId": zone, "LocalName": zone, "ZoneType": "AvailabilityZone"} for zone in zones(call.region)]
    return {"Zones": {"Zone": rows}}
