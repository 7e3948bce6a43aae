"""The contract, in short, against a real account; never part of CI.

``INSTANCE_ROLE_TEST_INSTANCES="alibaba=i-...,tencent=ins-..."`` names one instance of each cloud that holds no role;
credentials and region come from the cloud's own variables. A role, a policy and a binding are made and taken away.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pulumi_instance_role.clouds import NAMES, connect
from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Cloud, ErrorKind, PolicySpec, RoleSpec, Settings
from pulumi_instance_role.policy.canonical import canonical_text
from pulumi_instance_role.policy.trust import trust_document
from tests.contract.clouds.world import WORLDS, kinds, refused

VARIABLE = "INSTANCE_ROLE_TEST_INSTANCES"


@pytest.fixture(params=NAMES)
def real(request: pytest.FixtureRequest) -> Iterator[tuple[Cloud, str]]:
    """A real connection and a free instance."""
    given = dict(part.split("=", 1) for part in os.environ.get(VARIABLE, "").split(",") if "=" in part)
    if request.param not in given:
        pytest.skip(f"{VARIABLE} names no instance of {request.param}")
    cloud = connect(Settings(request.param))
    instance_id = given[request.param]
    seen = cloud.instances([instance_id])
    assert instance_id in seen, "the instance named is not in this region"
    assert seen[instance_id].role is None, "the instance named holds a role; name one that holds none"
    yield cloud, instance_id
    assert cloud.instances([instance_id])[instance_id].role is None


def test_what_the_nouns_stand_on(real: tuple[Cloud, str]) -> None:
    cloud, instance_id = real
    world = WORLDS[cloud.name]
    name = f"instance-role-test-{secrets.token_hex(4)}"
    trust = canonical_text(trust_document(cloud.limits.service, world.dialect), world.dialect)
    document = world.documents(1)
    attachment = Attachment(name, name, CUSTOM)
    assert cloud.identity().account_id
    assert cloud.get_role(name) is None and cloud.get_policy(name, CUSTOM) is None
    with ExitStack() as end:
        cloud.create_role(RoleSpec(name, trust, "A test's; delete it", 7200, {"made-by": "test"}))
        end.callback(cloud.delete_role, name)
        role = cloud.get_role(name)
        assert role is not None and role.max_session_duration == 7200 and role.tags == {"made-by": "test"}
        cloud.create_policy(PolicySpec(name, document))
        end.callback(cloud.delete_policy, name)
        cloud.put_policy_document(name, world.documents(2))
        cloud.attach(attachment)
        end.callback(cloud.detach, attachment)
        cloud.attach(attachment)
        assert cloud.attachments(name) == (attachment,)
        refused(ErrorKind.IN_USE, lambda: cloud.delete_role(name))
        end.callback(cloud.unbind, name, [instance_id])
        assert kinds(cloud.bind(name, [instance_id])) == [None]
        assert cloud.instances([instance_id])[instance_id].role == name
        assert instance_id in cloud.role_instances(name)
        assert kinds(cloud.bind(name, [instance_id, world.unknown_instance])) == [None, ErrorKind.NOT_FOUND]
        assert kinds(cloud.unbind(name, [instance_id])) == [None]
    assert cloud.get_role(name) is None
