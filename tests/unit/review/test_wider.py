"""What fails for a permission fails for every wider one: nobody gets past a gate by asking for more."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.data import actions
from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.policy.dialect import LANGUAGES
from pulumi_instance_role.review.model import SEVERITIES
from tests.unit.review.test_rules import findings, gains, tencent_gains

CLOUDS = sorted(LANGUAGES)
RESOURCES = {
    "alibaba": {"oss": "acs:oss:*:*:shop/*", "ram": "acs:ram:*:1:role/web", "sts": "acs:ram:*:1:role/web"},
    "tencent": {"cos": "qcs::cos:::shop/*", "cam": "qcs::cam::uin/1:roleName/web", "sts": "qcs::cam::uin/1:roleName/w"},
}
WORDS = "unknown-words"
"""This one asks whether a name is misspelled; a pattern is no name."""


def steps(cloud: str, action: str, resource: str) -> list[Any]:
    statement = allow(action, on=resource, dialect=LANGUAGES[cloud])
    return gains(statement) if cloud == "alibaba" else tencent_gains(statement)


@cache
def gates(cloud: str, action: str, resource: str) -> tuple[frozenset[str], int]:
    """The rules by which a permission fails when they are named, and the worst severity (its place in the list)."""
    found = findings(*steps(cloud, action, resource))
    worst = min((SEVERITIES.index(one.severity) for one in found), default=len(SEVERITIES))
    return frozenset(name for one in found for name in (one.rule, *one.follows)) - {WORDS}, worst


def wider(action: str) -> list[str]:
    """An action, and patterns each of which holds the one before."""
    service, _, name = action.rpartition(":")
    cuts = sorted({len(name), *(at for at in range(1, len(name)) if name[at].isupper()), 1}, reverse=True)
    return [action, *(f"{service}:{name[:at]}*" for at in cuts), f"{service}:*", "*"]


def assert_none_gets_past(cloud: str, action: str, resources: list[str]) -> None:
    for resource in resources:
        chain = [gates(cloud, one, resource) for one in wider(action)]
        for one, (narrow, more) in zip(wider(action)[1:], pairwise(chain), strict=True):
            assert narrow[0] <= more[0], (one, resource, narrow[0] - more[0])
            assert narrow[1] >= more[1], (one, resource)
    for one in wider(action):
        found = [gates(cloud, one, resource) for resource in resources]
        for narrow, more in pairwise(found):
            assert narrow[0] <= more[0], (one, narrow[0] - more[0])
            assert narrow[1] >= more[1], one


def places(cloud: str, service: str) -> list[str]:
    """A resource, and wider ones."""
    named = RESOURCES[cloud].get(service)
    if named is None:
        return ["*"]
    start, _, name = named.rpartition("/")
    return [named, f"{start}/{name[:1]}*", f"{start}/*", f"{named.rpartition(':')[0]}:*", "*"]


@pytest.mark.parametrize("cloud", CLOUDS)
@settings(max_examples=20)
@given(data=st.data())
def test_a_wider_permission_fails_wherever_a_narrower_one_does(cloud: str, data: st.DataObject) -> None:
    service = data.draw(st.sampled_from([*RESOURCES[cloud], *sorted(actions(cloud))]))
    name = data.draw(st.sampled_from(actions(cloud)[service]))
    assert_none_gets_past(cloud, f"{service}:{name}", places(cloud, service))


@pytest.mark.parametrize(
    ("cloud", "action"),
    [
        ("alibaba", "oss:DeleteObject"), ("alibaba", "oss:PutBucketAcl"), ("alibaba", "oss:PutObject"),
        ("alibaba", "ram:PassRole"), ("alibaba", "sts:AssumeRole"), ("alibaba", "ram:AttachPolicyToRole"),
        ("alibaba", "ecs:RunCommand"), ("alibaba", "nosuchservice:DeleteThing"),
        ("tencent", "cos:DeleteObject"), ("tencent", "cos:PutBucketACL"), ("tencent", "cam:PassRole"),
        ("tencent", "sts:AssumeRole"), ("tencent", "tat:RunCommand"),
    ],
)  # fmt: skip
def test_these_fail_and_so_do_wider_ones(cloud: str, action: str) -> None:
    service = action.partition(":")[0]
    assert gates(cloud, action, places(cloud, service)[0])[0], "nothing to get past"
    assert_none_gets_past(cloud, action, places(cloud, service))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_all_of_a_service_fails_however_it_is_written(cloud: str) -> None:
    service = "oss" if cloud == "alibaba" else "cos"
    prefix = limits_of(cloud).language.action_prefix
    for text in (f"{service}:*", f"{service}:?*", f"{prefix}{service}:*", f"{service}:**"):
        assert {"wildcard-action", "permission-management", "ending-gained", "writing-gained"} <= gates(
            cloud, text, RESOURCES[cloud][service]
        )[0], text
