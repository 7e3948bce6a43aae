"""The emulator by itself: signed requests a second and memory, for growing numbers of instances.

The other way is the same client, with the same signed requests, against a server that reads them and answers a fixed
text: what client and network of this machine allow.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from aliyunsdkcore.request import RpcRequest
from tests.support.sandbox import VERSIONS, Sandbox

from benchmarks.cloud import Account, emulator
from benchmarks.rows import Row, Topic

TOPIC = Topic(
    "emulator",
    "The emulator: signed requests, one after another",
    "the emulator",
    "the same client against a server that answers a fixed text",
)
SIZES, QUICK = (10, 1000, 10_000), (10, 1000)
REQUESTS = 200
_BARE = """
import http.server, socketserver, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # an answer in one piece
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        text = b'{"RequestId": "1"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def log_message(self, *_):
        pass
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def run(sizes: Sequence[int], say: Callable[[str], None]) -> Iterator[Row]:
    """Three rows for each number of instances: a role, a page of instances, and the roles of a page."""
    with subprocess.Popen([sys.executable, "-c", _BARE], stdout=subprocess.PIPE, text=True) as bare:
        try:
            assert bare.stdout is not None
            address = f"127.0.0.1:{int(bare.stdout.readline())}"
            for size in sizes:
                with emulator() as server:
                    say(f"the emulator with {size} instances ...")
                    account = Account(server, "alibaba", size, 0)
                    ids = json.dumps(list(account.instances[:50]))
                    place = {"RegionId": account.sandbox.region}
                    works: dict[str, tuple[str, dict[str, Any]]] = {
                        "GetRole": ("Ram", {"RoleName": "web"}),
                        "DescribeInstances": ("Ecs", {**place, "InstanceIds": ids, "MaxResults": 50}),
                        "DescribeInstanceRamRole": ("Ecs", {**place, "InstanceIds": ids, "PageSize": 50}),
                    }
                    for action, (product, parameters) in works.items():
                        mine, theirs = (
                            _send(account.sandbox, where, product, action, parameters)
                            for where in (account.sandbox.endpoint, address)
                        )
                        memory = _resident(account.sandbox.server.process.pid)
                        yield Row(f"{action}, {size:,} instances", mine, theirs, requests=REQUESTS, mebibytes=memory)
        finally:
            bare.kill()


def _send(sandbox: Sandbox, where: str, product: str, action: str, parameters: dict[str, Any]) -> float:
    """Seconds for the requests."""
    client = sandbox.client()
    start = time.perf_counter()
    for _ in range(REQUESTS):
        request = RpcRequest(product, VERSIONS[product], action)
        request.set_endpoint(where)
        request.set_protocol_type("http")
        request.set_method("POST")
        for name, value in parameters.items():
            request.add_query_param(name, value)
        client.do_action_with_exception(request)
    seconds = time.perf_counter() - start
    client.session.close()
    return seconds


def _resident(pid: int) -> float:
    """Mebibytes that a process holds now."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the kernel does not tell a process's memory")
