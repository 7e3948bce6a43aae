"""BssOpenApi (2017-12-14), for pulumi-alicloud, which asks it what site an account belongs to."""

from __future__ import annotations

from .call import Answer, Call, Product

BSS = Product(
    "BssOpenApi",
    "2017-12-14",
    prefix="bss",
    hosts=("business", "bssopenapi"),
    regional=False,
    denied=("NotAuthorized", 403, "This API is not authorized for caller."),
)


@BSS.action("QueryAvailableInstances", permission=None)
def query_available_instances(call: Call) -> Answer:
    """Subscription instances of the account: none.

    https://api.alibabacloud.com/document/BssOpenApi/2017-12-14/QueryAvailableInstances
    """
    page = {
        "PageNum": call.params.integer("PageNum", 1, 1, 10_000),
        "PageSize": call.params.integer("PageSize", 20, 1, 300),
        "TotalCount": 0,
        "InstanceList": [],
    }
    return {"Code": "Success", "Message": "Successful!", "Success": True, "Data": page}
