from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from pulumi_instance_role.host.meant import changed, settled

BEFORE = {"role web": "1", "policy read": "2"}


def given(kind: str, name: Any, own_id: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "id": own_id}


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (None, None, {}),
        (None, BEFORE, {}),  # names alone: nothing is given any more
        ([given("role", "web", "1")], None, {"role web": "1"}),
        ([given("role", "web", "3")], BEFORE, {"role web": "3"}),
        ([given("role", "web", UNKNOWN)], BEFORE, {"role web": "1"}),  # as a preview of an update has it
        ([given("role", "web", UNKNOWN)], None, {}),
        ([given("role", UNKNOWN, UNKNOWN)], BEFORE, BEFORE),
        (UNKNOWN, BEFORE, BEFORE),
        ([{"kind": "role", "name": "web"}], BEFORE, {"role web": "1"}),  # the state of an older release has no id
        ({"role web": "4"}, BEFORE, {**BEFORE, "role web": "4"}),
    ],
)
def test_what_a_program_gives_joins_what_is_known(now: object, before: object, expected: dict[str, str]) -> None:
    assert settled(now, before) == expected


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        ({"role web": "1"}, {"role web": "2"}, True),
        ({"role web": "1"}, {"role web": "1", "policy read": "2"}, False),
        ({}, {"role web": "2"}, False),
        (None, {"role web": "2"}, False),
        ({"role web": "1"}, None, False),
        ({"role web": "1"}, {"role db": "2"}, False),
    ],
)
def test_only_ids_that_are_both_known_make_a_change(old: object, new: object, differs: bool) -> None:
    assert changed(old, new) is differs
