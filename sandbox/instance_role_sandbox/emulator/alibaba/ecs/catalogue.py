"""What ECS sells: instance types and public images, as tables.

Why: programs look these up before they create anything (`getZones`, `getImages`, `getInstanceTypes`), and RunInstances
refuses what is not on sale. The tables are a small, plausible cut of the real catalogue: names and sizes are Alibaba's,
the choice is not complete, every zone of every region sells every type, and nothing is ever sold out.
"""

from __future__ import annotations

from dataclasses import dataclass

DISK_CATEGORIES = ("cloud_essd", "cloud_auto", "cloud_essd_entry", "cloud_ssd", "cloud_efficiency")
RESOURCE_KINDS = ("VSwitch", "IoOptimized", "Instance", "DedicatedHost", "Disk")


@dataclass(frozen=True)
class InstanceType:
    """One instance type: `memory` in GiB, `eni` the number of network interfaces it takes."""

    id: str
    cpu: int
    memory: float
    eni: int = 2
    architecture: str = "X86"
    nvme: str = "unsupported"

    @property
    def family(self) -> str:
        """The family, e.g. `ecs.g7` of `ecs.g7.large`."""
        return self.id.rsplit(".", 1)[0]

    def describe(self) -> dict[str, object]:
        """The row DescribeInstanceTypes returns."""
        return {
            "InstanceTypeId": self.id,
            "InstanceTypeFamily": self.family,
            "InstanceFamilyLevel": "EnterpriseLevel",
            "InstanceCategory": "General-purpose",
            "CpuCoreCount": self.cpu,
            "MemorySize": self.memory,
            "CpuArchitecture": self.architecture,
            "EniQuantity": self.eni,
            "EniTotalQuantity": self.eni,
            "EniPrivateIpAddressQuantity": 6,
            "EniIpv6AddressQuantity": 6,
            "PrimaryEniQueueNumber": 2,
            "SecondaryEniQueueNumber": 2,
            "MaximumQueueNumberPerEni": 4,
            "TotalEniQueueQuantity": 4,
            "NvmeSupport": self.nvme,
            "GPUAmount": 0,
            "GPUSpec": "",
            "InitialCredit": 0,
            "BaselineCredit": 0,
            "LocalStorageAmount": 0,
            "LocalStorageCategory": "",
            "DiskQuantity": 17,
        }


INSTANCE_TYPES: dict[str, InstanceType] = {
    one.id: one
    for one in (
        InstanceType("ecs.t6-c1m1.large", 2, 2),
        InstanceType("ecs.t6-c1m2.large", 2, 4),
        InstanceType("ecs.e-c1m1.large", 2, 2),
        InstanceType("ecs.e-c1m2.large", 2, 4),
        InstanceType("ecs.e-c1m4.large", 2, 8),
        InstanceType("ecs.n4.small", 1, 2, eni=1),
        InstanceType("ecs.n4.large", 2, 4),
        InstanceType("ecs.sn1ne.large", 2, 4),
        InstanceType("ecs.c6.large", 2, 4),
        InstanceType("ecs.c6.xlarge", 4, 8, eni=3),
        InstanceType("ecs.g6.large", 2, 8),
        InstanceType("ecs.g6.xlarge", 4, 16, eni=3),
        InstanceType("ecs.r6.large", 2, 16),
        InstanceType("ecs.c7.large", 2, 4, eni=3, nvme="supported"),
        InstanceType("ecs.c7.xlarge", 4, 8, eni=4, nvme="supported"),
        InstanceType("ecs.g7.large", 2, 8, eni=3, nvme="supported"),
        InstanceType("ecs.g7.xlarge", 4, 16, eni=4, nvme="supported"),
        InstanceType("ecs.g7.2xlarge", 8, 32, eni=4, nvme="supported"),
        InstanceType("ecs.r7.large", 2, 16, eni=3, nvme="supported"),
        InstanceType("ecs.g8y.large", 2, 8, eni=3, architecture="ARM", nvme="supported"),
    )
}


@dataclass(frozen=True)
class Image:
    """One public image: `size` in GiB is the smallest system disk it fits on; `created` with seconds, unlike ECS's
    other times."""

    id: str
    family: str
    platform: str
    os_name: str
    created: str
    size: int = 20
    architecture: str = "x86_64"
    os_type: str = "linux"

    def describe(self) -> dict[str, object]:
        """The row DescribeImages returns."""
        return {
            "ImageId": self.id,
            "ImageName": self.id,
            "ImageFamily": self.family,
            "ImageVersion": "",
            "ImageOwnerAlias": "system",
            "Description": "",
            "OSName": self.os_name,
            "OSNameEn": self.os_name,
            "OSType": self.os_type,
            "Platform": self.platform,
            "Architecture": self.architecture,
            "Size": self.size,
            "Status": "Available",
            "Progress": "100%",
            "Usage": "none",
            "ProductCode": "",
            "CreationTime": self.created,
            "IsPublic": True,
            "IsSelfShared": "",
            "IsSubscribed": False,
            "IsCopied": False,
            "IsSupportCloudinit": True,
            "IsSupportIoOptimized": True,
            "BootMode": "BIOS",
            "LoginAsNonRootSupported": self.os_type == "linux",
            "DiskDeviceMappings": {"DiskDeviceMapping": []},
            "Tags": {"Tag": []},
        }


def _image(
    prefix: str, date: str, platform: str, os_name: str, size: int = 20, arm: bool = False, os_type: str = "linux"
) -> Image:
    architecture = "arm64" if arm else "x86_64"
    created = f"{date[:4]}-{date[4:6]}-{date[6:]}T02:30:00Z"
    family = f"acs:{prefix}"
    return Image(
        f"{prefix}_{size}G_alibase_{date}.vhd", family, platform, os_name, created, size, architecture, os_type
    )


# Newest first, as the API lists them.
IMAGES: dict[str, Image] = {
    one.id: one
    for one in (
        _image("aliyun_3_x64", "20250629", "Aliyun", "Alibaba Cloud Linux 3.2104 LTS 64-bit"),
        _image("aliyun_3_arm64", "20250629", "Aliyun", "Alibaba Cloud Linux 3.2104 LTS 64-bit for ARM", arm=True),
        _image("ubuntu_24_04_x64", "20250624", "Ubuntu", "Ubuntu 24.04 64-bit"),
        _image("ubuntu_22_04_x64", "20250624", "Ubuntu", "Ubuntu 22.04 64-bit"),
        _image("debian_12_10_x64", "20250529", "Debian", "Debian 12.10 64-bit"),
        _image("rockylinux_9_5_x64", "20250423", "Rocky Linux", "Rocky Linux 9.5 64-bit"),
        _image(
            "win2022_21H2_x64_dtc_en-us",
            "20250612",
            "Windows Server 2022",
            "Windows Server 2022 Datacenter 64-bit English",
            size=40,
            os_type="windows",
        ),
        _image("aliyun_2_1903_x64", "20240130", "Aliyun", "Alibaba Cloud Linux 2.1903 LTS 64-bit"),
        _image("ubuntu_20_04_x64", "20240925", "Ubuntu", "Ubuntu 20.04 64-bit"),
        _image("ubuntu_18_04_x64", "20230718", "Ubuntu", "Ubuntu 18.04 64-bit"),
        _image("centos_7_9_x64", "20240628", "CentOS", "CentOS 7.9 64-bit"),
    )
}
