"""Transforms: functions of the program that change what it declares before the engine sees it."""

from __future__ import annotations

import json

import pytest

from tests.lifecycle.engine.bench import Bench, Toys

TAGGED = """
def tag(args):
    if args.custom and "Thing" in args.type_:
        return pulumi.ResourceTransformResult({**args.props, "tags": {"owner": "web team"}}, args.opts)
"""


def test_a_stacks_transform_tags_everything(bench: Bench) -> None:
    bench.program(
        TAGGED
        + """
pulumi.runtime.register_resource_transform(tag)
a = Thing("a", value=1)
b = Thing("b", value=a.serial, hidden=pulumi.Output.secret("s3cret-text"))
"""
    )
    document = json.loads(bench.start("preview", "--json").communicate(timeout=60)[0])
    inputs = {step["urn"].rpartition("::")[2]: step["newState"]["inputs"] for step in document["steps"][1:]}
    assert [inputs[name]["tags"] for name in ("a", "b")] == [{"owner": "web team"}] * 2
    assert inputs["b"]["value"] == "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "it is not known yet, and still told so"
    assert inputs["b"]["hidden"] == "[secret]"
    bench.good("up")
    found = bench.resources()
    assert [found[name]["inputs"]["tags"] for name in ("a", "b")] == [{"owner": "web team"}] * 2
    assert found["b"]["inputs"]["value"] == "serial-a-1"
    assert found["b"]["propertyDependencies"]["value"] == [found["a"]["urn"]]
    assert "s3cret-text" not in bench.state_path.read_text(encoding="utf-8")
    assert "no changes" in bench.good("up")


def test_own_before_parents_before_stacks(bench: Bench) -> None:
    bench.program(
        """
        def add(word):
            async def transform(args):  # may wait
                if "Thing" in args.type_:
                    said = args.props.get("value", "") + word
                    return pulumi.ResourceTransformResult({**args.props, "value": said}, args.opts)
            return transform

        pulumi.runtime.register_resource_transform(add("stack 1 "))
        pulumi.runtime.register_resource_transform(add("stack 2 "))
        opts = pulumi.ResourceOptions(transforms=[add("above ")])
        above = pulumi.ComponentResource("my:index:Above", "above", {}, opts)
        below = pulumi.ResourceOptions(parent=above, transforms=[add("below ")])
        group = pulumi.ComponentResource("my:index:Below", "below", {}, below)
        Thing("x", pulumi.ResourceOptions(parent=group, transforms=[add("own 1 "), add("own 2 ")]))
        Thing("y")
        """
    )
    bench.good("up")
    found = bench.resources()
    assert found["x"]["inputs"]["value"] == "own 1 own 2 below above stack 1 stack 2 "
    assert found["y"]["inputs"]["value"] == "stack 1 stack 2 "


def test_a_transform_changes_options(bench: Bench) -> None:
    program = """
        first = Thing("first", value=1)
        def keep(args):
            opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(
                protect=True, retain_on_delete=True, depends_on=[first], additional_secret_outputs=["serial"],
                aliases=[pulumi.Alias(name="old")], custom_timeouts=pulumi.CustomTimeouts(delete="90s"),
                ignore_changes=["value"],
            ))
            return pulumi.ResourceTransformResult(args.props, opts)
        """
    bench.program('Thing("old", value="before", label="moved")\n')
    bench.good("up")
    before = bench.resources()["old"]
    bench.program(
        program + 'Thing("moved", pulumi.ResourceOptions(transforms=[keep], delete_before_replace=True), value="after")'
    )
    bench.good("up")
    found = bench.resources()
    moved = found["moved"]
    assert (moved["id"], moved["inputs"]["value"]) == (before["id"], "before")
    assert (moved["protect"], moved["retainOnDelete"], moved["customTimeouts"]) == (True, True, {"delete": 90})
    assert moved["dependencies"] == [found["first"]["urn"]]
    assert "ciphertext" in moved["outputs"]["serial"]


def test_dependencies_outlive_a_resources_own_transform(bench: Bench) -> None:
    bench.program(
        """
        a = Thing("a", value=1)
        own = pulumi.ResourceOptions(transforms=[lambda args: pulumi.ResourceTransformResult(args.props, args.opts)])
        Thing("b", own, value=a.serial)
        """
    )
    bench.good("up")
    found = bench.resources()
    assert found["b"]["dependencies"] == [found["a"]["urn"]]
    assert found["b"]["inputs"]["value"] == "serial-a-1"


def test_a_transform_that_fails_stops_the_update(bench: Bench) -> None:
    bench.program(
        """
        def fail(args):
            raise ValueError("this type has no tags")
        Thing("x", pulumi.ResourceOptions(transforms=[fail]), value=1)
        """
    )
    code, said = bench.run("up")
    assert code == 1
    assert "error: a transform failed: this type has no tags" in said
    assert bench.calls() == []


def test_a_functions_arguments_are_changed(toys: Toys) -> None:
    toys.program(
        """
        def polite(args):
            return pulumi.InvokeTransformResult({**args.args, "of": "dear " + args.args["of"]}, args.opts)
        pulumi.runtime.register_invoke_transform(polite)
        pulumi.runtime.register_invoke_transform(lambda args: None)
        async def main():
            await __import__("asyncio").sleep(0)
            return await pulumi.runtime.invoke_async("toy:index:word", {"of": "greeting"})
        pulumi.export("of", pulumi.Output.from_input(main())["of"])
        """
    )
    toys.good("up")
    assert json.loads(toys.good("outputs", "--json")) == {"of": "dear greeting"}


@pytest.mark.parametrize("middle", ["a" * 20_000, "日本語" * 9_000])
def test_a_long_error_of_a_function_reaches_the_program_with_its_ends(toys: Toys, middle: str) -> None:
    toys.program(
        f"""
        try:
            pulumi.runtime.invoke("toy:index:word", {{"of": "repeat:FIRST {middle} LAST"}})
        except Exception as error:
            print("told:", str(error)[:200].replace("\\n", " "), "...", str(error)[-30:])
        """
    )
    said = toys.good("up")
    assert "invocation of toy:index:word returned an error: FIRST" in said
    assert "LAST" in said
