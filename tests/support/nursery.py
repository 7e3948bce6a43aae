"""The process that :mod:`tests.support.forks` forks: its imports are done, and it has done nothing else.

It has one thread and no open channel, so a fork of it is sound. Nothing that reads the environment when it is imported
may be among :data:`IMPORTED`. It ends when its input closes; what it forked goes on.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NoReturn, cast

IMPORTED = (
    "aliyunsdkcore.client",
    "instance_role_sandbox.emulator.cli",
    "instance_role_sandbox.emulator.fault_cli",
    "instance_role_sandbox.engine.cli",
    "instance_role_sandbox.project.cli",
    "instance_role_sandbox.standin.plugin",
    "instance_role_sandbox.standin.server",
    "pulumi.dynamic",
    "pulumi_instance_role.cli.drift",
    "pulumi_instance_role.cli.inventory",
    "pulumi_instance_role.cli.pass_role",
    "pulumi_instance_role.cli.policies",
    "pulumi_instance_role.cli.review",
    "pulumi_instance_role.clouds.tencent.adapter",
    "pulumi_instance_role.resources.attachment",
    "pulumi_instance_role.resources.binding",
    "pulumi_instance_role.resources.grant",
    "pulumi_instance_role.resources.policy",
    "pulumi_instance_role.resources.role",
)
READS_ITS_ENVIRONMENT = "alibabacloud_credentials"
"""Takes keys and profile from the environment when it is imported: each process has to do that for itself."""
OF_THAT_ONE = ("Tea.core", "apscheduler.schedulers.background")
"""What it imports in its turn, and what takes most of the time."""
_LARGEST = 1_000_000  # bytes of a request; a command's environment is most of it


class _Nursery:
    """Forks for whoever connects, and tells each of its fork's process and of its end."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._ready = selectors.DefaultSelector()
        self._ready.register(listener, selectors.EVENT_READ)
        self._ready.register(0, selectors.EVENT_READ)

    def serve(self) -> tuple[dict[str, Any], list[int], socket.socket] | None:
        """Returns in each fork, with its request, its streams and who asked; and without anything at the end."""
        while True:
            for key, _ in self._ready.select():
                if key.fileobj == 0:
                    return None
                if key.fileobj is not self._listener:
                    self._ended(key)
                    continue
                found = self._accepted()
                if found is not None:
                    return found

    def _accepted(self) -> tuple[dict[str, Any], list[int], socket.socket] | None:
        asked, _ = self._listener.accept()
        text, streams, _, _ = socket.recv_fds(asked, _LARGEST, 3)
        if not text:
            asked.close()
            return None
        pid = os.fork()
        if pid == 0:
            self._leave()
            return json.loads(text), list(streams), asked
        for end in streams:
            os.close(end)
        with contextlib.suppress(BrokenPipeError):
            asked.send(str(pid).encode())
        self._ready.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, asked))
        return None

    def _ended(self, key: selectors.SelectorKey) -> None:
        pid, asked = key.data
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._ready.unregister(key.fileobj)
        os.close(key.fd)
        with asked, contextlib.suppress(BrokenPipeError):  # nobody may care any more
            asked.send(str(code).encode())

    def _leave(self) -> None:
        """Close what a fork has of the others: who waits for the end of one waits for that of its sockets too."""
        for key in list(self._ready.get_map().values()):
            if key.data:
                os.close(key.fd)
                key.data[1].close()
        self._ready.close()
        self._listener.close()


def _become(request: Mapping[str, Any], streams: Sequence[int]) -> Callable[[], object]:
    """Make this process the one that was asked for, and return what it has to do."""
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
    rest = [path for path in sys.path[1:] if path not in given]
    sys.path[:] = [*given, *rest]
    with contextlib.suppress(ModuleNotFoundError):
        import_module("sitecustomize")
    option, *arguments = request["arguments"]
    while option == "-W":
        warnings._setoption(arguments[0])  # type: ignore[attr-defined]  # what Python itself does with it
        option, *arguments = arguments[1:]
    if option == "-m":
        sys.argv[:] = arguments
        sys.path[:] = [request["cwd"], *given, *rest]
        return lambda: runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    if option == "-c":
        sys.argv[:] = [option, *arguments[1:]]
        sys.path[:] = ["", *given, *rest]
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        return lambda: exec(compile(arguments[0], "<string>", "exec"), main.__dict__)
    sys.argv[:] = [option, *arguments]
    sys.path[:] = [str(Path(option).parent), *given, *rest]
    return lambda: runpy.run_path(option, run_name="__main__")


def _unbuffered(number: int, errors: str = "strict") -> io.TextIOWrapper:
    raw = os.fdopen(number, "wb", buffering=0, closefd=False)
    return io.TextIOWrapper(cast(IO[bytes], raw), errors=errors, write_through=True)


def _run_to_its_end(work: Callable[[], object]) -> NoReturn:
    """Do it, and end as Python does; but its modules are not taken apart: a fork would copy them all for that."""
    code = 0
    try:
        work()
    except SystemExit as asked:
        if asked.code is not None and not isinstance(asked.code, int):
            print(asked.code, file=sys.stderr)
        code = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - whatever it is ends the process, as it would end Python
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code & 255)


def _die_with(launcher: socket.socket) -> None:
    launcher.recv(1)
    os._exit(137)


def _main() -> None:
    # Whoever starts the tests in the background has them ignore it, and a host that ignores it ends five seconds late.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.executable = sys.argv[2]  # before anything takes a note of it
    for name in (*IMPORTED, *OF_THAT_ONE):
        import_module(name)
    assert READS_ITS_ENVIRONMENT not in sys.modules
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(sys.argv[1])
        listener.listen(64)
        print("ready", flush=True)
        found = _Nursery(listener).serve()
    if found is None:
        return
    request, streams, asked = found
    if request["launched"]:
        threading.Thread(target=_die_with, args=(asked,), daemon=True).start()
    else:
        asked.close()
    _run_to_its_end(_become(request, streams))


if __name__ == "__main__":
    _main()
