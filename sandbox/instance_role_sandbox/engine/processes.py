"""Child processes that don't outlive the engine: the program, provider hosts, plugins.

Each child leads its own session, so that a Ctrl-C at the terminal reaches the engine alone, which lets running calls
end and be saved. A guard process watches the engine through a pipe: when the engine is gone, however that came, the
pipe closes and the guard ends every group it was told of. POSIX only.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from instance_role_sandbox.engine.errors import EngineError

GRACE = 5.0  # seconds between asking a child to end and making it
LINE_LIMIT = 16 * 1024 * 1024  # bytes of one line of a child's output

# Runs without site-packages: it has to be up before the first child is.
_GUARD = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
groups = set()
for line in sys.stdin:
    word, _, group = line.strip().partition(" ")
    (groups.add if word == "add" else groups.discard)(int(group))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""


class Children:
    """The engine's children. Use as an asynchronous context: at its end all are gone, and waited for."""

    def __init__(self) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # Started in the background of a script. A child would inherit that, and could then not be asked to end.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._running: set[int] = set()
        self._started: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Children:
        return self

    async def __aexit__(self, *_: object) -> None:
        for group in list(self._running):
            self.kill(group)
        # The loop has to hear of each end: what it does not know as ended it leaves behind, unclosed.
        await asyncio.gather(*map(_ended, self._started))
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.close()
        self._guard.wait()

    async def start(self, command: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> asyncio.subprocess.Process:
        """Start a child. EngineError when there is no such executable."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=cwd,
                env=dict(environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=LINE_LIMIT,
            )
        except OSError as error:
            raise EngineError(f"cannot start {command[0]}: {error.strerror}") from None
        self._running.add(process.pid)
        self._started.append(process)
        self._tell("add", process.pid)
        return process

    def _tell(self, word: str, group: int) -> None:
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.write(f"{word} {group}\n".encode())
                self._guard.stdin.flush()

    def kill(self, group: int) -> None:
        """End a child's whole group at once."""
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
        self.forget(group)

    def forget(self, group: int) -> None:
        """The child is known to have ended."""
        if group in self._running:
            self._running.discard(group)
            self._tell("forget", group)

    async def stop(self, process: asyncio.subprocess.Process) -> int:
        """Ask a child to end, wait a little, then end its group. Returns its exit code."""
        if process.returncode is None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGINT)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE)
        self.kill(process.pid)
        return await process.wait()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of a child that is killed, and of its output: not for whoever left its group and holds that."""
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except asyncio.TimeoutError:
        process._transport.close()  # type: ignore[attr-defined]
        await process.wait()


async def pump(stream: asyncio.StreamReader | None, say: Callable[[str], None]) -> None:
    """Hand on a child's output line by line until it ends."""
    while stream is not None:
        try:
            line = await stream.readline()
        except ValueError:  # longer than LINE_LIMIT: dropped, the child must not stall on a full pipe
            continue
        if not line:
            return
        text = line.decode(errors="replace").rstrip("\n")
        if text.strip():
            say(text)
