"""What the official SDKs' requests may say, to be set against what the emulator takes."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

_ALIBABA = {
    "Ram": "alibabacloud_ram20150501",
    "Ecs": "alibabacloud_ecs20140526",
    "Vpc": "alibabacloud_vpc20160428",
    "Sts": "alibabacloud_sts20150401",
}
_TENCENT = {"cam": "v20190116", "cvm": "v20170312", "vpc": "v20170312", "sts": "v20180813"}
_OF_EVERY_REQUEST = {"OwnerAccount", "OwnerId", "ResourceOwnerAccount", "ResourceOwnerId", "RegionId"}


def alibaba(product: str, action: str) -> set[str] | None:
    """Parameters of an action's request in Alibaba Cloud's SDK; ``None`` where that is not installed or has none."""
    if product not in _ALIBABA:
        return None
    models = import_module(f"{_ALIBABA[product]}.models")
    request = getattr(models, f"{action}Request", None)
    if request is None:
        return None
    return set(re.findall(r"result\['([\w.]+)'\]", inspect.getsource(request.to_map))) - _OF_EVERY_REQUEST


def tencent(product: str, action: str) -> set[str] | None:
    """Parameters of an action's request in Tencent Cloud's SDK; ``None`` where that is not installed or has none."""
    if product not in _TENCENT:
        return None
    request = getattr(import_module(f"tencentcloud.{product}.{_TENCENT[product]}.models"), f"{action}Request", None)
    return None if request is None else {name.removeprefix("_") for name in vars(request())}
