"""Where a stack's state is kept: one JSON file, a backup of the one before, and a lock beside them.

``<folder>/<project>/<stack>.json``, mode 0600, written to a scratch file and renamed, so that a reader or a crash sees
the old or the new one and nothing between. The lock is the operating system's (``flock``): it goes with the process,
however that ends; the file only tells who holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from instance_role_sandbox.engine.errors import EngineError, StateError


class Store:
    """The state file of one stack."""

    def __init__(self, folder: Path, project: str, stack: str) -> None:
        self.path = folder / project / f"{stack}.json"
        self.stack = stack

    def others(self) -> list[str]:
        """The names of the project's stacks that have a state here."""
        return sorted(path.stem for path in self.path.parent.glob("*.json") if not path.name.startswith("."))

    def read(self) -> Any:
        """The state as exported JSON; None when there is none yet. StateError when the file is no JSON."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateError(f"cannot read {self.path}: {error.strerror}") from None
        try:
            return json.loads(text)
        except ValueError as error:
            raise StateError(
                f"the state of stack '{self.stack}' is damaged: {self.path}: {error}; the one before is {self.backup}"
            ) from None

    @property
    def backup(self) -> Path:
        """Where the state before the last operation is kept."""
        return self.path.with_suffix(".json.bak")

    def keep_backup(self) -> None:
        """Put the present state aside, once before an operation."""
        if self.path.exists():
            shutil.copy2(self.path, self.backup)

    def write(self, text: str) -> None:
        """Replace the state, all at once, by an exported one as JSON text."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(self.path)
        except OSError as error:
            scratch.unlink(missing_ok=True)
            raise StateError(f"cannot write {self.path}: {error.strerror}") from None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the stack for one operation. EngineError names the process that has it."""
        path = self.path.with_suffix(".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            opened = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise StateError(f"cannot keep states in {path.parent}: {error.strerror}") from None
        with opened as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise EngineError(
                    f"stack '{self.stack}' is locked by process {holder}, which is at work on it; "
                    f"wait for it to end ({path})"
                ) from None
            file.seek(0)
            file.truncate()
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield
            file.seek(0)
            file.truncate()
