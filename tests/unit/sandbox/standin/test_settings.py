"""Where the stand-in lets itself be pointed: loopback, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.standin.alibaba.settings import settings
from instance_role_sandbox.standin.errors import SettingsError
from instance_role_sandbox.standin.tencent.settings import settings as tencent_settings

TENCENT = {
    "TENCENTCLOUD_SECRET_ID": "id",
    "TENCENTCLOUD_SECRET_KEY": "secret",
    "TENCENTCLOUD_DOMAIN": "localhost:1",
}
LOCAL = {
    "ALICLOUD_REGION": "cn-hangzhou",
    "ALICLOUD_ACCESS_KEY": "id",
    "ALICLOUD_SECRET_KEY": "secret",
    "ALIBABA_CLOUD_ENDPOINT_ECS": "127.0.0.1:1",
    "VPC_ENDPOINT": "[::1]:2",
}


def test_the_environment_alone_is_enough() -> None:
    found = settings({}, LOCAL)
    assert (found.region, found.access_key, found.protocol) == ("cn-hangzhou", "id", "HTTPS")
    assert found.endpoints == {"Ecs": "127.0.0.1:1", "Vpc": "[::1]:2"}
    assert "secret" not in repr(found)


def test_the_stack_comes_before_the_environment() -> None:
    config = {"region": "cn-beijing", "protocol": "http", "endpoints": [{"ecs": "localhost:3"}]}
    found = settings(config, LOCAL)
    assert (found.region, found.protocol, found.endpoints["Ecs"]) == ("cn-beijing", "HTTP", "localhost:3")


@pytest.mark.parametrize("name", ["ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN"])
def test_a_temporary_key_comes_with_its_token(name: str) -> None:
    found = settings({}, {**LOCAL, name: "a-token"})
    assert found.security_token == "a-token"
    assert "a-token" not in repr(found)
    assert settings({"securityToken": "the stack's"}, {**LOCAL, name: "a-token"}).security_token == "the stack's"
    assert settings({}, LOCAL).security_token == ""
    other = tencent_settings({}, {**TENCENT, "TENCENTCLOUD_SECURITY_TOKEN": "a-token"})
    assert other.security_token == "a-token" and "a-token" not in repr(other)
    assert tencent_settings({}, TENCENT).security_token == ""


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("ALICLOUD_REGION", "alicloud:region is not set"),
        ("ALICLOUD_ACCESS_KEY", "no access key"),
        ("ALICLOUD_SECRET_KEY", "no access key"),
        ("ALIBABA_CLOUD_ENDPOINT_ECS", "needs ALIBABA_CLOUD_ENDPOINT_ECS=127.0.0.1:PORT"),
    ],
)
def test_what_is_missing_is_named(without: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings({}, {name: value for name, value in LOCAL.items() if name != without})


@pytest.mark.parametrize(
    "endpoint",
    [
        "ecs.cn-hangzhou.aliyuncs.com",
        "ecs.cn-hangzhou.aliyuncs.com:443",
        "127.0.0.1.example.com:80",
        "localhost.example.com:80",
        "10.0.0.1:80",
        "0.0.0.0:80",
        "127.0.0.1",
        "http://127.0.0.1:80",
        "127.0.0.1:80@example.com:80",
    ],
)
def test_anything_but_loopback_is_refused(endpoint: str) -> None:
    with pytest.raises(SettingsError, match="talks to loopback only"):
        settings({}, {**LOCAL, "ALIBABA_CLOUD_ENDPOINT_ECS": endpoint})
    with pytest.raises(SettingsError, match="talks to loopback only"):
        tencent_settings({}, {**TENCENT, "TENCENTCLOUD_DOMAIN": endpoint})


@given(st.ip_addresses().filter(lambda address: not address.is_loopback), st.integers(1, 65535))
def test_no_other_address_is_loopback(address: object, port: int) -> None:
    with pytest.raises(SettingsError, match="talks to loopback only"):
        settings({}, {**LOCAL, "ALIBABA_CLOUD_ENDPOINT_ECS": f"{address}:{port}"})


def test_tencent_cloud_is_set_up_as_its_package_is() -> None:
    found = tencent_settings({}, TENCENT)
    assert (found.region, found.protocol, found.endpoint) == ("ap-guangzhou", "HTTPS", "localhost:1")
    assert "secret" not in repr(found).replace("secret_id", "")
    over = {**TENCENT, "TENCENTCLOUD_REGION": "ap-tokyo", "TENCENTCLOUD_PROTOCOL": "http"}
    assert (tencent_settings({}, over).region, tencent_settings({}, over).protocol) == ("ap-tokyo", "HTTP")
    stack = {"region": "ap-shanghai", "domain": "127.0.0.1:2", "secretId": "mine", "secretKey": "x"}
    found = tencent_settings(stack, over)
    assert (found.region, found.endpoint, found.secret_id) == ("ap-shanghai", "127.0.0.1:2", "mine")


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("TENCENTCLOUD_SECRET_ID", "no key: set TENCENTCLOUD_SECRET_ID"),
        ("TENCENTCLOUD_SECRET_KEY", "no key: set TENCENTCLOUD_SECRET_ID"),
        ("TENCENTCLOUD_DOMAIN", "needs TENCENTCLOUD_DOMAIN=localhost:PORT"),
    ],
)
def test_what_tencent_cloud_lacks_is_named(without: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        tencent_settings({}, {name: value for name, value in TENCENT.items() if name != without})
