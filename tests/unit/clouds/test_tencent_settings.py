from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.clouds.credentials import AssumedRole
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Settings
from pulumi_instance_role.clouds.settings import Endpoint
from pulumi_instance_role.clouds.tencent.settings import Place, environment_keys, resolve

KEYS = {"tencentcloud:secretId": "AKIDconfigconfig", "tencentcloud:secretKey": "s3cr3t-s3cr3t"}
ROLE = "qcs::cam::uin/100000000001:roleName/deployer"


def place(config: dict[str, Any] | None = None, environment: dict[str, str] | None = None, **given: Any) -> Place:
    given.setdefault("region", "ap-guangzhou")
    return resolve(Settings("tencent", config=config or {}, **given), environment or {})


@pytest.mark.parametrize(
    ("given", "config", "environment", "region"),
    [
        ("ap-tokyo", {"tencentcloud:region": "ap-beijing"}, {"TENCENTCLOUD_REGION": "ap-seoul"}, "ap-tokyo"),
        (None, {"tencentcloud:region": "ap-beijing"}, {"TENCENTCLOUD_REGION": "ap-seoul"}, "ap-beijing"),
        (None, {}, {"TENCENTCLOUD_REGION": "ap-seoul"}, "ap-seoul"),
        ("ap-new", {"instance-role:skipRegionValidation": "true"}, {}, "ap-new"),
        ("ap-new", {"instance-role:skipRegionValidation": True}, {}, "ap-new"),
    ],
)
def test_region(given: str | None, config: dict[str, Any], environment: dict[str, str], region: str) -> None:
    assert place(config, environment, region=given).region == region


@pytest.mark.parametrize(
    ("config", "environment", "cvm"),
    [
        ({}, {}, "https://cvm.tencentcloudapi.com"),
        ({"tencentcloud:domain": "intl.tencentcloudapi.com"}, {}, "https://cvm.intl.tencentcloudapi.com"),
        ({}, {"TENCENTCLOUD_DOMAIN": "internal.tencentcloudapi.com"}, "https://cvm.internal.tencentcloudapi.com"),
        ({"tencentcloud:domain": "x"}, {"INSTANCE_ROLE_ENDPOINT": "http://[::1]:9"}, "http://[::1]:9"),
    ],
)
def test_endpoint(config: dict[str, Any], environment: dict[str, str], cvm: str) -> None:
    found = place(config, environment)
    assert str(found.cvm) == cvm
    assert str(found.cam) == cvm.replace("cvm.", "cam.") and str(found.sts) == cvm.replace("cvm.", "sts.")


def test_one_endpoint_for_all_is_told() -> None:
    found = place(environment={"INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:4500"})
    assert {found.cvm, found.cam, found.sts} == {Endpoint("127.0.0.1:4500", secure=False)}
    assert found.notices == ("every call goes to http://127.0.0.1:4500 (INSTANCE_ROLE_ENDPOINT)",)


@pytest.mark.parametrize(
    ("given", "config", "environment", "said"),
    [
        ({"region": None}, {}, {}, "region: not set; give region=, run: pulumi config set tencentcloud:region"),
        ({"region": "ap-guangzou"}, {}, {}, 'is not a region of Tencent Cloud; is "ap-guangzhou" meant?'),
        ({"region": "../x"}, {"instance-role:skipRegionValidation": "true"}, {}, "cannot be a region"),
        ({}, {}, {"INSTANCE_ROLE_ENDPOINT": "127.0.0.1:80"}, "write it as http(s)://host:port"),
        ({}, {}, {"INSTANCE_ROLE_ENDPOINT": "http://example.com:80"}, "plain http to example.com would show"),
        ({}, {"tencentcloud:protocol": "HTTP"}, {}, "plain http to cvm.tencentcloudapi.com would show"),
        ({}, {}, {"TENCENTCLOUD_PROTOCOL": "HTTP"}, "plain http to cvm.tencentcloudapi.com would show"),
        ({}, {"tencentcloud:protocol": "FTP"}, {}, 'must be HTTP or HTTPS, not "FTP"'),
        ({}, {"tencentcloud:domain": "a/b"}, {}, 'tencentcloud:domain: "cvm.a/b" is not an address'),
        ({}, {"tencentcloud:assumeRole": "{"}, {}, "tencentcloud:assumeRole: not JSON"),
        (
            {},
            {"tencentcloud:assumeRole": {"roleArn": ROLE, "sessionDuration": "soon"}},
            {},
            'must be 1 to 43200 seconds, not "soon"',
        ),
        ({"assume_role_arn": "acs:ram::1:role/x"}, {}, {}, 'assume_role_arn: "acs:ram::1:role/x" is not a role'),
        ({}, {}, {"SSL_CERT_FILE": "/no/such/file"}, "SSL_CERT_FILE: there is no file /no/such/file"),
        (
            {},
            {"instance-role:bindTimeout": "long"},
            {},
            'instance-role:bindTimeout: must be a number above 0, not "long"',
        ),
        ({}, {}, {"INSTANCE_ROLE_BIND_TIMEOUT": "-1"}, "must be a number above 0"),
        ({}, {"tencentcloud:secretId": "AKIDx"}, {}, "tencentcloud:secretKey: not set, while its other half is"),
        ({}, {"tencentcloud:secretKey": "x"}, {}, "tencentcloud:secretId: not set"),
    ],
)
def test_what_cannot_work(
    given: dict[str, Any], config: dict[str, Any], environment: dict[str, str], said: str
) -> None:
    with pytest.raises(CloudError) as caught:
        place(config, environment, **given)
    assert caught.value.kind in (ErrorKind.INVALID, ErrorKind.CREDENTIALS)
    assert said in str(caught.value)
    assert caught.value.hint and "\n" not in str(caught.value)


