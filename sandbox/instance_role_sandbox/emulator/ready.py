"""What a running emulator says of itself, on standard output and in its state folder, for others to find it by."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import private

FILE = "serve.json"
CONTROL_FILE = "control.secret"


def write(folder: Path, ready: dict[str, Any]) -> None:
    """Leave word in the state folder. It holds a secret key, so nobody else may read it."""
    private.write(folder / FILE, json.dumps(ready).encode())


def new_secret(folder: Path) -> tuple[str, Path]:
    """A new secret for the control API, and the file in which its clients find it."""
    path = folder / CONTROL_FILE
    secret = secrets.token_urlsafe(32)
    private.write(path, secret.encode())
    return secret, path


def remove(folder: Path) -> None:
    """Take the word back, at a clean stop."""
    for name in (FILE, CONTROL_FILE):
        (folder / name).unlink(missing_ok=True)


def control_secret(ready: Mapping[str, Any]) -> str:
    """The secret of the control API of the emulator that said ``ready``; "" where it cannot be read."""
    try:
        return Path(str(ready.get("control_file") or os.devnull)).read_text(encoding="utf-8")
    except OSError:
        return ""


def read(path: Path) -> dict[str, Any]:
    """What the emulator that wrote ``path`` says; ``OSError`` or ``ValueError`` when it cannot be read."""
    ready = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(ready, dict) or not isinstance(ready.get("endpoint"), str):
        raise ValueError("no endpoint in it")
    return ready
