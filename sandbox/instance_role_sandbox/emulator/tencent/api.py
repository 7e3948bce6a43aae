"""``api`` (2020-11-06): which zones sell a product. https://www.tencentcloud.com/document/product/1278

Terraform's provider, and so the Pulumi package, chooses zones by it.
"""

from __future__ import annotations

from .call import Answer, Call, Product
from .regions import zone_rows

API = Product("api", "2020-11-06", regional=True)


@API.action("DescribeZones", takes="Product! Scene:int", when_denied=lambda call: {"TotalCount": 0, "ZoneSet": []})
def describe_zones(call: Call) -> Answer:
    """The region's zones; every product here is sold in all of them."""
    rows = zone_rows(call.region)
    return {"TotalCount": len(rows), "ZoneSet": rows}
