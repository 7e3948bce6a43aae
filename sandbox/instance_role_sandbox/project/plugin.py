"""Which plugins serve the clouds' own packages: the real one where an engine would find it, else the stand-in.

Engines look for an executable ``pulumi-resource-<name>`` on PATH and then under PULUMI_HOME, in a folder that bears
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
from pathlib import Path

from instance_role_sandbox.project.clouds.cloud import Cloud
from instance_role_sandbox.standin.plugin import package_version

_LAUNCHER = """#!/bin/sh
# The stand-in for the {name} plugin; made by `instance-role sandbox project`, serves loopback only.
exec {python} -m instance_role_sandbox.standin {name} "$@"
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
        folder, path = str(self.path.parent), environment.get("PATH", os.defpath)
        if not self.stand_in or folder in path.split(os.pathsep):
            return dict(environment)
        return {**environment, "PATH": f"{folder}{os.pathsep}{path}"}


def choose(cloud: Cloud, sandbox: Path, environment: Mapping[str, str] = os.environ) -> Plugin:
    """The real plugin if an engine would find one; else the stand-in, put into ``.sandbox/plugins``."""
    on_path = shutil.which(cloud.executable, path=environment.get("PATH", os.defpath))
    if on_path:
        return Plugin(Path(on_path), stand_in=False)
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    version = package_version(cloud.module.replace("_", "-"))
    installed = home / "plugins" / f"resource-{cloud.namespace}-v{version}" / cloud.executable
    if os.access(installed, os.X_OK):
        return Plugin(installed, stand_in=False)
    launcher = sandbox / "plugins" / cloud.executable
    launcher.parent.mkdir(parents=True, exist_ok=True)
    text = _LAUNCHER.format(python=shlex.quote(sys.executable), name=cloud.namespace)
    if not launcher.exists() or launcher.read_text(encoding="utf-8") != text:
        launcher.write_text(text, encoding="utf-8")
    launcher.chmod(0o755)
    return Plugin(launcher, stand_in=True)
