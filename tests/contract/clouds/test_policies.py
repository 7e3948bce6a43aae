from __future__ import annotations

import json

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, ErrorKind, Policy, PolicySpec
from pulumi_instance_role.policy.canonical import equivalent
from tests.contract.clouds.world import DOCUMENT, World, document, refused


def read(world: World, name: str = "read-reports") -> Policy:
    policy = world.cloud.get_policy(name, CUSTOM)
    assert policy is not None
    return policy


def test_life_of_a_policy(world: World) -> None:
    cloud = world.cloud
    assert cloud.get_policy("read-reports", CUSTOM) is None
    assert cloud.policy_holders("read-reports", CUSTOM) is None
    tags = {"owner": "shop/prod/read"}
    made = cloud.create_policy(PolicySpec("read-reports", DOCUMENT, "Reports", tags))
    seen = read(world)
    for policy in (made, seen):
        assert (policy.name, policy.policy_type, policy.description) == ("read-reports", CUSTOM, "Reports")
        assert equivalent(policy.document, DOCUMENT)
        assert policy.tags == tags
        assert policy.default_version == "v1"
    cloud.update_policy_description("read-reports", "All reports")
    cloud.tag_policy("read-reports", {"more": "yes"}, ["owner"])
    seen = read(world)
    assert (seen.description, seen.tags) == ("All reports", {"more": "yes"})
    assert cloud.count_policies() == 1
    cloud.delete_policy("read-reports")
    cloud.delete_policy("read-reports")
    assert cloud.get_policy("read-reports", CUSTOM) is None


def test_versions_come_oldest_first_and_make_room(world: World) -> None:
    cloud = world.cloud
    world.make_policy()
    versions = [cloud.put_policy_document("read-reports", document(number)) for number in range(2, 8)]
    assert versions == [f"v{number}" for number in range(2, 8)]
    seen = cloud.policy_versions("read-reports")
    assert len(seen) == cloud.limits.policy_versions
    assert [version.version_id for version in seen] == [f"v{number}" for number in range(3, 8)]
    assert [version.is_default for version in seen] == [False] * 4 + [True]
    assert equivalent(seen[-1].document, document(7)) and equivalent(seen[0].document, document(3))
    assert equivalent(read(world).document, document(7))

    cloud.set_default_policy_version("read-reports", "v4")
    assert read(world).default_version == "v4"
    assert equivalent(read(world).document, document(4))
    cloud.delete_policy_version("read-reports", "v3")
    cloud.delete_policy_version("read-reports", "v3")
    assert "v3" not in [version.version_id for version in cloud.policy_versions("read-reports")]
    refused(ErrorKind.IN_USE, lambda: cloud.delete_policy_version("read-reports", "v4"))
    refused(ErrorKind.NOT_FOUND, lambda: cloud.set_default_policy_version("read-reports", "v99"))
    refused(ErrorKind.NOT_FOUND, lambda: cloud.policy_versions("none"))
    cloud.delete_policy("read-reports")


def test_system_policy(world: World) -> None:
    policy = world.cloud.get_policy(world.system_policy, SYSTEM)
    assert policy is not None and policy.policy_type == SYSTEM
    assert json.loads(policy.document)["Statement"]
    assert world.cloud.get_policy("AliyunNoSuchAccess", SYSTEM) is None
    assert world.cloud.get_policy(world.system_policy, CUSTOM) is None


def test_document_of_full_size(world: World) -> None:
    """Encoded in a URL it would be 18 000 characters."""
    entries = [f"acs:oss:*:*:größe-{number:04d}/*" for number in range(400)]
    longest = world.cloud.limits.policy_document_length

    def text() -> str:
        return json.dumps(
            {"Version": "1", "Statement": [{"Action": "oss:*", "Effect": "Allow", "Resource": entries}]},
            ensure_ascii=False,
            separators=(",", ":"),
        )

    while len(text()) > longest:
        entries.pop()
    entries[-1] += "x" * (longest - len(text()))
    assert len(text()) == longest
    world.cloud.create_policy(PolicySpec("large", text()))
    assert equivalent(read(world, "large").document, text())
    entries[-1] += "x"
    refused(ErrorKind.INVALID, lambda: world.cloud.put_policy_document("large", text()))


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        (PolicySpec("taken", DOCUMENT), ErrorKind.EXISTS),
        (PolicySpec("with.dot", DOCUMENT), ErrorKind.INVALID),
        (PolicySpec("p", '{"Version":"2"}'), ErrorKind.INVALID),
    ],
)
def test_refused_policies(world: World, spec: PolicySpec, kind: ErrorKind) -> None:
    world.make_policy("taken")
    refused(kind, lambda: world.cloud.create_policy(spec))
