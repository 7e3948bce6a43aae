"""A whole stack from an empty folder: up, up again, refresh, destroy, with whichever engine there is.

It needs the real pulumi-alicloud plugin. The sandbox's stand-in serves only what the example stacks use and has none
of the real one's cost, so a figure with it would say nothing; it is refused.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.cloud import Cost
from instance_role_sandbox.project import emulator, engines, plugin
from instance_role_sandbox.project.control import Control
from instance_role_sandbox.project.environment import cleared, sandboxed
from instance_role_sandbox.project.place import find_place

STACK = "alibaba"
OPERATIONS = (("up", "up"), ("up again", "up"), ("refresh", "refresh"), ("destroy", "destroy"))
_PROJECT = Path(__file__).parent.parent
_PARTS = ("Pulumi.yaml", f"Pulumi.{STACK}.yaml", "__main__.py", "stacks")


class Refused(Exception):
    """It cannot be measured here. One line: why, and what to do."""


@dataclass(frozen=True)
class Step:
    """One operation on the stack."""

    name: str
    cost: Cost
    writing: int

    def data(self) -> dict[str, Any]:
        """For ``--json``."""
        calls = dict(sorted(self.cost.calls.items()))
        return {
            "operation": self.name,
            "calls": self.cost.total,
            "writing": self.writing,
            "calls_by_action": calls,
            "seconds": round(self.cost.seconds, 3),
        }


def run(engine: str | None, say: Callable[[str], None]) -> Iterator[Step]:
    """The operations one after the other, on a copy of the project. Raises :class:`Refused`."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        (folder / ".sandbox").mkdir()
        _copy_project(folder)
        place = find_place(folder, STACK)
        (cloud,) = place.clouds
        found = plugin.choose(cloud, place)
        if found.stand_in:
            raise Refused(
                f"stack: there is only the sandbox's stand-in for the {cloud.namespace} plugin, which is not what "
                f"users run; put {cloud.executable} on PATH or install it under PULUMI_HOME"
            )
        chosen = engines.choose(place, engine)
        say(f"stack: {chosen.describe()}; {found}")
        serving, _ = emulator.start(place.sandbox, cleared())
        try:
            environment = found.on_path(sandboxed(serving, place.regions))
            for name, operation in OPERATIONS:
                say(f"stack: {name} ...")
                yield _step(name, serving.control, partial(chosen.run, operation, environment))
        finally:
            emulator.stop(place.sandbox)


def _step(name: str, control: Control, work: Callable[[], int]) -> Step:
    last = control.last_call()
    start = perf_counter()
    with output_aside():
        code = work()
    seconds = perf_counter() - start
    if code != 0:
        raise Refused(f"stack: {name} failed (the engine's exit code is {code}); its output is above")
    made = control.calls(last)
    return Step(
        name, Cost(seconds, Counter(call["action"] for call in made)), sum(bool(call["write"]) for call in made)
    )


def _copy_project(folder: Path) -> None:
    """The project as it is, so that its own sandbox stays untouched."""
    for part in _PARTS:
        source = _PROJECT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    (folder / ".venv").symlink_to(_PROJECT / ".venv")


@contextmanager
def output_aside() -> Iterator[None]:
    """What the engine prints goes to standard error, so that standard output has the figures alone."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
