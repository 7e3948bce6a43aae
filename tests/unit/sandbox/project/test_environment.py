"""No real key, endpoint or proxy of the caller gets into the sandbox's environment."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.sandbox.project.emulator import Emulator
from pulumi_instance_role.sandbox.project.environment import cleared, sandboxed

EMULATOR = Emulator("127.0.0.1:4566", Path("/ca.pem"), "sandbox-id", "sandbox-secret", "1234567890123456", "cn-beijing")

CLOUD_NAMES = st.builds(
    lambda prefix, rest: prefix + rest,
    st.sampled_from(["ALICLOUD_", "ALIBABA_CLOUD_", "ALIYUN_", "TENCENTCLOUD_", "INSTANCE_ROLE_"]),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=20),
) | st.sampled_from(["http_proxy", "HTTPS_PROXY", "all_proxy", "ECS_ENDPOINT", "VPC_ENDPOINT", "SSL_CERT_FILE"])


@given(st.dictionaries(CLOUD_NAMES, st.just("real")))
def test_nothing_of_a_real_cloud_is_left(real: dict[str, str]) -> None:
    caller = {"PATH": "/bin", "HOME": "/home/me", "PULUMI_HOME": "/p", **real}
    assert cleared(caller) == {"PATH": "/bin", "HOME": "/home/me", "PULUMI_HOME": "/p"}
    assert "real" not in sandboxed(EMULATOR, None, caller).values()


def test_every_address_is_the_emulator() -> None:
    found = sandboxed(EMULATOR, None, {})
    addresses = {value for name, value in found.items() if "ENDPOINT" in name}
    assert addresses == {"127.0.0.1:4566", "http://127.0.0.1:4566"}
    assert found["ALICLOUD_SECRET_KEY"] == found["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == "sandbox-secret"
    assert "sandbox-secret" not in repr(EMULATOR)


def test_the_stacks_region_comes_before_the_emulators() -> None:
    assert sandboxed(EMULATOR, None, {})["ALICLOUD_REGION"] == "cn-beijing"
    assert sandboxed(EMULATOR, "cn-hangzhou", {})["ALIBABA_CLOUD_REGION"] == "cn-hangzhou"
