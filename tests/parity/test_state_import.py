"""States of the real engine are read, and the states that it refuses are refused."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from instance_role_sandbox.engine.errors import EngineError
from instance_role_sandbox.engine.operations import Stack
from tests.parity import record
from tests.parity.adapter import Embedded

HERE = Path(__file__).parent
FOLDER = HERE / "state-import"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
RULES: dict[str, dict[str, Any]] = {rule["state"]: rule for rule in EXPECTED["rules"]}
# exit codes other than recorded: the real engine panics (2) where this one says what is wrong (1)
PANICS = {"a custom resource without id"}


def _maker() -> ModuleType:
    """The program that made the recordings; it knows what to change for each rule."""
    spec = importlib.util.spec_from_file_location("state_import_make", FOLDER / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path, sys.modules["record"] = list(sys.path), record
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = path
        del sys.modules["record"]
    return module


def _load(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


MUTATIONS: dict[str, Any] = dict(_maker().mutations(_load("components")))


class Bench:
    """A stack in a folder of its own, with the programs of a scenario."""

    def __init__(self, folder: Path, scenario: str, config: dict[str, Any]) -> None:
        self.folder = folder
        self.scenario = HERE / "scenarios" / scenario
        self.log = folder / "calls.jsonl"
        self.log.touch()
        shutil.copy(HERE / "recorder.py", folder / "recorder.py")
        (folder / "Pulumi.yaml").write_text(f"name: {record.PROJECT}\nruntime: python\n", encoding="utf-8")
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "PARITY_"))}
        environ.update(PARITY_LOG=str(self.log), PARITY_STEER="", PYTHONDONTWRITEBYTECODE="1")
        self.engine = Embedded(folder, environ)
        self.engine.prepare(config)

    def stack(self) -> Stack:
        (self.folder / "__main__.py").touch()
        return Stack(self.folder, record.STACK, self.engine.environ)

    def run(self, op: str, program: str = "", env: dict[str, str] | None = None) -> dict[str, Any]:
        if program:
            shutil.copy(self.scenario / program, self.folder / "__main__.py")
        start = len(record._lines(self.log))
        outcome = self.engine.run({"op": op}, env or {}, lambda process: None)
        calls = [x for x in record._lines(self.log)[start:] if "call" in x and x["call"] != "configure"]
        return {"exit_code": outcome.exit_code, "ops": sorted(outcome.ops), "summary": outcome.summary, "calls": calls}


@pytest.mark.parametrize("name", EXPECTED["states"])
def test_reads_the_real_engines_state(name: str, tmp_path: Path) -> None:
    told = EXPECTED["states"][name]
    bench = Bench(tmp_path, told["scenario"], told["config"])
    warnings = bench.stack().import_(_load(name))
    assert [f"warning: {w}" in told["import"]["said"].replace(" from snapshot", "") for w in warnings] == [True] * (
        told["import"]["said"].count("warning: ")
    )
    seen = bench.run("preview", told["program"], told["env"])
    seen["calls"] = sorted(f"{c['call']} {c['label']}" for c in seen["calls"])
    assert seen == told["preview"]
    gone = bench.run("destroy")
    gone["calls"] = sorted(f"{c['call']} {c['id']}" for c in gone["calls"])
    assert {k: gone[k] for k in ("exit_code", "summary", "calls")} == told["destroy"]


def test_opens_the_real_engines_cipher(tmp_path: Path) -> None:
    told = EXPECTED["states"]["secrets"]
    bench = Bench(tmp_path, told["scenario"], told["config"])
    bench.stack().import_(_load("secrets.encrypted"))
    exported = bench.engine.export()["deployment"]["resources"]
    normal = record.Normal()
    want = [normal.resource(r) for r in _load("secrets")["deployment"]["resources"]]
    assert [normal.resource(r) for r in exported] == want
    assert bench.run("preview", told["program"], told["env"])["summary"] == told["preview"]["summary"]


def test_every_rule_has_its_state() -> None:
    assert list(RULES) == list(MUTATIONS)


@pytest.mark.parametrize("rule", [r for r in RULES if not RULES[r]["accepted"]])
def test_refuses_what_the_real_engine_refuses(rule: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, "19-components", {})
    stack = bench.stack()
    with pytest.raises(EngineError) as refusal:
        stack.import_(MUTATIONS[rule])
    assert "\n" not in str(refusal.value)
    assert not stack.store.path.exists()


def _distinct() -> list[list[str]]:
    """Accepted states, those together that are the same once they are read: one preview does for all."""
    groups: dict[str, list[str]] = {}
    for rule, expected in RULES.items():
        if expected["accepted"]:
            resources = MUTATIONS[rule]["deployment"].get("resources", [])
            key = json.dumps([[r.get("surprise"), record.Normal().resource(r)] for r in resources])
            groups.setdefault(key, []).append(rule)
    return list(groups.values())


@pytest.mark.parametrize("rules", _distinct(), ids=lambda rules: rules[0])
def test_accepts_what_the_real_engine_accepts(rules: list[str], tmp_path: Path) -> None:
    told = EXPECTED["states"]["components"]
    exports = []
    for number, rule in enumerate(rules):
        (tmp_path / str(number)).mkdir()
        bench = Bench(tmp_path / str(number), told["scenario"], {})
        bench.stack().import_(MUTATIONS[rule])
        exports.append(bench.engine.export()["deployment"]["resources"])
    normal = record.Normal()
    first = [normal.resource(r) for r in exports[0]]
    assert all([normal.resource(r) for r in export] == first for export in exports)
    seen = bench.run("preview", told["program"], told["env"])
    expected = RULES[rules[0]]["preview"]
    assert seen["exit_code"] == (1 if rules[0] in PANICS else expected["exit_code"])
    if expected["exit_code"] == 0:
        assert seen["summary"] == expected["summary"]
