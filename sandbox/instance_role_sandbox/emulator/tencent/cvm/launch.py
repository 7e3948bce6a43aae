"""RunInstances: ids at once, instances a little later.

https://www.tencentcloud.com/document/product/213/15730. What an instance needs is checked before anything is made;
with ``cvm-launch-outcome`` at LAUNCH_FAILED the ids are given out and no instance comes of them.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ...timeline import GONE, through
from .. import ids
from ..call import Answer, Call
from ..errors import ApiError, missing
from ..regions import zones_of
from ..vpc.defaults import default_group, default_network
from ..vpc.records import GROUP, NETWORK, SUBNET, Subnet
from .attributes import FAILURE
from .facts import addresses_in, present
from .offers import DEFAULT_TYPE, IMAGES, TYPES
from .product import CVM, any_instance
from .records import INSTANCE, LAUNCH, Instance, Launch, operating
from .roles import chosen

_TAKES = """
Placement:{Zone! ProjectId:int HostIds:[] HostId DedicatedResourcePackTenancy DedicatedResourcePackIds:[] RackId}
ImageId InstanceType InstanceChargeType InstanceChargePrepaid:{Period!:int RenewFlag}
SystemDisk:{DiskType DiskId DiskSize:int CdcId DiskName Encrypt:bool KmsKeyId}
DataDisks:[{DiskSize:int DiskType DiskId DeleteWithInstance:bool SnapshotId Encrypt:bool KmsKeyId
    ThroughputPerformance:int CdcId BurstPerformance:bool DiskName}]
VirtualPrivateCloud:{VpcId! SubnetId! AsVpcGateway:bool PrivateIpAddresses:[] Ipv6AddressCount:int}
InternetAccessible:{InternetChargeType InternetMaxBandwidthOut:int PublicIpAssigned:bool BandwidthPackageId
    InternetServiceProvider IPv4AddressType IPv6AddressType AntiDDoSPackageId}
