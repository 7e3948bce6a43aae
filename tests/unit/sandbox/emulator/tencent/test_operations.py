from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.emulator.tencent.cvm.records import Instance, latest, operating, running, settled

NEW = Instance("ins-1", "", "web", "S5.SMALL2", "img-1", "ap-guangzhou-3", 0.0, (("RUNNING", 0.0),))


def test_an_operation_from_call_to_outcome() -> None:
    begun = replace(
        operating(NEW, "ModifyInstancesAttribute", "r1", now=10, shown=11, ends=12), pending={"role": "app"}
    )
    assert latest(begun, 10.5) == {}  # not shown yet: as before
    assert latest(begun, 11.5) == {"name": "ModifyInstancesAttribute", "id": "r1", "state": "OPERATING", "error": ""}
    assert latest(begun, 12)["state"] == "SUCCESS"
    assert (running(begun, 11.9), running(begun, 12)) == (True, False)
    assert (settled(begun, 11.9).role, settled(begun, 12).role) == ("", "app")


def test_a_failed_operation_changes_nothing() -> None:
    begun = replace(operating(NEW, "Modify", "r1", now=0, shown=0, ends=1, error="no"), pending={"role": "app"})
    assert settled(begun, 2) == replace(begun, pending={})
    assert latest(begun, 2) == {"name": "Modify", "id": "r1", "state": "FAILED", "error": "no"}


def test_until_it_is_shown_the_one_before_it_is() -> None:
    first = operating(NEW, "First", "r1", now=0, shown=0, ends=1)
    second = operating(first, "Second", "r2", now=5, shown=6, ends=7)
    assert (latest(second, 5.5)["id"], latest(second, 5.5)["state"]) == ("r1", "SUCCESS")


@given(st.lists(st.sampled_from(("a", "b", "")), min_size=1), st.floats(0, 1))
def test_one_after_the_other_the_last_role_stays(roles: list[str], shown: float) -> None:
    instance, now = NEW, 0.0
    for role in roles:
        instance = operating(settled(instance, now), "Modify", role, now=now, shown=now + shown, ends=now + 1)
        instance = replace(instance, pending={"role": role})
        now += 2
    assert settled(instance, now).role == roles[-1]
