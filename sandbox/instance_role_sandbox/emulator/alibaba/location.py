"""Location (2015-06-12): which endpoint serves a product in a region. Here, always the one that was asked."""

from __future__ import annotations

from .call import Answer, Call, Product
from .errors import ApiError
from .regions import REGIONS

LOCATION = Product(
    "Location",
    "2015-06-12",
    prefix="location",
    regional=False,
    denied=("Forbidden", 403, "User not authorized to operate on the specified resource."),
)


@LOCATION.action("DescribeEndpoints", permission=None)
def describe_endpoints(call: Call) -> Answer:
    """Endpoints of ``ServiceCode`` in region ``Id``.

    https://api.alibabacloud.com/document/Location/2015-06-12/DescribeEndpoints
    """
    region, service = call.params.required("Id"), call.params.required("ServiceCode")
    if region not in REGIONS:
        raise ApiError("Illegal Parameter", 404, "Please check the parameters")
    endpoint = {
        "Endpoint": call.host,
        "Id": region,
        "Namespace": "",
        "SerivceCode": service,  # the API's own spelling
        "Type": call.params.text("Type", "openAPI"),
        "Protocols": {"Protocols": ["HTTP", "HTTPS"]},
    }
    return {"Endpoints": {"Endpoint": [endpoint]}, "Success": True}
