"""The bench of the engine's own lifecycle tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lifecycle.engine.bench import ROOT, Bench, Toys
from tests.support.forks import python


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A project in a folder of its own."""
    return Bench(tmp_path)


@pytest.fixture(name="toys")
def _toys(bench: Bench) -> Toys:
    toys = Toys.__new__(Toys)
    toys.__dict__.update(bench.__dict__)
    script = toys.write(
        "bin/pulumi-resource-toy", f"#!{python()}\nfrom tests.lifecycle.engine.toy import main\nmain()\n"
    )
    script.chmod(0o755)
    toys.environ["TOY_LOG"] = str(toys.folder / "toy.jsonl")
    toys.environ["PYTHONPATH"] = str(ROOT)
    toys.forget()
    toys.write("Pulumi.dev.yaml", "config:\n  toy:word: hello\n  other:word: not for toys\n")
    return toys
