"""One security group rule: read from a request, checked, compared. Pure.

A rule is a dict of texts with the fields of DescribeSecurityGroupAttribute. Protocols are upper case there, policies
``Accept`` or ``Drop``. What makes two rules the same is everything but description, id and time of making.
The checks are those of AuthorizeSecurityGroup.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from ..errors import ApiError, invalid

Rule = dict[str, str]

INGRESS, EGRESS = "ingress", "egress"
PEERS: dict[str, tuple[str, ...]] = {
    INGRESS: ("SourceCidrIp", "Ipv6SourceCidrIp", "SourceGroupId", "SourcePrefixListId"),
    EGRESS: ("DestCidrIp", "Ipv6DestCidrIp", "DestGroupId", "DestPrefixListId"),
}
"""The fields that say who is at the other end: one of them must be given. The first to be given counts."""
SIDE = {INGRESS: "Source", EGRESS: "Dest"}

_OTHER_TEXTS = ("SourcePortRange", "SourceGroupOwnerAccount", "DestGroupOwnerAccount")
_ALL_FIELDS = (*PEERS[INGRESS], *PEERS[EGRESS], *_OTHER_TEXTS)
IDENTITY = ("Direction", "IpProtocol", "PortRange", "Policy", "Priority", "NicType", *_ALL_FIELDS)
_PROTOCOLS = ("TCP", "UDP", "ICMP", "ICMPV6", "GRE", "ALL")
_PORTS = re.compile(r"(\d{1,5})/(\d{1,5})")


def rule(given: Mapping[str, str], direction: str, in_vpc: bool) -> Rule:
    """The rule a request describes, with defaults filled in. Raises an :class:`ApiError` for what is not one."""
    protocol = given.get("IpProtocol", "").upper()
    if protocol not in _PROTOCOLS:
        raise ApiError(
            "InvalidIpProtocol.ValueNotSupported",
            400,
            "The parameter IpProtocol must be specified with case insensitive TCP, UDP, ICMP, GRE or All.",
        )
    found: Rule = dict.fromkeys(_ALL_FIELDS, "")
    found |= {
        "Direction": direction,
        "IpProtocol": protocol,
        "PortRange": _ports(given.get("PortRange", ""), protocol),
        "Policy": _policy(given.get("Policy", "") or "accept"),
        "Priority": _priority(given.get("Priority", "") or "1"),
        "NicType": _nic(given.get("NicType", ""), in_vpc),
        "Description": _description(given.get("Description", "")),
    }
    peers = [name for name in PEERS[direction] if given.get(name)]
    if not peers:
        side = SIDE[direction]
        raise ApiError(
            f"MissingParameter.{side}",
            400,
            f"One of the parameters {side}CidrIp, {side}GroupId or {side}PrefixListId must be specified.",
        )
    for name in _ALL_FIELDS:
        found[name] = _checked(name, given.get(name, ""))
    for name in peers[1:]:
        found[name] = ""  # the first one counts
    return found


def same(one: Rule, other: Rule) -> bool:
    """Whether two rules are one and the same."""
    return all(one[name] == other[name] for name in IDENTITY)


def _ports(text: str, protocol: str) -> str:
    match = _PORTS.fullmatch(text)
    if protocol in ("TCP", "UDP"):
        fits = match is not None and 1 <= int(match[1]) <= int(match[2]) <= 65535
    else:
        fits = text in ("-1/-1", "")
    if not fits:
        raise invalid("PortRange", "InvalidIpPortRange.Malformed")
    return text or "-1/-1"


def _policy(text: str) -> str:
    names = {"accept": "Accept", "allow": "Accept", "drop": "Drop"}
    if text.lower() not in names:
        raise invalid("Policy", "InvalidPolicy.Malformed")
    return names[text.lower()]


def _priority(text: str) -> str:
    if not re.fullmatch(r"\d{1,3}", text):
        raise invalid("Priority", "InvalidPriority.Malformed")
    if not 1 <= int(text) <= 100:
        raise invalid("Priority", "InvalidPriority.ValueNotSupported")
    return str(int(text))


def _nic(text: str, in_vpc: bool) -> str:
    text = text or ("intranet" if in_vpc else "internet")
    if text not in ("intranet", "internet") or (in_vpc and text != "intranet"):
        raise ApiError("InvalidNicType.ValueNotSupported", 400, "The parameter NicType is not valid.")
    return text


def _description(text: str) -> str:
    if len(text) > 512:
        raise ApiError(
            "InvalidSecurityGroupDiscription.Malformed",
            400,
            "The specified security group rule description is not valid.",
        )
    return text


def _checked(name: str, text: str) -> str:
    """An address field's text in its normal form; other fields as they are."""
    if not text or "CidrIp" not in name:
        return text
    version6 = name.startswith("Ipv6")
    try:
        block = ipaddress.ip_network(text, strict=False)
        if (block.version == 6) != version6:
            raise ValueError
    except ValueError:
        raise invalid(name, f"Invalid{name}.Malformed") from None
    if version6:
        return str(block)
    return text
