"""Which plugin serves ``pulumi_alicloud``: the real one where an engine would find it, else the stand-in.

Engines look for an executable ``pulumi-resource-alicloud`` on PATH and then under PULUMI_HOME, in a folder that bears
the version that the Python package asks for (https://www.pulumi.com/docs/iac/concepts/plugins/). The stand-in is
offered on PATH, for the engine that is started here alone.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

EXECUTABLE = "pulumi-resource-alicloud"
_LAUNCHER = """#!/bin/sh
# The stand-in for the pulumi-alicloud plugin; made by `instance-role sandbox project`, serves loopback only.
exec {python} -m pulumi_instance_role.sandbox.standin "$@"
"""


@dataclass(frozen=True)
class Plugin:
    """The plugin executable that engines will find."""

    path: Path
    stand_in: bool

    def __str__(self) -> str:
        if self.stand_in:
            return f"the sandbox's stand-in ({self.path}); a real plugin on PATH or under PULUMI_HOME comes first"
        return f"the real one, {self.path}"

    def on_path(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment in which an engine finds it."""
        if not self.stand_in:
            return dict(environment)
        return {**environment, "PATH": f"{self.path.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"}


def choose(sandbox: Path, environment: Mapping[str, str] = os.environ) -> Plugin:
    """The real plugin if an engine would find one; else the stand-in, put into ``.sandbox/plugins``."""
    on_path = shutil.which(EXECUTABLE, path=environment.get("PATH", os.defpath))
    if on_path:
        return Plugin(Path(on_path), stand_in=False)
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    installed = home / "plugins" / f"resource-alicloud-v{_asked_for()}" / EXECUTABLE
    if os.access(installed, os.X_OK):
        return Plugin(installed, stand_in=False)
    launcher = sandbox / "plugins" / EXECUTABLE
    launcher.parent.mkdir(parents=True, exist_ok=True)
    text = _LAUNCHER.format(python=shlex.quote(sys.executable))
    if not launcher.exists() or launcher.read_text(encoding="utf-8") != text:
        launcher.write_text(text, encoding="utf-8")
    launcher.chmod(0o755)
    return Plugin(launcher, stand_in=True)


def _asked_for() -> str:
    try:
        return version("pulumi-alicloud")
    except PackageNotFoundError:
        return "0.0.0"
