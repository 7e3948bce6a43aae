"""What ECS holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...state import Kind
from ...timeline import Timeline

VPC_NETWORK = "vpc"
CLASSIC_NETWORK = "classic"


@dataclass(frozen=True)
class Instance:
    """One instance with its disks, its one network interface and the role it holds.

    ``settings`` are attributes that the service only keeps and shows, by the name DescribeInstances gives them.
    ``restriction`` is the policy document that AttachInstanceRamRole bounded the role with: no API returns it.
    """

    instance_id: str
    type: str
    image_id: str
    zone: str
    created: float
    started: float
    timeline: Timeline
    network: str = VPC_NETWORK
    vpc_id: str = ""
    vswitch_id: str = ""
    private_ip: str = ""
    public_ip: str = ""
    interface_id: str = ""
    mac: str = ""
    groups: tuple[str, ...] = ()
    role: str = ""
    restriction: str = ""
    name: str = ""
    description: str = ""
    host_name: str = ""
    user_data: str = ""  # base64
    http_endpoint: str = "enabled"
    http_tokens: str = "optional"
    hop_limit: int = 1
    charge_type: str = "PostPaid"
    protected: bool = False  # against deletion
    stopped_mode: str = "Not-applicable"
    settings: dict[str, Any] = field(default_factory=dict)
    disks: tuple[dict[str, Any], ...] = ()  # the system disk first; fields as DescribeDisks spells them
    tags: dict[str, str] = field(default_factory=dict)
    interface_tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SecurityGroup:
    """A security group. ``vpc_id`` is "" in the classic network; rules are as ``ecs/rules.py`` makes them."""

    group_id: str
    vpc_id: str
    created: float
    resource_group: str
    name: str = ""
    description: str = ""
    type: str = "normal"
    inner_access: str = "Accept"
    rules: tuple[dict[str, str], ...] = ()
    tags: dict[str, str] = field(default_factory=dict)


INSTANCE = Kind("ecs-instance", Instance, regional=True)
GROUP = Kind("ecs-security-group", SecurityGroup, regional=True)

KINDS: tuple[Kind[Any], ...] = (INSTANCE, GROUP)
