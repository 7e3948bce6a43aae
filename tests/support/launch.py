"""A Python for what an engine starts, programs and provider hosts: an executable, and a fork with imports done.

What the engine starts is :data:`_LAUNCHER`, a process of its own in a session of its own, as any Python would be. It
has a nursery (see :mod:`tests.support.forks`) fork what it was asked to run, hands on its streams, signals and exit
code, and takes the fork along when it is ended. For tests in which starting and importing is not what is tested.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from tests.support.forks import ROOT, become, import_all

_LAUNCHER = """#!{python} -ISu
import json, os, signal, socket, sys
asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
asked.connect({address!r})
request = json.dumps(dict(arguments=sys.argv[1:], env=dict(os.environ), cwd=os.getcwd())).encode()
asked.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(request) + 65536)
socket.send_fds(asked, [request], [0, 1, 2])
fork = int(asked.recv(16))
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: os.kill(fork, number))
code = int(asked.recv(16))
os.kill(os.getpid(), signal.SIGKILL) if code == -9 else os._exit(code & 255)
"""
_LARGEST = 1_000_000  # bytes of a request


@functools.cache
def python() -> str:
    """The executable. Its nursery ends with this process."""
    folder = tempfile.TemporaryDirectory(prefix="launch-")
    address = str(Path(folder.name) / "asked")
    nursery = subprocess.Popen(
        [sys.executable, "-u", "-m", __spec__.name, address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert nursery.stdin is not None and nursery.stdout is not None
    assert nursery.stdout.readline() == b"ready\n", "the nursery did not start"

    def close() -> None:
        assert nursery.stdin is not None
        nursery.stdin.close()
        nursery.wait(10)
        folder.cleanup()

    atexit.register(close)
    launcher = Path(folder.name) / "python"
    launcher.write_text(_LAUNCHER.format(python=sys.executable, address=address), encoding="utf-8")
    launcher.chmod(0o755)
    return str(launcher)


# -- in the nursery ----------------------------------------------------------------------------------------------------
def _serve(listener: socket.socket) -> tuple[dict[str, Any], list[int], socket.socket] | None:
    """Fork for each launcher. Returns in each fork; and without anything when the tests are over."""
    os.set_blocking(0, False)
    while True:
        try:
            asked, _ = listener.accept()
        except TimeoutError:
            if _closed(0):
                return None
            continue
        finally:
            _reap()
        asked.setblocking(True)
        if os.fork() == 0:
            listener.close()
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * _LARGEST)
            text, streams, _, _ = socket.recv_fds(asked, _LARGEST, 3)
            pid = os.fork()
            if pid == 0:
                return json.loads(text), list(streams), asked
            for end in streams:
                os.close(end)
            asked.send(str(pid).encode())
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            try:
                asked.send(str(code).encode())
            finally:
                os._exit(0)
        asked.close()


def _closed(number: int) -> bool:
    try:
        return os.read(number, 1) == b""
    except BlockingIOError:
        return False


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _die_with(launcher: socket.socket) -> None:
    launcher.recv(1)
    os._exit(137)


def _main() -> None:
    import_all()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(sys.argv[1])
        listener.listen(64)
        listener.settimeout(0.5)
        print("ready", flush=True)
        found = _serve(listener)
    if found is None:
        return
    request, streams, launcher = found
    threading.Thread(target=_die_with, args=(launcher,), daemon=True).start()
    arguments = [word for word in request["arguments"] if word != "-u"]
    if arguments[0] == "-m":
        become({**request, "module": arguments[1], "arguments": arguments[2:], "own": False}, streams)
        return
    become({**request, "module": "", "arguments": arguments[1:], "own": False}, streams)
    sys.path[0] = str(Path(arguments[0]).parent)
    sys.argv[0] = arguments[0]
    runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    _main()
