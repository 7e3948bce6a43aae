"""docs/elsewhere.md: its examples with the clouds' real packages, in a process of their own.

Nothing is deployed. Every resource is registered with a monitor that takes whatever it is given, so what is seen is
what the package makes of the example: a keyword that it does not have, or a part that it does not know, does not come
through.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.sandbox import clean_environment

PAGE = (Path(__file__).parents[3] / "docs" / "elsewhere.md").read_text(encoding="utf-8")
PACKAGES = {"alibaba": "pulumi_alicloud", "tencent": "tencentcloud_iac_pulumi"}
EXAMPLES = dict(zip(("alibaba", "tencent"), re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S), strict=True))
RUN = """
import asyncio, inspect, json, sys
import pulumi

made = []

class Monitor(pulumi.runtime.Mocks):
    def new_resource(self, args):
        made.append([args.typ, args.name, {k: v for k, v in args.inputs.items() if not k.startswith("__")}])
        return f"{args.name}-id", {**args.inputs, "arn": "the-arn"}

    def call(self, args):
        return {}

pulumi.runtime.set_mocks(Monitor(), project="shop", stack="prod", preview=False)
package, example, named = json.load(sys.stdin)
exec(compile(example, "example.py", "exec"), {"__name__": "__main__"})
for module, kind, argument in named:
    resource = getattr(getattr(__import__(package), module), kind)
    assert argument in inspect.signature(resource._internal_init).parameters, (module, kind, argument)
asyncio.get_event_loop().run_until_complete(pulumi.runtime.stack.wait_for_rpcs())
print(json.dumps(made))
"""
WANTED = {
    "alibaba": {
        "alicloud:ess/scalingConfiguration:ScalingConfiguration": "roleName",
        "alicloud:ecs/ecsLaunchTemplate:EcsLaunchTemplate": "ramRoleName",
        "alicloud:cs/nodePool:NodePool": "ramRoleName",
        "alicloud:eci/containerGroup:ContainerGroup": "ramRoleName",
        "alicloud:fc/v3Function:V3Function": "role",
    },
    "tencent": {
        "tencentcloud:As/scalingConfig:ScalingConfig": "camRoleName",
        "tencentcloud:Cvm/launchTemplate:LaunchTemplate": "camRoleName",
        "tencentcloud:Kubernetes/nodePool:NodePool": "autoScalingConfig.camRoleName",
        "tencentcloud:Kubernetes/scaleWorker:ScaleWorker": "workerConfig.camRoleName",
        "tencentcloud:Scf/function:Function": "role",
    },
}
"""Where the role arrives: the type that travels, and the property, as the package's schema names both."""


@pytest.mark.parametrize("cloud", sorted(EXAMPLES))
def test_the_role_arrives_where_the_package_takes_it(cloud: str, tmp_path: Path) -> None:
    environment = {**clean_environment(), "ALICLOUD_REGION": "cn-hangzhou", "TENCENTCLOUD_REGION": "ap-guangzhou"}
    column = 0 if cloud == "alibaba" else 1
    rows = [line.split("|")[2:5:2][column] for line in PAGE.split("## Alibaba Cloud")[0].splitlines() if "=)" in line]
    named = [found.groups() for row in rows if (found := re.search(r"`(\w+)\.(\w+)\((\w+)=", row))]
    assert len(named) >= len(WANTED[cloud])
    assert f"`{PACKAGES[cloud]}` {version(PACKAGES[cloud])}" in " ".join(PAGE.split())
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN],
        input=json.dumps([PACKAGES[cloud], EXAMPLES[cloud], named]),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = {kind: inputs for kind, _, inputs in json.loads(done.stdout)}
    for kind, where in WANTED[cloud].items():
        found = made[kind]
        for part in where.split("."):
            found = found[part]
        function = "unction" in kind.rpartition(":")[2]
        arn = function and cloud == "alibaba"
        assert found == ("the-arn" if arn else "shop-resize" if function else "shop-web"), kind
