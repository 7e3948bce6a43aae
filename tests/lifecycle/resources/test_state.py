"""What a state would hold: frozen keys, ids and pickles, and nothing secret."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import pulumi_instance_role
from pulumi_instance_role.program.resource import BaseResource
from tests.lifecycle.resources.conftest import StartHost
from tests.support.host import PROVIDER_KEY, PROVIDERS, Host, HostError, Thing, pickled
from tests.support.sandbox import Sandbox

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))
"""Never edit an entry: states that exist hold it. New keys may join."""

STATEMENT = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}


def lives(sandbox: Sandbox, host: Host) -> dict[str, Thing]:
    """One resource of each resource, with every argument."""
    (instance,) = sandbox.make_vpc_instance()
    document = {"Version": "1", "Statement": [STATEMENT]}
    named: dict[str, Any] = {"name": "web", "auto_name": False, "description": "d", "tags": {"a": "b"}, "adopt": False}
    place = {"region": sandbox.region}
    wanted: dict[str, dict[str, Any]] = {
        "InstanceRole": {**place, **named, "max_session_duration": 3600, "force_detach": True, "console_login": False},
        "RolePolicy": {**place, **named, "document": document},
        "RolePolicyAttachment": {**place, "role": "web", "policy": "web", "policy_type": "Custom"},
        "InstanceRoleBinding": {**place, "role": "web", "instance_ids": [instance], "on_conflict": "replace"},
        "PassRoleGrant": {
            **place,
            "name": "pass-web",
            "auto_name": False,
            "roles": ["web"],
            "user": "ops",
            "instance_ids": [instance],
            "regions": [sandbox.region],
        },
    }
    sandbox.call("Ram", "CreateUser", UserName="ops")
    things = {kind: Thing(kind, "web") for kind in wanted}
    for kind, thing in things.items():
        assert host.up(thing, wanted[kind]) == "create"
    return things


def test_keys_and_ids_are_frozen(sandbox: Sandbox, host: Host) -> None:
    for kind, thing in lives(sandbox, host).items():
        assert sorted(thing.inputs) == GOLDEN[kind]["inputs"], kind
        assert sorted(thing.outputs) == GOLDEN[kind]["outputs"], kind
        assert thing.id == GOLDEN[kind]["id"].replace("REGION", sandbox.region)
        assert host.read(thing)
        assert sorted(thing.inputs) == GOLDEN[kind]["inputs"], kind
        assert sorted(thing.outputs) == GOLDEN[kind]["outputs"], kind


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_pickles_and_type_tokens_are_frozen(kind: str) -> None:
    assert pickled(kind) == GOLDEN[kind]["pickle"]
    assert vars(PROVIDERS[kind]()) == {}
    resource: type[BaseResource] = getattr(pulumi_instance_role, kind)
    assert f"pulumi-python:{resource._resource_type_name}" == GOLDEN[kind]["type"]
    assert len(base64.b64decode(GOLDEN[kind]["pickle"])) < 100  # by reference: no code in a state


def test_an_old_state_is_destroyed_by_its_pickle(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    things = lives(sandbox, host)
    destroy = start()
    for kind in ("PassRoleGrant", "InstanceRoleBinding", "RolePolicyAttachment", "RolePolicy", "InstanceRole"):
        things[kind].outputs[PROVIDER_KEY] = GOLDEN[kind]["pickle"]
        destroy.delete(things[kind])
    state = sandbox.call("Ram", "ListRoles")["Roles"]["Role"]
    assert state == []


def test_a_region_of_the_environment_is_in_the_state_and_destroys_without_it(
    sandbox: Sandbox, host: Host, start: StartHost
) -> None:
    document = {"Version": "1", "Statement": [STATEMENT]}
    wanted: dict[str, dict[str, Any]] = {
        "InstanceRole": {"name": "web"},
        "RolePolicy": {"name": "web", "document": document},
        "RolePolicyAttachment": {"role": "web", "policy": "web", "policy_type": "Custom"},
        "InstanceRoleBinding": {"role": "web", "instance_ids": []},
        "PassRoleGrant": {"name": "pass-web", "roles": ["web"], "role": "web"},
    }
    things = {kind: Thing(kind, "web") for kind in wanted}
    for kind, thing in things.items():
        assert host.up(thing, wanted[kind]) == "create"
        assert thing.inputs["region"] == thing.outputs["region"] == sandbox.region
    elsewhere = start(ALICLOUD_REGION="cn-shanghai")
    mark = sandbox.mark()
    for kind, thing in things.items():
        assert elsewhere.up(thing, wanted[kind]) == ("replace" if kind == "InstanceRoleBinding" else "update")
    assert sandbox.calls(mark) == []
    destroy = start(ALICLOUD_REGION="")
    (failure,) = destroy.check(Thing("InstanceRole", "other"), {"name": "other"}).failures
    assert failure[0] == "region" and "not set" in failure[1]
    for kind in reversed(wanted):
        assert destroy.read(things[kind])
        destroy.delete(things[kind])
    assert sandbox.call("Ram", "ListRoles")["Roles"]["Role"] == []


def test_nothing_secret_is_in_a_state_or_an_error(sandbox: Sandbox, host: Host, start: StartHost) -> None:
    held = [sandbox.access_key_id, sandbox.access_key_secret]
    texts = []
    for thing in lives(sandbox, host).values():
        host.read(thing)
        texts.append(json.dumps([thing.id, thing.inputs, thing.outputs]))
        texts.append(base64.b64decode(thing.inputs[PROVIDER_KEY]).decode("latin-1"))
    wrong = {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wr0ng-but-secret"}
    for env in (wrong, {"INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:9"}):
        thing = Thing("RolePolicyAttachment", "other")
        with pytest.raises(HostError) as error:
            start(**env).up(thing, {"role": "web", "policy": "AliyunECSReadOnlyAccess", "policy_type": "System"})
        texts.append(str(error.value))
    for secret in (*held, *wrong.values()):
        assert not any(secret in text for text in texts)


def test_what_nobody_expected_keeps_its_traceback(host: Host) -> None:
    broken = Thing("InstanceRole", "web", "web", {}, {PROVIDER_KEY: pickled("InstanceRole"), "cloud": "alibaba"})
    with pytest.raises(HostError) as error:
        host.read(broken)
    assert "unexpected KeyError, please report" in str(error.value)
    assert "resources/role.py" in str(error.value)
