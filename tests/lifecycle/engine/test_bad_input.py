"""What cannot be used is refused in one line, with a non-zero exit code and the state as it was."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from tests.lifecycle.engine.bench import STACK, Bench

ONE = 'a = Thing("a", value=1)\npulumi.export("a", a.serial)\n'


def _no_project(bench: Bench) -> None:
    (bench.folder / "Pulumi.yaml").unlink()


def _yaml(name: str, text: str) -> Callable[[Bench], None]:
    def spoil(bench: Bench) -> None:
        bench.write(name, text)

    return spoil


def _no_program(bench: Bench) -> None:
    (bench.folder / "__main__.py").unlink()


BEFORE_ANYTHING = {
    "no project": (_no_project, "no Pulumi.yaml in"),
    "project is no YAML": (_yaml("Pulumi.yaml", "name: [\n"), "Pulumi.yaml: "),
    "project is a list": (_yaml("Pulumi.yaml", "- a\n"), "is not a map"),
    "project without a name": (_yaml("Pulumi.yaml", "runtime: python\n"), "'name' is missing"),
    "a name that leads elsewhere": (
        _yaml("Pulumi.yaml", "name: ../../../../x\nruntime: python\n"),
        "'../../../../x' is not a project name: letters, digits",
    ),
    "a name that is a folder above": (_yaml("Pulumi.yaml", "name: ..\nruntime: python\n"), "is not a project name"),
    "a name that acts on the terminal": (
        _yaml("Pulumi.yaml", 'name: "a\\e[2J\\u202e"\nruntime: python\n'),
        r"'a\x1b[2J\u202e' is not a project name",
    ),
    "another language": (_yaml("Pulumi.yaml", "name: bench\nruntime: go\n"), "runs Python programs only"),
    "no program": (_no_program, "there is no program"),
    "main names nothing": (_yaml("Pulumi.yaml", "name: bench\nruntime: python\nmain: other\n"), "there is no program"),
    "stack settings are no map": (_yaml("Pulumi.dev.yaml", "just text\n"), "is not a map"),
    "config is a list": (_yaml("Pulumi.dev.yaml", "config: [1]\n"), "'config' is not a map"),
    "another secrets provider": (
        _yaml("Pulumi.dev.yaml", "secretsprovider: awskms://alias/x\n"),
        "embedded engine: secrets provider 'awskms://alias/x' (Pulumi.dev.yaml) is not supported; run this program",
    ),
}


@pytest.mark.parametrize("case", BEFORE_ANYTHING)
def test_refused_before_anything_begins(bench: Bench, case: str) -> None:
    bench.program(ONE)
    spoil, message = BEFORE_ANYTHING[case]
    spoil(bench)
    code, said = bench.run("up")
    assert code == 1
    assert message in said
    assert "Traceback" not in said
    assert not bench.state_path.exists()
    assert bench.calls() == []


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 101])
def test_stack_names(bench: Bench, name: str) -> None:
    bench.program(ONE)
    code, said = bench.run("preview", "--stack", name)
    assert (code, "is not a stack name" in said) == (1, True)


def test_the_first_stack_needs_no_settings_and_any_other_must_be_spoken_of(bench: Bench) -> None:
    bench.program(ONE)
    assert "no changes" in bench.good("destroy", "--stack", "never-made")
    bench.write(f"Pulumi.{STACK}.yaml", "config: {}\n")
    for command in ("up", "preview", "refresh", "destroy", "export", "import", "outputs"):
        code, said = bench.run(command, "--stack", "typo", text="")
        assert code == 1 and f"there is no stack typo here; stacks here: {STACK}. For a new one, write" in said, said
    assert bench.calls() == [] and not bench.state_path.with_name("typo.json").exists()


def test_missing_virtualenv(bench: Bench) -> None:
    bench.program(ONE)
    bench.write("Pulumi.yaml", "name: bench\nruntime:\n  name: python\n  options:\n    virtualenv: venv\n")
    code, said = bench.run("up")
    assert code == 1
    assert "runtime.options.virtualenv is 'venv', and there is no" in said
    assert not bench.state_path.exists()


STATES = {
    "damaged": ('{"version": 3, "deplo', "is damaged"),
    "no state at all": ("[]", "too old or is no state"),
    "newer": ('{"version": 5, "deployment": {}}', "is newer (version 5) than this engine understands (4)"),
    "newer features": ('{"version": 4, "features": ["views"], "deployment": {}}', "uses what this engine leaves out"),
    "resources of the wrong kind": ('{"version": 3, "deployment": {"resources": [3]}}', "is damaged"),
    "an asset inside": (
        json.dumps(
            {
                "version": 3,
                "deployment": {
                    "resources": [
                        {
                            "urn": "urn:pulumi:dev::bench::t:i:T::a",
                            "custom": False,
                            "inputs": {"x": {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17"}},
                        }
                    ]
                },
            }
        ),
        "asset",
    ),
}


@pytest.mark.parametrize("case", STATES)
@pytest.mark.parametrize("command", ["up", "refresh", "destroy", "outputs"])
def test_unusable_states(bench: Bench, case: str, command: str) -> None:
    bench.program(ONE)
    text, message = STATES[case]
    bench.state_path.parent.mkdir(parents=True)
    bench.state_path.write_text(text, encoding="utf-8")
    code, said = bench.run(command)
    assert code == 1
    assert message in said
    assert "Traceback" not in said
    assert bench.state_path.read_text(encoding="utf-8") == text


def test_a_damaged_state_can_be_replaced_by_an_import(bench: Bench) -> None:
    bench.program(ONE)
    bench.good("up")
    exported = bench.good("export")
    bench.state_path.write_text("{", encoding="utf-8")
    assert bench.run("up")[0] == 1
    assert bench.run("import", text=exported)[0] == 0
    assert "no changes" in bench.good("up")


ENDS = {
    "raises": ("raise ValueError('gone wrong')", "ValueError: gone wrong"),
    "says RunError": ("raise pulumi.RunError('a message for people')", "error: a message for people"),
    "exits": ("import sys\nsys.exit(3)", "the program ended with exit code 3"),
    "is killed": ("import os\nos.kill(os.getpid(), 9)", "the program ended with signal SIGKILL"),
    "does not parse": ("this is no Python", "SyntaxError"),
    "lacks a module": ("import no_such_module", "No module named 'no_such_module'"),
}


@pytest.mark.parametrize("case", ENDS)
def test_programs_that_end_badly(bench: Bench, case: str) -> None:
    bench.program(ONE + 'b = Thing("b", value=2)\n')
    bench.good("up")
    before = bench.resources()
    mark = bench.mark()
    text, message = ENDS[case]
    bench.program(ONE + text + "\n")
    code, said = bench.run("up")
    assert code == 1
    assert message in said
    assert "delete b" not in bench.calls(mark)
    assert bench.resources() == before


def test_plugin_missing(bench: Bench) -> None:
    bench.program('pulumi.CustomResource("nowhere:index:Box", "box", {}, pulumi.ResourceOptions(version="1.2.3"))\n')
    (bench.folder / "home/plugins/resource-nowhere-v1.0.0").mkdir(parents=True)
    other = bench.folder / "home/plugins/resource-nowhere-v1.0.0/pulumi-resource-nowhere"
    other.touch(mode=0o755)
    code, said = bench.run("up")
    assert code == 1
    assert "no plugin for the provider 'nowhere' 1.2.3: pulumi-resource-nowhere is neither on PATH nor in" in said
    assert "there are 1.0.0" in said
    assert "pulumi plugin install resource nowhere 1.2.3" in said
    assert bench.made_nothing()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("#!/bin/sh\necho no cloud today >&2\nexit 4\n", "did not start (exit code 4): no cloud today"),
        ("#!/bin/sh\necho hello\nsleep 60\n", "did not start (exit code -9): hello"),
        ("not executable as such", "cannot start"),
    ],
)
def test_plugin_that_does_not_start(bench: Bench, script: str, message: str) -> None:
    bench.program('pulumi.CustomResource("sick:index:Box", "box", {})\n')
    plugin = bench.write("bin/pulumi-resource-sick", script)
    plugin.chmod(0o755)
    code, said = bench.run("up")
    assert (code, message in said) == (1, True), said
    assert bench.none_left()


def test_host_that_cannot_start(bench: Bench) -> None:
    bench.program(ONE)
    bench.write("dill.py", "raise ImportError('dill is broken here')\n")
    code, said = bench.run("up", PULUMI_PYTHON_CMD=sys.executable)
    assert code == 1
    assert "dill is broken here" in said


UNSUPPORTED = {
    "the import option": ('Thing("x", pulumi.ResourceOptions(import_="x-1"), value=1)', "the import option"),
    "stack references": ('pulumi.StackReference("org/other/dev")', "a StackReference"),
    "assets": ('Thing("x", value=pulumi.StringAsset("text"))', "an asset or archive as a property"),
    "remote components": (
        'pulumi.ComponentResource("toy:index:Far", "far", {}, None, remote=True)',
        "a remote component",
    ),
    "hooks": (
        'hook = pulumi.ResourceHook("shout", lambda args: print("loud"))\n'
        "hooks = pulumi.ResourceHookBinding(before_create=[hook])\n"
        'Thing("x", pulumi.ResourceOptions(hooks=hooks), value=1)',
        "a resource hook (shout)",
    ),
    "error hooks": ('pulumi.ErrorHook("again", lambda args: True)', "an error hook (again)"),
    "state migrations": (
        'Thing("x", pulumi.ResourceOptions(state_migrations=[lambda args: None]), value=1)',
        "a state migration",
    ),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_features_left_out(bench: Bench, case: str) -> None:
    program, feature = UNSUPPORTED[case]
    bench.program(program + "\n")
    code, said = bench.run("up")
    assert code == 1
    assert f"embedded engine: {feature}" in said
    assert "is not supported; run this program with the Pulumi CLI (>= 3.260)" in said
    assert "update the Pulumi CLI" not in said
    assert bench.calls() == []
    assert bench.made_nothing()


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"PULUMI_CONFIG_PASSPHRASE_FILE": "/nowhere/at/all"}, "cannot read /nowhere/at/all"),
        ({}, "there is no passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"),
    ],
)
def test_secrets_without_a_passphrase(bench: Bench, environ: dict[str, str], message: str) -> None:
    bench.program('Thing("x", value=pulumi.Output.secret("s3cret-text"))\n')
    del bench.environ["PULUMI_CONFIG_PASSPHRASE"]
    code, said = bench.run("up", **environ)
    assert (code, message in said) == (1, True), said
    assert bench.calls() in ([], ["check x"])
    assert "s3cret-text" not in said


def test_wrong_passphrase(bench: Bench) -> None:
    bench.program('x = Thing("x", value=pulumi.Output.secret("s3cret-text"))\npulumi.export("x", x.value)\n')
    bench.good("up")
    before = bench.state_path.read_text(encoding="utf-8")
    code, said = bench.run("up", PULUMI_CONFIG_PASSPHRASE="wrong")
    assert (code, "incorrect passphrase" in said) == (1, True), said
    assert bench.state_path.read_text(encoding="utf-8") == before
