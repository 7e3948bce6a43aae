"""The emulator under attack by what can reach its port: it stays up, stays small, and answers without a traceback."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from docs.reference.reader import read

from instance_role_sandbox.emulator.alibaba.errors import ApiError
from instance_role_sandbox.emulator.alibaba.products import PRODUCTS as ALIBABA
from instance_role_sandbox.emulator.tencent.products import PRODUCTS as TENCENT
from tests.contract.emulator.wire import params, send, signed
from tests.contract.emulator_tencent import wire as tencent
from tests.support.sandbox import Sandbox, Server

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this file's own: what it wrote to its standard error is read at the end."""
    running = Server(tmp_path_factory.mktemp("attacked") / "state")
    yield running
    assert running.process.poll() is None, "it did not survive"
    running.process.terminate()
    _, errors = running.process.communicate(timeout=20)
    assert "Traceback" not in errors


@pytest.fixture
def attacked(server: Server) -> Sandbox:
    return server.account()


def exchange(sandbox: Sandbox, sent: bytes, *more: bytes, wait: float = 10.0) -> bytes:
    """What comes back, until the connection is closed, for these bytes; ``more`` comes later, piece by piece."""
    host, port = sandbox.endpoint.split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as connection:
        connection.sendall(sent)
        with suppress(OSError):  # it may have had enough by now
            for piece in more:
                time.sleep(0.05)
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while piece := _received(connection):
            found += piece
        return found


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


def alive(sandbox: Sandbox) -> bool:
    return "AccountId" in sandbox.call("Sts", "GetCallerIdentity")


def resident(server: Server) -> int:
    """Bytes of memory that the process holds."""
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) * 1024


