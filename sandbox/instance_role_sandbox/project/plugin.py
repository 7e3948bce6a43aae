"""Which plugins serve the clouds' own packages: the real one where an engine would find it, else the stand-in.

Engines look for an executable ``pulumi-resource-<name>`` on PATH and then under PULUMI_HOME, in a folder that bears
the version that the Python package asks for (https://www.pulumi.com/docs/iac/concepts/plugins/). What is offered here
is offered on PATH, for the engine that is started here alone: the stand-in, or a launcher of a real plugin that needs
help to find the sandbox.

The real plugin for Tencent Cloud calls ``<product>.localhost:PORT``. Go asks a resolver for such names, and containers
and CI machines have none that knows them. Its HTTP client leaves ``localhost`` and loopback addresses out of a proxy,
but not names below ``localhost``; so its launcher makes the emulator its proxy, and nobody is asked for the name.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from instance_role_sandbox.project.clouds.cloud import Cloud
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.place import Place
from instance_role_sandbox.standin.plugin import package_version

_LAUNCHER = """#!/bin/sh
# The stand-in for the {name} plugin; made by `instance-role sandbox project`, serves loopback only.
exec {python} -m instance_role_sandbox.standin {name} "$@"
"""
_BEHIND_PROXY = """#!/bin/sh
# Starts the real {name} plugin with the sandbox as its proxy; made by `instance-role sandbox project`.
# Go honours no HTTP_PROXY where REQUEST_METHOD is set.
unset NO_PROXY no_proxy ALL_PROXY all_proxy REQUEST_METHOD
HTTP_PROXY="http://127.0.0.1:${{{variable}##*:}}"
HTTPS_PROXY="$HTTP_PROXY" http_proxy="$HTTP_PROXY" https_proxy="$HTTP_PROXY"
export HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
exec {real} "$@"
"""


@dataclass(frozen=True)
class Plugin:
    """The plugin executable that engines will find. ``launcher``: what starts a real one that needs help."""

    path: Path
    stand_in: bool
    launcher: Path | None = None

    def __str__(self) -> str:
        if self.stand_in:
            return f"the sandbox's stand-in ({self.path}); a real plugin on PATH or under PULUMI_HOME comes first"
        by = f", started by {self.launcher}" if self.launcher else ""
        return f"the real one, {self.path}{by}"

    def on_path(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment in which an engine finds it."""
        offered = self.path if self.stand_in else self.launcher
        if offered is None:
            return dict(environment)
        folder, path = str(offered.parent), environment.get("PATH", os.defpath)
        # With this, the Pulumi CLI would look for plugins everywhere but on PATH.
        seen = {name: value for name, value in environment.items() if name != "PULUMI_IGNORE_AMBIENT_PLUGINS"}
        others = [place for place in path.split(os.pathsep) if place != folder]
        return {**seen, "PATH": os.pathsep.join([folder, *others])}


def choose(cloud: Cloud, place: Place, environment: Mapping[str, str] = os.environ) -> Plugin:
    """The real plugin if an engine would find one; else the stand-in, put into ``.sandbox/plugins``.

    ProjectError where the real one could not find the sandbox.
    """
    own = place.sandbox / "plugins" / cloud.executable
    given = place.plugin_path(cloud.namespace)
    real = given / cloud.executable if given else _real(cloud, own.parent, environment)
    if real is None:
        python = shlex.quote(sys.executable)
        return Plugin(_written(own, _LAUNCHER.format(python=python, name=cloud.namespace)), stand_in=True)
    if not cloud.behind_proxy or given:  # by a given path an engine starts the plugin itself, and no launcher
        own.unlink(missing_ok=True)  # a stand-in of an earlier run; the folder may be on PATH for another plugin
        if cloud.behind_proxy:
            _must_resolve(cloud, real)
        return Plugin(real, stand_in=False)
    text = _BEHIND_PROXY.format(name=cloud.namespace, variable=cloud.behind_proxy, real=shlex.quote(str(real)))
    return Plugin(real, stand_in=False, launcher=_written(own, text))


def _real(cloud: Cloud, own: Path, environment: Mapping[str, str]) -> Path | None:
    """Where an engine would find the real plugin; our own folder, on PATH in a command within a command, is not it."""
    path = environment.get("PATH", os.defpath).split(os.pathsep)
    on_path = shutil.which(cloud.executable, path=os.pathsep.join(item for item in path if item != str(own)))
    if on_path:
        return Path(on_path)
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    version = package_version(cloud.module.replace("_", "-"))
    installed = home / "plugins" / f"resource-{cloud.namespace}-v{version}" / cloud.executable
    return installed if os.access(installed, os.X_OK) else None


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def _must_resolve(cloud: Cloud, real: Path) -> None:
    """A plugin without launcher asks a resolver for names below ``localhost``; say so now, and not after minutes."""
    name = f"{cloud.name}.localhost"
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        raise ProjectError(
            f"the plugin {real} calls names such as {name}, which nothing on this machine resolves, and Pulumi.yaml "
            f"starts it by its path, so that it cannot be given a proxy; take {cloud.namespace} out of "
            "`plugins.providers` and put the plugin on PATH"
        ) from None
