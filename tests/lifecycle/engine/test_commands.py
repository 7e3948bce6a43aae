"""The commands, their output for people and for programs, and where things are found."""

from __future__ import annotations

import json
import os
import shutil
import sys
import venv
from pathlib import Path

import pytest

from instance_role_sandbox.engine.crypto import Crypter
from tests.lifecycle.engine.bench import PHRASE, Bench

TWO = """
a = Thing("a", value={value}, behave={{"diff": "own", "replace_on": ["key"]}}, key="{key}")
b = Thing("b", value=a.serial)
pulumi.export("a", a.serial)
"""
WORD = 'pulumi.export("word", pulumi.Output.secret("s3cret-text"))\n'


def _two(bench: Bench, value: int = 1, key: str = "k", *, secret: bool = False) -> None:
    """Two things, and a secret where a test asks for it: its key takes each command half a second."""
    bench.program(TWO.format(value=value, key=key) + (WORD if secret else ""))


def test_up_twice_then_destroy(bench: Bench) -> None:
    _two(bench, secret=True)
    assert "+3 created" in bench.good("up")
    said = bench.good("up")
    assert "no changes: 3 unchanged" in said
    assert '"serial-a-1"' in said
    assert "[secret]" in said
    assert "-3 deleted" in bench.good("destroy")
    assert bench.resources() == {}


def test_a_long_output_stays_whole_on_one_line(bench: Bench) -> None:
    arn = "acs:ram::1234567890123456:role/" + "x" * 150
    bench.program(f"pulumi.export('roles', {{'web': '{arn}'}})")
    assert f"roles {{web: {arn}}}" in bench.good("up")


def test_preview_shows_what_changes_without_the_providers_code(bench: Bench) -> None:
    _two(bench)
    bench.good("up")
    before = bench.state_path.read_text(encoding="utf-8")
    _two(bench, value=2)
    said = bench.good("preview")
    assert "~ a " in said
    assert "~ value: 1 => 2" in said
    assert "(known after up)" in said
    assert "__provider" not in said
    assert "~2 to update 1 unchanged" in said
    _two(bench, key="other")
    said = bench.good("preview")
    assert '~ key: "k" => "other" (replaces)' in said
    assert "+-1 to replace" in said
    assert bench.state_path.read_text(encoding="utf-8") == before


def test_errors_stand_under_their_resource_without_the_hosts_traceback(bench: Bench) -> None:
    _two(bench)
    bench.steer(a={"fail": {"create": "no room here"}})
    code, said = bench.run("up")
    assert code == 1
    assert "a: error: RuntimeError: no room here" in said
    assert "Traceback" not in said
    assert "up: failed:" in said


def test_check_failures_hide_secrets(bench: Bench) -> None:
    bench.program(
        'Thing("a", value=pulumi.Output.secret("s3cret-text"), behave={"check_fail": [["value", "is odd"]]})\n'
    )
    code, said = bench.run("up")
    assert code == 1
    assert "property value value {[secret]} has a problem: is odd" in said
    assert "s3cret-text" not in said


def test_expect_no_changes(bench: Bench) -> None:
    _two(bench)
    assert bench.run("preview", "--expect-no-changes")[0] == 7
    assert bench.run("up", "--expect-no-changes")[0] == 7
    assert bench.run("up", "--expect-no-changes")[0] == 0
    assert bench.run("refresh", "--expect-no-changes")[0] == 0
    bench.steer(a={"drift": {"value": 5}})
    assert bench.run("refresh", "--expect-no-changes")[0] == 7


def test_json_of_a_preview_has_the_clis_shape(bench: Bench) -> None:
    _two(bench, secret=True)
    bench.good("up")
    _two(bench, value=2, secret=True)
    process = bench.start("preview", "--json")
    document = json.loads(process.communicate(timeout=60)[0])
    assert set(document) == {"steps", "duration", "changeSummary"}, "what says nothing is left out"
    assert document["changeSummary"] == {"same": 1, "update": 2}
    steps = {step["urn"].rpartition("::")[2]: step for step in document["steps"]}
    assert set(steps) == {"bench-dev", "a", "b"}
    assert steps["a"]["op"] == "update"
    assert "diffReasons" not in steps["a"], "its provider does not say"
    assert steps["b"]["diffReasons"] == ["value"]
    assert steps["b"]["detailedDiff"] == {"value": {"kind": "update", "inputDiff": True}}
    assert steps["a"]["oldState"]["inputs"]["value"] == 1
    assert steps["a"]["newState"]["inputs"]["value"] == 2
    assert steps["a"]["provider"].startswith("urn:pulumi:dev::bench::pulumi:providers:pulumi-python::default::")
    assert steps["b"]["newState"]["inputs"]["value"] == "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert steps["a"]["newState"]["inputs"]["__provider"] == steps["a"]["oldState"]["inputs"]["__provider"]
    assert not {"id", "outputs"}.intersection(steps["a"]["newState"]), "as it is before the update"
    assert "s3cret-text" not in json.dumps(document)


