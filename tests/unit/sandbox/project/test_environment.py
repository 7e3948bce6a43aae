"""No real key, endpoint or proxy of the caller gets into the sandbox's environment."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.emulator import Emulator
from instance_role_sandbox.project.environment import cleared, sandboxed
from instance_role_sandbox.standin.tencent.settings import settings

ACCOUNTS = {
    "alibaba": Account("sandbox-id", "sandbox-secret", "1234567890123456", "cn-beijing"),
    "tencent": Account("sandbox-secret-id", "sandbox-secret-key", "100001234567", "ap-tokyo"),
}
EMULATOR = Emulator("127.0.0.1:4566", Path("/ca.pem"), ACCOUNTS)

CLOUD_NAMES = st.builds(
    lambda prefix, rest: prefix + rest,
    st.sampled_from(["ALICLOUD_", "ALIBABA_CLOUD_", "ALIYUN_", "TENCENTCLOUD_", "INSTANCE_ROLE_"]),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=20),
) | st.sampled_from(["http_proxy", "HTTPS_PROXY", "all_proxy", "ECS_ENDPOINT", "VPC_ENDPOINT", "SSL_CERT_FILE"])


@given(st.dictionaries(CLOUD_NAMES, st.just("real")))
def test_nothing_of_a_real_cloud_is_left(real: dict[str, str]) -> None:
    caller = {"PATH": "/bin", "HOME": "/home/me", "PULUMI_HOME": "/p", **real}
    assert cleared(caller) == {"PATH": "/bin", "HOME": "/home/me", "PULUMI_HOME": "/p"}
    assert "real" not in sandboxed(EMULATOR, {}, caller).values()


def test_every_address_is_the_emulator() -> None:
    found = sandboxed(EMULATOR, {}, {})
    addresses = {value for name, value in found.items() if "ENDPOINT" in name or "DOMAIN" in name}
    assert addresses == {"127.0.0.1:4566", "http://127.0.0.1:4566", "localhost:4566"}
    assert found["ALICLOUD_SECRET_KEY"] == found["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == "sandbox-secret"
    assert found["TENCENTCLOUD_SECRET_KEY"] == "sandbox-secret-key"
    assert "sandbox-secret-key" not in repr(EMULATOR) and "'sandbox-secret'" not in repr(EMULATOR)


def test_the_plugin_of_tencent_cloud_finds_it_there() -> None:
    found = settings({}, sandboxed(EMULATOR, {}, {}))
    assert (found.endpoint, found.protocol, found.region) == ("localhost:4566", "HTTP", "ap-tokyo")


def test_the_stacks_regions_come_before_the_emulators() -> None:
    found = sandboxed(EMULATOR, {}, {})
    assert (found["ALICLOUD_REGION"], found["TENCENTCLOUD_REGION"]) == ("cn-beijing", "ap-tokyo")
    found = sandboxed(EMULATOR, {"alibaba": "cn-hangzhou", "tencent": "ap-shanghai"}, {})
    assert (found["ALIBABA_CLOUD_REGION"], found["TENCENTCLOUD_REGION"]) == ("cn-hangzhou", "ap-shanghai")