InstanceCount:int MinCount:int InstanceName LoginSettings:{Password KeyIds:[] KeepImageLogin} SecurityGroupIds:[]
EnhancedService:{SecurityService:{Enabled:bool} MonitorService:{Enabled:bool} AutomationService:{Enabled:bool}}
ClientToken HostName ActionTimer:any DisasterRecoverGroupIds:[]
TagSpecification:[{ResourceType! Tags!:[{Key! Value}]}]
InstanceMarketOptions:any UserData Metadata:any DryRun:bool CpuTopology:any CamRoleName HpcClusterId LaunchTemplate:any
DedicatedClusterId ChcIds:[] PartitionNumber:int DisableApiTermination:bool EnableJumboFrame:bool NetworkInterfaces:any
"""
_CHARGE_TYPES = ("PREPAID", "POSTPAID_BY_HOUR", "SPOTPAID")


@CVM.action("RunInstances", takes=_TAKES, rate=10, resources=any_instance)
def run_instances(call: Call) -> Answer:
    """Make instances."""
    token = call.text("ClientToken")
    if len(token) > 64 or not token.isascii():
        raise ApiError("InvalidClientToken.TooLong", "The ClientToken is longer than 64 ASCII characters.")
    digest = hashlib.sha256(json.dumps(call.params, sort_keys=True).encode()).hexdigest()
    used = call.table(LAUNCH).get(token) if token else None
    if used is not None:
        if used.digest != digest:
            raise ApiError("InvalidParameterValue", "The ClientToken was used for another request.")
        return {"InstanceIdSet": list(used.instance_ids)}
    count = call.integer("InstanceCount", 1)
    pattern = _pattern(call, count)
    if call.params.get("DryRun"):
        if call.switches.text("cvm-dry-run") == "error":
            raise ApiError("DryRunOperation", "The request would have been carried out.")
        return {}
    taken = {int(IPv4Address(one)) for one in addresses_in(call, pattern.subnet_id)}
    made = tuple(_make(call, pattern, number, count, taken).instance_id for number in range(1, count + 1))
    if token:
        call.table(LAUNCH).put(token, Launch(digest, made))
    return {"InstanceIdSet": list(made)}


def _pattern(call: Call, count: int) -> Instance:
    """What the instances have in common, checked."""
    zone, image, kind = _placement(call), _image(call), _type(call)
    if not 1 <= count <= 500:
        raise ApiError("InvalidParameterValue", "`InstanceCount` is from 1 to 500.")
    if len(present(call)) + count > call.switches.count("tencent-quota-instances"):
        raise ApiError("LimitExceeded.InstanceQuota", "The number of instances has reached the upper limit.")
    charge = call.text("InstanceChargeType", "POSTPAID_BY_HOUR")
    if charge not in _CHARGE_TYPES:
        raise ApiError("InvalidParameterValue", f"`InstanceChargeType` is one of {', '.join(_CHARGE_TYPES)}.")
    if charge == "PREPAID" and "InstanceChargePrepaid" not in call.params:
        raise missing("InstanceChargePrepaid")
    if len(call.text("InstanceName")) > 128:
        raise ApiError("InvalidInstanceName.TooLong", "The instance name is longer than 128 characters.")
    subnet = _subnet(call, zone)
    role = chosen(call)
    if role["role"] and subnet is None:
        raise ApiError(call.switches.text("cvm-no-vpc-code"), "An instance with a role has to be in a VPC.")
    return Instance(
        instance_id="",
        uuid="",
        name=call.text("InstanceName") or "Unnamed",
        type=kind,
        image_id=image,
        zone=zone,
        created=call.now,
        timeline=_timeline(call),
        project=int(call.params["Placement"].get("ProjectId", 0)),
        charge_type=charge,
        vpc_id=subnet.vpc_id if subnet else "",
        subnet_id=subnet.subnet_id if subnet else "",
        groups=_groups(call),
        host_name=call.text("HostName"),
        user_data=call.text("UserData"),
        protected=bool(call.params.get("DisableApiTermination", False)),
        settings=_settings(call),
        tags=_tags(call),
        role=role["role"],
        role_id=role["role_id"],
    )


def _make(call: Call, pattern: Instance, number: int, count: int, taken: set[int]) -> Instance:
    """One of ``count`` instances; its address joins those in use."""
    instance_id = ids.resource_id("ins")
    public = (call.params.get("InternetAccessible") or {}).get("PublicIpAssigned")
    made = replace(
        pattern,
        instance_id=instance_id,
        uuid=ids.request_id(),
        name=pattern.name if count == 1 else f"{pattern.name}{number}",
        private_ip=_address(call, pattern.subnet_id, number, taken),
        public_ip=f"203.0.113.{secrets.randbelow(254) + 1}" if public else "",
        mac="52:54:00:" + ":".join(f"{byte:02x}" for byte in secrets.token_bytes(3)),
    )
    settle = call.switches.number("settle-seconds")
    begun = operating(
        made,
        call.action.name,
        call.request_id,
        now=call.now,
        shown=call.now,
        ends=call.now + settle,
        error=FAILURE if _fails(call) else "",
    )
    return call.table(INSTANCE).put(instance_id, begun)


def _fails(call: Call) -> bool:
    return call.switches.text("cvm-launch-outcome") == "LAUNCH_FAILED"


def _timeline(call: Call) -> Any:
    settle = call.switches.number("settle-seconds")
    if _fails(call):
        return through(call.now, ("PENDING", settle), ("LAUNCH_FAILED", 3600), (GONE, 0))
    return through(call.now, ("PENDING", settle), ("RUNNING", 0))


def _placement(call: Call) -> str:
    if "Placement" not in call.params:
        raise missing("Placement")
    zone = str(call.params["Placement"]["Zone"])
    if zone not in zones_of(call.region):
        raise ApiError("InvalidZone.MismatchRegion", f"The zone `{zone}` is not in the region `{call.region}`.")
    return zone


def _image(call: Call) -> str:
    image = call.text("ImageId")
    if not image:
        raise missing("ImageId")
    if not re.fullmatch(r"img-[a-z0-9]{8}", image):
        raise ApiError("InvalidImageId.Malformed", f"The image id `{image}` is malformed.")
    if image not in IMAGES:
        raise ApiError("InvalidImageId.NotFound", f"The image `{image}` does not exist.")
    return image


def _type(call: Call) -> str:
    wanted = call.text("InstanceType") or DEFAULT_TYPE
    if wanted not in TYPES:
        raise ApiError("InvalidParameterValue.InstanceTypeNotFound", f"The instance type `{wanted}` does not exist.")
    if TYPES[wanted].sold_out:
        raise ApiError("ResourceInsufficient.SpecifiedInstanceType", f"The instance type `{wanted}` is sold out.")
    return wanted


def _subnet(call: Call, zone: str) -> Subnet | None:
    """The subnet asked for; ``None`` for the basic network (where the switch says that there is one)."""
    desired = call.params.get("VirtualPrivateCloud")
    if desired is None:
        return None if call.switches.on("cvm-basic-network") else default_network(call, zone)[1]
    vpc_id, subnet_id = desired["VpcId"], desired["SubnetId"]
    if (vpc_id, subnet_id) == ("DEFAULT", "DEFAULT"):
        return default_network(call, zone)[1]
    if vpc_id not in call.table(NETWORK):
        raise ApiError("InvalidParameterValue.VpcIdNotExist", f"The VPC `{vpc_id}` does not exist.")
    subnet = call.table(SUBNET).get(subnet_id)
    if subnet is None:
        raise ApiError("InvalidParameterValue.SubnetNotExist", f"The subnet `{subnet_id}` does not exist.")
    if subnet.vpc_id != vpc_id:
        raise ApiError("InvalidParameterValue.VpcIdSubnetIdNotMatch", f"`{subnet_id}` is not in `{vpc_id}`.")
    if subnet.zone != zone:
        raise ApiError("InvalidParameterValue.SubnetIdZoneIdNotMatch", f"`{subnet_id}` is not in `{zone}`.")
    return subnet


def _groups(call: Call) -> tuple[str, ...]:
    wanted = call.texts("SecurityGroupIds")
    for one in wanted:
        if one not in call.table(GROUP):
            raise ApiError("InvalidSecurityGroupId.NotFound", f"The security group `{one}` does not exist.")
    return tuple(wanted) or (default_group(call).group_id,)


def _address(call: Call, subnet_id: str, number: int, taken: set[int]) -> str:
    """The address asked for, or a free one of the subnet; it joins ``taken``."""
    subnet = call.table(SUBNET).get(subnet_id)
    if subnet is None:
        return f"10.1{secrets.randbelow(10)}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"
    block = IPv4Network(subnet.block)
    desired = (call.params.get("VirtualPrivateCloud") or {}).get("PrivateIpAddresses") or []
    if len(desired) >= number:
        found: int | None = _asked_address(str(desired[number - 1]), block)
    else:
        first = int(block.network_address)
        found = next((one for one in range(first + 2, first + block.num_addresses - 1) if one not in taken), None)
    if found is None:
        raise ApiError("ResourceInsufficient.InsufficientOffering", f"The subnet `{subnet_id}` has no free address.")
    if found in taken:
        raise ApiError("InvalidParameterValue", f"The address `{IPv4Address(found)}` is in use.")
    taken.add(found)
    return str(IPv4Address(found))


def _asked_address(text: str, block: IPv4Network) -> int:
    wrong = ApiError("InvalidParameterValue", f"The address `{text}` is not one of {block}.")
    try:
        address = IPv4Address(text)
    except ValueError:
        raise wrong from None
    if address not in block:
        raise wrong
    return int(address)


def _settings(call: Call) -> dict[str, Any]:
    disk = call.params.get("SystemDisk", {})
    bandwidth = call.params.get("InternetAccessible", {})
    return {
        "SystemDisk": {
            "DiskType": disk.get("DiskType", "CLOUD_PREMIUM"),
            "DiskId": ids.resource_id("disk"),
            "DiskSize": disk.get("DiskSize", 50),
        },
        "DataDisks": tuple({**one, "DiskId": ids.resource_id("disk")} for one in call.params.get("DataDisks", ())),
        "InternetAccessible": {
            "InternetChargeType": bandwidth.get("InternetChargeType", "TRAFFIC_POSTPAID_BY_HOUR"),
            "InternetMaxBandwidthOut": bandwidth.get("InternetMaxBandwidthOut", 0),
        },
        "KeyIds": tuple(call.params.get("LoginSettings", {}).get("KeyIds", ())),
    }


def _tags(call: Call) -> dict[str, str]:
    return {
        tag["Key"]: tag.get("Value", "")
        for specification in call.params.get("TagSpecification", ())
        if specification["ResourceType"] == "instance"
        for tag in specification["Tags"]
    }
