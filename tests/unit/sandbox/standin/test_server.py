"""The stand-ins over gRPC, against the emulator over TLS: every type's life, every function, every refusal."""

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
from tests.unit.sandbox.standin.worlds import Tencent, World


def test_its_version_says_what_it_is_and_satisfies_the_package(plugin: Plugin, world: World) -> None:
    stated = plugin.stub.GetPluginInfo(empty_pb2.Empty()).version
    assert "stand-in" in stated
    # Engines warn when a plugin is older than what the program's package asks for.
    assert semver.VersionInfo.parse(stated).compare(version(world.package)) >= 0


def test_a_whole_life_of_every_type(plugin: Plugin, world: World, sandbox: Sandbox) -> None:
    shop = world.shop(plugin)
    instance = plugin.make(world.instance, instanceName="one", tags={"app": "shop"}, **shop.instance)
    assert {name: instance.outputs[name] for name in world.running} == world.running
    assert instance.outputs["vpcId"] == shop.vpc.id
    everything = [instance, shop.rules, shop.group, shop.subnet, shop.vpc]
    for made in everything:
        assert plugin.diff(made, **made.inputs).changes == wire.DiffResponse.DIFF_NONE, made
        read = plugin.read(made)
        assert read.id == made.id
        assert plain(read.inputs) == made.inputs
        # How many addresses are free changes with what is made beside it.
        assert {**plain(read.properties), "availableIpCount": 0} == {**made.outputs, "availableIpCount": 0}
    for made in everything:
        plugin.delete(made)
        plugin.delete(made)  # already gone is success
    assert [plugin.read(made).id for made in everything] == [""] * len(everything)
    assert not any(world.left(sandbox).values())


def test_changes_in_place(plugin: Plugin, world: World, sandbox: Sandbox) -> None:
    shop = world.shop(plugin)
    tags = {"app": "shop", "old": "x"}
    instance = plugin.make(world.instance, instanceName="one", tags=tags, **shop.instance)
    for made, news in world.changes(plugin, shop, instance):
        diff = plugin.diff(made, **news)
        assert diff.changes == wire.DiffResponse.DIFF_SOME
        assert not diff.replaces
        updated = plugin.update(made, **news)
        assert {name: updated.outputs[name] for name in news} == news
        assert plugin.diff(updated, **news).changes == wire.DiffResponse.DIFF_NONE
        assert plain(plugin.read(updated).inputs) == news


def test_a_role_is_chosen_at_creation_swapped_and_kept_when_left_out(
    plugin: Plugin, world: World, sandbox: Sandbox
) -> None:
    shop, role = world.shop(plugin), world.role_property
    first, second = world.make_role(sandbox, "first"), world.make_role(sandbox, "second")
    instance = plugin.make(world.instance, **{role: first}, **shop.instance)
    assert instance.outputs[role] == first
    swapped = plugin.update(instance, **{**instance.inputs, role: second})
    assert swapped.outputs[role] == second
    # Bound by something else: an instance that names no role has nothing to say about it.
    plainly = Made(swapped.urn, swapped.id, shop.instance, swapped.outputs)
    assert plugin.diff(plainly, **shop.instance).changes == wire.DiffResponse.DIFF_NONE
    assert role not in plain(plugin.read(plainly).inputs)
    assert plain(plugin.read(plainly).properties)[role] == second


def test_drift_is_read_and_shown_by_property(plugin: Plugin, world: World, sandbox: Sandbox) -> None:
    vpc = plugin.make(world.network, **world.network_inputs)
    world.rename(sandbox, vpc.id)
    read = plugin.read(vpc)
    assert plain(read.inputs)[world.name_property] == "drifted"
    diff = plugin.diff(Made(vpc.urn, vpc.id, vpc.inputs, plain(read.properties)), **vpc.inputs)
    assert list(diff.diffs) == [world.name_property]


def test_changes_that_replace(plugin: Plugin, world: World) -> None:
    for one in world.replacements:
        made = Made(urn(one.kind), "id", one.inputs, one.inputs)
        (name,) = one.change
        for value in (one.change[name], rpc.UNKNOWN):
            diff = plugin.diff(made, **{**one.inputs, name: value})
            assert list(diff.replaces) == [name]
            assert diff.detailedDiff[name].kind == wire.PropertyDiff.UPDATE_REPLACE


def test_a_preview_calls_nothing_and_knows_what_it_cannot_know(plugin: Plugin, world: World, sandbox: Sandbox) -> None:
    inputs = world.network_inputs
    made = plugin.stub.Create(wire.CreateRequest(urn=urn(world.network), properties=struct(inputs), preview=True))
    outputs = plain(made.properties)
    assert {name: outputs[name] for name in inputs} == inputs
    assert outputs[world.unknown] == rpc.UNKNOWN
    assert made.id == ""
    assert sandbox.calls() == []


def test_a_repeated_create_finds_what_the_first_one_made(plugin: Plugin, world: World, sandbox: Sandbox) -> None:
    """An engine that was killed before it noted the result asks again."""
    inputs = world.network_inputs
    first, again = (plugin.make(world.network, "repeated", **inputs) for _ in range(2))
    assert first.id == again.id
    assert len(world.left(sandbox)["vpcs"]) == 1
    plugin.delete(first)
    later = plugin.make(world.network, "repeated", **inputs)
    assert later.id != first.id
    # A living resource of the same declaration, replaced by force: a second one is wanted.
    assert not plugin.check(world.network, inputs, olds=inputs, name="repeated").failures
    beside = plugin.make(world.network, "repeated", **inputs)
    assert beside.id != later.id


