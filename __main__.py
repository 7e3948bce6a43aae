"""Runs the program of this stack: the one in stacks/ that bears the stack's name, or its `instance-role:cloud`."""

from importlib import import_module
from pathlib import Path

import pulumi

PROGRAMS = sorted(path.stem for path in (Path(__file__).parent / "stacks").glob("[a-z]*.py"))

wanted = [pulumi.get_stack(), pulumi.Config("instance-role").get("cloud") or ""]
program = next((name for name in wanted if name in PROGRAMS), None)
if program is None:
    raise pulumi.RunError(
        f"no program for stack {wanted[0]!r}: stacks/ has {', '.join(PROGRAMS)}; "
        "name the stack so, or choose one: pulumi config set instance-role:cloud alibaba"
    )
import_module(f"stacks.{program}")