def test_json_of_a_replacement_is_one_step(bench: Bench) -> None:
    _two(bench)
    bench.good("up")
    _two(bench, key="other")
    document = json.loads(bench.start("preview", "--json").communicate(timeout=60)[0])
    (step,) = [s for s in document["steps"] if s["urn"].endswith("::a")]
    assert (step["op"], step["replaceReasons"]) == ("replace", ["key"])
    assert (step["oldState"]["delete"], step["newState"]["inputs"]["key"]) == (True, "other")


def test_json_of_an_up(bench: Bench) -> None:
    _two(bench, secret=True)
    document = json.loads(bench.start("up", "--json").communicate(timeout=60)[0])
    assert document["result"] == "succeeded"
    assert document["changeSummary"] == {"create": 3}
    assert document["outputs"] == {"a": "serial-a-1", "word": "[secret]"}
    bench.steer(a={"fail": {"update": "will not"}})
    _two(bench, value=2, secret=True)
    process = bench.start("up", "--json")
    document = json.loads(process.communicate(timeout=60)[0])
    assert (process.returncode, document["result"]) == (1, "failed")
    told = document["diagnostics"][0]
    assert (told["severity"], told["message"]) == ("error", "error: RuntimeError: will not\n")
    assert told["urn"].endswith("::a")


def test_outputs(bench: Bench) -> None:
    _two(bench, secret=True)
    bench.good("up")
    assert json.loads(bench.good("outputs", "--json")) == {"a": "serial-a-1", "word": "[secret]"}
    assert json.loads(bench.good("outputs", "--json", "--show-secrets"))["word"] == "s3cret-text"
    assert "s3cret-text" in bench.good("outputs", "--show-secrets")
    assert "s3cret-text" not in bench.good("outputs")


def test_export_and_import_move_a_stack(bench: Bench, tmp_path: Path) -> None:
    _two(bench, secret=True)
    bench.good("up")
    exported = bench.good("export")
    assert "s3cret-text" not in exported
    assert '"ciphertext"' in exported
    document = json.loads(exported)
    assert document["version"] == 3
    assert document["deployment"]["manifest"]["version"] == "instance-role-embedded 0.1"
    assert "pulumi" not in document["deployment"]["manifest"]["version"]
    assert "s3cret-text" in bench.good("export", "--show-secrets")
    shutil.rmtree(bench.state_path.parent)
    assert "Import complete." in bench.run("import", text=exported)[1]
    assert "no changes" in bench.good("up")
    code, said = bench.run("import", text=exported.replace("urn:pulumi:dev::", "urn:pulumi:prod::"))
    assert (code, "is from a different stack (prod != dev)" in said) == (1, True)
    code, said = bench.run("import", text="{")
    assert (code, "is not JSON" in said) == (1, True)
    assert "no changes" in bench.good("up")


def test_secrets_are_nowhere_in_the_open(bench: Bench) -> None:
    bench.program(
        """
        word = pulumi.Config().require_secret("word")
        a = Thing("a", pulumi.ResourceOptions(additional_secret_outputs=["password"]), value=word,
                  behave={"outs": {"password": "made-by-it"}})
        pulumi.export("password", a.password)
        """
    )
    crypter = Crypter(PHRASE)
    cipher = crypter.encrypt("s3cret-text", "word")
    bench.write(
        "Pulumi.dev.yaml", f"encryptionsalt: {crypter.salt_text}\nconfig:\n  bench:word:\n    secure: {cipher}\n"
    )
    said = bench.good("up") + bench.good("preview") + bench.good("up", "--event-log", "events.json")
    said += (bench.folder / "events.json").read_text(encoding="utf-8")
    kept = bench.state_path.read_text(encoding="utf-8")
    assert "s3cret-text" not in said + kept
    assert kept.count('"ciphertext"') == 6  # in and out: the provider's config, a's value; and two passwords
    unchanged = list(bench.state()["resources"])
    bench.good("up")
    assert bench.state()["resources"] == unchanged  # the same cipher texts again


def test_passphrase_from_a_file(bench: Bench) -> None:
    _two(bench, secret=True)
    bench.good("up")
    del bench.environ["PULUMI_CONFIG_PASSPHRASE"]
    bench.write("phrase", f"{PHRASE}\n")
    assert "no changes" in bench.good("up", PULUMI_CONFIG_PASSPHRASE_FILE=str(bench.folder / "phrase"))


