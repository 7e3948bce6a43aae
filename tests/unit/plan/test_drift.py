"""What stays named after a refresh, and what counts as drift at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.plan.drift import Drift, drift_of, gone_before, is_drift, still

OF_A_DOCUMENT = st.sampled_from(
    [Drift.IN_SYNC, Drift.SETTINGS_CHANGED, Drift.VERSION_CHANGED, Drift.DOCUMENT_CHANGED, Drift.TRUST_CHANGED]
)


@given(OF_A_DOCUMENT, OF_A_DOCUMENT)
def test_what_a_refresh_recorded_is_never_forgotten_nor_made_less(recorded: Drift, seen: Drift) -> None:
    kept = still(recorded.value, seen)
    assert kept in (recorded, seen)
    assert kept is still(seen.value, recorded) is still(kept.value, seen)
    assert is_drift(kept.value) == (is_drift(recorded.value) or is_drift(seen.value))


@pytest.mark.parametrize("recorded", [None, "", "in_sync", {}])
def test_no_drift(recorded: object) -> None:
    assert not is_drift(recorded) and still(recorded, Drift.IN_SYNC) is Drift.IN_SYNC
    assert gone_before(recorded) == {}


def test_of_a_binding_only_what_left_the_list_is_kept() -> None:
    recorded = {"i-1": "instance_gone", "i-2": "unbound", "i-3": "role_swapped"}
    assert is_drift(recorded) and gone_before(recorded) == {"i-1": "instance_gone"}


def test_every_property_has_a_class() -> None:
    properties = ("trust_policy", "document", "default_version", "description", "tags", "console_login")
    assert [drift_of(one).value for one in properties] == [
        "trust_changed",
        "document_changed",
        "version_changed",
        *["settings_changed"] * 3,
    ]
