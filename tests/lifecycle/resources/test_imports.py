"""What programs and provider hosts import: no SDK where no call is made, and no more of one than a call needs."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2

from tests.support.forks import ROOT
from tests.support.host import PROVIDER_KEY, Host, Props, Thing, _props, _struct
from tests.support.probe import ProbeProvider
from tests.support.sandbox import Sandbox, clean_environment

SDKS = {"aliyunsdkcore", "aliyunsdkecs", "aliyunsdkram", "aliyunsdksts", "alibabacloud_credentials", "tencentcloud"}
HEAVY = {"aiohttp", "requests", "cryptography", "tenacity", "jmespath", "urllib3", "charset_normalizer"}
"""What SDKs and calls bring along."""
COMMANDS = {"babel", "click", "jinja2", "rich"}
"""What the command line and its pages need."""
PRODUCTS = {"tencentcloud.cam", "tencentcloud.cvm", "tencentcloud.sts"}
"""A class for each request and answer of a product, none of which a call needs."""
PACKAGE = "pulumi_instance_role"
SLOWLY_MADE = {"pulumi_instance_role.host.perform"}
"""The modules at start whose few dataclasses are made by the standard library."""
PREFLIGHT = "pulumi_instance_role.program.preflight"
PLACES = {"alibaba": ("cn-hangzhou", "i-bp1hygp5b04o56l0"), "tencent": ("ap-guangzhou", "ins-r8hr2upy")}
DOCUMENTS: dict[str, Props] = {
    "alibaba": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}]},
    "tencent": {"version": "2.0", "statement": [{"effect": "allow", "action": "name/cos:GetObject", "resource": "*"}]},
}
PROGRAM = """
import asyncio, json, sys
import pulumi

class Nothing(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs
    def call(self, args):
        return {}

given = json.loads(sys.argv[1])

def program():
    from pulumi_instance_role import InstanceRole, InstanceRoleBinding, PassRoleGrant, RolePolicy, RolePolicyAttachment
    for cloud, (region, instance) in given["places"].items():
        place = {"cloud": cloud, "region": region}
        role = InstanceRole(f"{cloud}-role", **place)
        policy = RolePolicy(f"{cloud}-policy", given["documents"][cloud], **place)
        RolePolicyAttachment(f"{cloud}-tie", role=role, policy=policy)
        InstanceRoleBinding(f"{cloud}-binding", role=role, instance_ids=[instance], region=region)
        PassRoleGrant(f"{cloud}-grant", roles=[role], user="ops", cloud=cloud, region=region)

async def run():
    pulumi.runtime.set_mocks(Nothing(), preview=False)
    program()
    await pulumi.runtime.stack.wait_for_rpcs()

asyncio.new_event_loop().run_until_complete(run())
print(json.dumps(sorted(sys.modules)))
"""


class Fresh(subprocess.Popen[str]):
    """A process that has imported nothing yet, in place of a fork."""

    def __init__(self, module: str, *arguments: str, env: Any, cwd: Path, own_session: bool) -> None:
        super().__init__(
            [sys.executable, "-u", "-m", module, *arguments],
            env=dict(env),
            cwd=ROOT,  # where the probe is found
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=own_session,
        )

    def close(self) -> None:
        """Close the streams."""
        for stream in (self.stdout, self.stderr):
            assert stream is not None
            stream.close()


class FreshHost(Host):
    """A host that imports what it needs itself, and can be asked what that was."""

    starts = Fresh

    def imported(self) -> set[str]:
        """The packages that the process has imported."""
        news = _struct({PROVIDER_KEY: str(serialize_provider(ProbeProvider()))})
        request = provider_pb2.CheckRequest(urn=self.urn(Thing("Probe", "probe")), olds=_struct({}), news=news)
        return packages(_props(self._call("Check", request).inputs)["modules"])


def packages(modules: Iterable[str]) -> set[str]:
    """The packages, and of this one and of an SDK of many products what is inside them."""
    return {".".join(name.split(".")[:depth]) for name in modules for depth in (1, 2)} | set(ours(modules))


def ours(modules: Iterable[str]) -> list[str]:
    return [name for name in modules if name.split(".")[0] == PACKAGE]


def declared(cloud: str) -> dict[str, Props]:
    """One of each resource."""
    region, instance = PLACES[cloud]
    named = {"cloud": cloud, "region": region, "name": "web", "auto_name": False}
    return {
        "InstanceRole": named,
        "RolePolicy": {**named, "document": DOCUMENTS[cloud]},
        "RolePolicyAttachment": {
            "cloud": cloud,
            "region": region,
            "role": "web",
            "policy": "web",
            "policy_type": "Custom",
        },
        "InstanceRoleBinding": {"cloud": cloud, "region": region, "role": "web", "instance_ids": [instance]},
        "PassRoleGrant": {**named, "name": "pass-web", "roles": ["web"], "user": "ops"},
    }


def test_a_host_loads_no_sdk_where_nothing_changes() -> None:
    host = FreshHost(clean_environment())
    with host:
        for cloud in PLACES:
            for kind, news in declared(cloud).items():
                thing = Thing(kind, "web", "id")
                checked = host.check(thing, news)
                assert checked.failures == []
                thing.inputs = thing.outputs = checked.inputs
                assert host.diff(thing, host.check(thing, news).inputs).changes is False, (cloud, kind)
        found = host.imported()
    assert PACKAGE in found
    assert found.isdisjoint(SDKS | HEAVY | COMMANDS | {PREFLIGHT})
    makes = {name for name in ours(found) if re.search(r"^from dataclasses import .*\bdataclass\b", source(name), re.M)}
    assert makes <= SLOWLY_MADE, "take @dataclass from pulumi_instance_role.records: it is imported by every process"


def source(module: str) -> str:
    found = importlib.util.find_spec(module)
    assert found is not None and found.origin is not None
    return Path(found.origin).read_text(encoding="utf-8")


def test_a_program_loads_no_sdk_and_no_preflight_where_it_is_no_preview() -> None:
    given = json.dumps({"places": PLACES, "documents": DOCUMENTS})
    command = [sys.executable, "-c", PROGRAM, given]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = packages(json.loads(done.stdout))
    assert PACKAGE in found
    assert found.isdisjoint(SDKS | HEAVY | COMMANDS | {PREFLIGHT})


@pytest.mark.parametrize("cloud", PLACES)
def test_a_call_with_keys_at_hand_loads_its_own_sdk_and_no_chain(cloud: str, sandbox: Sandbox) -> None:
    news = declared(cloud)["InstanceRole"]
    host = FreshHost(sandbox.env())
    with host:
        host.create(Thing("InstanceRole", "web"), host.check(Thing("InstanceRole", "web"), news).inputs)
        found = host.imported()
    own = {"alibaba": {"aliyunsdkcore", "aliyunsdkram"}, "tencent": {"tencentcloud"}}[cloud]
    others = {"alibaba": {"tencentcloud"}, "tencent": {"aliyunsdkcore"}}[cloud]
    assert found >= own
    assert found.isdisjoint(others | PRODUCTS | COMMANDS | {"alibabacloud_credentials", "aiohttp"})
