"""What VPC holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...state import Kind
from ...timeline import Timeline


@dataclass(frozen=True)
class Vpc:
    """A VPC with the router and the system route table it comes with."""

    vpc_id: str
    cidr: str
    created: float
    timeline: Timeline
    router_id: str
    route_table_id: str
    resource_group: str
    name: str = ""
    description: str = ""
    default: bool = False
    user_cidrs: tuple[str, ...] = ()
    secondary_cidrs: tuple[str, ...] = ()
    classic_link: bool = False
    dns_hostnames: bool = False
    route_table_name: str = ""
    route_table_description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VSwitch:
    """A vSwitch: a part of a VPC's addresses in one zone."""

    vswitch_id: str
    vpc_id: str
    zone: str
    cidr: str
    created: float
    timeline: Timeline
    name: str = ""
    description: str = ""
    default: bool = False
    tags: dict[str, str] = field(default_factory=dict)


NETWORK = Kind("vpc", Vpc, regional=True)
VSWITCH = Kind("vswitch", VSwitch, regional=True)

KINDS: tuple[Kind[Any], ...] = (NETWORK, VSWITCH)
