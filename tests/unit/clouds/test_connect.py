from __future__ import annotations

import re
import subprocess
import sys

import pytest

from pulumi_instance_role.clouds import connect, limits_of
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Settings


def test_unknown_cloud() -> None:
    for call in (lambda: limits_of("aws"), lambda: connect(Settings("aws"))):
        with pytest.raises(ValueError, match=r"cloud: must be 'alibaba', not 'aws'"):
            call()


def test_settings_that_cannot_work_are_told_at_once() -> None:
    with pytest.raises(CloudError) as caught:
        connect(Settings("alibaba", region="nowhere"))
    assert caught.value.kind is ErrorKind.INVALID


def test_connections_are_shared() -> None:
    settings = Settings("alibaba", region="cn-hangzhou")
    assert connect(settings) is connect(Settings("alibaba", region="cn-hangzhou"))
    assert connect(settings) is not connect(Settings("alibaba", region="cn-beijing"))


def test_limits_need_no_sdk_and_a_missing_sdk_is_told() -> None:
    code = """
import sys
for name in ("aliyunsdkcore", "aliyunsdkecs", "aliyunsdkram", "aliyunsdksts", "alibabacloud_credentials"):
    sys.modules[name] = None
from pulumi_instance_role.clouds import connect, limits_of
from pulumi_instance_role.clouds.port import CloudError, Settings
print(limits_of("alibaba").bind_batch)
try:
    connect(Settings("alibaba", region="cn-hangzhou"))
except CloudError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    limit, told = done.stdout.splitlines()
    assert limit == "100"
    assert told.endswith("run: pip install 'pulumi-instance-role[alibaba]'"), done.stderr


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("role_name", ["web", "a.b-C9", "x" * 64], ["", "with_underscore", "x" * 65, "ä", "a b"]),
        ("policy_name", ["web", "a-C9", "x" * 128], ["", "a.b", "a_b", "x" * 129]),
        ("instance_id", ["i-bp1abc", "i-0"], ["", "bp1", "i-", "i-a b", "ins-1"]),
    ],
)
def test_patterns_of_names(pattern: str, good: list[str], bad: list[str]) -> None:
    expression = re.compile(getattr(limits_of("alibaba"), pattern))
    assert all(expression.fullmatch(name) for name in good)
    assert not any(expression.fullmatch(name) for name in bad)
