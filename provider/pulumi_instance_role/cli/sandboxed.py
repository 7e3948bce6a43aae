"""A stack that lives in the sandbox is asked there, without its reader having to know the sandbox's environment.

`make up` (`instance-role sandbox project up`) deploys to an emulated cloud with keys, a state and an engine of its own.
A command about such a stack is run once more, in that environment, and its answer is the answer. It is said on the
standard error, so that nobody takes the sandbox for a cloud. Where the environment names an endpoint or a backend, it
is the caller's word, and nothing is done here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from pulumi_instance_role.cli.extras import SANDBOX_PACKAGE

_SAID = ("INSTANCE_ROLE_ENDPOINT", "PULUMI_BACKEND_URL")
_KEPT = {"embedded": ("stacks",), "pulumi": ("pulumi", ".pulumi", "stacks")}
# The sandbox runs commands in the project's folder; files are named from where the caller is.
_AGAIN = (
    "import os, runpy, sys; os.chdir(sys.argv.pop(1)); "
    "runpy.run_module('pulumi_instance_role.cli', run_name='__main__', alter_sys=True)"
)


def enter(stack: str, folder: Path, engine: str | None) -> None:
    """Run the present command in the sandbox and end with its code, if the stack lives there; else return."""
    if any(os.environ.get(name) for name in _SAID) or find_spec(SANDBOX_PACKAGE) is None:
        return
    holder = lives_in(stack, folder)
    if holder is None or engine not in (None, holder):
        return
    click.echo(f"stack {stack} lives in the sandbox of {folder.resolve()}: it is asked there", err=True)
    sandbox = [sys.executable, "-m", "pulumi_instance_role.cli", "sandbox", "project", "run"]
    where = ["--stack", stack, "--cwd", str(folder), "--engine", holder]
    again = [sys.executable, "-c", _AGAIN, str(Path.cwd()), *sys.argv[1:]]
    sys.exit(subprocess.run([*sandbox, *where, "--", *again], check=False).returncode)


def lives_in(stack: str, folder: Path) -> str | None:
    """The engine whose state in the project's sandbox has resources of the stack; ``None`` where none has."""
    kept = folder / ".sandbox"
    if not (kept / "emulator").is_dir():
        return None
    for engine, path in _KEPT.items():
        if any(map(_has_resources, kept.joinpath(*path).glob(f"*/{stack}.json"))):
            return engine
    return None


def _has_resources(file: Path) -> bool:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        latest = found.get("deployment") or (found.get("checkpoint") or {}).get("latest") or {}
        return any(one.get("custom") for one in latest.get("resources") or ())
    except (OSError, ValueError, AttributeError):
        return False  # for the engine to judge
