"""Documents through a real host's check and diff: another hand is no change, another meaning is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pulumi_instance_role.policy.evaluate import evaluate
from tests.support.host import Host, Thing
from tests.support.sandbox import clean_environment
from tests.unit.policy.documents import WRITERS, documents_of, mutations, rewritings

EXAMPLES = settings(max_examples=30, deadline=None)
REGIONS = {"ALICLOUD_REGION": "cn-hangzhou", "TENCENTCLOUD_REGION": "ap-guangzhou"}

in_both = pytest.mark.parametrize("cloud", WRITERS)


@pytest.fixture(scope="module")
def offline() -> Iterator[Host]:
    """One host for all examples: check and diff need no cloud."""
    with Host({**clean_environment(), **REGIONS}) as host:
        yield host


def stored(host: Host, cloud: str, document: dict[str, Any]) -> Thing:
    """A policy as a state holds it after a create."""
    policy = Thing("RolePolicy", "p", id="p")
    checked = host.check(policy, {"cloud": cloud, "name": "p", "document": document}, olds={})
    assert checked.failures == []
    policy.inputs = checked.inputs
    policy.outputs = {**checked.inputs, "default_version": "v1", "adopted": False, "drift": "in_sync"}
    return policy


def changes(host: Host, policy: Thing, cloud: str, document: dict[str, Any] | str) -> tuple[bool | None, list[str]]:
    """What diff says to a declaration with another document."""
    checked = host.check(policy, {"cloud": cloud, "name": "p", "document": document})
    assert checked.failures == []
    difference = host.diff(policy, checked.inputs)
    assert (checked.inputs["document"] == policy.inputs["document"]) is not difference.changes
    return difference.changes, difference.replaces


@in_both
@EXAMPLES
@given(data=st.data())
def test_another_hand_is_no_change(offline: Host, cloud: str, data: st.DataObject) -> None:
    document = data.draw(documents_of(WRITERS[cloud]))
    policy = stored(offline, cloud, document)
    again = data.draw(rewritings(document, WRITERS[cloud]))
    assert changes(offline, policy, cloud, again) == (False, [])


@in_both
@EXAMPLES
@given(data=st.data())
def test_another_meaning_is_an_update(offline: Host, cloud: str, data: st.DataObject) -> None:
    writer = WRITERS[cloud]
    document = data.draw(documents_of(writer))
    other = data.draw(mutations(document, writer))
    asked = data.draw(st.lists(writer.requests, min_size=4, max_size=4))
    assume(any(evaluate([document], one, writer.dialect) != evaluate([other], one, writer.dialect) for one in asked))
    assert changes(offline, stored(offline, cloud, document), cloud, other) == (True, [])