def test_a_repeated_launch_finds_the_instance_of_the_first(plugin: Plugin, world: World, sandbox: Sandbox) -> None:
    shop = world.shop(plugin)
    first, again = (plugin.make(world.instance, "repeated", **shop.instance) for _ in range(2))
    assert first.id == again.id
    plugin.delete(first)
    assert plugin.make(world.instance, "repeated", **shop.instance).id != first.id


def test_what_was_made_is_kept_when_waiting_for_it_fails(plugin: Plugin, world: World, sandbox: Sandbox) -> None:
    kind, inputs, reason = world.half_done(plugin, sandbox)
    with pytest.raises(grpc.RpcError) as refused:
        plugin.make(kind, **inputs)
    details = {entry.key: entry.value for entry in refused.value.trailing_metadata()}["grpc-status-details-bin"]
    (detail,) = status_pb2.Status.FromString(details).details
    kept = wire.ErrorResourceInitFailed()
    assert isinstance(detail, any_pb2.Any) and detail.Unpack(kept)
    assert kept.id in str(world.left(sandbox))
    assert reason in kept.reasons[0]


def test_inputs_that_are_refused(plugin: Plugin, world: World) -> None:
    for one in world.refusals:
        failures = {failure.property: failure.reason for failure in plugin.check(one.kind, one.inputs).failures}
        assert one.reason in failures[one.property]


def test_what_only_the_real_plugin_changes_in_place_is_refused(plugin: Plugin, world: World) -> None:
    olds, name = world.fixed
    (failure,) = plugin.check(world.instance, {**olds, name: "other"}, olds=olds).failures
    assert failure.property == name
    assert f"cannot change {name} of an existing instance in place" in failure.reason


@pytest.mark.parametrize("work", ["check", "invoke"])
def test_anything_else_names_the_real_plugin(plugin: Plugin, world: World, work: str) -> None:
    kind, function = world.foreign
    with pytest.raises(grpc.RpcError) as refused:
        if work == "check":
            plugin.check(kind, {})
        else:
            plugin.invoke(function)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "serves only the" in said(refused.value)
    assert world.install in said(refused.value)


def test_filters_that_are_not_served_are_refused_and_not_ignored(plugin: Plugin, world: World) -> None:
    function, arguments, strange = world.unserved
    (failure,) = plugin.invoke(function, **arguments).failures
    assert failure.property == strange


def test_a_configuration_that_is_refused(plugin: Plugin, world: World) -> None:
    for config, reason in world.misconfigured:
        news = {"region": "cn-hangzhou", **config}
        (failure,) = plugin.stub.CheckConfig(wire.CheckRequest(urn="provider", news=struct(news))).failures
        assert reason in failure.reason
        with pytest.raises(grpc.RpcError, match=reason.split()[0]):
            plugin.configure(**news)


def test_an_error_of_the_cloud_is_one_line_with_its_code(plugin: Plugin, world: World) -> None:
    block, code = world.bad_block
    with pytest.raises(grpc.RpcError) as refused:
        plugin.make(world.network, **{**world.network_inputs, "cidrBlock": block})
    details = said(refused.value)
    assert details.startswith("CreateVpc: ") and f"[{code}" in details
    assert "\n" not in details


@pytest.mark.parametrize("world", [Tencent()], ids=["tencentcloud"], indirect=True)
def test_rules_of_one_side_alone_and_none(plugin: Plugin, world: Tencent, sandbox: Sandbox) -> None:
    shop = world.shop(plugin)
    group, (ingress, egress) = shop.group.id, (world.OF_443, world.EVERYTHING)
    for sides in ([ingress], []), ([], [egress]), ([], []), ([ingress], [egress]):
        news: Values = {"securityGroupId": group, "ingresses": sides[0], "egresses": sides[1]}
        updated = plugin.update(shop.rules, **news)
        assert {name: updated.outputs[name] for name in news} == news
        assert plugin.diff(updated, **news).changes == wire.DiffResponse.DIFF_NONE
        shop.rules = updated
    # Their order is their priority.
    both = [ingress, {**ingress, "port": "80"}]
    ordered = plugin.update(shop.rules, securityGroupId=group, ingresses=both)
    diff = plugin.diff(ordered, securityGroupId=group, ingresses=both[::-1])
    assert list(diff.diffs) == ["ingresses"]


@pytest.mark.parametrize("world", [Tencent()], ids=["tencentcloud"], indirect=True)
def test_an_empty_role_says_nothing(plugin: Plugin, world: Tencent, sandbox: Sandbox) -> None:
    """As with the real plugin, whose cam_role_name is computed: a role cannot be taken away by it."""
    shop, role = world.shop(plugin), world.make_role(sandbox, "app")
    instance = plugin.make(world.instance, camRoleName=role, **shop.instance)
    checked = plugin.check(world.instance, {**shop.instance, "camRoleName": ""}, olds=instance.inputs)
    assert not checked.failures
    assert plugin.diff(instance, **plain(checked.inputs)).changes == wire.DiffResponse.DIFF_NONE


def test_it_does_not_outlive_its_parent(environment: dict[str, str]) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-m', 'instance_role_sandbox.standin', 'alicloud'],"
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


@pytest.mark.parametrize("arguments", [[], ["aws"]])
def test_a_plugin_that_nobody_stands_in_for(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "instance_role_sandbox.standin", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the first argument is the plugin to stand in for: alicloud, tencentcloud" in done.stderr
