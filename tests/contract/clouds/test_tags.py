"""What is refused of a tag before anything is called is what the cloud refuses, no more and no less."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.host.provider import Checked
from pulumi_instance_role.plan.faults import together
from tests.contract.clouds.world import World

PIECES = st.sampled_from(
    ["aliyun", "ALIYUN", "acs:", "Acs:", "http://", "https://", "qcs:", "project", "Project", "qcloud", "tencent", "a",
     "team", ":", "/", " ", "\t", "-", "_", "!", "#", "é", "名", "项目", "【", "\uff1a", "9", ".", "@", "x" * 60, "<",
     "*"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=4).map("".join)


def accepted(world: World, key: str, value: str) -> bool:
    """What the cloud says."""
    try:
        world.cloud.tag_role("web", {key: value}, ())
    except CloudError as error:
        assert error.kind is ErrorKind.INVALID, error
        return False
    world.cloud.tag_role("web", {}, [key])
    return True


def faults(world: World, tags: dict[str, str]) -> list[str]:
    """What is said offline."""
    checked = Checked({}, {"tags": tags})
    checked.tags(limits_of(world.cloud.name))
    return [str(fault) for fault in checked.faults]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS, TEXTS)
@example("aliyun", "x")
@example("acs:x", "x")
@example("at http://x", "x")
@example("a", "https://x")
@example("a", "see https://x")
@example("", "x")
@example("a", "")
@example("project", "x")
@example("tencent", "x")
@example("tencent-a", "x")
@example(" a", "x")
@example("k" * 128, "v")
@example("k" * 127, "v" * 256)
def test_a_tag_is_refused_offline_just_when_the_cloud_refuses_it(world: World, key: str, value: str) -> None:
    if world.cloud.get_role("web") is None:
        world.make_role()
    assert (not faults(world, {key: value})) == accepted(world, key, value), (key, value)


@pytest.mark.parametrize("count", [0, -1])
def test_as_many_tags_as_the_cloud_takes(world: World, count: int) -> None:
    most = world.cloud.limits.tags - 3 + count
    tags = {f"k{number}": "v" for number in range(most)}
    assert faults(world, tags) == [] and len(faults(world, {**tags, "one": "v", "more": "v"})) == 1


def test_keys_that_are_refused_alike_are_told_together(world: World) -> None:
    start = {"alibaba": "acs:", "tencent": "qcs:"}[world.cloud.name]
    checked = Checked({}, {"tags": {f"{start}{letter}": "v" for letter in "abcdefg"}})
    checked.tags(world.cloud.limits)
    (line,) = map(str, together(checked.faults))
    names = ", ".join(f'"{start}{letter}"' for letter in "abcde")
    assert line.startswith("tags: 7 keys are refused by this cloud, since each begins with ")
    assert line.endswith(f" ({names} and 2 more); choose another")