# -- bodies ----------------------------------------------------------------------------------------------------
POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
BODIES: dict[str, tuple[bytes, bytes, str]] = {
    # what is sent first, what comes later, the status of the answer
    "a chunk that never comes": (CHUNKED + b"fffff\r\n", b"", "400"),
    "less of a chunk than was said": (CHUNKED + b"ff\r\nabc", b"def", "400"),
    "a chunk of any size": (CHUNKED + b"ffffffff\r\n", b"x" * 100, "413"),
    "a size that is none": (CHUNKED + b"zz\r\nabc\r\n", b"", "400"),
    "a negative size": (CHUNKED + b"-1\r\nabc\r\n", b"", "400"),
    "a size without an end": (CHUNKED + b"1" * 5000, b"", "400"),
    "more in a chunk than was said": (CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n", b"", "400"),
    "trailers without an end": (CHUNKED + b"0\r\n" + b"a: b\r\n" * 100 + b"\r\n", b"", "400"),
    "no end": (CHUNKED + b"3\r\nabc\r\n", b"", "400"),
    "two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", b"", "400"),
    "a length and chunks": (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", b"", "400"),
    "a coding that nobody knows": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"", "501"),
    "a length that is none": (POST + b"Content-Length: \xb2\r\n\r\nab", b"", "400"),
    "a negative length": (POST + b"Content-Length: -5\r\n\r\nab", b"", "400"),
    "a length beyond all bounds": (POST + b"Content-Length: 99999999999999\r\n\r\nab", b"", "413"),
    "less than its length": (POST + b"Content-Length: 10\r\n\r\nab", b"cd", "400"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_not_what_it_says(attacked: Sandbox, name: str) -> None:
    first, later, status = BODIES[name]
    answer = exchange(attacked, first, later)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert alive(attacked)


def test_chunks_that_are_right_are_read(attacked: Sandbox) -> None:
    """As Go's clients send them; in pieces, with an extension and a trailer. The answer is about what was sent."""
    form = urlencode({"Action": "Made-up", "Version": "2015-04-01"}).encode()
    half = len(form) // 2
    pieces = [
        b"%x;a=b\r\n" % half,
        form[:half],
        b"\r\n%X\r\n" % (len(form) - half),
        form[half:] + b"\r\n0\r\nTrailer: x\r\n\r\n",
    ]
    kind = b"Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    head = POST + kind + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = exchange(attacked, head, *pieces)
    assert b"Made-up" in json.dumps(attacked.server.control("GET", "calls")["calls"][-1]).encode(), answer


def test_a_body_that_trickles_does_not_keep_others_waiting(attacked: Sandbox) -> None:
    host, port = attacked.endpoint.split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(50)]
    for connection in slow:
        connection.sendall(POST + b"Content-Length: 1000\r\n\r\na")
    assert alive(attacked)
    for connection in slow:  # the server still waits for each of them: the other did not wait for its end
        connection.setblocking(False)
        with connection, pytest.raises(BlockingIOError):
            connection.recv(1)


# -- memory ----------------------------------------------------------------------------------------------------
def test_refused_requests_do_not_pile_up(attacked: Sandbox) -> None:
    """Of each only so much is kept, and of all together no more than fits."""
    server = attacked.server
    big = json.dumps({"PolicyDocument": "x" * (5 * MEGABYTE)}).encode()
    tencent = b"X-TC-Action: CreatePolicy\r\nX-TC-Version: 2019-01-16\r\nAuthorization: TC3-HMAC-SHA256 x\r\n"
    heads = [
        (tencent, big),
        (b"Content-Type: application/x-www-form-urlencoded\r\n", b"Action=" + b"x" * (5 * MEGABYTE)),
        (b"Content-Type: application/x-www-form-urlencoded\r\n", b"Action=A&Version=1&P=" + b"x" * (5 * MEGABYTE)),
        (b"Content-Type: application/x-www-form-urlencoded\r\n", b"a&" * (2 * MEGABYTE)),
    ]
    requests = [
        POST + b"Connection: close\r\nContent-Length: %d\r\n" % len(body) + head + b"\r\n" + body
        for head, body in heads
    ]
    for request in requests:  # once, so that what any such request takes is there already
        exchange(attacked, request)
    before = resident(server)
    for _ in range(14):
        for request in requests:
            exchange(attacked, request)
    assert resident(server) - before < 60 * MEGABYTE
    kept = [call for call in server.control("GET", "calls")["calls"] if call["account"] == ""]
    assert max(len(json.dumps(call)) for call in kept) < 100_000
    assert any("more characters" in json.dumps(call) for call in kept)


def test_the_call_log_keeps_the_newest(attacked: Sandbox) -> None:
    from instance_role_sandbox.emulator import calls

    log = calls.CallLog()
    said: dict[str, Any] = {
        "cloud": "alibaba",
        "product": "Ram",
        "action": "A",
        "status": 400,
        "code": "x",
        "caller": "",
        "account": "",
        "region": "",
        "write": False,
    }
    params = {f"P{number}": "x" * 10_000 for number in range(10)}
    for _ in range(3000):
        log.add(**said, params=params)
    found = log.since(0, "")
    assert found[-1]["seq"] == log.last == 3000
    assert 500 < len(found) < 3000
    assert "more parameters" in str(found[-1]["params"])


# -- files -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_what_it_writes_has_its_own_modes(tmp_path: Path, umask: int) -> None:
    """Whatever the umask: nobody else writes anything, secrets are the owner's, the certificate is for all to read."""
    folder = tmp_path / "state"
    before = os.umask(umask)
    try:
        server = Server(folder)
    finally:
        os.umask(before)
    try:
        server.account()
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
    assert modes.pop("ca.pem") == 0o644
    assert set(modes) >= {"lock", "serve.json", "control.secret", "ca-key.pem", "server.pem", "state.sqlite"}
    assert {name: mode for name, mode in modes.items() if mode != 0o600} == {}
    assert not (folder / "control.secret").exists()  # a clean stop takes it back


def test_files_of_an_older_release_get_their_modes(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    Server(folder).stop()
    for name in ("lock", "ca.pem", "state.sqlite"):
        (folder / name).chmod(0o666)
    server = Server(folder)
    modes = {name: (folder / name).stat().st_mode & 0o777 for name in ("lock", "ca.pem", "state.sqlite")}
    server.stop()
    assert modes == {"lock": 0o600, "ca.pem": 0o644, "state.sqlite": 0o600}


# -- who may ask -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "target",
    ["ftp://127.0.0.1/_sandbox/state", "FILE://127.0.0.1/_sandbox/state", "x:/_sandbox/state", "_sandbox/state", "?a"],
)
def test_other_schemes_name_no_host(attacked: Sandbox, target: str) -> None:
    secret = attacked.server.steering["Authorization"]
    for host in ("127.0.0.1", "evil.example"):
        head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: {secret}\r\n\r\n"
        assert exchange(attacked, head.encode()).startswith(b"HTTP/1.1 400 ")


def test_a_path_that_looks_like_a_host_names_none(attacked: Sandbox) -> None:
    secret = attacked.server.steering["Authorization"]
    head = (
        f"GET //127.0.0.1/_sandbox/state HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nAuthorization: {secret}"
    )
    assert b" 200 " not in exchange(attacked, f"{head}\r\n\r\n".encode()).split(b"\r\n")[0]


def test_a_proxy_without_credentials_leads_to_the_clouds_and_nowhere_else(attacked: Sandbox) -> None:
    """The real plugin for Tencent Cloud comes so: it has nobody to ask where ``cvm.localhost`` is."""
    secret = attacked.server.steering["Authorization"]

    def status(url: str) -> bytes:
        host = url.split("/")[2]
        head = f"GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: {secret}\r\n\r\n"
        return exchange(attacked, head.encode()).split(b" ")[1]

    assert status("http://cvm.localhost:1/?Action=x") == b"400"  # Alibaba Cloud's: not signed
    for host in ("127.0.0.1", "cvm.localhost", "sts.tencentcloudapi.com"):
        assert status(f"http://{host}/_sandbox/state") == b"403"
    for host in ("100.100.100.200", "metadata.tencentyun.com", "example.com", "localhost.example.com"):
        assert status(f"http://{host}/latest/meta-data/") == b"407"


# -- parameters ------------------------------------------------------------------------------------------------
HOSTILE = {
    "deep": "[" * 1100 + "]" * 1100,
    "deep objects": '{"a":' * 400 + "1" + "}" * 400,
    "deeper than any reader": "[" * 5000,
    "huge numbers": f"[{'9' * 400}]",
    "beyond 64 bits": "9999999999999999999",
    "no number": "NaN",
    "halves of characters": '[{"Key": "\\udfff", "Value": "\\ud800"}]',
    "strange digits": "\u0663\u00b2",
    "nulls": "[null]",
    "lists of lists": "[[]]",
    "a nul": "\x00",
    "a negative number": "-1",
}


SOON = ("deep", "huge numbers")
"""Those that have broken something; the others are tried in long runs."""


@pytest.mark.parametrize(
    "kind", [kind if kind in SOON else pytest.param(kind, marks=pytest.mark.soak) for kind in HOSTILE]
)
def test_no_value_of_any_parameter_breaks_an_action(attacked: Sandbox, kind: str) -> None:
    """Each action with the value in every parameter that it reads: an answer, and not that of a fault of ours."""
    value = HOSTILE[kind]
    for product in ALIBABA:
        for name, action in product.actions.items():
            taken = read(action.run, ApiError).parameters
            sent = {one.replace(".N", ".1"): value for one in taken if one != "ClientToken"}
            values = params(attacked.keys, name, product.version, **{"RegionId": attacked.region, **sent})
            signature = signed(values, attacked.access_key_secret, "POST")
            answer = send(attacked, form=signature, method="POST")
            assert answer.status < 500, (name, answer.body[:300])
    for service in TENCENT.values():
        for of_tencent in service.actions.values():
            for form in (json.dumps(value), value):
                fields = ", ".join(f"{json.dumps(name)}: {form}" for name in of_tencent.takes.fields)
                body = f"{{{fields}}}".encode(errors="replace")
                got = tencent.send(attacked.tencent, service.name, of_tencent.name, body)
                assert "Internal" not in got.code, (of_tencent.name, body[:100], got.message)


HEADERS = {
    "X-TC-Timestamp": ["9" * 30, "-1", "\xb2", "1e9", "", "0"],
    "X-TC-Action": ["", "x" * 5000, "__class__", "\xff"],
    "X-TC-Version": ["", "x" * 5000],
    "X-TC-Region": ["", "../..", "x" * 5000],
    "X-TC-Token": ["x" * 5000, "\xff"],
    "Authorization": [
        "TC3-HMAC-SHA256",
        "TC3-HMAC-SHA256 Credential=",
        "TC3-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=;;;, Signature=x",
        "TC3-HMAC-SHA256 Credential=////, SignedHeaders=host, Signature=\xff",
        "ACS3-HMAC-SHA256 Credential=x,SignedHeaders=,Signature=",
        "Bearer",
    ],
    "Content-Type": ["multipart/form-data", "multipart/form-data; boundary=\xff", "application/json; charset=nothing"],
    "Host": ["", "[::1", "a:b:c", "\xff", "http://", "x" * 5000],
    "x-acs-date": ["9" * 30, ""],
    "Proxy-Authorization": ["Basic", "Basic \xff", "Basic ===="],
    "X-Forwarded-For": ["x" * 5000],
}


@pytest.mark.parametrize("path", ["/", "/?Action=GetUser&Version=2015-05-01", "/_sandbox/state", "/latest/meta-data/"])
def test_no_header_breaks_it(attacked: Sandbox, path: str) -> None:
    usual = {"X-TC-Action": "GetRole", "X-TC-Version": "2019-01-16", "X-TC-Timestamp": "1", "Host": "127.0.0.1"}
    usual["Authorization"] = "TC3-HMAC-SHA256 Credential=a/2020-01-01/cam/tc3_request, SignedHeaders=host, Signature=x"
    for name, values in HEADERS.items():
        for value in values:
            lines = "".join(f"{key}: {text}\r\n" for key, text in {**usual, name: value}.items())
            sent = f"POST {path} HTTP/1.1\r\n{lines}Connection: close\r\nContent-Length: 2\r\n\r\n{{}}"
            answer = exchange(attacked, sent.encode("latin-1"))
            status = answer.split(b" ")[1:2]
            assert status and status[0] < b"500", (name, value, answer[:300])
            assert b"InternalError" not in answer, (name, value)


SIGNED = {
    "Timestamp": ["9999-99-99T99:99:99Z", "x", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
    "SignatureNonce": ["x" * 10_000, "\U0001f600"],
    "SignatureMethod": ["HMAC-MD5", ""],
    "SignatureVersion": ["9", ""],
    "SecurityToken": ["x" * 10_000],
    "AccessKeyId": ["", "x" * 10_000],
    "Format": ["XML", "x"],
    "Version": ["", "x"],
}


def test_nothing_that_is_signed_breaks_it(attacked: Sandbox) -> None:
    for name, texts in SIGNED.items():
        for text in texts:
            values = {**params(attacked.keys), name: text}
            answer = send(attacked, form=signed(values, attacked.access_key_secret, "POST"), method="POST")
            assert answer.status < 500, (name, text, answer.body[:200])
