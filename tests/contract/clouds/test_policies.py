from __future__ import annotations

import json

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, ErrorKind, Policy, PolicySpec
from tests.contract.clouds.world import World, needs_versions, refused


def read(world: World, name: str = "read-reports") -> Policy:
    policy = world.cloud.get_policy(name, CUSTOM)
    assert policy is not None
    return policy


def test_life_of_a_policy(world: World) -> None:
    cloud = world.cloud
    assert cloud.get_policy("read-reports", CUSTOM) is None
    assert cloud.policy_holders("read-reports", CUSTOM) is None
    tagged = cloud.limits.tags_policies
    tags = {"owner": "shop/prod/read"} if tagged else {}
    made = cloud.create_policy(PolicySpec("read-reports", world.document(), "Reports", tags))
    seen = read(world)
    for policy in (made, seen):
        assert (policy.name, policy.policy_type, policy.description) == ("read-reports", CUSTOM, "Reports")
        assert world.same(policy.document, world.document())
        assert policy.tags == tags
        assert policy.default_version == cloud.policy_versions("read-reports")[0].version_id
    cloud.update_policy_description("read-reports", "All reports")
    if tagged:
        cloud.tag_policy("read-reports", {"more": "yes"}, ["owner"])
    else:
        refused(ErrorKind.UNSUPPORTED, lambda: cloud.tag_policy("read-reports", {"more": "yes"}, []))
        refused(ErrorKind.UNSUPPORTED, lambda: cloud.create_policy(PolicySpec("p", world.document(), tags={"a": "b"})))
    seen = read(world)
    assert (seen.description, seen.tags) == ("All reports", {"more": "yes"} if tagged else {})
    assert world.same(seen.document, world.document())
    assert cloud.count_policies() == 1
    cloud.delete_policy("read-reports")
    cloud.delete_policy("read-reports")
    assert cloud.get_policy("read-reports", CUSTOM) is None


def test_a_document_is_replaced(world: World) -> None:
    world.make_policy()
    version = world.cloud.put_policy_document("read-reports", world.document(2))
    seen = read(world)
    assert seen.default_version == version and world.same(seen.document, world.document(2))
    in_force = [one for one in world.cloud.policy_versions("read-reports") if one.is_default]
    assert [one.version_id for one in in_force] == [version]
    assert world.same(in_force[0].document, world.document(2))
    refused(ErrorKind.NOT_FOUND, lambda: world.cloud.policy_versions("none"))
    refused(ErrorKind.NOT_FOUND, lambda: world.cloud.put_policy_document("none", world.document()))


def test_where_there_is_one_version_there_is_no_choice(world: World) -> None:
    world.make_policy()
    if world.cloud.limits.policy_versions is not None:
        pytest.skip("policies have versions here")
    (only,) = world.cloud.policy_versions("read-reports")
    world.cloud.set_default_policy_version("read-reports", only.version_id)
    refused(ErrorKind.UNSUPPORTED, lambda: world.cloud.set_default_policy_version("read-reports", "2"))
    refused(ErrorKind.UNSUPPORTED, lambda: world.cloud.delete_policy_version("read-reports", only.version_id))


def test_versions_come_oldest_first_and_make_room(world: World) -> None:
    needs_versions(world)
    cloud = world.cloud
    world.make_policy()
    versions = [cloud.put_policy_document("read-reports", world.document(number)) for number in range(2, 8)]
    assert versions == [f"v{number}" for number in range(2, 8)]
    seen = cloud.policy_versions("read-reports")
    assert len(seen) == cloud.limits.policy_versions
    assert [version.version_id for version in seen] == [f"v{number}" for number in range(3, 8)]
    assert [version.is_default for version in seen] == [False] * 4 + [True]
    assert world.same(seen[-1].document, world.document(7)) and world.same(seen[0].document, world.document(3))
    assert world.same(read(world).document, world.document(7))

    cloud.set_default_policy_version("read-reports", "v4")
    assert read(world).default_version == "v4"
    assert world.same(read(world).document, world.document(4))
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
    assert json.loads(policy.document)[world.dialect.statement_key]
    assert world.cloud.get_policy("NoSuchAccess", SYSTEM) is None
    assert world.cloud.get_policy(world.system_policy, CUSTOM) is None


def test_document_of_full_size(world: World) -> None:
    """Encoded in a URL it would be 18 000 characters."""
    entries = [world.bucket.replace("reports", "größe") % number for number in range(1000, 1400)]
    longest = world.cloud.limits.policy_document_length
    d = world.dialect

    def text() -> str:
        statement = {d.action_key: ["oss:*"], d.effect_key: d.allow, d.resource_key: entries}
        document = {d.version_key: d.version, d.statement_key: [statement]}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))

    while len(text()) > longest:
        entries.pop()
    entries[-1] += "x" * (longest - len(text()))
    assert len(text()) == longest
    world.cloud.create_policy(PolicySpec("large", text()))
    assert world.same(read(world, "large").document, text())
    entries[-1] += "x"
    refused(ErrorKind.INVALID, lambda: world.cloud.put_policy_document("large", text()))


@pytest.mark.parametrize(
    ("name", "document", "kind"),
    [
        ("taken", None, ErrorKind.EXISTS),
        ("bad", None, ErrorKind.INVALID),
        ("p", '{"Version":"2"}', ErrorKind.INVALID),
    ],
)
def test_refused_policies(world: World, name: str, document: str | None, kind: ErrorKind) -> None:
    world.make_policy("taken")
    spec = PolicySpec(world.bad_policy_name if name == "bad" else name, document or world.document())
    refused(kind, lambda: world.cloud.create_policy(spec))
