"""RunInstances.

What is checked here is what clients meet most: what is on sale, the network, the role, names, quotas. Launch
templates, dedicated hosts, deployment sets and secondary network interfaces are not offered.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import secrets
from dataclasses import dataclass
from typing import Any

from ... import timeline
from .. import ids, tags
from ..call import Answer, Call
from ..errors import ApiError, invalid
from ..regional import RESOURCE_GROUP, dry_run
from ..regions import zones
from ..tokens import once
from ..vpc import blocks
from ..vpc.product import vswitches
from . import disks
from .catalogue import IMAGES, INSTANCE_TYPES, Image
from .facts import addresses_in, present
from .product import ECS, decimal, keep, label, required, settle
from .records import CLASSIC_NETWORK, GROUP, INSTANCE, VPC_NETWORK, Instance
from .roles import may_pass, mismatch, must_trust

# Attributes that the service keeps and shows again, with what it shows when they were not sent.
KEPT: dict[str, Any] = {
    "KeyPairName": "",
    "CreditSpecification": "",
    "SpotStrategy": "NoSpot",
    "SpotInterruptionBehavior": "",
    "InternetChargeType": "PayByTraffic",
    "ResourceGroupId": RESOURCE_GROUP,
    "AutoReleaseTime": "",
    "HpcClusterId": "",
    "DeploymentSetId": "",
}
KEPT_NUMBERS: dict[str, int] = {"InternetMaxBandwidthOut": 0, "InternetMaxBandwidthIn": 200, "SpotDuration": 1}
MOST = 100
MOST_USER_DATA = 32 * 1024  # bytes


@dataclass(frozen=True)
class _Network:
    """Where the instances go: for a VPC its vSwitch, for the classic network nothing but a zone."""

    kind: str
    zone: str
    vpc_id: str = ""
    vswitch_id: str = ""
    cidr: str = ""


@ECS.action("RunInstances")
def run_instances(call: Call) -> Answer:
    """Make 1 to 100 instances, which start by themselves. Asks for ram:PassRole when they get a role."""
    return once(call, _run)


def _run(call: Call) -> Answer:
    params = call.params
    image = _image(call)
    kind = required(call, "InstanceType")
    if kind not in INSTANCE_TYPES:
        raise ApiError(
            "InvalidInstanceType.ValueNotSupported",
            400,
            "The specified InstanceType does not exist or beyond the permitted range.",
        )
    amount = _amount(call)
    primary = _primary_interface(call)
    network = _network(call, primary)
    groups = _groups(call, network, primary)
    role = params.text("RamRoleName")
    if role:
        if network.kind == CLASSIC_NETWORK:
            raise mismatch()
        may_pass(call, role)
        must_trust(call, role, untrusted=401)
    common = _common(call)
    system, data = disks.requested(call, image.size)
    addresses = _addresses(
        call, network, amount, params.text("PrivateIpAddress") or primary.get("PrimaryIpAddress", "")
    )
    if len(present(call)) + amount > call.switches.count("quota-instances"):
        raise ApiError("QuotaExceed.ElasticQuota", 403, "The quota of elastic instances has been exceeded.")
    dry_run(call)
    _forget_gone(call)
    made = []
    for index, address in enumerate(addresses):
        instance_id = ids.resource_id("i")
        keep(
            call,
            Instance(
                instance_id=instance_id,
                type=kind,
                image_id=image.id,
                zone=network.zone,
                created=call.now,
                started=call.now,
                timeline=timeline.through(
                    call.now, ("Pending", settle(call)), ("Starting", settle(call)), ("Running", 0)
                ),
                network=network.kind,
                vpc_id=network.vpc_id,
                vswitch_id=network.vswitch_id,
                private_ip=address,
                public_ip=public_address() if common["settings"]["InternetMaxBandwidthOut"] else "",
                interface_id=ids.resource_id("eni") if network.kind == VPC_NETWORK else "",
                mac="00:16:3e:" + ":".join(f"{byte:02x}" for byte in secrets.token_bytes(3)),
                groups=groups,
                role=role,
                name=_name(call, instance_id, index),
                host_name=params.text("HostName") or "iZ" + instance_id.rpartition("-")[2] + "Z",
                disks=disks.made(image.id, system, data),
                **common,
            ),
        )
        made.append(instance_id)
    return {"InstanceIdSets": {"InstanceIdSet": made}}


def _amount(call: Call) -> int:
    """How many instances: 1 to 100, and no fewer than ``MinAmount``."""
    amount = call.params.text("Amount", "1")
    least = call.params.text("MinAmount", amount)
    if not (amount.isdecimal() and least.isdecimal() and 1 <= int(least) <= int(amount) <= MOST):
        raise ApiError("InvalidParam.Amount", 403, "The specified parameter Amount is not valid.")
    return int(amount)


def _forget_gone(call: Call) -> None:
    """Remove the records of instances that are gone by now."""
    table = call.table(INSTANCE)
    for key in set(table.keys()) - set(present(call)):
        table.delete(key)


def _image(call: Call) -> Image:
    family = call.params.text("ImageFamily")
    if family and not call.params.text("ImageId"):
        found = next((one for one in IMAGES.values() if one.family == family), None)
    else:
        found = IMAGES.get(required(call, "ImageId"))
    if found is None:
        raise ApiError("InvalidImageId.NotFound", 404, "The specified ImageId does not exist.")
    return found


def _primary_interface(call: Call) -> dict[str, str]:
    """The primary network interface, if the request describes the network by ``NetworkInterface.N``."""
    described = call.params.structures("NetworkInterface")
    if any(one.get("InstanceType", "Primary") != "Primary" or "NetworkInterfaceId" in one for one in described):
        raise ApiError(
            "OperationDenied.NotSupported",
            403,
            "This sandbox makes each instance's primary network interface and no other.",
        )
    if len(described) > 1:
        raise invalid("NetworkInterface", "InvalidParameter.NetworkInterface")
    return described[0] if described else {}


def _network(call: Call, primary: dict[str, str]) -> _Network:
    zone = call.params.text("ZoneId")
    if zone and zone not in zones(call.region):
        raise ApiError("InvalidZoneId.NotFound", 404, "The specified ZoneId does not exist.")
    wanted = call.params.text("VSwitchId") or primary.get("VSwitchId", "")
    if not wanted:
        if not call.switches.on("classic-network"):
            required(call, "VSwitchId")
        return _Network(CLASSIC_NETWORK, zone or zones(call.region)[0])
    found = vswitches(call).get(wanted)
    if found is None:
        raise ApiError("InvalidVSwitchId.NotFound", 404, "The specified VSwitchId does not exist.")
    if timeline.at(found.timeline, call.now) != "Available":
        raise ApiError(
            "IncorrectVSwitchStatus", 400, "The current status of virtual switch does not support this operation."
        )
    if zone not in ("", found.zone):
        raise ApiError("InvalidParameter.Mismatch", 403, "The specified VSwitchId is not in the specified ZoneId.")
    return _Network(VPC_NETWORK, found.zone, found.vpc_id, found.vswitch_id, found.cidr)


def _groups(call: Call, network: _Network, primary: dict[str, str]) -> tuple[str, ...]:
    one, several = call.params.text("SecurityGroupId"), call.params.numbered("SecurityGroupIds")
    if one and several:
        raise ApiError(
            "InvalidParameter.Conflict", 403, "SecurityGroupId and SecurityGroupIds.N cannot be specified together."
        )
    nested = [primary[key] for key in sorted(primary) if key.startswith("SecurityGroupId")]
    wanted = tuple(dict.fromkeys([one] if one else several or nested))
    if not wanted:
        if network.kind == VPC_NETWORK:
            required(call, "SecurityGroupId")
        return ()
    for key in wanted:
        found = call.table(GROUP).get(key)
        if found is None:
            raise ApiError("InvalidSecurityGroupId.NotFound", 404, "The specified SecurityGroupId does not exist.")
        if found.vpc_id != network.vpc_id:
            raise ApiError(
                "InvalidSecurityGroup.VpcMismatch",
                400,
                "The specified security group and vSwitch are not in the same VPC.",
            )
    return wanted


def _common(call: Call) -> dict[str, Any]:
    """The attributes that all instances of the request share."""
    params = call.params
    user_data = params.text("UserData")
    check_user_data(user_data)
    kept: dict[str, Any] = {name: params.text(name, default) for name, default in KEPT.items()}
    kept |= {name: params.integer(name, default, 0, 1000) for name, default in KEPT_NUMBERS.items()}
    kept["SpotPriceLimit"] = decimal(params.text("SpotPriceLimit", "0"), "SpotPriceLimit")
    kept["LoginAsNonRoot"] = params.boolean("ImageOptions.LoginAsNonRoot")
    if params.text("InstanceChargeType") == "PrePaid":
        kept["Period"] = params.integer("Period", 1, 1, 60, "InvalidPeriod")
        kept["PeriodUnit"] = params.choice(
            "PeriodUnit", ("Month", "Week", "Year"), "Month", "InvalidPeriodUnit.ValueNotSupported"
        )
        kept["AutoRenew"] = params.boolean("AutoRenew")
        kept["AutoRenewPeriod"] = params.integer(
            "AutoRenewPeriod", 1, 1, 60, "InvalidAutoRenewPeriod.ValueNotSupported"
        )
    return {
        "description": label(call, "Description", "InvalidDescription.Malformed", 2, 256) or "",
        "user_data": user_data,
        "http_endpoint": params.choice("HttpEndpoint", ("enabled", "disabled"), "enabled", "InvalidHttpEndpoint"),
        "http_tokens": params.choice(
            "HttpTokens", ("optional", "required"), "optional", "InvalidHttpTokens.NotSupported"
        ),
        "hop_limit": params.integer("HttpPutResponseHopLimit", 1, 1, 64, "InvalidHttpPutResponseHopLimit"),
        "charge_type": params.choice(
            "InstanceChargeType", ("PostPaid", "PrePaid"), "PostPaid", "InvalidInstanceChargeType.NotFound"
        ),
        "protected": params.boolean("DeletionProtection"),
        "settings": kept,
        "tags": tags.sent(params),
    }


def check_user_data(text: str) -> None:
    """User data is base64 of at most 32 KiB."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(
            "InvalidUserData.Base64FormatInvalid", 400, "The specified parameter UserData is not base64."
        ) from None
    if len(raw) > MOST_USER_DATA:
        raise ApiError("InvalidUserData.SizeExceeded", 400, "The specified parameter UserData exceeds the size.")


