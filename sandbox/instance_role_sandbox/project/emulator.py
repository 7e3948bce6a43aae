"""The emulator of a project: found where it runs, else started, and left running.

It stays up between commands so that what was deployed can be looked at and used (`sandbox exec`, any SDK), and stops
when the last stack is destroyed. Its data lies in ``.sandbox/emulator`` and outlives it: after a reboot the next
command starts it again on the port it had. One that another release of this package left running is replaced.

A note beside it (``emulator.json``) says which process this project started. A note whose process is gone, or whose
emulator does not answer, is stale and makes no difference. Two commands at once start one emulator: the one that
comes second waits for the first.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from instance_role_sandbox.emulator.private import open_to_append
from instance_role_sandbox.emulator.ready import control_secret
from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.control import Control
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.standin.waiting import until

EMULATOR = (sys.executable, "-m", "instance_role_sandbox.emulator")
"""`instance-role sandbox serve` and `exec` with this Python, wherever its scripts are."""

_started: dict[Path, subprocess.Popen[bytes]] = {}
"""Those that this very process started and has to wait for, should it still be there when they end."""

_KEYS = {"alibaba": ("access_key_id", "access_key_secret"), "tencent": ("secret_id", "secret_key")}
"""What the ready line calls each cloud's key."""

_START = 30.0  # seconds until it must answer
_STOP = 15.0


@dataclass(frozen=True)
class Emulator:
    """A running emulator, as its ready line describes it."""

    endpoint: str  # host:port, on loopback
    ca_file: Path
    accounts: Mapping[str, Account]  # by cloud
    control_file: Path = Path(os.devnull)  # the secret of its control API

    @property
    def account_id(self) -> str:
        """The sandbox's account, as its control API names it."""
        return self.accounts["alibaba"].account_id

    @property
    def control(self) -> Control:
        """Its control API, with the secret as it is now: each start makes a new one."""
        return Control(self.endpoint, control_secret({"control_file": str(self.control_file)}))

    @property
    def answers(self) -> bool:
        """Whether it is there, and not another project's emulator at its address."""
        return self.control.answers(self.account_id)


def find(sandbox: Path) -> Emulator | None:
    """The running emulator of this ``.sandbox`` folder, if there is one."""
    try:
        ready = json.loads((sandbox / "emulator" / "serve.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    found = _described(ready)
    return found if found is not None and found.answers else None


def start(sandbox: Path, environment: dict[str, str]) -> tuple[Emulator, bool]:
    """The running emulator, and whether it had to be started."""
    sandbox.mkdir(mode=0o700, exist_ok=True)
    with _starting(sandbox):
        running = find(sandbox)
        if running is not None and _read_note(sandbox).get("version", _version()) != _version():
            _stop(sandbox, running)  # left by an older or newer release of this package
            running = find(sandbox)
        if running is not None:
            return running, False
        if sandbox in _started:
            _started.pop(sandbox).wait(_STOP)
        _keep_others_out(sandbox)
        with suppress(OSError):  # if the folder is no folder, the emulator says so
            (sandbox / "emulator" / "serve.json").unlink()  # of one that was killed
        port = _port(sandbox)
        with (sandbox / "emulator.log").open("ab") as log:
            process = _started[sandbox] = _serve(sandbox, port, environment, log)
        found: list[Emulator] = []

        def ready() -> bool:
            if process.poll() is not None:
                raise ProjectError(f"the emulator did not start: {_last_line(sandbox / 'emulator.log')}")
            running = find(sandbox)
            found.extend([running] if running else [])
            return running is not None

        try:
            until(ready, "the emulator to answer", _START)
        except TimeoutError as late:
            process.kill()
            process.wait()
            raise ProjectError(f"{late}; see {sandbox / 'emulator.log'}") from None
        port = int(found[0].endpoint.rpartition(":")[2])
        note = {"pid": process.pid, "port": port, "version": _version()}
        _note(sandbox).write_text(json.dumps(note), encoding="utf-8")
        return found[0], True


def stop(sandbox: Path) -> bool:
    """Stop the emulator if this project started it. Whether it did."""
    if not sandbox.exists():
        return False
    with _starting(sandbox):
        running = find(sandbox)
        return running is not None and _stop(sandbox, running)


def _stop(sandbox: Path, running: Emulator) -> bool:
    note = _read_note(sandbox)
    if note.get("port") != int(running.endpoint.rpartition(":")[2]) or not _alive(note.get("pid")):
        return False  # somebody else's
    os.kill(note["pid"], signal.SIGTERM)
    until(lambda: not running.answers, "the emulator to stop", _STOP)
    if sandbox in _started:
        _started.pop(sandbox).wait(_STOP)
    return True


def _described(ready: Any) -> Emulator | None:
    try:
        return Emulator(
            endpoint=ready["endpoint"],
            ca_file=Path(ready["ca_file"]),
            accounts={cloud: _account(ready[cloud], *names) for cloud, names in _KEYS.items()},
            control_file=Path(ready.get("control_file", os.devnull)),
        )
    except (KeyError, TypeError):
        return None


def _account(said: Mapping[str, str], key_id: str, key_secret: str) -> Account:
    return Account(said[key_id], said[key_secret], said["account_id"], said["region"])


def _serve(sandbox: Path, port: int, environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [*EMULATOR, "serve", "--state", str(sandbox / "emulator"), "--port", str(port)]
    # A session of its own: Ctrl-C in this terminal is not for it.
    return subprocess.Popen(
        command,
        cwd=sandbox,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _port(sandbox: Path) -> int:
    """The port it had, if that is free: addresses written down by a person stay good. Else any."""
    port = _read_note(sandbox).get("port", 0)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except (OSError, OverflowError, ValueError):
            return 0
    return int(port)


def _version() -> str:
    return version("pulumi-instance-role")


def _note(sandbox: Path) -> Path:
    return sandbox / "emulator.json"


def _read_note(sandbox: Path) -> dict[str, Any]:
    try:
        note = json.loads(_note(sandbox).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _alive(pid: Any) -> bool:
    if not isinstance(pid, int) or pid <= 1:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # alive, but of another user: not ours
    return True


@contextmanager
def _starting(sandbox: Path) -> Iterator[None]:
    sandbox.mkdir(mode=0o700, exist_ok=True)
    with open_to_append(sandbox / "emulator.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _keep_others_out(sandbox: Path) -> None:
    """The folder holds the emulator's keys and a private CA: for its owner, and not for version control."""
    sandbox.chmod(0o700)
    (sandbox / ".gitignore").write_text("*\n", encoding="utf-8")


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("Error: ") if lines else f"it said nothing; see {log}"
