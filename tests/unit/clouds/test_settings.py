from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.clouds.alibaba.regions import REGIONS
from pulumi_instance_role.clouds.alibaba.settings import Place, environment_keys, resolve
from pulumi_instance_role.clouds.credentials import AssumedRole
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Settings
from pulumi_instance_role.clouds.settings import Endpoint

KEYS = {"alicloud:accessKey": "LTAIconfigconfig", "alicloud:secretKey": "s3cr3t-s3cr3t"}
ROLE = "acs:ram::123:role/deployer"


def place(config: dict[str, Any] | None = None, environment: dict[str, str] | None = None, **given: Any) -> Place:
    given.setdefault("region", "cn-hangzhou")
    return resolve(Settings("alibaba", config=config or {}, **given), environment or {})


@pytest.mark.parametrize(
    ("given", "config", "environment", "region"),
    [
        ("cn-shanghai", {"alicloud:region": "cn-beijing"}, {"ALICLOUD_REGION": "us-east-1"}, "cn-shanghai"),
        (None, {"alicloud:region": "cn-beijing"}, {"ALICLOUD_REGION": "us-east-1"}, "cn-beijing"),
        (None, {}, {"ALICLOUD_REGION": "us-east-1", "ALIBABA_CLOUD_REGION": "us-west-1"}, "us-east-1"),
        ("", {}, {"ALIBABA_CLOUD_REGION": "us-west-1"}, "us-west-1"),
        ("cn-new-9", {"alicloud:skipRegionValidation": "true"}, {}, "cn-new-9"),
        ("cn-new-9", {"alicloud:skipRegionValidation": True}, {}, "cn-new-9"),
    ],
)
def test_region(given: str | None, config: dict[str, Any], environment: dict[str, str], region: str) -> None:
    assert place(config, environment, region=given).region == region


def test_public_addresses() -> None:
    found = place(region="cn-shanghai")
    assert (found.ecs.address, found.ram.address) == ("ecs.cn-shanghai.aliyuncs.com", "ram.aliyuncs.com")
    assert str(found.sts) == "https://sts.cn-shanghai.aliyuncs.com"
    assert place().ecs.address == "ecs-cn-hangzhou.aliyuncs.com"
    assert all(place(region=region).ecs.address.endswith(".aliyuncs.com") for region in REGIONS)


@pytest.mark.parametrize(
    ("config", "environment", "ecs"),
    [
        ({"alicloud:endpoints": '[{"ecs": "ecs.example.com"}]'}, {}, "https://ecs.example.com"),
        ({"alicloud:endpoints": [{"ram": "x"}, {"ecs": "ecs.example.com:8443"}]}, {}, "https://ecs.example.com:8443"),
        ({"alicloud:endpoints": {"ecs": "127.0.0.1:80"}, "alicloud:protocol": "HTTP"}, {}, "http://127.0.0.1:80"),
        ({}, {"ALIBABA_CLOUD_ENDPOINT_ECS": "a.example.com", "ECS_ENDPOINT": "b.example.com"}, "https://a.example.com"),
        ({}, {"ECS_ENDPOINT": "b.example.com"}, "https://b.example.com"),
        ({"alicloud:endpoints": {"ecs": "c"}}, {"INSTANCE_ROLE_ENDPOINT": "http://[::1]:9"}, "http://[::1]:9"),
        ({}, {"INSTANCE_ROLE_ENDPOINT": "http://localhost:9/"}, "http://localhost:9"),
    ],
)
def test_endpoint(config: dict[str, Any], environment: dict[str, str], ecs: str) -> None:
    if "alicloud:protocol" in config:
        config = {**config, "alicloud:endpoints": dict.fromkeys(("ecs", "ram", "sts"), "127.0.0.1:80")}
    assert str(place(config, environment).ecs) == ecs


def test_one_endpoint_for_all_is_told() -> None:
    found = place(environment={"INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:4500"})
    assert {found.ecs, found.ram, found.sts} == {Endpoint("127.0.0.1:4500", secure=False)}
    assert found.notices == ("every call goes to http://127.0.0.1:4500 (INSTANCE_ROLE_ENDPOINT)",)


