"""A provider of another package: what it is told follows from what it says that it understands."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess

import pytest

from instance_role_sandbox.engine import plugins, processes
from instance_role_sandbox.engine.errors import ProviderError
from instance_role_sandbox.engine.processes import Children
from instance_role_sandbox.engine.project import load_project
from tests.lifecycle.engine.bench import Toys

SECRET = "1b47061264138c4ac30d75fd1eb44270"

BOX = """
class Box(pulumi.CustomResource):
    token: pulumi.Output[str]
    volume: pulumi.Output[int]
    colour: pulumi.Output[str]

    def __init__(self, name, opts=None, **props):
        outputs = {"token": None, "volume": None, "colour": None}
        super().__init__("toy:index:Box", name, {**outputs, **props}, opts)
"""


def _box(toys: Toys, props: str = "size=2, label='x'", more: str = "") -> None:
    opts = 'pulumi.ResourceOptions(version="1.2.3", custom_timeouts=pulumi.CustomTimeouts(create="1m30s", delete="5s"))'
    toys.program(f"{BOX}\nbox = Box('box', {opts}, {props})\npulumi.export('volume', box.volume)\n{more}")


def test_a_modern_plugin(toys: Toys) -> None:
    _box(toys, "size=pulumi.Output.secret(2), label='x'")
    said = toys.good("up")
    assert "hello from the toy" in said
    (configured,) = toys.calls_of("configure")
    assert configured["args"] == {"word": "hello", "version": "1.2.3"}
    assert configured["variables"] == {"toy:config:word": "hello"}
    assert toys.calls_of("handshake")[0]["root"] == str(toys.folder)
    (created,) = toys.calls_of("create")
    assert created["inputs"]["size"]["value"] == 2, "it takes secrets, so it gets them marked"
    assert created["timeout"] == 90
    box = toys.resources()["box"]
    assert {k: "ciphertext" in str(v) for k, v in box["outputs"].items()} == {
        "size": True,
        "label": False,
        "colour": False,
        "token": True,
        "volume": False,
    }
    assert box["inputs"]["colour"] == "red", "the provider's default"
    (provider,) = [r for r in toys.state()["resources"] if r["type"] == "pulumi:providers:toy"]
    assert provider["urn"].endswith("::pulumi:providers:toy::default_1_2_3")
    assert provider["inputs"] == {"word": "hello", "version": "1.2.3", "__internal": {}}
    assert "s3cret-token" not in toys.state_path.read_text(encoding="utf-8")
    toys.forget()
    assert "no changes" in toys.good("up")
    assert toys.calls_of("cancel")
    assert "no changes" in toys.good("refresh")
    toys.good("destroy")
    assert toys.calls_of("delete")[0]["timeout"] == 5
    assert toys.none_left()


def test_it_previews_what_it_can_tell(toys: Toys) -> None:
    _box(toys, more="other = Box('other', size=box.volume, label='y')\n")
    said = toys.good("preview")
    assert [c["preview"] for c in toys.calls_of("create")] == [True, True]
    assert toys.calls_of("create")[1]["inputs"]["size"] == 8, "volume is known, because the provider worked it out"
    assert "+ size: 8" in said
    toys.good("up")
    toys.forget()
    _box(toys, "size=3, label='x'", "other = Box('other', size=box.volume, label='y')\n")
    said = toys.good("preview")
    assert [c["preview"] for c in toys.calls_of("update")] == [True, True]
    assert "~ size: 2 => 3" in said
    assert "~ size: 8 => 27" in said
    assert "~2 to update" in said


def test_detailed_diffs_and_replacement(toys: Toys) -> None:
    _box(toys)
    toys.good("up")
    _box(toys, "size=2, label='z'")
    document = json.loads(toys.start("preview", "--json").communicate(timeout=60)[0])
    (step,) = [s for s in document["steps"] if s["urn"].endswith("::box")]
    assert step["detailedDiff"] == {"label": {"kind": "update-replace", "inputDiff": False}}
    assert step["replaceReasons"] == ["label"]
    assert "+-1 replaced" in toys.good("up")
    assert len(toys.calls_of("delete")) == 1


def test_ignore_changes_reach_it(toys: Toys) -> None:
    _box(toys)
    toys.good("up")
    toys.program(
        f"{BOX}\nopts = pulumi.ResourceOptions(version='1.2.3', ignore_changes=['label'])\n"
        "Box('box', opts, size=4, label='changed')\n"
    )
    assert "~1 updated" in toys.good("up")
    (updated,) = toys.calls_of("update")
    assert (updated["ignored"], updated["inputs"]["label"]) == (["label"], "x")


def test_an_older_plugin(toys: Toys) -> None:
    toys.environ["TOY_OLD"] = "1"
    _box(toys, "size=pulumi.Output.secret(2), label='x'", "other = Box('other', size=box.volume, label='y')\n")
    said = toys.good("preview")
    assert toys.calls_of("create") == [], "it cannot preview"
    assert "+ size: (known after up)" in said
    toys.good("up")
    assert toys.calls_of("create")[0]["inputs"]["size"] == 2, "it cannot take secrets"
    outputs = toys.resources()["box"]["outputs"]
    assert outputs["size"]["4dabf18193072939515e22adb298388d"] == SECRET, "and is told apart by its key all the same"
    assert "no changes" in toys.good("up")


def test_functions(toys: Toys) -> None:
    toys.program(
        'opts = pulumi.InvokeOptions(version="1.2.3")\n'
        'found = pulumi.runtime.invoke("toy:index:word", {"of": "greeting"}, opts).value\n'
        'pulumi.export("word", found["word"])\npulumi.export("of", found["of"])\n'
    )
    toys.good("up")
    assert json.loads(toys.good("outputs", "--json")) == {"word": "hello", "of": "greeting"}
    assert [c["preview"] for c in toys.calls_of("invoke")] == [False]
    assert "no changes" in toys.good("up")


@pytest.mark.parametrize(
    ("of", "message"), [("nothing", "there is no word of nothing"), ("trouble", "the dictionary is closed")]
)
def test_functions_that_fail(toys: Toys, of: str, message: str) -> None:
    toys.program(f'pulumi.runtime.invoke("toy:index:word", {{"of": "{of}"}})\n')
    code, said = toys.run("up")
    assert (code, message in said) == (1, True), said


def test_half_made_resources_are_kept_with_the_reasons(toys: Toys) -> None:
    toys.program('pulumi.CustomResource("toy:index:Slow", "slow", {"size": 1})\n')
    code, said = toys.run("up")
    assert code == 1
    assert "it is not ready" in said
    assert "* still warming up" in said
    slow = toys.resources()["slow"]
    assert (slow["id"], slow["initErrors"]) == ("slow-1", ["still warming up"])
    assert "~1 updated" in toys.good("up")
    assert "initErrors" not in toys.resources()["slow"]
    assert "no changes" in toys.good("up")


def test_a_changed_configuration_updates_the_provider_alone(toys: Toys) -> None:
    _box(toys)
    toys.good("up")
    toys.write("Pulumi.dev.yaml", "config:\n  toy:word: goodbye\n")
    toys.forget()
    assert "no changes" in toys.good("up")
    assert [c["args"]["word"] for c in toys.calls_of("configure")] == ["goodbye"]
    toys.forget()
    toys.write("Pulumi.dev.yaml", "config:\n  toy:word: unused\n")
    toys.good("destroy")
    assert [c["args"]["word"] for c in toys.calls_of("configure")] == ["goodbye"], "what the state has"


def test_a_configuration_that_the_provider_refuses(toys: Toys) -> None:
    toys.write("Pulumi.dev.yaml", "config:\n  toy:word: wrong\n")
    _box(toys)
    code, said = toys.run("up")
    assert (code, "property word value {wrong} has a problem: is not a word" in said) == (1, True), said
    assert toys.made_nothing()


def test_a_plugin_that_never_tells_its_port(toys: Toys, monkeypatch: pytest.MonkeyPatch) -> None:
    toys.write("bin/pulumi-resource-toy", "#!/bin/sh\nsleep 60\n")
    toys.program("")
    monkeypatch.setattr(plugins, "START_TIMEOUT", 0.2)

    async def start() -> None:
        async with Children() as children:
            started = plugins.Plugins(children, load_project(toys.folder), toys.environ, "", lambda line: None)
            await started.start("toy", "")

    for _ in range(5):
        with pytest.raises(ProviderError, match="'toy' did not tell its port"):
            asyncio.run(start())
    assert toys.none_left()
    gc.collect()  # a child that nobody waited for is told of here, as an error of this test


def test_a_plugin_whose_own_child_leaves_with_its_output(toys: Toys, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine gives it up as well; what left the plugin's group ends by itself."""
    toys.write("bin/pulumi-resource-toy", "#!/bin/sh\nsetsid sleep 8 &\nsleep 60\n")
    toys.program("")
    monkeypatch.setattr(plugins, "START_TIMEOUT", 0.2)
    monkeypatch.setattr(processes, "GRACE", 0.2)

    async def start() -> str:
        async with Children() as children:
            started = plugins.Plugins(children, load_project(toys.folder), toys.environ, "", lambda line: None)
            with pytest.raises(ProviderError, match="'toy' did not tell its port"):
                await started.start("toy", "")
        return subprocess.run(["pgrep", "-f", "sleep 8"], capture_output=True, text=True, check=False).stdout

    assert asyncio.run(start()), "it was waited for until it ended"


