"""Ways to sign in while every call goes to one address: roles are assumed there, and nothing else is called."""

from __future__ import annotations

import json
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.clouds.alibaba import profiles
from pulumi_instance_role.policy.build import allow, policy_document
from tests.contract.clouds.test_alibaba_connection import run_alone
from tests.lifecycle.programs.test_accounts import let_in
from tests.support.forks import python
from tests.support.sandbox import EMULATOR, Sandbox

ASK = """
from pulumi_instance_role.clouds import connect
from pulumi_instance_role.clouds.port import CloudError, Settings
try:
    cloud = connect(Settings(%r, profile=%r))
    print(cloud.identity().kind, cloud.identity().account_id, cloud.credential_source())
except CloudError as error:
    print(error.kind.value, error)
"""
OTHER = "INSTANCE_ROLE_ENDPOINT sends every call to another address"


@contextmanager
def nowhere() -> Iterator[tuple[dict[str, str], socket.socket]]:
    """A proxy that answers nobody: whoever calls another machine than this one waits in its queue."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), address), listening


def asked(cloud: str, profile: str | None, sandbox: Sandbox, home: Path, **more: str) -> str:
    """What signing in came to; nothing but the sandbox was called."""
    region = {"ALICLOUD_REGION": sandbox.region, "TENCENTCLOUD_REGION": "ap-guangzhou"}
    with nowhere() as (proxies, listening):
        said = run_alone(
            ASK % (cloud, profile), HOME=str(home), INSTANCE_ROLE_ENDPOINT=sandbox.url, **region, **proxies, **more
        )
        with pytest.raises(BlockingIOError):
            listening.accept()
    return said


def write(home: Path, *listed: dict[str, Any], current: str = "none") -> None:
    (home / ".aliyun").mkdir()
    (home / ".aliyun/config.json").write_text(json.dumps({"current": current, "profiles": listed}))


def keys_of(sandbox: Sandbox) -> dict[str, str]:
    keys = sandbox.user("ci", policy_document(allow("sts:AssumeRole", on="*")))
    return {"access_key_id": keys.access_key_id, "access_key_secret": keys.access_key_secret}


def profile(name: str, mode: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "mode": mode, **more}


@pytest.mark.parametrize("named", [True, False])
def test_a_profile_that_assumes_a_role_does_so_at_the_endpoint(sandbox: Sandbox, tmp_path: Path, named: bool) -> None:
    arn = let_in(sandbox, sandbox)["alibaba"]
    assumes = profile(
        "r", "RamRoleArn", **keys_of(sandbox), ram_role_arn=arn, expired_seconds=900, ram_session_name="ci-run"
    )
    write(tmp_path, assumes, current="r")
    mark = sandbox.mark()
    said = asked("alibaba", "r" if named else None, sandbox, tmp_path)
    source = "profile r" if named else "default chain (default/cli_profile r)"
    assert said == f"role {sandbox.account_id} role {arn}, assumed by {source}"
    (call,) = [call for call in sandbox.calls(mark) if call["action"] == "AssumeRole"]
    assert (call["params"]["DurationSeconds"], call["params"]["RoleSessionName"]) == ("900", "ci-run")


def test_a_chain_of_profiles(sandbox: Sandbox, tmp_path: Path) -> None:
    arn = let_in(sandbox, sandbox)["alibaba"]
    trust = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [arn]}}],
    }
    last = sandbox.call("Ram", "CreateRole", RoleName="last", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    write(
        tmp_path,
        profile("end", "ChainableRamRoleArn", source_profile="middle", ram_role_arn=last),
        profile("middle", "ChainableRamRoleArn", source_profile="keys", ram_role_arn=arn),
        profile("keys", "AK", **keys_of(sandbox)),
    )
    mark = sandbox.mark()
    said = asked("alibaba", "end", sandbox, tmp_path)
    assert said == f"role {sandbox.account_id} role {last}, assumed by role {arn}, assumed by profile end"
    assert Counter(call["action"] for call in sandbox.calls(mark))["AssumeRole"] == 2


LOOPS = [
    [profile("a", "ChainableRamRoleArn", source_profile="a", ram_role_arn="acs:ram::1:role/x")],
    [
        profile("a", "ChainableRamRoleArn", source_profile="b", ram_role_arn="acs:ram::1:role/x"),
        profile("b", "ChainableRamRoleArn", source_profile="a", ram_role_arn="acs:ram::1:role/x"),
    ],
]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("loop", LOOPS, ids=len)
def test_a_profile_that_refers_to_itself(
    sandbox: Sandbox, tmp_path: Path, loop: list[dict[str, Any]], named: bool
) -> None:
    write(tmp_path, *loop, current="a")
    said = asked("alibaba", "a" if named else None, sandbox, tmp_path)
    way = "a -> a" if len(loop) == 1 else "a -> b -> a"
    assert said == f'credentials profile "a" refers to itself through source_profile ({way}); [NoCredentials] ' + (
        "name a profile there that holds keys."
    )


def test_what_a_profile_lacks(sandbox: Sandbox, tmp_path: Path) -> None:
    write(
        tmp_path,
        profile("no-role", "RamRoleArn", access_key_id="a", access_key_secret="b"),
        profile("no-source", "ChainableRamRoleArn", source_profile="gone", ram_role_arn="acs:ram::1:role/x"),
        profile("no-keys", "AK"),
    )
    assert 'profile "no-role" assumes a role and names none' in asked("alibaba", "no-role", sandbox, tmp_path)
    assert 'no credentials from profile "no-source"' in asked("alibaba", "no-source", sandbox, tmp_path)
    assert 'no credentials from profile "no-keys"' in asked("alibaba", "no-keys", sandbox, tmp_path)


ROLE = {"ram_role_arn": "acs:ram::1:role/x"}
HALF: dict[str, list[dict[str, Any]]] = {
    "no-keys": [profile("p", "AK")],
    "no-secret": [profile("p", "AK", access_key_id="a")],
    "no-token": [profile("p", "StsToken", access_key_secret="b", sts_token="c")],
    "role": [profile("p", "RamRoleArn", access_key_id="a", **ROLE)],
    "chain": [profile("p", "ChainableRamRoleArn", source_profile="half", **ROLE), profile("half", "AK")],
}


@pytest.mark.parametrize("listed", HALF.values(), ids=list(HALF))
def test_the_half_of_a_key_is_not_made_whole_from_the_environment(
    sandbox: Sandbox, tmp_path: Path, listed: list[dict[str, Any]]
) -> None:
    """It would be the key of another account than the profile names."""
    write(tmp_path, *listed)
    names = dict(zip(("access_key_id", "access_key_secret"), ("KEY_ID", "KEY_SECRET"), strict=True))
    whole = {f"ALIBABA_CLOUD_ACCESS_{names[key]}": value for key, value in keys_of(sandbox).items()}
    mark = sandbox.mark()
    said = asked("alibaba", "p", sandbox, tmp_path, **whole)
    leaf = listed[-1]
    lacks = f'profile "p": "{leaf["name"]}" (mode {leaf["mode"]}) lacks access_key_id or access_key_secret.'
    assert said.startswith(f"credentials no credentials from {lacks}") and sandbox.calls(mark) == []


@pytest.mark.parametrize("given", ["soon", "\u00b2", "-1"])
def test_for_how_long_a_profile_assumes_its_role(sandbox: Sandbox, tmp_path: Path, given: str) -> None:
    write(tmp_path, profile("p", "RamRoleArn", access_key_id="a", access_key_secret="b", expired_seconds=given, **ROLE))
    said = asked("alibaba", "p", sandbox, tmp_path)
    assert said.startswith(f'credentials profile "p": expired_seconds must be a whole number of seconds, not "{given}"')


ELSEWHERE: dict[str, dict[str, Any]] = {
    "OIDC": {"ram_role_arn": "acs:ram::1:role/x", "oidc_provider_arn": "p", "oidc_token_file": "/dev/null"},
    "CloudSSO": {"cloud_sso_sign_in_url": "https://signin.invalid", "access_token": "t", "cloud_sso_account_id": "1",
                 "cloud_sso_access_config": "c", "cloud_sso_access_token_expire": 4102444800},
    "EcsRamRole": {"ram_role_name": "app"},
    "OAuth": {"oauth_access_token": "t", "oauth_access_token_expire": 4102444800, "oauth_refresh_token": "r"},
}  # fmt: skip


@pytest.mark.parametrize("mode", ELSEWHERE)
@pytest.mark.parametrize("name", ["p", "c", None])
def test_what_would_sign_in_elsewhere_is_refused(sandbox: Sandbox, tmp_path: Path, mode: str, name: str | None) -> None:
    chain = profile("c", "ChainableRamRoleArn", source_profile="p", ram_role_arn="acs:ram::1:role/x")
    write(tmp_path, profile("p", mode, **ELSEWHERE[mode]), chain, current="c")
    said = asked("alibaba", name, sandbox, tmp_path)
    assert said.startswith("credentials profile ") and f"(mode {mode}) would call the cloud itself" in said
    assert OTHER in said


def test_the_rest_of_the_default_chain(sandbox: Sandbox, tmp_path: Path) -> None:
    oidc = {f"ALIBABA_CLOUD_{one}": "/dev/null" for one in ("ROLE_ARN", "OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE")}
    said = asked("alibaba", None, sandbox, tmp_path, **oidc)
    assert "signing in by OIDC (ALIBABA_CLOUD_OIDC_TOKEN_FILE) would call the cloud itself" in said and OTHER in said
    missing = "credentials no credentials for Alibaba Cloud were found."
    assert asked("alibaba", None, sandbox, tmp_path).startswith(missing)  # the instance is not asked
    away = {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://credentials.invalid/x"}
    assert asked("alibaba", None, sandbox, tmp_path, **away).startswith(missing)
    (tmp_path / ".alibabacloud").mkdir()
    file = tmp_path / ".alibabacloud/credentials.ini"
    file.write_text("[default]\ntype = ram_role_arn\naccess_key_id = a\naccess_key_secret = b\nrole_arn = c\n")
    assert asked("alibaba", None, sandbox, tmp_path).startswith(missing)
    write(tmp_path, profile("default", "AK", access_key_id="", access_key_secret=""), current="default")
    keys = keys_of(sandbox)
    lines = [f"{key} = {value}" for key, value in keys.items()]
    file.write_text("\n".join(["[default]", "type = access_key  # plain", *lines, ""]))
    assert asked("alibaba", None, sandbox, tmp_path) == f"user {sandbox.account_id} default chain (profile/static_ak)"


def test_an_instances_own_credentials_inside_the_sandbox(sandbox: Sandbox, tmp_path: Path) -> None:
    """There the metadata service is asked through a proxy that is the endpoint."""
    sandbox.make_role("app")
    (one,) = sandbox.make_vpc_instance(1)
    sandbox.call("Ecs", "AttachInstanceRamRole", InstanceIds=json.dumps([one]), RamRoleName="app")
    write(tmp_path, profile("p", "EcsRamRole", ram_role_name="app"))
    command = [python(), "-m", EMULATOR, "exec", "--state", str(sandbox.server.folder), one, "--"]
    for name, more in ((None, []), ("p", ["env", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED=false"])):
        run = [*command, *more, python(), "-c", ASK % ("alibaba", name)]
        environment = sandbox.env() | {"HOME": str(tmp_path)}
        done = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=60)
        assert done.stdout.startswith(f"role {sandbox.account_id} "), (done.stdout, done.stderr)


@pytest.mark.parametrize("name", ["prod", "default", None])
def test_a_profile_of_tencent_that_assumes_a_role(sandbox: Sandbox, tmp_path: Path, name: str | None) -> None:
    arn = let_in(sandbox, sandbox)["tencent"]
    (tmp_path / ".tccli").mkdir()
    keys = {"secretId": sandbox.tencent.secret_id, "secretKey": sandbox.tencent.secret_key, "role-arn": arn}
    (tmp_path / f".tccli/{name or 'default'}.credential").write_text(json.dumps(keys))
    said = asked("tencent", name, sandbox, tmp_path)
    account = sandbox.tencent.account_id
    assert said == f"role {account} role {arn}, assumed by profile {name or 'default'}"


def test_what_would_call_tencent_elsewhere_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    said = asked("tencent", None, sandbox, tmp_path, TENCENTCLOUD_CAM_ROLE_NAME="app")
    assert "asking the instance for its role app would call the cloud itself" in said and OTHER in said
    tke = {"TKE_REGION": "r", "TKE_PROVIDER_ID": "p", "TKE_ROLE_ARN": "a", "TKE_WEB_IDENTITY_TOKEN_FILE": "/dev/null"}
    said = asked("tencent", None, sandbox, tmp_path, **tke)
    assert "signing in by OIDC (TKE_ROLE_ARN) would call the cloud itself" in said and OTHER in said
    assert asked("tencent", None, sandbox, tmp_path).startswith("credentials no credentials for Tencent Cloud")


def test_a_profile_is_read_as_the_command_line_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    for text in ("", "[]", '{"profiles": null}', '{"profiles": [1, {"name": "x"}]}'):
        file.write_text(text)
        assert profiles.sign_in("a", str(file)) is None
    listed = [profile("a", "StsToken", access_key_id="i", access_key_secret="s", sts_token="t")]
    file.write_text(json.dumps({"profiles": listed}))
    found = profiles.sign_in("a", str(file))
    assert found is not None and found.keys is not None and found.keys.token == "t"
