"""What Tencent Cloud's SDK does by itself, and what this project makes of it: credentials, addresses, proxies, TLS."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.clouds import connect, notices
from pulumi_instance_role.clouds.port import SYSTEM, Attachment, ErrorKind, RoleSpec, Settings
from pulumi_instance_role.clouds.tencent.adapter import TencentCloud
from pulumi_instance_role.clouds.tencent.client import Api
from pulumi_instance_role.clouds.tencent.limits import RATES
from pulumi_instance_role.clouds.tencent.settings import resolve
from tests.contract.clouds.test_alibaba_connection import free_port, listening
from tests.contract.clouds.world import TencentWorld, refused
from tests.support.forks import python
from tests.support.sandbox import EMULATOR, Sandbox, clean_environment
from tests.support.tencent import TencentKeys

HERE = Settings("tencent")
NOBODY = TencentKeys("AKIDnobodynobodynobodynobody", "no-such-secret-at-all")


def fresh(**given: Any) -> TencentCloud:
    return TencentCloud(Api(resolve(Settings("tencent", **given))))


# -- credentials ------------------------------------------------------------------------------------------------------


def test_wrong_key(tencent: TencentWorld, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    tencent.become(NOBODY)
    error = refused(ErrorKind.CREDENTIALS, lambda: tencent.cloud.get_role("web"))
    assert error.code == "AuthFailure.SecretIdNotFound" and "Check the secret id" in str(error)
    root = tencent.sandbox.tencent.keys
    tencent.become(TencentKeys(root.secret_id, NOBODY.secret_key))
    error = refused(ErrorKind.CREDENTIALS, lambda: tencent.cloud.get_role("web"))
    assert error.code == "AuthFailure.SignatureFailure" and "secret key" in error.hint
    said = str(error) + caplog.text + "".join(capfd.readouterr())
    for secret in (NOBODY.secret_key, NOBODY.secret_id, root.secret_id, "Signature="):
        assert secret not in said


def run_alone(code: str, **environment: str) -> str:
    """The last line that a new process prints: nothing of this one's environment or modules in it."""
    done = subprocess.run(
        [python(), "-c", code],
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


ASK = """
from pulumi_instance_role.clouds import connect
from pulumi_instance_role.clouds.port import CloudError, Settings
cloud = connect(Settings("tencent", profile=%r))
try:
    print(cloud.identity().account_id, cloud.credential_source())
except CloudError as error:
    print(error.kind.value, error)
"""


def test_no_key(sandbox: Sandbox, tmp_path: Path) -> None:
    said = run_alone(
        ASK % None, HOME=str(tmp_path), INSTANCE_ROLE_ENDPOINT=sandbox.url, TENCENTCLOUD_REGION="ap-guangzhou"
    )
    assert said.startswith("credentials no credentials for Tencent Cloud were found. [NoCredentials]")
    assert "Set TENCENTCLOUD_SECRET_ID" in said


@pytest.mark.parametrize(
    ("file", "profile", "source"),
    [
        (".tccli/prod.credential", "prod", "profile prod"),
        (".tccli/default.credential", None, "profile default"),
        (".tencentcloud/credentials", None, "default chain (~/.tencentcloud/credentials)"),
    ],
)
def test_credentials_in_files(sandbox: Sandbox, tmp_path: Path, file: str, profile: str | None, source: str) -> None:
    keys = sandbox.tencent.keys
    path = tmp_path / file
    path.parent.mkdir()
    if file.endswith(".credential"):
        path.write_text(json.dumps({"secretId": keys.secret_id, "secretKey": keys.secret_key}))
    else:
        path.write_text(f"[default]\nsecret_id = {keys.secret_id}\nsecret_key = {keys.secret_key}\n")
    said = run_alone(
        ASK % profile, HOME=str(tmp_path), INSTANCE_ROLE_ENDPOINT=sandbox.url, TENCENTCLOUD_REGION="ap-guangzhou"
    )
    assert said == f"{sandbox.tencent.account_id} {source}"


def test_profile_that_is_not_there(tencent: TencentWorld, tmp_path: Path) -> None:
    cloud = fresh(profile="staging", config={"tencentcloud:sharedCredentialsDir": str(tmp_path)})
    error = refused(ErrorKind.CREDENTIALS, lambda: cloud.get_role("web"))
    assert 'profile "staging"' in str(error) and "tccli configure" in error.hint


def test_keys_of_the_stack(tencent: TencentWorld) -> None:
    root = tencent.sandbox.tencent.keys
    config = {"tencentcloud:secretId": root.secret_id, "tencentcloud:secretKey": root.secret_key}
    tencent.become(NOBODY)
    cloud = fresh(config=config)
    assert cloud.identity().account_id == tencent.account_id
    assert cloud.credential_source() == "stack configuration (tencentcloud:secretId)"
    told = notices(Settings("tencent", config=config))
    assert any("lie in the stack's state" in notice for notice in told)


def make_assumable(tencent: TencentWorld) -> str:
    """A role that a user may assume, and who may do all; the user's keys are in use from then on. The role's ARN."""
    root = f"qcs::cam::uin/{tencent.account_id}:root"
    statement = {"effect": "allow", "action": "name/sts:AssumeRole", "principal": {"qcs": [root]}}
    role = tencent.cloud.create_role(RoleSpec("deployer", json.dumps({"version": "2.0", "statement": [statement]})))
    tencent.cloud.attach(Attachment("deployer", "AdministratorAccess", SYSTEM))
    tencent.user(tencent.permits("name/sts:AssumeRole"))
    return role.arn


def actions(tencent: TencentWorld) -> Counter[str]:
    return Counter(call["action"] for call in tencent.sandbox.calls())


def test_assumed_role_is_renewed_before_it_ends(tencent: TencentWorld) -> None:
    arn = make_assumable(tencent)
    cloud = fresh(assume_role_arn=arn)
    assert cloud.identity().kind == "role"
    assert arn in cloud.credential_source() and "environment" in cloud.credential_source()
    cloud.count_roles()
    assert actions(tencent)["AssumeRole"] == 1
    later = time.time() + 7200 - 200  # less than five minutes are left of two hours
    cloud.api.credentials._now = lambda: later
    cloud.count_roles()
    assert actions(tencent)["AssumeRole"] == 2


def test_a_token_of_the_environment_is_used(tencent: TencentWorld) -> None:
    """The official chain's own environment step would leave it out."""
    arn = make_assumable(tencent)
    given = fresh(assume_role_arn=arn).api.credentials.get()
    tencent.become(TencentKeys(given.key_id, given.secret, given.token))
    assert fresh().identity().kind == "role"


def test_everything_that_the_call_takes_is_passed_on(tencent: TencentWorld) -> None:
    arn = make_assumable(tencent)
    block = {"roleArn": arn, "sessionName": "ci", "sessionDuration": 900, "externalId": "x", "sourceIdentity": "100"}
    assert fresh(config={"tencentcloud:assumeRole": block}).identity().kind == "role"
    (call,) = (call for call in tencent.sandbox.calls() if call["action"] == "AssumeRole")
    assert call["params"] == {
        "RoleArn": arn,
        "RoleSessionName": "ci",
        "DurationSeconds": "900",
        "ExternalId": "x",
        "SourceIdentity": "100",
    }


@pytest.mark.parametrize("listed", ["ours", "another"])
@pytest.mark.parametrize("key", ["allowedAccountIds", "forbiddenAccountIds"])
def test_accounts_that_the_stack_keeps_out(tencent: TencentWorld, key: str, listed: str) -> None:
    ids = {"ours": [tencent.account_id, "100000000000"], "another": '["100000000000"]'}[listed]
    cloud = fresh(config={f"tencentcloud:{key}": ids})
    if (key == "allowedAccountIds") is (listed == "ours"):
        assert cloud.get_role("web") is None and cloud.count_roles() == 0
        assert actions(tencent)["GetCallerIdentity"] == 1  # asked once
        return
    error = refused(ErrorKind.INVALID, lambda: cloud.create_role(RoleSpec("web", tencent.trust)))
    assert tencent.account_id in str(error) and f"tencentcloud:{key}" in str(error)
    assert set(actions(tencent)) == {"GetCallerIdentity"}


@pytest.mark.parametrize(
    ("variables", "source"),
    [({}, "default chain (CVMRoleCredential)"), ({"TENCENTCLOUD_CAM_ROLE_NAME": "app"}, "instance role app")],
)
def test_the_role_of_the_instance_that_runs_the_deployment(
    sandbox: Sandbox, variables: dict[str, str], source: str
) -> None:
    sandbox.tencent.make_role("app")
    (one,) = sandbox.tencent.make_vpc_instance(CamRoleName="app")
    command = [python(), "-m", EMULATOR, "exec", "--state", str(sandbox.server.folder), one, "--", "env"]
    command += [f"{name}={value}" for name, value in variables.items()]
    command += [python(), "-c", ASK % None]
    done = subprocess.run(command, env=sandbox.env(), capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == f"{sandbox.tencent.account_id} {source}", done.stderr


def test_credentials_that_end_early_are_found_anew(tencent: TencentWorld) -> None:
    cloud = fresh(assume_role_arn=make_assumable(tencent))
    cloud.count_roles()
    tencent.sandbox.fault("code", "DescribeRoleList", code="AuthFailure.TokenFailure", times=1)
    cloud.count_roles()
    assert actions(tencent)["AssumeRole"] == 2
    tencent.sandbox.fault("code", "DescribeRoleList", code="AuthFailure.TokenFailure", times=2)
    assert "expired" in str(refused(ErrorKind.CREDENTIALS, cloud.count_roles))


# -- addresses --------------------------------------------------------------------------------------------------------


def test_nobody_at_the_endpoint(tencent: TencentWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    error = refused(ErrorKind.UNREACHABLE, lambda: tencent.connection().get_role("web"))
    assert error.code == "NoConnection" and "Connection refused" in str(error) and "endpoint" in error.hint


def test_tls(tencent: TencentWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", f"https://{tencent.sandbox.endpoint}")
    assert fresh().identity().account_id == tencent.account_id
    monkeypatch.delenv("SSL_CERT_FILE")
    error = refused(ErrorKind.UNREACHABLE, lambda: tencent.connection().get_role("web"))
    assert error.code == "NoConnection" and "not trusted" in str(error) and "REQUESTS_CA_BUNDLE" in str(error)


def test_this_machine_is_not_asked_for_through_a_proxy(tencent: TencentWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert fresh().identity().account_id == tencent.account_id


def test_other_machines_are(tencent: TencentWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", "https://no-such-host.invalid")
    with listening() as (port, heard):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        refused(ErrorKind.UNREACHABLE, lambda: tencent.connection().get_role("web"))
        assert heard and all(line.startswith("CONNECT no-such-host.invalid:443") for line in heard)
        heard.clear()
        monkeypatch.setenv("no_proxy", "no-such-host.invalid")
        refused(ErrorKind.UNREACHABLE, lambda: tencent.connection().get_role("web"))
        assert heard == []


# -- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind_of_body", "body", "kind", "code"),
    [
        (
            "200 OK",
            "application/json; charset=utf-8",
            {"Error": {"Code": "InvalidParameter.PrincipalError", "Message": "m"}, "RequestId": "R"},
            ErrorKind.INVALID,
            "InvalidParameter.PrincipalError",
        ),
        (
            "200 OK",
            "application/json",
            {"Error": {"Code": "UnauthorizedOperation", "Message": "no id"}},
            ErrorKind.DENIED,
            "UnauthorizedOperation",
        ),
        ("200 OK", "application/json", {"RequestId": "R"}, ErrorKind.UNAVAILABLE, "UnreadableBody"),
        ("200 OK", "application/json", b"", ErrorKind.UNAVAILABLE, "EmptyBody"),
        ("200 OK", "application/json", b"[]", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        ("200 OK", "application/json", b"{}", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        ("200 OK", "text/html", b"\xff\xfe", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        ("302 Found\r\nLocation: /elsewhere", "text/html", b"", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        ("404 Not Found", "text/html", b"not here", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        ("502 Bad Gateway", "text/html", b"Bad Gateway", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        ("429 Too Many Requests", "text/html", b"", ErrorKind.THROTTLED, "RequestLimitExceeded"),
    ],
)
def test_odd_answers(
    tencent: TencentWorld,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    kind_of_body: str,
    body: dict[str, Any] | bytes,
    kind: ErrorKind,
    code: str,
) -> None:
    # The sandbox's clock need not follow the waiting here: nothing is asked of it.
    text = body if isinstance(body, bytes) else json.dumps({"Response": body}).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind_of_body}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    )
    with listening(head.encode() + text) as (port, heard):
        monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", f"http://127.0.0.1:{port}")
        error = refused(kind, lambda: tencent.connection().get_role("web"))
        assert not any("/elsewhere" in request for request in heard)
    assert error.code == code


def test_a_word_about_deprecation_changes_nothing_here(tencent: TencentWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps({"Response": {"DeprecatedWarning": "soon", "TotalNum": 3, "RequestId": "R"}}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    before = list(warnings.filters)
    with listening(head.encode() + text) as (port, _):
        monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", f"http://127.0.0.1:{port}")
        assert tencent.connection().count_roles() == 3
    assert list(warnings.filters) == before


# -- many at once -----------------------------------------------------------------------------------------------------


def test_many_threads(tencent: TencentWorld) -> None:
    """Each thread gets the answer to its own question."""
    for number in range(4):
        tencent.sandbox.tencent.make_role(f"role-{number}")
    cloud = tencent.connection()

    def ask(number: int) -> bool:
        role = cloud.get_role(f"role-{number % 4}")
        return role is not None and role.name == f"role-{number % 4}"

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(40)))
    assert connect(HERE) is connect(HERE)


def test_published_rate_is_kept(tencent: TencentWorld) -> None:
    tencent.sandbox.tencent.make_role("web")
    rate = int(RATES["DeleteRole"])
    cloud = tencent.patient
    cloud.identity()
    start = time.monotonic()
    attachment = Attachment("web", tencent.system_policy, SYSTEM)
    for _ in range(2 * rate + 1):
        cloud.attach(attachment)
    assert time.monotonic() - start > 1.9
    assert tencent.asked("attach") == 2 * rate + 1


def test_no_thread_is_left(tencent: TencentWorld) -> None:
    before = threading.active_count()
    fresh().count_roles()
    assert threading.active_count() == before
