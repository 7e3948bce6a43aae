from __future__ import annotations

import re
import subprocess
import sys

import pytest

from pulumi_instance_role.clouds import NAMES, connect, limits_of
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Settings


def test_unknown_cloud() -> None:
    for call in (lambda: limits_of("aws"), lambda: connect(Settings("aws"))):
        with pytest.raises(ValueError, match=r"cloud: must be 'alibaba' or 'tencent', not 'aws'"):
            call()


REGIONS = {"alibaba": ("cn-hangzhou", "cn-beijing"), "tencent": ("ap-guangzhou", "ap-beijing")}
SDKS = {
    "alibaba": ("aliyunsdkcore", "aliyunsdkecs", "aliyunsdkram", "aliyunsdksts", "alibabacloud_credentials"),
    "tencent": ("tencentcloud",),
}


@pytest.mark.parametrize("cloud", NAMES)
def test_settings_that_cannot_work_are_told_at_once(cloud: str) -> None:
    with pytest.raises(CloudError) as caught:
        connect(Settings(cloud, region="nowhere"))
    assert caught.value.kind is ErrorKind.INVALID


@pytest.mark.parametrize("cloud", NAMES)
def test_connections_are_shared(cloud: str) -> None:
    here, there = REGIONS[cloud]
    assert connect(Settings(cloud, region=here)) is connect(Settings(cloud, region=here))
    assert connect(Settings(cloud, region=here)) is not connect(Settings(cloud, region=there))


@pytest.mark.parametrize("cloud", NAMES)
def test_limits_need_no_sdk_and_a_missing_sdk_is_told(cloud: str) -> None:
    code = f"""
import sys
for name in {SDKS[cloud]!r}:
    sys.modules[name] = None
from pulumi_instance_role.clouds import connect, limits_of
from pulumi_instance_role.clouds.port import CloudError, Settings
print(limits_of({cloud!r}).bind_batch)
try:
    connect(Settings({cloud!r}, region={REGIONS[cloud][0]!r}))
except CloudError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    limit, told = done.stdout.splitlines()
    assert limit == "100"
    assert re.search(rf"; in a checkout .* make wheel && pip install '\./dist/\S+\.whl\[{cloud}\]'$", told), done.stderr


@pytest.mark.parametrize(
    ("cloud", "pattern", "good", "bad"),
    [
        ("alibaba", "role_name", ["web", "a.b-C9", "x" * 64], ["", "with_underscore", "x" * 65, "ä", "a b"]),
        ("alibaba", "policy_name", ["web", "a-C9", "x" * 128], ["", "a.b", "a_b", "x" * 129]),
        ("alibaba", "instance_id", ["i-bp1abc", "i-0"], ["", "bp1", "i-", "i-a b", "ins-1"]),
        ("tencent", "role_name", ["web", "a+b=c,d.e@f_g-H9", "x" * 128], ["", "a b", "x" * 129, "ä", "a/b"]),
        ("tencent", "policy_name", ["web", "a+b=c,d.e@f_g-H9", "x" * 128], ["", "a b", "x" * 129, "a/b"]),
        ("tencent", "instance_id", ["ins-r8hr2upy"], ["", "i-bp1abc", "ins-", "ins-a b", "ins-?"]),
    ],
)
def test_patterns_of_names(cloud: str, pattern: str, good: list[str], bad: list[str]) -> None:
    expression = re.compile(getattr(limits_of(cloud), pattern))
    assert all(expression.fullmatch(name) for name in good)
    assert not any(expression.fullmatch(name) for name in bad)
