"""What a running emulator says of itself, on standard output and in its state folder, for others to find it by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = "serve.json"


def write(folder: Path, ready: dict[str, Any]) -> None:
    """Leave word in the state folder. It holds a secret key, so nobody else may read it."""
    path = folder / FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(ready), encoding="utf-8")


def remove(folder: Path) -> None:
    """Take the word back, at a clean stop."""
    (folder / FILE).unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """What the emulator that wrote ``path`` says; ``OSError`` or ``ValueError`` when it cannot be read."""
    ready = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(ready, dict) or not isinstance(ready.get("endpoint"), str):
        raise ValueError("no endpoint in it")
    return ready
