"""What VPC holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...state import Kind


@dataclass(frozen=True)
class Network:
    """A VPC."""

    vpc_id: str
    name: str
    block: str
    created: float
    default: bool = False
    dns: tuple[str, ...] = ()
    domain: str = ""
    multicast: bool = False
    route_table: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subnet:
    """A subnet of a VPC, in one zone."""

    subnet_id: str
    vpc_id: str
    name: str
    zone: str
    block: str
    created: float
    default: bool = False
    broadcast: bool = False
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SecurityGroup:
    """A security group. ``rules`` has its Version, and its Egress and Ingress as the API lists them."""

    group_id: str
    name: str
    description: str
    created: float
    project: str = "0"
    default: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)


NETWORK = Kind("tencent-vpc", Network, regional=True)
SUBNET = Kind("tencent-subnet", Subnet, regional=True)
GROUP = Kind("tencent-security-group", SecurityGroup, regional=True)

KINDS: tuple[Kind[Any], ...] = (NETWORK, SUBNET, GROUP)
