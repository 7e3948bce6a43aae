"""What is on sale: instance types and public images, as tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InstanceType:
    """One instance type, sold in every zone (or sold out in every zone)."""

    name: str
    family: str
    cpu: int
    memory: int  # GiB
    sold_out: bool = False


@dataclass(frozen=True)
class Image:
    """One public image."""

    image_id: str
    name: str
    os: str
    platform: str
    size: int = 20  # GiB


TYPES: dict[str, InstanceType] = {
    one.name: one
    for one in (
        InstanceType("S5.SMALL2", "S5", 1, 2),
        InstanceType("S5.MEDIUM4", "S5", 2, 4),
        InstanceType("S5.LARGE8", "S5", 4, 8),
        InstanceType("S6.MEDIUM4", "S6", 2, 4),
        InstanceType("S6.MEDIUM8", "S6", 2, 8),
        InstanceType("SA2.MEDIUM4", "SA2", 2, 4),
        InstanceType("S1.SMALL1", "S1", 1, 1, sold_out=True),
    )
}
DEFAULT_TYPE = "S5.SMALL2"

IMAGES: dict[str, Image] = {
    one.image_id: one
    for one in (
        Image("img-eb30mz89", "TencentOS Server 3.1 (TK4)", "TencentOS Server 3.1 (TK4)", "TencentOS"),
        Image("img-487zeit5", "Ubuntu Server 22.04 LTS 64bit", "Ubuntu Server 22.04 LTS 64bit", "Ubuntu"),
        Image("img-9qabwvbn", "CentOS 7.6 64bit", "CentOS 7.6 64bit", "CentOS"),
        Image("img-2lr9q49h", "Windows Server 2022 Datacenter 64bit", "Windows Server 2022", "Windows", 50),
    )
}
