"""The stand-in over gRPC, against the emulator over TLS: every type's life, every function, every refusal."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

import grpc
import pytest
import semver
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2 as wire
from pulumi.runtime.proto import status_pb2

from tests.support.sandbox import Sandbox, wait_for
from tests.unit.sandbox.standin.plugin import Made, Plugin, Values, plain, said, struct, urn

NETWORK = "alicloud:vpc/network:Network"
SWITCH = "alicloud:vpc/switch:Switch"
GROUP = "alicloud:ecs/securityGroup:SecurityGroup"
RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
INSTANCE = "alicloud:ecs/instance:Instance"
ZONES = "alicloud:index/getZones:getZones"
IMAGES = "alicloud:ecs/getImages:getImages"
TYPES = "alicloud:ecs/getInstanceTypes:getInstanceTypes"

RULE_OF_443: Values = {"type": "ingress", "ipProtocol": "tcp", "portRange": "443/443", "cidrIp": "0.0.0.0/0"}


class Shop:
    """A network with a security group, and what an instance in it needs."""

    def __init__(self, plugin: Plugin) -> None:
        self.zone = plugin.ids(ZONES, availableResourceCreation="Instance")[0]
        self.vpc = plugin.make(NETWORK, "shop", vpcName="shop", cidrBlock="172.16.0.0/16", tags={"a": "b"})
        self.switch = plugin.make(
            SWITCH, "shop", vpcId=self.vpc.id, cidrBlock="172.16.1.0/24", zoneId=self.zone, tags={"a": "b"}
        )
        self.group = plugin.make(GROUP, "shop", securityGroupName="shop", vpcId=self.vpc.id)
        self.inputs: Values = {
            "imageId": plugin.ids(IMAGES, owners="system", nameRegex="^aliyun_3_x64", mostRecent=True)[0],
            "instanceType": plugin.ids(TYPES, availabilityZone=self.zone, cpuCoreCount=2, memorySize=4)[0],
            "securityGroups": [self.group.id],
            "vswitchId": self.switch.id,
        }


def test_its_version_says_what_it_is_and_satisfies_the_package(plugin: Plugin) -> None:
    stated = plugin.stub.GetPluginInfo(empty_pb2.Empty()).version
    assert "stand-in" in stated
    # Engines warn when a plugin is older than what the program's package asks for.
    assert semver.VersionInfo.parse(stated).compare(version("pulumi-alicloud")) >= 0


def test_a_whole_life_of_every_type(plugin: Plugin, sandbox: Sandbox) -> None:
    shop = Shop(plugin)
    rule = plugin.make(RULE, securityGroupId=shop.group.id, **RULE_OF_443)
    instance = plugin.make(INSTANCE, instanceName="one", tags={"app": "shop"}, **shop.inputs)
    assert shop.vpc.outputs["routeTableId"].startswith("vtb-")
    assert shop.switch.outputs["status"] == "Available"
    assert shop.switch.outputs["tags"] == {"a": "b"}
    assert rule.outputs["securityGroupRuleId"].startswith("sgr-")
    assert instance.outputs["status"] == "Running"
    assert instance.outputs["vpcId"] == shop.vpc.id
    everything = [instance, rule, shop.group, shop.switch, shop.vpc]
    for made in everything:
        assert plugin.diff(made, **made.inputs).changes == wire.DiffResponse.DIFF_NONE, made
        read = plugin.read(made)
        assert read.id == made.id
        assert plain(read.inputs) == made.inputs
        assert plain(read.properties) == made.outputs
    for made in everything:
        plugin.delete(made)
        assert plugin.read(made).id == ""
        plugin.delete(made)  # already gone is success
    left = sandbox.state()
    assert not any(left[kind] for kind in ("vpcs", "vswitches", "security_groups", "instances"))


def test_changes_in_place(plugin: Plugin, sandbox: Sandbox) -> None:
    shop = Shop(plugin)
    other = plugin.make(GROUP, "other", securityGroupName="other", vpcId=shop.vpc.id)
    rule = plugin.make(RULE, securityGroupId=shop.group.id, **RULE_OF_443)
    instance = plugin.make(INSTANCE, instanceName="one", tags={"app": "shop", "old": "x"}, **shop.inputs)
    for made, news in (
        (shop.vpc, {**shop.vpc.inputs, "vpcName": "new", "description": "for the shop", "tags": {"c": "d"}}),
        (shop.switch, {**shop.switch.inputs, "vswitchName": "new", "tags": {}}),
        (shop.group, {**shop.group.inputs, "description": "for the shop"}),
        (rule, {**rule.inputs, "description": "for the shop"}),
        (
            instance,
            {
                **instance.inputs,
                "instanceName": "two",
                "httpTokens": "required",
                "securityGroups": [other.id],
                "tags": {"app": "web"},
            },
        ),
    ):
        diff = plugin.diff(made, **news)
        assert diff.changes == wire.DiffResponse.DIFF_SOME
        assert not diff.replaces
        updated = plugin.update(made, **news)
        assert {name: updated.outputs[name] for name in news} == news
        assert plugin.diff(updated, **news).changes == wire.DiffResponse.DIFF_NONE


def test_a_role_is_chosen_at_creation_swapped_and_kept_when_left_out(plugin: Plugin, sandbox: Sandbox) -> None:
    shop = Shop(plugin)
    first, second = sandbox.make_role("first"), sandbox.make_role("second")
    instance = plugin.make(INSTANCE, roleName=first, **shop.inputs)
    assert instance.outputs["roleName"] == first
    swapped = plugin.update(instance, **{**instance.inputs, "roleName": second})
    assert swapped.outputs["roleName"] == second
    # Bound by something else: an instance that names no role has nothing to say about it.
    plainly = Made(swapped.urn, swapped.id, shop.inputs, swapped.outputs)
    assert plugin.diff(plainly, **shop.inputs).changes == wire.DiffResponse.DIFF_NONE
    assert "roleName" not in plain(plugin.read(plainly).inputs)
    assert plain(plugin.read(plainly).properties)["roleName"] == second


def test_drift_is_read_and_shown_by_property(plugin: Plugin, sandbox: Sandbox) -> None:
    vpc = plugin.make(NETWORK, vpcName="shop", cidrBlock="172.16.0.0/16")
    sandbox.call("Vpc", "ModifyVpcAttribute", VpcId=vpc.id, VpcName="drifted")
    read = plugin.read(vpc)
    assert plain(read.inputs)["vpcName"] == "drifted"
    diff = plugin.diff(Made(vpc.urn, vpc.id, vpc.inputs, plain(read.properties)), **vpc.inputs)
    assert list(diff.diffs) == ["vpcName"]


@pytest.mark.parametrize(
    ("kind", "inputs", "changed"),
    [
        (NETWORK, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}),
        (SWITCH, {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "zoneId": "z"}, {"zoneId": "y"}),
        (GROUP, {"vpcId": "vpc-1"}, {"vpcId": "vpc-2"}),
        (RULE, {"securityGroupId": "sg-1", **RULE_OF_443}, {"portRange": "80/80"}),
    ],
)
def test_changes_that_replace(plugin: Plugin, kind: str, inputs: dict[str, str], changed: dict[str, str]) -> None:
    made = Made(urn(kind), "id", inputs, inputs)
    (name,) = changed
    for value in (changed[name], rpc.UNKNOWN):
        diff = plugin.diff(made, **{**inputs, name: value})
        assert list(diff.replaces) == [name]
        assert diff.detailedDiff[name].kind == wire.PropertyDiff.UPDATE_REPLACE


def test_a_preview_calls_nothing_and_knows_what_it_cannot_know(plugin: Plugin, sandbox: Sandbox) -> None:
    inputs = {"vpcName": "shop", "cidrBlock": "10.0.0.0/16"}
    made = plugin.stub.Create(wire.CreateRequest(urn=urn(NETWORK), properties=struct(inputs), preview=True))
    outputs = plain(made.properties)
    assert {name: outputs[name] for name in inputs} == inputs
    assert outputs["routeTableId"] == rpc.UNKNOWN
    assert made.id == ""
    assert sandbox.calls() == []


def test_a_repeated_create_finds_what_the_first_one_made(plugin: Plugin, sandbox: Sandbox) -> None:
    """An engine that was killed before it noted the result asks again."""
    inputs = {"vpcName": "shop", "cidrBlock": "172.16.0.0/16"}
    first, again = (plugin.make(NETWORK, "repeated", **inputs) for _ in range(2))
    assert first.id == again.id
    assert len(sandbox.state()["vpcs"]) == 1
    plugin.delete(first)
    later = plugin.make(NETWORK, "repeated", **inputs)
    assert later.id != first.id
    # A living resource of the same declaration, replaced by force: a second one is wanted.
    assert not plugin.check(NETWORK, inputs, olds=inputs, name="repeated").failures
    beside = plugin.make(NETWORK, "repeated", **inputs)
    assert beside.id != later.id


def test_what_was_made_is_kept_when_waiting_for_it_fails(plugin: Plugin, sandbox: Sandbox) -> None:
    sandbox.fault("code", "TagResources", code="Forbidden", status=403)
    vpc = plugin.make(NETWORK, cidrBlock="172.16.0.0/16")
    zone = plugin.ids(ZONES, availableResourceCreation="Instance")[0]
    inputs: Values = {"vpcId": vpc.id, "cidrBlock": "172.16.1.0/24", "zoneId": zone, "tags": {"a": "b"}}
    with pytest.raises(grpc.RpcError) as refused:
        plugin.make(SWITCH, **inputs)
    details = {entry.key: entry.value for entry in refused.value.trailing_metadata()}["grpc-status-details-bin"]
    (detail,) = status_pb2.Status.FromString(details).details
    kept = wire.ErrorResourceInitFailed()
    assert isinstance(detail, any_pb2.Any) and detail.Unpack(kept)
    assert kept.id == sandbox.state()["vswitches"][0]["VSwitchId"]
    assert "TagResources" in kept.reasons[0]


@pytest.mark.parametrize(
    ("kind", "inputs", "property_name", "reason"),
    [
        (NETWORK, {"enableIpv6": True}, "enableIpv6", "serves of alicloud:vpc/network:Network only: cidrBlock"),
        (SWITCH, {"vpcId": "vpc-1", "zoneId": "z"}, "cidrBlock", "missing: vSwitch needs cidrBlock"),
        (GROUP, {"tags": {"a": 1}}, "tags", "tags must be a map of texts"),
        (RULE, {"securityGroupId": "sg", **RULE_OF_443, "priority": "1"}, "priority", "must be a number, not '1'"),
        (INSTANCE, {"securityGroups": "sg-1"}, "securityGroups", "must be a list of texts, not 'sg-1'"),
    ],
)
def test_inputs_that_are_refused(
    plugin: Plugin, kind: str, inputs: dict[str, object], property_name: str, reason: str
) -> None:
    failures = {failure.property: failure.reason for failure in plugin.check(kind, inputs).failures}
    assert reason in failures[property_name]


def test_what_only_the_real_plugin_changes_in_place_is_refused(plugin: Plugin) -> None:
    olds = {"imageId": "a", "instanceType": "t", "securityGroups": ["sg"], "vswitchId": "v"}
    (failure,) = plugin.check(INSTANCE, {**olds, "imageId": "b"}, olds=olds).failures
    assert failure.property == "imageId"
    assert "cannot change imageId of an existing instance in place" in failure.reason


@pytest.mark.parametrize("work", ["check", "invoke"])
def test_anything_else_names_the_real_plugin(plugin: Plugin, work: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        if work == "check":
            plugin.check("alicloud:oss/bucket:Bucket", {})
        else:
            plugin.invoke("alicloud:oss/getBuckets:getBuckets")
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "serves only the" in said(refused.value)
    assert "pulumi plugin install resource alicloud" in said(refused.value)


def test_filters_that_are_not_served_are_refused_and_not_ignored(plugin: Plugin) -> None:
    (failure,) = plugin.invoke(IMAGES, owners="system", imageFamily="acs:x").failures
    assert failure.property == "imageFamily"


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"endpoints": '[{"ecs": "ecs.cn-hangzhou.aliyuncs.com:443"}]'}, "talks to loopback only"),
        ({"endpoints": "[{"}, "alicloud:endpoints is not a JSON list"),
        ({"protocol": "FTP"}, "alicloud:protocol is 'FTP'"),
    ],
)
def test_a_configuration_that_is_refused(plugin: Plugin, config: dict[str, str], reason: str) -> None:
    news = {"region": "cn-hangzhou", **config}
    (failure,) = plugin.stub.CheckConfig(wire.CheckRequest(urn="provider", news=struct(news))).failures
    assert reason in failure.reason
    with pytest.raises(grpc.RpcError, match=reason.split()[0]):
        plugin.configure(**news)


def test_an_error_of_the_cloud_is_one_line_with_its_code(plugin: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        plugin.make(NETWORK, cidrBlock="127.0.0.0/8")
    details = said(refused.value)
    assert details.startswith("CreateVpc: ") and "[InvalidCidrBlock" in details.replace(
        "InvalidParameter", "InvalidCidrBlock"
    )
    assert "\n" not in details


def test_it_does_not_outlive_its_parent(environment: dict[str, str]) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-m', 'pulumi_instance_role.sandbox.standin'],"
            " stdout=subprocess.PIPE)\n"
            "child.stdout.readline()\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()

    def gone() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        return False

    wait_for(gone)
