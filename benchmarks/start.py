"""What starting costs: imports and settings of a program and of a provider host, beside ``import pulumi`` alone.

Seconds are of the processor, of a process from its beginning; memory is the most that it held. Each figure is the
median of several processes, those of the ways taken in turns.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator

from tests.support.sandbox import clean_environment

from benchmarks.rows import Row, Topic

TOPIC = Topic(
    "start",
    "Imports and settings, in seconds of the processor",
    "with this package",
    "`import pulumi` alone",
)
ROUNDS = 5
_PLACES = {"alibaba": "cn-hangzhou", "tencent": "ap-guangzhou"}
_KEYS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "TENCENTCLOUD_SECRET_ID")
_ALONE = "import pulumi, pulumi.dynamic\n"
_END = """
import json, os
from pathlib import Path
held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
print(json.dumps([sum(os.times()[:2]), int(held.split()[1]) / 1024]))
"""
_PROGRAM = """
from pulumi_instance_role import InstanceRole, InstanceRoleBinding, PassRoleGrant, RolePolicy, RolePolicyAttachment
from pulumi_instance_role.clouds import notices
from pulumi_instance_role.clouds.port import Settings
notices(Settings({cloud!r}, {region!r}))
"""
_HOST = """
from pulumi_instance_role.resources.role import InstanceRoleProvider
provider, given = InstanceRoleProvider(), dict(cloud={cloud!r}, region={region!r}, name="web", auto_name=False)
checked = provider.check({{}}, given)
assert not checked.failures, checked.failures
assert not provider.diff("web", checked.inputs, provider.check({{}}, given).inputs).changes
"""
_CALLS = """
from pulumi_instance_role.host.process import HOST
HOST.cloud(given)
"""
WORKS = {
    "program of an update": _PROGRAM,
    "host of an update that changes nothing": _HOST,
    "host of an update that calls": _HOST + _CALLS,
}


def run(say: Callable[[str], None], rounds: int = ROUNDS) -> Iterator[Row]:
    """A row for each kind of process and cloud."""
    codes = {
        f"{work}, {cloud}": _ALONE + code.format(cloud=cloud, region=region)
        for cloud, region in _PLACES.items()
        for work, code in WORKS.items()
    }
    found: dict[str, list[tuple[float, float]]] = {work: [] for work in ("", *codes)}
    for number in range(rounds):
        say(f"imports and settings: round {number + 1} of {rounds} ...")
        for work, times in found.items():
            times.append(_one(codes.get(work, _ALONE)))
    middle = {work: tuple(map(statistics.median, zip(*times, strict=True))) for work, times in found.items()}
    seconds, mebibytes = middle[""]
    for work in codes:
        yield Row(work, middle[work][0], seconds, mebibytes=middle[work][1], other_mebibytes=mebibytes)


def _one(code: str) -> tuple[float, float]:
    environment = {**clean_environment(), **dict.fromkeys(_KEYS, "x"), "TENCENTCLOUD_SECRET_KEY": "x"}
    # What is compiled is kept, as where people run it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", code + _END], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seconds, mebibytes = json.loads(done.stdout)
    return seconds, mebibytes
