"""The two engines that can run a project here, behind one small interface.

The Pulumi CLI keeps its state in a file backend under ``.sandbox/pulumi``. It writes a salt into the stack's settings
when it makes a stack; so the stack is made from a copy, and the settings in use are a copy too: the project's own
files stay as they are. PULUMI_HOME is left alone, because installed plugins are found there.
https://www.pulumi.com/docs/iac/concepts/state-and-backends/
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import yaml

from instance_role_sandbox.project import states
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.place import Place

# `instance-role sandbox up` and its sisters, without the rest of the sandbox.
_EMBEDDED = (
    sys.executable,
    "-c",
    "import click; from instance_role_sandbox.engine.cli import COMMANDS; click.Group(commands=COMMANDS)()",
)
CHOICES = ("pulumi", "embedded")
OLDEST = (3, 250, 0)  # as old as the oldest SDK that the package accepts
_PASSPHRASE = "sandbox"  # noqa: S105 - encrypts the state of a sandbox, whose secrets are worth nothing
_INSTALL = "see https://www.pulumi.com/docs/install/, or use --engine embedded"

Environment = Mapping[str, str]


class Engine(Protocol):
    """What runs programs and keeps their state."""

    name: str

    def describe(self) -> str:
        """The line that says which engine runs."""
        ...

    def run(self, operation: str, environment: Environment) -> int:
        """Run up, preview, refresh or destroy to its end; its output goes where ours goes. The exit code."""
        ...

    def environment(self, environment: Environment) -> dict[str, str]:
        """The environment in which commands find the stack's state, and can read it."""
        ...

    def ready(self, environment: Environment) -> None:
        """See to it that such a command finds a stack, if only an empty one. ProjectError when there can be none."""
        ...


class Embedded:
    """This package's own engine."""

    name = "embedded"

    def __init__(self, place: Place) -> None:
        self._place = place

    def describe(self) -> str:
        """The line that says which engine runs."""
        return "engine: embedded (this package's own; no Pulumi CLI is used)"

    def run(self, operation: str, environment: Environment) -> int:
        """Run the operation in a process of its own."""
        return to_its_end(self._command(operation), self._place.folder, self.environment(environment))

    def environment(self, environment: Environment) -> dict[str, str]:
        """The environment in which commands find the stack's state, and can read it."""
        return _passphrase(environment)

    def ready(self, environment: Environment) -> None:
        """A stack that was never deployed is an empty one."""

    def _command(self, operation: str) -> list[str]:
        where = ["--stack", self._place.stack, "--cwd", str(self._place.folder)]
        return [*_EMBEDDED, operation, *where]


