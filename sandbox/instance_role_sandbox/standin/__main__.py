"""The plugin process: ``pulumi-resource-<name>`` runs this module with that name as its first argument.

As every Pulumi plugin does, it prints its port as the first line and serves until its parent stops it. A parent that
dies without stopping it (killed, out of memory) is noticed within a second, so that nothing is left behind.
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from instance_role_sandbox.standin.plugin import CLOUDS, load
from instance_role_sandbox.standin.server import Provider
from pulumi_instance_role.wheels import with_extra

_LONGEST_MESSAGE = 400 * 1024 * 1024  # bytes: what Pulumi's own plugins allow
_THREADS = 32


def main() -> None:
    """Serve on a free loopback port until SIGTERM, SIGINT or the end of the parent process."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in CLOUDS:
        raise SystemExit(f"the first argument is the plugin to stand in for: {', '.join(CLOUDS)}, not {name!r}")
    try:
        provider = Provider(load(name))
    except ModuleNotFoundError as missing:
        raise SystemExit(
            f"the stand-in for {name} needs {missing.name}, which is not installed; {with_extra(CLOUDS[name])}"
        ) from None
    parent = os.getppid()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = grpc.server(
        ThreadPoolExecutor(_THREADS),
        options=[
            ("grpc.max_receive_message_length", _LONGEST_MESSAGE),
            ("grpc.max_send_message_length", _LONGEST_MESSAGE),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not stop.wait(1.0) and os.getppid() == parent:
        pass
    server.stop(grace=5.0).wait()


if __name__ == "__main__":
    main()
