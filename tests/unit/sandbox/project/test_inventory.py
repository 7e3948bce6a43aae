"""What a person is told where a cloud cannot be looked at."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.clouds.cloud import Cloud
from instance_role_sandbox.project.emulator import Emulator
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.inventory import account_of, look, resources, why_it_stays
from instance_role_sandbox.project.proof import at_a_glance
from tests.support.sandbox import Sandbox

SDKS = {"alibaba": "aliyunsdkcore", "tencent": "tencentcloud"}
NOBODY = Emulator("127.0.0.1:1", Path("/ca.pem"), {})  # nobody answers there


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_an_sdk_that_is_not_installed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk = SDKS[cloud.name]
    for module in [name for name in sys.modules if name.split(".")[0] == sdk or name.endswith(f".{cloud.name}.api")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delitem(sys.modules, cloud.reader, raising=False)
    monkeypatch.setitem(sys.modules, sdk, None)  # as Python has it for what cannot be imported
    with pytest.raises(
        ProjectError, match=rf"{cloud.title} needs {sdk}\S*, which .* '\./dist/\S+\.whl\[{cloud.name}\]'"
    ):
        cloud.read("127.0.0.1:1", Account("id", "secret", "1", "cn-hangzhou"), "cn-hangzhou")


def test_a_cloud_that_a_stack_has_nothing_in_is_not_looked_at() -> None:
    stack = {"type": "pulumi:pulumi:Stack", "custom": False}
    provider = {"type": "pulumi:providers:tencentcloud", "custom": True, "id": "x"}
    assert resources({"resources": [stack, provider]}) == []
    assert look(NOBODY, {}, {"resources": [stack, provider]}) == []


def test_what_is_in_another_account_is_not_looked_for_in_this_one() -> None:
    role = {"type": "pulumi-python:dynamic/instance-role:InstanceRole", "custom": True, "id": "r"}
    arn = "acs:ram::1:role/deployer"
    for inputs, account in (({"profile": "data"}, "data"), ({"profile": "data", "assume_role_arn": arn}, arn)):
        item = {**role, "inputs": {"cloud": "alibaba", **inputs}}
        assert account_of(item) == account
        assert look(NOBODY, {}, {"resources": [item]}) == []
    assert account_of({**role, "inputs": {"cloud": "alibaba"}}) is None


ROLE = {"type": "pulumi-python:dynamic/instance-role:InstanceRole", "custom": True}
SERVER = {"type": "alicloud:ecs/instance:Instance", "custom": True}


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ({**ROLE, "id": "made", "outputs": {"adopted": False}}, None),
        ({**ROLE, "id": "there", "outputs": {"adopted": True}}, "adopted"),
        ({**ROLE, "id": "kept", "outputs": {"adopted": False}, "retainOnDelete": True}, "retain_on_delete"),
        ({**SERVER, "id": "i-made"}, None),
        ({**SERVER, "id": "i-read", "external": True}, "only read"),
        ({**SERVER, "id": "i-kept", "retainOnDelete": True}, "retain_on_delete"),
    ],
)
def test_what_a_destroy_leaves_in_the_cloud(item: dict[str, object], why: str | None) -> None:
    said = why_it_stays(item)
    assert (said is None) if why is None else (said is not None and why in said)


def test_a_cloud_that_gives_no_answer_is_told_as_that(sandbox: Sandbox) -> None:
    """And not as a failed deployment, which has ended by then."""
    sandbox.fault("throttle", "GetRole", times=None)
    account = Account(sandbox.access_key_id, sandbox.access_key_secret, sandbox.account_id, sandbox.region)
    emulator = Emulator(sandbox.endpoint, Path(sandbox.ca_file), {"alibaba": account})
    role = {**ROLE, "id": "web", "inputs": {"cloud": "alibaba"}}
    with pytest.raises(ProjectError, match=r"roles and instances cannot be shown: GetRole: .* project status"):
        look(emulator, {}, {"resources": [role]})


def test_instances_are_looked_for_in_the_region_of_their_binding_and_some_are_gone(sandbox: Sandbox) -> None:
    sandbox.make_role("web")
    (near,), (far,) = (
        sandbox.make_vpc_instance(vpc=sandbox.make_vpc(region)) for region in (sandbox.region, "cn-beijing")
    )
    gone = "i-bp1nosuchinstance0000"
    for region, one in ((sandbox.region, near), ("cn-beijing", far)):
        ids = json.dumps([one])
        sandbox.call("Ecs", "AttachInstanceRamRole", region=region, RegionId=region, RamRoleName="web", InstanceIds=ids)
    kind = "pulumi-python:dynamic/instance-role:InstanceRoleBinding"
    bindings = [
        {
            "type": kind,
            "custom": True,
            "id": region,
            "inputs": {"cloud": "alibaba", "region": region, "roles": dict.fromkeys(ids, "web")},
        }
        for region, ids in ((sandbox.region, [near, gone]), ("cn-beijing", [far]))
    ]
    own = {"type": "alicloud:ecs/instance:Instance", "custom": True, "id": near, "inputs": {}}
    account = Account(sandbox.access_key_id, sandbox.access_key_secret, sandbox.account_id, sandbox.region)
    emulator = Emulator(sandbox.endpoint, Path(sandbox.ca_file), {"alibaba": account})
    (found,) = look(emulator, {}, {"resources": [own, *bindings]})
    assert {(one.instance_id, one.role, one.status) for one in found.instances} == {
        (near, "web", "Running"),
        (far, "web", "Running"),
        (gone, None, "gone"),
    }
    assert [(one.instance.instance_id, one.faults) for one in at_a_glance(found)] == [(gone, ("gone",))]
