"""Only what differs is called for, in batches: sequences of declarations over up to 1,000 instances of each cloud.

The model knows sets of ids and the size of a batch, and nothing of how the provider plans.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.lifecycle.resources.fleet import BATCH, FLEETS, Fleet
from tests.support.host import Host, Thing
from tests.support.sandbox import Server

SIZE = 1000
ROLES = ("app", "db", "ops")
KIND = "InstanceRoleBinding"


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(f"delta {name}")) for name in FLEETS]
)
def fleet(request: pytest.FixtureRequest, sandbox_server: Server) -> Fleet:
    return FLEETS[request.param](sandbox_server.account(), SIZE, *ROLES)


@pytest.fixture(scope="module")
def host(fleet: Fleet) -> Iterator[Host]:
    with Host(fleet.sandbox.env()) as running:
        yield running


@dataclass(frozen=True)
class Declaration:
    """A role on instances, by their numbers."""

    role: str
    numbers: frozenset[int]


@dataclass(frozen=True)
class Expected:
    """What an update may call for: how often each instance is named, and the number of calls."""

    bound: Counter[str]
    unbound: Counter[str]
    asked: int
    """Instances named in calls that are refused, because they still hold their old role: one of an update."""
    calls: int


def difference(fleet: Fleet, before: Declaration, after: Declaration) -> Expected:
    """From one declaration to another, by sets alone."""
    added, removed = after.numbers - before.numbers, before.numbers - after.numbers
    swapped = after.numbers & before.numbers if before.role != after.role else frozenset()

    def ids(*parts: frozenset[int]) -> Counter[str]:
        return Counter(fleet.ids[number] for part in parts for number in part)

    swaps = ceil(len(swapped) / BATCH)
    if not fleet.swaps_in_place:
        swaps = 2 * (swaps + (len(swapped) > 1))  # one instance goes ahead of the others; off and on are two calls
    return Expected(
        ids(added, swapped),
        ids(removed) if fleet.swaps_in_place else ids(removed, swapped),
        int(bool(swapped) and not fleet.swaps_in_place),
        ceil(len(added) / BATCH) + ceil(len(removed) / BATCH) + swaps,
    )


def called(fleet: Fleet, since: int) -> Expected:
    """The same from the emulator's log."""
    writes = fleet.writes(since)
    done = [one for one in writes if not one.code]
    assert all(1 <= len(one.ids) <= BATCH for one in writes)
    return Expected(
        Counter(each for one in done if one.role for each in one.ids),
        Counter(each for one in done if not one.role for each in one.ids),
        sum(len(one.ids) for one in writes if one.code),
        len(done),
    )


def holding(fleet: Fleet, declaration: Declaration) -> dict[str, str | None]:
    return {one: declaration.role if number in declaration.numbers else None for number, one in enumerate(fleet.ids)}


def bring_about(fleet: Fleet, host: Host, binding: Thing, before: Declaration, after: Declaration, seed: int) -> None:
    """One up from ``before`` to ``after``, the ids shuffled and some twice, judged by the model."""
    chance = random.Random(seed)
    ids = [fleet.ids[number] for number in after.numbers]
    ids += chance.sample(ids, len(ids) // 7)
    chance.shuffle(ids)
    mark = fleet.sandbox.mark()
    host.up(binding, fleet.declared(after.role, ids))
    assert called(fleet, mark) == difference(fleet, before, after)
    assert fleet.held() == holding(fleet, after)
    assert binding.outputs["instance_ids"] == sorted(set(ids))
    mark = fleet.sandbox.mark()
    chance.shuffle(ids)
    assert host.up(binding, fleet.declared(after.role, ids)) == "same"
    assert fleet.sandbox.calls(mark) == []


ranges = st.tuples(
    st.integers(0, SIZE - 1), st.sampled_from((0, 1, 2, 50, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 450, SIZE))
)
declarations = st.builds(
    Declaration,
    st.sampled_from(ROLES),
    st.lists(ranges, max_size=3).map(
        lambda some: frozenset(number for start, size in some for number in range(start, min(SIZE, start + size)))
    ),
)


@pytest.mark.parametrize("examples", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_only_what_differs_is_called_for(fleet: Fleet, host: Host, examples: int) -> None:
    # A failure leaves the instances as they are, so that nothing can be learnt by making it smaller.
    @settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate])
    @given(sequence=st.lists(declarations, min_size=2, max_size=3), seed=st.integers(0, 2**16))
    def run(sequence: list[Declaration], seed: int) -> None:
        binding = Thing(KIND, "b")
        before = nothing = Declaration(ROLES[0], frozenset())
        for after in [*sequence, nothing]:
            bring_about(fleet, host, binding, before, after, seed)
            before = after

    run()


@pytest.mark.parametrize(
    "count", [1, BATCH, BATCH + 1, *(pytest.param(one, marks=pytest.mark.soak) for one in (BATCH - 1, SIZE))]
)
def test_batches_of_every_size(fleet: Fleet, host: Host, count: int) -> None:
    binding = Thing(KIND, "b")
    first = frozenset(range(count))
    last = frozenset(range(SIZE - count, SIZE))
    steps = [
        Declaration("app", first),
        Declaration("db", first),  # the role
        Declaration("db", last),  # the instances
        Declaration("app", last | frozenset(range(count // 2))),  # both
    ]
    before = Declaration("app", frozenset())
    for after in steps:
        bring_about(fleet, host, binding, before, after, count)
        before = after
    nothing = Declaration("app", frozenset())
    host.check(binding, fleet.declared("app", []))  # nothing is claimed any more, as in a destroy
    mark = fleet.sandbox.mark()
    host.delete(binding)
    assert called(fleet, mark) == difference(fleet, before, nothing)
    assert fleet.held() == holding(fleet, nothing)
