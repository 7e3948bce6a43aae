"""Provider resources and the processes behind them.

A provider is a resource like others: it is checked, compared, created (configured, under a random id) and deleted,
only that this engine does so and no provider of a provider. What the state keeps of it is the configuration that its
resources were last managed with; refresh and destroy, which run no program, configure from that.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from instance_role_sandbox.engine.errors import ProviderError
from instance_role_sandbox.engine.plugins import DYNAMIC, Plugins
from instance_role_sandbox.engine.provider import Provider
from instance_role_sandbox.engine.state import PROVIDER_PREFIX, Resource
from instance_role_sandbox.engine.steps import Checked, Compared, Goal
from instance_role_sandbox.engine.values import Properties, equal
from instance_role_sandbox.engine.wire import UNKNOWN_TEXT

INTERNAL = "__internal"  # a key that the real engine adds to the inputs of a provider with a version
URL = "pluginDownloadURL"


@dataclass(frozen=True)
class Plugin:
    """Which plugin a program asks for. Empty: any. ``url``: where the CLI would get it from; nothing does so here."""

    version: str = ""
    url: str = ""

    def within(self, inputs: Properties) -> Properties:
        """The inputs of a provider with its plugin in them, as states have it."""
        found = dict(inputs)
        if self.version or self.url:
            before = found.get(INTERNAL)
            internal = dict(before) if isinstance(before, dict) else {}
            found[INTERNAL] = {**internal, URL: self.url} if self.url else internal
        if self.version:
            found["version"] = self.version
        return found

    @property
    def suffix(self) -> str:
        """What the name of a default provider ends with, to be told from others of its package."""
        version = f"_{self.version.translate(str.maketrans('.-+', '___'))}" if self.version else ""
        words = [re.sub(r"[^A-Za-z0-9_.-]", "_", word) for word in self.url.split("/") if word]
        return version + ("_" + ("/".join(words) or "_") if self.url else "")


def plugin_of(inputs: Properties) -> Plugin:
    """The plugin that a provider's inputs name."""
    version, internal = inputs.get("version"), inputs.get(INTERNAL)
    url = internal.get(URL) if isinstance(internal, dict) else None
    return Plugin(version if isinstance(version, str) else "", url if isinstance(url, str) else "")


def default_provider(package: str, plugin: Plugin, config: Properties) -> Goal:
    """The provider that a package's resources get when they name none.

    The dynamic provider gets the whole configuration of the stack, any other the keys of its own package.
    """
    inputs = dict(config)
    if package != DYNAMIC:
        inputs = {k.partition(":")[2]: v for k, v in config.items() if k.partition(":")[0] == package}
    name = f"default{plugin.suffix}"
    return Goal(PROVIDER_PREFIX + package, name, custom=True, inputs=plugin.within(inputs))


def package_of(type_: str) -> str:
    """The package that a type, or a function's token, belongs to."""
    return type_.removeprefix(PROVIDER_PREFIX) if type_.startswith(PROVIDER_PREFIX) else type_.partition(":")[0]


def _without_internal(inputs: Properties) -> Properties:
    return {k: v for k, v in inputs.items() if k != INTERNAL}


def _filtered(provider: Resource) -> Resource:
    return replace(provider, inputs=_without_internal(provider.inputs))


class Registry:
    """The configured providers of one operation, by reference (``<urn>::<id>``)."""

    def __init__(self, plugins: Plugins, stored: Callable[[], list[Resource]]) -> None:
        """``stored`` tells the resources of the state that the operation began with."""
        self._plugins = plugins
        self._stored = stored
        self._fresh: dict[str, Provider] = {}  # checked, not configured; by urn
        self._ready: dict[str, Provider] = {}
        self._starting = asyncio.Lock()

    async def get(self, reference: str, urn: str = "") -> Provider:
        """The configured provider; one that the program has not registered is configured from the state."""
        async with self._starting:
            if reference not in self._ready:
                provider_urn, _, id_ = reference.rpartition("::")
                found = next((r for r in self._stored() if r.urn == provider_urn and r.id == id_), None)
                if found is None:
                    raise ProviderError(f"unknown provider '{reference}' for resource '{urn}'", urn)
                self._ready[reference] = await self._start(found.type, found.inputs)
                await self._ready[reference].configure(found.urn, found.id, _without_internal(found.inputs))
            return self._ready[reference]

    async def _start(self, type_: str, inputs: Properties) -> Provider:
        plugin = plugin_of(inputs)
        return await self._plugins.start(package_of(type_), plugin.version, plugin.url)

    async def check(self, urn: str, type_: str, olds: Properties, news: Properties) -> Checked:
        """Check the configuration of a provider; starts it."""
        provider = await self._start(type_, news)
        answer = await provider.check_config(urn, _without_internal(olds), _without_internal(news))
        self._fresh[urn] = provider
        inputs = {**answer.inputs, **{k: news[k] for k in (INTERNAL, "version") if k in news}}
        return replace(answer, inputs=inputs)

    async def compare(self, old: Resource, news: Properties) -> Compared:
        """Compare a provider's configuration with that in the state."""
        if old.urn in self._fresh:
            provider = self._fresh[old.urn]
        else:
            provider = await self.get(f"{old.urn}::{old.id}")
        filtered = _without_internal(news)
        answer = await provider.diff_config(_filtered(old), filtered)
        if answer.changes is None:
            answer = replace(answer, changes=not equal(old.outputs, filtered))
        return answer

    async def compare_references(self, old: str, new: str, news: Properties) -> Compared:
        """Would the resources of the old provider have to be replaced when the new one takes over?"""
        urn, _, id_ = old.rpartition("::")
        before = next((r for r in self._stored() if r.urn == urn and r.id == id_), None)
        if before is None:
            raise ProviderError(f"unknown provider '{old}'")
        return await (await self.get(new)).diff_config(_filtered(before), _without_internal(news))

    async def create(self, new: Resource, preview: bool) -> None:
        """Configure a new provider and give it an id; a preview does not know the id."""
        new.id = UNKNOWN_TEXT if preview else str(uuid.uuid4())
        await self._configure(new, new.inputs)

    async def update(self, old: Resource, new: Resource) -> None:
        """Configure a provider anew under its old id."""
        new.id = old.id
        await self._configure(new, new.inputs)

    async def same(self, old: Resource) -> None:
        """Configure a provider as the state has it."""
        reference = f"{old.urn}::{old.id}"
        if reference not in self._ready:
            await self._configure(old, old.inputs)

    async def _configure(self, resource: Resource, inputs: Properties) -> None:
        provider = self._fresh.pop(resource.urn, None) or await self._start(resource.type, inputs)
        filtered = _without_internal(inputs)
        await provider.configure(resource.urn, resource.id, filtered)
        resource.outputs = filtered
        self._ready[f"{resource.urn}::{resource.id}"] = provider
