"""What this package adds to Pulumi's own cost: many resources, beside as many empty dynamic ones, with one engine.

A quarter each are roles, policies of two kinds, and attachments; the empty ones have as many references. No call is
delayed: what is left is what engine, program and host do, and the emulator's own work. Counted is the time of all
processes from start to end, as a person waits for it.
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from statistics import median

from tests.support.sandbox import Sandbox

from benchmarks.cloud import Cost, emulator
from benchmarks.rows import Row, Topic, by_action
from benchmarks.stack import output_aside
from instance_role_sandbox.project import engines
from instance_role_sandbox.project.place import find_place
from pulumi_instance_role.clouds.alibaba.limits import RATES

TOPIC = Topic(
    "overhead",
    "Many resources, no latency",
    "roles, policies and attachments",
    "as many empty dynamic resources, with the same engine",
)
SIZE, QUICK = 200, 40
ROUNDS = 5
OPERATIONS = (
    ("create", "up", 1),
    ("up without changes", "up", ROUNDS),
    ("preview", "preview", ROUNDS),
    ("refresh", "refresh", ROUNDS),
    ("destroy", "destroy", 1),
)
"""What it is called, the engine's command, and how often it can be done in turns: the median counts."""
_OURS = """
from pulumi_instance_role import InstanceRole, RolePolicy, RolePolicyAttachment, allow, policy_document

for n in range({quarter}):
    role = InstanceRole(f"role-{{n}}", cloud="alibaba")
    read = policy_document(allow("oss:GetObject", on=f"acs:oss:*:*:bucket-{{n}}/*"))
    policy = RolePolicy(f"read-{{n}}", cloud="alibaba", document=read)
    write = policy_document(allow("oss:PutObject", on=f"acs:oss:*:*:bucket-{{n}}/*"))
    RolePolicy(f"write-{{n}}", cloud="alibaba", document=write)
    RolePolicyAttachment(f"tie-{{n}}", role=role, policy=policy)
"""
_EMPTY = """
from empty import Empty

for n in range({quarter}):
    role = Empty(f"role-{{n}}", {{"label": f"role-{{n}}"}})
    policy = Empty(f"read-{{n}}", {{"label": f"read-{{n}}"}})
    Empty(f"write-{{n}}", {{"label": f"write-{{n}}"}})
    Empty(f"tie-{{n}}", {{"label": f"tie-{{n}}", "role": role.label, "policy": policy.label}})
"""
_MODULE = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class EmptyProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult(props["label"], dict(props))


class Empty(Resource):
    label: pulumi.Output[str]

    def __init__(self, name, props):
        super().__init__(EmptyProvider(), name, props)
"""


def run(size: int, engine: str | None, say: Callable[[str], None]) -> Iterator[Row]:
    """A row for each operation, the sides in turns. ProjectError where there is no such engine."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, emulator() as server:
        sandbox = server.account()
        sides = {
            "ours": _Side(Path(name) / "ours", _OURS, size, sandbox, engine),
            "empty": _Side(Path(name) / "empty", _EMPTY, size, sandbox, engine),
        }
        say(f"{size} resources over {size} empty ones: {sides['ours'].engine.describe()}")
        for work, operation, rounds in OPERATIONS:
            costs: dict[str, list[Cost]] = {side: [] for side in sides}
            for _ in range(rounds):
                for side, project in sides.items():
                    say(f"{size} resources over {size} empty ones: {work}, {side} ...")
                    costs[side].append(project.run(operation))
            mine, theirs = costs["ours"][-1], costs["empty"][-1]
            yield Row(
                f"{work}, {size} resources",
                median(one.seconds for one in costs["ours"]),
                median(one.seconds for one in costs["empty"]),
                mine.total,
                theirs.total,
                paced=max((_paced(action, number) for action, number in mine.calls.items()), default=0.0),
                which=by_action(mine.calls),
            )


def _paced(action: str, number: int) -> float:
    """Seconds from the first of so many calls to the last, where no second has more than the published rate."""
    rate = RATES.get(action)
    return 0.0 if rate is None else float(ceil(number / rate) - 1)


class _Side:
    def __init__(self, folder: Path, program: str, size: int, sandbox: Sandbox, engine: str | None) -> None:
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n", encoding="utf-8")
        (folder / "Pulumi.dev.yaml").write_text("config: {}\n", encoding="utf-8")
        (folder / "__main__.py").write_text(textwrap.dedent(program).format(quarter=size // 4), encoding="utf-8")
        (folder / "empty.py").write_text(_MODULE, encoding="utf-8")
        (folder / ".sandbox").mkdir()
        self.sandbox = sandbox
        self.engine = engines.choose(find_place(folder, "dev"), engine)
        kept = {"PULUMI_PYTHON_CMD": sys.executable}
        self.environment = {**sandbox.env(), **kept}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(self, operation: str) -> Cost:
        """One operation to its end."""
        mark, start = self.sandbox.mark(), time.perf_counter()
        with output_aside():
            code = self.engine.run(operation, self.environment)
        cost = Cost(time.perf_counter() - start)
        assert code == 0, f"{operation}: the engine's exit code is {code}; its output is above"
        cost.calls.update(call["action"] for call in self.sandbox.calls(mark))
        return cost