def test_keys_of_the_stack_are_used_told_and_not_shown() -> None:
    found = place({**KEYS, "tencentcloud:securityToken": "t0k3n"})
    assert found.keys is not None and found.keys.token == "t0k3n"
    assert "lie, encrypted, in the stack's state" in found.notices[0]
    assert not any(secret in repr(found) for secret in (*KEYS.values(), "t0k3n"))


def test_order_of_credentials() -> None:
    environment = {"TENCENTCLOUD_SECRET_ID": "a", "TENCENTCLOUD_SECRET_KEY": "s", "TENCENTCLOUD_PROFILE": "from-env"}
    assert place(KEYS, environment, profile="mine").profile == "mine"
    assert place(KEYS, environment, profile="mine").keys is None
    assert place({**KEYS, "tencentcloud:profile": "stack"}).profile == ""
    assert place({"tencentcloud:profile": "stack"}, environment).profile == "stack"
    assert place({}, environment).profile == ""
    assert place({}, {"TENCENTCLOUD_PROFILE": "from-env"}).profile == "from-env"
    assert place({}, {"TENCENTCLOUD_CAM_ROLE_NAME": "ci"}).cam_role == "ci"


@pytest.mark.parametrize(
    ("more", "token"),
    [
        ({}, ""),
        ({"TENCENTCLOUD_TOKEN": "t"}, "t"),
        ({"TENCENTCLOUD_SECURITY_TOKEN": "s", "TENCENTCLOUD_TOKEN": "t"}, "s"),
    ],
)
def test_keys_of_the_environment(more: dict[str, str], token: str) -> None:
    keys = environment_keys({"TENCENTCLOUD_SECRET_ID": "a", "TENCENTCLOUD_SECRET_KEY": "s", **more})
    assert keys is not None and (keys.key_id, keys.token) == ("a", token)
    assert environment_keys({"TENCENTCLOUD_SECRET_ID": "a", **more}) is None


def test_assumed_role(tmp_path: Path) -> None:
    block = {"roleArn": ROLE, "sessionName": "ci", "sessionDuration": 900, "externalId": "x", "policy": "{}"}
    for written in (block, [block], json.dumps(block)):
        assert place({"tencentcloud:assumeRole": written}).assumed == AssumedRole(ROLE, "ci", 900, "{}", "x")
    found = place(environment={"TENCENTCLOUD_ASSUME_ROLE_ARN": ROLE, "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION": "60"})
    assert found.assumed == AssumedRole(ROLE, duration=60)
    other = "qcs::cam::uin/1:role/4611686018427844696"
    found = place({"tencentcloud:assumeRole": block}, assume_role_arn=other)
    assert found.assumed is not None and found.assumed.arn == other
    (tmp_path / "prod.credential").write_text(json.dumps({"role-arn": ROLE, "role-session-name": "s"}))
    config = {"tencentcloud:sharedCredentialsDir": str(tmp_path)}
    assert place(config, profile="prod").assumed == AssumedRole(ROLE, "s")


def test_region_of_a_profile(tmp_path: Path) -> None:
    file = tmp_path / "prod.configure"
    file.write_text(json.dumps({"_sys_param": {"region": "ap-shanghai"}}))
    environment = {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": str(tmp_path)}
    assert place({}, environment, region=None, profile="prod").region == "ap-shanghai"
    for content in ("", "[]", '{"_sys_param": null}'):
        file.write_text(content)
        with pytest.raises(CloudError, match="region: not set"):
            place({}, environment, region=None, profile="prod")


def test_what_tells_connections_apart() -> None:
    assert place() == place() and hash(place()) == hash(place())
    assert place(KEYS) != place() != place(profile="a")
    assert place({"instance-role:bindTimeout": "300"}).bind_timeout == 300
    assert place(environment={"INSTANCE_ROLE_BIND_TIMEOUT": "15"}).bind_timeout == 15
    assert place({"instance-role:callsPerSecond": "2.5"}).calls_per_second == 2.5
