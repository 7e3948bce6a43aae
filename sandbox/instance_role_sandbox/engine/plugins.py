"""Finding, starting and configuring provider plugins; one process for each provider resource in use.

A provider is an executable ``pulumi-resource-<name>``, looked for as the CLI does: on PATH, then in
``$PULUMI_HOME/plugins/resource-<name>-v<version>/``. The dynamic provider of Python programs is the SDK's own host
(``python -m pulumi.dynamic``), which every pulumi wheel has.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import grpc.aio

from instance_role_sandbox.engine.errors import EngineError, ProviderError
from instance_role_sandbox.engine.processes import Children, pump
from instance_role_sandbox.engine.project import Project
from instance_role_sandbox.engine.provider import PROVIDER_OPTIONS, Provider

DYNAMIC = "pulumi-python"
START_TIMEOUT = 60.0  # seconds until a plugin has told its port


def find_plugin(name: str, version: str, environ: Mapping[str, str], url: str = "") -> str:
    """The executable of a provider. ``version`` is empty where the program asks for none.

    Nothing is downloaded: ``url``, where the program says the plugin can be had, is only told.
    """
    executable = f"pulumi-resource-{name}"
    on_path = shutil.which(executable, path=environ.get("PATH"))
    if on_path:
        return on_path
    home = Path(environ.get("PULUMI_HOME") or Path(environ.get("HOME") or Path.home()) / ".pulumi") / "plugins"
    installed = {p.name.partition(f"resource-{name}-v")[2]: p / executable for p in home.glob(f"resource-{name}-v*")}
    usable = {v: p for v, p in installed.items() if os.access(p, os.X_OK)}
    if version in usable:
        return str(usable[version])
    if usable and not version:
        return str(usable[max(usable, key=_version_key)])
    there = f"; there are {', '.join(sorted(usable))}" if usable else ""
    wanted = f" {version}" if version else ""
    raise EngineError(
        f"no plugin for the provider '{name}'{wanted}: {executable} is neither on PATH nor in {home}{there}; "
        f"install it, for instance with: pulumi plugin install resource {name} {version}".rstrip()
        + (f" --server {url}" if url else "")
    )


def _version_key(version: str) -> tuple[tuple[int, str], ...]:
    parts = version.replace("-", ".").split(".")
    return tuple((int(p), "") if p.isdigit() else (-1, p) for p in parts)


class Plugins:
    """Starts plugins for one operation and stops them at its end."""

    def __init__(
        self,
        children: Children,
        project: Project,
        environ: Mapping[str, str],
        engine_address: str,
        say: Callable[[str], None],
    ) -> None:
        """``engine_address``: where plugins may log; ``say`` takes what they print."""
        self._children = children
        self._project = project
        self._environ = environ
        self._engine_address = engine_address
        self._say = say
        self._running: list[tuple[asyncio.subprocess.Process, Provider, list[asyncio.Task[None]]]] = []
        self.used: dict[str, str] = {}  # package -> executable, to be shown

    async def start(self, package: str, version: str, url: str = "") -> Provider:
        """A running, not yet configured provider."""
        cwd = self._project.program_folder
        if package == DYNAMIC:
            command = [self._project.python(self._environ), "-u", "-m", "pulumi.dynamic", self._engine_address]
        else:
            command = [find_plugin(package, version, self._environ, url), self._engine_address]
            if package not in self.used:
                self._say(f"provider {package}: {command[0]}")
            self.used[package] = command[0]
        environ = {**self._environ, **self._project.runtime_environ()}
        process = await self._children.start(command, cwd, environ)
        last: deque[str] = deque(maxlen=5)

        def heard(line: str) -> None:
            last.append(line)
            self._say(line)

        errors = asyncio.create_task(pump(process.stderr, heard))
        port = await self._port(process, package, errors, last)
        pumps = [errors, asyncio.create_task(pump(process.stdout, heard))]
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=PROVIDER_OPTIONS)
        provider = Provider(package, channel)
        self._running.append((process, provider, pumps))
        await provider.handshake(self._engine_address, str(self._project.folder), str(cwd))
        return provider

    async def _port(
        self,
        process: asyncio.subprocess.Process,
        package: str,
        errors: asyncio.Task[None],
        last: deque[str],
    ) -> int:
        if process.stdout is None:
            raise ProviderError(f"the provider '{package}' has no output to read its port from")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT)
        except asyncio.TimeoutError:
            self._children.kill(process.pid)
            raise ProviderError(
                f"the provider '{package}' did not tell its port within {START_TIMEOUT:.0f} s"
            ) from None
        text = line.decode(errors="replace").strip()
        if text.isdigit():
            return int(text)
        self._children.kill(process.pid)
        code = await process.wait()
        await errors
        why = last[-1] if last else text or "it said nothing"
        raise ProviderError(f"the provider '{package}' did not start (exit code {code}): {why}")

    async def stop(self) -> None:
        """Stop all that was started."""
        await asyncio.gather(*(self._stop(*entry) for entry in self._running))
        self._running.clear()

    async def _stop(
        self, process: asyncio.subprocess.Process, provider: Provider, pumps: list[asyncio.Task[None]]
    ) -> None:
        await provider.close()
        await self._children.stop(process)
        for task in pumps:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(task, 1.0)
