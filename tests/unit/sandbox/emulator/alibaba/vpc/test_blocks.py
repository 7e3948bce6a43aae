"""The address rules of VPCs and vSwitches, as properties."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.emulator.alibaba.vpc import blocks


def networks(masks: st.SearchStrategy[int]) -> st.SearchStrategy[IPv4Network]:
    return st.builds(
        lambda number, mask: IPv4Network((number >> (32 - mask) << (32 - mask), mask)), st.integers(0, 2**32 - 1), masks
    )


@given(networks(st.integers(16, 28)))
def test_a_vpc_may_have_any_block_of_16_to_28_bits_outside_the_forbidden_ones(block: IPv4Network) -> None:
    allowed = not any(block.overlaps(one) for one in blocks.FORBIDDEN)
    assert blocks.vpc_block(str(block)) == (block if allowed else None)


@given(networks(st.integers(1, 15)))
def test_only_private_blocks_may_be_larger(block: IPv4Network) -> None:
    private = any(block.subnet_of(IPv4Network(text)) for text in ("10.0.0.0/8", "172.16.0.0/12"))
    assert (blocks.vpc_block(str(block)) is not None) == private


@given(st.text(max_size=20))
def test_texts_that_are_no_blocks_are_none(text: str) -> None:
    found = blocks.network(text)
    assert found is None or str(found) == text or IPv4Network(text) == found


@pytest.mark.parametrize("text", ["10.0.0.0", "10.0.0.1/16", "10.0.0.0/33", "::/64", "10.0.0/16", ""])
def test_a_block_has_a_mask_and_no_host_bits(text: str) -> None:
    assert blocks.network(text) is None


@given(networks(st.integers(16, 29)), st.data())
def test_addresses_given_out_are_usable_and_never_twice(block: IPv4Network, data: st.DataObject) -> None:
    taken: set[str] = set()
    for _ in range(data.draw(st.integers(1, 6))):
        address = blocks.free_address(block, taken)
        if address is None:
            assert len(taken) == blocks.capacity(block)
            return
        assert blocks.usable(block, address)
        assert address not in taken
        taken.add(address)


@given(networks(st.integers(24, 29)))
def test_the_first_and_the_last_three_addresses_are_kept(block: IPv4Network) -> None:
    usable = [str(address) for address in block if blocks.usable(block, str(address))]
    assert len(usable) == blocks.capacity(block) == block.num_addresses - 4
    assert usable[0] == str(block.network_address + 1)
    assert usable[-1] == str(block.broadcast_address - 3)
    assert not blocks.usable(block, str(IPv4Address(int(block.broadcast_address) ^ 2**31)))
    assert not blocks.usable(block, "no address")


@given(networks(st.integers(8, 16)), st.integers(17, 20), st.integers(0, 5))
def test_parts_of_a_block_do_not_meet(block: IPv4Network, mask: int, count: int) -> None:
    taken: list[str] = []
    for _ in range(count):
        part = blocks.next_part(str(block), mask, taken)
        if part is None:
            assert len(taken) == 2 ** (mask - block.prefixlen)
            return
        assert blocks.within(part, block)
        assert blocks.overlapping(IPv4Network(part), taken) is None
        taken.append(part)