def test_events_are_those_of_the_cli(bench: Bench) -> None:
    _two(bench)
    bench.good("up", "--event-log", "events.json")
    events = [json.loads(line) for line in (bench.folder / "events.json").read_text(encoding="utf-8").splitlines()]
    assert [e["sequence"] for e in events] == list(range(len(events)))
    assert events[-2]["summaryEvent"]["resourceChanges"] == {"create": 3}
    assert events[-1]["cancelEvent"] == {}
    (pre,) = [e["resourcePreEvent"]["metadata"] for e in events if _name(e.get("resourcePreEvent")) == "a"]
    assert (pre["op"], pre["type"]) == ("create", "pulumi-python:dynamic/parity:Thing")


def _name(event: dict[str, dict[str, str]] | None) -> str:
    return event["metadata"]["urn"].rpartition("::")[2] if event else ""


def test_the_projects_virtualenv_runs_program_and_host(bench: Bench) -> None:
    venv.create(bench.folder / "env", symlinks=True, system_site_packages=False, with_pip=False)
    packages = next((bench.folder / "env/lib").glob("python*/site-packages"))
    ours = next(p for p in sys.path if p.endswith("site-packages"))
    (packages / "ours.pth").write_text(f"{ours}\n", encoding="utf-8")
    bench.write("Pulumi.yaml", "name: bench\nruntime:\n  name: python\n  options:\n    virtualenv: env\n")
    bench.program('import sys\npulumi.export("python", sys.prefix)\nThing("a", value=1)\n')
    bench.good("up")
    assert json.loads(bench.good("outputs", "--json"))["python"] == str(bench.folder / "env")


def test_python_without_the_sdk(bench: Bench) -> None:
    _two(bench)
    venv.create(bench.folder / "bare", symlinks=True, with_pip=False)
    python = bench.folder / "bare/bin/python"
    code, said = bench.run("up", PULUMI_PYTHON_CMD=str(python))
    assert (code, f"{python} lacks the pulumi package" in said) == (1, True), said


@pytest.mark.parametrize("main", ["programs", "programs/other.py"])
def test_main_moves_the_program(bench: Bench, main: str) -> None:
    (bench.folder / "programs").mkdir()
    bench.write("Pulumi.yaml", f"name: bench\nruntime: python\nmain: {main}\n")
    bench.write("programs/__main__.py", 'import pulumi\nimport near\npulumi.export("ran", near.WORD)\n')
    bench.write("programs/other.py", 'import pulumi\nimport near\npulumi.export("ran", near.WORD)\n')
    bench.write("programs/near.py", 'WORD = "near"\n')
    bench.good("up")
    assert json.loads(bench.good("outputs", "--json")) == {"ran": "near"}


def test_a_program_that_was_edited_within_a_second_is_the_one_that_runs(bench: Bench) -> None:
    bench.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for text in ("one", "two"):
        bench.program(f"pulumi.export('said', {text!r})")
        os.utime(bench.folder / "__main__.py", (1_700_000_000, 1_700_000_000))
        assert f'said "{text}"' in bench.good("up")


def test_program_modules_are_not_hidden_by_the_engines_own(bench: Bench) -> None:
    bench.write("values.py", 'WORD = "mine"\n')
    bench.program('import values\npulumi.export("word", values.WORD)\n')
    bench.good("up")
    assert json.loads(bench.good("outputs", "--json")) == {"word": "mine"}


def test_what_program_and_provider_print_is_shown(bench: Bench) -> None:
    bench.program('print("from the program")\npulumi.log.warn("careful now")\nThing("a", value=1)\n')
    said = bench.good("up")
    assert "from the program" in said
    assert "warning: careful now" in said


def test_get_reads_what_the_stack_does_not_manage(bench: Bench) -> None:
    bench.program(
        """
        from recorder import ThingProvider
        x = Thing("x", pulumi.ResourceOptions(id="x-7"), value="known")
        pulumi.export("x", x.value)
        """
    )
    bench.good("up")
    assert bench.calls() == ["read x"]
    assert bench.resources()["x"]["external"] is True
    assert json.loads(bench.good("outputs", "--json")) == {"x": "known"}
    bench.good("destroy")
    assert bench.calls() == ["read x"]


def test_resource_references_survive(bench: Bench) -> None:
    bench.program('a = Thing("a", value=1)\npulumi.export("a", a)\n')
    bench.good("up")
    assert json.loads(bench.good("outputs", "--json"))["a"]["id"] == "a-1"
    assert "no changes" in bench.good("up")