def _addresses(call: Call, network: _Network, amount: int, asked: str) -> list[str]:
    """One private address for each instance."""
    if network.kind == CLASSIC_NETWORK:
        return [
            f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}" for _ in range(amount)
        ]
    block = blocks.block_of(network.cidr)
    taken = addresses_in(call, network.vswitch_id)
    if asked:
        if not blocks.usable(block, asked) or amount > 1:
            raise invalid("PrivateIpAddress", "InvalidPrivateIpAddress.Malformed")
        if asked in taken:
            raise ApiError("InvalidPrivateIpAddress.Duplicated", 403, "The specified private IP address is in use.")
        return [asked]
    given = list(itertools.islice(blocks.free_addresses(block, taken), amount))
    if len(given) < amount:
        raise ApiError("InvalidVSwitchId.IpNotEnough", 403, "The specified VSwitch does not have enough IP addresses.")
    return given


def public_address() -> str:
    """A public address for an instance: one of those kept for documentation (RFC 5737)."""
    return f"203.0.113.{1 + secrets.randbelow(254)}"


def _name(call: Call, instance_id: str, index: int) -> str:
    name = label(call, "InstanceName", "InvalidInstanceName.Malformed") or instance_id
    return f"{name}{index + 1:03d}" if call.params.boolean("UniqueSuffix") else name
