"""Tags on VPCs and vSwitches. VPC writes them as Key and Value, and spells it UnTagResources."""

from __future__ import annotations

from dataclasses import replace

from ..call import Call
from ..tagging import Taggable, Types, offer
from .product import VPC, network, networks, vswitch, vswitches
from .records import NETWORK, VSWITCH


def _tag_vpc(call: Call, key: str, labels: dict[str, str]) -> None:
    call.table(NETWORK).put(key, replace(network(call, key), tags=labels))


def _tag_vswitch(call: Call, key: str, labels: dict[str, str]) -> None:
    call.table(VSWITCH).put(key, replace(vswitch(call, key), tags=labels))


TYPES = Types(
    {
        "VPC": Taggable(lambda call: {key: one.tags for key, one in networks(call).items()}, _tag_vpc),
        "VSWITCH": Taggable(lambda call: {key: one.tags for key, one in vswitches(call).items()}, _tag_vswitch),
    }
)

offer(VPC, TYPES, untag="UnTagResources")
