"""Part of a batch fails: told instance by instance, seen by the next refresh, put right by the next up.

The emulator carries out a call for some of its instances only. Alibaba Cloud says so of each of the others in an
answer that is a success; Tencent Cloud has one error for the whole call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.lifecycle.resources.fleet import FLEETS, Fleet, TencentFleet
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox, Server

KIND = "InstanceRoleBinding"
CODE = "InvalidParameter.NotToday"
SIZE = 6


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(f"partial {name}")) for name in FLEETS]
)
def fleet(request: pytest.FixtureRequest, sandbox_server: Server) -> Fleet:
    return FLEETS[request.param](sandbox_server.account(), SIZE, "app", "db", "ops")


@pytest.fixture(scope="module")
def host(fleet: Fleet) -> Iterator[Host]:
    with Host(fleet.sandbox.env()) as running:
        yield running


def fails_for(fleet: Fleet, action: str, bad: set[str]) -> None:
    """From now on, a call of the action is carried out for all instances but these."""
    good = [one for one in fleet.ids if one not in bad] or ["none"]
    fleet.sandbox.fault("partial", action, ids=good, code=CODE, times=None)


def judge_error(text: str, bad: set[str]) -> None:
    """One line, that names each instance with the code, the message and the request id of its failure."""
    assert len(text.splitlines()) == 1, text
    assert re.search(rf"{len(bad)} instances? failed: ", text), text
    told = text.partition(" failed: ")[2].partition("; put back")[0]
    request = "request [0-9A-Fa-f-]{36}"
    alike = re.search(rf"^([^:]*): [^;]*told to answer so[^;]*\[{re.escape(CODE)}(, {request})?\]", told)
    assert alike, text
    for one in bad:
        assert re.search(rf"\b{one}\b" if alike[2] else rf"\b{one} \({request}\)", alike[1]), text


def judge_after(fleet: Fleet, host: Host, binding: Thing, declared: list[str]) -> None:
    """The trouble over: a refresh shows what there is, an up makes it as declared, an end leaves nothing."""
    fleet.sandbox.clear_faults()
    if binding.id and any(fleet.held()[one] for one in declared):
        assert host.read(binding)
        known = binding.outputs["instance_ids"]
        assert binding.outputs["roles"] == {one: role for one, role in fleet.now(*known).items() if role}
    host.up(binding, fleet.declared("db", declared))
    assert fleet.held() == {one: "db" if one in declared else None for one in fleet.ids}
    host.check(binding, fleet.declared("db", []))  # nothing is claimed any more, as in a destroy
    host.delete(binding)
    assert set(fleet.held().values()) == {None}


subsets = st.sets(st.integers(0, SIZE - 1), min_size=1)


def examples(number: int) -> settings:
    """So many random cases. A failure leaves the instances as they are, so that making it smaller says nothing."""
    return settings(max_examples=number, deadline=None, database=None, phases=[Phase.generate])


MANY = pytest.mark.parametrize("number", [5, pytest.param(50, marks=pytest.mark.soak)])


@MANY
def test_a_binding_that_fails_for_some_is_undone(fleet: Fleet, host: Host, number: int) -> None:
    @examples(number)
    @given(subsets)
    def run(numbers: set[int]) -> None:
        bad = {fleet.ids[each] for each in numbers}
        binding = Thing(KIND, "b")
        fails_for(fleet, fleet.bind, bad)
        with pytest.raises(HostError) as error:
            host.up(binding, fleet.declared("db", fleet.ids))
        judge_error(str(error.value).strip(), bad)
        good = set(fleet.ids) - bad
        assert set(fleet.held().values()) == {None}
        assert ("put back as they were" in str(error.value)) == bool(good)
        judge_after(fleet, host, binding, fleet.ids)

    run()


@MANY
def test_a_change_that_fails_for_some_leaves_each_with_a_role_or_says_which_have_none(
    fleet: Fleet, host: Host, number: int
) -> None:
    @examples(number)
    @given(subsets)
    def run(numbers: set[int]) -> None:
        bad = {fleet.ids[each] for each in numbers}
        binding = Thing(KIND, "b")
        host.up(binding, fleet.declared("app", fleet.ids))
        fails_for(fleet, fleet.bind, bad)
        with pytest.raises(HostError) as error:
            host.up(binding, fleet.declared("db", fleet.ids))
        text = str(error.value).strip()
        bare = {one for one, role in fleet.held().items() if role is None}
        assert {role for role in fleet.held().values() if role} <= {"app"}, text  # undone, all or none
        told = text.partition("could not be put back and now hold no role: ")[2].partition(" (")[0]
        assert bare == set(filter(None, told.split(", "))), text
        assert bare <= bad and CODE in text and any(one in text.partition(" failed: ")[2] for one in bad)
        judge_after(fleet, host, binding, fleet.ids)

    run()


@MANY
def test_a_change_that_fails_puts_back_what_each_held_and_not_what_the_state_says(
    fleet: Fleet, host: Host, number: int
) -> None:
    @examples(number)
    @given(
        st.lists(st.sampled_from(("app", "db", "ops", None)), min_size=SIZE, max_size=SIZE), subsets | st.just(set())
    )
    def run(roles: list[str | None], numbers: set[int]) -> None:
        bad = {fleet.ids[each] for each in numbers}
        binding = Thing(KIND, "b")
        fleet.sandbox.clear_faults()
        fleet.take(*fleet.ids)
        host.up(binding, fleet.declared("app", fleet.ids))
        found = dict(zip(fleet.ids, roles, strict=True))
        for one, role in found.items():
            fleet.give(role, one) if role else fleet.take(one)
        fails_for(fleet, fleet.bind, bad)
        if bad <= {one for one, role in found.items() if role == "db"}:
            host.up(binding, fleet.declared("db", fleet.ids))
            assert fleet.held() == dict.fromkeys(fleet.ids, "db")
        else:
            with pytest.raises(HostError) as error:
                host.up(binding, fleet.declared("db", fleet.ids))
            text = str(error.value).strip()
            stuck = text.partition("could not be put back and now hold no role: ")[2].partition(" (")[0]
            bare = set(filter(None, stuck.split(", ")))
            assert fleet.held() == {**found, **dict.fromkeys(bare)}, text
            assert all(found[one] for one in bare), text
        judge_after(fleet, host, binding, fleet.ids)

    run()


@MANY
def test_an_unbinding_that_fails_for_some_goes_on_next_time(fleet: Fleet, host: Host, number: int) -> None:
    @examples(number)
    @given(subsets, st.booleans())
    def run(numbers: set[int], whole: bool) -> None:
        bad = {fleet.ids[each] for each in numbers}
        binding = Thing(KIND, "b")
        host.up(binding, fleet.declared("db", fleet.ids))
        fails_for(fleet, fleet.unbind, bad)
        host.check(binding, fleet.declared("db", []))
        with pytest.raises(HostError) as error:
            if whole:
                host.delete(binding)
            else:
                host.up(binding, fleet.declared("db", []))
        judge_error(str(error.value).strip(), bad)
        held = fleet.held()
        assert all(held[one] == "db" for one in bad)
        assert not whole or not any(held[one] for one in fleet.ids if one not in bad)
        judge_after(fleet, host, binding, fleet.ids)

    run()


def test_an_error_about_many_stays_short(sandbox_server: Server) -> None:
    for kind in FLEETS.values():
        fleet = kind(sandbox_server.account(), 120, "db")
        fails_for(fleet, fleet.bind, set(fleet.ids[:40]))
        with Host(fleet.sandbox.env()) as host, pytest.raises(HostError) as error:
            host.up(Thing(KIND, "b"), fleet.declared("db", fleet.ids))
        text = str(error.value)
        assert "40 instances failed: " in text and "and 20 more: " in text, text
        assert all(one in text for one in sorted(fleet.ids[:40])[:20]) and len(text) < 3000, text
        assert set(fleet.held().values()) == {None}


def test_operations_of_one_batch_that_fail_late(sandbox: Sandbox) -> None:
    fleet = TencentFleet(sandbox, 250, "app", "db")
    binding = Thing(KIND, "b")
    with Host(sandbox.env()) as host:
        host.up(binding, fleet.declared("app", fleet.ids))
        sandbox.fault("fail_late", fleet.bind, after=1)
        with pytest.raises(
            HostError, match=r"\d+ instances failed: .* more: .*\[OperationFailed, request [0-9a-f-]+\]"
        ):
            host.up(binding, fleet.declared("db", fleet.ids))
        assert fleet.held() == dict.fromkeys(fleet.ids, "app")
        sandbox.clear_faults()
        assert host.up(binding, fleet.declared("db", fleet.ids)) == "update"
        assert fleet.held() == dict.fromkeys(fleet.ids, "db")
