"""Files of the state folder with the modes that they are meant to have, whatever the umask says."""

from __future__ import annotations

from pathlib import Path
from typing import IO

OWNER_ONLY = 0o600
FOR_ALL_TO_READ = 0o644


def write(path: Path, data: bytes, mode: int = OWNER_ONLY) -> None:
    """Write the whole file. Nobody can read more of it, at any moment, than ``mode`` lets them."""
    path.touch(mode=OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    path.write_bytes(data)
    path.chmod(mode)


def open_to_append(path: Path) -> IO[str]:
    """A file of the owner's alone, opened for reading and appending; made where it is missing."""
    path.touch(mode=OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    return path.open("a+", encoding="utf-8")
