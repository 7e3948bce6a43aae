"""The address rules of a VPC and its vSwitches, pure.

Why: these rules are where a wrong network plan fails first, so the emulator must refuse what the real service refuses.
Limits: IPv4 only; secondary blocks and user CIDRs are kept as given and not checked against each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

# Never usable for a VPC (help.aliyun.com, VPC, CreateVpc).
FORBIDDEN = tuple(IPv4Network(text) for text in ("100.64.0.0/10", "224.0.0.0/4", "127.0.0.0/8", "169.254.0.0/16"))
VPC_MASKS = range(16, 29)  # /16 .. /28
# Private blocks (RFC 1918) may also be larger than /16: CreateVpc's own default is 172.16.0.0/12.
PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"))
VSWITCH_MASKS = range(16, 30)  # /16 .. /29

# Of each vSwitch the service keeps the first address and the last three for itself.
RESERVED_FIRST = 1
RESERVED_LAST = 3


def network(text: str) -> IPv4Network | None:
    """The block `text` names in CIDR form, or None if it is not one (no mask, host bits set, not IPv4)."""
    if "/" not in text:
        return None
    try:
        return IPv4Network(text, strict=True)
    except ValueError:
        return None


def vpc_block(text: str) -> IPv4Network | None:
    """The block a VPC may have, or None for one that the service refuses."""
    block = network(text)
    if block is None or any(block.overlaps(one) for one in FORBIDDEN):
        return None
    large = block.prefixlen < VPC_MASKS[0] and any(block.subnet_of(one) for one in PRIVATE)
    return block if large or block.prefixlen in VPC_MASKS else None


def block_of(text: str) -> IPv4Network:
    """The block of a VPC or vSwitch that exists: its text was checked when it was made."""
    return IPv4Network(text)


def next_part(text: str, mask: int, taken: Collection[str]) -> str | None:
    """The first part of the block `text` with that mask that meets none of `taken`, or None when there is none."""
    parts = IPv4Network(text).subnets(new_prefix=mask)
    return next((str(part) for part in parts if not overlapping(part, taken)), None)


def within(text: str, block: IPv4Network) -> bool:
    """Whether the block `text` lies inside `block`."""
    return IPv4Network(text).subnet_of(block)


def overlapping(block: IPv4Network, others: Iterable[str]) -> str | None:
    """The first of `others` (CIDR texts) that shares an address with `block`, or None."""
    return next((other for other in others if block.overlaps(IPv4Network(other))), None)


def capacity(block: IPv4Network) -> int:
    """How many addresses of a vSwitch can be given to instances."""
    return block.num_addresses - RESERVED_FIRST - RESERVED_LAST


def usable(block: IPv4Network, address: str) -> bool:
    """Whether `address` may be given to an instance of the vSwitch `block`."""
    try:
        wanted = IPv4Address(address)
    except ValueError:
        return False
    first, last = block.network_address + RESERVED_FIRST, block.broadcast_address - RESERVED_LAST
    return first <= wanted <= last


def free_addresses(block: IPv4Network, taken: Collection[str]) -> Iterator[str]:
    """The addresses of `block` that are not in `taken`, the highest first.

    From the top, as the real service mostly does: the first addresses stay free for those who choose their own.
    """
    first = int(block.network_address) + RESERVED_FIRST
    last = int(block.broadcast_address) - RESERVED_LAST
    for number in range(last, first - 1, -1):
        address = str(IPv4Address(number))
        if address not in taken:
            yield address


def free_address(block: IPv4Network, taken: Collection[str]) -> str | None:
    """The first of them, or None when the vSwitch is full."""
    return next(free_addresses(block, taken), None)
