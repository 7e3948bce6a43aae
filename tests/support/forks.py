"""Real processes whose imports are done already: what `python -m MODULE` starts, for a fraction of the time.

Most of a short process's time goes into importing what the one before it imported. A nursery has imported it and done
nothing else; :class:`Forked` is a fork of it that gets the environment, folder, arguments and streams of one command
and runs that command's module as ``__main__``. A nursery has one thread and no open channel, so a fork of it is sound.
Nothing that reads the environment when it is imported may be among :data:`IMPORTED`. Linux only, like other tests here.
Tests that are about starting, installing or importing use :mod:`subprocess`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import io
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

ROOT = Path(__file__).parents[2]
IMPORTED = (
    "aliyunsdkcore.client",
    "pulumi.dynamic",
    "pulumi_instance_role.cli.drift",
    "pulumi_instance_role.resources.attachment",
    "pulumi_instance_role.resources.binding",
    "pulumi_instance_role.resources.grant",
    "pulumi_instance_role.resources.policy",
    "pulumi_instance_role.resources.role",
    "instance_role_sandbox.engine.cli",
    "tencentcloud.common.abstract_client",
)
READS_ITS_ENVIRONMENT = "alibabacloud_credentials"
"""Takes keys and profile from the environment when it is imported: each process has to do that for itself."""
_LARGEST = 200_000  # bytes of a request; a command's environment is most of it


class Forked:
    """A process with as much of :class:`subprocess.Popen` as tests use. Its streams are pipes, of text."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        env: Mapping[str, str],
        cwd: Path,
        merge: bool = False,
        own_session: bool = False,
    ) -> None:
        """Start ``python -m module arguments``; ``merge`` sends its errors to its output."""
        self.returncode: int | None = None
        self._lock = threading.Lock()
        self._told, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child_in, to_child = os.pipe()
        out, child_out = os.pipe()
        errors, child_errors = (-1, os.dup(child_out)) if merge else os.pipe()
        request = {"module": module, "arguments": arguments, "env": dict(env), "cwd": str(cwd), "own": own_session}
        try:
            _nursery().ask(request, [theirs.fileno(), child_in, child_out, child_errors])
        finally:
            theirs.close()
            for end in (child_in, child_out, child_errors):
                os.close(end)
        self.stdin: IO[str] = os.fdopen(to_child, "w", encoding="utf-8")
        self.stdout: IO[str] = os.fdopen(out, encoding="utf-8", errors="replace")
        self.stderr: IO[str] | None = None if merge else os.fdopen(errors, encoding="utf-8", errors="replace")
        self.pid = int(self._told.recv(16) or 0)
        assert self.pid, "the nursery is gone"

    def poll(self) -> int | None:
        """The exit code, if it has ended."""
        try:
            return self.wait(0.0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, minus the signal's number where one ended it. ``TimeoutExpired`` after so many seconds."""
        with self._lock:
            if self.returncode is None:
                self._told.settimeout(timeout)
                try:
                    code = self._told.recv(16)
                except (TimeoutError, BlockingIOError):
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from None
                assert code, "the nursery is gone"
                self.returncode = int(code)
                self._told.close()
            return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, text: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        """Give it ``text``, wait for its end: output and errors. ``TimeoutExpired`` ends the process as well."""
        said: dict[int, str] = {}
        streams = [stream for stream in (self.stdout, self.stderr) if stream is not None]
        readers = [threading.Thread(target=_read, args=(said, stream), daemon=True) for stream in streams]
        for reader in readers:
            reader.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # it may end without reading
                self.stdin.write(text or "")
                self.stdin.flush()
            with contextlib.suppress(BrokenPipeError):
                self.stdin.close()
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        for reader in readers:
            reader.join(timeout)
            assert not reader.is_alive(), "another process still holds the command's output"
        found = [said[id(stream)] for stream in streams]
        self.close()
        return found[0], "".join(found[1:])

    def close(self) -> None:
        """Close the streams."""
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _read(said: dict[int, str], stream: IO[str]) -> None:
    said[id(stream)] = stream.read()


class _Nursery:
    """The process that forks, seen from a test. Ends with the test's process, when its socket closes."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", __spec__.name, str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        atexit.register(self.close)

    def ask(self, request: Mapping[str, Any], streams: Sequence[int]) -> None:
        """Ask for a fork."""
        socket.send_fds(self._socket, [json.dumps(request).encode()], streams)

    def close(self) -> None:
        """End it; processes that it forked go on."""
        self._socket.close()
        self._process.wait(timeout=10)


@functools.cache
def _nursery() -> _Nursery:
    return _Nursery()


# -- in the nursery ----------------------------------------------------------------------------------------------------
def _serve(asked: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Fork for each request until there are no more. Returns in each fork, with its request and its streams."""
    while True:
        text, passed, _, _ = socket.recv_fds(asked, _LARGEST, 4)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not text:
            return None
        told, *streams = passed
        if os.fork() == 0:  # the parent of the command: it waits for its end, and tells
            with socket.socket(fileno=told) as teller:
                pid = os.fork()
                if pid == 0:
                    teller.close()
                    asked.close()
                    return json.loads(text), streams
                asked.close()
                for end in streams:
                    os.close(end)
                teller.send(str(pid).encode())
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                with contextlib.suppress(BrokenPipeError):  # nobody may care any more
                    teller.send(str(code).encode())
            os._exit(0)
        for end in passed:
            os.close(end)


def become(request: Mapping[str, Any], streams: Sequence[int]) -> None:
    """Run the command, as ``python -u -m`` would, in this process. Without a module, only get ready for it."""
    for number, end in enumerate(streams):
        os.dup2(end, number)
        os.close(end)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = _unbuffered(1)
    sys.stderr = _unbuffered(2, "backslashreplace")
    if request["own"]:
        os.setsid()
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    given = [path for path in request["env"].get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [request["cwd"], *given, *(path for path in sys.path[1:] if path not in given)]
    sys.argv[:] = [request["module"], *request["arguments"]]
    if request["module"]:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


def _unbuffered(number: int, errors: str = "strict") -> io.TextIOWrapper:
    raw = os.fdopen(number, "wb", buffering=0, closefd=False)
    return io.TextIOWrapper(cast(IO[bytes], raw), errors=errors, write_through=True)


def import_all() -> None:
    """Get ready to fork."""
    # Whoever starts the tests in the background has them ignore it, and a host that ignores it ends five seconds late.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in IMPORTED:
        import_module(name)
    assert READS_ITS_ENVIRONMENT not in sys.modules
    gc.freeze()


def _main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        import_all()
        found = _serve(asked)
    if found is not None:
        become(*found)


if __name__ == "__main__":
    _main()
