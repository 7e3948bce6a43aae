"""Calls that are answered as done and were not: what was planned has to be seen before it counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_instance_role.policy.build import allow, policy_document
from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT, Dialect
from tests.lifecycle.resources.conftest import StartHost
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox


@dataclass(frozen=True)
class Actions:
    """What each cloud calls the writes of a life."""

    dialect: Dialect
    services: tuple[str, str]
    change_role: tuple[str, ...]
    delete_role: str
    change_policy: tuple[str, ...]
    delete_policy: str
    attach: str
    detach: str


CLOUDS = {
    "alibaba": Actions(
        ALIBABA,
        ("ecs.aliyuncs.com", "fc.aliyuncs.com"),
        ("UpdateRole", "TagResources"),
        "DeleteRole",
        ("CreatePolicyVersion", "UpdatePolicyDescription"),
        "DeletePolicy",
        "AttachPolicyToRole",
        "DetachPolicyFromRole",
    ),
    "tencent": Actions(
        TENCENT,
        ("cvm.qcloud.com", "scf.qcloud.com"),
        ("UpdateAssumeRolePolicy", "UpdateRoleDescription", "TagRole"),
        "DeleteRole",
        ("UpdatePolicy",),
        "DeletePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
    ),
}


def hollow(sandbox: Sandbox, *actions: str, **rest: Any) -> None:
    for action in actions:
        sandbox.fault("hollow", action, **rest)


def suffered(sandbox: Sandbox) -> list[str]:
    return [call["action"] for call in sandbox.calls() if call["fault"] == "hollow"]


def of(cloud: str, **rest: Any) -> dict[str, Any]:
    return {"cloud": cloud, "name": "web", **rest}


def reading(dialect: Dialect, bucket: str) -> dict[str, Any]:
    on = "acs:oss:*:*:" if dialect is ALIBABA else "qcs::cos:::"
    return policy_document(allow("oss:GetObject", on=f"{on}{bucket}/*", dialect=dialect), dialect=dialect)


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_a_role(sandbox: Sandbox, host: Host, start: StartHost, cloud: str) -> None:
    role, actions = Thing("InstanceRole", "web"), CLOUDS[cloud]
    host.up(role, of(cloud, description="d"))
    hollow(sandbox, *actions.change_role, actions.delete_role)
    changed = of(cloud, description="e", tags={"a": "b"}, trusted_services=list(actions.services))
    assert host.up(role, changed) == "update"
    assert host.read(role) and role.outputs["drift"] == "in_sync"
    destroy = start()
    destroy.delete(role)
    assert not destroy.read(role)
    assert sorted(suffered(sandbox)) == sorted([*actions.change_role, actions.delete_role])


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_a_policy(sandbox: Sandbox, host: Host, start: StartHost, cloud: str) -> None:
    policy, actions = Thing("RolePolicy", "web"), CLOUDS[cloud]
    host.up(policy, of(cloud, document=reading(actions.dialect, "one"), description="d"))
    hollow(sandbox, *actions.change_policy, actions.delete_policy)
    assert host.up(policy, of(cloud, document=reading(actions.dialect, "two"), description="e")) == "update"
    assert host.read(policy) and policy.outputs["drift"] == "in_sync"
    assert "two/*" in json.dumps(policy.outputs["document"])
    destroy = start()
    destroy.delete(policy)
    assert not destroy.read(policy)
    assert sorted(suffered(sandbox)) == sorted([*actions.change_policy, actions.delete_policy])


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_an_attachment(sandbox: Sandbox, host: Host, start: StartHost, cloud: str) -> None:
    actions = CLOUDS[cloud]
    host.up(Thing("InstanceRole", "web"), of(cloud))
    host.up(Thing("RolePolicy", "web"), of(cloud, document=reading(actions.dialect, "one")))
    hollow(sandbox, actions.attach, actions.detach)
    bond = Thing("RolePolicyAttachment", "web")
    declared = {"cloud": cloud, "role": "web", "policy": "web", "policy_type": "Custom"}
    assert host.up(bond, declared) == "create"
    assert host.read(bond)
    destroy = start()
    destroy.delete(bond)
    assert destroy.read(bond) and bond.outputs["drift"] == "policy_detached"
    assert suffered(sandbox) == [actions.attach, actions.detach]


def test_what_never_comes_about_is_an_error(sandbox: Sandbox, host: Host) -> None:
    role = Thing("InstanceRole", "web")
    host.up(role, of("alibaba", description="d"))
    hollow(sandbox, "UpdateRole", times=None)
    with pytest.raises(HostError, match=r"UpdateRole.*answered as done.*Run up again") as error:
        host.up(role, of("alibaba", description="e"))
    assert len(str(error.value).strip().splitlines()) == 1
    sandbox.clear_faults()
    assert host.up(role, of("alibaba", description="e")) == "update"
    assert host.read(role) and role.outputs["drift"] == "in_sync"
