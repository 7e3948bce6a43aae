"""How an instance looks in answers. Times go to the minute; the role is in none of them."""

from __future__ import annotations

from ...clock import stamp_minutes
from ..call import Answer, Call
from .catalogue import IMAGES, INSTANCE_TYPES
from .product import status, tag_rows
from .records import VPC_NETWORK, Instance


def _common(call: Call, one: Instance) -> Answer:
    """What DescribeInstances and DescribeInstanceAttribute have in common."""
    kind = INSTANCE_TYPES[one.type]
    in_vpc = one.network == VPC_NETWORK
    return {
        "InstanceId": one.instance_id,
        "InstanceName": one.name,
        "Description": one.description,
        "HostName": one.host_name,
        "RegionId": call.region,
        "ZoneId": one.zone,
        "ClusterId": "",
        "ImageId": one.image_id,
        "InstanceType": one.type,
        "Cpu": kind.cpu,
        "Memory": int(kind.memory * 1024),  # MiB
        "Status": status(call, one),
        "StoppedMode": one.stopped_mode,
        "InstanceNetworkType": one.network,
        "VlanId": "",
        "SerialNumber": "",
        "IoOptimized": True,
        "CreationTime": stamp_minutes(one.created),
        "ExpiredTime": "2099-12-31T15:59Z",
        "InstanceChargeType": one.charge_type,
        "InternetChargeType": one.settings["InternetChargeType"],
        "InternetMaxBandwidthIn": one.settings["InternetMaxBandwidthIn"],
        "InternetMaxBandwidthOut": one.settings["InternetMaxBandwidthOut"],
        "CreditSpecification": one.settings["CreditSpecification"],
        "SecurityGroupIds": {"SecurityGroupId": list(one.groups)},
        "InnerIpAddress": {"IpAddress": [] if in_vpc else [one.private_ip]},
        "PublicIpAddress": {"IpAddress": [one.public_ip] if one.public_ip else []},
        "EipAddress": {"AllocationId": "", "IpAddress": "", "InternetChargeType": ""},
        "VpcAttributes": {
            "VpcId": one.vpc_id,
            "VSwitchId": one.vswitch_id,
            "NatIpAddress": "",
            "PrivateIpAddress": {"IpAddress": [one.private_ip] if in_vpc else []},
        },
        "OperationLocks": {"LockReason": []},
        "DedicatedHostAttribute": {"DedicatedHostId": "", "DedicatedHostName": ""},
    }


def listed(call: Call, one: Instance) -> Answer:
    """An instance as DescribeInstances lists it."""
    kind, image = INSTANCE_TYPES[one.type], IMAGES[one.image_id]
    settings = one.settings
    interface = {
        "Type": "Primary",
        "NetworkInterfaceId": one.interface_id,
        "MacAddress": one.mac,
        "PrimaryIpAddress": one.private_ip,
        "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": one.private_ip, "Primary": True}]},
    }
    return {
        **_common(call, one),
        "InstanceTypeFamily": kind.family,
        "OSName": image.os_name,
        "OSNameEn": image.os_name,
        "OSType": image.os_type,
        "GPUAmount": 0,
        "GPUSpec": "",
        "StartTime": stamp_minutes(one.started),
        "AutoReleaseTime": settings["AutoReleaseTime"],
        "KeyPairName": settings["KeyPairName"],
        "SpotStrategy": settings["SpotStrategy"],
        "SpotDuration": settings["SpotDuration"],
        "SpotPriceLimit": settings["SpotPriceLimit"],
        "SpotInterruptionBehavior": settings["SpotInterruptionBehavior"],
        "ResourceGroupId": settings["ResourceGroupId"],
        "DeploymentSetId": settings["DeploymentSetId"],
        "HpcClusterId": settings["HpcClusterId"],
        "DeletionProtection": one.protected,
        "DeviceAvailable": True,
        "Recyclable": False,
        "SaleCycle": "",
        "LocalStorageAmount": 0,
        "LocalStorageCapacity": 0,
        "MetadataOptions": {
            "HttpEndpoint": one.http_endpoint,
            "HttpTokens": one.http_tokens,
            "HttpPutResponseHopLimit": one.hop_limit,
        },
        "NetworkInterfaces": {"NetworkInterface": [interface] if one.interface_id else []},
        "CpuOptions": {"CoreCount": max(kind.cpu // 2, 1), "ThreadsPerCore": min(kind.cpu, 2), "Numa": ""},
        "DedicatedInstanceAttribute": {"Affinity": "", "Tenancy": ""},
        "EcsCapacityReservationAttr": {"CapacityReservationId": "", "CapacityReservationPreference": ""},
        "HibernationOptions": {"Configured": False},
        "ImageOptions": {"LoginAsNonRoot": settings["LoginAsNonRoot"]},
        "AdditionalInfo": {"EnableHighDensityMode": False},
        "RdmaIpAddress": {"IpAddress": []},
        "Tags": tag_rows(one.tags),
    }


def attributes(call: Call, one: Instance) -> Answer:
    """An instance as DescribeInstanceAttribute shows it, flat."""
    return {**_common(call, one), "EnableJumboFrame": False}
