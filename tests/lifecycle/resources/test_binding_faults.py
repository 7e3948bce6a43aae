"""A role is replaced on instances that hold one, and each call of it goes wrong, one after another, in every way.

Whatever happens, an instance holds the old role or the new one; only where a cloud takes a role off before it puts
another on may one be left without, and then the error says which. The next up, with the trouble over, converges.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, takewhile
from typing import Any

import pytest

from tests.lifecycle.resources.fleet import FLEETS, Fleet, TencentFleet
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox, Server

KIND = "InstanceRoleBinding"
FAULTS: dict[str, dict[str, Any]] = {
    "denied": {"fault": "deny", "times": None},
    "denied once": {"fault": "deny"},
    "refused": {"fault": "code", "code": "InvalidParameter.NotToday", "times": None},
    "refused once": {"fault": "code", "code": "InvalidParameter.NotToday"},
    "throttled": {"fault": "throttle"},
    "out of order": {"fault": "unavailable"},
    "broken": {"fault": "internal"},
    "never carried out": {"fault": "drop_before"},
    "carried out, and no answer": {"fault": "drop_after"},
    "an empty answer": {"fault": "empty"},
    "an answer that is none": {"fault": "garbage"},
}
LASTING: dict[str, dict[str, Any]] = {
    "throttled for long": {"fault": "throttle", "times": None},
    "out of order for long": {"fault": "unavailable", "times": None},
    "no answer for long": {"fault": "drop_before", "times": None},
}
"""Throttling is waited for, one to two minutes at each call that is tried; the others some seconds."""
EACH = 7
"""Of so many calls, trouble that lasts begins at one."""


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(f"faults {name}")) for name in FLEETS]
)
def fleet(request: pytest.FixtureRequest, sandbox_server: Server) -> Fleet:
    return FLEETS[request.param](sandbox_server.account(), 3, "app", "db")


@pytest.fixture(scope="module")
def host(fleet: Fleet) -> Iterator[Host]:
    with Host(fleet.sandbox.env()) as running:
        yield running


def swap_in_trouble(fleet: Fleet, host: Host, trouble: dict[str, Any], after: int) -> bool:
    """Replace the role of a binding while calls go wrong ``after`` so many good ones; whether any met the fault."""
    binding = Thing(KIND, "b")
    host.up(binding, fleet.declared("app", fleet.ids, on_conflict="replace"))
    wanted = fleet.declared("db", fleet.ids)
    state = (binding.inputs, binding.outputs)
    wrong = {"times": 1, **trouble}
    mark = fleet.sandbox.mark()
    fleet.sandbox.fault(wrong.pop("fault"), "*", after=after, **wrong)
    try:
        host.up(binding, wanted)
        assert fleet.held() == dict.fromkeys(fleet.ids, "db")
    except HostError as error:
        assert (binding.inputs, binding.outputs) == state
        told_exactly(fleet, str(error).strip())
    met = any(call["fault"] for call in fleet.sandbox.calls(mark))
    fleet.sandbox.clear_faults()
    host.up(binding, wanted)
    assert fleet.held() == dict.fromkeys(fleet.ids, "db")
    return met


def told_exactly(fleet: Fleet, text: str) -> None:
    """The error is one line, names what is not as declared, and says of an instance without a role that it has none."""
    assert text.startswith('InstanceRoleError: InstanceRoleBinding "b": ') and len(text.splitlines()) == 1, text
    held = fleet.held()
    assert set(held.values()) <= {"app", "db", None}
    bare = [one for one, role in held.items() if role is None]
    assert not (bare and fleet.swaps_in_place), text
    stuck = text.partition("could not be put back and now hold no role: ")[2].partition("(")[0]
    unread = text.partition("; what ")[2].partition(" hold now could not be read")[0]
    for one in bare:
        assert one in stuck or one in unread, f"{one} holds no role: {text}"
    if set(held.values()) != {"app"}:
        left = [one for one, role in held.items() if role != "db"]
        assert all(one in text for one in left), f"{held}: {text}"


IN_TURN = "each in turn"
OFTEN = (IN_TURN, "refused once")
"""What is tried at each call in every run; the others at some."""


@pytest.mark.parametrize(
    "trouble", [*OFTEN, *(pytest.param(name, marks=pytest.mark.soak) for name in FAULTS if name not in OFTEN)]
)
def test_each_call_of_a_replacement_goes_wrong(fleet: Fleet, host: Host, trouble: str) -> None:
    kinds = list(FAULTS.values()) if trouble == IN_TURN else [FAULTS[trouble]]
    for number in count():
        if not swap_in_trouble(fleet, host, kinds[number % len(kinds)], number):
            break
    assert number > 3


def test_an_operation_that_fails_late_changes_nothing(sandbox: Sandbox) -> None:
    fleet = TencentFleet(sandbox, 3, "app", "db")
    binding = Thing(KIND, "b")
    with Host(sandbox.env()) as host:
        host.up(binding, fleet.declared("app", fleet.ids))
        sandbox.switch(cvm_operation_outcome="FAILED")
        with pytest.raises(HostError, match=r"3 instances failed: .*\[OperationFailed, request ") as error:
            host.up(binding, fleet.declared("db", fleet.ids))
        assert all(one in str(error.value) for one in fleet.ids)
        assert fleet.held() == dict.fromkeys(fleet.ids, "app")
        sandbox.switch(cvm_operation_outcome="SUCCESS")
        assert host.up(binding, fleet.declared("db", fleet.ids)) == "update"
        assert fleet.held() == dict.fromkeys(fleet.ids, "db")


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("trouble", LASTING)
def test_trouble_that_lasts_is_waited_for_and_then_told(fleet: Fleet, host: Host, trouble: str) -> None:
    host.patience = 900
    met = takewhile(bool, (swap_in_trouble(fleet, host, LASTING[trouble], number) for number in count(0, EACH)))
    assert sum(met) > 0
