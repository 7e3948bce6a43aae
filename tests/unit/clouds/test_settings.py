"""Where to call and as whom: what both clouds read alike, by one table, and what only one of them has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.clouds import NAMES
from pulumi_instance_role.clouds.alibaba import settings as alibaba
from pulumi_instance_role.clouds.alibaba.regions import REGIONS
from pulumi_instance_role.clouds.credentials import AssumedRole, Keys
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Settings
from pulumi_instance_role.clouds.settings import Endpoint
from pulumi_instance_role.clouds.tencent import settings as tencent

Config = dict[str, Any]
Environment = dict[str, str]


@dataclass(frozen=True)
class Cloud:
    """How one cloud spells what both have."""

    name: str
    title: str
    space: str  # of the keys of its Pulumi package
    resolve: Callable[..., Any]
    environment_keys: Callable[..., Keys | None]
    regions: tuple[str, str, str]
    misspelt: str
    region_variable: str
    skip_region: str
    keys: tuple[str, str]
    key_variables: tuple[str, str]
    profile_variable: str
    products: tuple[str, str, str]
    first_host: str
    role: str
    another_role: str
    no_role: str
    role_variable: str
    duration: str  # of an assumed role

    def place(self, config: Config | None = None, environment: Environment | None = None, **given: Any) -> Any:
        given.setdefault("region", self.regions[0])
        return self.resolve(Settings(self.name, config=config or {}, **given), environment or {})

    def config(self, **values: Any) -> Config:
        return {f"{self.space}:{key}": value for key, value in values.items()}

    def stack_keys(self) -> Config:
        return self.config(**dict(zip(self.keys, ("configconfig", "s3cr3t-s3cr3t"), strict=True)))

    def endpoints(self, place: Any) -> set[Endpoint]:
        return {getattr(place, product) for product in self.products}


ALIBABA = Cloud(
    name="alibaba",
    title="Alibaba Cloud",
    space="alicloud",
    resolve=alibaba.resolve,
    environment_keys=alibaba.environment_keys,
    regions=("cn-hangzhou", "cn-shanghai", "us-east-1"),
    misspelt="cn-hangzou",
    region_variable="ALICLOUD_REGION",
    skip_region="alicloud:skipRegionValidation",
    keys=("accessKey", "secretKey"),
    key_variables=("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY"),
    profile_variable="ALICLOUD_PROFILE",
    products=("ecs", "ram", "sts"),
    first_host="ecs-cn-hangzhou.aliyuncs.com",
    role="acs:ram::123:role/deployer",
    another_role="acs:ram::123:role/other",
    no_role="role/x",
    role_variable="ALICLOUD_ASSUME_ROLE_ARN",
    duration="sessionExpiration",
)
TENCENT = Cloud(
    name="tencent",
    title="Tencent Cloud",
    space="tencentcloud",
    resolve=tencent.resolve,
    environment_keys=tencent.environment_keys,
    regions=("ap-guangzhou", "ap-beijing", "ap-seoul"),
    misspelt="ap-guangzou",
    region_variable="TENCENTCLOUD_REGION",
    skip_region="instance-role:skipRegionValidation",
    keys=("secretId", "secretKey"),
    key_variables=("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"),
    profile_variable="TENCENTCLOUD_PROFILE",
    products=("cvm", "cam", "sts"),
    first_host="cvm.tencentcloudapi.com",
    role="qcs::cam::uin/100000000001:roleName/deployer",
    another_role="qcs::cam::uin/1:role/4611686018427844696",
    no_role="acs:ram::1:role/x",
    role_variable="TENCENTCLOUD_ASSUME_ROLE_ARN",
    duration="sessionDuration",
)
CLOUDS = {one.name: one for one in (ALIBABA, TENCENT)}
assert set(CLOUDS) == set(NAMES)


@pytest.fixture(params=sorted(CLOUDS))
def cloud(request: pytest.FixtureRequest) -> Cloud:
    return CLOUDS[request.param]


def refused(call: Callable[[], object], said: str) -> None:
    with pytest.raises(CloudError) as caught:
        call()
    assert caught.value.kind in (ErrorKind.INVALID, ErrorKind.CREDENTIALS)
    assert said in str(caught.value)
    assert caught.value.hint and "\n" not in str(caught.value)


# -- both ------------------------------------------------------------------------------------------------------
def test_region(cloud: Cloud) -> None:
    first, second, third = cloud.regions
    config, environment = cloud.config(region=second), {cloud.region_variable: third}
    assert cloud.place(config, environment, region=first).region == first
    assert cloud.place(config, environment, region=None).region == second
    assert cloud.place({}, environment, region="").region == third
    for skip in ("true", True):
        assert cloud.place({cloud.skip_region: skip}, region="cn-new-9").region == "cn-new-9"


@pytest.mark.parametrize(
    ("given", "shown"), [("http://[::1]:9", "http://[::1]:9"), ("http://localhost:9/", "http://localhost:9")]
)
def test_one_endpoint_for_all_is_told(cloud: Cloud, given: str, shown: str) -> None:
    found = cloud.place({}, {"INSTANCE_ROLE_ENDPOINT": given})
    assert [str(one) for one in cloud.endpoints(found)] == [shown]
    assert found.notices == (f"every call goes to {shown} (INSTANCE_ROLE_ENDPOINT)",)


@pytest.mark.parametrize(
    ("config", "environment", "said"),
    [
        ({}, {"INSTANCE_ROLE_ENDPOINT": "127.0.0.1:80"}, "write it as http(s)://host:port"),
        ({}, {"INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:99999"}, "is not an address"),
        ({}, {"INSTANCE_ROLE_ENDPOINT": "http://example.com:80"}, "plain http to example.com would show"),
        ({}, {"SSL_CERT_FILE": "/no/such/file"}, "SSL_CERT_FILE: there is no file /no/such/file"),
        ({"instance-role:callsPerSecond": "fast"}, {}, 'must be a number above 0, not "fast"'),
        ({"instance-role:callsPerSecond": "0"}, {}, "must be a number above 0"),
        ({"instance-role:bindTimeout": "long"}, {}, 'instance-role:bindTimeout: must be a number above 0, not "long"'),
        ({}, {"INSTANCE_ROLE_BIND_TIMEOUT": "-1"}, "must be a number above 0"),
    ],
)
def test_what_cannot_work_anywhere(cloud: Cloud, config: Config, environment: Environment, said: str) -> None:
    refused(lambda: cloud.place(config, environment), said)


WITH_PASSWORD = "user:s3cr3t@gateway.example.com"
ADDRESSES: list[tuple[str, Config, Environment]] = [
    *((name, {}, {"INSTANCE_ROLE_ENDPOINT": f"{scheme}{WITH_PASSWORD}"})
      for name in CLOUDS for scheme in ("https://", "http://", "")),
    ("alibaba", {"alicloud:endpoints": [{"ecs": WITH_PASSWORD}]}, {}),
    ("alibaba", {"alicloud:endpoints": f'{{"ram": "https://{WITH_PASSWORD}"}}'}, {}),
    ("alibaba", {"alicloud:protocol": f"http://{WITH_PASSWORD}"}, {}),
    *(("alibaba", {}, {name: WITH_PASSWORD}) for name in ("ALIBABA_CLOUD_ENDPOINT_ECS", "ECS_ENDPOINT",
                                                          "ALIBABA_CLOUD_ENDPOINT_RAM", "STS_ENDPOINT")),
    ("tencent", {"tencentcloud:domain": WITH_PASSWORD}, {}),
    ("tencent", {}, {"TENCENTCLOUD_DOMAIN": WITH_PASSWORD}),
    ("tencent", {}, {"TENCENTCLOUD_PROTOCOL": f"https://{WITH_PASSWORD}"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "config", "environment"), ADDRESSES)
def test_a_password_in_an_address_is_never_shown(name: str, config: Config, environment: Environment) -> None:
    source = next(iter(config or environment)).replace("TENCENTCLOUD_PROTOCOL", "tencentcloud:protocol")
    with pytest.raises(CloudError) as caught:
        CLOUDS[name].place(config, environment)
    assert "s3cr3t" not in str(caught.value) + repr(caught.value) and source in str(caught.value)


def test_what_cannot_work_in_the_clouds_own_words(cloud: Cloud) -> None:
    space, (key, secret) = cloud.space, cloud.keys
    refused(lambda: cloud.place(region=None), f"region: not set; give region=, run: pulumi config set {space}:region")
    meant = f'is not a region of {cloud.title}; is "{cloud.regions[0]}" meant?'
    refused(lambda: cloud.place(region=cloud.misspelt), meant)
    refused(lambda: cloud.place({cloud.skip_region: "true"}, region="../x"), "cannot be a region")
    refused(lambda: cloud.place(cloud.config(protocol="HTTP")), f"plain http to {cloud.first_host} would show")
    refused(lambda: cloud.place(cloud.config(protocol="FTP")), 'must be HTTP or HTTPS, not "FTP"')
    refused(lambda: cloud.place(cloud.config(assumeRole="{")), f"{space}:assumeRole: not JSON")
    refused(lambda: cloud.place(cloud.config(assumeRole="[1]")), f"{space}:assumeRole: must be an object")
    refused(lambda: cloud.place(assume_role_arn=cloud.no_role), f'assume_role_arn: "{cloud.no_role}" is not a role')
    refused(lambda: cloud.place(cloud.config(**{key: "x"})), f"{space}:{secret}: not set, while its other half is")
    refused(lambda: cloud.place(cloud.config(**{secret: "x"})), f"{space}:{key}: not set")


def test_keys_of_the_stack_are_used_told_and_not_shown(cloud: Cloud) -> None:
    given = {**cloud.stack_keys(), **cloud.config(securityToken="t0k3n")}
    found = cloud.place(given)
    assert found.keys is not None and found.keys.token == "t0k3n"
    key, secret, token = given
    names = f"{key}, {secret} and {token}"
    assert found.notices[0].startswith(f"{names} are used; they also lie in the stack's state, {names} not encrypted.")
    (closed,) = cloud.place(given, secret=frozenset(given)).notices
    assert closed.startswith(f"{names} are used; they also lie encrypted in the stack's state. The environment,")
    (half,) = cloud.place(cloud.stack_keys(), secret=frozenset({secret})).notices
    assert f"in the stack's state, {key} not encrypted." in half
    assert not any(secret in repr(found) for secret in (*cloud.stack_keys().values(), "t0k3n"))


def test_order_of_credentials(cloud: Cloud) -> None:
    keys, stack = cloud.stack_keys(), cloud.config(profile="stack")
    environment = {**dict.fromkeys(cloud.key_variables, "x"), cloud.profile_variable: "from-env"}
    assert cloud.place(keys, environment, profile="mine").profile == "mine"
    assert cloud.place(keys, environment, profile="mine").keys is None
    assert cloud.place({**keys, **stack}).profile == ""
    assert cloud.place(stack, environment).profile == "stack"
    assert cloud.place({}, environment).profile == ""
    assert cloud.place({}, {cloud.profile_variable: "from-env"}).profile == "from-env"


def test_assumed_role(cloud: Cloud) -> None:
    block = {"roleArn": cloud.role, "sessionName": "ci", cloud.duration: 900, "externalId": "x", "policy": "{}"}
    for written in (block, [block], json.dumps(block), json.dumps([block])):
        assert cloud.place(cloud.config(assumeRole=written)).assumed == AssumedRole(cloud.role, "ci", 900, "{}", "x")
    found = cloud.place(cloud.config(assumeRole=block), assume_role_arn=cloud.another_role).assumed
    assert found is not None and found.arn == cloud.another_role
    assert cloud.place(environment={cloud.role_variable: cloud.role}).assumed == AssumedRole(cloud.role)


def test_what_tells_connections_apart(cloud: Cloud) -> None:
    place = cloud.place
    assert place() == place() and hash(place()) == hash(place())
    assert place(cloud.stack_keys()) != place()
    assert place(profile="a") != place(profile="b")
    assert place(environment={"INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:1"}) != place()
    assert place({"instance-role:callsPerSecond": "2.5"}).calls_per_second == 2.5
    assert place({"instance-role:bindTimeout": "300"}).bind_timeout == 300
    assert place(environment={"INSTANCE_ROLE_BIND_TIMEOUT": "15"}).bind_timeout == 15


# -- Alibaba Cloud ---------------------------------------------------------------------------------------------
def test_public_addresses() -> None:
    found = ALIBABA.place(region="cn-shanghai")
    assert (found.ecs.address, found.ram.address) == ("ecs.cn-shanghai.aliyuncs.com", "ram.aliyuncs.com")
    assert str(found.sts) == "https://sts.cn-shanghai.aliyuncs.com"
    assert ALIBABA.place().ecs.address == "ecs-cn-hangzhou.aliyuncs.com"
    assert all(ALIBABA.place(region=region).ecs.address.endswith(".aliyuncs.com") for region in REGIONS)


@pytest.mark.parametrize(
    ("config", "environment", "ecs"),
    [
        ({"alicloud:endpoints": '[{"ecs": "ecs.example.com"}]'}, {}, "https://ecs.example.com"),
        ({"alicloud:endpoints": [{"ram": "x"}, {"ecs": "ecs.example.com:8443"}]}, {}, "https://ecs.example.com:8443"),
        ({"alicloud:endpoints": {"ecs": "127.0.0.1:80"}, "alicloud:protocol": "HTTP"}, {}, "http://127.0.0.1:80"),
        ({}, {"ALIBABA_CLOUD_ENDPOINT_ECS": "a.example.com", "ECS_ENDPOINT": "b.example.com"}, "https://a.example.com"),
        ({}, {"ECS_ENDPOINT": "b.example.com"}, "https://b.example.com"),
        ({"alicloud:endpoints": {"ecs": "c"}}, {"INSTANCE_ROLE_ENDPOINT": "http://[::1]:9"}, "http://[::1]:9"),
    ],
)
def test_addresses_by_product(config: Config, environment: Environment, ecs: str) -> None:
    if "alicloud:protocol" in config:
        config = {**config, "alicloud:endpoints": dict.fromkeys(("ecs", "ram", "sts"), "127.0.0.1:80")}
    assert str(ALIBABA.place(config, environment).ecs) == ecs


def test_addresses_that_cannot_work() -> None:
    refused(lambda: ALIBABA.place({"alicloud:endpoints": "{"}), "alicloud:endpoints: not JSON")
    refused(lambda: ALIBABA.place({"alicloud:endpoints": "[1]"}), "alicloud:endpoints: must be an object")
    said = 'alicloud:endpoints (ecs): "a/b" is not an address'
    refused(lambda: ALIBABA.place({"alicloud:endpoints": {"ecs": "a/b"}}), said)


def test_variables_of_alibabas_sdks() -> None:
    environment = {"ALICLOUD_REGION": "us-east-1", "ALIBABA_CLOUD_REGION": "us-west-1"}
    assert ALIBABA.place({}, environment, region=None).region == "us-east-1"
    assert ALIBABA.place({}, {"ALIBABA_CLOUD_REGION": "us-west-1"}, region="").region == "us-west-1"
    role = {"ALIBABA_CLOUD_ROLE_ARN": ALIBABA.role}
    assert ALIBABA.place(environment=role).assumed == AssumedRole(ALIBABA.role)
    assert ALIBABA.place(environment={**role, "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/token"}).assumed is None


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
def test_keys_of_alibabas_environment(environment: Environment, key_id: str | None, source: str) -> None:
    keys = ALIBABA.environment_keys(environment)
    assert (keys.key_id if keys else None) == key_id
    assert keys is None or keys.source == f"environment ({source})"


def test_region_of_alibabas_profile(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"profiles": [{"name": "prod", "region_id": "cn-shanghai"}]}))
    config = {"alicloud:sharedCredentialsFile": str(file)}
    assert ALIBABA.place(config, region=None, profile="prod").region == "cn-shanghai"
    for content in ("", "[]", '{"profiles": null}'):
        file.write_text(content)
        refused(lambda: ALIBABA.place(config, region=None, profile="prod"), "region: not set")


# -- Tencent Cloud ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("config", "environment", "cvm"),
    [
        ({}, {}, "https://cvm.tencentcloudapi.com"),
        ({"tencentcloud:domain": "intl.tencentcloudapi.com"}, {}, "https://cvm.intl.tencentcloudapi.com"),
        ({}, {"TENCENTCLOUD_DOMAIN": "internal.tencentcloudapi.com"}, "https://cvm.internal.tencentcloudapi.com"),
        ({"tencentcloud:domain": "x"}, {"INSTANCE_ROLE_ENDPOINT": "http://[::1]:9"}, "http://[::1]:9"),
    ],
)
def test_addresses_under_a_domain(config: Config, environment: Environment, cvm: str) -> None:
    found = TENCENT.place(config, environment)
    assert str(found.cvm) == cvm
    assert str(found.cam) == cvm.replace("cvm.", "cam.") and str(found.sts) == cvm.replace("cvm.", "sts.")


@pytest.mark.parametrize(
    ("config", "environment", "said"),
    [
        ({}, {"TENCENTCLOUD_PROTOCOL": "HTTP"}, "plain http to cvm.tencentcloudapi.com would show"),
        ({"tencentcloud:domain": "a/b"}, {}, 'tencentcloud:domain: "cvm.a/b" is not an address'),
        (
            {"tencentcloud:assumeRole": {"roleArn": TENCENT.role, "sessionDuration": "soon"}},
            {},
            'must be 1 to 43200 seconds, not "soon"',
        ),
        ({"tencentcloud:allowedAccountIds": '["mine"]'}, {}, "allowedAccountIds: must be a list of account ids"),
        ({"tencentcloud:forbiddenAccountIds": "{"}, {}, "forbiddenAccountIds: must be a list of account ids"),
        ({"tencentcloud:assumeRoleWithSaml": {"roleArn": "x"}}, {}, "tencentcloud:assumeRoleWithSaml: this way"),
        ({"tencentcloud:assumeRoleWithWebIdentity": [{}]}, {}, "tencentcloud:assumeRoleWithWebIdentity: this way"),
        ({"tencentcloud:mfaCertification": "{}"}, {}, "tencentcloud:mfaCertification: this way"),
        ({}, {"TENCENTCLOUD_ASSUME_ROLE_SAML_ASSERTION": "x"}, "TENCENTCLOUD_ASSUME_ROLE_SAML_ASSERTION: this way"),
        ({}, {"TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN_FILE": "x"}, "TOKEN_FILE: this way of signing in"),
        ({}, {"TENCENTCLOUD_MFA_CERTIFICATION_SERIAL_NUMBER": "x"}, "SERIAL_NUMBER: this way of signing in"),
    ],
)
def test_what_cannot_work_on_tencent(config: Config, environment: Environment, said: str) -> None:
    refused(lambda: TENCENT.place(config, environment), said)


@pytest.mark.parametrize(
    ("more", "token"),
    [
        ({}, ""),
        ({"TENCENTCLOUD_TOKEN": "t"}, "t"),
        ({"TENCENTCLOUD_SECURITY_TOKEN": "s", "TENCENTCLOUD_TOKEN": "t"}, "s"),
    ],
)
def test_keys_of_tencents_environment(more: Environment, token: str) -> None:
    keys = TENCENT.environment_keys({"TENCENTCLOUD_SECRET_ID": "a", "TENCENTCLOUD_SECRET_KEY": "s", **more})
    assert keys is not None and (keys.key_id, keys.token) == ("a", token)
    assert TENCENT.environment_keys({"TENCENTCLOUD_SECRET_ID": "a", **more}) is None


def test_role_of_the_instance() -> None:
    environment = {"TENCENTCLOUD_CAM_ROLE_NAME": "ci"}
    assert TENCENT.place({}, environment).cam_role == "ci"
    assert TENCENT.place({"tencentcloud:camRoleName": "stack"}, environment).cam_role == "stack"


def test_what_else_assuming_takes_on_tencent(tmp_path: Path) -> None:
    names = ("SESSION_NAME", "EXTERNAL_ID", "SOURCE_IDENTITY", "SERIAL_NUMBER", "TOKEN_CODE")
    variables = {f"TENCENTCLOUD_ASSUME_ROLE_{name}": name.lower() for name in names}
    environment = {**variables, TENCENT.role_variable: TENCENT.role, "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION": "60"}
    more = (("SourceIdentity", "source_identity"), ("SerialNumber", "serial_number"), ("TokenCode", "token_code"))
    wanted = AssumedRole(TENCENT.role, "session_name", 60, "", "external_id", more)
    assert TENCENT.place(environment=environment).assumed == wanted
    assert "token_code" not in repr(wanted)
    block = {"roleArn": TENCENT.role, "serialNumber": "s", "tokenCode": 123456}
    found = TENCENT.place({"tencentcloud:assumeRole": block}).assumed
    assert found is not None and found.more == (("SerialNumber", "s"), ("TokenCode", "123456"))
    (tmp_path / "prod.credential").write_text(json.dumps({"role-arn": TENCENT.role, "role-session-name": "s"}))
    config = {"tencentcloud:sharedCredentialsDir": str(tmp_path)}
    assert TENCENT.place(config, profile="prod").assumed == AssumedRole(TENCENT.role, "s")


def test_region_of_tencents_profile(tmp_path: Path) -> None:
    file = tmp_path / "prod.configure"
    file.write_text(json.dumps({"_sys_param": {"region": "ap-shanghai"}}))
    environment = {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": str(tmp_path)}
    assert TENCENT.place({}, environment, region=None, profile="prod").region == "ap-shanghai"
    for content in ("", "[]", '{"_sys_param": null}'):
        file.write_text(content)
        refused(lambda: TENCENT.place({}, environment, region=None, profile="prod"), "region: not set")
