"""Several accounts in one program: explicit providers of a cloud's own package, with its stand-in as the plugin."""

from __future__ import annotations

import shlex

import pytest

from tests.lifecycle.engine.bench import Bench
from tests.support.forks import python
from tests.support.sandbox import Sandbox, Server

PROGRAM = """
import pulumi_alicloud as alicloud

config = pulumi.Config()
def account(name, region):
    key, secret = config.require(f"{name}-key"), config.require_secret(f"{name}-secret")
    return alicloud.Provider(name, region=region, access_key=key, secret_key=secret)

first, second = account("first", "cn-hangzhou"), account("second", "cn-beijing")
alicloud.vpc.Network("mine", vpc_name="in-first", cidr_block="10.0.0.0/8", opts=pulumi.ResourceOptions(provider=first))
group = pulumi.ComponentResource("my:index:Group", "group", {}, pulumi.ResourceOptions(providers=[second]))
alicloud.vpc.Network("theirs", vpc_name="in-second", cidr_block="10.0.0.0/8", opts=pulumi.ResourceOptions(parent=group))
"""


def _networks(account: Sandbox, region: str) -> list[str]:
    found = account.call("Vpc", "DescribeVpcs", RegionId=region)["Vpcs"]["Vpc"]
    return [vpc["VpcName"] for vpc in found]


@pytest.mark.timeout(200)
def test_two_accounts_of_a_cloud(bench: Bench, sandbox_server: Server) -> None:
    accounts = {"first": sandbox_server.account(), "second": sandbox_server.account()}
    launcher = bench.write(
        "bin/pulumi-resource-alicloud",
        f'#!/bin/sh\nexec {shlex.quote(python())} -m instance_role_sandbox.standin alicloud "$@"\n',
    )
    launcher.chmod(0o755)
    endpoint = accounts["first"].endpoint
    bench.environ.update(
        ALIBABA_CLOUD_ENDPOINT_ECS=endpoint,
        ALIBABA_CLOUD_ENDPOINT_VPC=endpoint,
        SSL_CERT_FILE=accounts["first"].ca_file,
    )
    settings = [f"  bench:{name}-key: {account.access_key_id}\n" for name, account in accounts.items()]
    settings += [f"  bench:{name}-secret: {account.access_key_secret}\n" for name, account in accounts.items()]
    bench.write("Pulumi.dev.yaml", "config:\n" + "".join(settings))
    bench.program(PROGRAM)
    assert "+6 created" in bench.good("up")
    assert _networks(accounts["first"], "cn-hangzhou") == ["in-first"]
    assert _networks(accounts["second"], "cn-beijing") == ["in-second"]
    assert accounts["second"].access_key_secret not in bench.state_path.read_text(encoding="utf-8")
    assert "no changes" in bench.good("up")
    bench.good("destroy")
    assert [_networks(accounts["first"], "cn-hangzhou"), _networks(accounts["second"], "cn-beijing")] == [[], []]
