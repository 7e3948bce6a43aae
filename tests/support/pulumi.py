"""`pulumi` for a machine that has none: the commands that a pipeline gives, done by the embedded engine.

Run as a script that stands on PATH under that name (:func:`put_on_path`). It knows the flags that the examples use, as
the CLI documents them (https://www.pulumi.com/docs/iac/cli/commands/), and refuses every other, so that a misspelt one
is found here too. As the CLI does, it leaves unchanged resources out of a preview without ``--show-sames``, and asks
for ``--yes`` where nobody can be asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

ENGINE = (sys.executable, "-m", "pulumi_instance_role.cli", "sandbox")


def put_on_path(folder: Path, python: str = sys.executable) -> Path:
    """Make the command ``pulumi`` in a folder, run by that Python; that folder."""
    folder.mkdir(parents=True)
    command = folder / "pulumi"
    command.write_text(f'#!/bin/sh\nexec "{python}" "{Path(__file__).resolve()}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return folder


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """A command and its flags; ``SystemExit`` for what the CLI would refuse."""
    parser = argparse.ArgumentParser("pulumi", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    preview, up = commands.add_parser("preview", allow_abbrev=False), commands.add_parser("up", allow_abbrev=False)
    stacks = commands.add_parser("stack").add_subparsers(dest="sub", required=True)
    export, init = stacks.add_parser("export", allow_abbrev=False), stacks.add_parser("init", allow_abbrev=False)
    init.add_argument("stack")
    setting = commands.add_parser("config").add_subparsers(dest="sub", required=True).add_parser("set")
    setting.add_argument("key")
    setting.add_argument("value")
    for each in (preview, up, export, setting):
        each.add_argument("--stack", "-s", required=True)
        each.add_argument("--non-interactive", action="store_true")
    preview.add_argument("--json", action="store_true")
    preview.add_argument("--show-sames", action="store_true")
    up.add_argument("--yes", "-y", action="store_true")
    up.add_argument("--skip-preview", action="store_true")
    up.add_argument("--suppress-permalink", choices=("true", "false"))
    export.add_argument("--show-secrets", action="store_true")
    given = parser.parse_args(words)
    if given.command == "up" and not (given.yes or given.skip_preview):
        parser.error("--yes or --skip-preview must be passed in to proceed when running in non-interactive mode")
    return given


def main() -> int:
    """Do one command; its exit code."""
    given = parsed(sys.argv[1:])
    stack = ("--stack", given.stack)
    if given.command == "up":
        return subprocess.run([*ENGINE, "up", *stack], check=False).returncode
    if given.command == "config" or (given.command == "stack" and given.sub == "init"):
        return _configure(given.stack, {given.key: given.value} if given.command == "config" else {})
    if given.command == "stack":
        secrets = ["--show-secrets"] if given.show_secrets else []
        return subprocess.run([*ENGINE, "export", *stack, *secrets], check=False).returncode
    if not given.json:
        return subprocess.run([*ENGINE, "preview", *stack], check=False).returncode
    done = subprocess.run([*ENGINE, "preview", *stack, "--json"], check=False, stdout=subprocess.PIPE, text=True)
    if done.stdout and not given.show_sames:
        document = json.loads(done.stdout)
        document["steps"] = [step for step in document["steps"] if step["op"] != "same"]
        print(json.dumps(document))
    else:
        print(done.stdout, end="")
    return done.returncode


def _configure(stack: str, values: dict[str, str]) -> int:
    """Write the stack's settings with these values added."""
    file = Path(f"Pulumi.{stack}.yaml")
    found = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {"config": {}}
    found["config"] |= values
    file.write_text(yaml.safe_dump(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
