"""What makes a stand-in that of one cloud, as data. The rest of this package serves any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from instance_role_sandbox.standin.lifecycle import Caller, Life
from instance_role_sandbox.standin.limits import Together
from instance_role_sandbox.standin.schema import Property
from instance_role_sandbox.standin.wire import Values

CLOUDS = {"alicloud": "alibaba", "tencentcloud": "tencent"}
"""The plugins there are stand-ins for, and the folder beside this file that has each one's tables."""


@dataclass(frozen=True)
class Function:
    """One function: the filters it knows, what answers it, and the schema of the real plugin that it is like."""

    arguments: tuple[Property, ...]
    answer: Callable[[Caller, Values], Values]
    together: tuple[Together, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Plugin:
    """One plugin that is stood in for.

    ``check`` raises :class:`~.errors.SettingsError` for a configuration that cannot be used; ``connect`` returns what
    makes the calls of one that can.
    """

    name: str  # as in pulumi-resource-<name> and in the keys of the configuration
    package: str  # the distribution on the Python index whose other half it is
    real: str  # how to get the real one
    lives: Mapping[str, Life]
    functions: Mapping[str, Function]
    check: Callable[[Mapping[str, Any]], object]
    connect: Callable[[Mapping[str, Any]], Caller]

    @property
    def version(self) -> str:
        """The package's version, marked: engines compare it with what the program asks for, people read it."""
        return f"{package_version(self.package).partition('+')[0]}+stand-in.of.pulumi-instance-role"


def package_version(package: str) -> str:
    """The installed version of a distribution; 0.0.0 where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "0.0.0"


def load(name: str) -> Plugin:
    """The plugin of that name. Its cloud's SDK is imported only now."""
    found = import_module(f"{__package__}.{CLOUDS[name]}").PLUGIN
    if not isinstance(found, Plugin):
        raise TypeError(f"{CLOUDS[name]} has no PLUGIN")
    return found
