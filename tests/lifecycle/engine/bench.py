"""A project in a folder of its own, and the engine's command line on it, as a person would use it."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import textwrap
import time
from pathlib import Path
from typing import Any

from tests.support.forks import Forked

ROOT = Path(__file__).parents[3]
RECORDER = ROOT / "tests" / "parity" / "recorder.py"
PHRASE = "correct horse"
STACK = "dev"


class Bench:
    """One project with stack `dev`. Its resources are recorder.Thing: each call to their provider is written down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state_path = folder / ".sandbox" / "stacks" / "bench" / f"{STACK}.json"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "calls.jsonl"
        self.log.touch()
        self.write("Pulumi.yaml", "name: bench\nruntime: python\n")
        self.write("recorder.py", RECORDER.read_text(encoding="utf-8"))
        self.environ = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "PARITY_"))}
        self.environ.update(
            PATH=f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            PYTHONPATH=str(ROOT),
            PARITY_LOG=str(self.log),
            PARITY_STEER=str(folder / "steer.json"),
            PULUMI_CONFIG_PASSPHRASE=PHRASE,
            PULUMI_HOME=str(folder / "home"),
            COLUMNS="200",
        )

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def program(self, text: str) -> None:
        """Write the program; `Thing` and `pulumi` are imported."""
        self.write("__main__.py", "import pulumi\nfrom recorder import Thing\n" + textwrap.dedent(text))

    def steer(self, **behaviour: Any) -> None:
        """How the things behave from here on, by label."""
        self.write("steer.json", json.dumps(behaviour))

    def start(self, command: str, *args: str, **environ: str) -> Forked:
        """Start a command of the engine."""
        stack = () if "--stack" in args else ("--stack", STACK)
        env = {**self.environ, **environ}
        return Forked("tests.parity.cli", command, *stack, *args, env=env, cwd=self.folder, merge=True)

    def run(self, command: str, *args: str, text: str | None = None, **environ: str) -> tuple[int, str]:
        """Run a command to its end: exit code, and what it said with all white space as one blank."""
        process = self.start(command, *args, **environ)
        said, _ = process.communicate(text, timeout=100)
        return process.wait(), re.sub(r"\s+", " ", said)

    def good(self, command: str, *args: str, **environ: str) -> str:
        """Run a command that has to succeed."""
        code, said = self.run(command, *args, **environ)
        assert code == 0, said
        return said

    def calls(self, since: int = 0) -> list[str]:
        """The provider calls from a line of the log on, as "create a"."""
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()][since:]
        return [f"{x['call']} {x['label']}" for x in lines if "call" in x and x["call"] != "configure"]

    def mark(self) -> int:
        """The log's length now."""
        return len(self.log.read_text(encoding="utf-8").splitlines())

    def wait_for(self, call: str, seconds: float = 60) -> None:
        """Wait until a call has come in."""
        until = time.monotonic() + seconds
        while call not in self.calls():
            assert time.monotonic() < until, f"{call} did not come"
            time.sleep(0.05)

    def state(self) -> dict[str, Any]:
        """The state file's deployment."""
        found: dict[str, Any] = json.loads(self.state_path.read_text(encoding="utf-8"))["deployment"]
        return found

    def resources(self) -> dict[str, dict[str, Any]]:
        """The state's resources by name; providers left out."""
        return {
            r["urn"].rpartition("::")[2]: r for r in self.state()["resources"] if "::pulumi:providers:" not in r["urn"]
        }

    def made_nothing(self) -> bool:
        """Is there no resource in the state but the stack itself?"""
        return not self.state_path.exists() or list(self.resources()) == [f"bench-{STACK}"]

    def state_mode(self) -> int:
        """The permissions of the state file."""
        return stat.S_IMODE(self.state_path.stat().st_mode)

    def processes(self) -> set[int]:
        """Live processes that were started for this project: those whose environment names its folder."""
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    alive = (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
                    if alive and f"PARITY_LOG={self.log}".encode() in (entry / "environ").read_bytes():
                        found.add(int(entry.name))
                except OSError:
                    continue
        return found

    def none_left(self, seconds: float = 10) -> bool:
        """Are all of this project's processes gone, within some seconds?"""
        until = time.monotonic() + seconds
        while self.processes() and time.monotonic() < until:
            time.sleep(0.1)
        return not self.processes()


class Toys(Bench):
    """A bench with the toy plugin on PATH."""

    def calls_of(self, method: str) -> list[dict[str, Any]]:
        lines = (self.folder / "toy.jsonl").read_text(encoding="utf-8").splitlines()
        return [call for call in map(json.loads, lines) if call["method"] == method]

    def forget(self) -> None:
        (self.folder / "toy.jsonl").write_text("", encoding="utf-8")


def interrupt(process: Forked) -> None:
    """What Ctrl-C does."""
    process.send_signal(signal.SIGINT)
