"""What Alibaba Cloud's SDK does by itself, and what this project makes of it: credentials, addresses, proxies, TLS."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.clouds import connect, notices
from pulumi_instance_role.clouds.alibaba.adapter import AlibabaCloud
from pulumi_instance_role.clouds.alibaba.client import Api
from pulumi_instance_role.clouds.alibaba.limits import RATES
from pulumi_instance_role.clouds.alibaba.settings import resolve
from pulumi_instance_role.clouds.port import CUSTOM, Attachment, ErrorKind, RoleSpec, Settings
from pulumi_instance_role.policy.build import allow, policy_document
from pulumi_instance_role.policy.trust import trust_document
from tests.contract.clouds.world import AlibabaWorld, refused
from tests.support.forks import python
from tests.support.sandbox import Keys, Sandbox, clean_environment

HERE = Settings("alibaba")


@pytest.fixture
def world(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AlibabaWorld:
    return AlibabaWorld(sandbox, monkeypatch)


def fresh(**given: Any) -> AlibabaCloud:
    return AlibabaCloud(Api(resolve(Settings("alibaba", **given))))


# -- credentials ------------------------------------------------------------------------------------------------------


def test_wrong_key(world: AlibabaWorld, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    world.become(Keys("LTAI5tNobodyNobodyNobody", "no-such-secret-at-all"))
    error = refused(ErrorKind.CREDENTIALS, lambda: world.cloud.get_role("web"))
    assert error.code == "InvalidAccessKeyId.NotFound"
    assert "Check the access key id" in str(error)
    world.become(Keys(world.sandbox.access_key_id, "no-such-secret-at-all"))
    error = refused(ErrorKind.CREDENTIALS, lambda: world.cloud.get_role("web"))
    assert "secret" in error.hint
    said = str(error) + caplog.text + "".join(capfd.readouterr())
    for secret in ("no-such-secret-at-all", world.sandbox.access_key_id, "LTAI5tNobodyNobodyNobody", "Signature="):
        assert secret not in said


def run_alone(code: str, **environment: str) -> str:
    """The last line that a new process prints: nothing of this one's environment or modules in it."""
    done = subprocess.run(
        [python(), "-W", "error", "-c", code],
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


ASK = """
from pulumi_instance_role.clouds import connect
from pulumi_instance_role.clouds.port import CloudError, Settings
cloud = connect(Settings("alibaba", profile=%r))
try:
    print(cloud.identity().account_id, cloud.credential_source())
except CloudError as error:
    print(error.kind.value, error)
"""


def test_no_key(sandbox: Sandbox, tmp_path: Path) -> None:
    said = run_alone(
        ASK % None,
        HOME=str(tmp_path),
        INSTANCE_ROLE_ENDPOINT=sandbox.url,
        ALICLOUD_REGION=sandbox.region,
        ALIBABA_CLOUD_ECS_METADATA_DISABLED="true",
    )
    assert said.startswith("credentials no credentials for Alibaba Cloud were found. [NoCredentials]")


def test_no_key_where_one_is_promised(sandbox: Sandbox, tmp_path: Path) -> None:
    """The SDK's chain would write each failure, with its traceback and the whole answer, to the standard error."""
    said = run_alone(
        ASK % None,
        HOME=str(tmp_path),
        INSTANCE_ROLE_ENDPOINT=sandbox.url,
        ALICLOUD_REGION=sandbox.region,
        ALIBABA_CLOUD_ECS_METADATA_DISABLED="true",
        ALIBABA_CLOUD_CREDENTIALS_URI=f"{sandbox.url}/nothing-here",
    )
    assert said.startswith("credentials no credentials for Alibaba Cloud were found. [NoCredentials]")
    assert "Set ALIBABA_CLOUD_ACCESS_KEY_ID" in said


def write_profile(home: Path, sandbox: Sandbox, **more: str) -> None:
    profile = {
        "name": "prod",
        "mode": "AK",
        "access_key_id": sandbox.access_key_id,
        "access_key_secret": sandbox.access_key_secret,
        **more,
    }
    (home / ".aliyun").mkdir()
    (home / ".aliyun/config.json").write_text(json.dumps({"current": "prod", "profiles": [profile]}))


@pytest.mark.parametrize("profile", ["prod", None])
def test_profile(sandbox: Sandbox, tmp_path: Path, profile: str | None) -> None:
    write_profile(tmp_path, sandbox, region_id="cn-shanghai")
    environment = {"HOME": str(tmp_path), "INSTANCE_ROLE_ENDPOINT": sandbox.url}
    if profile is None:
        environment["ALICLOUD_REGION"] = sandbox.region
    said = run_alone(ASK % profile, **environment)
    assert said.startswith(sandbox.account_id)
    assert ("profile prod" if profile else "default chain (default/cli_profile") in said


def test_profile_that_is_not_there(sandbox: Sandbox, tmp_path: Path) -> None:
    write_profile(tmp_path, sandbox)
    environment = {"HOME": str(tmp_path), "INSTANCE_ROLE_ENDPOINT": sandbox.url, "ALICLOUD_REGION": sandbox.region}
    said = run_alone(ASK % "staging", **environment)
    assert said.startswith("credentials ") and 'profile "staging"' in said and "aliyun configure" in said


def test_the_sdks_own_variables_do_not_beat_ours(world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_ID", "LTAI5tSomebodyElse123456")
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_SECRET", "somebody-elses")
    assert fresh().identity().account_id == world.sandbox.account_id


def test_keys_of_the_stack(world: AlibabaWorld) -> None:
    config = {"alicloud:accessKey": world.sandbox.access_key_id, "alicloud:secretKey": world.sandbox.access_key_secret}
    world.become(Keys("LTAI5tNobodyNobodyNobody", "x"))
    cloud = fresh(config=config)
    assert cloud.identity().account_id == world.sandbox.account_id
    assert cloud.credential_source() == "stack configuration (alicloud:accessKey)"
    assert any("lie in the stack's state" in notice for notice in notices(Settings("alibaba", config=config)))


def make_assumable(world: AlibabaWorld) -> tuple[Keys, str]:
    principal = {"RAM": [f"acs:ram::{world.sandbox.account_id}:root"]}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    trust = json.dumps({"Version": "1", "Statement": [statement]})
    role = world.cloud.create_role(RoleSpec("deployer", trust))
    world.cloud.attach(Attachment("deployer", "AdministratorAccess", "System"))
    return world.sandbox.user("ci", policy_document(allow("sts:AssumeRole", on="*"))), role.arn


def test_assumed_role_is_renewed_before_it_ends(world: AlibabaWorld) -> None:
    keys, arn = make_assumable(world)
    world.become(keys)
    cloud = fresh(assume_role_arn=arn)
    assert cloud.identity().kind == "role"
    assert arn in cloud.credential_source() and "environment" in cloud.credential_source()
    cloud.count_roles()
    assert Counter(call["action"] for call in world.sandbox.calls())["AssumeRole"] == 1

    later = datetime.now(timezone.utc).timestamp() + 3600 - 200  # less than five minutes are left of the hour
    cloud.api.credentials._now = lambda: later
    cloud.count_roles()
    assert Counter(call["action"] for call in world.sandbox.calls())["AssumeRole"] == 2


def test_credentials_that_end_early_are_found_anew(world: AlibabaWorld) -> None:
    keys, arn = make_assumable(world)
    world.become(keys)
    cloud = fresh(assume_role_arn=arn)
    cloud.count_roles()
    world.sandbox.fault("code", "ListRoles", code="InvalidSecurityToken.Expired", status=400, times=1)
    cloud.count_roles()
    assert Counter(call["action"] for call in world.sandbox.calls())["AssumeRole"] == 2
    world.sandbox.fault("code", "ListRoles", code="InvalidSecurityToken.Expired", status=400, times=2)
    error = refused(ErrorKind.CREDENTIALS, cloud.count_roles)
    assert "expired" in str(error)


def test_role_that_may_not_be_assumed(world: AlibabaWorld) -> None:
    world.make_role("web", world.trust)
    world.become(world.sandbox.user("ci", policy_document(allow("sts:AssumeRole", on="*"))))
    cloud = fresh(assume_role_arn=f"acs:ram::{world.sandbox.account_id}:role/web")
    error = refused(ErrorKind.CREDENTIALS, cloud.count_roles)  # not DENIED: it says nothing of what was to be read
    assert error.operation == "AssumeRole" and "cannot be assumed with" in str(error)


# -- addresses --------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_nobody_at_the_endpoint(world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    error = refused(ErrorKind.UNREACHABLE, lambda: fresh().get_role("web"))
    assert error.code == "NoConnection" and "Connection refused" in str(error) and "endpoint" in error.hint
    assert world.sandbox.access_key_id not in str(error)


def test_a_host_that_does_not_exist(world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", "https://no-such-host.invalid:443")
    error = refused(ErrorKind.UNREACHABLE, lambda: fresh().get_role("web"))
    assert error.code == "NoConnection" and "no-such-host.invalid" in str(error)


def test_tls(world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", f"https://{world.sandbox.endpoint}")
    assert fresh().identity().account_id == world.sandbox.account_id
    for name in ("ALIBABA_CLOUD_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    error = refused(ErrorKind.UNREACHABLE, lambda: fresh().get_role("web"))
    assert "not trusted" in str(error) and "ALIBABA_CLOUD_CA_BUNDLE" in str(error)
    assert error.code == "NoConnection"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", world.sandbox.ca_file)
    assert fresh().identity().account_id == world.sandbox.account_id


def test_endpoints_of_the_stack(world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INSTANCE_ROLE_ENDPOINT")
    here = world.sandbox.endpoint
    config = {"alicloud:endpoints": json.dumps([{"ram": here, "sts": here, "ecs": here}]), "alicloud:protocol": "HTTP"}
    cloud = fresh(config=config)
    assert cloud.identity().account_id == world.sandbox.account_id
    assert cloud.instances(["i-none"]) == {}
    assert cloud.get_role("web") is None


def test_this_machine_is_not_asked_for_through_a_proxy(world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert fresh().identity().account_id == world.sandbox.account_id


def test_other_machines_are(world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator is the proxy here: it gets the request for a host that does not exist."""
    monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", "https://no-such-host.invalid")
    with listening() as (port, heard):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        refused(ErrorKind.UNREACHABLE, lambda: fresh().get_role("web"))
        assert heard and all(line.startswith("CONNECT no-such-host.invalid:443") for line in heard)
        heard.clear()
        monkeypatch.setenv("no_proxy", "no-such-host.invalid")
        refused(ErrorKind.UNREACHABLE, lambda: fresh().get_role("web"))
        assert heard == []


@contextmanager
def listening(answer: bytes = b"") -> Iterator[tuple[int, list[str]]]:
    """A server that notes what it is sent, sends the same answer to everything, and hangs up."""
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(65536).decode("latin-1"))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_netrc_is_not_read(world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with listening() as (port, heard):
        monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", f"http://127.0.0.1:{port}")
        refused(ErrorKind.UNREACHABLE, lambda: world.connection().get_role("web"))
    assert heard and not any("authorization" in request.lower() for request in heard)


def test_the_endpoint_is_shown(world: AlibabaWorld) -> None:
    assert notices(HERE) == (f"every call goes to {world.sandbox.url} (INSTANCE_ROLE_ENDPOINT)",)


# -- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, b'{"Code":"SignatureDoesNotMatch","Message":"no colon"}', ErrorKind.CREDENTIALS, "SignatureDoesNotMatch"),
        (404, b"<html>not here</html>", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        (404, b'{"Code":"Some.Thing","Message":"m"}', ErrorKind.UNKNOWN, "Some.Thing"),
        (404, b"5", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        (302, b"", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        (400, b"\xff\xfe", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        (200, b"[]", ErrorKind.UNAVAILABLE, "UnreadableBody"),
        (200, b"", ErrorKind.UNAVAILABLE, "EmptyBody"),
        (200, b'{"RequestId":"R"}', ErrorKind.UNAVAILABLE, "UnreadableBody"),
        (200, b'{"Code":"Forbidden.RAM","Message":"m"}', ErrorKind.DENIED, "Forbidden.RAM"),
        (429, b'{"Code":"Whatever","Message":"m"}', ErrorKind.THROTTLED, "Whatever"),
        (502, b"Bad Gateway", ErrorKind.UNAVAILABLE, "UnreadableBody"),
    ],
)
def test_odd_answers(
    world: AlibabaWorld, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, kind: ErrorKind, code: str
) -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with listening(head.encode() + body) as (port, _):
        monkeypatch.setenv("INSTANCE_ROLE_ENDPOINT", f"http://127.0.0.1:{port}")
        error = refused(kind, lambda: world.connection().get_role("web"))
    assert error.code == code


# -- many at once -----------------------------------------------------------------------------------------------------


def test_many_threads(world: AlibabaWorld) -> None:
    """Each thread gets the answer to its own question, also while the keys change."""
    for number in range(8):
        world.make_role(f"role-{number}")
    cloud = connect(HERE)

    def ask(number: int) -> bool:
        role = cloud.get_role(f"role-{number % 8}")
        return role is not None and role.name == f"role-{number % 8}"

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(160)))
    assert connect(HERE) is cloud


def test_published_rate_is_kept(world: AlibabaWorld) -> None:
    world.make_role()
    world.make_policy()
    attachment = Attachment("web", "read-reports", CUSTOM)
    rate = int(RATES["AttachPolicyToRole"])
    cloud = world.patient
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: cloud.attach(attachment), range(2 * rate + 1)))
    assert time.monotonic() - start > 1.9
    assert world.asked("attach") == 2 * rate + 1


def test_no_thread_is_left(world: AlibabaWorld) -> None:
    before = threading.active_count()
    fresh().count_roles()
    assert threading.active_count() == before


def test_document_is_sent_as_given(world: AlibabaWorld) -> None:
    text = json.dumps(trust_document("ecs.aliyuncs.com"), indent=3)
    world.cloud.create_role(RoleSpec("spaced", text, "Größe + 100 % & more = ~ * /"))
    role = world.cloud.get_role("spaced")
    assert role is not None and role.description == "Größe + 100 % & more = ~ * /"
    assert role.trust_policy == text
