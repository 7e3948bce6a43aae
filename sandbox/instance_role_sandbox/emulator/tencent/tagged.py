"""What can be tagged, by the names that resources have, and what tags are to conditions."""

from __future__ import annotations

import re
from typing import Any

from ..state import Kind, State
from .cam.records import POLICY, ROLE
from .cvm.records import INSTANCE
from .vpc.records import GROUP, NETWORK, SUBNET

KINDS: dict[tuple[str, str], Kind[Any]] = {
    ("cvm", "instance"): INSTANCE,
    ("cvm", "sg"): GROUP,
    ("vpc", "sg"): GROUP,
    ("vpc", "vpc"): NETWORK,
    ("vpc", "subnet"): SUBNET,
    ("cam", "role"): ROLE,
    ("cam", "policyid"): POLICY,
}
NAME = re.compile(r"qcs::(?P<service>\w+):(?P<region>[\w-]*):uin/(?P<uin>\d*):(?P<kind>\w+)/(?P<id>[\w-]+)")
RESOURCE_TAG = "qcs:resource_tag"


def tag_conditions(state: State, account: str, resource: str) -> dict[str, list[str]]:
    """The condition key of a resource's tags, each as ``key&value``.

    https://www.tencentcloud.com/document/product/598/40493. Of roles, none: their
    names in documents do not hold their ids.
    """
    name = NAME.fullmatch(resource)
    kind = KINDS.get((name["service"], name["kind"])) if name else None
    record = state.table(kind, account, name["region"]).get(name["id"]) if name and kind else None
    return {RESOURCE_TAG: [f"{key}&{value}" for key, value in record.tags.items()]} if record and record.tags else {}