def test_a_plugin_in_pulumis_own_folder(toys: Toys) -> None:
    folder = toys.folder / "home/plugins/resource-toy-v1.2.3"
    folder.mkdir(parents=True)
    (toys.bin / "pulumi-resource-toy").rename(folder / "pulumi-resource-toy")
    _box(toys)
    said = toys.good("up")
    assert "+2 created" in said
    assert f"provider toy: {folder}/pulumi-resource-toy" in said


ACCOUNTS = """
class Provider(pulumi.ProviderResource):
    def __init__(self, name, opts=None, **props):
        super().__init__("toy", name, props, opts)

east, west = Provider("east", word="east"), Provider("west", word="west", opts=pulumi.ResourceOptions(version="1.2.3"))
"""


def test_two_accounts(toys: Toys) -> None:
    toys.program(
        f"""{BOX}{ACCOUNTS}
Box('here', size=1, label='x')
Box('in-east', pulumi.ResourceOptions(provider=east), size=1, label='x')
group = pulumi.ComponentResource("my:index:Group", "group", {{}}, pulumi.ResourceOptions(providers=[west]))
Box('in-west', pulumi.ResourceOptions(parent=group), size=1, label='x')
found = pulumi.runtime.invoke_output("toy:index:word", {{"of": "it"}}, pulumi.InvokeOptions(provider=west))
pulumi.export("word", found["word"])
"""
    )
    assert "+7 to create" in toys.good("preview")
    toys.forget()
    assert "+7 created" in toys.good("up")
    assert json.loads(toys.good("outputs", "--json")) == {"word": "west"}
    assert sorted(c["args"]["word"] for c in toys.calls_of("configure")) == ["east", "hello", "west"]
    found = toys.resources()
    used = {name: found[name]["provider"].rpartition("::")[0].rpartition("::")[2] for name in found if "in-" in name}
    assert used == {"in-east": "east", "in-west": "west"}
    (west,) = [r for r in toys.state()["resources"] if r["urn"].endswith("::west")]
    assert west["inputs"] == {"word": "west", "version": "1.2.3", "__internal": {}}
    toys.forget()
    assert "no changes" in toys.good("up")
    assert "no changes" in toys.good("refresh")
    assert "-7 deleted" in toys.good("destroy")
    assert len(toys.calls_of("delete")) == 3
    assert toys.none_left()