@pytest.mark.parametrize(
    ("given", "config", "environment", "said"),
    [
        ({"region": None}, {}, {}, "region: not set; give region="),
        ({"region": "cn-hangzou"}, {}, {}, 'is not a region of Alibaba Cloud; is "cn-hangzhou" meant?'),
        ({"region": "../x"}, {"alicloud:skipRegionValidation": "true"}, {}, "cannot be a region"),
        ({}, {}, {"INSTANCE_ROLE_ENDPOINT": "127.0.0.1:80"}, "write it as http(s)://host:port"),
        ({}, {}, {"INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:99999"}, "is not an address"),
        ({}, {}, {"INSTANCE_ROLE_ENDPOINT": "http://example.com:80"}, "plain http to example.com would show"),
        ({}, {"alicloud:protocol": "HTTP"}, {}, "plain http to ecs-cn-hangzhou.aliyuncs.com would show"),
        ({}, {"alicloud:protocol": "FTP"}, {}, 'must be HTTP or HTTPS, not "FTP"'),
        ({}, {"alicloud:endpoints": "{"}, {}, "alicloud:endpoints: not JSON"),
        ({}, {"alicloud:endpoints": "[1]"}, {}, "alicloud:endpoints: must be an object"),
        ({}, {"alicloud:endpoints": {"ecs": "a/b"}}, {}, 'alicloud:endpoints (ecs): "a/b" is not an address'),
        ({"assume_role_arn": "role/x"}, {}, {}, 'assume_role_arn: "role/x" is not a role'),
        ({}, {}, {"SSL_CERT_FILE": "/no/such/file"}, "SSL_CERT_FILE: there is no file /no/such/file"),
        ({}, {"instance-role:callsPerSecond": "fast"}, {}, 'must be a number above 0, not "fast"'),
        ({}, {"instance-role:callsPerSecond": "0"}, {}, "must be a number above 0"),
        ({}, {"alicloud:accessKey": "LTAIx"}, {}, "alicloud:secretKey: not set, while its other half is"),
        ({}, {"alicloud:secretKey": "x"}, {}, "alicloud:accessKey: not set"),
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
    found = place({**KEYS, "alicloud:securityToken": "t0k3n"})
    assert found.keys is not None and found.keys.token == "t0k3n"
    assert "lie, encrypted, in the stack's state" in found.notices[0]
    assert not any(secret in repr(found) for secret in (*KEYS.values(), "t0k3n"))


def test_order_of_credentials() -> None:
    environment = {"ALICLOUD_ACCESS_KEY": "LTAIenv", "ALICLOUD_SECRET_KEY": "s", "ALICLOUD_PROFILE": "from-env"}
    assert place(KEYS, environment, profile="mine").profile == "mine"
    assert place(KEYS, environment, profile="mine").keys is None
    assert place({**KEYS, "alicloud:profile": "stack"}).profile == ""
    assert place({"alicloud:profile": "stack"}, environment).profile == "stack"
    assert place({}, environment).profile == ""
    assert place({}, {"ALICLOUD_PROFILE": "from-env"}).profile == "from-env"


@pytest.mark.parametrize(
    ("environment", "key_id", "source"),
    [
        (
            {"ALIBABA_CLOUD_ACCESS_KEY_ID": "a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"},
            "a",
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
        ),
        ({"ALICLOUD_ACCESS_KEY": "b", "ALICLOUD_SECRET_KEY": "s"}, "b", "ALICLOUD_ACCESS_KEY"),
        ({"ALICLOUD_ACCESS_KEY_ID": "c", "ALICLOUD_SECRET_KEY": "s"}, "c", "ALICLOUD_ACCESS_KEY_ID"),
        ({"ALICLOUD_ACCESS_KEY": "b"}, None, ""),
        ({"ALIYUN_ACCESS_KEY_ID": "a", "ALIYUN_ACCESS_KEY_SECRET": "s"}, None, ""),
        ({}, None, ""),
    ],
)
def test_keys_of_the_environment(environment: dict[str, str], key_id: str | None, source: str) -> None:
    keys = environment_keys(environment)
    assert (keys.key_id if keys else None) == key_id
    assert keys is None or keys.source == f"environment ({source})"


def test_assumed_role() -> None:
    block = {"roleArn": ROLE, "sessionName": "ci", "sessionExpiration": 900, "externalId": "x", "policy": "{}"}
    for written in (block, [block], json.dumps(block), json.dumps([block])):
        found = place({"alicloud:assumeRole": written}).assumed
        assert found == AssumedRole(ROLE, "ci", 900, "{}", "x")
    other = "acs:ram::123:role/other"
    found = place({"alicloud:assumeRole": block}, assume_role_arn=other).assumed
    assert found is not None and found.arn == other
    assert place(environment={"ALICLOUD_ASSUME_ROLE_ARN": ROLE}).assumed == AssumedRole(ROLE)
    assert place(environment={"ALIBABA_CLOUD_ROLE_ARN": ROLE}).assumed == AssumedRole(ROLE)
    oidc = {"ALIBABA_CLOUD_ROLE_ARN": ROLE, "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/token"}
    assert place(environment=oidc).assumed is None


def test_region_of_a_profile(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"profiles": [{"name": "prod", "region_id": "cn-shanghai"}]}))
    config = {"alicloud:sharedCredentialsFile": str(file)}
    assert place(config, region=None, profile="prod").region == "cn-shanghai"
    for content in ("", "[]", '{"profiles": null}'):
        file.write_text(content)
        with pytest.raises(CloudError, match="region: not set"):
            place(config, region=None, profile="prod")


def test_what_tells_connections_apart() -> None:
    assert place() == place() and hash(place()) == hash(place())
    assert place(KEYS) != place()
    assert place(profile="a") != place(profile="b")
    assert place(environment={"INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:1"}) != place()
    assert place({"instance-role:callsPerSecond": "2.5"}).calls_per_second == 2.5
