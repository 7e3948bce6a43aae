"""A reader of a page who types its blocks into one shell, on a machine without a package index and a Pulumi CLI."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass, field
from pathlib import Path

from tests.lifecycle.stack.project import LONGEST, REPOSITORY
from tests.support import pulumi
from tests.support.sandbox import clean_environment

# Kept from block to block, as one shell does; also where a command of the block fails.
_CARRY = """trap 'pwd > "$CARRY/cwd"; env -0 > "$CARRY/env"' EXIT
"""


@dataclass
class Reader:
    """Where the reader is, and the environment of the shell."""

    folder: Path
    carry: Path
    environment: dict[str, str] = field(default_factory=dict)

    def types(self, script: str, code: int = 0) -> str:
        """Type a block, line by line as with `set -e`; what it said."""
        done = subprocess.run(
            ["bash", "-e", "-c", _CARRY + script],
            cwd=self.folder,
            env={**self.environment, "CARRY": str(self.carry)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=4 * LONGEST,  # a block has several commands
            check=False,
        )
        assert done.returncode == code, f"{script}\n{done.stdout}"
        self.folder = Path((self.carry / "cwd").read_text(encoding="utf-8").strip())
        kept = (self.carry / "env").read_text(encoding="utf-8").split("\0")
        self.environment = dict(one.split("=", 1) for one in kept if "=" in one)
        return done.stdout

    def gets(self, pulumi_in: Path, **variables: str) -> None:
        """Have the command `pulumi` (made in a folder), and these variables, from now on."""
        path = f"{pulumi.put_on_path(pulumi_in)}{os.pathsep}{self.environment['PATH']}"
        self.environment |= {**variables, "PATH": path}


def a_reader(folder: Path, **variables: str) -> Reader:
    """A reader in an empty folder (with a space in its name, as people have them)."""
    there, carry, commands = folder / "a folder", folder / "carry", folder / "bin"
    for each in (there, carry, commands):
        each.mkdir()
    _script(commands / "python3", f'PYTHONPATH="{REPOSITORY}" exec "{sys.executable}" -m {__name__} "$@"')
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # which is how pip is told not to isolate
        "PYTHONPATH": "",
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
    }
    return Reader(there, carry, {**clean_environment(), **offline, **variables})


def make_environment(folder: Path) -> None:
    """A virtual environment with what this one has, this project excepted, and a `pip` that installs into it."""
    venv.create(folder, symlinks=True)
    packages = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    # A path line adds the folder, not the .pth files in it: this repository's editable install is not seen.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _script(folder / "bin" / "pip", f'exec "{sys.executable}" -m pip --python "{folder / "bin" / "python"}" "$@"')


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)


if __name__ == "__main__":  # `python3 -m venv FOLDER`, as the pages type it
    assert sys.argv[1:3] == ["-m", "venv"], sys.argv
    make_environment(Path(sys.argv[3]).resolve())