def test_an_account_that_goes_takes_its_resources_along(toys: Toys) -> None:
    resource = "Box('in-east', pulumi.ResourceOptions(provider=east), size=1, label='x')\n"
    toys.program(BOX + ACCOUNTS + resource)
    toys.good("up")
    toys.program(BOX)
    assert "-3 deleted" in toys.good("up")
    assert [c["method"] for c in toys.calls_of("delete")] == ["delete"]


def test_an_account_that_is_not_known_before_the_update(toys: Toys) -> None:
    program = f"""{BOX}{ACCOUNTS}
first = Box('first', size=SIZE, label='x')
late = Provider("late", word=first.token.apply(lambda t: t.lower()))
Box('second', pulumi.ResourceOptions(provider=late), size=1, label='x')
"""
    toys.program(program.replace("SIZE", "1"))
    said = toys.good("preview")
    assert [c["inputs"].get("label") for c in toys.calls_of("create")] == ["x"], "the late one is asked nothing"
    assert "+6 to create" in said
    toys.good("up")
    toys.program(program.replace("SIZE", "2"))
    toys.forget()
    said = toys.good("preview")
    assert "second: warning: the provider of this resource has inputs that are not known before the update" in said
    assert len(toys.calls_of("diff")) == 1
    assert "~1 updated" in toys.good("up"), "its configuration turns out to be the same"
