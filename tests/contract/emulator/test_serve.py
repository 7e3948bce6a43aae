"""The process: ready line, ports, folders, signals, restarts, and each thing that can be wrong with them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException

from tests.support.forks import python
from tests.support.sandbox import EMULATOR, Sandbox, Server, clean_environment


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path / "state")
    yield started
    started.stop(signal.SIGKILL)


def serve(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python(), "-m", EMULATOR, "serve", *options],
        capture_output=True,
        text=True,
        timeout=20,
        env=clean_environment(),
        check=False,
    )


def furnish(sandbox: Sandbox) -> None:
    sandbox.make_role("app")
    sandbox.call("Ram", "CreateUser", UserName="ann")
    attachment: dict[str, Any] = {"RoleName": "app", "PolicyType": "System", "PolicyName": "AliyunOSSReadOnlyAccess"}
    sandbox.call("Ram", "AttachPolicyToRole", **attachment)


def test_the_ready_line(server: Server) -> None:
    assert set(server.ready) == {"endpoint", "ca_file", "control_file", "alibaba", "tencent"}
    assert set(server.ready["alibaba"]) == {"access_key_id", "access_key_secret", "account_id", "region"}
    assert set(server.ready["tencent"]) == {"secret_id", "secret_key", "account_id", "region"}
    assert server.endpoint.startswith("127.0.0.1:")
    assert Path(server.ready["ca_file"]).is_absolute()
    me = server.first_account()
    assert me.call("Sts", "GetCallerIdentity")["AccountId"] == me.account_id
    written = server.folder / "serve.json"
    assert json.loads(written.read_text()) == server.ready
    assert written.stat().st_mode & 0o077 == 0
    assert server.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(server: Server, number: int) -> None:
    assert server.process.stderr is not None
    server.process.send_signal(number)
    assert server.process.wait(timeout=10) == 0
    assert server.process.stderr.read() == ""
    assert not (server.folder / "serve.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_state_outlives_the_process(server: Server, number: int) -> None:
    sandbox = server.first_account()
    furnish(sandbox)
    before = sandbox.state()
    ca = Path(sandbox.ca_file).read_bytes()
    ready = server.ready
    server.restart(number)
    assert {**sandbox.state(), "time": ""} == {**before, "time": ""}
    assert Path(sandbox.ca_file).read_bytes() == ca
    assert server.ready == ready
    sandbox.call("Ram", "GetRole", RoleName="app")


def test_what_was_answered_was_kept(server: Server) -> None:
    """Killed in the middle of writes: everything acknowledged is there again, and nothing is half there."""
    sandbox = server.first_account()
    sandbox.make_role("app")
    acknowledged: list[str] = []

    def write() -> None:
        for number in range(10_000):
            name = f"policy-{number}"
            document = '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}'
            try:
                sandbox.call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=document)
            except (ClientException, ServerException):
                return
            acknowledged.append(name)

    thread = threading.Thread(target=write)
    thread.start()
    while len(acknowledged) < 20:
        thread.join(0.01)
    server.stop(signal.SIGKILL)
    thread.join()
    server.start()
    policies = {policy["PolicyName"] for policy in sandbox.state()["policies"]}
    assert set(acknowledged) <= policies
    assert len(policies) <= len(acknowledged) + 1
    for name in policies:
        found = sandbox.call("Ram", "ListPolicyVersions", PolicyType="Custom", PolicyName=name)
        assert len(found["PolicyVersions"]["PolicyVersion"]) == 1


def test_clock_switches_and_sessions_outlive_the_process(server: Server) -> None:
    sandbox = server.first_account()
    sandbox.switch(arn_case="lower")
    sandbox.advance(10**6)
    before = sandbox.state()["time"]
    server.restart()
    assert sandbox.state()["time"][:15] == before[:15]
    sandbox.make_role("App")
    assert sandbox.call("Ram", "GetRole", RoleName="App")["Role"]["Arn"].endswith("/app")


def test_two_states_are_two_worlds(server: Server, tmp_path: Path) -> None:
    other = Server(tmp_path / "other")
    try:
        assert other.ready["alibaba"]["account_id"] != server.ready["alibaba"]["account_id"]
        assert Path(other.ready["ca_file"]).read_bytes() != Path(server.ready["ca_file"]).read_bytes()
    finally:
        other.stop()


def test_switches_from_the_command_line(tmp_path: Path) -> None:
    server = Server(tmp_path / "state", "--arn-case", "lower", "--region", "cn-beijing", "--quota-roles", "1")
    try:
        sandbox = server.first_account()
        assert sandbox.region == "cn-beijing"
        sandbox.make_role("App")
        assert sandbox.call("Ram", "GetRole", RoleName="App")["Role"]["Arn"].endswith("/app")
        with pytest.raises(ServerException, match="LimitExceeded"):
            sandbox.make_role("one-more")
    finally:
        server.stop()


# -- what can be wrong -----------------------------------------------------------------------------------------
def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = serve("--port", str(port), "--state", str(tmp_path / "state"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: port {port} on 127.0.0.1 cannot be used (Address already in use);"
        " choose another --port, or leave it out\n"
    )


def test_a_folder_in_use(server: Server) -> None:
    done = serve("--state", str(server.folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: {server.folder}: in use by another sandbox (process {server.process.pid});"
        " stop that one or choose another --state\n"
    )
    server.first_account().make_role("app")  # the first one goes on, and its ready file is still there
    assert (server.folder / "serve.json").exists()


@pytest.mark.parametrize("name", ["state.sqlite", "ca.pem", "ca-key.pem", "server.pem"])
def test_a_damaged_file(server: Server, name: str) -> None:
    server.stop()
    damaged = server.folder / name
    damaged.write_bytes(b"\x00damaged" * 2000)
    before = damaged.read_bytes()
    done = serve("--state", str(server.folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {server.folder}") and name in done.stderr
    assert done.stderr.count("\n") == 1
    assert damaged.read_bytes() == before, "nothing is thrown away"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = serve("--state", str(tmp_path / "file" / "state"))
    assert done.returncode == 1
    assert "cannot be used as the state folder" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--region", "mars"], "--region"),
        (["--port", "70000"], "--port"),
        (["--settle-seconds", "-1"], "settle-seconds"),
        (["--settle-seconds", "soon"], "--settle-seconds"),
        (["--occupied-level", "both"], "--occupied-level"),
        (["--dry-run-status", "x"], "--dry-run-status"),
        (["--no-such-switch", "1"], "--no-such-switch"),
    ],
)
def test_options_that_make_no_sense(options: list[str], words: str) -> None:
    done = serve(*options)
    assert done.returncode == 2
    assert words in done.stderr and "Traceback" not in done.stderr