class Cli:
    """The Pulumi CLI on PATH."""

    name = "pulumi"

    def __init__(self, place: Place, executable: str, version: str) -> None:
        self._place = place
        self._executable = executable
        self._version = version

    def describe(self) -> str:
        """The line that says which engine runs."""
        return f"engine: Pulumi CLI {self._version} ({self._executable})"

    def run(self, operation: str, environment: Environment) -> int:
        """Run the operation; the stack is made where it is missing."""
        environment = self.environment(environment)
        self.ready(environment)
        self._drop_dead_locks()
        flags = ["--stack", self._place.stack, "--config-file", str(self._settings())]
        flags += [] if operation == "preview" else ["--yes"]
        flags += [] if sys.stdout.isatty() else ["--non-interactive"]
        command = [self._executable, operation, *flags]
        code = to_its_end(command, self._place.folder, environment)
        if code == 0 and operation == "up" and self._half_created():
            # Left by a killed run. What it had made was found again by its marks, so nothing is lost with the note.
            to_its_end(
                [self._executable, "refresh", "--skip-preview", "--clear-pending-creates", *flags],
                self._place.folder,
                environment,
            )
        return code

    @property
    def _backend(self) -> Path:
        return self._place.sandbox / "pulumi"

    @property
    def _state_file(self) -> Path:
        return states.file_of(self._place, self.name)

    @property
    def _made_from(self) -> Path:
        return self._backend / "made-from" / self._place.stack

    def environment(self, environment: Environment) -> dict[str, str]:
        """The environment in which commands find the stack's state, and can read it."""
        # Commands that preview name the settings to the CLI: without their salt the passphrase opens nothing.
        settings = {"INSTANCE_ROLE_STACK_SETTINGS": str(self._settings())} if self._state_file.exists() else {}
        return {
            **_passphrase(environment),
            **settings,
            "PULUMI_BACKEND_URL": f"file://{self._backend}",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def ready(self, environment: Environment) -> None:
        """Make the backend and the stack where they are missing."""
        self._backend.mkdir(parents=True, exist_ok=True)
        if self._state_file.exists():
            return
        self._made_from.mkdir(parents=True, exist_ok=True)
        project = {"name": self._place.project, "runtime": "python"}
        (self._made_from / "Pulumi.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
        done = subprocess.run(
            [self._executable, "stack", "init", self._place.stack, "--no-select", "--non-interactive"],
            cwd=self._made_from,
            env=dict(environment),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise ProjectError(f"pulumi stack init {self._place.stack}: {_last_line(done.stderr or done.stdout)}")

    def _settings(self) -> Path:
        """The stack's settings in use: its own, with the salt of its making where it has none."""
        own = self._place.stack_file
        text = own.read_text(encoding="utf-8") if own.exists() else ""
        made = self._made_from / own.name
        if "encryptionsalt:" not in text and made.exists():
            salt = yaml.safe_load(made.read_text(encoding="utf-8"))["encryptionsalt"]
            text = f"encryptionsalt: {salt}\n{text}"
        settings = self._backend / own.name
        settings.write_text(text, encoding="utf-8")
        return settings

    def _drop_dead_locks(self) -> None:
        """Take away the locks of runs that were killed: no process has them, and only this project uses the backend."""
        for lock in (self._backend / ".pulumi" / "locks").rglob("*.json"):
            try:
                holder = int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
                os.kill(holder, 0)
            except ProcessLookupError:
                lock.unlink(missing_ok=True)
            except (OSError, ValueError, KeyError, TypeError):
                continue  # alive, or not to be understood: for the CLI to judge

    def _half_created(self) -> bool:
        pending = states.deployment(self._place, self.name).get("pending_operations") or ()
        return any(operation.get("type") == "creating" for operation in pending)


def choose(place: Place, wanted: str | None, environment: Environment = os.environ) -> Engine:
    """The engine to use: ``wanted`` or ENGINE, else that which holds the stack, else the CLI if there is one."""
    wanted = wanted or environment.get("ENGINE") or None
    if wanted not in (None, *CHOICES):
        raise ProjectError(f"engine {wanted!r}: it is {' or '.join(CHOICES)} (--engine, or the variable ENGINE)")
    embedded = Embedded(place)
    holder = states.holder(place)
    if wanted is not None and holder is not None and wanted != holder:
        raise ProjectError(
            f"stack {place.stack} was deployed with --engine {holder}; destroy it with that engine first"
        )
    wanted = wanted or holder
    executable = shutil.which("pulumi", path=environment.get("PATH", os.defpath))
    if wanted == "embedded" or (wanted is None and executable is None):
        return embedded
    if executable is None and holder is not None:
        raise ProjectError(f"stack {place.stack} was deployed with the Pulumi CLI, and there is no pulumi on PATH now")
    if executable is None:
        raise ProjectError(f"--engine pulumi: there is no pulumi on PATH; {_INSTALL}")
    return _checked(place, executable, environment)


def _checked(place: Place, executable: str, environment: Environment) -> Cli:
    """The CLI, if it can run this."""
    try:
        done = subprocess.run(
            [executable, "version"], env=dict(environment), check=False, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as failed:
        raise ProjectError(f"{executable} version: {failed}; {_INSTALL}") from None
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", done.stdout.strip())
    if done.returncode != 0 or found is None:
        raise ProjectError(f"{executable} version: {_last_line(done.stderr or done.stdout)}; {_INSTALL}")
    if tuple(int(part) for part in found.groups()) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ProjectError(f"{executable} is {found[0]}, older than {oldest}; update it: {_INSTALL}")
    beside = Path(executable).resolve().parent
    path = os.pathsep.join((environment.get("PATH", os.defpath), str(beside)))
    if shutil.which("pulumi-language-python", path=path) is None:
        raise ProjectError(
            f"{executable} has no pulumi-language-python beside it or on PATH, so it cannot run Python; {_INSTALL}"
        )
    return Cli(place, executable, found[0].lstrip("v"))


def to_its_end(command: list[str], folder: Path, environment: Environment) -> int:
    """Run a command to its end, whatever signals come: it gets Ctrl-C itself, and must not be killed half-way."""
    with subprocess.Popen(command, cwd=folder, env=dict(environment)) as child:
        before = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        try:
            while True:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    continue
        finally:
            signal.signal(signal.SIGTERM, before)


def _passphrase(environment: Environment) -> dict[str, str]:
    chosen = {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & set(environment)
    return dict(environment) if chosen else {**environment, "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it failed without a word"
