"""The contract, in short: against the emulator always, and against a real account by hand; never a real one in CI.

``INSTANCE_ROLE_TEST_INSTANCES="alibaba=i-...,tencent=ins-..."`` names one instance of each cloud that holds no role;
credentials and region come from the cloud's own variables (``ALIBABA_CLOUD_ACCESS_KEY_ID`` and so on, with
``ALICLOUD_REGION``; ``TENCENTCLOUD_SECRET_ID`` and ``TENCENTCLOUD_SECRET_KEY``, with ``TENCENTCLOUD_REGION``), or from
the rest of its default chain. Two roles, a policy and a binding are made and taken away; nothing else is touched.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pulumi_instance_role.clouds import NAMES, connect
from pulumi_instance_role.clouds.port import (
    CUSTOM,
    SYSTEM,
    Attachment,
    Cloud,
    CloudError,
    ErrorKind,
    PolicySpec,
    RoleSpec,
    Settings,
)
from pulumi_instance_role.policy.canonical import canonical_text, equivalent
from pulumi_instance_role.policy.trust import trust_document
from tests.contract.clouds.world import WORLDS, kinds, refused

VARIABLE = "INSTANCE_ROLE_TEST_INSTANCES"


def real(name: str) -> tuple[Cloud, str]:
    """A real connection and a free instance."""
    given = dict(part.split("=", 1) for part in os.environ.get(VARIABLE, "").split(",") if "=" in part)
    if name not in given:
        pytest.skip(f"{VARIABLE} names no instance of {name}")
    cloud = connect(Settings(name))
    try:
        cloud.identity()
    except CloudError as error:
        if error.code != "NoCredentials":
            raise
        pytest.skip(f"{VARIABLE} names an instance of {name}, and there are no credentials for it")
    seen = cloud.instances([given[name]])
    assert given[name] in seen, "the instance named is not in this region"
    assert seen[given[name]].role is None, "the instance named holds a role; name one that holds none"
    return cloud, given[name]


@pytest.fixture(params=[(where, name) for where in ("emulated", "real") for name in NAMES], ids=" ".join)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cloud, str]]:
    """A connection and an instance without a role, which it has to be afterwards as well."""
    where, name = request.param
    if where == "real":
        cloud, one = real(name)
    else:
        world = WORLDS[name](request.getfixturevalue("sandbox"), monkeypatch)
        cloud, (one,) = world.cloud, world.make_instances(1)
    yield cloud, one
    assert cloud.instances([one])[one].role is None


def test_what_the_resources_stand_on(place: tuple[Cloud, str]) -> None:
    cloud, instance_id = place
    world, language = WORLDS[cloud.name], cloud.limits.language
    name = f"instance-role-test-{secrets.token_hex(4)}"
    other = f"{name}-other"
    trust = canonical_text(trust_document(cloud.limits.service, language), language)
    custom, system = Attachment(name, name, CUSTOM), Attachment(name, world.system_policy, SYSTEM)
    assert cloud.identity().account_id
    assert cloud.get_role(name) is None and cloud.get_policy(name, CUSTOM) is None
    with ExitStack() as end:
        for one in (name, other):
            spec = RoleSpec(one, trust, "A test's; delete it", 7200, {"made-by": "test"}, console_login=False)
            cloud.create_role(spec)
            end.callback(cloud.delete_role, one)
        role = cloud.get_role(name)
        assert role is not None and role.max_session_duration == 7200 and role.tags == {"made-by": "test"}
        assert role.console_login is False and equivalent(role.trust_policy or "", trust, language)
        cloud.update_role(RoleSpec(name, description="Changed", max_session_duration=3600, console_login=True))
        cloud.tag_role(name, {"more": "yes"}, ["made-by"])
        role = cloud.get_role(name)
        assert role is not None and (role.description, role.max_session_duration) == ("Changed", 3600)
        assert role.console_login is True and role.tags == {"more": "yes"}

        cloud.create_policy(PolicySpec(name, world.documents(1)))
        end.callback(cloud.delete_policy, name)
        version = cloud.put_policy_document(name, world.documents(2))
        policy = cloud.get_policy(name, CUSTOM)
        assert policy is not None and policy.default_version == version
        assert equivalent(policy.document, world.documents(2), language)
        for attachment in (custom, system):
            cloud.attach(attachment)
            end.callback(cloud.detach, attachment)
            cloud.attach(attachment)
        assert set(cloud.attachments(name) or ()) == {custom, system}
        refused(ErrorKind.IN_USE, lambda: cloud.delete_role(name))

        for one in (other, name):
            end.callback(cloud.unbind, one, [instance_id])
        assert kinds(cloud.bind(name, [instance_id])) == [None]
        assert cloud.instances([instance_id])[instance_id].role == name
        assert instance_id in cloud.role_instances(name)
        assert kinds(cloud.bind(name, [instance_id, world.unknown_instance])) == [None, ErrorKind.NOT_FOUND]
        in_place = cloud.limits.rebind_in_place
        assert kinds(cloud.bind(other, [instance_id])) == [ErrorKind.OCCUPIED]
        assert kinds(cloud.bind(other, [instance_id], name)) == [None if in_place else ErrorKind.OCCUPIED]
        assert kinds(cloud.unbind(other if in_place else name, [instance_id])) == [None]
    assert cloud.get_role(name) is None and cloud.get_policy(name, CUSTOM) is None
