"""Real processes whose imports are done already: what `python -m MODULE` starts, for a fraction of the time.

Most of a short process's time goes into importing what the one before it imported. :mod:`tests.support.nursery` is a
process that has imported it and done nothing else; :class:`Forked` is a fork of it that gets the environment, folder,
arguments and streams of one command and runs that command's module as ``__main__``. :func:`python` is the same as an
executable, for what starts processes itself; a fork has it as ``sys.executable``, so that what a command starts in its
turn is a fork too. Linux only, like other tests here. Tests that are about starting, installing or importing use
:mod:`subprocess`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
_CLIENT = """
import json, os, signal, socket, sys
asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
asked.connect({address!r})
words = dict(arguments=sys.argv[1:], env=dict(os.environ), cwd=os.getcwd(), own=False, launched=True)
request = json.dumps(words).encode()
asked.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(request) + 65536)
socket.send_fds(asked, [request], [0, 1, 2])
fork = int(asked.recv(16))
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: os.kill(fork, number))
code = int(asked.recv(16))
os.kill(os.getpid(), signal.SIGKILL) if code == -9 else os._exit(code & 255)
"""
_LAUNCHER = """#!/bin/sh
[ "$1" = -u ] && shift
[ -n "$PYTHONHASHSEED" ] && exec '{python}' -u "$@"
case "$1" in
-m | -c | -W | [!-]*) exec '{python}' -ISu '{client}' "$@" ;;
*) exec '{python}' "$@" ;;
esac
"""


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
        child_in, to_child = os.pipe()
        out, child_out = os.pipe()
        errors, child_errors = (-1, os.dup(child_out)) if merge else os.pipe()
        request = {
            "arguments": ["-m", module, *arguments],
            "env": dict(env),
            "cwd": str(cwd),
            "own": own_session,
            "launched": False,
        }
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            text = json.dumps(request).encode()
            self._told.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(text) + 65536)
            self._told.connect(_nursery().address)
            socket.send_fds(self._told, [text], [child_in, child_out, child_errors])
        finally:
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

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

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
    """The process that forks, seen from a test. Ends with the test's process, when its input closes."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="nursery-")
        self.address = str(Path(self.folder.name) / "asked")
        client = Path(self.folder.name) / "client.py"
        client.write_text(_CLIENT.format(address=self.address), encoding="utf-8")
        self.bin = Path(self.folder.name) / "bin"
        self.bin.mkdir()
        self.python = str(self.bin / "python")
        command = f"#!/bin/sh\nexec '{self.python}' -m pulumi_instance_role.cli \"$@\"\n"
        launcher = _LAUNCHER.format(python=sys.executable, client=client)
        for name, text in (("python", launcher), ("python3", launcher), ("instance-role", command)):
            (self.bin / name).write_text(text, encoding="utf-8")
            (self.bin / name).chmod(0o755)
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "tests.support.nursery", self.address, self.python],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        atexit.register(self.close)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", "the nursery did not start"

    def close(self) -> None:
        """End it; processes that it forked go on."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()
        self.folder.cleanup()


@functools.cache
def _nursery() -> _Nursery:
    return _Nursery()


def python() -> str:
    """A Python for what starts programs, hosts and commands: a process of its own that hands on to a fork.

    It hands on streams, signals and exit code, and takes the fork along when it is ended. With options of Python other
    than ``-u``, ``-W``, ``-m`` and ``-c``, or with a hash seed, it is the Python of the tests.
    """
    return _nursery().python


def environment() -> Path:
    """A virtual environment's folder as far as commands look: ``bin`` with that Python and ``instance-role``."""
    return _nursery().bin.parent
